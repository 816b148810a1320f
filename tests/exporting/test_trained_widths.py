"""Tables of trained stiffnesses: onto which bonds they go, as which widths, and what is refused."""

import re
from pathlib import Path

import numpy as np
import pytest
from exported_networks import trained_widths
from small_networks import strip

from femnn.errors import ConfigError
from femnn.exporting.trained_widths import outside_bounds, trained
from femnn.network.network import Network

pytestmark = pytest.mark.serial

NETWORK = strip()


def table(folder: Path, *trainings: tuple[str, Network], columns: str = "model,seed,") -> Path:
    """A table as studies of learning write it."""
    rows = [f"{columns}bond,stiffness,width"]
    for keys, network in trainings:
        rows += [
            f"{keys}{network.bond_name(bond)},{k!r},{w!r}"
            for bond, (k, w) in enumerate(zip(network.stiffness.tolist(), network.sections.width.tolist(), strict=True))
        ]
    (folder / "stiffness.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    return folder / "stiffness.csv"


def test_of_several_trainings_the_one_that_is_selected_is_taken(tmp_path):
    one, other = trained_widths(NETWORK, 1), trained_widths(NETWORK, 2)
    path = table(tmp_path, ("bar,0,", one), ("bar,1,", other), ("beam,0,", NETWORK))
    for select, wanted in ((["model=bar", "seed=0"], one), (["seed=1.0"], other), (["model=beam"], NETWORK)):
        np.testing.assert_allclose(trained(NETWORK, path, select).stiffness, wanted.stiffness, rtol=1e-14)


@pytest.mark.parametrize("column", ["stiffness", "width"])
def test_a_plain_table_of_stiffnesses_or_widths_will_do(tmp_path, column):
    """Bonds in any order, written either way round; k = E·w·t/L."""
    wanted = trained_widths(NETWORK)
    values = wanted.stiffness if column == "stiffness" else wanted.sections.width
    names = ["4-3", "1-2", "3 - 1", "2–3", "2-4"]
    place = [4, 0, 1, 2, 3]
    path = tmp_path / "plain.csv"
    rows = [f"{name},{values[bond].item()!r}" for name, bond in zip(names, place, strict=True)]
    path.write_text("\n".join([f"bond,{column}", *rows]), encoding="utf-8")
    np.testing.assert_allclose(trained(NETWORK, path, []).sections.width, wanted.sections.width, rtol=1e-14)


def test_a_spreadsheet_may_pad_rows(tmp_path):
    wanted = trained_widths(NETWORK)
    path = table(tmp_path, ("", wanted), columns="")
    path.write_text("\n".join(f"{row},," for row in path.read_text(encoding="utf-8").split()), encoding="utf-8")
    np.testing.assert_allclose(trained(NETWORK, path, []).sections.width, wanted.sections.width, rtol=1e-14)
    # And rows alone, as they may have empty cells beyond the columns
    path.write_text(path.read_text(encoding="utf-8").replace("width,,", "width"), encoding="utf-8")
    np.testing.assert_allclose(trained(NETWORK, path, []).sections.width, wanted.sections.width, rtol=1e-14)


BAD = {
    "several trainings": (
        "",
        [],
        "choose one by --select COLUMN=VALUE of model: bar, beam; seed: 0, 1",
    ),
    "still several": ("", ["model=bar"], "choose one by --select COLUMN=VALUE of seed: 0, 1"),
    "unknown column": ("", ["modell=bar"], "there is no column 'modell' to select by; did you mean 'model'?"),
    "unknown value": ("", ["model=barr"], "no training has model=barr; there are: bar, beam"),
    "no equals sign": ("", ["model"], "--select takes column=value, not 'model'"),
    "unknown bond": ("beam,0,1–2|beam,0,1–4", ["model=beam"], "bond '1–4' in row 12 is no bond of strip"),
    "missing bond": ("beam,0,1–2,|bar,7,1–2,", ["model=beam"], "there is no row of bond 1–2 of strip"),
    "bond twice": ("beam,0,1–3|beam,0,1–2", ["model=beam"], "bond '1–2' is given more than once"),
    "no number": ("beam,0,1–2,|beam,0,1–2,x", ["model=beam"], "must be a number above 0"),
    "negative": ("beam,0,1–2,|beam,0,1–2,-", ["model=beam"], "stiffness of bond '1–2' (row 12) is '-"),
    "contradiction": ("beam,0,1–2,|beam,0,1–2,9", ["model=beam"], "stands for a width of"),
    "columns": ("bond,stiffness,width|strut,rate,size", [], "a table of stiffnesses has the columns bond"),
    "long row": ("beam,0,1–2|beam,0,0,1–2", [], "has more cells than the table has columns"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_table_that_cannot_be_used_is_named(tmp_path, name):
    change, select, message = BAD[name]
    path = table(tmp_path, ("bar,0,", NETWORK), ("bar,1,", NETWORK), ("beam,0,", NETWORK))
    text = path.read_text(encoding="utf-8")
    words = change.split("|") if change else []
    for old, new in zip(words[::2], words[1::2], strict=True):
        assert old in text
        text = text.replace(old, new)
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=re.escape(message)) as caught:
        trained(NETWORK, path, select)
    assert "\n" not in str(caught.value)


def test_a_missing_or_empty_table_is_named(tmp_path):
    with pytest.raises(ConfigError, match="Cannot read"):
        trained(NETWORK, tmp_path / "stiffness.csv", [])
    with pytest.raises(ConfigError, match="the table has no rows"):
        trained(NETWORK, table(tmp_path), [])


def test_widths_outside_of_their_bounds_are_told(tmp_path):
    inside = trained_widths(NETWORK)
    assert outside_bounds(inside) == []
    path = tmp_path / "plain.csv"
    path.write_text("bond,width\n1-2,0.003\n1-3,0.002\n2-3,0.001\n2-4,0.002\n3-4,0.0025\n")
    (line,) = outside_bounds(trained(NETWORK, path, []))
    assert "2 of 5 bonds have widths outside of their bounds, the first 1–2 with 3 mm, bounds 1.5 to 2.5 mm" in line
