"""What the columns of a table of widths hold: names, units in the head or in a row of their own, and rounding."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path

import numpy as np

from femnn.config.quantities import parse_quantity, parse_unit, split_quantity
from femnn.errors import ConfigError

type Row = dict[str, str]

UNITS = {"stiffness": "N/m", "width": "m", "thickness": "m", "length": "m", "modulus": "Pa"}
"""SI unit of what a column of a bond may hold."""
NAMES = {
    "stiffness": "stiffness",
    "bond stiffness": "stiffness",
    "k": "stiffness",
    "width": "width",
    "widths": "width",
    "bond width": "width",
    "w": "width",
    "thickness": "thickness",
    "length": "length",
    "bond length": "length",
    "modulus": "modulus",
    "young's modulus": "modulus",
}
"""What a column holds, by its name without its unit, in small letters."""
WITH_UNIT = {"t": "thickness", "l": "length", "e": "modulus"}
"""Letters that mean something only with a unit; "t" alone may be a time."""
BOND = ("bond", "bonds", "edge", "link")
"""Names of the column with a bond's label."""
PAIRS = (
    ("first", "second"), ("node 1", "node 2"), ("node1", "node2"), ("n1", "n2"), ("node a", "node b"), ("i", "j"),
    ("p", "q"), ("from", "to"), ("start", "end"), ("source", "target"),
)  # fmt: skip
"""Names of two columns with the nodes of a bond."""
AGREEMENT = 1e-6
"""Share by which two values of full length may differ."""
COARSEST = 5e-3
"""Share up to which a value that is rounded still agrees with another."""
LONGEST = 40
"""Characters of a table's own that a message shows at most."""


@dataclass(frozen=True)
class Column:
    """A column of a bond's own values."""

    head: str
    """Its head, as it is in the file."""
    kind: str
    """What it holds: a key of UNITS."""
    size: float | None
    """Size of its unit in SI; None where the head says none."""
    rounding: float = 0.0
    """Half a unit of the last digit that any of its cells has, in SI."""


@dataclass(frozen=True)
class Value:
    """A cell's value in SI."""

    number: float
    """The value."""
    rounding: float
    """By how much it may differ from what was rounded to it."""

    def agrees(self, other: "Value") -> bool:
        """Whether both can be one value, apart from rounding."""
        share = AGREEMENT * self.number
        rounding = sum(min(value.rounding, COARSEST * value.number) for value in (self, other))
        return abs(self.number - other.number) <= share + rounding


def columns_of(path: Path, heads: Sequence[str]) -> list[Column]:
    """The columns that hold values of bonds.

    Raises:
        ConfigError: what is in brackets in a head is no unit of what the column holds.
    """
    return [column for head in heads if (column := _column(path, head)) is not None]


def label_columns(heads: Sequence[str]) -> tuple[str | None, tuple[str, str] | None]:
    """The column of a bond's label, and the two columns of its nodes, as far as there are any."""
    plain = {_plain(head): head for head in heads}
    label = next((plain[name] for name in BOND if name in plain), None)
    pair = next(((plain[a], plain[b]) for a, b in PAIRS if a in plain and b in plain), None)
    return label, pair


def with_unit_row(path: Path, columns: list[Column], first: Mapping[str, str]) -> list[Column] | None:
    """The columns with the units that a row below the head gives them; None where the row gives no units.

    Raises:
        ConfigError: head and row give different units.
    """
    found = []
    for column in columns:
        text = first.get(column.head, "").strip().strip("()[]").strip()
        if not text or split_quantity(text) is not None:
            return None
        size = _size(text, UNITS[column.kind])
        if size is None:
            return None
        if column.size is not None and not np.isclose(size, column.size, rtol=1e-9, atol=0.0):
            raise ConfigError(
                f"{path}: column {shown(column.head)} has the unit {shown(text)} in the row below; which is it?"
            )
        found.append(replace(column, size=size))
    return found or None


def with_rounding(columns: list[Column], rows: Sequence[Mapping[str, str]]) -> list[Column]:
    """The columns with the rounding of their cells; spreadsheets round all of a column alike."""
    rounded = []
    for column in columns:
        steps = [step for row in rows if (step := _last_digit(row.get(column.head, ""), column)) is not None]
        rounded.append(replace(column, rounding=min(steps, default=0.0) / 2))
    return rounded


def value(path: Path, column: Column, text: str, where: str) -> Value:
    """The value of a cell.

    Args:
        path: the table, for messages.
        column: its column.
        text: the cell: a number in the unit of the column, or with a unit of its own.
        where: bond and row, for messages.

    Raises:
        ConfigError: it is no number above 0.
    """
    unit, problem = UNITS[column.kind], ""
    try:
        number = parse_quantity(text.strip(), unit)
    except ValueError as error:
        number, problem = np.nan, f": {error}"
    if (split := split_quantity(text)) is not None and not split[1] and column.size is not None:
        number *= column.size
    if not 0 < number < np.inf:
        # The reason is only shown where the cell looks like a number at all
        reason = problem if re.search("[0-9]", text) else ""
        raise ConfigError(f"{path}: {column.kind} of {where} is {shown(text)}, must be a number above 0{reason[:160]}.")
    return Value(number, column.rounding)


def _column(path: Path, head: str) -> Column | None:
    name = _plain(head)
    if name in NAMES:
        return Column(head, NAMES[name], None)
    if (match := re.fullmatch(r"\s*(.*?)\s*(?:[(\[]\s*(.*?)\s*[)\]]|(?:/|,|\bin\b)\s*(.+?))\s*", head)) is not None:
        kind = _kind(match[1])
        text = match[2] or match[3] or ""
        if kind is None:
            return None
        size = _size(text, UNITS[kind])
        if size is None:
            raise ConfigError(
                f"{path}: column {shown(head)}: {shown(text)} is no unit of a {kind}; write it as in "
                f"'{kind} ({'mm' if UNITS[kind] == 'm' else UNITS[kind]})'."
            )
        return Column(head, kind, size)
    first, _, text = re.sub(r"\s+", "_", head.strip()).partition("_")
    kind = _kind(first)
    size = _size(text.replace("_per_", "/").replace("_", "*"), UNITS[kind]) if kind and text else None
    return Column(head, kind, size) if kind and size is not None else None


def _kind(name: str) -> str | None:
    plain = _plain(name)
    return NAMES.get(plain) or WITH_UNIT.get(plain)


def _size(text: str, unit: str) -> float | None:
    try:
        return parse_unit(text, unit)
    except ValueError:
        return None


def _last_digit(text: str, column: Column) -> float | None:
    """One unit of the last digit of a number, in SI."""
    split = split_quantity(text)
    if split is None:
        return None
    exponent = Decimal(split[0]).as_tuple().exponent
    size = _size(split[1], UNITS[column.kind]) if split[1] else column.size
    return 10.0 ** max(int(exponent), -300) * (size or 1.0) if isinstance(exponent, int) else None


def _plain(head: str) -> str:
    return re.sub(r"[\s_]+", " ", head.strip().lower().replace("’", "'"))


def shown(text: str) -> str:
    """A text of the table's own, for messages: quoted, and no longer than they can take."""
    return repr(text if len(text) <= LONGEST else f"{text[:LONGEST]}…")
