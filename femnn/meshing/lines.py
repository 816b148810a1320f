"""A network as a DOLFINx mesh of intervals that branches at the nodes.

A facet of an interval mesh is a vertex, and at a node of the network many bonds share it. Both the partitioner and
``create_mesh`` must be told how many: left at two, joints come apart when the mesh is distributed. Counts are therefore
checked against the network whenever a mesh is made.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from femnn.errors import MeshError
from femnn.network.network import Network
from femnn.runtime.stack import MPI, basix, dmesh, graph, ufl

type Integers = npt.NDArray[np.int64]


@dataclass(frozen=True)
class LineMesh:
    """A mesh of intervals and the ways back to the network that it was made from.

    Cells and vertices are renumbered and distributed by DOLFINx; the two maps undo that.
    """

    network: Network
    mesh: dmesh.Mesh
    cell_bonds: Integers
    """Bond to which each cell of this rank belongs, ghosts included."""
    cell_places: Integers
    """Place of each cell of this rank along its bond, 0 at the bond's first node."""
    geometry_nodes: Integers
    """Node of the network at each geometry node of this rank, −1 inside a bond."""

    @property
    def narrowing(self) -> npt.NDArray[np.float64]:
        """Width of each cell as a share of its bond's; thinned ends are the first and the last cell of a bond."""
        sections = self.network.sections
        ends = (self.cell_places == 0) | (self.cell_places == self.cell_places.max(initial=0))
        thinned = ends & (sections.end_share[self.cell_bonds] > 0)
        return np.where(thinned, sections.end_width[self.cell_bonds], 1.0)


def line_mesh(network: Network, comm: MPI.Comm, divisions: npt.NDArray[np.float64] | None = None) -> LineMesh:
    """Mesh every bond with intervals; cells that meet at a node share its vertex.

    Args:
        network: the network, the same on every rank.
        comm: communicator over which the mesh is distributed.
        divisions: where each bond is divided, as ascending shares of its length between 0 and 1, shape (B, n) for n + 1
            cells a bond, or (n,) for all bonds alike; one cell a bond where left out.

    Raises:
        MeshError: the mesh has not the cells and vertices that the network asks for.
    """
    alike = np.empty(0) if divisions is None else divisions
    shares = np.broadcast_to(alike, (len(network.bonds), alike.shape[-1]))
    cells_per_bond = shares.shape[1] + 1
    points, cells = _subdivided(network, shares) if comm.rank == 0 else _nothing(network)
    degree = max(network.largest_degree, 2)
    partitioner = dmesh.create_cell_partitioner(graph.partitioner(), dmesh.GhostMode.shared_facet, degree)
    element = basix.ufl.element("Lagrange", "interval", 1, shape=(network.dimension,))
    mesh = dmesh.create_mesh(comm, cells, ufl.Mesh(element), points, partitioner, degree)
    _check_counts(network, mesh, cells_per_bond)
    inputs = np.asarray(mesh.geometry.input_global_indices, dtype=np.int64)
    cells_in_order = np.asarray(mesh.topology.original_cell_index, dtype=np.int64)
    return LineMesh(
        network,
        mesh,
        cells_in_order // cells_per_bond,
        cells_in_order % cells_per_bond,
        np.where(inputs < len(network.nodes), inputs, -1),
    )


def _subdivided(network: Network, shares: npt.NDArray[np.float64]) -> tuple[npt.NDArray[np.float64], Integers]:
    """Points and cells, bond after bond: the network's nodes come first, then the inner points of each bond."""
    count, inner = len(network.nodes), shares.shape[1]
    start, end = network.nodes[network.bonds[:, 0]], network.nodes[network.bonds[:, 1]]
    between = start[:, None] + shares[:, :, None] * (end - start)[:, None]
    numbers = count + np.arange(len(network.bonds) * inner).reshape(len(network.bonds), inner)
    chain = np.hstack([network.bonds[:, :1], numbers, network.bonds[:, 1:]])
    cells = np.stack([chain[:, :-1], chain[:, 1:]], axis=2).reshape(-1, 2)
    return np.vstack([network.nodes, between.reshape(-1, network.dimension)]), cells


def _nothing(network: Network) -> tuple[npt.NDArray[np.float64], Integers]:
    return np.empty((0, network.dimension)), np.empty((0, 2), dtype=np.int64)


def _check_counts(network: Network, mesh: dmesh.Mesh, cells_per_bond: int) -> None:
    bonds, nodes = len(network.bonds), len(network.nodes)
    expected = (bonds * cells_per_bond, nodes + bonds * (cells_per_bond - 1))
    found = tuple(mesh.topology.index_map(dimension).size_global for dimension in (1, 0))
    if found != expected:
        raise MeshError(
            f"{network.name}: the mesh has {found[0]} cells and {found[1]} vertices, the network asks for "
            f"{expected[0]} and {expected[1]}: bonds have come apart or merged in distributing it."
        )
