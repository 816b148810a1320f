"""How far many measurements of one gradient are from it."""

from typing import Any

import numpy as np
import numpy.typing as npt

type Floats = npt.NDArray[np.float64]


def errors(estimates: Floats, reference: Floats) -> dict[str, Any]:
    """Root of the mean square relative L2 error with its own uncertainty, and the means of 1 − Pearson and 1 − cosine.

    Args:
        estimates: of shape (n, B), or one of shape (B,).
        reference: of shape (B,).
    """
    found = np.atleast_2d(estimates)
    squares = ((found - reference) ** 2).sum(axis=1) / (reference @ reference)
    root = float(np.sqrt(squares.mean()))
    spread = float(squares.std(ddof=1) / np.sqrt(len(squares)) / (2 * root)) if len(squares) > 1 and root > 0 else 0.0
    centred = found - found.mean(axis=1, keepdims=True)
    return {
        "relative_l2": root,
        "uncertainty": spread,
        "one_minus_pearson": _one_minus_cosine(centred, reference - reference.mean()),
        "one_minus_cosine": _one_minus_cosine(found, reference),
    }


def _one_minus_cosine(found: Floats, reference: Floats) -> float:
    """Mean of ½‖x/‖x‖ − y/‖y‖‖², which keeps its digits near zero."""
    unit = found / np.linalg.norm(found, axis=1, keepdims=True)
    return float(np.mean(0.5 * ((unit - reference / np.linalg.norm(reference)) ** 2).sum(axis=1)))
