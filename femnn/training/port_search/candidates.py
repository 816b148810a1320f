"""Candidates of the port search: which nodes features push, in which direction, and which displacements answer."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from femnn.config.directions import AXES, in_dimension
from femnn.errors import NetworkError
from femnn.network.network import Network
from femnn.training.port_search.dense_springs import free_components
from femnn.training.tasks.ports import Input, Output

type Floats = npt.NDArray[np.float64]
type Integers = npt.NDArray[np.int64]
type Booleans = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Admissible[P: (Input, Output)]:
    """The ports that a network has for features, or for classes."""

    ports: tuple[P, ...]
    """Those of a node one after the other."""
    vectors: Floats
    """Force on each free component for a feature of size 1, or share of it in the output, shape (ports, F)."""

    @property
    def nodes(self) -> Integers:
        """Label of the node of each port."""
        return np.array([port.node for port in self.ports])

    def drawn(self, count: int, each: int, generator: np.random.Generator) -> Integers:
        """Indices of ports on distinct nodes by chance, shape (count, each).

        Args:
            count: how many choices.
            each: ports of a choice.
            generator: of the random numbers.
        """
        _, first, of_node = np.unique(self.nodes, return_index=True, return_counts=True)
        nodes = generator.random((count, len(first))).argsort(axis=1)[:, :each]
        return first[nodes] + generator.integers(of_node[nodes])

    def distinct(self, choices: Integers) -> Booleans:
        """Whether the ports of each choice are on distinct nodes, shape (count,)."""
        return np.asarray((np.diff(np.sort(self.nodes[choices], axis=1), axis=1) > 0).all(axis=1))


def admissible_inputs(network: Network, directions: Sequence[tuple[float, ...]], features: int) -> Admissible[Input]:
    """Nodes and directions in which features may push; none in which a support holds the node.

    Args:
        network: the network.
        directions: unit vectors, of three components or of the network's dimension.
        features: how many of them need a node.

    Raises:
        NetworkError: a direction leaves the network's space, or too few nodes are free to move.
    """
    ports, forces = [], []
    for node, label in enumerate(network.labels.tolist()):
        for direction in dict.fromkeys(directions):
            inside = in_dimension(direction, network.dimension, f"{network.name}: a direction of the port search")
            if not (network.fixed[node] & (np.array(inside) != 0)).any():
                ports.append(Input(node=label, direction=direction))
                forces.append(network.point_force(label, inside).ravel())
    _require_nodes(network, ports, features, "features push")
    return Admissible(tuple(ports), np.array(forces)[:, free_components(network)])


def admissible_outputs(
    network: Network, components: Sequence[Literal["x", "y", "z"]], classes: int
) -> Admissible[Output]:
    """Components of nodes that may answer; none that a support holds.

    Args:
        network: the network.
        components: "x", "y" or "z".
        classes: how many of them need a node.

    Raises:
        NetworkError: a component lies outside the network's space, or too few nodes are free to move.
    """
    ports, shares = [], []
    for node, label in enumerate(network.labels.tolist()):
        for component in dict.fromkeys(components):
            axis = AXES.index(component)
            if axis >= network.dimension:
                raise NetworkError(f"{network.name}: nodes have no component {component} to search; the network is 2D.")
            if not network.fixed[node, axis]:
                ports.append(Output(node=label, component=component))
                shares.append(network.point_force(label, np.eye(network.dimension)[axis]).ravel())
    _require_nodes(network, ports, classes, "classes answer")
    return Admissible(tuple(ports), np.array(shares)[:, free_components(network)])


@dataclass(frozen=True, eq=False)
class Candidates:
    """Choices of ports, as indices into those that are admissible."""

    inputs: Integers
    """Shape (candidates, features)."""
    outputs: Integers
    """Shape (candidates, classes)."""

    def __len__(self) -> int:
        """Number of candidates."""
        return len(self.inputs)

    def __getitem__(self, index: slice | npt.NDArray[np.generic]) -> "Candidates":
        """Some of them."""
        return Candidates(self.inputs[index], self.outputs[index])

    def joined(self, others: "Candidates") -> "Candidates":
        """These and then the others."""
        return Candidates(np.vstack([self.inputs, others.inputs]), np.vstack([self.outputs, others.outputs]))

    def once(self) -> "Candidates":
        """Each candidate once, where it comes first."""
        _, first = np.unique(np.hstack([self.inputs, self.outputs]), axis=0, return_index=True)
        return self[np.sort(first)]


def varied(
    candidates: Candidates,
    inputs: Admissible[Input],
    outputs: Admissible[Output],
    each: int,
    generator: np.random.Generator,
) -> Candidates:
    """Candidates that differ from others in one port by chance.

    Args:
        candidates: the others.
        inputs: ports for features.
        outputs: ports for classes.
        each: how many to make of each; fewer come out where a node would serve twice.
        generator: of the random numbers.
    """
    copies = candidates[np.repeat(np.arange(len(candidates)), each)]
    features, classes = copies.inputs.shape[1], copies.outputs.shape[1]
    place = generator.integers(features + classes, size=len(copies))
    of_input = place < features
    _replace(copies.inputs, of_input, place, len(inputs.ports), generator)
    _replace(copies.outputs, ~of_input, place - features, len(outputs.ports), generator)
    return copies[inputs.distinct(copies.inputs) & outputs.distinct(copies.outputs)]


def _replace(choices: Integers, rows: Booleans, columns: Integers, count: int, generator: np.random.Generator) -> None:
    """Put one of so many ports, by chance, into a column of each of these rows."""
    choices[rows, columns[rows]] = generator.integers(count, size=int(rows.sum()))


def _require_nodes(network: Network, ports: Sequence[Input | Output], needed: int, what: str) -> None:
    found = len({port.node for port in ports})
    if found < needed:
        raise NetworkError(
            f"{network.name}: {needed} {what} at nodes of their own, but {found} nodes are free to move that way; "
            "allow other directions or components, or use a larger network."
        )
