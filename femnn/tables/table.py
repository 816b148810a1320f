"""Tables with a header: columns by name, their units, and rows by the number that a spreadsheet gives them."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from femnn.config.quantities import UNIT, parse_unit
from femnn.config.settings import nearest
from femnn.errors import ConfigError
from femnn.tables.cell_values import (
    MISSING,
    NO_NUMBER,
    as_numbers,
    has_decimal_commas,
    is_number,
    shown,
)
from femnn.tables.grid import Grid, left_out, read_grid
from femnn.tables.headers import require_header, with_units_of_rows

type Floats = npt.NDArray[np.float64]

LONGEST_NAME = 120
"""Characters of a column's name."""
LONGEST_LIST = 120
"""Characters of the list of columns in a message."""
IN_HEAD = re.compile(rf"(.*\S)\s*(?:\(\s*({UNIT})\s*\)|\[\s*({UNIT})\s*\]|\s/\s*({UNIT}))")
"""A name and its unit: ``x (mm)``, ``x [mm]`` or ``x / mm``."""


@dataclass(frozen=True)
class Table:
    """A table of texts; numbers are read by column."""

    source: str
    """The file, for messages."""
    head: tuple[str, ...]
    """Names of the columns, all different; "" for one without a name that has cells."""
    rows: list[list[str]]
    """Cells without blanks around them, as many in each row as there are columns."""
    numbers: list[int]
    """Of the rows, as a spreadsheet counts them."""
    units: Mapping[str, str]
    """Units by column, where the header or a row below it states them."""
    notes: tuple[str, ...] = ()
    """What was taken for what, a line each."""

    def __contains__(self, name: str) -> bool:
        """Return whether there is a column of a name."""
        return name in self.head

    def require(self, names: Iterable[str], what: str) -> None:
        """Refuse a table that lacks a column.

        Args:
            names: of the columns.
            what: which columns there must be, for the message.

        Raises:
            ConfigError: one is missing; the message names the nearest that there is.
        """
        for name in names:
            if name not in self.head:
                raise ConfigError(f"{self.source}: there is no column {name!r}; {what}{self._other(name)}")

    def column(self, name: str) -> list[str]:
        """Return the texts of a column; "" where a value is missing."""
        place = self.head.index(name)
        return ["" if row[place] in MISSING else row[place] for row in self.rows]

    def values(self, names: Sequence[str], unit_of: Mapping[str, str] | None = None) -> Floats:
        """Return columns as numbers, NaN where a value is missing, shape (rows, columns).

        Args:
            names: of the columns.
            unit_of: SI unit of a column; numbers are converted where the table states another one.

        Raises:
            ConfigError: a cell is no finite number, or a unit is of another kind.
        """
        places = [self.head.index(name) for name in names]
        columns = [[row[place] for row in self.rows] for place in places]
        commas = has_decimal_commas(self.source, zip(names, columns, strict=True), self.numbers)
        found = np.empty((len(self.rows), len(names)))
        for j, (name, cells) in enumerate(zip(names, columns, strict=True)):
            found[:, j] = as_numbers(cells, commas)
            for i in np.flatnonzero(~np.isfinite(found[:, j])):
                if cells[i] not in NO_NUMBER:
                    raise ConfigError(
                        f"{self.source}: column {name!r} of row {self.numbers[i]} is {shown(cells[i])} and no finite "
                        "number; give a number."
                    )
            if unit_of and name in unit_of and (factor := self.factor(name, unit_of[name])) is not None:
                found[:, j] *= factor
        return found

    def factor(self, name: str, unit: str) -> float | None:
        """Return the size of the unit that the table states for a column, in an SI unit; None where it states none.

        Raises:
            ConfigError: it is of another kind.
        """
        if name not in self.units:
            return None
        try:
            return parse_unit(self.units[name], unit)
        except ValueError as error:
            raise ConfigError(f"{self.source}: column {name!r}: {str(error).rstrip('.')}.") from None

    def _other(self, name: str) -> str:
        known = nearest(name, [known for known in self.head if known]) if any(self.head) else ""
        return f"; {known if len(known) <= LONGEST_LIST else f'{known[:LONGEST_LIST]} …'}" if known else ""


def read_table(path: Path, known: Sequence[str] = ()) -> Table:
    """Return the table of a text file.

    Args:
        path: the file.
        known: names of columns that readers look for; the same in other letters, or with a unit behind, is that column.

    Raises:
        ConfigError: the file cannot be read, has no header or no rows, names two columns alike, or has rows with more
            cells than columns.
    """
    return table_of(read_grid(path), known)


def table_of(grid: Grid, known: Sequence[str] = ()) -> Table:
    """Return the table that rows of cells make; see :func:`read_table`.

    Raises:
        ConfigError: as there.
    """
    lines = [line for line in grid.lines if line.cells]
    source = grid.source
    if not lines:
        raise ConfigError(f"{source} has no rows; a table needs a row of names, and one for each sample.")
    head, below = lines[0], lines[1:]
    if not below:
        raise ConfigError(f"{source} has no rows below its header.")
    if long := next(
        (name for name in head.cells if len(name) > LONGEST_NAME or not _one_line(name).isprintable()), None
    ):
        raise ConfigError(
            f"{source}: row {head.number}: {shown(long)} is no name of a column; give one of at most {LONGEST_NAME} "
            "characters that can be printed."
        )
    names, units = _names(head.cells, known)
    widest = max(below, key=lambda line: len(line.cells))
    if len(widest.cells) > len(names):
        if len(head.cells) == 1 and len(widest.cells) > 2:
            raise ConfigError(
                f"{source}: row {head.number}, {shown(head.cells[0])}, is one cell and row {widest.number} has "
                f"{len(widest.cells)}: it is no row of names; leave it out, or begin it with #."
            )
        decimals = ", and write decimals with points" if grid.separator == "," else ""
        raise ConfigError(
            f"{source}: row {widest.number} has more values than the header has names ({len(widest.cells)} and "
            f"{len(names)}); name every column, that of row numbers too{decimals}."
        )
    rows = [line.cells + [""] * (len(names) - len(line.cells)) for line in below]
    names, rows = _without_blank_columns(names, rows)
    table = Table(source, tuple(names), rows, [line.number for line in below], units)
    _require_distinct(table)
    require_header(source, head, names, rows, grid.comments)
    kept, stated, notes = with_units_of_rows(names, rows, table.numbers)
    if not kept:
        raise ConfigError(f"{source} has no rows below its header.")
    notes += left_out(grid, head.number, len(head.cells))
    return replace(table, rows=rows[-kept:], numbers=table.numbers[-kept:], units=units | stated, notes=notes)


def _names(cells: Sequence[str], known: Sequence[str]) -> tuple[list[str], dict[str, str]]:
    """Names of the columns, and units that stand behind them; other names than those known stay in full."""
    by_small = {name.lower(): name for name in known}
    names: list[str] = []
    units: dict[str, str] = {}
    for cell in map(_one_line, cells):
        match = IN_HEAD.fullmatch(cell)
        bare = match[1].strip() if match else cell
        name = by_small.get(bare.lower())
        if name is None:
            name = cell
        if match:
            units[name] = next(unit for unit in match.groups()[1:] if unit)
        names.append(name)
    return names, units


def _one_line(name: str) -> str:
    """A name of a header, whose lines are joined."""
    return " ".join(name.split())


def _without_blank_columns(names: list[str], rows: list[list[str]]) -> tuple[list[str], list[list[str]]]:
    blank = [j for j, name in enumerate(names) if not name and not any(row[j] for row in rows)]
    if not blank:
        return names, rows
    kept = [j for j in range(len(names)) if j not in set(blank)]
    return [names[j] for j in kept], [[row[j] for j in kept] for row in rows]


def _require_distinct(table: Table) -> None:
    seen: set[str] = set()
    for name in table.head:
        if name in seen:
            what = f"two columns are called {name!r}" if name else "two columns have no name"
            raise ConfigError(f"{table.source}: {what}; give each a name of its own.")
        seen.add(name)


def number_columns(table: Table) -> list[str]:
    """Return the columns at least half of whose values are numbers."""
    found = []
    for name in table.head:
        cells = [cell for cell in table.column(name) if cell]
        if cells and 2 * sum(map(is_number, cells)) >= len(cells):
            found.append(name)
    return found
