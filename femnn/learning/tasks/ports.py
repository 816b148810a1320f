"""Ports of tasks in study files: where features push, and which displacements answer."""

from collections.abc import Sequence
from typing import ClassVar, Literal

import numpy as np
import numpy.typing as npt
from pydantic import Field

from femnn.config import Settings
from femnn.directions import AXES, Direction, in_dimension
from femnn.errors import NetworkError
from femnn.learning.belonging import NamesNodes
from femnn.network import Network, Port

type Floats = npt.NDArray[np.float64]


class Input(Settings):
    """A node that a feature pushes."""

    node: int
    direction: Direction

    def port(self, dimension: int) -> Port:
        """The port in a network of 2 or 3 dimensions.

        Raises:
            NetworkError: it points out of the network's space.
        """
        return Port(self.node, in_dimension(self.direction, dimension, f"the input on node {self.node}"))


class Output(Settings):
    """A component of a node's displacement that answers."""

    node: int
    component: Literal["x", "y", "z"]

    def port(self, dimension: int) -> Port:
        """The port in a network of 2 or 3 dimensions."""
        return Port(self.node, tuple(float(axis == self.component) for axis in AXES[:dimension]))


class Ports(NamesNodes):
    """Where features push, and which displacements answer."""

    naming: ClassVar[tuple[str, ...]] = ("inputs", "outputs")

    inputs: tuple[Input, ...] = Field(min_length=1)
    """One for each feature."""
    outputs: tuple[Output, ...] = Field(min_length=2)
    """One for each class, in the order of their names."""


def pushes(network: Network, inputs: Sequence[Input]) -> Floats:
    """Forces of features of size 1, shape (features, N, d).

    Raises:
        NetworkError: a node is unknown or held by a support in its direction, or a port is given twice.
    """
    result = []
    for i, port in enumerate(inputs):
        if port in inputs[:i]:
            raise NetworkError(f"{network.name}: two features push node {port.node} in the same direction.")
        direction = in_dimension(port.direction, network.dimension, f"{network.name}: the input on node {port.node}")
        result.append(network.point_force(port.node, direction))
    return np.stack(result)


def read(network: Network, outputs: Sequence[Output]) -> list[tuple[int, int]]:
    """Label and component of each output.

    Raises:
        NetworkError: a component lies outside the network's space.
    """
    for port in outputs:
        if AXES.index(port.component) >= network.dimension:
            raise NetworkError(f"{network.name}: node {port.node} has no component {port.component}; it is 2D.")
    return [(port.node, AXES.index(port.component)) for port in outputs]


def outputs_of(displacements: Floats, reads: npt.NDArray[np.int64]) -> Floats:
    """The components that are read of every sample (m), shape (n, m), of displacements of shape (n, N, d)."""
    count, nodes, dimension = displacements.shape
    return displacements.reshape(count, nodes * dimension)[:, reads]
