"""Load cases in study files: which nodes are loaded, and which displacements are wanted."""

from collections.abc import Sequence
from typing import ClassVar, Literal, Self

import numpy as np
import numpy.typing as npt
from pydantic import Field, model_validator

from femnn.config.directions import AXES, Direction, in_dimension
from femnn.config.quantities import Force, Length
from femnn.config.settings import Settings
from femnn.errors import NetworkError
from femnn.insitu.belonging import NamesNodes
from femnn.insitu.motions import Motion, displacements, held_by, require_free
from femnn.losses import ProjectedError, SquaredError, projected_error, squared_error
from femnn.network.network import Network

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
    """A displacement that is wanted of a node, of one of its components or along any direction."""

    node: int
    component: Literal["x", "y", "z"] | None = None
    direction: Direction | None = None
    """In the place of a component."""
    displacement: Length

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if (self.component is None) == (self.direction is None):
            raise ValueError(f"the target at node {self.node} needs either a component or a direction")
        return self

    def along(self, network: Network) -> tuple[float, ...]:
        """Return the direction of the displacement, of length 1, shape (d,).

        Raises:
            NetworkError: it lies outside the network's space.
        """
        if self.direction is not None:
            return in_dimension(self.direction, network.dimension, f"{network.name}: the target at node {self.node}")
        axes = AXES[: network.dimension]
        if self.component is None or self.component not in axes:
            raise NetworkError(f"{network.name}: node {self.node} has no component {self.component}; it is 2D.")
        return tuple(float(axis == self.component) for axis in axes)


class Case(NamesNodes):
    """Loads and motions that are the data, and a squared error that is the loss, L = Σ (U − wanted)², weight 1 N/m."""

    naming: ClassVar[tuple[str, ...]] = ("loads", "targets", "prescribed")

    loads: tuple[PointLoad, ...] = ()
    targets: tuple[Target, ...] = Field(min_length=1)
    prescribed: tuple[Motion, ...] = ()
    """Displacements of supports, and of nodes that are held and moved."""

    @model_validator(mode="after")
    def _loaded(self) -> Self:
        if not (self.loads or self.prescribed):
            raise ValueError("give loads, or displacements that are prescribed")
        return self

    def force(self, network: Network) -> Floats:
        """Forces on the network's nodes (N), shape (N, d).

        Raises:
            NetworkError: a load is on a fixed or unknown node, or points out of the network's space; there is neither a
                load nor a motion.
        """
        if not self.loads:
            return np.zeros_like(network.nodes)
        return total_force(network, self.loads)

    def held(self, network: Network) -> Network:
        """Return the network with the nodes held whose displacement is prescribed; itself where there are none.

        Raises:
            NetworkError: a motion is of an unknown node or component, or a force acts on it too.
        """
        held = held_by(network, self.prescribed)
        require_free(network, held, self.force(network))
        return network.clamped(held) if (held & ~network.fixed).any() else network

    def moved(self, network: Network) -> Floats | None:
        """Return the prescribed displacements (m), shape (N, d); None where there are none."""
        return displacements(network, self.prescribed) if self.prescribed else None

    def loss(self, network: Network) -> SquaredError | ProjectedError:
        """The squared error, of components where all directions are those of axes.

        Raises:
            NetworkError: a target is on an unknown node, on a fixed component, or outside the network's space.
        """
        network = self.held(network)
        terms = []
        for target in self.targets:
            along = target.along(network)
            held = network.fixed[network.index(target.node)] & (np.array(along) != 0)
            if held.any():
                raise NetworkError(
                    f"{network.name}: node {target.node} is fixed along {AXES[int(np.argmax(held))]}, so it cannot be "
                    "a target."
                )
            terms.append((target.node, along, target.displacement))
        axes = [np.flatnonzero(along) for _, along, _ in terms]
        if any(len(axis) > 1 for axis in axes):
            return projected_error(network, terms)
        on_axes = [
            (node, int(axis[0]), along[axis[0]] * wanted)
            for (node, along, wanted), axis in zip(terms, axes, strict=True)
        ]
        return squared_error(network, on_axes)
