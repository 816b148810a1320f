"""The gap of a training: how far its loss is above the least one that can be reached, of all that training gains."""

from collections.abc import Sequence


def relative_gap(loss: float, start: float, least: float) -> float:
    """Return how far a loss L is above the least one, as a share of what training gains: (L − L*)/(L₀ − L*).

    It is 0 at the optimum L*, 1 at the loss L₀ before training, and NaN where training gains nothing.

    Args:
        loss: L.
        start: L₀.
        least: L*.
    """
    return (loss - least) / (start - least) if start > least else float("nan")


def steps_to_close(gaps: Sequence[float], tolerance: float) -> int | None:
    """Return after how many steps the gap is first within a tolerance; None where it never is.

    Args:
        gaps: before the first step, and after each step.
        tolerance: gap that counts as closed.
    """
    return next((step for step, gap in enumerate(gaps) if gap <= tolerance), None)
