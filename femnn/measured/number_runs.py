"""Runs of consecutive numbers on a sheet, down its columns or along its rows."""

from bisect import bisect
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from femnn.tables.workbook_cells import Sheet

type Floats = npt.NDArray[np.float64]
type Integers = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Line:
    """Consecutive numbers of one column, or of one row."""

    place: int
    """The column, or the row where numbers run along it, from 0."""
    first: int
    """Where they begin, from 0."""
    values: Floats


@dataclass(frozen=True)
class Block:
    """Runs of one length that begin beside each other."""

    where: str
    """Sheet, and the rows, or the columns where the block lies along them."""
    names: tuple[str, ...]
    """Of the columns, or of the rows."""
    numbers: Floats
    """Shape (columns, B)."""


def lines_of(sheet: Sheet, across: Integers, along: str, length: int) -> list[Line]:
    """Return all runs of a sheet that are long enough.

    Args:
        sheet: the numbers.
        across: its columns, for runs down them, or its rows.
        along: "rows" for runs down columns, or "columns".
        length: numbers that a run has at least.
    """
    steps = sheet.rows if along == "rows" else sheet.columns
    order = np.lexsort((steps, across))
    places, positions, values = across[order], steps[order], sheet.values[order]
    breaks = np.flatnonzero((np.diff(places) != 0) | (np.diff(positions) != 1)) + 1
    starts, ends = np.r_[0, breaks], np.r_[breaks, len(order)]
    return [
        Line(int(places[i]), int(positions[i]), values[i:j])
        for i, j in zip(starts, ends, strict=True)
        if j - i >= length
    ]


def blocks(
    sheet: str,
    lines: list[Line],
    along: str,
    length: int,
    trials: int,
    may_begin: Callable[[Floats], npt.NDArray[np.bool_]],
) -> Iterator[Block]:
    """Yield the places where what is searched may begin, each with all runs that are beside it.

    Args:
        sheet: its name, for messages.
        lines: runs of the sheet.
        along: "rows" or "columns".
        length: numbers of a block's runs.
        trials: neighbouring runs whose mean is looked at too.
        may_begin: which windows of numbers, of this length, may hold what is searched, by their first numbers.
    """
    by_place: dict[int, list[Line]] = {}
    for line in lines:
        by_place.setdefault(line.place, []).append(line)
    starts: set[int] = set()
    for line in lines:
        starts.update((line.first + np.flatnonzero(may_begin(line.values))).tolist())
        groups = [[line]]
        for step in range(1, trials):
            runs = by_place.get(line.place + step, [])
            groups = [[*group, other] for group in groups for other in _beside(group, runs, length)]
        for group in groups:
            first = max(other.first for other in group)
            count = _overlap(group)
            mean = np.mean([o.values[first - o.first : first - o.first + count] for o in group], axis=0)
            starts.update((first + np.flatnonzero(may_begin(mean))).tolist())
    for start in sorted(starts):
        beside = [o for o in lines if o.first <= start and start + length <= o.first + len(o.values)]
        ends = (start, start + length - 1)
        names, across = (_row, letters) if along == "rows" else (letters, _row)
        where = f"sheet {sheet[:60]!r}, {along} {names(ends[0])} to {names(ends[1])}"
        numbers = np.array([o.values[start - o.first : start - o.first + length] for o in beside])
        yield Block(where, tuple(across(o.place) for o in beside), numbers)


def letters(index: int) -> str:
    """Return the letters of a column from its number from 0: A to Z, AA, AB and so on."""
    return (letters(index // 26 - 1) if index >= 26 else "") + chr(ord("A") + index % 26)


def _row(index: int) -> str:
    return str(index + 1)


def _beside(group: list[Line], runs: list[Line], length: int) -> Iterator[Line]:
    """The runs of the next place, one after another, that have enough numbers beside all of a group."""
    first = max(line.first for line in group)
    end = first + _overlap(group)
    for run in runs[bisect(runs, first + length - 1, key=lambda run: run.first + len(run.values)) :]:
        if run.first + length > end:
            return
        if _overlap([*group, run]) >= length:
            yield run


def _overlap(lines: list[Line]) -> int:
    """Numbers that runs have side by side."""
    first = max(line.first for line in lines)
    return min(line.first + len(line.values) for line in lines) - first
