"""Cross-sections of the bonds of a solid mesh, by cutting its cells with planes across the bonds.

A plane cuts a triangle in a segment and a tetrahedron in a triangle or a quadrilateral, whose size and moments are
exact. Strips and struts with straight sides are therefore measured to rounding, whatever their cells.
"""

from dataclasses import dataclass
from functools import cached_property
from math import factorial

import numpy as np
import numpy.typing as npt

from femnn.geometry.frames import bond_frames
from femnn.meshing.regions import Regions
from femnn.network.network import Network

type Floats = npt.NDArray[np.float64]
type Integers = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Cuts:
    """Cross-sections of one bond at n places along it, in coordinates across it and, in space, out of the plane."""

    size: Floats
    """Width in the plane (m), area in space (m²), shape (n,)."""
    centre: Floats
    """Middle of each cross-section (m), shape (n, 1) in the plane, (n, 2) in space."""
    spread: Floats
    """Second moments about the middle (m³ or m⁴), of the same shape."""

    @property
    def width(self) -> Floats:
        """Width (m), shape (n,); in space that of the rectangle of the same area and the same ratio of moments."""
        if self.spread.shape[1] == 1:
            return self.size
        return np.sqrt(self.size * np.sqrt(self.spread[:, 0] / self.spread[:, 1]))

    @property
    def thickness(self) -> Floats | None:
        """Thickness (m), shape (n,), width times thickness being the area; None in the plane."""
        return self.size / self.width if self.spread.shape[1] == 2 else None


class BondCells:
    """The cells of each bond, in coordinates along the bond from its first node, across it and out of the plane.

    Attributes:
        network: the network whose bonds are cut.
        free: between which places along each bond its cells make up whole cross-sections, beyond where it meets the
            regions of its nodes (m), shape (B, 2).
    """

    def __init__(self, network: Network, regions: Regions) -> None:
        """Sort the cells by bond.

        Args:
            network: the network.
            regions: its solid mesh.
        """
        self.network, self._regions = network, regions
        self._dimension = regions.points.shape[1]
        self._axes = np.stack(bond_frames(network), axis=1)[:, : self._dimension, : self._dimension]
        nodes = np.pad(network.nodes, ((0, 0), (0, 3 - network.dimension)))
        self._origins = nodes[network.bonds[:, 0], : self._dimension]
        self._order = np.argsort(regions.cell_bonds, kind="stable")
        self._starts = np.searchsorted(regions.cell_bonds[self._order], np.arange(len(network.bonds) + 1))
        self.free = np.array([self._whole(bond) for bond in range(len(network.bonds))])

    def cut(self, bond: int, places: Floats) -> Cuts:
        """Cross-sections of a bond.

        Args:
            bond: its index.
            places: along the bond (m), shape (n,), each within :attr:`free`.
        """
        pieces, place = _pieces(self._corners(bond), places)
        g = self._dimension
        sizes = np.abs(np.linalg.det(pieces[:, 1:] - pieces[:, :1])) / factorial(g - 1)
        sums, squares = pieces.sum(axis=1), (pieces**2).sum(axis=1)
        first, second = sizes[:, None] * sums / g, sizes[:, None] * (squares + sums**2) / (g * (g + 1))

        def total(parts: Floats) -> Floats:
            return np.column_stack([np.bincount(place, part, len(places)) for part in parts.T])

        size = total(sizes[:, None])
        safe = np.where(size > 0, size, 1.0)
        return Cuts(size[:, 0], total(first) / safe, total(second) - total(first) ** 2 / safe)

    def directions(self, bond: int) -> Floats:
        """Unit vectors along a bond, across it and, in space, out of the plane, shape (g, g)."""
        return np.asarray(self._axes[bond], dtype=np.float64)

    def _cells(self, bond: int) -> Integers:
        return self._regions.cells[self._order[self._starts[bond] : self._starts[bond + 1]]]

    def _corners(self, bond: int) -> Floats:
        corners = self._regions.points[self._cells(bond)] - self._origins[bond]
        return np.asarray(corners @ self._axes[bond].T, dtype=np.float64)

    @cached_property
    def _at_node(self) -> npt.NDArray[np.bool_]:
        """Points in the region of a node."""
        found = np.zeros(len(self._regions.points), dtype=np.bool_)
        found[self._regions.cells[self._regions.cell_bonds < 0]] = True
        return found

    def _whole(self, bond: int) -> tuple[float, float]:
        length = float(self.network.lengths[bond])
        along = self._corners(bond)[:, :, 0][self._at_node[self._cells(bond)]]
        first, last = along[along < length / 2], along[along >= length / 2]
        return float(first.max(initial=0.0)), float(last.min(initial=length))


def _pieces(corners: Floats, places: Floats) -> tuple[Floats, Integers]:
    """What planes cut of simplices: segments or triangles, shape (pieces, g, g − 1), and the plane of each piece."""
    g = corners.shape[2]
    order = np.argsort(corners[:, :, 0], axis=1)
    corners = np.take_along_axis(corners, order[:, :, None], axis=1)
    # Number of corners behind each plane, by plane and simplex
    behind = (corners[None, :, :, 0] < places[:, None, None]).sum(axis=2)
    pieces, planes = [], []
    for count in range(1, g + 1):
        plane, cell = np.nonzero(behind == count)
        one, other = corners[cell, :count, None], corners[cell][:, None, count:]
        share = (places[plane, None, None, None] - one[..., :1]) / (other[..., :1] - one[..., :1])
        points = (one + share * (other - one))[..., 1:]
        if points.shape[1:3] == (2, 2):
            # A quadrilateral: its corners in order, and it as two triangles
            ring = np.stack([points[:, 0, 0], points[:, 0, 1], points[:, 1, 1], points[:, 1, 0]], axis=1)
            pieces += [ring[:, [0, 1, 2]], ring[:, [0, 2, 3]]]
            planes += [plane, plane]
        else:
            pieces.append(points.reshape(len(points), g, g - 1))
            planes.append(plane)
    return np.concatenate(pieces), np.concatenate(planes)
