"""Tables of text from elsewhere: read as they are meant, or refused by their cause."""

import re
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from femnn.errors import ConfigError
from femnn.tables import decoding
from femnn.tables.data_frames import frame
from femnn.tables.table import Table, read_table

pytestmark = pytest.mark.serial

PLAIN = "Länge,b,kind\n1.5,2,a\n-2.25e-3,3,b\n"


def table(folder: Path, text: str | bytes, known: tuple[str, ...] = ()) -> Table:
    path = folder / "table.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_table(path, known)


SAME = {
    "byte order mark": PLAIN.encode("utf-8-sig"),
    "UTF-16, small end first": PLAIN.encode("utf-16"),
    "UTF-16, large end first": b"\xfe\xff" + PLAIN.encode("utf-16-be"),
    "UTF-32": PLAIN.encode("utf-32"),
    "lines of Windows": PLAIN.replace("\n", "\r\n"),
    "lines of old Macs": PLAIN.replace("\n", "\r"),
    "semicolons": PLAIN.replace(",", ";"),
    "semicolons and decimal commas": PLAIN.replace(",", ";").replace(".", ","),
    "tabs": PLAIN.replace(",", "\t"),
    "tabs and decimal commas": PLAIN.replace(",", "\t").replace(".", ","),
    "quoted decimal commas": 'Länge,b,kind\n"1,5",2,a\n"-2,25e-3",3,b\n',
    "all quoted": re.sub(r"[^,\n]+", r'"\g<0>"', PLAIN),
    "stated separator": "sep=;\n" + PLAIN.replace(",", ";"),
    "blank columns": PLAIN.replace("\n", ",,,\n"),
    "a blank column between": "Länge,,b,kind\n1.5,,2,a\n-2.25e-3,,3,b\n",
    "blank rows": "\n,,\n" + PLAIN.replace("\n", "\n\n,,,\n"),
    "comments": '# from a camera, with commas, and "\n' + PLAIN.replace("\n", "\n# a; b\n"),
    "blanks": PLAIN.replace(",", " , "),
    "minus sign": PLAIN.replace("-2.25", "−2.25"),
    "trailing commas in rows": "Länge,b,kind\n1.5,2,a,\n-2.25e-3,3,b,,\n",
    "no end of the last line": PLAIN.rstrip(),
}


@pytest.mark.parametrize("name", SAME)
def test_tables_that_say_the_same_are_the_same(tmp_path: Path, name: str) -> None:
    found = table(tmp_path, SAME[name])
    assert found.head == ("Länge", "b", "kind")
    np.testing.assert_array_equal(found.values(["Länge", "b"]), [[1.5, 2], [-2.25e-3, 3]])
    assert found.column("kind") == ["a", "b"]


@pytest.mark.parametrize("word", ["", "NA", "N/A", "#N/A", "nan", "NaN", "null", "NULL", "-", "?", "–", "<NA>", '"NA"'])
def test_what_stands_for_nothing_is_missing_in_numbers_and_in_names(tmp_path: Path, word: str) -> None:
    """At the start of a row too, where an error of a spreadsheet is no comment."""
    found = table(tmp_path, f"a,kind,b\n{word},x,1\n2,{word},3\n4,y,5\n")
    assert len(found.rows) == 3
    np.testing.assert_array_equal(found.values(["a", "b"]), [[np.nan, 1], [2, 3], [4, 5]])
    assert found.column("kind") == ["x", "", "y"]
    assert frame(found, "no name").isna().sum().to_dict() == {"a": 1, "kind": 1, "b": 0}


def test_words_that_may_be_names_are_no_names_of_numbers(tmp_path: Path) -> None:
    """None may be a class; sodium is one."""
    found = table(tmp_path, "a,kind\nNone,None\n1,Na\n2,none\n")
    assert found.column("kind") == ["None", "Na", "none"]
    assert np.isnan(found.values(["a"])[0, 0])


def test_rows_are_counted_as_spreadsheets_do(tmp_path: Path) -> None:
    """Comments, blank rows and rows of several lines count."""
    found = table(tmp_path, 'a,b\n# comment\n1,"two\nlines"\n\n2,x\n')
    assert found.numbers == [3, 5]


def test_an_empty_cell_before_a_number_sign_is_a_cell(tmp_path: Path) -> None:
    found = table(tmp_path, "a\tkind\n1\tx\n\t#1\n\t#2\n")
    assert found.column("kind") == ["x", "#1", "#2"]
    assert not found.notes


def test_comments_that_may_be_samples_are_noted(tmp_path: Path) -> None:
    """As rows that are called #1, #2; in quotation marks they are samples."""
    found = table(tmp_path, "name,a\n#1,5\n# a remark\nx,6\n")
    assert found.column("name") == ["x"]
    assert found.notes == ("row 2 left out as a comment, as # is the first sign; quote the first cell if it is none",)
    assert table(tmp_path, 'name,a\n"#1",5\nx,6\n').column("name") == ["#1", "x"]


@pytest.mark.parametrize("units", ["mm,N/m,", "(mm),(N/m),-", "[mm],[N/m],"])
def test_a_row_of_units_is_no_sample(tmp_path: Path, units: str) -> None:
    found = table(tmp_path, f"width,stiffness,kind\n{units}\n2,130,a\n3,140,b\n")
    assert found.units == {"width": "mm", "stiffness": "N/m"}
    np.testing.assert_allclose(found.values(["width", "stiffness"], {"width": "m"}), [[2e-3, 130], [3e-3, 140]])
    assert found.notes == ("row 2 is taken for units (width mm, stiffness N/m)",)


@pytest.mark.parametrize("head", ["width (mm)", "Width [mm]", "width / mm", "WIDTH(mm)"])
def test_units_in_the_header_are_taken(tmp_path: Path, head: str) -> None:
    found = table(tmp_path, f"{head},kind\n2,a\n3,b\n", ("width",))
    np.testing.assert_allclose(found.values(["width"], {"width": "m"})[:, 0], [2e-3, 3e-3])
    with pytest.raises(ConfigError, match=r"column 'width': .*wrong unit"):
        found.values(["width"], {"width": "N"})


def test_names_of_other_columns_stay_in_full(tmp_path: Path) -> None:
    assert table(tmp_path, "bill (mm),mass (g),kind\n1,2,a\n").head == ("bill (mm)", "mass (g)", "kind")


def test_lines_of_a_name_are_joined(tmp_path: Path) -> None:
    """As of a header whose cells have several lines."""
    found = table(tmp_path, 'a,"length\n(mm)",kind\n1,2,x\n', ("length",))
    assert found.head == ("a", "length", "kind")
    assert found.units == {"length": "mm"}


def test_numbers_of_years_may_be_names(tmp_path: Path) -> None:
    assert table(tmp_path, "2001,2002,species\n1.5,2,a\n3.5,4,b\n").head == ("2001", "2002", "species")


REFUSED = {
    "Windows-1252": (PLAIN.encode("cp1252"), "byte 0xE4 in line 1), but perhaps in Windows-1252 or Latin-1, where"),
    "other encoding": (b"a,b\n1,\x81\n", "it is not in UTF-8 (byte 0x81 in line 2); save it as CSV UTF-8"),
    "UTF-16 without a mark": (PLAIN.encode("utf-16-le"), "UTF-16 without a byte order mark"),
    "cut UTF-16": (PLAIN.encode("utf-16")[:-1], "it begins as UTF-16 and is not"),
    "workbook": (b"PK\x03\x04 rest", "it is a workbook or a ZIP archive; save the sheet as CSV UTF-8"),
    "gzip": (b"\x1f\x8b rest", "it is compressed (gzip)"),
    "thousands with points": ("a;b\n1.234,5;2\n", "row 2, column 'a': '1.234,5' has something between its thousands"),
    "thousands with commas": ('a,b\n"1,234.5",2\n', "'1,234.5' has something between its thousands"),
    "thousands with apostrophes": ("a,b\n1'234,2\n2,3\n4,5\n", "between its thousands"),
    "thousands with blanks": ("a,b\n12 345,2\n2,3\n4,5\n", "between its thousands"),
    "thousands or decimals": ("a;b\n1,234;2\n5,678;3\n", "'1,234' may have a decimal comma or a comma between"),
    "commas and points": ("a;b\n1,5;2\n3.25;3\n", "'1,5' has a comma, but row 3, column 'a' a point, '3.25'"),
    "no header": ("5.1,3.5,setosa\n4.9,3,setosa\n6,2,virginica\n", "row 1 begins columns of numbers with"),
    "no header, whole": ("5,3,x\n4,2,x\n6,1,y\n", "put a row of names above it"),
    "no header, numbers alone": ("5,3\n4,2\n6,1\n", "put a row of names above it"),
    "header as a comment": ("# a b\n5.5,3\n4,2\n", "remove the # before the names in row 1"),
    "two columns alike": ("a,b,a\n1,2,3\n", "two columns are called 'a'"),
    "a title above": ("Test of 3 May,,\n\na,b,kind\n1,2,x\n", "row 1, 'Test of 3 May', is one cell and row 3 has 3"),
    "more cells than names": ("a,b\n1,2,3\n", "row 2 has more values than the header has names (3 and 2)"),
    "decimal commas between commas": ("a,b\n1,5,2,5\n", "write decimals with points"),
    "nothing": ("", "has no rows"),
    "comments alone": ("# a\n# b\n", "has no rows"),
    "header alone": ("a,b\n", "has no rows below its header"),
    "open quote": ('a,b\n1,"2\n3,4\n', "row 2: its quotation marks do not pair"),
    "text for a number": ("a,b\n1,2\nx,3\n4,5\n", "column 'a' of row 3 is 'x' and no finite number"),
    "infinity": ("a,b\n1,2\ninf,3\n4,5\n", "column 'a' of row 3 is 'inf' and no finite number"),
    "too large": ("a,b\n1,2\n1e999,3\n4,5\n", "column 'a' of row 3 is '1e999' and no finite number"),
    "digits of Python": ("a,b\n1,2\n1_000,3\n4,5\n", "'1_000' and no finite number"),
    "a formula that failed": ("a,b\n1,2\n#DIV/0!,3\n4,5\n", "column 'a' of row 3 is '#DIV/0!'"),
    "long name": ("a," + "x" * 500 + "\n1,2\n", "is no name of a column; give one of at most 120 characters"),
    "a name with control characters": ("a,\x1b[31mred\n1,2\n", "'\\x1b[31mred' is no name of a column"),
    "long text": ("a,b\n1,2\n" + "x" * 5000 + ",3\n4,5\n", "'xxxx"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_right_is_refused_by_its_cause(tmp_path: Path, name: str) -> None:
    text, message = REFUSED[name]
    with pytest.raises(ConfigError, match=re.escape(message)) as caught:
        table(tmp_path, text).values(["a"])
    assert "\n" not in str(caught.value)
    assert len(str(caught.value).replace(str(tmp_path), "")) < 400


def test_columns_that_are_not_read_may_hold_anything(tmp_path: Path) -> None:
    found = table(tmp_path, 'a,note\n1.5,"1,234.5"\n2,3\n3.5,"1,5"\n')
    np.testing.assert_array_equal(found.values(["a"])[:, 0], [1.5, 2, 3.5])


def test_large_files_and_long_lines_are_refused_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "large.csv"
    with path.open("wb") as file:
        file.write(b"a,b\n1,2\n")
        file.truncate(2**36)
    started = time.process_time()
    with pytest.raises(ConfigError, match="more than 64 MB, the largest table that is read"):
        read_table(path)
    path.write_text("a,b\n" + "1," * 20_000_000)
    with pytest.raises(ConfigError, match="line 2 has more than 1,048,576 characters"):
        read_table(path)
    path.write_text("a,b\n" + "1," * 20_000)
    with pytest.raises(ConfigError, match=r"row 2: there are more than 10,000 columns|more values than the header"):
        read_table(path)
    assert time.process_time() - started < 3
    monkeypatch.setattr(decoding, "MOST_BYTES", 10)
    with pytest.raises(ConfigError, match="more than 0 MB"):
        read_table(path)


@pytest.mark.parametrize("name", ["absent.csv", ".", "pipe"])
def test_what_is_no_file_is_refused(tmp_path: Path, name: str) -> None:
    """A pipe that nobody writes to would be waited for."""
    import os

    if name == "pipe":
        os.mkfifo(tmp_path / name)
    with pytest.raises(ConfigError, match="Cannot read"):
        read_table(tmp_path / name)


def test_many_numbers_are_read_fast(tmp_path: Path) -> None:
    values = np.random.default_rng(0).normal(size=(50_000, 5))
    pd.DataFrame(values, columns=list("abcde")).to_csv(tmp_path / "many.csv", index=False)
    started = time.process_time()
    found = read_table(tmp_path / "many.csv").values(list("abcde"))
    assert time.process_time() - started < 5
    np.testing.assert_array_equal(found, values)
