"""A network comes back from a mesh file as it went in, and bad files end in one line that names them."""

from collections.abc import Callable
from dataclasses import fields, replace

import meshio
import numpy as np
import pytest
from mesh_texts import FRAME, FRAME_OLD, on_file, with_text
from varied_networks import varied

from femnn.errors import ConfigError, FemnnError
from femnn.network import lattices
from femnn.network.network import Network
from femnn.network.port import Port
from femnn.network.sections import Sections
from femnn.network_files.mesh_formats import FORMATS, read_lines, read_network, write_network

NETWORKS: dict[str, Callable[[], Network]] = {
    "li2024": lattices.li2024,
    "plane": lambda: varied(lattices.disordered(5, 4, 16e-3, 0.3, 1)),
    "space": lambda: varied(lattices.octet(2, 1, 1, 24e-3)),
    "flat in space": lambda: Network(
        [[0, 0, 0], [1, 0, 0], [0.5, 1 / 3, 0]], [[0, 2], [2, 1]], [[1, 1, 1], [1, 1, 1], [0, 0, 1]]
    ),
}


@pytest.mark.parametrize("suffix", FORMATS)
@pytest.mark.parametrize("name", NETWORKS)
def test_a_network_comes_back_exactly(comm_tmp_path, capfd, name, suffix):
    network = NETWORKS[name]()
    path = comm_tmp_path / f"network{suffix}"
    again = read_network(on_file(path, lambda: write_network(network, path)))
    for attribute in ("nodes", "bonds", "fixed", "labels"):
        np.testing.assert_array_equal(getattr(again, attribute), getattr(network, attribute), strict=True)
    for field in fields(Sections):
        np.testing.assert_array_equal(getattr(again.sections, field.name), getattr(network.sections, field.name))
    assert list(again.inputs.items()) == list(network.inputs.items())
    assert list(again.outputs.items()) == list(network.outputs.items())
    assert again.name == "network"
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("suffix", FORMATS)
def test_a_network_is_one_file(comm_tmp_path, suffix):
    path = comm_tmp_path / f"network{suffix}"
    on_file(path, lambda: write_network(lattices.li2024(), path))
    assert [p.name for p in comm_tmp_path.iterdir()] == [path.name]


def test_lines_of_gmsh_become_bonds(comm_tmp_path):
    lines = read_lines(with_text(comm_tmp_path / "frame.msh", FRAME))
    assert lines.nodes.tolist() == [[0, 0], [10, 0], [10, 10], [0, 10]]
    assert lines.bonds.tolist() == [[0, 1], [1, 2], [2, 3], [3, 0], [0, 2]]
    assert lines.labels.tolist() == [2, 3, 4, 5]


def test_groups_of_gmsh_are_nodes_by_name(comm_tmp_path):
    lines = read_lines(with_text(comm_tmp_path / "frame.msh", FRAME))
    assert {name: members.tolist() for name, members in lines.groups.items()} == {
        "clamp": [0, 1],
        "top bar": [2, 3],
        "bonds": [0, 1, 2, 3],
        "loose": [],
    }


def test_older_gmsh_files_give_the_same(comm_tmp_path):
    lines = read_lines(with_text(comm_tmp_path / "old.msh", FRAME_OLD))
    assert lines.bonds.tolist() == [[0, 1], [1, 2], [2, 3], [3, 0], [0, 2]]
    assert lines.group("top bar", "old").tolist() == [2, 3]


def test_points_off_a_plane_stay_in_space(comm_tmp_path):
    lines = read_lines(with_text(comm_tmp_path / "frame.msh", FRAME.replace("10 10 5\n0 4 0 1", "10 10 6\n0 4 0 1")))
    assert lines.nodes[2].tolist() == [10, 10, 6]


@pytest.mark.parametrize(
    ("group", "message"),
    [
        ("clmp", "frame: there is no group 'clmp'; groups with nodes are: 'clamp', 'top bar', 'bonds'."),
        ("loose", "frame: no point of group 'loose' is on a line; groups with nodes are: 'clamp', 'top bar', 'bonds'."),
    ],
)
def test_missing_and_empty_groups_name_those_there_are(comm_tmp_path, group, message):
    lines = read_lines(with_text(comm_tmp_path / "frame.msh", FRAME))
    with pytest.raises(ConfigError) as caught:
        lines.group(group, "frame")
    assert str(caught.value) == message


def test_lines_without_supports_are_no_network(comm_tmp_path):
    with pytest.raises(ConfigError, match=r'no supports; name it by file = "frame\.msh" in a TOML'):
        read_network(with_text(comm_tmp_path / "frame.msh", FRAME))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("empty.msh", ""),
        ("text.msh", "this is no mesh\n"),
        ("header.msh", "$MeshFormat\n4.1 0 8\n$EndMeshFormat\n"),
        ("version.msh", "$MeshFormat\n9.9 0 8\n$EndMeshFormat\n"),
        ("index.msh", FRAME.replace("\n8 2 4", "\n8 2 99")),
        ("type.msh", FRAME.replace("1 5 1 1\n8", "1 5 123 1\n8")),
        ("empty.vtu", ""),
        ("text.vtu", "this is no mesh\n"),
        ("root.vtu", "<a/>"),
        ("empty.xdmf", ""),
        ("root.xdmf", "<Xdmf/>"),
        ("domain.xdmf", '<Xdmf Version="3.0"><Domain><Grid/></Domain></Xdmf>'),
    ],
)
def test_unreadable_files_are_named_in_one_line(comm_tmp_path, capfd, name, content):
    path = with_text(comm_tmp_path / name, content)
    with pytest.raises(ConfigError) as caught:
        read_lines(path)
    assert str(caught.value).startswith(f"Cannot read {path}: ")
    assert "\n" not in str(caught.value)
    assert capfd.readouterr() == ("", "")


@pytest.mark.filterwarnings("ignore:overflow")
@pytest.mark.parametrize("suffix", FORMATS)
def test_truncated_and_garbled_files_never_end_in_anything_but_a_named_error(comm_tmp_path, suffix):
    """Each way to be broken ends in a named error, unless the file can still be read."""
    path = comm_tmp_path / f"network{suffix}"
    content = on_file(path, lambda: write_network(lattices.li2024(), path)).read_bytes()
    generator = np.random.default_rng(2)
    broken = [content[: len(content) * share // 40] for share in range(40)]
    for _ in range(40):
        garbled = bytearray(content)
        garbled[generator.integers(len(content))] = generator.integers(256)
        broken.append(bytes(garbled))
    for number, bad in enumerate(broken):
        copy = comm_tmp_path / f"broken-{number}{suffix}"
        on_file(copy, lambda copy=copy, bad=bad: copy.write_bytes(bad))
        try:
            read_network(copy)
        except FemnnError as error:
            assert "\n" not in str(error)  # noqa: PT017 (what raises nothing is fine as well)


def test_a_mesh_without_lines_is_refused(comm_tmp_path):
    path = comm_tmp_path / "solid.vtu"
    solid = meshio.Mesh(np.eye(3), [("triangle", [[0, 1, 2]])])
    on_file(path, lambda: solid.write(path))
    with pytest.raises(ConfigError, match="it has no line cells"):
        read_lines(path)


@pytest.mark.parametrize("name", ["mesh.stl", "mesh", "mesh.ply"])
def test_unknown_suffixes_list_the_known(comm_tmp_path, name):
    path = with_text(comm_tmp_path / name, "")
    for work in (read_lines, read_network):
        with pytest.raises(ConfigError, match=r"must be one of \.msh, \.vtu, \.vtk, \.xdmf, \.inp, \.med"):
            work(path)
    with pytest.raises(ConfigError, match=r"must be one of \.msh, \.vtu, \.xdmf"):
        write_network(lattices.li2024(), path)


def test_missing_files_and_folders_are_named(comm_tmp_path):
    with pytest.raises(ConfigError, match="there is no such file"):
        read_network(comm_tmp_path / "none.msh")
    with pytest.raises(ConfigError, match=r"Cannot write .*: No such file or directory\."):
        write_network(lattices.li2024(), comm_tmp_path / "none" / "network.vtu")


@pytest.mark.parametrize("name", ['a "b"', "a<b", "a&b", " a", "a\nb"])
def test_port_names_that_files_cannot_hold_are_refused(comm_tmp_path, name):
    network = replace(lattices.li2024(), inputs={name: Port(13, (0.0, -1.0))})
    with pytest.raises(ConfigError, match="name that files cannot hold"):
        write_network(network, comm_tmp_path / "network.msh")
