"""How well a prediction agrees with a measured gradient, and how well it could, given how the measurement scatters."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from femnn.insitu.metrics import one_minus_pearson, relative_l2
from femnn.measured.measured_gradient import MeasuredGradient

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
    """Mean of ((predicted − measured)/deviation)² over the bonds, with the deviation of single trials.

    The standard error of a mean of n trials is 1/√n of that, and a deviation that comes from few trials is itself
    uncertain: for what a perfect model would show see :class:`Scatter`.
    """
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
    factor = best_factor(prediction, measured.value)
    return Agreement(
        one_minus_pearson(prediction, measured.value),
        relative_l2(prediction, measured.value),
        float(np.mean(scores**2)),
        float(np.mean(np.abs(scores) <= WITHIN)),
        factor,
        relative_l2(factor * prediction, measured.value),
    )


def best_factor(prediction: Floats, measured: Floats) -> float:
    """Return the factor on a prediction that brings it nearest to what was measured, by least squares.

    Args:
        prediction: values, shape (n,); divided by the deviations of what was measured where these differ.
        measured: the same, shape (n,).
    """
    return float(prediction @ measured / (prediction @ prediction))


@dataclass(frozen=True)
class Scatter:
    """What the scatter of a measurement makes of a perfect prediction."""

    one_minus_pearson: tuple[float, float]
    """Mean and standard deviation over draws."""
    relative_l2: tuple[float, float]
    """Mean and standard deviation over draws."""
    chi_squared: tuple[float, float]
    """Median of χ² per bond, and what 95 % of the draws are below."""


def chance(
    measured: Floats, deviations: Floats, trials: int, count: int, generator: np.random.Generator, fitted: bool = False
) -> tuple[float, float]:
    """χ² per value that a prediction shows which is right: its median, and what 95 % of the draws are below.

    Trials are drawn about what was measured, and judged by the mean and the deviation that they have themselves. There
    is no mean to tell: of three trials the square of one score, Student's t² over three, has none.

    Args:
        measured: values, which stand for what is right, shape (n,).
        deviations: of single trials, shape (n,).
        trials: how many a mean is of.
        count: how often they are drawn.
        generator: random numbers.
        fitted: whether the prediction is multiplied by the factor that fits the values best.
    """
    if trials < 2:
        return np.nan, np.nan
    drawn = measured + deviations * generator.standard_normal((count, trials, len(measured)))
    mean, deviation = drawn.mean(axis=1), drawn.std(axis=1, ddof=1)
    x, y = measured / deviation, mean / deviation
    factor = (x * y).sum(axis=1, keepdims=True) / (x**2).sum(axis=1, keepdims=True) if fitted else 1.0
    found = ((factor * x - y) ** 2).mean(axis=1)
    return float(np.median(found)), float(np.quantile(found, 0.95))


def trial_count(measured: MeasuredGradient) -> int:
    """The number of trials that a measured gradient is the mean of."""
    if measured.trials is not None:
        return len(measured.trials)
    return TRIALS if measured.repeats is None else measured.repeats


def _draws(measured: MeasuredGradient, count: int, generator: np.random.Generator) -> Floats:
    """Means of as many trials as were measured, drawn again, shape (count, B)."""
    return measured.value + measured.deviation / np.sqrt(trial_count(measured)) * generator.standard_normal(
        (count, len(measured.value))
    )


def scatter(measured: MeasuredGradient, count: int, generator: np.random.Generator) -> Scatter:
    """What a right prediction would show, the measured values standing for what is right.

    Args:
        measured: the measurement; its means scatter by the deviation over the square root of the number of trials.
        count: how often the means are drawn again.
        generator: random numbers.
    """
    draws = _draws(measured, count, generator)
    pearson = _one_minus_pearson(measured.value, draws)
    relative = np.linalg.norm(draws - measured.value, axis=1) / np.linalg.norm(draws, axis=1)
    return Scatter(
        (float(pearson.mean()), float(pearson.std(ddof=1))),
        (float(relative.mean()), float(relative.std(ddof=1))),
        chance(measured.value, measured.deviation, trial_count(measured), count, generator),
    )


def difference(
    prediction: Floats, other: Floats, measured: MeasuredGradient, count: int, generator: np.random.Generator
) -> tuple[float, float]:
    """1 − Pearson of a prediction less that of another, and its standard error by the scatter of the measurement.

    Both are held against the same means, drawn again: what scatter does to both alike cancels.

    Args:
        prediction: of one model (m²), shape (B,).
        other: of the other (m²), shape (B,).
        measured: the measurement.
        count: how often its means are drawn again.
        generator: random numbers.
    """
    draws = _draws(measured, count, generator)
    changes = _one_minus_pearson(prediction, draws) - _one_minus_pearson(other, draws)
    found = one_minus_pearson(prediction, measured.value) - one_minus_pearson(other, measured.value)
    return found, float(changes.std(ddof=1))


@dataclass(frozen=True)
class Change:
    """What a change of a model does to its prediction, and to the agreement with a measurement."""

    one_minus_pearson: float
    """Of the changed model."""
    one_minus_pearson_change: float
    one_minus_pearson_change_error: float
    """Standard error by the scatter of the measurement."""
    relative_l2_change: float
    chi_squared_change: float
    factor: float
    """On the size of the prediction, by least squares."""
    moved: float
    """‖changed − unchanged‖ / ‖unchanged‖."""
    turned: float
    """The same after the factor: change of the pattern that no factor undoes."""


def change(
    unchanged: Floats, changed: Floats, measured: MeasuredGradient, count: int, generator: np.random.Generator
) -> Change:
    """Hold two predictions against each other and against a measurement.

    Args:
        unchanged: of the model before (m²), shape (B,).
        changed: of the model after (m²), shape (B,).
        measured: the measurement.
        count: how often its means are drawn again.
        generator: random numbers.
    """
    before, after = agreement(unchanged, measured), agreement(changed, measured)
    factor = best_factor(unchanged, changed)
    return Change(
        after.one_minus_pearson,
        *difference(changed, unchanged, measured, count, generator),
        after.relative_l2 - before.relative_l2,
        after.chi_squared - before.chi_squared,
        factor,
        relative_l2(changed, unchanged),
        relative_l2(changed, factor * unchanged),
    )


def _one_minus_pearson(prediction: Floats, draws: Floats) -> Floats:
    """Of one prediction with each of many measurements, shape (draws,)."""
    x = prediction - prediction.mean()
    y = draws - draws.mean(axis=1, keepdims=True)
    return np.asarray(1 - y @ x / (np.linalg.norm(x) * np.linalg.norm(y, axis=1)))
