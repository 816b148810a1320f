"""The estimators of dL/dk by name. One definition serves estimating, expected errors, plans, training and tables.

(a, b) is the state under a times the data's load and b times the adjoint force; see
:mod:`femnn.insitu.estimator_kinds`.
"""

import numpy as np
import numpy.typing as npt

from femnn.config.settings import nearest
from femnn.errors import ConfigError
from femnn.insitu.estimator_kinds import (
    Estimator,
    EstimatorInputs,
    ExactGradient,
    Nudge,
    ReadingEstimator,
    SpringsFieldEstimator,
    StiffnessStep,
)
from femnn.insitu.experiment import Experiment

type Floats = npt.NDArray[np.float64]

FORWARD, ADJOINT, PLUS, MINUS, TWICE = (1.0, 0.0), (0.0, 1.0), (1.0, 1.0), (1.0, -1.0), (1.0, 2.0)

ESTIMATORS: dict[str, Estimator] = {
    "adjoint": ExactGradient("dL/dk_b = λᵀ ∂²Π/∂u∂k_b with K λ = g: exact for every model."),
    "product": ReadingEstimator(
        "e(1, 0)·e(0, s)/s: forward and adjoint load applied separately, the protocol of Li & Mao (2024).",
        (FORWARD, ADJOINT), (0, 1), (1, 0), in_words="two separate loadings (the published protocol)",
    ),
    "product-linear-forward": SpringsFieldEstimator(
        "The product with the forward field of the linear springs, which Li & Mao (2024) plot as error against force."
    ),
    "superposed-product": ReadingEstimator(
        "e(1, 0)·[e(1, s) − e(1, 0)]/s: the adjoint force added on top of the data's load; error of order s.",
        (FORWARD, PLUS), (-1, 1), (1, 0), order=1, in_words="adjoint force added on top",
    ),
    "superposed-energy": ReadingEstimator(
        "[E(1, s) − E(1, 0)]/s; error of order s.", (FORWARD, PLUS), (-1, 1), order=1
    ),
    "centred-product": ReadingEstimator(
        "e(1, 0)·[e(1, s) − e(1, −s)]/(2s); error of order s².",
        (FORWARD, PLUS, MINUS), (0, 0.5, -0.5), (1, 0, 0), order=2, in_words="added with both signs",
    ),
    "centred-energy": ReadingEstimator(
        "[E(1, s) − E(1, −s)]/(2s); error of order s².", (PLUS, MINUS), (0.5, -0.5), order=2
    ),
    "three-point-product": ReadingEstimator(
        "e(1, 0)·[−3 e(1, 0) + 4 e(1, s) − e(1, 2s)]/(2s): of order s² with adjoint forces of one sign only.",
        (FORWARD, PLUS, TWICE), (-1.5, 2, -0.5), (1, 0, 0), order=2,
    ),
    "three-point-energy": ReadingEstimator(
        "[−3 E(1, 0) + 4 E(1, s) − E(1, 2s)]/(2s): of order s² with adjoint forces of one sign only.",
        (FORWARD, PLUS, TWICE), (-1.5, 2, -0.5), order=2,
    ),
    "finite-difference": StiffnessStep(
        "[L(k_b + h_b) − L(k_b)]/h_b, bond after bond, each with a forward solve of its own.", central=False
    ),
    "central-difference": StiffnessStep("[L(k_b + h_b) − L(k_b − h_b)]/(2h_b), bond after bond.", central=True),
    "nudged": Nudge(
        "[E(u_β) − E(u_0)]/β with β = s: equilibrium propagation (Scellier & Bengio 2017), the loss itself pulling.", 1
    ),
    "nudged-centred": Nudge("[E(u_β) − E(u_−β)]/(2β) with β = s; error of order β².", 2),
}  # fmt: skip
"""All estimators by the names that studies use."""

READINGS: dict[str, ReadingEstimator] = {
    name: estimator for name, estimator in ESTIMATORS.items() if isinstance(estimator, ReadingEstimator)
}
"""Those that only load and look, which have an expected error and a plan."""
IN_WORDS = {name: estimator.in_words for name, estimator in READINGS.items() if estimator.in_words}
"""Those whose way of loading is explained in words, by these."""
EXACT = frozenset(name for name, estimator in ESTIMATORS.items() if not estimator.reads)
"""Those that read nothing with a camera."""
WITHOUT_ADJOINT_FORCE = frozenset(name for name, estimator in ESTIMATORS.items() if not estimator.applies_adjoint_force)
"""Those whose gradient is the same at every strength of the adjoint force."""


def takes_springs(name: str) -> bool:
    """Return whether an estimator takes a field of linear springs."""
    return ESTIMATORS[name].needs_springs


def reading_estimator(name: str) -> ReadingEstimator:
    """Return an estimator that only loads and looks.

    Raises:
        ConfigError: there is none of this name.
    """
    if name not in READINGS:
        raise ConfigError(f"There is no estimator {name!r} that only loads and looks; {nearest(name, READINGS)}")
    return READINGS[name]


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
