"""Rows of cells in a text file, with commas, semicolons or tabs between them."""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from femnn.errors import ConfigError
from femnn.tables.csv_text import unquoted
from femnn.tables.decoding import read_text

SEPARATORS = ("\t", ";", ",")
"""Between cells; the first that parts all rows alike is taken: commas may be those of decimals."""
LOOKED_AT = 50
"""Rows by which the separator is found."""
MOST_COLUMNS = 10_000
MOST_CELLS = 5_000_000
"""Cells of a table at most: half a gigabyte of memory."""
STATED = re.compile(r"sep=(.)\s*", re.IGNORECASE)
"""The first line by which some spreadsheets state the separator."""
ERRORS = re.compile(r'#(?:N/?[AD]|NV|DIV/0!|REF!|VALUE!|NAME\?|NUM!|NULL!)\s*(?:[,;\t"]|$)')
"""What spreadsheets write for a formula that fails; it begins as a comment does."""


@dataclass(frozen=True)
class Line:
    """A row of a table."""

    number: int
    """As a spreadsheet counts it, from 1; lines of comment count."""
    cells: list[str]
    """Without blanks around them; empty where the row is blank."""


@dataclass(frozen=True)
class Grid:
    """All rows of a file, those of comment left out."""

    source: str
    """The file, for messages."""
    lines: list[Line]
    separator: str
    comments: list[tuple[int, str]]
    """Lines that begin with #: their number, and what follows."""


def read_grid(path: Path) -> Grid:
    """Return the rows of a file.

    Args:
        path: text in UTF-8, or in UTF-16 with a byte order mark.

    Raises:
        ConfigError: the file cannot be read, a quoted cell does not end, or there are too many cells.
    """
    lines = read_text(path).split("\n")
    first = 1
    stated = STATED.fullmatch(lines[0])
    if stated:
        lines, first = lines[1:], 2
    separator = stated[1] if stated else _separator(lines)
    comments: list[tuple[int, str]] = []
    rows: list[Line] = []
    count = 0
    for number, cells in _parsed(path, lines, separator, first, comments):
        cells = [unquoted(cell.strip()) for cell in cells]
        while cells and not cells[-1]:
            cells.pop()
        count += len(cells)
        if len(cells) > MOST_COLUMNS or count > MOST_CELLS:
            what = f"{MOST_COLUMNS:,} columns" if len(cells) > MOST_COLUMNS else f"{MOST_CELLS:,} cells"
            raise ConfigError(f"{path}: row {number}: there are more than {what}; keep those that are needed.")
        rows.append(Line(number, cells))
    return Grid(str(path), rows, separator, comments)


def _parsed(
    path: Path, lines: list[str], separator: str, first: int, comments: list[tuple[int, str]]
) -> Iterator[tuple[int, list[str]]]:
    """Cells of each row and its number; comments are collected."""
    passed = 0
    inside = False

    def fed() -> Iterator[str]:
        nonlocal passed, inside
        for number, line in enumerate(lines, start=first):
            if not inside and is_comment(line):
                comments.append((number, line.lstrip()[1:].strip()))
                passed += 1
                # A row of its own keeps the numbers of those that follow
                continue
            inside ^= line.count('"') % 2 == 1
            yield line + "\n"

    reader = csv.reader(fed(), delimiter=separator, skipinitialspace=separator != "\t", strict=True)
    row = first - 1
    seen = 0
    try:
        for cells in reader:
            row += 1 + passed - seen
            seen = passed
            yield row, cells
    except csv.Error as error:
        if not any(mark in line for mark in SEPARATORS for line in lines[:LOOKED_AT]):
            raise ConfigError(f"{path}: its cells are parted neither by commas nor by semicolons or tabs.") from error
        raise ConfigError(
            f"{path}: row {row + 1 + passed - seen}: its quotation marks do not pair, or a cell is too long ({error})."
        ) from error


def is_comment(line: str) -> bool:
    """Return whether a line begins with #, and not with the error of a spreadsheet's formula."""
    # A tab before it parts a cell that is empty
    start = line.lstrip(" ")
    return start.startswith("#") and ERRORS.match(start) is None


def left_out(grid: Grid, above: int, columns: int) -> tuple[str, ...]:
    """Return a note on lines of comment that have as many cells as a table, and may be samples.

    Args:
        grid: the rows of a file.
        above: number of the row of names.
        columns: how many there are.
    """
    found = [number for number, text in grid.comments if number > above and _parts(text, grid.separator) == columns > 1]
    if not found:
        return ()
    rows = (
        f"rows {', '.join(map(str, found[:5]))}{' …' if len(found) > 5 else ''}"
        if len(found) > 1
        else f"row {found[0]}"
    )
    return (f"{rows} left out as a comment, as # is the first sign; quote the first cell if it is none",)


def _separator(lines: list[str]) -> str:
    """What parts cells: the first of tabs, semicolons and commas that parts all rows into as many."""
    sample = [line for line in lines[: 4 * LOOKED_AT] if line.strip() and not is_comment(line)][:LOOKED_AT]
    partings = {mark: [_parts(line, mark) for line in sample] for mark in SEPARATORS}
    for mark in SEPARATORS:
        counts = partings[mark]
        if counts and min(counts) > 1 and len(set(counts)) == 1:
            return mark
    for mark in SEPARATORS:
        if partings[mark] and partings[mark][0] > 1:
            return mark
    return max(reversed(SEPARATORS), key=lambda mark: sum(n > 1 for n in partings[mark])) if sample else ","


def _parts(line: str, mark: str) -> int:
    """Number of cells of a line; marks in quotation marks part nothing."""
    return 1 + (re.sub(r'"[^"]*"', "", line) if '"' in line else line).count(mark)
