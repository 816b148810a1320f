"""One experiment on one network: its load, its loss, the states that are prepared, and what is read off them.

A load of the experiment is a·f + b·g, with f the data's forces and g = −∂L/∂U the adjoint force that the loss asks for
at the forward state. Where the data also move supports, they move by a times their displacements; the adjoint force
acts while they rest. Estimators name states by (a, b): (1, 0) is the forward state, (0, s) the adjoint force alone at
strength s, (1, s) both at once. Each state is solved for once; each reading of it sees the camera again.
"""

from functools import cached_property
from typing import NamedTuple
from weakref import WeakKeyDictionary, WeakSet

import numpy as np
import numpy.typing as npt

from femnn.errors import ConfigError
from femnn.insitu.camera import Camera
from femnn.insitu.nudging import nudged_equilibrium
from femnn.losses import Loss
from femnn.mechanics.elongation import Elongation, elongations
from femnn.solving.equilibrium import Equilibrium
from femnn.solving.problem import Problem
from femnn.solving.state import State

type Floats = npt.NDArray[np.float64]


class Reading(NamedTuple):
    """One reading of one state."""

    elongation: Floats
    """Elongation of each bond (m), shape (B,), or (looks, B) of a camera that takes several pictures at once."""
    energy: Floats
    """∂Π/∂k_b, the energy of each bond per stiffness (m²), of the same shape."""


class Experiment:
    """A network under one load with one loss.

    Attributes:
        solver: solver of the model under test.
        force: the data's load f (N), shape (N, d).
        loss: the loss.
        elongation: how elongations are formed from node displacements.
        camera: what adds noise to every reading.
        weight: smallest weight (N), to multiples of which every component of a force is rounded; 0 for no rounding.
        prescribed: displacements of the supports that are part of the data (m), shape (N, d); None for none.
        seen: states that were read, since this was last cleared, in order.
    """

    def __init__(
        self,
        solver: Equilibrium | Problem,
        force: Floats,
        loss: Loss,
        elongation: Elongation | None = None,
        camera: Camera | None = None,
        start: State | None = None,
        weight: float = 0.0,
        adjoint_as_seen: bool = False,
        prescribed: Floats | None = None,
    ) -> None:
        """Nothing is solved yet.

        Args:
            solver: the problem, or its solver.
            force: the data's load f (N), shape (N, d).
            loss: the loss.
            elongation: "true" or "projected"; projected for linear models and true for others unless given.
            camera: noise; none unless given.
            start: state from which the forward state is reached; rest unless given.
            weight: smallest weight (N); forces are as asked for unless given.
            adjoint_as_seen: whether the adjoint force is that of the displacements which the camera sees.
            prescribed: displacements of the supports that are part of the data (m), shape (N, d); none unless given.
        """
        solver = solver.solver if isinstance(solver, Problem) else solver
        self.prescribed = prescribed
        self.solver, self.force, self.loss = solver, force, loss
        self.elongation: Elongation = elongation or ("projected" if solver.structure.model.linear else "true")
        self.camera = camera or Camera()
        self.weight, self._start, self._adjoint_as_seen = weight, start, adjoint_as_seen
        self.seen: dict[State, None] = {}
        self._on_top: WeakSet[State] = WeakSet()
        self._loads: dict[tuple[bytes, float], State] = {}
        self._nudged: dict[float, State] = {}
        self._energies: WeakKeyDictionary[State, Floats] = WeakKeyDictionary()

    def __repr__(self) -> str:
        structure = self.solver.structure
        return f"Experiment({structure.network.name}, {structure.model.name}, {self.camera!r})"

    @cached_property
    def forward(self) -> State:
        """The forward state, under the data's load alone."""
        return self.solver.forward(self._hung(self.force), self._start, self.prescribed)

    @cached_property
    def adjoint_force(self) -> Floats:
        """The adjoint force g = −∂L/∂U at the forward state (N), shape (N, d)."""
        displacements = self.forward.displacements
        if self._adjoint_as_seen:
            displacements = self.camera.see(displacements, self.solver.structure.network.fixed)
        return -self.loss.derivative(displacements)

    @cached_property
    def adjoint_magnitude(self) -> float:
        """‖g‖, the strength of the loss's own adjoint force (N).

        Raises:
            ConfigError: the loss is at its minimum already, so that there is no adjoint force to apply.
        """
        magnitude = float(np.linalg.norm(self.adjoint_force))
        if not magnitude > 0:
            raise ConfigError(
                "The loss has no gradient at the forward state, so there is no adjoint force; change its targets."
            )
        return magnitude

    @cached_property
    def exact_gradient(self) -> Floats:
        """Exact dL/dk of the model, shape (B,)."""
        return self.solver.gradient(self.forward, self.loss.derivative(self.forward.displacements))

    def state(self, a: float, b: float) -> State:
        """Equilibrium under a·f + b·g, for a = 1 reached from the forward state and else from rest."""
        if b == 0 and a == 1:
            return self.forward
        return self.under(a * self.force + b * self.adjoint_force, self.forward if a == 1 else None, a)

    def under(self, force: Floats, start: State | None = None, moved: float = 0.0) -> State:
        """Equilibrium under any forces (N), shape (N, d).

        Args:
            force: the forces.
            start: state from which it is reached; rest unless given.
            moved: share of the data's displacements of supports.
        """
        hung = self._hung(force)
        key = (hung.tobytes(), moved)
        if key not in self._loads:
            prescribed = None if self.prescribed is None else moved * self.prescribed
            self._loads[key] = self.solver.forward(hung, start, prescribed)
            if start is not None:
                self._on_top.add(self._loads[key])
        return self._loads[key]

    def on_top(self, state: State) -> bool:
        """Whether the load of a state was applied on top of another state's, the forward one's, and not from rest."""
        return state in self._on_top

    def nudged(self, beta: float) -> State:
        """Equilibrium under f and −β ∂L/∂U at the displacements reached."""
        if beta not in self._nudged:
            self._nudged[beta] = nudged_equilibrium(self.solver, self.forward, self.loss, beta)
            self._on_top.add(self._nudged[beta])
        return self._nudged[beta]

    def read(self, state: State, camera: Camera | None = None) -> Reading:
        """Read a state by a camera, the experiment's own unless given.

        The energy form takes the model's own ∂Π/∂k_b, to which errors of the camera come as they would to ½e².
        """
        network = self.solver.structure.network
        self.seen[state] = None
        seen = (camera or self.camera).see(state.displacements, network.fixed)
        elongation = elongations(network, seen, self.elongation)
        energy = self.computed_energy(state)
        if seen is not state.displacements:
            energy = energy + 0.5 * (elongation**2 - self.computed_elongation(state) ** 2)
        return Reading(elongation, energy)

    def loss_seen(self, state: State, camera: Camera | None = None) -> float:
        """Return the loss of the displacements of a state as a camera sees them, the experiment's own unless given."""
        seen = (camera or self.camera).see(state.displacements, self.solver.structure.network.fixed)
        return self.loss.value(seen)

    def computed_elongation(self, state: State) -> Floats:
        """Elongation of each bond (m), shape (B,), as computed and not seen by a camera."""
        return elongations(self.solver.structure.network, state.displacements, self.elongation)

    def computed_energy(self, state: State) -> Floats:
        """∂Π/∂k_b, the energy of each bond per stiffness (m²), shape (B,), as computed and not seen by a camera."""
        if state not in self._energies:
            self.solver.structure.set_values(state.values)
            self._energies[state] = self.solver.structure.energy_by_stiffness()
        return self._energies[state]

    def _hung(self, force: Floats) -> Floats:
        """A force as it can be put together of weights."""
        return self.weight * np.round(force / self.weight) if self.weight > 0 else force

    def loss_at(self, stiffness: Floats, camera: Camera | None = None) -> float:
        """Loss read under the data's load for another stiffness (N/m), shape (B,); the present one is restored."""
        structure, forward = self.solver.structure, self.forward
        present = structure.stiffness
        try:
            return self.loss_seen(self.solver.forward(forward.force, forward, self.prescribed, stiffness), camera)
        finally:
            structure.set_stiffness(present)

    def forget(self) -> None:
        """Drop all states but the forward one, as when another strength of the adjoint force is to follow."""
        self._loads.clear()
        self._nudged.clear()
        self.seen.clear()
