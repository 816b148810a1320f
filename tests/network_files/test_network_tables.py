"""Networks in tables that spreadsheets, R and people write: the same network, or a refusal by its cause."""

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from femnn.errors import ConfigError
from femnn.network_files.specification import load_network

pytestmark = pytest.mark.serial

TABLE = """node,x,y,fixed
1,0,0,xy
2,0.0165,0,xy
3,0.008,0.0125,

first,second,width,modulus
1,3,0.0015,
2,3,,1 MPa
"""
MILLIMETRES = """node,x (mm),y (mm),fixed
1,0,0,xy
2,16.5,0,xy
3,8,12.5,

first,second,width (mm),modulus (MPa)
1,3,1.5,
2,3,,1
"""

SAME: dict[str, Callable[[str], str | bytes]] = {
    "semicolons": lambda text: text.replace(",", ";"),
    "semicolons and decimal commas": lambda text: text.replace(",", ";").replace(".", ","),
    "tabs and decimal commas": lambda text: text.replace(",", "\t").replace(".", ","),
    "UTF-16": lambda text: text.encode("utf-16"),
    "byte order mark": lambda text: text.encode("utf-8-sig"),
    "comments": lambda text: "# drawn by hand\n" + text.replace("1,0,0", "# left support\n1,0,0"),
    "blank rows within tables": lambda text: text.replace("\n3,0", "\n\n,,,\n3,0").replace("\n2,3", "\n\n2,3"),
    "nothing, in words": lambda text: text.replace("0.0125,\n", "0.0125,-\n").replace("2,3,,", "2,3,NA,"),
    "capitals": lambda text: text.replace("node,x,y,fixed", "Node,X,Y,Fixed").replace(",xy", ",XY"),
    "components in words": lambda text: text.replace(",xy", ',"x, y"'),
    "labels with decimals": lambda text: text.replace("1,3,", "1.0,3.0,"),
    "units": lambda text: MILLIMETRES,
    "units and decimal commas": lambda text: MILLIMETRES.replace(",", ";").replace(".", ","),
    "a row of units": lambda text: MILLIMETRES.replace(" (mm)", "").replace(" (MPa)", "").replace(
        "fixed\n", "fixed\n,mm,mm,\n").replace("modulus\n", "modulus\n,,(mm),(MPa)\n"),
    "units in some cells": lambda text: MILLIMETRES.replace("16.5", "0.0165 m"),
}  # fmt: skip


def written(folder: Path, text: str | bytes) -> str:
    path = folder / "own.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return str(path)


@pytest.mark.parametrize("name", SAME)
def test_tables_that_say_the_same_are_the_same_network(tmp_path: Path, name: str) -> None:
    network, wanted = (load_network(written(tmp_path, text)) for text in (SAME[name](TABLE), TABLE))
    np.testing.assert_allclose(network.nodes, wanted.nodes, rtol=1e-14)
    np.testing.assert_allclose(network.nodes[1:], [[16.5e-3, 0], [8e-3, 12.5e-3]])
    np.testing.assert_array_equal(network.bonds, wanted.bonds)
    np.testing.assert_array_equal(network.fixed, wanted.fixed)
    np.testing.assert_allclose(network.sections.width, [1.5e-3, 2e-3], rtol=1e-14)
    np.testing.assert_allclose(network.sections.modulus[1], 1e6, rtol=1e-14)


def test_a_row_of_units_is_noted(tmp_path: Path) -> None:
    network = load_network(written(tmp_path, SAME["a row of units"](TABLE)))
    assert any("row 2 is taken for units (x mm, y mm)" in note for note in network.notes)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("node", "nöde", "byte 0xF6 in line 1), but perhaps in Windows-1252 or Latin-1"),
        ("0.0125", "1.234,5", "between its thousands"),
        ("0.0125", '"1,234"', "row 4, column 'y': '1,234' has a comma, but row 3, column 'x' a point"),
        ("0.0125", "nan m", "is no quantity"),
        ("0.0125", "1_0", "is no quantity"),
        ("0.0125", "1e999", "too large for a number"),
        ("x,y,fixed", "x (N),y,fixed", "has the wrong unit"),
        ("0.0125", "#REF!", "'#REF!' is no quantity"),
        ("node,x,y", "node,x,X", "column 'x' is there twice"),
    ],
)
def test_what_a_table_cannot_mean_is_named(tmp_path: Path, old: str, new: str, message: str) -> None:
    text = TABLE.replace(old, new, 1).encode("cp1252" if new == "nöde" else "utf-8")
    if new == "1.234,5":
        text = text.replace(b",", b";").replace(b"1.234;5", b"1.234,5")
    with pytest.raises(ConfigError, match=re.escape(message)) as caught:
        load_network(written(tmp_path, text))
    assert "\n" not in str(caught.value)
