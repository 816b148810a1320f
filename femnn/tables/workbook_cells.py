"""Numbers of a workbook (.xlsx) from elsewhere: of bounded size, without entities, wherever on its sheets they are."""

import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any
from xml.parsers import expat

import numpy as np
import numpy.typing as npt

from femnn.errors import ConfigError
from femnn.tables.cell_values import COMMA, PLAIN, as_numbers, with_point

type Floats = npt.NDArray[np.float64]
type Integers = npt.NDArray[np.int64]

MOST_BYTES = 64 * 2**20
"""Size of a workbook's parts at most, unpacked."""
MOST_PARTS = 10_000
MOST_ROWS = 2**20
"""Rows of a sheet."""
MOST_STORED = 2_000_000
"""Cells of a sheet at most that are stored."""
MOST_CELLS = 10_000_000
"""Cells at most, counting empty ones left of others."""
CHUNK = 2**16


@dataclass(frozen=True)
class Sheet:
    """The cells of a sheet that are numbers, or texts of a number, in the order of rows."""

    name: str
    rows: Integers
    """From 0, shape (n,)."""
    columns: Integers
    """From 0, shape (n,)."""
    values: Floats
    """Shape (n,)."""


class _RootReachedError(Exception):
    """The first element of a document begins: no document type comes after it."""


def read_sheets(path: Path) -> list[Sheet]:
    """Return the sheets of a workbook; of formulas what they gave when it was saved.

    Args:
        path: the file.

    Raises:
        ConfigError: it is no workbook, is too large, or has a document type, which may define entities without end.
    """
    import openpyxl

    try:
        _require_harmless(path)
        book = openpyxl.load_workbook(path, read_only=True, data_only=True, keep_links=False)
        try:
            count = 0
            sheets = []
            for sheet in book.worksheets:
                # Its stated size may be that of a cell in the last row
                sheet.reset_dimensions()
                found, count = _numbers(path, sheet.title, sheet.iter_rows(values_only=True), count)
                sheets.append(found)
            return sheets
        finally:
            book.close()
    except ConfigError:
        raise
    except Exception as error:
        # openpyxl reports a file that is no workbook by many types, those of zip and XML among them
        text = str(getattr(error, "strerror", None) or error).strip().split("\n")[0][:200].rstrip(".")
        raise ConfigError(f"Cannot read {path}: {text or type(error).__name__}.") from error


def formulas_without_values(path: Path) -> int:
    """Return how many cells of a workbook hold formulas whose values were never stored, as programs write them.

    Args:
        path: a workbook that has been read.
    """
    import openpyxl

    kinds = []
    for data_only in (False, True):
        book = openpyxl.load_workbook(path, read_only=True, data_only=data_only, keep_links=False)
        found = set()
        for number, sheet in enumerate(book.worksheets):
            sheet.reset_dimensions()
            for i, row in enumerate(sheet.iter_rows(values_only=True)):
                for j, cell in enumerate(row):
                    if cell is not None and (data_only or (isinstance(cell, str) and cell.startswith("="))):
                        found.add((number, i, j))
        book.close()
        kinds.append(found)
    return len(kinds[0] - kinds[1])


def _numbers(path: Path, name: str, lines: Iterator[tuple[Any, ...]], count: int) -> tuple[Sheet, int]:
    """The numbers of a sheet, and the cells that were passed so far."""
    rows: list[int] = []
    columns: list[int] = []
    values: list[float] = []
    for i, line in enumerate(lines):
        count += len(line)
        if i >= MOST_ROWS:
            raise ConfigError(f"{path}: sheet {name[:40]!r} has more than {MOST_ROWS:,} rows; no sheet has.")
        if count > MOST_CELLS:
            raise ConfigError(
                f"{path}: sheet {name[:40]!r}: there are more than {MOST_CELLS:,} cells up to row {i + 1}; keep those "
                "that are needed."
            )
        for j, cell in enumerate(line):
            number = _number(cell)
            if number is not None:
                rows.append(i)
                columns.append(j)
                values.append(number)
    return Sheet(name, np.array(rows, dtype=np.int64), np.array(columns, dtype=np.int64), np.array(values)), count


def _number(cell: object) -> float | None:
    """A cell's number; dates, truth values and other texts are none."""
    if isinstance(cell, float) or (isinstance(cell, int) and not isinstance(cell, bool)):
        number = float(cell) if abs(cell) < 1e300 else np.inf
    elif isinstance(cell, str) and len(cell) < 40 and (PLAIN.fullmatch(cell.strip()) or COMMA.fullmatch(cell.strip())):
        number = float(as_numbers([with_point(cell.strip(), True)], False)[0])
    else:
        return None
    return number if np.isfinite(number) else None


def _require_harmless(path: Path) -> None:
    """Refuse archives that are large when unpacked, and documents that define entities."""
    if not path.is_file():
        raise ConfigError(f"Cannot read {path}: {'it is no file' if path.exists() else 'there is no such file'}.")
    with zipfile.ZipFile(path) as archive:
        parts = archive.infolist()
        size = sum(part.file_size for part in parts)
        if size > MOST_BYTES or len(parts) > MOST_PARTS:
            raise ConfigError(
                f"Cannot read {path}: unpacked it has {size / 2**20:.0f} MB in {len(parts)} parts, and at most "
                f"{MOST_BYTES // 2**20} MB are read; keep the sheets that are needed."
            )
        for part in parts:
            if "/worksheets/" in part.filename:
                with archive.open(part) as file:
                    _require_countable(path, file)
            if part.filename.lower().endswith((".xml", ".rels", ".vml")):
                with archive.open(part) as file:
                    if _has_document_type(file):
                        raise ConfigError(
                            f"Cannot read {path}: its part {part.filename[:60]!r} has a document type, which no "
                            "workbook needs; save it again in a spreadsheet program."
                        )


def _require_countable(path: Path, file: IO[bytes]) -> None:
    """Refuse a sheet that is too long to read, by what begins rows and cells."""
    rows = cells = 0
    while chunk := file.read(16 * CHUNK):
        rows += chunk.count(b"<row") + chunk.count(b":row")
        cells += chunk.count(b"<c ") + chunk.count(b"<c>") + chunk.count(b":c ")
    if rows > MOST_ROWS or cells > MOST_STORED:
        raise ConfigError(
            f"Cannot read {path}: a sheet has about {rows:,} rows and {cells:,} cells, and at most {MOST_ROWS:,} and "
            f"{MOST_STORED:,} are read; keep those that are needed."
        )


def _has_document_type(file: IO[bytes]) -> bool:
    parser = expat.ParserCreate()
    found = False

    def reached(*_: object) -> None:
        raise _RootReachedError

    def declared(*_: object) -> None:
        nonlocal found
        found = True
        raise _RootReachedError

    parser.StartElementHandler = reached
    parser.StartDoctypeDeclHandler = declared
    try:
        while chunk := file.read(CHUNK):
            parser.Parse(chunk, False)
    except _RootReachedError:
        pass
    return found
