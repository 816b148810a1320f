"""Tables and drawings read as the network that was written into them to the last bit, and say what they lack."""

import csv
import io
import re
from pathlib import Path

import numpy as np
import pytest
from exported_networks import NETWORKS, assert_same

from femnn.errors import ConfigError
from femnn.geometry.contours import contours
from femnn.geometry.strips import Shape
from femnn.network import lattices
from femnn.network.network import Network
from femnn.network.port import Port
from femnn.network_files.csv_writer import write_csv
from femnn.network_files.dxf_writer import write_dxf
from femnn.network_files.specification import load_network

pytestmark = pytest.mark.serial


def write(network: Network, path: Path) -> Path:
    if path.suffix == ".csv":
        write_csv(network, path)
    else:
        write_dxf(network, contours(network, Shape(taper=2.0)) if network.name == "li2024" else None, path)
    return path


@pytest.mark.parametrize("suffix", [".csv", ".dxf"])
@pytest.mark.parametrize("name", NETWORKS)
def test_a_network_comes_back_to_the_last_bit(tmp_path, name, suffix):
    network = NETWORKS[name]()
    again = load_network(str(write(network, tmp_path / f"again{suffix}")))
    assert_same(again, network)
    assert again.name == "again"


@pytest.mark.parametrize("suffix", [".csv", ".dxf"])
def test_a_file_can_be_named_in_a_specification(tmp_path, suffix):
    """Nodes, bonds and labels then come from the file, all else from the specification."""
    network = NETWORKS["plane"]()
    write(network, tmp_path / f"frame{suffix}")
    label = int(network.labels[0])
    (tmp_path / "frame.toml").write_text(
        f'file = "frame{suffix}"\nrigid_joints = true\n[[supports]]\nnodes = [{label}]\n[section]\nwidth = "1 mm"\n'
    )
    again = load_network(str(tmp_path / "frame.toml"))
    for attribute in ("nodes", "bonds", "labels"):
        np.testing.assert_array_equal(getattr(again, attribute), getattr(network, attribute))
    assert np.flatnonzero(again.fixed.any(axis=1)).tolist() == [0]
    assert (again.sections.width == 1e-3).all()
    assert not again.inputs


def test_a_spreadsheet_may_pad_rows_and_mark_the_byte_order(tmp_path):
    network = NETWORKS["plane"]()
    path = write(network, tmp_path / "network.csv")
    rows = list(csv.reader(io.StringIO(path.read_text(encoding="utf-8"))))
    widest = max(len(row) for row in rows)
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows([*row, *[""] * (widest - len(row))] for row in rows)
    path.write_text("\ufeff" + text.getvalue(), encoding="utf-8", newline="")
    assert_same(load_network(str(path)), network)


TABLE = """node,x,y,fixed
1,0,0,xy
2,16 mm,0,xy
3,8 mm,0.012,

first,second,width,modulus
1,3,1 mm,
2,3,,1 MPa
"""


def test_a_table_may_leave_out_what_is_as_printed_in_the_paper(tmp_path):
    path = tmp_path / "arch.csv"
    path.write_text(TABLE)
    network = load_network(str(path))
    np.testing.assert_allclose(network.nodes[1:], [[16e-3, 0], [8e-3, 12e-3]])
    np.testing.assert_allclose(network.sections.width, [1e-3, 2e-3])
    np.testing.assert_allclose(network.sections.width_lower, [0.75e-3, 1.5e-3])
    np.testing.assert_allclose(network.sections.modulus, [0.55e6, 1e6])
    assert network.fixed.tolist() == [[True, True], [True, True], [False, False]]


BAD_TABLES = {
    "unknown column": (("fixed", "fix"), "row 1: unknown column 'fix'; did you mean 'fixed'?"),
    "column twice": (("width,modulus", "width,width"), "column 'width' is there twice"),
    "missing column": (("node,x,y,fixed", "node,x,fixed"), "column 'y' is missing"),
    "no such table": (("first,second", "from,second"), "a table begins with one of setting, node, first, port"),
    "no bonds": (("first,second,width,modulus\n1,3,1 mm,\n2,3,,1 MPa", ""), "there are no bonds"),
    "two tables": (("first,second,width,modulus\n", "node,x,y\n"), "row 6: there is a second table 'node'"),
    "long row": (("1,0,0,xy", "1,0,0,xy,7"), "row 2: it has 5 cells, but its table 4 columns"),
    "no number": (("8 mm", "acht"), "row 4: x: 'acht' is no quantity"),
    "thousands": (("0.012", '"1.200,5"'), "row 4, column 'y': '1.200,5' has something between its thousands"),
    "comma or thousands": (("0.012", '"1,200"'), "'1,200' may have a decimal comma or a comma between thousands"),
    "semicolons in one row": (("node,x,y,fixed", "node;x;y;fixed"), "row 6: a table begins with one of"),
    "long label": (("3,8 mm", "99999999999999999999,8 mm"), "must be a node's label"),
    "wrong unit": (("8 mm", "8 MPa"), "row 4: x: '8 MPa' has the wrong unit"),
    "no label": (("3,8 mm", "c,8 mm"), "row 4: node is 'c', must be a node's label"),
    "label twice": (("3,8 mm", "2,8 mm"), "node 2 is given more than once"),
    "unknown node": (("2,3,,", "2,4,,"), "row 8: there is no node 4; nodes are 1 to 3"),
    "unknown component": (("1,0,0,xy", "1,0,0,xz"), "row 2: fixed is 'xz'"),
    "no supports": (("xy\n", "\n"), 'name it by file = "bad.csv" in a TOML'),
    "unknown setting": (("node,x", "setting,value\nrigid,true\n\nnode,x"), "unknown setting 'rigid'"),
    "no truth": (("node,x", "setting,value\nrigid_joints,maybe\n\nnode,x"), "rigid_joints is 'maybe'"),
    "unknown kind": (("1 MPa\n", "1 MPa\n\nport,kind,node,x,y\nload,in,3,0,1\n"), "kind is 'in'"),
    "port twice": (
        ("1 MPa\n", "1 MPa\n\nport,kind,node,x,y\nload,input,3,0,1\nload,input,3,1,0\n"),
        "row 12: port 'load': there are two of kind 'input'",
    ),
    "open quote": (("1,0,0,xy", '1,0,0,"xy'), "row 2: its quotation marks do not pair"),
}


@pytest.mark.parametrize("name", BAD_TABLES)
def test_a_bad_table_is_named(tmp_path, name):
    (old, new), message = BAD_TABLES[name]
    path = tmp_path / "bad.csv"
    assert old in TABLE
    path.write_text(TABLE.replace(old, new))
    with pytest.raises(ConfigError, match=re.escape(message)) as caught:
        load_network(str(path))
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("suffix", [".csv", ".dxf"])
def test_what_cannot_be_written_is_named(tmp_path, suffix):
    network = lattices.li2024()
    with pytest.raises(ConfigError, match="Cannot write"):
        write(network, tmp_path / "nowhere" / f"network{suffix}")
    bad = Network(network.nodes, network.bonds, network.fixed, inputs={"a\nb": Port(13, (0.0, -1.0))})
    with pytest.raises(ConfigError, match="has a name that files cannot hold"):
        write(bad, tmp_path / f"network{suffix}")
    assert not (tmp_path / f"network{suffix}").exists()


def test_the_table_in_the_documentation_is_a_network(tmp_path):
    text = (Path(__file__).parents[2] / "meshes" / "README.md").read_text(encoding="utf-8")
    (tmp_path / "documented.csv").write_text(text.split("```csv\n")[1].split("```")[0], encoding="utf-8")
    network = load_network(str(tmp_path / "documented.csv"))
    assert [network.bond_name(bond) for bond in range(2)] == ["1–3", "2–3"]
    np.testing.assert_allclose(network.sections.width, [1.8e-3, 2.2e-3])
    np.testing.assert_allclose(network.sections.width_upper, [2.5e-3, 1.25 * 2.2e-3])
    assert network.inputs["load"] == Port(3, (0.0, -1.0))
