"""Ports of tasks in study files: where features push, and which displacements answer."""

from collections.abc import Mapping, Sequence
from typing import ClassVar, Literal

import numpy as np
import numpy.typing as npt
from pydantic import Field

from femnn.config.directions import AXES, Direction, in_dimension
from femnn.config.quantities import Length
from femnn.config.settings import Settings
from femnn.errors import NetworkError
from femnn.insitu.belonging import NamesNodes
from femnn.network.network import Network
from femnn.network.port import Port

type Floats = npt.NDArray[np.float64]
type Booleans = npt.NDArray[np.bool_]


class Input(Settings):
    """A node that a feature pushes, or that it moves."""

    node: int
    direction: Direction
    displacement: Length | None = None
    """Displacement of the node for a feature at its largest (m): it is held along the direction, an axis, and moved.

    The node is pushed by a force where None.
    """

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

    def named(
        self, network: Network, features: Sequence[str], classes: Sequence[str]
    ) -> tuple[dict[str, Port], dict[str, Port]]:
        """Return inputs by feature and outputs by class, as drawings show them.

        Raises:
            NetworkError: an input points out of the network's space.
        """
        names = [name.replace("_", " ") for name in features]
        inputs, outputs = zip(names, self.inputs, strict=True), zip(classes, self.outputs, strict=True)
        return named_ports(network, dict(inputs), dict(outputs))


def named_ports(
    network: Network, inputs: Mapping[str, Input], outputs: Mapping[str, Output]
) -> tuple[dict[str, Port], dict[str, Port]]:
    """Return inputs and outputs by name as ports of a network, as drawings show them.

    Raises:
        NetworkError: an input points out of the network's space.
    """
    d = network.dimension
    return {name: p.port(d) for name, p in inputs.items()}, {name: p.port(d) for name, p in outputs.items()}


def pushes(network: Network, inputs: Sequence[Input]) -> Floats:
    """Forces of features of size 1, shape (features, N, d); zero of those that move their node.

    Raises:
        NetworkError: a node is unknown or held by a support in its direction, or a port is given twice.
    """
    result = []
    for i, port in enumerate(inputs):
        if port in inputs[:i]:
            raise NetworkError(f"{network.name}: two features push node {port.node} in the same direction.")
        direction = in_dimension(port.direction, network.dimension, f"{network.name}: the input on node {port.node}")
        pushed = port.displacement is None
        result.append(network.point_force(port.node, direction) if pushed else np.zeros_like(network.nodes))
    return np.stack(result)


def moves(network: Network, inputs: Sequence[Input]) -> Floats | None:
    """Displacements of features of size 1 that move their node (m), shape (features, N, d); None where none does.

    Raises:
        NetworkError: a node is unknown, its direction is not that of an axis, or another input acts on it there.
    """
    if all(port.displacement is None for port in inputs):
        return None
    result = np.zeros((len(inputs), *network.nodes.shape))
    for place, port in enumerate(inputs):
        where = f"{network.name}: the input on node {port.node}"
        direction = np.array(in_dimension(port.direction, network.dimension, where))
        if port.displacement is None:
            continue
        if np.count_nonzero(direction) != 1:
            raise NetworkError(f"{where} is moved, and must be so along an axis, as x or -y.")
        result[place, network.index(port.node)] = port.displacement * direction
    acting = (result != 0) | (pushes(network, inputs) != 0)
    twice = np.argwhere((acting.sum(axis=0) > 1) & (result != 0).any(axis=0))
    if len(twice):
        raise NetworkError(
            f"{network.name}: two inputs act on node {network.labels[twice[0, 0]]} along {AXES[twice[0, 1]]}, and one "
            "of them prescribes its displacement; keep one."
        )
    return result


def prescribed(network: Network, inputs: Sequence[Input], shares: Floats) -> tuple[Floats | None, Booleans | None]:
    """Displacements that samples prescribe (m), shape (n, N, d), and the components held for it, shape (N, d).

    Args:
        network: the network.
        inputs: one for each feature.
        shares: features as shares of their largest, shape (n, features).
    """
    unit = moves(network, inputs)
    if unit is None:
        return None, None
    return np.tensordot(shares, unit, axes=1), (unit != 0).any(axis=0)


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
