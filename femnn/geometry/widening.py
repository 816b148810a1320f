"""How a solid changes its shape when a bond becomes wider or thicker, so that k can act through its outline.

The points X of a bond's region go to X + (η − 1) V(X), η the bond's width over that of the mesh. V points across the
bond and is the distance from its axis; towards the regions of the nodes, which keep their shape, V fades out over a
quarter of the width that the bond has there. Where cells are not in layers, in space and between bonds of unequal
thickness, that would turn some of them inside out: there it fades out over the longer side of the cross-section.
"""

from typing import Protocol

import numpy as np
import numpy.typing as npt

from femnn.geometry.frames import bond_frames
from femnn.geometry.strips import end_widths
from femnn.network.network import Network

type Floats = npt.NDArray[np.float64]
type Integers = npt.NDArray[np.int64]


FADE = 0.25
"""Length over which V fades out in the plane and in layers, as a share of the width at the bond's end."""


class Solid(Protocol):
    """Simplices with the bond that each belongs to; see :class:`femnn.meshing.regions.Regions`."""

    @property
    def points(self) -> Floats:
        """Coordinates (m), shape (n, g)."""

    @property
    def cells(self) -> Integers:
        """Corners of each cell, shape (m, g + 1)."""

    @property
    def cell_bonds(self) -> Integers:
        """Bond of each cell, −1 in a node's region, shape (m,)."""


def widening(network: Network, solid: Solid) -> tuple[Floats, Floats]:
    """V of the width and V of the thickness at every point (m), each of shape (n, g)."""
    dimension = solid.points.shape[1]
    in_bond = solid.cell_bonds >= 0
    at_node = np.zeros(len(solid.points), dtype=np.bool_)
    at_node[solid.cells[~in_bond]] = True
    pairs = np.column_stack([solid.cells[in_bond].ravel(), np.repeat(solid.cell_bonds[in_bond], dimension + 1)])
    point, bond = np.unique(pairs, axis=0).T
    # Bonds that touch at a point, as struts in space may, must move it alike
    at_node |= np.bincount(point, minlength=len(solid.points)) > 1
    t, n, b = (axes[bond, :dimension] for axes in bond_frames(network))
    origins = np.pad(network.nodes, ((0, 0), (0, 3 - network.dimension)))[:, :dimension]
    offset = solid.points[point] - origins[network.bonds[bond, 0]]
    along, length = (offset * t).sum(axis=1), network.lengths[bond]
    faded = _faded(_fade_lengths(network, solid), bond, along, length, at_node[point])
    across, out = np.zeros_like(solid.points), np.zeros_like(solid.points)
    across[point] = (faded * (offset * n).sum(axis=1))[:, None] * n
    if dimension == 3:
        out[point] = (faded * (offset * b).sum(axis=1))[:, None] * b
    return across, out


def _fade_lengths(network: Network, solid: Solid) -> Floats:
    """Length over which V fades out at either end of each bond (m), shape (B,)."""
    ends = end_widths(network)
    heights = np.ptp(solid.points[solid.cells][:, :, 2:], axis=1)
    layered = network.dimension == 2 and np.allclose(heights, heights[0], rtol=1e-6, atol=0.0)
    return FADE * ends if layered else np.maximum(ends, network.sections.thickness)


def _faded(lengths: Floats, bond: Integers, along: Floats, length: Floats, at_node: npt.NDArray[np.bool_]) -> Floats:
    """1 in the bond, falling to 0 over these lengths at the regions of its nodes."""
    reach = np.zeros((len(lengths), 2))
    ends = np.column_stack([along, length - along])
    near = np.argmin(ends, axis=1)
    np.maximum.at(reach, (bond[at_node], near[at_node]), ends[at_node, near[at_node]])
    ramp = (ends - reach[bond]) / lengths[bond, None]
    return np.clip(ramp, 0.0, 1.0).min(axis=1)
