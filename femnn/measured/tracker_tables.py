"""Tables of trackers as one row for every point that was seen: long ones, and such with columns for every point."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from femnn.errors import ConfigError
from femnn.measured.tracker_columns import FRAMES, NODE, PARTS, TrackerColumns, hint
from femnn.tables.cell_values import MISSING, NO_NUMBER, is_number
from femnn.tables.grid import read_grid
from femnn.tables.stacked_headers import joined
from femnn.tables.table import Table, table_of

type Floats = npt.NDArray[np.float64]

MOST_TEXTS = 4
"""Rows below the header at most that say more of the columns, as TrackMate writes them."""
PIXEL_NAMES = ("pixel", "pixels", "px")


@dataclass(frozen=True)
class Seen:
    """What a tracker saw, a row for each point of each frame."""

    points: list[str]
    """Name of the node or particle; "" where it has none."""
    states: list[str] | None
    """State or frame; None where the table tells neither."""
    repeats: list[str] | None
    positions: Floats
    """Shape (n, d); NaN where a point was not seen."""
    rows: list[int]
    """Rows of the file."""
    unit: str
    """Of the positions, where the table states it."""
    notes: tuple[str, ...]


def read_seen(path: Path, axes: str, stated: TrackerColumns) -> Seen:
    """Return what a table holds.

    Args:
        path: the file.
        axes: those of the network, "xy" or "xyz".
        stated: how it is to be read.

    Raises:
        ConfigError: the file cannot be read; a column is unknown or missing; something is no number.
    """
    names = {part: stated.columns.get(part, part) for part in PARTS if part in stated.columns or part not in "xyz"}
    names |= {axis: stated.columns.get(axis, axis) for axis in axes}
    grid = read_grid(path)
    # The header of an experiment's own table is one row
    table = table_of(joined(grid) if stated.stated or _stacked(grid.lines[:1]) else grid, list(names.values()))
    if stated.wide:
        return _wide(table, axes, stated, names)
    required = ("node", *axes)
    for part in required:
        if names[part] not in table:
            raise ConfigError(
                f"{path}: there is no column {names[part]!r}; columns are {', '.join(names[p] for p in required)} and, "
                f"if need be, state and repeat; {hint(table.head)}."
            )
    if not stated.columns and (unknown := [name for name in table.head if name not in (*required, "state", "repeat")]):
        raise ConfigError(
            f"{path}: column {unknown[0][:40]!r} is unknown; columns are {', '.join(required)} and, if need be, state "
            f"and repeat; {hint(table.head)}."
        )
    columns = [names[axis] for axis in axes]
    table = _without_texts(table, columns)
    for part in ("state", "repeat"):
        if part in stated.columns and names[part] not in table:
            table.require([names[part]], f"--columns name it for {part}")
    read = {part: table.column(names[part]) if names[part] in table else None for part in ("node", "state", "repeat")}
    positions = table.values(columns)
    points = ["" if cell in NO_NUMBER else _plain(cell) for cell in read["node"] or []]
    return Seen(
        points, _plains(read["state"]), _plains(read["repeat"]), positions, table.numbers, _unit(table, columns),
        table.notes,
    )  # fmt: skip


def _wide(table: Table, axes: str, stated: TrackerColumns, names: dict[str, str]) -> Seen:
    """The points of a table that has columns for each of them."""
    places: dict[str, dict[str, str]] = {axis: {} for axis in axes}
    for axis in axes:
        before, _, after = names[axis].partition(NODE)
        form = re.compile(re.escape(before) + "(.+?)" + re.escape(after))
        for name in table.head:
            if match := form.fullmatch(name):
                places[axis].setdefault(_plain(match[1]), name)
    points = list(places["x"])
    if not points:
        raise ConfigError(f"{table.source}: no column is called {names['x']!r}; {hint(table.head)}.")
    for axis in axes[1:]:
        if odd := sorted(set(points) ^ set(places[axis])):
            raise ConfigError(f"{table.source}: point {odd[0][:40]!r} has no column for x or for {axis}.")
    columns = [places[axis][point] for point in points for axis in axes]
    table = _without_texts(table, columns)
    count = len(table.rows)
    if "state" not in stated.columns:
        names["state"] = next((name for name in table.head if name.lower() in FRAMES), names["state"])
    positions = table.values(columns).reshape(count * len(points), len(axes))
    each = {
        part: [_plain(cell) for cell in table.column(names[part]) for _ in points] if names[part] in table else None
        for part in ("state", "repeat")
    }
    for part in ("state", "repeat"):
        if part in stated.columns:
            table.require([names[part]], f"--columns name it for {part}")
    notes = table.notes
    if each["state"] is None and count > 1:
        each["state"] = [str(frame) for frame in range(1, count + 1) for _ in points]
        notes += ("rows have no column of frames: they are counted from 1",)
    rows = [number for number in table.numbers for _ in points]
    return Seen(points * count, each["state"], each["repeat"], positions, rows, _unit(table, columns), notes)


def _stacked(lines: Sequence[object]) -> bool:
    """Whether the first row names a column twice, as headers of several rows do."""
    cells = [cell for line in lines for cell in getattr(line, "cells", [])]
    return len(set(cells)) < len(cells)


def _without_texts(table: Table, columns: Sequence[str]) -> Table:
    """The table without rows below the header that say more of its columns; they are noted."""
    places = [table.head.index(name) for name in columns]
    count = 0
    for row in table.rows[:MOST_TEXTS]:
        cells = [row[place] for place in places]
        if any(map(is_number, cells)) or all(cell in MISSING for cell in cells):
            break
        count += 1
    if not count or count == len(table.rows):
        return table
    stated = {name: table.rows[count - 1][place].strip("()[] ") for name, place in zip(columns, places, strict=True)}
    numbers = f"{table.numbers[0]} to {table.numbers[count - 1]}" if count > 1 else str(table.numbers[0])
    note = f"row{'s' if count > 1 else ''} {numbers} below the header hold{'' if count > 1 else 's'} no positions"
    units = dict(table.units) | {name: unit for name, unit in stated.items() if _is_unit(unit)}
    return replace(
        table, rows=table.rows[count:], numbers=table.numbers[count:], units=units, notes=(*table.notes, note)
    )


def _is_unit(text: str) -> bool:
    return text in (*PIXEL_NAMES, "m", "mm", "cm", "um", "µm", "μm", "nm", "in", "inch", "micron")


def _unit(table: Table, columns: Sequence[str]) -> str:
    """The one unit of all columns; "" where none is stated.

    Raises:
        ConfigError: they have several.
    """
    found = {table.units.get(name, "") for name in columns}
    if len(found) > 1:
        listed = ", ".join(f"{name} in {table.units.get(name, 'none')}" for name in columns[:4])
        raise ConfigError(f"{table.source}: positions are in several units ({listed}); give all in one.")
    unit = found.pop()
    return "px" if unit in PIXEL_NAMES else {"micron": "µm", "μm": "µm"}.get(unit, unit)


def _plain(cell: str) -> str:
    """A name; whole numbers without decimals, which spreadsheets and pandas add."""
    return re.sub(r"(?<=[0-9])\.0*$", "", cell.replace(",", ".")) if is_number(cell) else cell


def _plains(cells: list[str] | None) -> list[str] | None:
    return None if cells is None else [_plain(cell) for cell in cells]
