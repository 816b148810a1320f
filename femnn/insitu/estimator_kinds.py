"""The kinds of estimators of dL/dk: readings under two loads, steps of the stiffness, a loss that pulls, the adjoint.

Notation: e_b elongation and E_b = ∂Π/∂k_b energy per stiffness of bond b (½ e_b² for springs and bars), read in the
state under a·f + b·g, written (a, b); f the data's load, g = −∂L/∂U the adjoint force, s the strength at which the
adjoint force is applied, in units of the loss's own.

Derivation: along the loads f + s·g, dE_b/ds at s = 0 is λᵀ ∂²Π/∂u∂k_b = dL/dk_b with K λ = g, and E_b = ½ e_b² gives
e_b·de_b/ds, the product form. For linear springs the states superpose and all forms agree.
"""

from dataclasses import dataclass
from typing import ClassVar, Protocol

import numpy as np
import numpy.typing as npt

from femnn.errors import ConfigError
from femnn.insitu.camera import Camera
from femnn.insitu.difference_steps import default_steps, stiffness_steps
from femnn.insitu.experiment import Experiment, Reading
from femnn.insitu.relative_loads import Step
from femnn.solving.state import State

type Floats = npt.NDArray[np.float64]

FORWARD, ADJOINT, PLUS, MINUS, TWICE = (1.0, 0.0), (0.0, 1.0), (1.0, 1.0), (1.0, -1.0), (1.0, 2.0)
"""(a, b) of the states that are read most: the data's load, the adjoint force alone, and both at once."""


@dataclass(frozen=True)
class EstimatorInputs:
    """What estimators work with."""

    experiment: Experiment
    """The model under test."""
    linear: Experiment | None = None
    """The same network as linear springs, under the same load and loss, for estimators that take their field."""
    finite_difference_step: Step | None = None
    """One-sided step h in E·A (N), which in the stiffness of a bond of length L is h/L; or a share of the stiffness.
    Where None, the step that suits the network."""
    central_difference_step: Step | None = None
    """The same of central differences."""
    camera: Camera | None = None
    """What reads the model under test; the experiment's own camera where None."""

    def read(self, state: State) -> Reading:
        """Read a state of the model under test."""
        return self.experiment.read(state, self.camera)

    @property
    def one_sided_step(self) -> Step:
        """The one-sided step, that of the network where none is given."""
        return self.finite_difference_step or default_steps(self.experiment.solver.structure.network)[0]

    @property
    def central_step(self) -> Step:
        """The central step, that of the network where none is given."""
        return self.central_difference_step or default_steps(self.experiment.solver.structure.network)[1]


class Estimator(Protocol):
    """An estimator of dL/dk, as a value."""

    @property
    def description(self) -> str:
        """Its formula and what is known of its error, in a line."""

    @property
    def order(self) -> int | None:
        """Order n of its error in s on models that are not linear; None where that is not what rules it."""

    @property
    def reads(self) -> bool:
        """Whether it looks at the lattice with a camera; False where it is computed."""

    @property
    def applies_adjoint_force(self) -> bool:
        """Whether an adjoint force, or the loss, is applied; else the result does not depend on s."""

    @property
    def loss_pulls(self) -> bool:
        """Whether the adjoint force follows the displacements, which no hanging weight does; s is then β."""

    @property
    def needs_springs(self) -> bool:
        """Whether it takes a field of linear springs."""

    def __call__(self, inputs: EstimatorInputs, s: float) -> Floats:
        """Return dL/dk of every bond, shape (B,)."""


@dataclass(frozen=True)
class ReadingEstimator:
    """Readings of states under the data's load and the adjoint force: only these have an expected error and a plan.

    With e_j and E_j read in the state under a_j f + b_j s g,

        product forms   dL/dk = (Σ_j p_j e_j) (Σ_j q_j e_j)/s,     energy forms   dL/dk = Σ_j q_j E_j/s.

    Both are quadratic in what a camera sees.
    """

    reads: ClassVar[bool] = True
    applies_adjoint_force: ClassVar[bool] = True
    loss_pulls: ClassVar[bool] = False
    needs_springs: ClassVar[bool] = False

    description: str
    loads: tuple[tuple[float, float], ...]
    """(a_j, b_j) of each state: the data's load, and the adjoint force in units of s, in the order of reading."""
    differences: tuple[float, ...]
    """q_j."""
    factors: tuple[float, ...] | None = None
    """p_j of a product form; None for an energy form."""
    order: int | None = None
    in_words: str = ""
    """How the adjoint force is applied, for a reader; empty for variants that need a formula."""

    @property
    def product(self) -> bool:
        """Whether elongations are multiplied; else energies are read."""
        return self.factors is not None

    def combine(self, elongations: Floats, energies: Floats, s: float) -> Floats:
        """Return dL/dk of all bonds from readings.

        Args:
            elongations: e_j (m), shape (states, ..., B).
            energies: E_j (m²), of the same shape.
            s: strength of the adjoint force.
        """
        read = energies if self.factors is None else elongations
        difference = np.tensordot(self.differences, read, 1) / s
        return difference if self.factors is None else np.tensordot(self.factors, read, 1) * difference

    def __call__(self, inputs: EstimatorInputs, s: float) -> Floats:
        """Read every state once, each by a picture of its own."""
        experiment = inputs.experiment
        readings = [inputs.read(experiment.state(a, b * s)) for a, b in self.loads]
        elongations, energies = (np.array(parts) for parts in zip(*readings, strict=True))
        return self.combine(elongations, energies, s)


@dataclass(frozen=True)
class SpringsFieldEstimator:
    """The product with the forward field of the linear springs, which Li & Mao (2024) plot as error against force.

    The forward field is computed and so without noise; the adjoint field, under the force that the linear springs ask
    for, is the model's own.
    """

    reads: ClassVar[bool] = True
    applies_adjoint_force: ClassVar[bool] = True
    loss_pulls: ClassVar[bool] = False
    needs_springs: ClassVar[bool] = True
    order: ClassVar[int | None] = None

    description: str

    def __call__(self, inputs: EstimatorInputs, s: float) -> Floats:
        """Read the adjoint field alone.

        Raises:
            ConfigError: there are no linear springs.
        """
        experiment, linear = inputs.experiment, inputs.linear
        if linear is None:
            raise ConfigError("product-linear-forward takes the forward field of linear springs, which are not there.")
        force = s * experiment.adjoint_magnitude / linear.adjoint_magnitude * linear.adjoint_force
        forward, adjoint = linear.computed_elongation(linear.forward), inputs.read(experiment.under(force))
        return forward * adjoint.elongation * linear.adjoint_magnitude / (s * experiment.adjoint_magnitude)


@dataclass(frozen=True)
class StiffnessStep:
    """Differences of the loss, bond after bond, each with forward solves of its own."""

    reads: ClassVar[bool] = True
    applies_adjoint_force: ClassVar[bool] = False
    loss_pulls: ClassVar[bool] = False
    needs_springs: ClassVar[bool] = False
    order: ClassVar[int | None] = None

    description: str
    central: bool

    def __call__(self, inputs: EstimatorInputs, s: float) -> Floats:
        """Solve for every bond once, or twice for central differences."""
        experiment, camera = inputs.experiment, inputs.camera
        structure = experiment.solver.structure
        k, step = structure.stiffness, inputs.central_step if self.central else inputs.one_sided_step
        steps = stiffness_steps(structure.network, k, step)
        if not self.central:
            base = experiment.loss_seen(experiment.forward, camera)
            found = np.array([experiment.loss_at(_moved(k, b, steps[b]), camera) for b in range(len(k))])
            return (found - base) / steps
        pairs = (
            [experiment.loss_at(_moved(k, b, step), camera) for step in (steps[b], -steps[b])] for b in range(len(k))
        )
        return np.array([plus - minus for plus, minus in pairs]) / (2 * steps)


@dataclass(frozen=True)
class Nudge:
    """Equilibrium propagation (Scellier & Bengio 2017): the loss itself pulls, with a factor β = s."""

    reads: ClassVar[bool] = True
    applies_adjoint_force: ClassVar[bool] = True
    loss_pulls: ClassVar[bool] = True
    needs_springs: ClassVar[bool] = False

    description: str
    order: int
    """2 where the loss pulls both ways, else 1."""

    def __call__(self, inputs: EstimatorInputs, s: float) -> Floats:
        """Read two states."""
        experiment = inputs.experiment
        if self.order == 2:
            pulled, pushed = inputs.read(experiment.nudged(s)), inputs.read(experiment.nudged(-s))
            return (pulled.energy - pushed.energy) / (2 * s)
        free, pulled = inputs.read(experiment.forward), inputs.read(experiment.nudged(s))
        return (pulled.energy - free.energy) / s


@dataclass(frozen=True)
class ExactGradient:
    """The exact adjoint gradient: computed, not read."""

    reads: ClassVar[bool] = False
    applies_adjoint_force: ClassVar[bool] = False
    loss_pulls: ClassVar[bool] = False
    needs_springs: ClassVar[bool] = False
    order: ClassVar[int | None] = None

    description: str

    def __call__(self, inputs: EstimatorInputs, s: float) -> Floats:
        """Solve the structure linearised at the forward state."""
        return inputs.experiment.exact_gradient


def _moved(stiffness: Floats, bond: int, step: float) -> Floats:
    moved = stiffness.copy()
    moved[bond] += step
    return moved
