"""Labels of nodes are what mesh files call them, in every format, and what a file's network leaves out is said."""

import warnings
from pathlib import Path

import gmsh
import meshio
import numpy as np
import pytest
from mesh_texts import on_file, with_text

from femnn.errors import ConfigError, NetworkError
from femnn.network.network import Network
from femnn.network_files.mesh_formats import read_lines, write_network
from femnn.network_files.msh import read_msh
from femnn.network_files.specification import load_network

pytestmark = pytest.mark.serial

CORNERS = {12: (0.0, 0.0), 7: (20.0, 0.0), 4_000_000: (20.0, 20.0), 3: (0.0, 20.0), 40: (50.0, 50.0), 41: (9.0, 2.0)}
"""A braced square by its tags, in no order, and two points beside it."""
LINES = [(12, 7), (7, 4_000_000), (4_000_000, 3), (3, 12), (12, 4_000_000)]
TOML = 'file = "{}"\nunit = "mm"\n'


def by_gmsh(
    path: Path, version: float, binary: bool, points=CORNERS, lines=LINES, held=(3, 12)
) -> dict[int, list[float]]:
    """Write a mesh by Gmsh, with physical groups "clamp" and "others" of points and "bonds" of lines.

    Returns the place of each node by its tag, as Gmsh reads the file; older formats are numbered again when written.
    """
    gmsh.initialize(readConfigFiles=False, interruptible=False)
    try:
        gmsh.option.setNumber("General.Terminal", 0)
        entities = {}
        for tag, (x, y) in points.items():
            entities[tag] = gmsh.model.addDiscreteEntity(0)
            gmsh.model.mesh.addNodes(0, entities[tag], [tag], [x, y, 0.0])
            gmsh.model.mesh.addElementsByType(entities[tag], 15, [], [tag])
        gmsh.model.addPhysicalGroup(0, [entities[tag] for tag in held], name="clamp")
        gmsh.model.addPhysicalGroup(0, [entities[tag] for tag in points if tag not in held], name="others")
        curves = [gmsh.model.addDiscreteEntity(1) for _ in lines]
        for curve, line in zip(curves, lines, strict=True):
            gmsh.model.mesh.addElementsByType(curve, 1, [], line)
        gmsh.model.addPhysicalGroup(1, curves, name="bonds")
        gmsh.option.setNumber("Mesh.MshFileVersion", version)
        gmsh.option.setNumber("Mesh.Binary", binary)
        gmsh.write(str(path))
        gmsh.clear()
        gmsh.merge(str(path))
        tags, places, _ = gmsh.model.mesh.getNodes()
        return dict(zip(tags.tolist(), places.reshape(-1, 3)[:, :2].tolist(), strict=True))
    finally:
        gmsh.finalize()


@pytest.mark.parametrize(("version", "binary"), [(2.2, False), (2.2, True), (4.0, False), (4.1, False), (4.1, True)])
def test_labels_are_the_tags_of_gmsh(tmp_path, version, binary):
    """Nodes, bonds, supports and ports are where Gmsh shows these tags, be they in no order and with gaps."""
    places = by_gmsh(tmp_path / "square.msh", version, binary)
    tag = {place: next(t for t, at in places.items() if at == list(place)) for place in CORNERS.values()}
    assert version == 2.2 or tag == {place: t for t, place in CORNERS.items()}
    load = tag[CORNERS[4_000_000]]
    ports = f'[inputs]\nload = {{ node = {load}, direction = "-y" }}\n'
    (tmp_path / "square.toml").write_text(TOML.format("square.msh") + f'[[supports]]\ngroup = "clamp"\n{ports}')
    network = load_network(str(tmp_path / "square.toml"))
    for label, node in zip(network.labels, network.nodes, strict=True):
        np.testing.assert_allclose(node, 1e-3 * np.array(places[int(label)]))
    expected = [sorted(tag[CORNERS[end]] for end in line) for line in LINES]
    assert sorted(map(sorted, network.labels[network.bonds].tolist())) == sorted(expected)
    assert set(network.labels[network.fixed.all(axis=1)].tolist()) == {tag[CORNERS[3]], tag[CORNERS[12]]}
    np.testing.assert_allclose(network.nodes[network.index(network.inputs["load"].node)], [0.02, 0.02])
    assert any(note.startswith("left out: 2 points without a line, ") for note in network.notes)
    assert version == 2.2 or network.notes[0] == "labels are the file's tags, 3 to 4000000, with gaps"


@pytest.mark.parametrize("binary", [False, True])
@pytest.mark.parametrize("version", ["2.2", "4.0", "4.1"])
def test_files_of_meshio_are_read_in_each_format(tmp_path, version, binary):
    """Data come back to the last bit, and groups where the format holds them."""
    places = np.random.default_rng(1).normal(size=(5, 3))
    cells = [("vertex", np.array([[1], [3]])), ("line", np.array([[1, 2], [2, 3], [3, 1], [3, 4]]))]
    groups = [np.array([7, 8]), np.array([4, 4, 4, 4])]
    # With NumPy 2 meshio writes no data as text
    data = {"height": places[:, 2]} if binary else {}
    # Format 4.1 wants more to be known of cells of two kinds
    mesh = meshio.Mesh(places, cells[version == "4.1" :], data)
    if version == "2.2":
        mesh.cell_data = {"gmsh:physical": groups, "gmsh:geometrical": groups}
    mesh.field_data = {"clamp": np.array([7, 0]), "bonds": np.array([4, 1])} if version == "2.2" else {}
    with warnings.catch_warnings(action="ignore"):
        meshio.gmsh.write(tmp_path / "mesh.msh", mesh, version, binary)
    lines = read_lines(tmp_path / "mesh.msh")
    assert lines.labels.tolist() == [2, 3, 4, 5]
    np.testing.assert_array_equal(lines.nodes, places[1:])
    assert lines.labels[lines.bonds].tolist() == [[2, 3], [3, 4], [4, 2], [4, 5]]
    found = read_msh((tmp_path / "mesh.msh").read_bytes()).point_data
    assert [name for name, values in found.items() if np.array_equal(values, places[:, 2])] == list(data)
    assert version != "2.2" or lines.labels[lines.group("clamp", "mesh")].tolist() == [2]


@pytest.mark.parametrize("binary", [False, True])
@pytest.mark.parametrize("version", [2.2, 4.1])
def test_supports_by_number_mean_tags(tmp_path, version, binary):
    """The first node of the file is on no line, so that all others would be one off if they were counted again."""
    points = {tag: CORNERS[old] for tag, old in zip([1, 2, 3, 4, 5], [40, 12, 7, 4_000_000, 3], strict=True)}
    lines = [(2, 3), (3, 4), (4, 5), (5, 2), (2, 4)]
    by_gmsh(tmp_path / "shift.msh", version, binary, points, lines, (2,))
    (tmp_path / "shift.toml").write_text(TOML.format("shift.msh") + "[[supports]]\nnodes = [2, 3]\n")
    network = load_network(str(tmp_path / "shift.toml"))
    np.testing.assert_allclose(network.nodes[network.fixed.all(axis=1)], [[0, 0], [0.02, 0]])
    assert network.notes[0] == "labels are the file's tags, 2 to 5"
    (tmp_path / "shift.toml").write_text(TOML.format("shift.msh") + "[[supports]]\nnodes = [1, 2]\n")
    with pytest.raises(NetworkError, match="shift: there is no node 1; nodes are 2 to 5"):
        load_network(str(tmp_path / "shift.toml"))


@pytest.mark.parametrize("suffix", [".vtu", ".xdmf"])
def test_formats_without_tags_count_all_points(tmp_path, suffix):
    """A point that no line uses is counted, so that labels are what ParaView shows, from 1."""
    path = tmp_path / f"shift{suffix}"
    points = [[50, 50, 0], [0, 0, 0], [20, 0, 0], [90, 0, 0], [20, 20, 0]]
    cells = [("line", [[1, 2], [2, 4], [4, 1]]), ("vertex", [[0]]), ("triangle", [[1, 2, 4]])]
    # Of cells of several kinds meshio reads no .xdmf
    meshio.Mesh(np.array(points, dtype=float), cells if suffix == ".vtu" else cells[:1]).write(path)
    lines = read_lines(path)
    assert lines.labels.tolist() == [2, 3, 5]
    assert lines.nodes.tolist() == [[0, 0], [20, 0], [20, 20]]
    assert lines.notes == (
        "labels are the numbers of the file's points, counted from 1, 2 to 5, with gaps",
        "left out: 2 points without a line, 1 and 4",
    ) + ("left out: 1 triangle; bonds are lines alone",) * (suffix == ".vtu")


@pytest.mark.parametrize("suffix", [".msh", ".vtu", ".xdmf"])
def test_labels_that_femnn_wrote_are_kept(tmp_path, suffix):
    labels = [30, 2, 1_000_000_007]
    network = Network([[0, 0], [1, 0], [0.5, 1]], [[0, 2], [2, 1]], [[1, 1], [1, 1], [0, 0]], labels=labels)
    path = tmp_path / f"kept{suffix}"
    write_network(network, path)
    again = load_network(str(path))
    assert again.labels.tolist() == labels
    assert again.notes == ("labels are the file's data 'label', 2 to 1000000007, with gaps",)


def test_labels_that_a_file_cannot_hold_are_refused(tmp_path):
    labels = [1, 2, 2**53 + 1]
    network = Network([[0, 0], [1, 0], [0.5, 1]], [[0, 2], [2, 1]], [[1, 1], [1, 1], [0, 0]], labels=labels)
    with pytest.raises(ConfigError, match=r"hold labels up to 9007199254740992 as data; choose \.vtu or \.xdmf"):
        write_network(network, tmp_path / "large.msh")
    write_network(network, tmp_path / "large.vtu")
    assert load_network(str(tmp_path / "large.vtu")).labels.tolist() == labels


OLD = """$MeshFormat
2.2 0 8
$EndMeshFormat
$PhysicalNames
3
0 1 "clamp"
1 2 "clamp"
1 4 "all bonds"
$EndPhysicalNames
$Nodes
5
1 0 0 0
9000000000 10 0 0
3 10 10 0
4 0 10 0
8 10 10.5 0
$EndNodes
$Elements
8
1 15 2 1 1 1
2 15 2 0 1 3
3 1 2 4 1 1 9000000000
4 1 2 4 1 9000000000 3
5 1 2 4 1 3 4
6 1 2 2 1 4 1
7 1 2 4 1 1 3
8 15 2 7 1 4
$EndElements
"""


def test_groups_of_older_files_are_given_cell_by_cell(tmp_path):
    """All lines are of one entity here, which tells nothing of groups; groups of one name are one."""
    lines = read_lines(with_text(tmp_path / "old.msh", OLD))
    assert lines.labels[lines.group("clamp", "old")].tolist() == [1, 4]
    assert sorted(lines.labels[lines.group("all bonds", "old")].tolist()) == [1, 3, 4, 9_000_000_000]
    assert "physical group 7 of points has no name, by which a support could ask for it" in lines.notes
    assert lines.notes_without(())[-1] == "nodes 1 and 4 marked by the group 'clamp', for which nothing asks"
    assert not any("marked" in note for note in lines.notes_without({"clamp"}))


def test_lines_of_several_groups_without_names_are_one_bond_each(tmp_path):
    """Format 2 repeats a line for each of its groups, whether they have names or not."""
    names = OLD[OLD.index("$PhysicalNames") : OLD.index("$Nodes")]
    text = OLD.replace(names, "").replace("8 15 2 7 1 4\n", "8 1 2 9 1 3 4\n")
    assert len(read_lines(with_text(tmp_path / "old.msh", text)).bonds) == 5


POLY_LINE = """<VTKFile type="UnstructuredGrid" version="0.1" byte_order="LittleEndian"><UnstructuredGrid>
<Piece NumberOfPoints="3" NumberOfCells="2"><Points><DataArray type="Float64" NumberOfComponents="3" format="ascii">
0 0 0 20 0 0 10 10 0</DataArray></Points><Cells><DataArray type="Int64" Name="connectivity" format="ascii">0 1 0 2 1
</DataArray><DataArray type="Int64" Name="offsets" format="ascii">2 5</DataArray>
<DataArray type="UInt8" Name="types" format="ascii">3 4</DataArray></Cells></Piece></UnstructuredGrid></VTKFile>
"""


def test_poly_lines_are_not_dropped(tmp_path):
    """A library that does not know them leaves them out, and the network would lack their bonds."""
    with pytest.raises(ConfigError, match=r"VTK's type 4, poly-lines, which are not read; save each bond as a"):
        read_lines(with_text(tmp_path / "poly.vtu", POLY_LINE))


def test_a_marked_point_that_is_on_no_line_is_refused(tmp_path):
    """The group's other point would be held, and this one silently not."""
    text = OLD.replace("2 15 2 0 1 3\n", "2 15 2 1 1 8\n")
    lines = read_lines(with_text(tmp_path / "old.msh", text))
    message = (
        "group 'clamp': point 8 at (10, 10.5, 0) is on no line; the nearest node is 3, 0.5 away in the file's unit"
    )
    with pytest.raises(ConfigError) as caught:
        lines.group("clamp", "old")
    assert str(caught.value).startswith(f"old: {message}")
    assert any(note.startswith(message) for note in lines.notes_without(()))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("4 0 10 0", "3 0 10 0", "node 3 is given more than once"),
        ("3 4\n", "3 5\n", "there is no node 5, which it names"),
        (
            "5 1 2 4 1 3 4\n",
            "5 8 2 4 1 3 4 8\n",
            "the line from 3 to 4 is curved: its node 8 is 0.5 off the straight connection in the file's unit",
        ),
        ("$MeshFormat", "$NoFormat", "it has no $MeshFormat"),
        ("2.2 0 8", "1.0 0 8", "its format is 1.0; save it in format 4.1"),
        ("9000000000", "99999999999999999999", "it is no valid .msh file"),
    ],
)
def test_what_is_wrong_in_a_mesh_is_named(tmp_path, old, new, message):
    assert old in OLD
    path = with_text(tmp_path / "bad.msh", OLD.replace(old, new))
    with pytest.raises(ConfigError) as caught:
        read_lines(path)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_script_in_the_place_of_a_mesh_is_not_run(tmp_path):
    """Gmsh itself would carry out what a file without a header says."""
    path = with_text(tmp_path / "script.msh", f'SystemCall "touch {tmp_path / "ran"}";\n')
    with pytest.raises(ConfigError, match=r"it has no \$MeshFormat"):
        read_lines(path)
    assert not (tmp_path / "ran").exists()


def test_numbers_of_points_that_are_no_labels_are_refused(tmp_path):
    path = tmp_path / "half.vtu"
    mesh = meshio.Mesh(np.eye(3), [("line", [[0, 1], [1, 2]])], point_data={"label": [1.0, 1.5, 2.0]})
    on_file(path, lambda: mesh.write(path))
    with pytest.raises(ConfigError, match="'label' on the points are not one whole number at each"):
        read_lines(path)
