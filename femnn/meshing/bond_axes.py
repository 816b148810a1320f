"""Where a solid mesh has the axes of its bonds, and its nodes where the axes meet."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from femnn.errors import MeshError
from femnn.geometry.strips import thinned
from femnn.meshing.cuts import BondCells
from femnn.meshing.regions import Regions
from femnn.network.network import Network

type Floats = npt.NDArray[np.float64]

CUTS = 8
"""Cross-sections that are taken of a bar, at the points of Gauss's rule, which no regular mesh has its vertices at."""
CENTRAL = 0.48
"""The bar is never taken to begin further from its node than this share of the bond's length."""
CURVED = 0.1
"""The middles of a straight bond's cross-sections lie on a line to this share of its width."""
PARALLEL = 0.02
"""Axes that part by less than some 11° do not say where along them their node is."""
BESIDE = 0.25
"""Where axes do not say it, the node may be beside the middle of its region by this share of the region's size."""


@dataclass(frozen=True)
class Bars:
    """Between which places the bars of the bonds are measured (m), each of shape (B,)."""

    start: Floats
    end: Floats

    def places(self, bond: int) -> Floats:
        """Where a bond is cut (m), shape (n,)."""
        return spaced(self.start[bond], self.end[bond])


def spaced(start: float, end: float) -> Floats:
    """The points of Gauss's rule between two places, shape (n,)."""
    points, _ = np.polynomial.legendre.leggauss(CUTS)
    return np.asarray((start + end) / 2 + (end - start) / 2 * points, dtype=np.float64)


def middles(cells: BondCells, where: str) -> Bars:
    """The middle half of each bond's bar, or what of it is not in the regions of its nodes.

    No slope at a thinned end reaches into it: slopes are half in the end, so that they end within twice its length.

    Raises:
        MeshError: the regions of its nodes leave no whole cross-section of a bond.
    """
    network, (first, last) = cells.network, cells.free.T
    hidden = np.flatnonzero(last <= first)
    if hidden.size:
        raise MeshError(
            f"{network.name}: {where} cannot be used: the regions of its nodes leave no whole cross-section of bond "
            f"{network.bond_name(int(hidden[0]))}; make them smaller."
        )
    share = np.where(thinned(network), network.sections.end_share, 0.0)
    begin = np.minimum(np.maximum(1 / 4 + share / 2, 2 * share), CENTRAL) * network.lengths
    start, end = np.maximum(begin, first), np.minimum(network.lengths - begin, last)
    within = start < end
    return Bars(np.where(within, start, first), np.where(within, end, last))


def node_places(cells: BondCells, regions: Regions, bars: Bars, where: str) -> Floats:
    """Where the axes of the bonds that meet at each node come nearest to each other (m), shape (N, d).

    Along the axes of a node whose bonds are all in line, the node is where the network has it, or in the middle of its
    region where the network's place is beside that.

    Raises:
        MeshError: a bond is curved.
    """
    network = cells.network
    origins, axes = _fitted(cells, bars, where)
    across = np.eye(network.dimension) - axes[:, :, None] * axes[:, None]
    matrix = np.zeros((len(network.nodes), network.dimension, network.dimension))
    vector = np.zeros_like(network.nodes)
    offsets = origins[:, None] - network.nodes[network.bonds]
    np.add.at(matrix, network.bonds, across[:, None])
    np.add.at(vector, network.bonds, np.einsum("bij,bej->bei", across, offsets))
    values, vectors = np.linalg.eigh(matrix)
    along = np.einsum("nji,nj->ni", vectors, vector)
    known = values > PARALLEL
    moves = np.where(known, along / np.where(known, values, 1.0), _beside(network, regions, vectors))
    return np.asarray(network.nodes + np.einsum("nji,ni->nj", vectors, moves), dtype=np.float64)


def _fitted(cells: BondCells, bars: Bars, where: str) -> tuple[Floats, Floats]:
    """A point on each bond's axis (m) and its direction, each of shape (B, d)."""
    network = cells.network
    count, d = len(network.bonds), network.dimension
    origins, axes = np.empty((count, d)), np.empty((count, d))
    for bond in range(count):
        places = bars.places(bond)
        cuts = cells.cut(bond, places)
        centres = cuts.centre[:, : d - 1]
        slope, offset = np.polyfit(places, centres, 1)
        if np.abs(centres - places[:, None] * slope - offset).max() > CURVED * cuts.width.max():
            raise MeshError(
                f"{network.name}: {where} cannot be used: bond {network.bond_name(bond)} is not straight; k = E·w·t/L "
                "is that of a straight bond."
            )
        origins[bond] = network.nodes[network.bonds[bond, 0]] + cells.directions(bond)[1:d, :d].T @ offset
        axis = cells.directions(bond)[:d, :d].T @ [1.0, *slope]
        axes[bond] = axis / np.linalg.norm(axis)
    return origins, axes


def _beside(network: Network, regions: Regions, directions: Floats) -> Floats:
    """From each node to the middle of its region along directions (m), shape (N, d); zero where the region has it."""
    d, own = network.dimension, regions.cell_nodes >= 0
    corners, node = regions.points[regions.cells[own]], regions.cell_nodes[own]
    sizes = np.abs(np.linalg.det(corners[:, 1:] - corners[:, :1]))
    total = np.bincount(node, sizes, len(network.nodes))
    weighted = sizes[:, None] * corners.mean(axis=1)[:, :d]
    middle = np.column_stack([np.bincount(node, part, len(network.nodes)) for part in weighted.T]) / total[:, None]
    extent = np.zeros((len(network.nodes), d))
    for i in range(d):
        along = (corners[:, :, :d] * directions[node, None, :, i]).sum(axis=2)
        low, high = np.full(len(network.nodes), np.inf), np.full(len(network.nodes), -np.inf)
        np.minimum.at(low, node, along.min(axis=1))
        np.maximum.at(high, node, along.max(axis=1))
        extent[:, i] = high - low
    found = np.einsum("nji,nj->ni", directions, middle - network.nodes)
    return np.where(np.abs(found) > BESIDE * extent, found, 0.0)
