"""Estimators of dL/dk: what a laboratory can do, from loading and looking, against the exact adjoint gradient.

Notation: e_b elongation and E_b = ∂Π/∂k_b energy per stiffness of bond b (½ e_b² for springs and bars), read in the
state under a·f + b·g, written (a, b); f the data's load, g = −∂L/∂U the adjoint force, s the strength at which the
adjoint force is applied, in units of the loss's own. Each estimator returns dL/dk, shape (B,).

Derivation: along the loads f + s·g, dE_b/ds at s = 0 is λᵀ ∂²Π/∂u∂k_b = dL/dk_b with K λ = g, and E_b = ½ e_b² gives
e_b·de_b/ds, the product form. For linear springs the states superpose and all forms agree.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from femnn.config.settings import nearest
from femnn.errors import ConfigError
from femnn.insitu.difference_steps import default_steps, stiffness_steps
from femnn.insitu.experiment import Experiment
from femnn.insitu.relative_loads import Step

type Floats = npt.NDArray[np.float64]
type Estimator = Callable[["EstimatorInputs", float], Floats]


@dataclass(frozen=True)
class EstimatorInputs:
    """What estimators work with."""

    experiment: Experiment
    """The model under test."""
    linear: Experiment | None = None
    """The same network as linear springs, under the same load and loss, for the estimator that takes their field."""
    finite_difference_step: Step | None = None
    """One-sided step h in E·A (N), which in the stiffness of a bond of length L is h/L; or a share of the stiffness.
    Where None, the step that suits the network."""
    central_difference_step: Step | None = None
    """The same of central differences."""

    @property
    def one_sided_step(self) -> Step:
        """The one-sided step, that of the network where none is given."""
        return self.finite_difference_step or default_steps(self.experiment.solver.structure.network)[0]

    @property
    def central_step(self) -> Step:
        """The central step, that of the network where none is given."""
        return self.central_difference_step or default_steps(self.experiment.solver.structure.network)[1]


def adjoint(inputs: EstimatorInputs, s: float) -> Floats:
    """dL/dk_b = λᵀ ∂²Π/∂u∂k_b with K λ = g: exact for every model."""
    return inputs.experiment.exact_gradient


def product(inputs: EstimatorInputs, s: float) -> Floats:
    """e(1, 0)·e(0, s)/s: forward and adjoint load applied separately, the protocol of Li & Mao (2024)."""
    experiment = inputs.experiment
    forward, adjoint = experiment.read(experiment.state(1, 0)), experiment.read(experiment.state(0, s))
    return forward.elongation * adjoint.elongation / s


def product_linear_forward(inputs: EstimatorInputs, s: float) -> Floats:
    """The product with the forward field of the linear springs, which Li & Mao (2024) plot as error against force.

    The forward field is computed and so without noise; the adjoint field, under the force that the linear springs ask
    for, is the model's own.
    """
    experiment, linear = inputs.experiment, inputs.linear
    if linear is None:
        raise ConfigError("product-linear-forward takes the forward field of linear springs, which are not there.")
    force = s * experiment.adjoint_magnitude / linear.adjoint_magnitude * linear.adjoint_force
    forward, adjoint = linear.computed_elongation(linear.forward), experiment.read(experiment.under(force))
    return forward * adjoint.elongation * linear.adjoint_magnitude / (s * experiment.adjoint_magnitude)


def superposed_product(inputs: EstimatorInputs, s: float) -> Floats:
    """e(1, 0)·[e(1, s) − e(1, 0)]/s: the adjoint force added on top of the data's load; error of order s."""
    experiment = inputs.experiment
    without, both = experiment.read(experiment.state(1, 0)), experiment.read(experiment.state(1, s))
    return without.elongation * (both.elongation - without.elongation) / s


def superposed_energy(inputs: EstimatorInputs, s: float) -> Floats:
    """[E(1, s) − E(1, 0)]/s; error of order s."""
    experiment = inputs.experiment
    without, both = experiment.read(experiment.state(1, 0)), experiment.read(experiment.state(1, s))
    return (both.energy - without.energy) / s


def centred_product(inputs: EstimatorInputs, s: float) -> Floats:
    """e(1, 0)·[e(1, s) − e(1, −s)]/(2s); error of order s²."""
    experiment = inputs.experiment
    without, plus, minus = (
        experiment.read(experiment.state(1, 0)),
        experiment.read(experiment.state(1, s)),
        experiment.read(experiment.state(1, -s)),
    )
    return without.elongation * (plus.elongation - minus.elongation) / (2 * s)


def centred_energy(inputs: EstimatorInputs, s: float) -> Floats:
    """[E(1, s) − E(1, −s)]/(2s); error of order s²."""
    experiment = inputs.experiment
    plus, minus = experiment.read(experiment.state(1, s)), experiment.read(experiment.state(1, -s))
    return (plus.energy - minus.energy) / (2 * s)


def three_point_product(inputs: EstimatorInputs, s: float) -> Floats:
    """e(1, 0)·[−3 e(1, 0) + 4 e(1, s) − e(1, 2s)]/(2s): of order s² with adjoint forces of one sign only."""
    experiment = inputs.experiment
    first, second, third = (
        experiment.read(experiment.state(1, 0)),
        experiment.read(experiment.state(1, s)),
        experiment.read(experiment.state(1, 2 * s)),
    )
    return first.elongation * (-3 * first.elongation + 4 * second.elongation - third.elongation) / (2 * s)


def three_point_energy(inputs: EstimatorInputs, s: float) -> Floats:
    """[−3 E(1, 0) + 4 E(1, s) − E(1, 2s)]/(2s): of order s² with adjoint forces of one sign only."""
    experiment = inputs.experiment
    first, second, third = (
        experiment.read(experiment.state(1, 0)),
        experiment.read(experiment.state(1, s)),
        experiment.read(experiment.state(1, 2 * s)),
    )
    return (-3 * first.energy + 4 * second.energy - third.energy) / (2 * s)


def finite_difference(inputs: EstimatorInputs, s: float) -> Floats:
    """[L(k_b + h_b) − L(k_b)]/h_b, bond after bond, each with a forward solve of its own."""
    experiment = inputs.experiment
    k, steps = _stiffness_steps(experiment, inputs.one_sided_step)
    base = experiment.loss_seen(experiment.forward)
    return np.array([(experiment.loss_at(_moved(k, b, steps[b])) - base) / steps[b] for b in range(len(k))])


def central_difference(inputs: EstimatorInputs, s: float) -> Floats:
    """[L(k_b + h_b) − L(k_b − h_b)]/(2h_b), bond after bond."""
    experiment = inputs.experiment
    k, steps = _stiffness_steps(experiment, inputs.central_step)
    pairs = (
        (experiment.loss_at(_moved(k, b, steps[b])), experiment.loss_at(_moved(k, b, -steps[b]))) for b in range(len(k))
    )
    return np.array([plus - minus for plus, minus in pairs]) / (2 * steps)


def nudged(inputs: EstimatorInputs, s: float) -> Floats:
    """[E(u_β) − E(u_0)]/β with β = s: equilibrium propagation (Scellier & Bengio 2017), the loss itself pulling."""
    experiment = inputs.experiment
    free, pulled = experiment.read(experiment.forward), experiment.read(experiment.nudged(s))
    return (pulled.energy - free.energy) / s


def nudged_centred(inputs: EstimatorInputs, s: float) -> Floats:
    """[E(u_β) − E(u_−β)]/(2β) with β = s; error of order β²."""
    experiment = inputs.experiment
    pulled, pushed = experiment.read(experiment.nudged(s)), experiment.read(experiment.nudged(-s))
    return (pulled.energy - pushed.energy) / (2 * s)


def _stiffness_steps(experiment: Experiment, step: Step) -> tuple[Floats, Floats]:
    structure = experiment.solver.structure
    return structure.stiffness, stiffness_steps(structure.network, structure.stiffness, step)


def _moved(stiffness: Floats, bond: int, step: float) -> Floats:
    moved = stiffness.copy()
    moved[bond] += step
    return moved


ESTIMATORS: dict[str, Estimator] = {
    "adjoint": adjoint,
    "product": product,
    "product-linear-forward": product_linear_forward,
    "superposed-product": superposed_product,
    "superposed-energy": superposed_energy,
    "centred-product": centred_product,
    "centred-energy": centred_energy,
    "three-point-product": three_point_product,
    "three-point-energy": three_point_energy,
    "finite-difference": finite_difference,
    "central-difference": central_difference,
    "nudged": nudged,
    "nudged-centred": nudged_centred,
}
"""All estimators by the names that studies use."""

EXACT = frozenset({"adjoint"})
"""Estimators that read nothing with a camera."""

WITHOUT_ADJOINT_FORCE = frozenset({"adjoint", "finite-difference", "central-difference"})
"""Estimators that apply no adjoint force, so that their gradient is the same at every strength of it."""


def estimate(
    experiment: Experiment, estimator: str, strength: float = 1.0, springs: Experiment | None = None
) -> Floats:
    """Return dL/dk of every bond as an estimator has it in an experiment, shape (B,).

    Args:
        experiment: the network under its load, with its loss and its camera.
        estimator: one of :data:`ESTIMATORS`.
        strength: s at which the adjoint force is applied, in units of the loss's own.
        springs: the same experiment on linear springs, for the estimator that takes their field.

    Raises:
        ConfigError: there is no such estimator; the message names the nearest.
    """
    if estimator not in ESTIMATORS:
        raise ConfigError(f"There is no estimator {estimator!r}; {nearest(estimator, ESTIMATORS)}")
    return ESTIMATORS[estimator](EstimatorInputs(experiment, springs), strength)
