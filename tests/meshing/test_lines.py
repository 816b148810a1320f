"""A mesh of lines is the network: every bond and every node is in it once, on any number of ranks."""

import numpy as np
import pytest
from dolfinx import mesh as dmesh
from mpi4py import MPI
from reference import NETWORKS, each_dimension

from femnn.errors import MeshError
from femnn.meshing.lines import LineMesh, line_mesh
from femnn.network import lattices


def evenly(cells):
    """Divisions of every bond into cells of equal length."""
    return np.arange(1, cells) / cells


each_subdivision = pytest.mark.parametrize("cells_per_bond", [1, 3])


def cell_nodes(lines: LineMesh) -> np.ndarray:
    """Geometry nodes at the ends of the cells of this rank, shape (cells, 2)."""
    return np.asarray(lines.mesh.geometry.dofmaps[0])


@each_dimension
@each_subdivision
def test_cells_and_vertices_are_as_many_as_the_network_asks_for(dimension, cells_per_bond):
    """Bonds joined at a node share its vertex, however the mesh is distributed."""
    network = NETWORKS[dimension]
    topology = line_mesh(network, MPI.COMM_WORLD, evenly(cells_per_bond)).mesh.topology
    bonds, nodes = len(network.bonds), len(network.nodes)
    assert topology.index_map(1).size_global == bonds * cells_per_bond
    assert topology.index_map(0).size_global == nodes + bonds * (cells_per_bond - 1)


@each_dimension
@each_subdivision
def test_geometry_nodes_lead_to_the_coordinates_of_the_network(dimension, cells_per_bond):
    """Each node of the network is on some rank, where its number says it is; nodes inside bonds are marked as such."""
    network, comm = NETWORKS[dimension], MPI.COMM_WORLD
    lines = line_mesh(network, comm, evenly(cells_per_bond))
    at_node = lines.geometry_nodes >= 0
    nodes = lines.geometry_nodes[at_node]
    np.testing.assert_array_equal(lines.mesh.geometry.x[at_node, : network.dimension], network.nodes[nodes])
    assert set().union(*comm.allgather(nodes.tolist())) == set(range(len(network.nodes)))
    inside = lines.mesh.geometry.x[~at_node, : network.dimension]
    distances = np.linalg.norm(inside[:, None] - network.nodes, axis=2)
    assert comm.allreduce(distances.min(initial=np.inf), MPI.MIN) >= 0.999 * network.lengths.min() / cells_per_bond


@each_dimension
@each_subdivision
def test_cells_lie_on_the_bond_that_they_are_said_to_be_of(dimension, cells_per_bond):
    """The cells of a bond are on the line between its nodes and make up its length."""
    network, comm = NETWORKS[dimension], MPI.COMM_WORLD
    lines = line_mesh(network, comm, evenly(cells_per_bond))
    ends = lines.mesh.geometry.x[cell_nodes(lines), : network.dimension]
    start, along = network.nodes[network.bonds[:, 0]][lines.cell_bonds], network.bond_vectors[lines.cell_bonds]
    from_start = ends - start[:, None]
    share = (from_start * along[:, None]).sum(axis=2) / (along**2).sum(axis=1)[:, None]
    np.testing.assert_allclose(
        from_start, share[:, :, None] * along[:, None], rtol=0, atol=1e-12 * np.ptp(network.nodes)
    )
    assert ((share > -1e-12) & (share < 1 + 1e-12)).all()
    owned = lines.mesh.topology.index_map(1).size_local
    lengths = np.abs(share[:, 1] - share[:, 0])[:owned]
    covered = comm.allreduce(np.bincount(lines.cell_bonds[:owned], weights=lengths, minlength=len(network.bonds)))
    np.testing.assert_allclose(covered, 1, rtol=1e-12)


def test_ends_of_cells_are_the_nodes_of_the_bond():
    """With one cell a bond, the vertices of a cell are the two nodes of its bond."""
    network = lattices.triangular(5, 4, 1.0)
    lines = line_mesh(network, MPI.COMM_WORLD)
    found = np.sort(lines.geometry_nodes[cell_nodes(lines)], axis=1)
    np.testing.assert_array_equal(found, np.sort(network.bonds[lines.cell_bonds], axis=1))


def test_a_mesh_that_came_apart_is_refused(monkeypatch):
    """A cell that is lost on the way is noticed on every rank."""
    create = dmesh.create_mesh

    def losing_a_cell(comm, cells, *rest):
        return create(comm, cells[1:], *rest)

    monkeypatch.setattr(dmesh, "create_mesh", losing_a_cell)
    with pytest.raises(MeshError, match=r"li2024: the mesh has 27 cells .* asks for 28"):
        line_mesh(NETWORKS["2D"], MPI.COMM_WORLD)


def test_divisions_may_differ_from_bond_to_bond():
    """Thinned ends of other lengths put the inner points elsewhere; places along the bond count from its first node."""
    network = NETWORKS["2D"]
    shares = np.linspace(0.1, 0.4, len(network.bonds))
    lines = line_mesh(network, MPI.COMM_WORLD, np.column_stack([shares, 1 - shares]))
    places = np.asarray(lines.mesh.geometry.x)[lines.mesh.geometry.dofmaps[0]][:, :, :2]
    lengths = np.linalg.norm(places[:, 1] - places[:, 0], axis=1) / network.lengths[lines.cell_bonds]
    ends = shares[lines.cell_bonds]
    np.testing.assert_allclose(lengths, np.where(lines.cell_places == 1, 1 - 2 * ends, ends), rtol=1e-12)
