"""Where gradients for training come from: the exact adjoint, or an experiment with its camera and its weights."""

from typing import Protocol

import numpy as np
import numpy.typing as npt

from femnn.errors import ConfigError
from femnn.insitu.camera import Camera
from femnn.insitu.counting import CountedSolver, CountingCamera, Tally
from femnn.insitu.estimator_kinds import EstimatorInputs
from femnn.insitu.estimators import ESTIMATORS
from femnn.insitu.experiment import Experiment
from femnn.insitu.reference_loads import applied_force, applied_nudging
from femnn.insitu.relative_loads import RelativeForce, Step
from femnn.losses import Loss
from femnn.mechanics.elongation import elongations
from femnn.mechanics.spring import Spring
from femnn.mechanics.structure import Structure
from femnn.solving.equilibrium import Equilibrium, equilibrium
from femnn.solving.linear import LinearEquilibrium
from femnn.solving.state import State

type Floats = npt.NDArray[np.float64]

EXACT = "exact"
"""Name of the exact gradient in settings, next to those of the estimators."""


class Source(Protocol):
    """Gradient of the loss of one sample."""

    def gradient(
        self,
        solver: Equilibrium,
        force: Floats,
        loss: Loss,
        start: State | None,
        generator: np.random.Generator,
        prescribed: Floats | None = None,
    ) -> tuple[State, Floats]:
        """Return the forward state, reached from ``start``, and dL/dk of all bonds, shape (B,).

        Args:
            solver: solver of the structure.
            force: load of the sample (N), shape (N, d).
            loss: loss of the sample.
            start: state from which the forward state is reached; rest if None.
            generator: random numbers, as of a camera.
            prescribed: displacements of the supports (m), shape (N, d); none if None.

        Raises:
            ConvergenceError: a state cannot be reached.
            InstabilityError: the forward state is unstable.
        """


class Exact:
    """The adjoint gradient."""

    def gradient(
        self,
        solver: Equilibrium,
        force: Floats,
        loss: Loss,
        start: State | None,
        generator: np.random.Generator,
        prescribed: Floats | None = None,
    ) -> tuple[State, Floats]:
        """See :class:`Source`."""
        state = solver.forward(force, start, prescribed)
        return state, solver.gradient(state, loss.derivative(state.displacements))


class InSitu:
    """An estimator, as the laboratory would use it; its mean over some repeats."""

    def __init__(
        self,
        estimator: str,
        adjoint_force: RelativeForce | None,
        noise: float = 0.0,
        weight: float = 0.0,
        repeats: int = 1,
        nudging: float | None = None,
        difference_step: Step | None = None,
        tally: Tally | None = None,
    ) -> None:
        """Say how gradients are measured.

        Args:
            estimator: one of :data:`femnn.insitu.estimators.ESTIMATORS`.
            adjoint_force: norm of the adjoint force that is applied (N), or as a share; what is usual on the network
                where None.
            noise: standard deviation of the camera's reading of each displacement (m).
            weight: smallest weight (N): every component of a force is rounded to a multiple of it; 0 for no rounding.
            repeats: measurements under one adjoint force, of which the mean is taken.
            nudging: factor β of estimators in which the loss itself pulls; so large that its pull on the forward state
                is the adjoint force where None.
            difference_step: of finite differences in E·A of a bond (N), or as a share of its stiffness; what suits the
                network where None.
            tally: where equilibria and solves are counted; not those by which the strength of the force is chosen.

        Raises:
            ConfigError: the estimator cannot be had with weights.
        """
        if weight > 0 and ESTIMATORS[estimator].loss_pulls:
            raise ConfigError(
                f"Estimator {estimator!r} lets the loss itself pull, which no weight does; set no weights."
            )
        self._estimator = ESTIMATORS[estimator]
        self._adjoint_force, self._noise, self._weight, self._repeats = adjoint_force, noise, weight, repeats
        self._nudging, self._step, self._tally = nudging, difference_step, tally
        self._springs: tuple[Structure, Equilibrium] | None = None

    def gradient(
        self,
        solver: Equilibrium,
        force: Floats,
        loss: Loss,
        start: State | None,
        generator: np.random.Generator,
        prescribed: Floats | None = None,
    ) -> tuple[State, Floats]:
        """See :class:`Source`; zero where the loss asks for no adjoint force."""
        camera, measured = Camera(self._noise, generator), solver
        if self._tally is not None:
            camera = CountingCamera(self._noise, generator, tally=self._tally)
            measured = CountedSolver(solver, self._tally)
        experiment = Experiment(
            measured,
            force,
            loss,
            camera=camera,
            start=start,
            weight=self._weight,
            adjoint_as_seen=True,
            prescribed=prescribed,
        )
        if not experiment.adjoint_force.any():
            return experiment.forward, np.zeros_like(solver.structure.stiffness)
        linear = self._linear(experiment) if self._estimator.needs_springs else experiment
        inputs = EstimatorInputs(experiment, linear, self._step, self._step)
        forward, asked = experiment.forward, experiment.adjoint_force
        if self._estimator.loss_pulls:
            strength = self._nudging or applied_nudging(solver, forward, loss, asked, self._adjoint_force)
        else:
            strength = applied_force(solver, forward, asked, self._adjoint_force) / experiment.adjoint_magnitude
        estimates = [self._estimator(inputs, strength) for _ in range(self._repeats)]
        return experiment.forward, np.mean(estimates, axis=0)

    def _linear(self, experiment: Experiment) -> Experiment:
        """The same experiment on linear springs of the stiffness that training has reached."""
        structure = experiment.solver.structure
        if self._springs is None or self._springs[0] is not structure:
            self._springs = structure, equilibrium(Structure(Spring(), structure.network, structure.comm))
        springs = self._springs[1]
        springs.structure.set_stiffness(structure.stiffness)
        return Experiment(springs, experiment.force, experiment.loss, prescribed=experiment.prescribed)


def gradients_of_springs(
    solver: LinearEquilibrium, forces: Floats, loss: Loss, prescribed: Floats | None = None
) -> tuple[Floats, Floats]:
    """Displacements and exact gradients of many samples of linear springs at once.

    The energy of linear springs is Σ ½ k_b e_b², so that λᵀ ∂²Π/∂u∂k_b = e_b(u)·e_b(λ), e projected (Li & Mao 2024).

    Args:
        solver: solver of linear springs.
        forces: of the samples (N), shape (n, N, d).
        loss: of the samples.
        prescribed: displacements of the supports in each sample (m), shape (n, N, d); none if None.

    Returns:
        U (m), shape (n, N, d), and dL/dk (N, where the loss is an energy), shape (n, B).

    Raises:
        ValueError: products of elongations are no gradients of the solver's model.
    """
    network = solver.structure.network
    if not solver.structure.model.product_exact:
        raise ValueError(f"Products of elongations are no gradients of the model {solver.structure.model.name!r}.")
    forward = solver.responses(forces, prescribed)
    adjoint = solver.responses(-loss.derivative(forward))
    return forward, elongations(network, forward, "projected") * elongations(network, adjoint, "projected")
