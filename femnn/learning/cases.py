"""Load cases in study files: which nodes are loaded, and which displacements are wanted."""

from collections.abc import Sequence
from typing import Literal

import numpy as np
import numpy.typing as npt
from pydantic import Field

from femnn.config import Settings
from femnn.directions import AXES, Direction, in_dimension
from femnn.errors import NetworkError
from femnn.learning.losses import SquaredError, squared_error
from femnn.network import Network
from femnn.quantities import Force, Length

type Floats = npt.NDArray[np.float64]


class PointLoad(Settings):
    """A force on a node."""

    node: int
    force: Force
    direction: Direction


def total_force(network: Network, loads: Sequence[PointLoad]) -> Floats:
    """Forces on the network's nodes (N), shape (N, d).

    Raises:
        NetworkError: a load is on a fixed or unknown node, or points out of the network's space; there is no load.
    """
    total = np.zeros_like(network.nodes)
    for load in loads:
        direction = in_dimension(load.direction, network.dimension, f"{network.name}: the load on node {load.node}")
        total += network.point_force(load.node, load.force * np.array(direction))
    if not total.any():
        raise NetworkError(f"{network.name}: the loads add up to nothing; give a force that is not zero.")
    return total


class Target(Settings):
    """A displacement that is wanted of a node."""

    node: int
    component: Literal["x", "y", "z"]
    displacement: Length


class Case(Settings):
    """Loads that are the data, and a squared error that is the loss, L = Σ (U − wanted)² with weight 1 N/m."""

    loads: tuple[PointLoad, ...] = Field(min_length=1)
    targets: tuple[Target, ...] = Field(min_length=1)

    def force(self, network: Network) -> Floats:
        """Forces on the network's nodes (N), shape (N, d).

        Raises:
            NetworkError: a load is on a fixed or unknown node, or points out of the network's space; there is no load.
        """
        return total_force(network, self.loads)

    def loss(self, network: Network) -> SquaredError:
        """The squared error.

        Raises:
            NetworkError: a target is on an unknown node, on a fixed component, or outside the network's space.
        """
        terms = []
        for target in self.targets:
            component = AXES.index(target.component)
            if component >= network.dimension:
                raise NetworkError(f"{network.name}: node {target.node} has no component {target.component}; it is 2D.")
            if network.fixed[network.index(target.node), component]:
                raise NetworkError(
                    f"{network.name}: node {target.node} is fixed along {target.component}, so it cannot be a target."
                )
            terms.append((target.node, component, target.displacement))
        return squared_error(network, terms)
