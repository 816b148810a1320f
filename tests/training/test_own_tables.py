"""Tables of samples of one's own: which column names the classes, what is missing, and what says nothing."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from femnn.errors import ConfigError
from femnn.network.lattices import li2024
from femnn.training.tasks import RegressionSettings
from femnn.training.tasks.samples import Samples, read_samples

pytestmark = pytest.mark.serial

COUNT = 60
GENERATOR = np.random.default_rng(0)
NAMES = np.array(["x", "y", "z"])
KINDS = NAMES[GENERATOR.integers(3, size=COUNT)]
NUMBERS = pd.DataFrame(GENERATOR.normal(size=(COUNT, 2)).round(3), columns=["a", "b"])


def samples(
    folder: Path, table: pd.DataFrame | str | bytes, label: str | None = None, features: list[str] | None = None,
    missing: str = "refuse", **options: object,
) -> Samples:  # fmt: skip
    text = table.to_csv(index=False, **options) if isinstance(table, pd.DataFrame) else table
    (folder / "own.csv").write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_samples(str(folder / "own.csv"), features, label, missing)


@pytest.mark.parametrize("place", [0, 1, 2])
@pytest.mark.parametrize("kinds", [KINDS, np.searchsorted(NAMES, KINDS), np.searchsorted(NAMES, KINDS) + 1.0])
def test_the_label_may_be_any_column_of_texts_or_whole_numbers(tmp_path: Path, place: int, kinds: np.ndarray) -> None:
    table = NUMBERS.copy()
    table.insert(place, "kind", kinds)
    found = samples(tmp_path, table, "kind")
    assert found.names == ("a", "b")
    assert found.classes == tuple(str(kind).removesuffix(".0") for kind in sorted(set(kinds)))
    np.testing.assert_array_equal(found.features, NUMBERS)


@pytest.mark.parametrize("style", ["R", "pandas", "German spreadsheet", "tabs", "UTF-16"])
def test_tables_of_other_programs_are_the_same(tmp_path: Path, style: str) -> None:
    table = NUMBERS.assign(kind=KINDS)
    holed = table.astype(object)
    holed.iloc[3, 0], holed.iloc[7, 1] = None, None
    text = {
        "R": lambda: '"",' + holed.to_csv(na_rep="NA", quoting=2).partition(",")[2],
        "pandas": lambda: holed.to_csv(na_rep="nan"),
        "German spreadsheet": lambda: holed.to_csv(index=False, sep=";", decimal=",", na_rep="#N/A").replace(".", ","),
        "tabs": lambda: holed.to_csv(index=False, sep="\t", na_rep="-"),
        "UTF-16": lambda: holed.to_csv(index=False, na_rep="?").encode("utf-16"),
    }[style]()
    with pytest.raises(ConfigError, match=r"2 rows have an empty cell \(rows 5, 9\); NA and the like count as empty"):
        samples(tmp_path, text)
    found = samples(tmp_path, text, missing="drop")
    assert found.names == ("a", "b")
    assert found.dropped == 2
    np.testing.assert_array_equal(found.features, NUMBERS.drop(index=[3, 7]))
    assert any("2 rows with an empty cell left out" in note for note in found.notes)


def test_a_class_that_is_missing_is_no_class(tmp_path: Path) -> None:
    table = NUMBERS.assign(kind=np.where(np.arange(COUNT) == 5, "NA", KINDS))
    assert samples(tmp_path, table, missing="drop").classes == ("x", "y", "z")


def test_columns_that_say_nothing_are_left_out_and_named(tmp_path: Path) -> None:
    found = samples(tmp_path, NUMBERS.assign(gain=3.2, empty="", kind=KINDS))
    assert found.names == ("a", "b")
    empty, constant = found.notes
    assert "column 'empty' is left out: it is empty in all rows" in empty
    assert "column 'gain' is left out: it is 3.2 in all rows and says nothing of them" in constant
    asked = samples(tmp_path, NUMBERS.assign(gain=3.2, kind=KINDS), features=["a", "gain"])
    assert asked.names == ("a", "gain")
    assert "used as features ask for it, but it is 3.2 in all rows" in asked.notes[0]


def test_a_row_of_units_is_no_sample(tmp_path: Path) -> None:
    text = NUMBERS.assign(kind=KINDS).to_csv(index=False).replace("\n", "\nmm,mm,\n", 1)
    found = samples(tmp_path, text)
    np.testing.assert_array_equal(found.features, NUMBERS)
    assert "row 2 is taken for units (a mm, b mm)" in found.notes[0]


WRONG = {
    "continuous": (NUMBERS, "column 'b' has 60 different numbers in 60 rows, from .*: it measures something"),
    "continuous beside names": (
        NUMBERS.assign(kind=KINDS, y=NUMBERS["a"] ** 2), "names no classes; label = 'kind' may be meant",
    ),
    "ages": (NUMBERS.assign(age=np.arange(COUNT) % 41 + 20), "column 'age' has 41 different numbers in 60 rows"),
    "names of samples": (NUMBERS.assign(n=[f"s{i}x" for i in range(COUNT)]), "60 different values in 60 rows: it"),
    "one class": (NUMBERS.assign(kind="x"), "column 'kind' has one class alone, x; name the column"),
    "one sample": (
        NUMBERS.assign(kind=np.where(np.arange(COUNT) == 5, "w", KINDS)), "class 'w' of column 'kind' has one sample",
    ),
    "two candidates": (
        NUMBERS.assign(kind=KINDS, petals=np.arange(COUNT) % 3),
        "the last column, 'petals', holds numbers, and 'kind' holds names: say which holds the classes",
    ),
    "dates": (
        NUMBERS.assign(day=["01.02.2026", "02.02.2026"] * 30, kind=KINDS), "'01.02.2026' in column 'day', .* is a date",
    ),
    "constants alone": (pd.DataFrame({"a": 1.5, "kind": KINDS}), "no column is left as a feature"),
    "no header": (NUMBERS.assign(kind=KINDS).to_csv(index=False, header=False), "row 1 begins columns of numbers with"),
    "one column twice": (NUMBERS.assign(kind=KINDS).to_csv(index=False).replace("a,b", "a,a"), "two columns are"),
    "blanks between": ("a b kind\n1 2 x\n3 4 y\n", "there is one column, 'a b kind'; part cells by commas"),
    "blanks and quotes": ('"a" "kind"\n1 "x"\n', "its cells are parted neither by commas nor by semicolons or tabs"),
    "Windows": (NUMBERS.assign(kind="größer").to_csv(index=False).encode("cp1252"), "Windows-1252 or Latin-1"),
    "workbook": (b"PK\x03\x04", "it is a workbook or a ZIP archive; save the sheet as CSV UTF-8"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_what_cannot_be_learned_from_is_refused_by_its_cause(tmp_path: Path, name: str) -> None:
    table, message = WRONG[name]
    with pytest.raises(ConfigError, match=message) as caught:
        samples(tmp_path, table)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(("head", "factor"), [("u", 1.0), ("u (mm)", 1e-3), ("U [µm]", 1e-6)])
def test_displacements_wanted_have_the_unit_of_the_file(tmp_path: Path, head: str, factor: float) -> None:
    path = tmp_path / "wanted.csv"
    path.write_text(f"force,{head}\n1,2\n2,4\n3,5\n4,7\n", encoding="utf-8")
    settings = RegressionSettings(
        data=str(path), features=("force",), inputs=[{"node": 11, "direction": "y"}], test_share=0,
        outputs=[{"node": 13, "component": "y", "column": "u"}],
    )  # fmt: skip
    order = np.argsort(settings.task(li2024(), 0).forces[:, 10, 1])
    np.testing.assert_allclose(settings.task(li2024(), 0).loss.targets[order, 0], factor * np.array([2, 4, 5, 7]))
