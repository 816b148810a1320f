"""Cells in named groups become the solid of a network, on any number of ranks, or one line says why not."""

import itertools

import numpy as np
import pytest
from mpi4py import MPI
from printed import BRICK, brick, by_region, frame

from femnn.errors import MeshError
from femnn.geometry.strips import Shape
from femnn.meshing.regions import SolidMesh, regions_of, solid_mesh
from femnn.meshing.solid_cells import SolidCells
from femnn.meshing.solid_cracks import check_uncracked
from femnn.meshing.solid_meshes import build_solid
from femnn.network import lattices
from femnn.network.network import Network
from femnn.runtime.ranks import for_root

COMM = MPI.COMM_WORLD
CASES = {
    "plane": (lattices.li2024(), Shape(), False),
    "extruded": (lattices.triangular(2, 1, 16e-3), Shape(cells_across=1, layers=1), True),
    "space": (frame([[0, 0, 0], [1, 0, 0], [0.4, 0.8, 0.3]], [[0, 1], [1, 2], [0, 2]]), Shape(cells_across=1), True),
}


def owned_volumes(mesh: SolidMesh) -> np.ndarray:
    solid = mesh.mesh
    dimension = solid.geometry.dim
    owned = solid.topology.index_map(dimension).size_local
    corners = solid.geometry.x[solid.geometry.dofmaps[0][:owned]][:, :, :dimension]
    return np.abs(np.linalg.det(corners[:, 1:] - corners[:, :1])) / {2: 2, 3: 6}[dimension]


def summed(mesh: SolidMesh, region: np.ndarray, count: int) -> np.ndarray:
    """Volumes by region over all ranks."""
    sizes = owned_volumes(mesh)
    region = region[: len(sizes)]
    return COMM.allreduce(np.bincount(region[region >= 0], sizes[region >= 0], count))


@pytest.mark.parametrize("name", CASES)
def test_a_distributed_solid_has_all_cells_and_groups(name):
    """Every bond and every node has the volume that it was built with, whatever number of ranks share it."""
    network, shape, solid = CASES[name]
    regions = for_root(COMM, lambda: build_solid(network, shape, solid))
    mesh = solid_mesh(network, regions, COMM)
    count = COMM.bcast(len(regions.cells) if regions else None)
    assert mesh.mesh.topology.index_map(mesh.mesh.topology.dim).size_global == count
    bonds, nodes = COMM.bcast(by_region(regions, network) if regions else None)
    np.testing.assert_allclose(summed(mesh, mesh.cell_bonds, len(bonds)), bonds, rtol=1e-12)
    np.testing.assert_allclose(summed(mesh, mesh.cell_nodes, len(nodes)), nodes, rtol=1e-12)
    assert ((mesh.cell_bonds >= 0) != (mesh.cell_nodes >= 0)).all()


@pytest.mark.parametrize("name", CASES)
def test_cells_and_what_moves_them_stay_with_their_points(name):
    """Cells of a bond are along it, those of a node about it, and V is across the bond and zero in nodes' regions."""
    network, shape, solid = CASES[name]
    mesh = solid_mesh(network, for_root(COMM, lambda: build_solid(network, shape, solid)), COMM)
    cells = mesh.mesh.geometry.dofmaps[0]
    middle = mesh.mesh.geometry.x[cells].mean(axis=1)[:, : network.dimension]
    in_bond = mesh.cell_bonds >= 0
    bond, node = mesh.cell_bonds[in_bond], mesh.cell_nodes[~in_bond]
    offset = middle[in_bond] - network.nodes[network.bonds[bond, 0]]
    share = (offset * network.bond_vectors[bond]).sum(axis=1) / network.lengths[bond] ** 2
    assert ((share > 0) & (share < 1)).all()
    assert (np.linalg.norm(offset - share[:, None] * network.bond_vectors[bond], axis=1) < 2e-3).all()
    assert (np.linalg.norm(middle[~in_bond] - network.nodes[node], axis=1) < 3e-3).all()
    assert not mesh.across[cells[~in_bond]].any()
    assert COMM.allreduce(float(np.abs(mesh.across).max(initial=0.0)), MPI.MAX) > 0.9e-3
    along = (mesh.across[cells[in_bond]][:, :, : network.dimension] * network.bond_vectors[bond, None]).sum(axis=2)
    touches_node = np.isin(cells[in_bond], cells[~in_bond]).any(axis=1)
    assert np.abs(along[~touches_node]).max(initial=0.0) < 1e-12 * network.lengths.max()


def test_an_error_of_the_build_is_raised_on_every_rank():
    with pytest.raises(MeshError, match="leaves nothing of bond 1–2"):
        for_root(COMM, lambda: build_solid(BRICK, Shape(pad_radius=0.03), False))


def made(change=lambda points, groups: None, network: Network = BRICK):
    """Regions of the brick after a change of its points and groups."""
    points, groups = brick()
    change(points, groups)
    return regions_of(network, solid(points, groups, np.concatenate(list(brick()[1].values()))), "brick.msh")


def solid(points: np.ndarray, groups: dict[str, np.ndarray], more: np.ndarray | None = None) -> SolidCells:
    """Cells of groups, and more cells that may repeat them."""
    parts = [*groups.values(), np.empty((0, 3), dtype=np.int64) if more is None else more]
    ends = np.cumsum([0, *map(len, parts)])
    rows = {name: np.arange(*span) for name, span in zip(groups, itertools.pairwise(ends), strict=False)}
    return SolidCells(points, np.concatenate(parts), rows, {})


@pytest.mark.serial
@pytest.mark.parametrize("name", ["bond 1-2", "bond 1–2", "bond 2-1", "bond 2–1", " bond 1-2 "])
def test_groups_of_bonds_by_either_dash_and_either_order(name):
    def renamed(points, groups):
        groups[name] = groups.pop("bond 1-2")
        groups["further"] = groups["node 1"]

    regions = made(renamed)
    np.testing.assert_array_equal(regions.cell_bonds, [0, 0, 0, 0, -1, -1, -1, -1])
    np.testing.assert_array_equal(regions.cell_nodes, [-1, -1, -1, -1, 0, 0, 1, 1])
    assert regions.points.shape == (10, 2)


def removed(points, groups):
    del groups["node 2"]


def emptied(points, groups):
    groups["bond 1-2"] = groups["bond 1-2"][:0]


def folded(points, groups):
    """A corner beyond the side opposite to it: its cells lie over their neighbours."""
    points[[5, 0]] = points[[0, 5]] * [0.5, 1, 1]


def flat(points, groups):
    points[5] = (points[0] + points[6]) / 2


def doubled(points, groups):
    groups["node 1"] = np.concatenate([groups["node 1"], groups["bond 1-2"][:1, [1, 2, 0]]])


def left_out(points, groups):
    groups["bond 1-2"] = groups["bond 1-2"][:3]


def in_millimetres(points, groups):
    points *= 1e3


def moved(points, groups):
    points[:, 1] += 0.01


def tilted(points, groups):
    points[:, 2] = 0.1 * points[:, 0]


def torn(points, groups):
    groups["node 1"], groups["bond 1-2"] = (
        np.concatenate([groups["node 1"], groups["bond 1-2"][2:]]),
        groups["bond 1-2"][:2],
    )


BAD = {
    "missing": (removed, "there is no group 'node 2'; groups of triangles are: 'node 1', 'bond 1-2'."),
    "empty": (emptied, "no cell is in group 'bond 1–2'; groups of triangles are:"),
    "folded": (folded, "cells are inverted or lie over their neighbours, the first in 'node 1' near ("),
    "flat": (flat, "1 of 8 cells are flat, the first in 'node 1' near (0, 0) m"),
    "in two": (doubled, "a cell is in two groups, 'bond 1–2' and 'node 1'; each cell must be in one"),
    "in none": (left_out, "1 of 8 cells are in no group of a bond or a node; add them to one"),
    "mm": (
        in_millimetres,
        "the node at (0.048, 0) m; it seems to be in mm, which mesh_unit",
    ),
    "elsewhere": (moved, "the region of node 1 is about (0, 0.01) m, the node at (0, 0) m; coordinates must be"),
    "out of plane": (tilted, "its triangles do not lie in a plane"),
    "in parts": (torn, "the region of node 1 is in 2 parts"),
}


@pytest.mark.serial
@pytest.mark.parametrize("name", BAD)
def test_what_is_no_solid_is_named_in_one_line(name):
    change, message = BAD[name]
    with pytest.raises(MeshError) as caught:
        made(change)
    assert str(caught.value).startswith("frame: brick.msh cannot be used: ")
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.serial
@pytest.mark.parametrize("name", ["BOND_2_1", "bond-1-2", "Bond%201-2", "bond1_2"])
def test_groups_as_other_programs_can_name_them(name):
    """Names without spaces, in capitals, or with spaces encoded, as in older VTK files and Abaqus."""

    def renamed(points, groups):
        groups[name] = groups.pop("bond 1-2")
        groups["NODE-1"] = groups.pop("node 1")

    assert made(renamed).cell_bonds.tolist() == [0, 0, 0, 0, -1, -1, -1, -1]


@pytest.mark.serial
def test_the_order_of_a_cells_corners_means_nothing():
    """And a cell that the file holds twice is one."""

    def shuffled(points, groups):
        groups["bond 1-2"] = groups["bond 1-2"][[0, 1, 2, 3, 1]][:, ::-1].copy()
        groups["node 1"][1] = groups["node 1"][1, ::-1].copy()

    np.testing.assert_allclose(by_region(made(shuffled), BRICK)[0], by_region(made(), BRICK)[0], rtol=1e-12)
    assert len(made(shuffled).cells) == 8


def crack(share: float):
    """The last two squares on points of their own, which lie a share of a side beside the others'."""
    points, groups = brick()
    groups["node 2"] = np.where(groups["node 2"] == 3, 10, groups["node 2"])
    groups["node 2"][groups["node 2"] == 8] = 11
    return np.concatenate([points, points[[3, 8]] + [share * 16e-3, 0, 0]]), groups


@pytest.mark.serial
def test_a_crack_between_points_that_lie_on_each_other_is_refused():
    """Also where one of them is shared, so that the regions still meet."""
    points, groups = crack(1e-5)
    with pytest.raises(MeshError, match=r"at \(0\.04, -0\.004\) m two points lie on each other \(2 such pairs\)"):
        regions_of(BRICK, solid(points, groups), "brick.msh")
    groups["node 2"][groups["node 2"] == 11] = 8
    with pytest.raises(MeshError, match=r"two points lie on each other \(1 such pairs\), so that the solid is cracked"):
        regions_of(BRICK, solid(points, groups), "brick.msh")


@pytest.mark.serial
def test_regions_with_a_gap_do_not_meet():
    with pytest.raises(MeshError, match="bond 1–2 and node 2 do not meet, no cells share a side"):
        regions_of(BRICK, solid(*crack(0.01)), "brick.msh")


@pytest.mark.serial
def test_a_point_on_the_side_of_another_cell_is_refused():
    """A region that was meshed by itself, finer than its neighbour: the two share corners and come apart between."""
    points, groups = brick()
    points = np.concatenate([points, [(points[3] + points[8]) / 2, (points[4] + points[9]) / 2]])
    groups["node 2"] = np.array([[3, 4, 11], [3, 11, 10], [10, 11, 9], [10, 9, 8]])
    with pytest.raises(MeshError, match=r"the point at \(0\.04, 0\) m lies on a side of a cell that has no corner"):
        regions_of(BRICK, solid(points, groups), "brick.msh")


@pytest.mark.serial
def test_a_point_on_the_side_of_a_tetrahedron_is_refused():
    """Two towers of tetrahedra, one of whose common face is divided on one side alone."""
    corners = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0.3, 0.3, 1], [0.3, 0.3, -1], [0.25, 0.25, 0]], dtype=float)
    halves = np.array([[0, 1, 2, 3], [0, 1, 5, 4], [1, 2, 5, 4], [2, 0, 5, 4]])
    with pytest.raises(MeshError, match=r"the point at \(0\.25, 0\.25, 0\) m lies on a side of a cell"):
        check_uncracked(corners, halves, "x")
    check_uncracked(corners[:5], np.array([[0, 1, 2, 3], [0, 1, 2, 4]]), "x")


@pytest.mark.serial
def test_coordinates_that_are_not_finite_matter_where_cells_have_them():
    points, groups = brick()
    regions_of(BRICK, solid(np.vstack([points, [np.nan] * 3]), groups), "brick.msh")
    points[0, 1] = np.nan
    with pytest.raises(MeshError, match="a corner of a cell in 'node 1' has coordinates that are not finite"):
        regions_of(BRICK, solid(points, groups), "brick.msh")


@pytest.mark.serial
def test_bonds_that_meet_beyond_their_node_are_refused():
    """Five squares in a row and three above: the two bonds share a side over node 2, where V would be two things."""
    network = frame([[0, 0], [2, 0], [4, 0]], [[0, 1], [1, 2]])
    x, y = np.meshgrid(16e-3 * np.arange(-0.5, 5), 16e-3 * np.arange(-0.5, 2))
    points = np.column_stack([x.ravel(), y.ravel(), np.zeros(18)])
    squares = np.array([[[i, i + 1, i + 7], [i, i + 7, i + 6]] for i in (0, 1, 2, 3, 4, 7, 8, 9)])
    places = {"node 1": [0], "bond 1-2": [1, 5, 6], "node 2": [2], "bond 2-3": [3, 7], "node 3": [4]}
    groups = {name: squares[squares_of].reshape(-1, 3) for name, squares_of in places.items()}
    with pytest.raises(MeshError, match="x cannot be used: bond 1–2 and bond 2–3 meet; a bond must meet its nodes and"):
        regions_of(network, solid(points, groups), "x")
    places["node 2"], places["bond 1-2"] = [2, 6], [1, 5]
    groups = {name: squares[squares_of].reshape(-1, 3) for name, squares_of in places.items()}
    assert len(regions_of(network, solid(points, groups), "x").cells) == 16
