"""Workbooks that are no plain ones: large, far, with entities, dates or formulas."""

import datetime
import time
import zipfile
from pathlib import Path

import numpy as np
import openpyxl
import pytest

from femnn.errors import ConfigError
from femnn.tables import workbook_cells
from femnn.tables.workbook_cells import formulas_without_values, read_sheets

pytestmark = pytest.mark.serial


def book(path: Path, cells: dict[str, object]) -> Path:
    """A workbook with one sheet."""
    found = openpyxl.Workbook()
    for place, value in cells.items():
        found.active[place] = value
    found.save(path)
    return path


def replaced(path: Path, part: str, text: bytes) -> Path:
    """The workbook with one part replaced."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in (parts | {part: text}).items():
            archive.writestr(name, content)
    return path


def test_numbers_are_found_wherever_they_are(tmp_path: Path) -> None:
    """As numbers and as text; dates, truth values and words are none. A cell in the last row costs no memory."""
    cells = {"B2": 1.5, "B3": "2.5E-09", "C3": "1,5", "A1": "x", "A2": True, "A3": datetime.date(2026, 1, 2)}
    started = time.process_time()
    (sheet,) = read_sheets(book(tmp_path / "far.xlsx", cells | {"XFD1048576": 7}))
    assert time.process_time() - started < 5
    np.testing.assert_array_equal(sheet.rows, [1, 2, 2, 1048575])
    np.testing.assert_array_equal(sheet.columns, [1, 1, 2, 16383])
    np.testing.assert_array_equal(sheet.values, [1.5, 2.5e-9, 1.5, 7])


def test_formulas_without_values_are_counted(tmp_path: Path) -> None:
    path = book(tmp_path / "formulas.xlsx", {"A1": 1, "A2": "=A1+1", "A3": "=A2*2"})
    assert read_sheets(path)[0].values.tolist() == [1]
    assert formulas_without_values(path) == 2


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_document_type_is_refused(tmp_path: Path, encoding: str) -> None:
    """As one that defines entities of entities; also behind a long comment."""
    entities = "".join(f'<!ENTITY a{i} "{f"&a{i - 1};" * 10}">' for i in range(1, 10))
    text = (
        f'<?xml version="1.0" encoding="{encoding}"?><!--{"x" * 100_000}--><!DOCTYPE s [<!ENTITY a0 "ha">{entities}]>'
        '<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><si><t>&a9;</t></si></sst>'
    )
    path = replaced(book(tmp_path / "bomb.xlsx", {"A1": "x"}), "xl/sharedStrings.xml", text.encode(encoding))
    started = time.process_time()
    with pytest.raises(ConfigError, match=r"its part 'xl/sharedStrings\.xml' has a document type"):
        read_sheets(path)
    assert time.process_time() - started < 1


def test_what_unpacks_to_much_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    """Ten million rows, or zeros alone, in a small file."""
    path = replaced(book(tmp_path / "zeros.xlsx", {"A1": 1}), "xl/worksheets/sheet1.xml", b"<row/>" * 11_500_000)
    assert path.stat().st_size < 1_000_000
    started = time.process_time()
    with pytest.raises(ConfigError, match=r"unpacked it has 66 MB in .* parts, and at most 64 MB are read"):
        read_sheets(path)
    assert time.process_time() - started < 1


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (b"<row/>" * 2_000_000, "has about 1,999,99"),
        (b'<row r="999999999"><c r="A999999999"/></row>', "more than 1,048,576"),
    ],
)
def test_sheets_of_millions_of_rows_are_refused(tmp_path: Path, rows: bytes, message: str) -> None:
    text = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>' + rows
    path = book(tmp_path / "rows.xlsx", {"A1": 1})
    replaced(path, "xl/worksheets/sheet1.xml", text + b"</sheetData></worksheet>")
    started = time.process_time()
    with pytest.raises(ConfigError, match=message):
        read_sheets(path)
    assert time.process_time() - started < 3


def test_wide_rows_without_end_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each row has one cell in the last column: the empty ones before it count."""
    monkeypatch.setattr(workbook_cells, "MOST_CELLS", 100_000)
    path = book(tmp_path / "wide.xlsx", {f"XFD{row}": 1 for row in range(1, 20)})
    with pytest.raises(ConfigError, match="there are more than 100,000 cells up to row 7"):
        read_sheets(path)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"no workbook", b"\xd0\xcf\x11\xe0" + b"0" * 99])
def test_what_is_no_workbook_is_refused_in_one_line(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "data.xlsx"
    path.write_bytes(content)
    with pytest.raises(ConfigError, match=r"Cannot read .*data\.xlsx") as caught:
        read_sheets(path)
    assert "\n" not in str(caught.value)
