"""How well a prediction agrees with a measured gradient, and how well it could, given how the measurement scatters."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from femnn.learning.metrics import one_minus_pearson, relative_l2
from femnn.measured.gradient import MeasuredGradient

type Floats = npt.NDArray[np.float64]

TRIALS = 3
"""Trials of which a measured gradient is the mean where its table does not say (Li & Mao 2024)."""
WITHIN = 2.0
"""Deviations within which a bond counts as explained."""


@dataclass(frozen=True)
class Agreement:
    """Figures of one prediction against one measurement."""

    one_minus_pearson: float
    """1 − Pearson correlation over the bonds; the size of the gradient does not matter to it."""
    relative_l2: float
    """‖predicted − measured‖ / ‖measured‖."""
    chi_squared: float
    """Mean of ((predicted − measured)/deviation)² over the bonds; 1 is what scatter alone makes of it."""
    explained: float
    """Share of the bonds that are predicted within two deviations."""
    factor: float
    """Factor on the prediction that brings it nearest to the measurement, by least squares."""
    relative_l2_scaled: float
    """Relative L2 error that is left with this factor."""


def agreement(prediction: Floats, measured: MeasuredGradient) -> Agreement:
    """Hold a predicted gradient against a measured one.

    Args:
        prediction: product of the elongations of each bond (m²), shape (B,).
        measured: what was measured, with its deviations over the trials.
    """
    scores = (prediction - measured.value) / measured.deviation
    factor = float(prediction @ measured.value / (prediction @ prediction))
    return Agreement(
        one_minus_pearson(prediction, measured.value),
        relative_l2(prediction, measured.value),
        float(np.mean(scores**2)),
        float(np.mean(np.abs(scores) <= WITHIN)),
        factor,
        relative_l2(factor * prediction, measured.value),
    )


@dataclass(frozen=True)
class Scatter:
    """What the scatter of a measurement makes of a prediction that is right: mean and standard deviation over draws."""

    one_minus_pearson: tuple[float, float]
    relative_l2: tuple[float, float]


def _draws(measured: MeasuredGradient, count: int, generator: np.random.Generator) -> Floats:
    """Means of as many trials as were measured, drawn anew, shape (count, B)."""
    trials = TRIALS if measured.trials is None else len(measured.trials)
    return measured.value + measured.deviation / np.sqrt(trials) * generator.standard_normal(
        (count, len(measured.value))
    )


def scatter(measured: MeasuredGradient, count: int, generator: np.random.Generator) -> Scatter:
    """What a right prediction would show, the measured values standing for what is right.

    Args:
        measured: the measurement; its means scatter by the deviation over the square root of the number of trials.
        count: how often the means are drawn anew.
        generator: random numbers.
    """
    draws = _draws(measured, count, generator)
    pearson = _one_minus_pearson(measured.value, draws)
    relative = np.linalg.norm(draws - measured.value, axis=1) / np.linalg.norm(draws, axis=1)
    return Scatter(*((float(x.mean()), float(x.std(ddof=1))) for x in (pearson, relative)))


def difference(
    prediction: Floats, other: Floats, measured: MeasuredGradient, count: int, generator: np.random.Generator
) -> tuple[float, float]:
    """1 − Pearson of a prediction less that of another, and its standard error by the scatter of the measurement.

    Both are held against the same means, drawn anew: what scatter does to both alike cancels.

    Args:
        prediction: of one model (m²), shape (B,).
        other: of the other (m²), shape (B,).
        measured: the measurement.
        count: how often its means are drawn anew.
        generator: random numbers.
    """
    draws = _draws(measured, count, generator)
    changes = _one_minus_pearson(prediction, draws) - _one_minus_pearson(other, draws)
    found = one_minus_pearson(prediction, measured.value) - one_minus_pearson(other, measured.value)
    return found, float(changes.std(ddof=1))


def _one_minus_pearson(prediction: Floats, draws: Floats) -> Floats:
    """Of one prediction with each of many measurements, shape (draws,)."""
    x = prediction - prediction.mean()
    y = draws - draws.mean(axis=1, keepdims=True)
    return np.asarray(1 - y @ x / (np.linalg.norm(x) * np.linalg.norm(y, axis=1)))
