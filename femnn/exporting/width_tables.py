"""Tables of trained stiffnesses or widths (.csv): which rows are of which training and of which bond."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from femnn.config.settings import nearest
from femnn.errors import ConfigError
from femnn.exporting.width_columns import (
    LONGEST,
    Column,
    Row,
    columns_of,
    label_columns,
    shown,
    with_rounding,
    with_unit_row,
)
from femnn.tables.cell_values import MISSING, has_decimal_commas, with_point
from femnn.tables.grid import read_grid

LINE = " line"
"""Under which the number of a row in its file stands."""
SHOWN = 12
"""Values that a message lists at most."""
BETWEEN = r"\s*(?:[-–—−‐_,;:/→]|->|to|\s)\s*"
LABEL = re.compile(rf"\s*(?:bond|edge|link|b)?\s*[(\[]?\s*([0-9]{{1,18}}){BETWEEN}([0-9]{{1,18}})\s*[)\]]?\s*", re.I)
"""A bond by the labels of its nodes: "1-2", "(1, 2)", "bond 1–2"."""
DATE = re.compile(r"[0-9]+\W+[^\W\d]{3,9}\W*[0-9]*|[^\W\d]{3,9}\W+[0-9]+|[0-9]+([-/.])[0-9]+\1[0-9]+.*", re.I)
"""What spreadsheets make of "1-2": a date."""


@dataclass(frozen=True)
class Table:
    """A table as it is read, before it is known which training of it is wanted."""

    path: Path
    """Where it is."""
    rows: list[Row]
    """Its cells, as texts, by the heads of their columns; and the line of each row."""
    label: str | None
    """Head of the column with the labels of bonds."""
    pair: tuple[str, str] | None
    """Heads of the two columns with the nodes of bonds."""
    columns: list[Column]
    """Columns with values of bonds."""
    keys: list[str]
    """Heads of all other columns, which say of which training a row is."""

    def name(self, row: Row) -> str:
        """The bond of a row, as the table has it."""
        return row[self.label] if self.label else "-".join(row[head].strip() for head in self.pair or ())


def read_table(path: Path) -> Table:
    """Read a table of stiffnesses or widths.

    Raises:
        ConfigError: it cannot be read, or has no bonds or no values; a unit is none.
    """
    heads, rows = read_cells(path)
    label, pair = label_columns(heads)
    columns = columns_of(path, heads)
    if (label is None and pair is None) or not {column.kind for column in columns} & {"stiffness", "width"}:
        raise ConfigError(
            f"{path}: a table of stiffnesses has the columns bond, and stiffness (N/m) or width (m); it has "
            f"{_listed([shown(head) for head in heads])}."
        )
    if rows and (units := with_unit_row(path, columns, rows[0])) is not None:
        columns, rows = units, rows[1:]
    if not rows:
        raise ConfigError(f"{path}: the table has no rows.")
    rows = _with_points(path, columns, rows)
    known = {label, *(pair or ()), *(column.head for column in columns), ""}
    return Table(path, rows, label, pair, with_rounding(columns, rows), [head for head in heads if head not in known])


def read_cells(path: Path) -> tuple[list[str], list[Row]]:
    """Read a table (.csv) as texts: the heads of its columns, and its rows that are not empty, with their lines.

    Raises:
        ConfigError: it cannot be read, has no rows, a head twice, or a row with more cells than there are heads.
    """
    lines = [line for line in read_grid(path).lines if line.cells]
    if not lines:
        raise ConfigError(f"{path}: the table has no rows.")
    heads = lines[0].cells
    twice = next((head for head in heads if head and heads.count(head) > 1), None)
    if twice is not None:
        raise ConfigError(f"{path}: the column {shown(twice)} is there twice; take one of them away.")
    rows = []
    for line in lines[1:]:
        if any(line.cells[len(heads) :]):
            raise ConfigError(f"{path}: row {line.number} has more cells than the table has columns.")
        cells = [*line.cells, *[""] * len(heads)]
        rows.append({**dict(zip(heads, cells, strict=False)), LINE: str(line.number)})
    return heads, [row for row in rows if any(row[head].strip() for head in heads)]


def _with_points(path: Path, columns: Sequence[Column], rows: list[Row]) -> list[Row]:
    """The rows with decimal points in the values of bonds, and nothing where a value is missing."""
    heads = [column.head for column in columns]
    cells = [(head, [row[head] for row in rows]) for head in heads]
    commas = has_decimal_commas(str(path), cells, [int(row[LINE]) for row in rows])
    plain = {head: ["" if text in MISSING else with_point(text, commas) for text in texts] for head, texts in cells}
    return [{**row, **{head: plain[head][i] for head in heads}} for i, row in enumerate(rows)]


def selected(table: Table, select: Sequence[str]) -> list[Row]:
    """The rows of the trainings that are chosen by "column=value".

    Raises:
        ConfigError: there is no such column, or no such value in it.
    """
    path, rows = table.path, table.rows
    keys = table.keys
    for choice in select:
        key, equals, value = (part.strip() for part in choice.partition("="))
        if not equals:
            raise ConfigError(f"--select takes column=value, not {choice!r}.")
        if key not in keys:
            known = nearest(key, keys) if keys else "it holds one training, with nothing to select."
            raise ConfigError(f"{path}: there is no column {key!r} to select by; {known}")
        there = list(dict.fromkeys(row[key] for row in rows))
        rows = [row for row in rows if _same(row[key], value)]
        if not rows:
            raise ConfigError(f"{path}: no training has {key}={value}; there are: {_listed(there)}.")
    return rows


def several(table: Table, rows: list[Row], one: Row, other: Row) -> ConfigError:
    """The error for two rows of one bond: of several trainings, or of one."""
    values = {key: list(dict.fromkeys(row[key] for row in rows)) for key in table.keys}
    differing = [f"{key[:LONGEST]}: {_listed(there)}" for key, there in values.items() if len(there) > 1]
    if not differing:
        return ConfigError(
            f"{table.path}: bond {shown(table.name(other))} is given more than once, in rows {one[LINE]} and "
            f"{other[LINE]}."
        )
    return ConfigError(
        f"{table.path}: it holds several trainings; choose one by --select COLUMN=VALUE of {'; '.join(differing[:6])}."
    )


def _same(one: str, other: str) -> bool:
    """Equal as texts or as numbers."""
    try:
        return one == other or float(one) == float(other)
    except ValueError:
        return False


def ends_of(table: Table, row: Row) -> frozenset[int]:
    """Labels of the two nodes of a row's bond; empty where there are none.

    Raises:
        ConfigError: label and nodes contradict each other, or the label is a date.
    """
    ends, name = frozenset[int](), table.name(row)
    if table.label is not None:
        if (match := LABEL.fullmatch(name)) is not None:
            ends = frozenset((int(match[1]), int(match[2])))
        elif DATE.fullmatch(name.strip()):
            raise ConfigError(
                f"{table.path}: bond {shown(name)} in row {row[LINE]} is a date, which a spreadsheet makes of 1-2; "
                "let it take the column as text, or give the nodes in two columns, first and second."
            )
    if table.pair is None:
        return ends
    pair = frozenset(_node(row[head]) for head in table.pair)
    if table.label is not None and ends != pair:
        raise ConfigError(
            f"{table.path}: row {row[LINE]} says bond {shown(name)} in one column, and nodes "
            f"{shown(' and '.join(row[head] for head in table.pair))} in others; which is it?"
        )
    return pair


def _node(text: str) -> int:
    """The label of a node; −1 where it is none. Tables with gaps have "1.0" for 1."""
    match = re.fullmatch(r"\s*([0-9]{1,18})(?:\.0*)?\s*", text)
    return int(match[1]) if match else -1


def _listed(values: list[str]) -> str:
    return ", ".join(text[:LONGEST] for text in values[:SHOWN]) + (", …" if len(values) > SHOWN else "")
