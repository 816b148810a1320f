"""How a body changes its shape when a bond becomes wider or thicker, so that k can act through its outline.

The points X of a bond's region go to X + (η − 1) V(X), η the bond's width over that of the mesh. V points across the
bond and is the distance from its axis; towards the regions of the nodes, which keep their shape, V fades out over half
a width.
"""

from typing import Protocol

import numpy as np
import numpy.typing as npt

from femnn.meshing.frames import bond_frames
from femnn.network import Network

type Floats = npt.NDArray[np.float64]
type Integers = npt.NDArray[np.int64]


class Body(Protocol):
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


def widening(network: Network, body: Body) -> tuple[Floats, Floats]:
    """V of the width and V of the thickness at every point (m), each of shape (n, g)."""
    dimension = body.points.shape[1]
    in_bond = body.cell_bonds >= 0
    at_node = np.zeros(len(body.points), dtype=np.bool_)
    at_node[body.cells[~in_bond]] = True
    pairs = np.column_stack([body.cells[in_bond].ravel(), np.repeat(body.cell_bonds[in_bond], dimension + 1)])
    point, bond = np.unique(pairs, axis=0).T
    t, n, b = (axes[bond, :dimension] for axes in bond_frames(network))
    origins = np.pad(network.nodes, ((0, 0), (0, 3 - network.dimension)))[:, :dimension]
    offset = body.points[point] - origins[network.bonds[bond, 0]]
    along, length = (offset * t).sum(axis=1), network.lengths[bond]
    faded = _faded(network, bond, along, length, at_node[point])
    across, out = np.zeros_like(body.points), np.zeros_like(body.points)
    across[point] = (faded * (offset * n).sum(axis=1))[:, None] * n
    if dimension == 3:
        out[point] = (faded * (offset * b).sum(axis=1))[:, None] * b
    across[at_node] = out[at_node] = 0.0
    return across, out


def _faded(network: Network, bond: Integers, along: Floats, length: Floats, at_node: npt.NDArray[np.bool_]) -> Floats:
    """1 in the bond, falling to 0 at the regions of its nodes."""
    reach = np.zeros((len(network.bonds), 2))
    ends = np.column_stack([along, length - along])
    near = np.argmin(ends, axis=1)
    np.maximum.at(reach, (bond[at_node], near[at_node]), ends[at_node, near[at_node]])
    ramp = (ends - reach[bond]) / (network.sections.width[bond, None] / 2)
    return np.clip(ramp, 0.0, 1.0).min(axis=1)
