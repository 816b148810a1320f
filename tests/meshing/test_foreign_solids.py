"""Own solids as Gmsh, Abaqus, SALOME, ParaView and VTK hold them: the same solid, or refused by its cause."""

import warnings
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import gmsh
import meshio
import numpy as np
import pytest
from printed import BRICK, bar, brick, by_region

from femnn.errors import ConfigError, FemnnError, MeshError
from femnn.meshing.solid_files import read_solid
from femnn.network.network import Network

pytestmark = pytest.mark.serial

type Change = Callable[[np.ndarray], np.ndarray]

OPTIONS = {"Mesh.SaveGroupsOfElements": 1}


def gmsh_file(path: Path, groups: dict[str, list[int]], dimension: int = 2, **options: float) -> Path:
    """A bar of three rectangles, as Gmsh writes it with physical groups of these."""
    gmsh.initialize(interruptible=False)
    try:
        gmsh.option.setNumber("General.Terminal", 0)
        occ, cuts = gmsh.model.occ, [-1e-3, 1e-3, 15e-3, 17e-3]
        tags = [occ.addRectangle(a, -1e-3, 0, b - a, 2e-3) for a, b in pairwise(cuts)]
        occ.fragment([(2, tags[0])], [(2, tag) for tag in tags[1:]])
        occ.synchronize()
        for name, members in groups.items():
            gmsh.model.addPhysicalGroup(dimension, [tags[i] for i in members], name=name)
        gmsh.option.setNumber("Mesh.MeshSizeMax", 1e-3)
        gmsh.option.setNumber("Mesh.SaveAll", int(dimension == 1))
        for name, value in (OPTIONS | options).items():
            gmsh.option.setNumber(name.replace("_", "."), value)
        gmsh.model.mesh.generate(2)
        gmsh.write(str(path))
    finally:
        gmsh.finalize()
    return path


NAMED = {"node 1": [0], "bond 1-2": [1], "node 2": [2]}
MORE = {"material": [0, 1, 2], **NAMED, "left": [0, 1]}


@pytest.mark.parametrize(
    ("suffix", "options"),
    [
        (".msh", {"Mesh_MshFileVersion": 2.2}),
        (".msh", {"Mesh_MshFileVersion": 2.2, "Mesh_Binary": 1}),
        (".msh", {"Mesh_MshFileVersion": 4.0}),
        (".msh", {"Mesh_MshFileVersion": 4.1, "Mesh_Binary": 1}),
        (".inp", {}),
        (".med", {}),
    ],
)
def test_more_groups_than_ours_do_not_matter(tmp_path, suffix, options):
    """Older formats repeat a cell for each of its groups; it is still one cell, in the region of its own."""
    path = gmsh_file(tmp_path / f"bar{suffix}", MORE, **options)
    bonds, nodes = by_region(read_solid(bar(), str(path), 2, "continuum"), bar())
    np.testing.assert_allclose(bonds, 28e-6, rtol=1e-9)
    np.testing.assert_allclose(nodes, 4e-6, rtol=1e-9)


def refusal(network: Network, path: Path, kind: type[FemnnError] = MeshError) -> str:
    with pytest.raises(kind) as caught:
        read_solid(network, str(path), 2, "continuum-2d")
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_cell_in_two_of_our_groups_is_named_whatever_repeats_it(tmp_path):
    path = gmsh_file(tmp_path / "bar.msh", NAMED | {"node 2": [1, 2]}, Mesh_MshFileVersion=2.2)
    assert "a cell is in two groups, 'bond 1–2' and 'node 2'" in refusal(bar(), path)


def test_groups_under_other_names_are_listed(tmp_path):
    names = {"Pad_A": [0], "Strut": [1], "Pad_B": [2], "a name that is longer than anyone wants to read": [0]}
    message = refusal(bar(), gmsh_file(tmp_path / "bar.msh", names))
    assert (
        "there is no group 'bond 1–2'; groups of triangles are: 'Pad_A', 'Strut', 'Pad_B', 'a name that is" in message
    )
    assert "anyone wants to read" not in message


def test_groups_of_lines_alone_are_listed_as_such(tmp_path):
    message = refusal(bar(), gmsh_file(tmp_path / "bar.msh", {"bond 1-2": [1], "edge": [0]}, dimension=1))
    assert "there is no group 'bond 1–2'; groups of triangles are: none, of lines: 'bond 1-2', 'edge'." in message


def with_data(
    path: Path, value: float = 1.0, outside: float = 0.0, spaces: str = " ", change: Change = np.copy
) -> Path:
    """The brick with an array a group, of one value inside of it and another outside."""
    points, groups = brick()
    cells = np.concatenate(list(groups.values()))
    data, at = {}, 0
    for name, own in groups.items():
        inside = np.arange(at, at + len(own))
        data[name.replace(" ", spaces)] = [np.where(np.isin(np.arange(len(cells)), inside), value, outside)]
        at += len(own)
    with warnings.catch_warnings(action="ignore"):
        meshio.Mesh(change(points), [("triangle", cells)], cell_data=data).write(path)
    return path


@pytest.mark.parametrize(("value", "outside"), [(1.0, 0.0), (7.0, np.nan), (-1.0, 0.0)])
@pytest.mark.parametrize(("suffix", "spaces"), [(".vtk", "_"), (".vtk", "%20"), (".vtu", " "), (".xdmf", " ")])
def test_cells_are_in_a_group_where_its_data_are_numbers_other_than_zero(tmp_path, suffix, spaces, value, outside):
    """ParaView writes nothing at all, NaN, where a value was not asked for; older VTK files have no spaces in names."""
    path = with_data(tmp_path / f"brick{suffix}", value, outside, spaces)
    bonds, nodes = by_region(read_solid(BRICK, str(path), 2, "continuum"), BRICK)
    np.testing.assert_allclose([*bonds, *nodes], [256e-6, 128e-6, 128e-6], rtol=1e-12)


def test_other_data_are_listed_as_groups_that_there_are(tmp_path):
    path = with_data(tmp_path / "brick.vtu", spaces=" number ")
    assert "groups of triangles are: 'node number 1', 'bond number 1-2'" in refusal(BRICK, path)


def test_a_unit_scales_the_mesh(tmp_path):
    points = brick()[0]
    with_data(tmp_path / "mm.vtu", change=lambda at: 1e3 * at)
    regions = read_solid(BRICK, str(tmp_path / "mm.vtu"), 2, "continuum", 1e-3)
    np.testing.assert_allclose(np.sort(regions.points, axis=0), np.sort(points[:, :2], axis=0), rtol=1e-12)
    assert 'it seems to be in mm, which mesh_unit = "mm" states' in refusal(BRICK, tmp_path / "mm.vtu")


@pytest.mark.parametrize(("axes", "across"), [([0, 2, 1], "y"), ([2, 0, 1], "x")])
def test_a_mesh_in_another_plane_is_refused_by_its_name(tmp_path, axes, across):
    with_data(tmp_path / "turned.vtu", change=lambda at: at[:, axes])
    message = refusal(BRICK, tmp_path / "turned.vtu")
    assert f"its triangles do not lie in a plane of constant z, but of constant {across}; turn it into x–y" in message


@pytest.mark.parametrize("suffix", [".msh", ".vtu", ".vtk", ".inp", ".med", ".xdmf"])
def test_garbage_of_every_format_is_refused_by_its_format(tmp_path, suffix, capfd):
    path = tmp_path / f"garbage{suffix}"
    path.write_bytes(bytes(range(256)) * 4)
    assert f"it is no valid {suffix} file" in refusal(BRICK, path, ConfigError)
    assert capfd.readouterr() == ("", "")


def test_counts_beyond_the_file_do_not_reach_gmsh(tmp_path):
    path = gmsh_file(tmp_path / "bar.msh", NAMED)
    text = path.read_text()
    head = text.index("$Nodes\n") + len("$Nodes\n")
    end = text.index("\n", head)
    path.write_text(f"{text[:head]}{10**12} {10**15} 1 {10**18}{text[end:]}")
    assert "it is no valid .msh file (its section Nodes ends too early)" in refusal(bar(), path, ConfigError)


def test_letters_that_the_reader_of_salome_files_does_not_know_are_named(tmp_path):
    """The dash of our own names, as Gmsh writes it there."""
    path = gmsh_file(tmp_path / "bar.med", {"node 1": [0], "bond 1–2": [1], "node 2": [2]})
    assert "letters beyond ASCII, such as the dash of bond 1–2; write them with a hyphen" in refusal(
        bar(), path, ConfigError
    )
