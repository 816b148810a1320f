"""Networks as Abaqus, SALOME, ParaView and DOLFINx write them: their numbers are labels, their sets are groups."""

import warnings
from pathlib import Path

import basix.ufl
import meshio
import numpy as np
import pytest
import ufl
from dolfinx import io
from dolfinx import mesh as dmesh
from mpi4py import MPI

from femnn.errors import ConfigError
from femnn.network_files.mesh_files import read_content
from femnn.network_files.mesh_formats import Lines, read_lines
from femnn.network_files.specification import load_network

pytestmark = pytest.mark.serial

CORNERS = np.array([[0.0, 0, 0], [20, 0, 0], [20, 20, 0], [0, 20, 0]])
BRACED = np.array([[0, 1], [1, 2], [2, 3], [3, 0], [0, 2]])

INP = """*Heading
 a frame, as a preprocessor writes it
** comment
*PART, NAME=Frame
*Node, nset=everything
 40, 0., 0.
  7, 2.0D+01, 0., 0.
300, 20., 20.
301, 0., 20.,
 9, 100., 100.
*Element, type=B21, elset=sides
1, 40, 7
2, 7, 300
3, 300,
 301
4, 301, 40
*Element, type=T2D2
10, 40, 300
*Nset, nset=clamp, generate
300, 310, 1
*Nset, nset="left side"
 CLAMP, 40
*Elset, elset=brace
10,
*Beam Section, elset=sides, material=rubber, section=RECT
1., 1.
*END PART
*ASSEMBLY, NAME=A
*INSTANCE, NAME=Frame-1, PART=Frame
*END INSTANCE
*NSET, NSET=load, INSTANCE=Frame-1
7
*END ASSEMBLY
*Step
*Boundary
clamp, 1, 2
*End Step
"""
TOML = """file = "frame.inp"
unit = "mm"
[[supports]]
group = "left side"
[inputs]
load = {node = 7, direction = "-y"}
"""


def inp(folder: Path, text: str = INP) -> Path:
    path = folder / "frame.inp"
    path.write_text(text)
    return path


def labelled(lines: Lines, group: str) -> list[int]:
    return sorted(lines.labels[lines.group(group, "x")].tolist())


def test_nodes_of_abaqus_keep_their_numbers(tmp_path):
    lines = read_lines(inp(tmp_path))
    assert lines.labels.tolist() == [40, 7, 300, 301]
    assert lines.nodes.tolist() == CORNERS[:, :2].tolist()
    assert lines.labels[lines.bonds].tolist() == [[40, 7], [7, 300], [300, 301], [301, 40], [40, 300]]
    assert lines.notes[:2] == (
        "labels are the file's numbers of nodes, 7 to 301, with gaps",
        "left out: 1 point without a line, 9",
    )
    assert lines.notes[2].startswith("left out: *BEAM SECTION and *BOUNDARY; supports, loads and sections are those of")


def test_sets_of_abaqus_are_groups(tmp_path):
    """Listed, generated over numbers that are not all there, made of another set, of elements, and in an assembly."""
    lines = read_lines(inp(tmp_path))
    found = {name: labelled(lines, name) for name in ("clamp", "left side", "brace", "load")}
    assert found == {"clamp": [300, 301], "left side": [40, 300, 301], "brace": [40, 300], "load": [7]}
    assert labelled(lines, "sides") == [7, 40, 300, 301]
    assert "point 9 at (100, 100, 0) is on no line" in lines.remarks["everything"]


def test_a_network_of_abaqus_is_supported_and_loaded_by_its_numbers(tmp_path):
    inp(tmp_path)
    (tmp_path / "frame.toml").write_text(TOML)
    network = load_network(str(tmp_path / "frame.toml"))
    assert network.labels[network.fixed.all(axis=1)].tolist() == [40, 300, 301]
    np.testing.assert_allclose(network.nodes[network.index(network.inputs["load"].node)], [0.02, 0])


@pytest.mark.parametrize("order", ["40, 8, 300", "40, 300, 8"])
@pytest.mark.parametrize("kind", ["T2D3", "B22", "B32"])
def test_the_middle_node_of_a_line_is_found_wherever_it_stands(tmp_path, kind, order):
    """Abaqus has it second, Gmsh writes it last."""
    text = INP.replace("*Element, type=T2D2\n10, 40, 300", f"*Element, type={kind}\n10, {order}")
    lines = read_lines(inp(tmp_path, text.replace(" 9, 100., 100.", " 8, 10., 10.")))
    assert lines.labels[lines.bonds].tolist()[-1] == [40, 300]
    assert "1 line of higher order, straight, taken by its end nodes" in lines.notes
    assert not any("without a line" in note for note in lines.notes)


def test_nodes_that_orient_beams_are_no_ends(tmp_path):
    lines = read_lines(inp(tmp_path, INP.replace("type=B21", "type=B31").replace("1, 40, 7\n", "1, 40, 7, 9\n")))
    assert len(lines.bonds) == 5
    assert "left out: nodes that orient the sections of beams" in lines.notes


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("*Heading", "*Include, input=/etc/passwd\n*Heading", "it includes another file; put all into one"),
        ("*Nset, nset=clamp", "*Ngen\n40, 7, 1\n*Nset, nset=clamp", "it makes nodes by *NGEN; write out the nodes"),
        ("type=T2D2", "type=RADIOSS", "it has elements of the unknown type 'RADIOSS'; use T2D2, T3D2, B21 or B31"),
        ("10, 40, 300", "10, 40, 302", "there is no node 302, which an element names"),
        ("10, 40, 300", "4, 40, 300", "element 4 is given more than once"),
        ("10, 40, 300", "10, 40, 300, 7", "element 10 has 3 nodes, one of T2D2 has 2"),
        ("300, 20., 20.", "40, 20., 20.", "node 40 is given more than once"),
        ("nset=everything", "nset=everything, system=C", "cylindrical or spherical coordinates; write them in x, y, z"),
        ("*END INSTANCE", "0., 0., 5.\n*END INSTANCE", "its instance is moved or turned; write a flat input file"),
        ("*END PART", "*END PART\n*PART, NAME=Other\n*END PART", "it has several parts or instances; write a flat"),
        (" CLAMP, 40", " CLUMP, 40", "the set 'left side' names the set 'CLUMP', which there is not"),
        (" CLAMP, 40", " LEFT SIDE, 40", "the set 'left side' is part of itself"),
        ("*Elset, elset=brace\n10,", "*Elset, elset=brace\n11,", "the set 'brace' names 11, which there is not"),
        ("300, 310, 1", "300, 310, 0", "the set 'clamp' is generated with steps of 0"),
        ("300, 20., 20.", "300, 20., x", "it is no valid .inp file"),
    ],
)
def test_what_is_not_read_of_abaqus_is_named(tmp_path, old, new, message):
    assert old in INP
    with pytest.raises(ConfigError) as caught:
        read_lines(inp(tmp_path, INP.replace(old, new)))
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("binary", [False, True])
@pytest.mark.parametrize("version", ["4.2", "5.1"])
def test_older_files_of_vtk(tmp_path, version, binary):
    path = tmp_path / "frame.vtk"
    cells = [("line", BRACED), ("triangle", [[0, 1, 2]])]
    mesh = meshio.Mesh(CORNERS, cells, {"height": np.arange(4.0)}, {"part": [np.arange(5), [9]]})
    with warnings.catch_warnings(action="ignore"):
        meshio.vtk.write(path, mesh, version, binary=binary)
    lines = read_lines(path)
    np.testing.assert_array_equal(lines.nodes, CORNERS[:, :2])
    np.testing.assert_array_equal(lines.bonds, BRACED)
    content = read_content(path)
    np.testing.assert_array_equal(content.point_data["height"], np.arange(4))
    assert [values.tolist() for values in content.cell_data["part"]] == [[0, 1, 2, 3, 4], [9]]


@pytest.mark.parametrize(
    ("kind", "message"), [("POLYDATA", "a POLYDATA"), ("STRUCTURED_POINTS", "a STRUCTURED_POINTS")]
)
def test_other_sets_of_vtk_are_named(tmp_path, kind, message):
    path = tmp_path / "frame.vtk"
    path.write_text(f"# vtk DataFile Version 3.0\nx\nASCII\nDATASET {kind}\nDIMENSIONS 100000 100000 100000\n")
    with pytest.raises(ConfigError, match=f"it is a {kind}; save it as an UNSTRUCTURED_GRID"):
        read_lines(path)


def test_groups_of_salome(tmp_path):
    """Groups of nodes and of lines, by families that belong to several."""
    mesh = meshio.Mesh(CORNERS, [("line", BRACED)], {"point_tags": np.array([2, 0, 0, 3])})
    mesh.cell_data = {"cell_tags": [np.array([-1, 0, -1, 0, -2])]}
    mesh.point_tags, mesh.cell_tags = {2: ["clamp"], 3: ["clamp", "corner"]}, {-1: ["flat"], -2: ["brace"]}
    meshio.med.write(tmp_path / "frame.med", mesh)
    lines = read_lines(tmp_path / "frame.med")
    assert labelled(lines, "clamp") == [1, 4]
    assert labelled(lines, "corner") == [4]
    assert labelled(lines, "flat") == [1, 2, 3, 4]
    assert labelled(lines, "brace") == [1, 3]


@pytest.mark.parametrize("compression", ["zlib", "lzma", None])
@pytest.mark.parametrize("binary", [False, True])
def test_arrays_of_vtu_in_every_encoding(tmp_path, compression, binary):
    points = np.random.default_rng(0).normal(size=(5000, 3))
    chain = np.column_stack([np.arange(4999), np.arange(1, 5000)])
    with warnings.catch_warnings(action="ignore"):
        meshio.Mesh(points, [("line", chain)]).write(tmp_path / "x.vtu", binary=binary, compression=compression)
    content = read_content(tmp_path / "x.vtu")
    np.testing.assert_array_equal(content.blocks[0].corners, chain)
    np.testing.assert_allclose(content.points, points, rtol=1e-11)


def test_all_pieces_of_a_grid_are_read(tmp_path):
    """Points of one piece follow those of the other; ends that pieces share are one node."""
    piece = (
        '<Piece NumberOfPoints="2" NumberOfCells="1"><Points><DataArray type="Float32" NumberOfComponents="3">{}'
        '</DataArray></Points><Cells><DataArray type="Int32" Name="connectivity">0 1</DataArray>'
        '<DataArray type="Int32" Name="offsets">2</DataArray><DataArray type="UInt8" Name="types">3</DataArray>'
        "</Cells></Piece>"
    )
    pieces = "".join(piece.format(text) for text in ("0 0 0 20 0 0", "20 0 0 20 20 0"))
    path = tmp_path / "parts.vtu"
    path.write_text(f'<VTKFile type="UnstructuredGrid"><UnstructuredGrid>{pieces}</UnstructuredGrid></VTKFile>')
    lines = read_lines(path)
    assert lines.labels[lines.bonds].tolist() == [[1, 2], [2, 4]]
    assert "merged: 1 point at the place of another, 3 into 2" in lines.notes


def test_a_mesh_of_dolfinx_is_read_with_its_data_beside_it(tmp_path):
    element = basix.ufl.element("Lagrange", "interval", 1, shape=(2,))
    mesh = dmesh.create_mesh(MPI.COMM_SELF, BRACED[:4], ufl.Mesh(element), CORNERS[:, :2].copy())
    with io.XDMFFile(MPI.COMM_SELF, tmp_path / "loop.xdmf", "w") as file:
        file.write_mesh(mesh)
    lines = read_lines(tmp_path / "loop.xdmf")
    assert len(lines.bonds) == 4
    np.testing.assert_allclose(
        np.linalg.norm(lines.nodes[lines.bonds[:, 1]] - lines.nodes[lines.bonds[:, 0]], axis=1), 20
    )


def test_suffixes_may_be_in_capitals(tmp_path):
    inp(tmp_path).rename(tmp_path / "FRAME.INP")
    (tmp_path / "frame.toml").write_text(TOML.replace("frame.inp", "FRAME.INP"))
    assert len(load_network(str(tmp_path / "frame.toml")).bonds) == 5
