"""Tables of widths as spreadsheets and others write them: units, labels, rounding, and what contradicts."""

import re

import numpy as np
import pytest
from exported_networks import trained_widths
from small_networks import strip

from femnn.errors import ConfigError
from femnn.exporting.trained_widths import trained

pytestmark = pytest.mark.serial

NETWORK = strip()
WANTED = trained_widths(NETWORK)
NAMES = ["1-2", "1-3", "2-3", "2-4", "3-4"]
WIDTH, K = WANTED.sections.width, WANTED.stiffness


def lines(head: str, *columns: list[object]) -> str:
    return "\n".join([head, *(",".join(map(str, row)) for row in zip(*columns, strict=True))]) + "\n"


@pytest.mark.parametrize(
    ("head", "values"),
    [
        ("width (mm)", 1e3 * WIDTH),
        ("Width [mm]", 1e3 * WIDTH),
        ("w_mm", 1e3 * WIDTH),
        ("width / µm", 1e6 * WIDTH),
        ("width in mm", 1e3 * WIDTH),
        ("width mm", 1e3 * WIDTH),
        ("WIDTH", [f"{w!r} mm" for w in (1e3 * WIDTH).tolist()]),
        ("width (mm)", [f"{w!r} m" for w in WIDTH.tolist()]),
        ("k (N/mm)", 1e-3 * K),
        ("stiffness_N_per_mm", 1e-3 * K),
        ("stiffness [kN/m]", 1e-3 * K),
        ("k", K),
    ],
)
def test_the_unit_of_the_head_or_the_cell_is_kept(tmp_path, head, values):
    (tmp_path / "t.csv").write_text(lines(f"bond,{head}", NAMES, list(values)), encoding="utf-8")
    np.testing.assert_allclose(trained(NETWORK, tmp_path / "t.csv", []).sections.width, WIDTH, rtol=1e-12)


def test_units_may_stand_in_a_row_of_their_own(tmp_path):
    path = tmp_path / "t.csv"
    text = lines("bond,width,k\n,(mm),N/mm", NAMES, list(1e3 * WIDTH), list(1e-3 * K))
    path.write_text(text, encoding="utf-8")
    np.testing.assert_allclose(trained(NETWORK, path, []).sections.width, WIDTH, rtol=1e-12)
    path.write_text(text.replace("width,", "width (cm),"), encoding="utf-8")
    with pytest.raises(ConfigError, match=re.escape("column 'width (cm)' has the unit 'mm' in the row below")):
        trained(NETWORK, path, [])


@pytest.mark.parametrize("names", [
    ["2–1", "3–1", "3–2", "4–2", "4–3"],
    ["bond 1-2", "(1; 3)", "B2-3", "2->4", "3 4"],
    ["1_2", "1:3", "2/3", "2 to 4", "3—4"],
])  # fmt: skip
def test_a_bond_is_known_by_its_nodes_however_they_are_written(tmp_path, names):
    (tmp_path / "t.csv").write_text(lines("bond,w_mm", names, list(1e3 * WIDTH)), encoding="utf-8")
    np.testing.assert_allclose(trained(NETWORK, tmp_path / "t.csv", []).sections.width, WIDTH, rtol=1e-12)


@pytest.mark.parametrize("pair", ["first,second", "Node 1,Node 2", "node_1,node_2", "i,j", "from,to"])
def test_nodes_may_have_columns_of_their_own(tmp_path, pair):
    """In any order of rows and nodes, and as 1.0 where a program takes labels for measured numbers."""
    order = [3, 0, 4, 1, 2]
    first, second = ([f"{NAMES[b].split('-')[end]}.0" for b in order] for end in (1, 0))
    (tmp_path / "t.csv").write_text(lines(f"{pair},width", first, second, list(WIDTH[order])), encoding="utf-8")
    np.testing.assert_allclose(trained(NETWORK, tmp_path / "t.csv", []).sections.width, WIDTH, rtol=1e-12)


def test_rounded_columns_agree_and_the_finer_one_is_taken(tmp_path):
    """k to five digits and a width to three hundredths of a millimetre are one value; what is lost is said."""
    path = tmp_path / "t.csv"
    rounded = [f"{w:.2f}" for w in 1e3 * WIDTH]
    path.write_text(lines("bond,width (mm),k", NAMES, rounded, [f"{k:.4f}" for k in K]), encoding="utf-8")
    network = trained(NETWORK, path, [])
    np.testing.assert_allclose(network.stiffness, K, rtol=1e-5)
    assert network.notes == NETWORK.notes
    path.write_text(lines("bond,width (mm)", NAMES, [f"{w:.1f}" for w in 1e3 * WIDTH]), encoding="utf-8")
    assert re.search(
        r"few digits: if they are rounded, k of bond \S+ is known to ±\d", trained(NETWORK, path, []).notes[-1]
    )


def test_what_a_table_says_of_the_network_must_be_so(tmp_path):
    path = tmp_path / "t.csv"
    text = lines("bond,width,thickness (mm),length", NAMES, list(WIDTH), [2] * 5, [0.016] * 5)
    path.write_text(text, encoding="utf-8")
    np.testing.assert_allclose(trained(NETWORK, path, []).sections.width, WIDTH, rtol=1e-12)
    path.write_text(text.replace(",2,0.016", ",3,0.016", 1), encoding="utf-8")
    with pytest.raises(ConfigError, match=re.escape("the thickness of bond '1-2' (row 2) is 0.003 (SI), but 0.002")):
        trained(NETWORK, path, [])


BAD = {
    "unit of a force": ("bond,width (N)", NAMES, [2] * 5, "column 'width (N)': 'N' is no unit of a width"),
    "no unit": ("bond,width (trained)", NAMES, [2] * 5, "'trained' is no unit of a width; write it as in 'width (mm)'"),
    "millimetres without a unit": (
        "bond,width", NAMES, [2, 2, 2, 2, 2], "bond '1-2' (row 2) would be 2000 mm wide, but only 16 mm long",
    ),
    "beyond the spacing": ("bond,w_mm", NAMES, [2, 2, 16, 2, 2], "bond '2-3' (row 4) would be 16 mm wide"),
    "zero": ("bond,w_mm", NAMES, [2, 0, 2, 2, 2], "width of bond '1-3' (row 3) is '0', must be a number above 0"),
    "not a number": ("bond,w_mm", NAMES, [2, 2, "nan", 2, 2], "bond '2-3' (row 4) has neither stiffness nor width"),
    "not available": ("bond,w_mm", NAMES, [2, 2, "NA", 2, 2], "bond '2-3' (row 4) has neither stiffness nor width"),
    "infinite": ("bond,w_mm", NAMES, [2, 2, 2, 2, "inf"], "width of bond '3-4' (row 6) is 'inf', must be"),
    "empty": ("bond,w_mm,k", NAMES, [2, 2, 2, "", 2], "bond '2-4' (row 5) has neither stiffness nor width"),
    "another unit in a cell": ("bond,w_mm", NAMES, [2, 2, 2, 2, "2 N"], "It is a force, not a length"),
    "a date": ("bond,w_mm", ["2-Jan", *NAMES[1:]], [2] * 5, "is a date, which a spreadsheet makes of 1-2"),
    "another date": ("bond,w_mm", ["2026-01-02", *NAMES[1:]], [2] * 5, "is a date, which a spreadsheet makes of 1-2"),
    "a number of a bond": ("bond,w_mm", [1, 2, 3, 4, 5], [2] * 5, "bond '1' in row 2 is no bond of strip"),
    "twice, reversed": (
        "bond,w_mm", [*NAMES[:4], "2-1"], [2] * 5, "bond '2-1' is given more than once, in rows 2 and 6",
    ),
    "column twice": ("bond,width,width", NAMES, [2] * 5, "the column 'width' is there twice"),
    "two widths": ("bond,width (mm),w_mm", NAMES, [2] * 5, "stands for a width of 2 mm, but it is given as 2.1 mm"),
    "label and nodes": ("bond,first,second,w_mm", NAMES, [2] * 5, "row 2 says bond '1-2' in one column, and nodes"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_what_is_wrong_is_named_with_its_bond_and_row(tmp_path, name):
    head, names, values, message = BAD[name]
    more = {
        "empty": [[""] * 5],
        "column twice": [values],
        "two widths": [[2.1] * 5],
        "label and nodes": [[3] * 5, [1] * 5],
    }
    columns = [values, *more.get(name, [])] if name != "label and nodes" else [*more[name], values]
    (tmp_path / "t.csv").write_text(lines(head, names, *columns), encoding="utf-8")
    with pytest.raises(ConfigError, match=re.escape(message)) as caught:
        trained(NETWORK, tmp_path / "t.csv", [])
    assert "\n" not in str(caught.value)


def test_what_is_shown_of_a_table_is_short(tmp_path):
    (tmp_path / "t.csv").write_text(lines("bond,w_mm", ["x" * 9999, *NAMES[1:]], [2] * 5), encoding="utf-8")
    with pytest.raises(ConfigError, match="is no bond of strip") as caught:
        trained(NETWORK, tmp_path / "t.csv", [])
    assert len(str(caught.value).removeprefix(str(tmp_path))) < 200
