"""Displacements that settings prescribe: supports that settle, nodes that are held and moved."""

from collections.abc import Sequence
from typing import Literal

import numpy as np
import numpy.typing as npt

from femnn.config.directions import AXES
from femnn.config.quantities import Length
from femnn.config.settings import Settings
from femnn.errors import NetworkError
from femnn.network.network import Network

type Floats = npt.NDArray[np.float64]
type Booleans = npt.NDArray[np.bool_]


class Motion(Settings):
    """A displacement that is prescribed of one component of a node, which is held if it is not a support already."""

    node: int
    component: Literal["x", "y", "z"]
    displacement: Length

    def axis(self, network: Network) -> int:
        """Return the component as an index.

        Raises:
            NetworkError: it lies outside the network's space.
        """
        axis = AXES.index(self.component)
        if axis >= network.dimension:
            raise NetworkError(f"{network.name}: node {self.node} has no component {self.component}; it is 2D.")
        return axis


def held_by(network: Network, motions: Sequence[Motion]) -> Booleans:
    """Return the components that have a prescribed displacement, shape (N, d).

    Raises:
        NetworkError: a node is unknown, has no such component, or is given two displacements of one component.
    """
    held = np.zeros(network.nodes.shape, dtype=np.bool_)
    for motion in motions:
        at = network.index(motion.node), motion.axis(network)
        if held[at]:
            raise NetworkError(
                f"{network.name}: node {motion.node} is given two displacements along {motion.component}; keep one."
            )
        held[at] = True
    return held


def displacements(network: Network, motions: Sequence[Motion]) -> Floats:
    """Return the prescribed displacements (m), shape (N, d), zero elsewhere; see :func:`held_by` for what it raises."""
    moved = np.zeros_like(network.nodes)
    for motion in motions:
        moved[network.index(motion.node), motion.axis(network)] = motion.displacement
    return moved


def require_free(network: Network, held: Booleans, force: Floats) -> None:
    """Refuse a force on a component whose displacement is prescribed.

    Raises:
        NetworkError: there is one; the message names the node.
    """
    both = np.argwhere(held & (force != 0))
    if len(both):
        node, axis = both[0]
        raise NetworkError(
            f"{network.name}: node {network.labels[node]} has both a force and a prescribed displacement along "
            f"{AXES[axis]}; give one of them."
        )
