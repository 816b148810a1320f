"""A TOML file becomes the network that it describes, or one line that says why not."""

import numpy as np
import pytest
from mesh_texts import FRAME, on_file, with_text

from femnn.config import resources
from femnn.errors import ConfigError, MechanismError, NetworkError
from femnn.network import frame_lattices, lattices
from femnn.network.port import Port
from femnn.network_files.mesh_formats import write_network
from femnn.network_files.specification import LATTICES, load_network

TRUSS = """
unit = "mm"
nodes = [[-50, 0], [0, 10], [50, 0]]
bonds = [[1, 2], [2, 3]]
[[supports]]
nodes = [1, 3]
"""
PATCH = """
[lattice]
kind = "triangular"
columns = 3
rows = 2
spacing = "16 mm"
"""
GMSH = """
file = "frame.msh"
unit = "mm"
[[supports]]
group = "clamp"
"""


BAD = [
    (PATCH.replace("columns", "colums"), "lattice: unknown key 'colums'; did you mean 'columns'?"),
    (PATCH.replace("triangular", "triangle"), "lattice: unknown kind 'triangle'; did you mean 'triangular'?"),
    (PATCH.replace('kind = "triangular"', ""), "lattice: kind is missing; known are li2024, triangular"),
    (PATCH.replace("16 mm", "16 kg"), "spacing: '16 kg' has the wrong unit; m or a multiple of it is expected"),
    (PATCH.replace("16 mm", "-16 mm"), "spacing must be above 0"),
    (PATCH.replace("rows = 2", "rows = 0"), "rows must be at least 1"),
    (PATCH.replace("rows = 2", "rows = 2.5"), "rows: "),
    (PATCH + 'supports = "side"', "supports: "),
    (PATCH + "[suports]\nnodes = [1]", "unknown key 'suports'; did you mean 'supports'?"),
    (PATCH + 'supports = "top"\n[[supports]]\nnodes = [1]', "give the supports either in"),
    (PATCH + "[[supports]]\nnodes = [1, 99]", "there is no node 99; nodes are 1 to 12"),
    (PATCH + '[[supports]]\ngroup = "clamp"', "there is no group 'clamp'; groups with nodes are: none"),
    (PATCH + "[[supports]]\n", "supports.0: give either nodes or group"),
    (PATCH + '[[supports]]\nnodes = [1]\nfixed = "xw"', "supports.0.fixed: "),
    (PATCH + '[[supports]]\nnodes = [1]\nfixed = "xz"', "a support holds 'xz', but the network has only 'xy'"),
    (PATCH + "[[bond_section]]\nbond = [1, 12]\nwidth = 1e-3", "bond 1–12, which does not exist"),
    (PATCH + "[section]\nwidht = 1e-3", "unknown key 'section.widht'; did you mean 'width'?"),
    (PATCH + '[section]\nmodulus = "2 mm"', "section.modulus: '2 mm' has the wrong unit; Pa or a multiple"),
    (PATCH + '[section]\nwidth_bounds = ["3 mm", "1 mm"]', "width bounds of bond"),
    (PATCH + '[section]\nwidth_bounds = ["3 mm"]', "section.width_bounds"),
    (PATCH + '[inputs]\nload = { node = 99, direction = "-y" }', "port 'load' is on node 99, which does not exist"),
    (PATCH + '[inputs]\nload = { node = 1, direction = "down" }', "'down' is no direction; give one such as '-y'"),
    (PATCH + "[inputs]\nload = { node = 1, direction = [0, 0] }", "is no direction"),
    (PATCH + '[inputs]\nload = { node = 1, direction = "z" }', "points along z, but the network is 2D"),
    (PATCH + "[inputs]\nload = { node = 1, direction = [1] }", "needs a direction of 2 components"),
    (PATCH + '[inputs]\nload = { nod = 1, direction = "z" }', "unknown key 'inputs.load.nod'; did you mean 'node'?"),
    ("unit = 'mm'" + PATCH, "unit belongs to file or nodes"),
    ("description = 'nothing'", "give exactly one of [lattice], file and nodes"),
    ("file = 'frame.msh'" + PATCH, "give exactly one of [lattice], file and nodes"),
    (TRUSS.replace("bonds = [[1, 2], [2, 3]]", ""), "nodes and bonds belong together"),
    (TRUSS.replace("[2, 3]]", "[2, 4]]"), "there is no node 4; nodes are 1 to 3"),
    (TRUSS.replace("[2, 3]]", "[1, 2]]"), "bond 1–2 is given more than once"),
    (TRUSS.replace("[50, 0]", "[50, 0, 0]"), "all nodes must have the same number of coordinates"),
    (TRUSS.replace("[50, 0]", "[nan, 0]"), "nodes.2.0: Input should be a finite number"),
    (TRUSS.replace('"mm"', '"kg"'), "unit: '1 kg' has the wrong unit; m or a multiple"),
    (TRUSS.replace("[[supports]]\nnodes = [1, 3]", ""), "no node is supported; give [[supports]]"),
    ("[lattice", "is no valid TOML"),
]


def load(folder, text):
    return load_network(str(with_text(folder / "spec.toml", text)))


def refusal(folder, text) -> str:
    with pytest.raises((ConfigError, NetworkError)) as caught:
        load(folder, text)
    assert "\n" not in str(caught.value)
    assert "spec" in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("name", resources.names("meshes"))
def test_every_mesh_of_the_program_loads_and_can_be_loaded_and_read(name):
    network = load_network(name)
    assert network.name == name
    assert network.inputs
    assert network.outputs


def test_the_readme_of_the_meshes_tells_their_sizes():
    readme = (resources.folders("meshes")[0] / "README.md").read_text(encoding="utf-8")
    rows = [[cell.strip() for cell in line.split("|")[1:4]] for line in readme.splitlines() if line.startswith("| `")]
    sizes = {name.strip("`"): (nodes, bonds) for name, nodes, bonds in rows if nodes.isdigit()}
    networks = {name: load_network(name) for name in resources.names("meshes")}
    assert sizes == {name: (str(len(n.nodes)), str(len(n.bonds))) for name, n in networks.items()}


def test_li2024_by_name_is_the_lattice_of_the_paper():
    named, generated = load_network("li2024"), lattices.li2024()
    np.testing.assert_array_equal(named.nodes, generated.nodes)
    np.testing.assert_array_equal(named.bonds, generated.bonds)
    np.testing.assert_allclose(named.stiffness, 137.5, rtol=1e-12)
    np.testing.assert_allclose(named.stiffness_bounds, [[103.125] * 28, [171.875] * 28], rtol=1e-12)
    assert named.inputs == generated.inputs


def test_the_two_bar_truss_has_its_height_and_span():
    truss = load_network("two-bar-truss")
    np.testing.assert_allclose(truss.nodes, [[-0.05, 0], [0, 0.01], [0.05, 0]], atol=1e-16)
    assert truss.fixed.tolist() == [[True, True], [False, False], [True, True]]


def test_every_kind_of_lattice_is_in_a_mesh_or_a_test():
    assert set(LATTICES) == {name for name in {**vars(lattices), **vars(frame_lattices)} if name in LATTICES}


def test_lattices_that_need_rigid_joints_have_them_unless_they_are_asked_not_to(comm_tmp_path):
    text = '[lattice]\nkind = "honeycomb"\ncolumns = 2\nrows = 2\nspacing = "16 mm"\n'
    assert load(comm_tmp_path, text).rigid_joints
    assert "a mechanism" in refusal(comm_tmp_path, "rigid_joints = false\n" + text)
    assert not load(comm_tmp_path, text.replace("honeycomb", "triangular")).rigid_joints


def test_explicit_nodes_are_metres_unless_a_unit_is_given(comm_tmp_path):
    in_metres = load(comm_tmp_path, TRUSS.replace('unit = "mm"', ""))
    np.testing.assert_allclose(in_metres.nodes[1], [0, 10])
    np.testing.assert_allclose(load(comm_tmp_path, TRUSS).nodes[1], [0, 0.01])


def test_section_and_overrides_of_single_bonds(comm_tmp_path):
    text = TRUSS + '[section]\nmodulus = "1 MPa"\nwidth = "3 mm"\n[[bond_section]]\nbond = [3, 2]\nwidth = "2.5 mm"\n'
    sections = load(comm_tmp_path, text).sections
    np.testing.assert_allclose(sections.modulus, 1e6)
    np.testing.assert_allclose(sections.width, [3e-3, 2.5e-3])
    np.testing.assert_allclose(sections.width_lower, 0.75 * 3e-3)
    np.testing.assert_allclose(sections.width_upper, 1.25 * 3e-3)


def test_supports_hold_the_components_that_are_named(comm_tmp_path):
    text = PATCH + '[[supports]]\nnodes = [1]\nfixed = "xy"\n[[supports]]\nnodes = [4]\nfixed = "y"\n'
    network = load(comm_tmp_path, text)
    assert np.argwhere(network.fixed).tolist() == [[0, 0], [0, 1], [3, 1]]
    assert not network.inputs


@pytest.mark.parametrize(
    ("direction", "expected"),
    [('"-y"', (0, -1)), ('"x"', (1, 0)), ('"+y"', (0, 1)), ("[0, -2]", (0, -1)), ("[3, 4]", (0.6, 0.8))],
)
def test_directions_have_length_one(comm_tmp_path, direction, expected):
    network = load(comm_tmp_path, TRUSS + f"[inputs]\napex = {{ node = 2, direction = {direction} }}\n")
    assert network.inputs["apex"].node == 2
    np.testing.assert_allclose(network.inputs["apex"].direction, expected, atol=1e-16)


def test_ports_of_a_specification_replace_those_of_the_lattice(comm_tmp_path):
    network = load(comm_tmp_path, PATCH + '[inputs]\npush = { node = 1, direction = "x" }\n')
    assert network.inputs == {"push": Port(1, (1.0, 0.0))}
    assert list(network.outputs) == ["response"]


def test_a_mesh_file_is_found_beside_its_specification(comm_tmp_path):
    with_text(comm_tmp_path / "frame.msh", FRAME)
    network = load(comm_tmp_path, GMSH)
    np.testing.assert_allclose(network.nodes[2], [10e-3, 10e-3])
    assert network.fixed.all(axis=1).tolist() == [True, True, False, False]
    assert network.name == "spec"


@pytest.mark.parametrize("suffix", [".msh", ".vtu", ".xdmf"])
def test_a_network_that_was_written_loads_by_its_path(comm_tmp_path, suffix):
    path = comm_tmp_path / f"kept{suffix}"
    on_file(path, lambda: write_network(lattices.li2024(), path))
    assert load_network(str(path)).inputs == lattices.li2024().inputs


@pytest.mark.parametrize(("text", "message"), BAD, ids=[message for _, message in BAD])
def test_bad_specifications_are_refused_in_one_line(comm_tmp_path, text, message):
    assert message in refusal(comm_tmp_path, text)


def test_a_collinear_node_is_named(comm_tmp_path):
    with pytest.raises(MechanismError, match="spec: a mechanism: node 2 can move"):
        load(comm_tmp_path, TRUSS.replace("[0, 10]", "[0, 0]"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            GMSH.replace("clamp", "clmp"),
            "spec: there is no group 'clmp'; groups with nodes are: 'clamp', 'top bar', 'bonds'",
        ),
        (GMSH.replace("clamp", "loose"), "no point of group 'loose' is on a line"),
        (GMSH.replace("frame.msh", "none.msh"), "none.msh: there is no such file"),
        (
            GMSH.replace("frame.msh", "frame.stl"),
            "its suffix must be one of .msh, .vtu, .vtk, .xdmf, .inp, .med, .csv, .dxf",
        ),
    ],
)
def test_bad_mesh_files_are_refused(comm_tmp_path, text, message):
    with_text(comm_tmp_path / "frame.msh", FRAME)
    with pytest.raises(ConfigError) as caught:
        load(comm_tmp_path, text)
    assert message in str(caught.value)


def test_an_unknown_name_lists_those_there_are():
    with pytest.raises(ConfigError, match=r"There is no 'li2025'.*li2024"):
        load_network("li2025")
