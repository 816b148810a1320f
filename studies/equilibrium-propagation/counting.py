"""Gradients that are measured, and what measuring them takes: equilibria that are looked at, and solves for them.

The laboratory pays for every equilibrium that a camera looks at, once however often it does. The computer pays for
every solve; a nudged equilibrium takes several, as the load that holds it depends on where it is.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from femnn.insitu.estimator_kinds import EstimatorInputs
from femnn.insitu.estimators import ESTIMATORS
from femnn.insitu.experiment import Camera, Experiment
from femnn.insitu.reference_loads import applied_force, applied_nudging
from femnn.insitu.relative_loads import RelativeForce, Step
from femnn.losses import Loss
from femnn.mechanics.structure import Structure
from femnn.solving.equilibrium import Equilibrium
from femnn.solving.state import State

type Floats = npt.NDArray[np.float64]


@dataclass
class Tally:
    """What has been counted so far."""

    equilibria: int = 0
    """Equilibria that were looked at."""
    solves: int = 0
    """Equilibria that were solved for."""
    linear_solves: int = 0
    """Answers of the structure linearised at an equilibrium, which no laboratory can have."""

    def counts(self) -> dict[str, int]:
        """The counts by name."""
        return {"equilibria": self.equilibria, "solves": self.solves, "linear_solves": self.linear_solves}


@dataclass
class CountedSolver:
    """A solver whose solves are counted."""

    solver: Equilibrium
    tally: Tally

    @property
    def structure(self) -> Structure:
        """See :class:`femnn.solving.equilibrium.Equilibrium`."""
        return self.solver.structure

    def forward(self, force: Floats, start: State | None = None, prescribed: Floats | None = None) -> State:
        """See :class:`femnn.solving.equilibrium.Equilibrium`."""
        self.tally.solves += 1
        return self.solver.forward(force, start, prescribed)

    def forward_many(self, forces: Sequence[Floats], prescribed: Sequence[Floats] | None = None) -> list[State]:
        """See :class:`femnn.solving.equilibrium.Equilibrium`."""
        self.tally.solves += len(forces)
        return self.solver.forward_many(forces, prescribed)

    def response(self, state: State, forces: Sequence[Floats]) -> Floats:
        """See :class:`femnn.solving.equilibrium.Equilibrium`."""
        self.tally.linear_solves += len(forces)
        return self.solver.response(state, forces)

    def gradient(self, state: State, loss_derivative: Floats, allow_unstable: bool = False) -> Floats:
        """See :class:`femnn.solving.equilibrium.Equilibrium`."""
        self.tally.linear_solves += 1
        return self.solver.gradient(state, loss_derivative, allow_unstable)


@dataclass
class CountingCamera(Camera):
    """A camera that knows how many equilibria it has looked at."""

    _seen: list[Floats] = field(default_factory=list)

    def see(self, displacements: Floats, fixed: npt.NDArray[np.bool_]) -> Floats:
        """See :class:`femnn.insitu.experiment.Camera`."""
        # Each equilibrium has an array of its own; held here, so that no other takes its identity
        if not any(displacements is known for known in self._seen):
            self._seen.append(displacements)
        return super().see(displacements, fixed)

    @property
    def equilibria(self) -> int:
        """Equilibria that it has looked at, each once."""
        return len(self._seen)


class CountedSource:
    """Gradients by an estimator, counted; a source of :mod:`femnn.training.gradient_sources`.

    Attributes:
        tally: what has been counted so far on this rank.
    """

    def __init__(
        self,
        estimator: str,
        adjoint_force: RelativeForce | None,
        beta: float | None,
        noise: float,
        difference_step: Step | None,
    ) -> None:
        """Nothing is counted yet.

        Args:
            estimator: one of :data:`femnn.insitu.estimators.ESTIMATORS`.
            adjoint_force: norm of the adjoint force that is applied (N), whatever the loss asks for, or as a share.
            beta: nudging factor; where None, the loss pulls with the adjoint force at first.
            noise: standard deviation of the camera's reading of each displacement (m).
            difference_step: step of finite differences in E·A (N), or as a share of the stiffness.
        """
        self.tally = Tally()
        self._estimator, self._adjoint_force = ESTIMATORS[estimator], adjoint_force
        self._beta, self._nudged = beta, ESTIMATORS[estimator].loss_pulls
        self._noise, self._step = noise, difference_step

    def gradient(
        self,
        solver: Equilibrium,
        force: Floats,
        loss: Loss,
        start: State | None,
        generator: np.random.Generator,
        prescribed: Floats | None = None,
    ) -> tuple[State, Floats]:
        """See :class:`femnn.training.gradient_sources.Source`; zero where the loss asks for no adjoint force."""
        camera = CountingCamera(self._noise, generator)
        counted = CountedSolver(solver, self.tally)
        experiment = Experiment(
            counted, force, loss, camera=camera, start=start, adjoint_as_seen=True, prescribed=prescribed
        )
        gradient = np.zeros_like(solver.structure.stiffness)
        if experiment.adjoint_force.any():
            inputs = EstimatorInputs(experiment, experiment, self._step, self._step)
            gradient = self._estimator(inputs, self._strength(solver, experiment))
        self.tally.equilibria += camera.equilibria
        return experiment.forward, gradient

    def _strength(self, solver: Equilibrium, experiment: Experiment) -> float:
        """The nudging factor, or the adjoint force in units of the loss's own; choosing them is not counted."""
        if self._nudged:
            force = self._adjoint_force
            return self._beta or applied_nudging(
                solver, experiment.forward, experiment.loss, experiment.adjoint_force, force
            )
        return (
            applied_force(solver, experiment.forward, experiment.adjoint_force, self._adjoint_force)
            / experiment.adjoint_magnitude
        )
