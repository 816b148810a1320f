"""Headers of several rows, as trackers and pandas write them, joined to one row of names."""

from dataclasses import replace

from femnn.tables.cell_values import is_number
from femnn.tables.grid import Grid, Line

MOST_ROWS = 4
"""Rows of a header at most."""


def joined(grid: Grid) -> Grid:
    """Return rows whose header is one row, where names of the first alone are repeated or blank.

    Names of several rows are joined by "_" from above; a blank one is that at its left, and a row that is the same in
    all columns but the first says nothing and is left out.

    Args:
        grid: the rows of a file.
    """
    lines = [line for line in grid.lines if line.cells]
    if not lines or _distinct([line.cells for line in lines[:1]]):
        return grid
    for count in range(2, MOST_ROWS + 1):
        top = [line.cells for line in lines[:count]]
        if len(lines) <= count or any(is_number(cell) for cell in top[-1] if cell) or not top[-1]:
            return grid
        if _distinct(top):
            head = Line(lines[count - 1].number, _names(top))
            return replace(grid, lines=[head, *lines[count:]])
    return grid


def _distinct(rows: list[list[str]]) -> bool:
    names = _names(rows)
    return len(names) == len(set(names)) and (all(names) if len(rows) > 1 else sum(not name for name in names) < 2)


def _names(rows: list[list[str]]) -> list[str]:
    """Names of the columns."""
    if len(rows) == 1:
        return rows[0]
    width = max(map(len, rows))
    levels: list[list[str]] = []
    for level, row in enumerate(rows):
        cells = row + [""] * (width - len(row))
        if level < len(rows) - 1:
            for j in range(1, width):
                cells[j] = cells[j] or cells[j - 1]
        if level == len(rows) - 1 or len(set(cells[1:])) > 1:
            levels.append(cells)
    names = ["_".join(part for part in column if part) for column in zip(*levels, strict=True)]
    # Its first cells name the rows of the header
    return ["frame", *names[1:]] if rows[0][0].lower() == "scorer" else names
