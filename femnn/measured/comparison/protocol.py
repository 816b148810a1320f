"""The published way to measure a gradient, as a model predicts it.

The lattice is loaded with the data, unloaded, and loaded with the adjoint force; the camera sees the length of each
bond change both times, and the two changes are multiplied (Li & Mao, Nat. Commun. 15, 10528, 2024). Where the lattice
has a weight of its own it hangs under that all the time, and changes are seen from there.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from femnn.errors import ConfigError, NetworkError
from femnn.insitu.load_cases import Case
from femnn.mechanics.elongation import elongations
from femnn.network.network import Network
from femnn.solving.equilibrium import Equilibrium
from femnn.solving.state import State

type Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Protocol:
    """What is hung on the lattice."""

    forward: Floats
    """Forces of the data (N), shape (N, d)."""
    adjoint: Floats
    """The adjoint force (N), shape (N, d)."""
    weight: Floats | None = None
    """What the lattice itself weighs, on its nodes (N), shape (N, d); nothing where None."""

    @property
    def loads(self) -> tuple[Floats, Floats]:
        """All forces on the nodes in the two loadings (N), each of shape (N, d)."""
        if self.weight is None:
            return self.forward, self.adjoint
        return self.forward + self.weight, self.adjoint + self.weight


def protocol(case: Case, network: Network, adjoint_force: float, weight: Floats | None = None) -> Protocol:
    """The protocol of a load case.

    Args:
        case: loads and targets.
        network: the lattice.
        adjoint_force: norm of the adjoint force (N); its direction is that which the loss asks for at rest.
        weight: of the lattice itself on its nodes (N), shape (N, d).

    Raises:
        NetworkError: the case does not fit the network, or wants of it what it does at rest.
        ConfigError: the case prescribes displacements, which no weight does.
    """
    if case.prescribed:
        raise ConfigError(
            f"{network.name}: what was measured was hung, but this case prescribes displacements; give one of loads."
        )
    asked = -case.loss(network).derivative(np.zeros_like(network.nodes))
    magnitude = float(np.linalg.norm(asked))
    if not magnitude:
        raise NetworkError(f"{network.name}: the targets are met at rest, so that there is no adjoint force to hang.")
    return Protocol(case.force(network), adjoint_force / magnitude * asked, weight)


@dataclass(frozen=True)
class Prediction:
    """What a model says of a protocol."""

    elongations: Floats
    """Elongation of each bond in the forward and in the adjoint loading (m), shape (2, B)."""
    displacements: Floats
    """Displacements of the nodes in the two loadings (m), shape (2, N, d)."""
    states: tuple[State, ...]
    """Forward and adjoint state, and that under the weight of the lattice alone if there is one; none if linearised."""

    @property
    def gradient(self) -> Floats:
        """Product of the two elongations of each bond (m²), shape (B,)."""
        return self.elongations[0] * self.elongations[1]


def predicted(solver: Equilibrium, experiment: Protocol, linearised: bool = False) -> Prediction:
    """What a model says of a protocol.

    Args:
        solver: of the model.
        experiment: the protocol.
        linearised: take the model's linear answer at rest, by which bonds neither turn nor stiffen.

    Raises:
        ConvergenceError: the model has no stable equilibrium under a load.
    """
    network = solver.structure.network
    if linearised or solver.structure.model.linear:
        return _linear(solver, experiment, solver.forward(np.zeros_like(network.nodes)))
    loads = [*experiment.loads, *([] if experiment.weight is None else [experiment.weight])]
    states = tuple(solver.forward(load) for load in loads)
    lengthened = np.stack([elongations(network, state.displacements, "true") for state in states])
    moved = np.stack([state.displacements for state in states])
    if len(states) == 3:
        lengthened, moved = lengthened[:2] - lengthened[2], moved[:2] - moved[2]
    return Prediction(lengthened, moved, states)


def _linear(solver: Equilibrium, experiment: Protocol, rest: State) -> Prediction:
    # Loads of linear models add up, so that the weight of the lattice changes nothing
    moved = solver.response(rest, (experiment.forward, experiment.adjoint))
    return Prediction(elongations(solver.structure.network, moved, "projected"), moved, ())


def lattice_weight(network: Network, density: float, down: Sequence[float], gravity: float = 9.8) -> Floats:
    """Weight of the bonds, half of each on either of its nodes (N), shape (N, d).

    Args:
        network: the lattice; thinned ends count, pads at the nodes do not.
        density: of the material (kg/m³).
        down: direction of gravity, of length 1, shape (d,).
        gravity: its acceleration (m/s²); 9.8 is the value of Li & Mao (2024).
    """
    s = network.sections
    area = s.width * s.thickness * (1 - 2 * s.end_share * (1 - s.end_width))
    halves = 0.5 * gravity * density * area * network.lengths
    on_nodes = np.bincount(network.bonds.ravel(), np.repeat(halves, 2), len(network.nodes))
    return np.where(network.fixed, 0.0, on_nodes[:, None] * np.asarray(down))
