"""The estimators of dL/dk by name. One definition serves estimating, expected errors, plans, training and tables.

They are those of all files in this folder, each of which has some under ``ESTIMATORS``. (a, b) is the state under a
times the data's load and b times the adjoint force; see :mod:`femnn.insitu.estimator_kinds`.
"""

import numpy as np
import numpy.typing as npt

from femnn.config.discovery import in_order, modules_of
from femnn.config.settings import nearest
from femnn.errors import ConfigError
from femnn.insitu.estimator_kinds import (
    ADJOINT,
    FORWARD,
    MINUS,
    PLUS,
    TWICE,
    Estimator,
    EstimatorInputs,
    ReadingEstimator,
)
from femnn.insitu.experiment import Experiment

__all__ = [
    "ADJOINT",
    "ESTIMATORS",
    "EXACT",
    "FORWARD",
    "MINUS",
    "PLUS",
    "READINGS",
    "TWICE",
    "WITHOUT_ADJOINT_FORCE",
    "estimate",
    "reading_estimator",
]

type Floats = npt.NDArray[np.float64]

FIRST = (
    "adjoint", "product", "product-linear-forward", "superposed-product", "superposed-energy", "centred-product",
    "centred-energy", "three-point-product", "three-point-energy", "finite-difference", "central-difference", "nudged",
    "nudged-centred",
)  # fmt: skip
"""Names that are listed first."""


def _estimators() -> dict[str, Estimator]:
    """What the files in this folder have under ``ESTIMATORS``."""
    return {name: it for module in modules_of(__name__) for name, it in getattr(module, "ESTIMATORS", {}).items()}


ESTIMATORS: dict[str, Estimator] = in_order(_estimators(), FIRST)
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
