"""Solids come back from files as they went in; files of others are read by their groups, or refused in one line."""

import warnings
from itertools import pairwise
from pathlib import Path

import gmsh
import meshio
import numpy as np
import pytest
from printed import BRICK, bar, brick, by_region, volumes

from femnn.errors import ConfigError, FemnnError, FemnnWarning, MeshError
from femnn.geometry.strips import Shape
from femnn.meshing.solid_files import read_solid, write_solid
from femnn.meshing.solid_meshes import build_solid
from femnn.network import lattices
from femnn.network_files.mesh_files import read_content

pytestmark = pytest.mark.serial

GEO = """
SetFactory("OpenCASCADE");
Rectangle(1) = {0, -0.001, 0, 0.016, 0.002};
Disk(2) = {0, 0, 0, 0.0012};
Disk(3) = {0.016, 0, 0, 0.0012};
pads() = {2, 3};
BooleanDifference(4) = { Surface{1}; Delete; }{ Surface{2, 3}; };
BooleanFragments{ Surface{2, 3, 4}; Delete; }{}
Physical Surface("node 1") = {2};
Physical Surface("node 2") = {3};
Physical Surface("bond 2-1") = {4};
Mesh.MeshSizeMax = 0.0006;
"""
"""A bond of 16 mm with pads, as one may draw it for Gmsh."""


def gmsh_file(path: Path, version: float, order: int = 1, square: bool = False) -> Path:
    """The solid of :data:`GEO` with straight cuts, in a version of Gmsh's format."""
    gmsh.initialize()
    try:
        gmsh.option.setNumber("General.Terminal", 0)
        occ = gmsh.model.occ
        cuts = [-1e-3, 1e-3, 15e-3, 17e-3]
        tags = [occ.addRectangle(a, -1e-3, 0, b - a, 2e-3) for a, b in pairwise(cuts)]
        occ.fragment([(2, tags[0])], [(2, tag) for tag in tags[1:]])
        occ.synchronize()
        for tag, name in zip(tags, ("node 1", "bond 1-2", "node 2"), strict=True):
            gmsh.model.addPhysicalGroup(2, [tag], name=name)
        gmsh.option.setNumber("Mesh.MeshSizeMax", 1e-3)
        gmsh.option.setNumber("Mesh.RecombineAll", int(square))
        gmsh.option.setNumber("Mesh.MshFileVersion", version)
        gmsh.model.mesh.generate(2)
        gmsh.model.mesh.setOrder(order)
        gmsh.write(str(path))
    finally:
        gmsh.finalize()
    return path


@pytest.mark.parametrize("suffix", [".msh", ".vtu", ".xdmf"])
@pytest.mark.parametrize("solid", [False, True])
def test_a_solid_comes_back_as_it_was_written(tmp_path, suffix, solid, capfd):
    network, path = lattices.triangular(2, 1, 16e-3), tmp_path / f"solid{suffix}"
    regions = build_solid(network, Shape(), solid)
    write_solid(network, regions, path)
    again = read_solid(network, str(path), 3 if solid else 2, "continuum")
    np.testing.assert_array_equal(again.cell_bonds, regions.cell_bonds)
    np.testing.assert_array_equal(again.cell_nodes, regions.cell_nodes)
    np.testing.assert_allclose(
        again.points[again.cells].mean(axis=1), regions.points[regions.cells].mean(axis=1), rtol=0, atol=1e-15
    )
    np.testing.assert_allclose(volumes(again), volumes(regions), rtol=1e-9)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("version", [2.2, 4.1])
def test_versions_of_gmsh_files(tmp_path, version):
    path = gmsh_file(tmp_path / "bar.msh", version)
    assert f"{version}" in path.read_text().splitlines()[1]
    bonds, nodes = by_region(read_solid(bar(), str(path), 2, "continuum"), bar())
    np.testing.assert_allclose(bonds, 28e-6, rtol=1e-9)
    np.testing.assert_allclose(nodes, 4e-6, rtol=1e-9)


def test_a_geo_is_meshed(tmp_path):
    path = tmp_path / "bar.geo"
    path.write_text(GEO)
    bonds, nodes = by_region(read_solid(bar(), str(path), 2, "continuum"), bar())
    disc, beyond = np.pi * 1.2e-3**2, np.sqrt(1.2**2 - 1) * 1e-6 + 1.2e-3**2 * np.arcsin(1 / 1.2)
    np.testing.assert_allclose(nodes, disc, rtol=0.06)
    assert bonds[0] + nodes.sum() == pytest.approx(32e-6 + 2 * (disc - beyond), rel=0.02)


def with_brick(path: Path, change=lambda points, groups: None, kind: str = "triangle") -> Path:
    """The brick of :mod:`printed` as data on the cells, after a change."""
    points, groups = brick()
    change(points, groups)
    cells = np.unique(np.concatenate(list(groups.values())), axis=0)
    data = {name: [np.array([int((own == cell).all(axis=1).any()) for cell in cells])] for name, own in groups.items()}
    meshio.Mesh(points, [(kind, cells)], cell_data=data).write(path)
    return path


def without_node(points, groups):
    groups["junction"] = groups.pop("node 2")


def doubled(points, groups):
    groups["node 1"] = np.concatenate([groups["node 1"], groups["bond 1-2"][:1]])


def folded(points, groups):
    points[[5, 0]] = points[[0, 5]] * [0.5, 1, 1]


def millimetres(points, groups):
    points *= 1e3


def micrometres(points, groups):
    points *= 1e6


def test_data_on_cells_name_the_groups(tmp_path):
    """As another program may write them: one array a group, by other orders and dashes."""

    def renamed(points, groups):
        groups["bond 2–1"] = groups.pop("bond 1-2")

    bonds, nodes = by_region(read_solid(BRICK, str(with_brick(tmp_path / "b.vtu", renamed)), 2, "continuum"), BRICK)
    np.testing.assert_allclose([*bonds, *nodes], [256e-6, 128e-6, 128e-6], rtol=1e-12)


@pytest.mark.parametrize("suffix", [".vtu", ".xdmf"])
@pytest.mark.parametrize(
    ("change", "message"),
    [
        (without_node, "there is no group 'node 2'; groups of triangles are: "),
        (doubled, "a cell is in two groups"),
        (folded, "cells are inverted or lie over their neighbours, the first in 'node 1'"),
        (millimetres, 'it seems to be in mm, which mesh_unit = "mm" states'),
        (micrometres, "it seems to be in µm"),
    ],
)
def test_solids_that_do_not_fit_the_network_are_refused(tmp_path, suffix, change, message):
    assert message in refusal(BRICK, with_brick(tmp_path / f"brick{suffix}", change))


def refusal(network, path, dimension: int = 2, kind: type[FemnnError] = MeshError) -> str:
    """The message with which a file is refused: one line that names the file."""
    with pytest.raises(kind) as caught:
        read_solid(network, str(path), dimension, "continuum")
    assert path.name in str(caught.value)
    assert "\n" not in str(caught.value)
    assert not gmsh.isInitialized()
    return str(caught.value)


def test_files_that_are_not_there_or_of_no_known_kind(tmp_path):
    assert "continuum: cannot read mesh_file" in refusal(BRICK, tmp_path / "none.msh", kind=ConfigError)
    assert "there is no such file" in refusal(BRICK, tmp_path / "none.msh", kind=ConfigError)
    path = tmp_path / "solid.stl"
    path.write_text("solid")
    assert "its suffix must be one of .msh, .vtu, .vtk, .xdmf, .inp, .med, .geo" in refusal(
        BRICK, path, kind=ConfigError
    )


@pytest.mark.parametrize("suffix", [".msh", ".geo", ".vtu", ".xdmf"])
@pytest.mark.parametrize("text", ["", "nonsense {", "$MeshFormat\n4.1 0 8\n$EndMeshFormat\n$Nodes\n1 1 x"])
def test_garbage_is_refused_in_one_line(tmp_path, suffix, text, capfd):
    """As no valid file, or where Gmsh finds nothing wrong with it, as holding no triangles; and nothing is printed."""
    path = tmp_path / f"garbage{suffix}"
    path.write_text(text)
    message = refusal(BRICK, path, kind=FemnnError)
    assert "it is no valid" in message or "holds no triangles" in message
    assert capfd.readouterr() == ("", "")


def test_files_of_another_dimension(tmp_path):
    """Triangles alone for a solid, and nothing but lines in the plane."""
    assert "holds no tetrahedra; mesh it in 3D" in refusal(bar(), gmsh_file(tmp_path / "bar.msh", 4.1), 3)
    assert "holds no tetrahedra" in refusal(BRICK, with_brick(tmp_path / "brick.vtu"), 3)
    path = tmp_path / "lines.vtu"
    meshio.Mesh(np.eye(3), [("line", [[0, 1], [1, 2]])]).write(path)
    assert "holds no triangles; mesh it in 2D" in refusal(BRICK, path)


def test_a_solid_is_not_read_in_the_plane(tmp_path):
    """Its tetrahedra are in groups, the triangles of its surface are not, or are not there."""
    network, path = bar(), tmp_path / "solid.msh"
    write_solid(network, build_solid(network, Shape(cells_across=1), True), path)
    assert "holds no triangles" in refusal(network, path)


@pytest.mark.parametrize("version", [2.2, 4.1])
@pytest.mark.parametrize("kind", ["squares", "second order", "squares of second order"])
def test_straight_cells_of_other_kinds_are_the_same_solid(tmp_path, version, kind):
    """Squares are split, which is said; cells of second order are taken by their corners."""
    order, square = 2 if "order" in kind else 1, "squares" in kind
    path = gmsh_file(tmp_path / "bar.msh", version, order, square)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", FemnnWarning)
        bonds, nodes = by_region(read_solid(bar(), str(path), 2, "continuum"), bar())
    np.testing.assert_allclose(bonds, 28e-6, rtol=1e-9)
    np.testing.assert_allclose(nodes, 4e-6, rtol=1e-9)
    assert ["quads are split into two triangles each" in str(warning.message) for warning in caught] == [True] * square


def test_cells_with_curved_sides_and_cells_of_other_kinds_are_refused(tmp_path):
    """The corners alone would be another solid."""
    path = tmp_path / "curved.vtu"
    points = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0.5, -0.01, 0], [0.5, 0.5, 0], [0, 0.5, 0]])
    meshio.Mesh(points, [("triangle6", [[0, 1, 2, 3, 4, 5]])]).write(path)
    assert "1 of 1 cells of the kind 'triangle6' have curved sides" in refusal(BRICK, path)
    path = tmp_path / "bricks.vtu"
    meshio.Mesh(np.random.default_rng(0).random((8, 3)), [("hexahedron", [list(range(8))])]).write(path)
    assert "cells of the kind 'hexahedron'; mesh it with tetrahedra of first order" in refusal(BRICK, path, 3)


def test_tetrahedra_of_second_order_are_taken_by_their_corners(tmp_path):
    network, path = bar(), tmp_path / "solid.msh"
    regions = build_solid(network, Shape(cells_across=1), True)
    write_solid(network, regions, path)
    gmsh.initialize()
    try:
        gmsh.option.setNumber("General.Terminal", 0)
        gmsh.merge(str(path))
        gmsh.model.mesh.setOrder(2)
        gmsh.write(str(path))
    finally:
        gmsh.finalize()
    assert "tetra10" in {block.kind for block in read_content(path).blocks}
    np.testing.assert_allclose(volumes(read_solid(network, str(path), 3, "continuum")), volumes(regions), rtol=1e-9)


def test_files_that_cannot_be_written_are_named(tmp_path):
    regions = build_solid(bar(), Shape(), False)
    with pytest.raises(ConfigError, match=r"its suffix must be one of .msh, .vtu, .xdmf"):
        write_solid(bar(), regions, tmp_path / "solid.stl")
    for suffix in (".msh", ".vtu", ".xdmf"):
        with pytest.raises(ConfigError, match=r"Cannot write .*solid"):
            write_solid(bar(), regions, tmp_path / "nowhere" / f"solid{suffix}")
    assert not gmsh.isInitialized()
