"""How far one gradient is from another, over the bonds of a network. None depends on the sign convention of both."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

type Floats = npt.NDArray[np.float64]


def one_minus_cosine(estimate: Floats, reference: Floats) -> float:
    """1 − cosine of the angle between two gradients, as ½‖x/‖x‖ − y/‖y‖‖², which keeps its digits near zero.

    NaN where one of them vanishes.
    """
    norms = np.linalg.norm(estimate), np.linalg.norm(reference)
    if not all(norms):
        return float("nan")
    return float(0.5 * np.linalg.norm(estimate / norms[0] - reference / norms[1]) ** 2)


def one_minus_pearson(estimate: Floats, reference: Floats) -> float:
    """1 − Pearson correlation over the bonds, the error metric of Li & Mao (2024), without cancellation."""
    return one_minus_cosine(estimate - estimate.mean(), reference - reference.mean())


def relative_l2(estimate: Floats, reference: Floats) -> float:
    """‖estimate − reference‖ / ‖reference‖; NaN where the reference vanishes."""
    norm = np.linalg.norm(reference)
    return float(np.linalg.norm(estimate - reference) / norm) if norm else float("nan")


def signs_right(estimate: Floats, reference: Floats) -> float:
    """Share of the bonds whose gradient has the sign of the reference; NaN where the reference vanishes."""
    if not reference.any():
        return float("nan")
    return float(np.mean(np.sign(estimate) == np.sign(reference)))


METRICS = {
    "one_minus_pearson": one_minus_pearson,
    "one_minus_cosine": one_minus_cosine,
    "relative_l2": relative_l2,
    "signs_right": signs_right,
}
"""All metrics by the names of their columns."""


def all_metrics(estimate: Floats, reference: Floats) -> dict[str, float]:
    """Return all metrics, by name."""
    return {name: metric(estimate, reference) for name, metric in METRICS.items()}


class Change(NamedTuple):
    """From one gradient to another. Training does not depend on a common factor of a gradient."""

    change: float
    """Relative L2 distance of the first from the second."""
    factor: float
    """Factor that brings the first nearest to the second."""
    turned: float
    """Relative L2 distance that is left with that factor."""
    pearson: float
    """1 − Pearson correlation of the two."""


def change(first: Floats, second: Floats) -> Change:
    """Return how far it is from one gradient to another, in size and in direction.

    Args:
        first: shape (B,), not all zero.
        second: of the same shape.
    """
    factor = float(first @ second / (first @ first))
    return Change(
        relative_l2(first, second), factor, relative_l2(factor * first, second), one_minus_pearson(first, second)
    )
