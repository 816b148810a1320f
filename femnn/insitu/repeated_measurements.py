"""How far many measurements of one gradient are from it."""

import numpy as np
import numpy.typing as npt

type Floats = npt.NDArray[np.float64]


def errors_of_measurements(estimates: Floats, reference: Floats) -> dict[str, float]:
    """Return errors of measurements by the names of columns.

    ``relative_l2`` is the root of the mean square relative L2 error, ``uncertainty`` its standard error;
    ``one_minus_pearson`` and ``one_minus_cosine`` are means, NaN where a measurement or the reference vanishes.

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
        "one_minus_pearson": _mean_one_minus_cosine(centred, reference - reference.mean()),
        "one_minus_cosine": _mean_one_minus_cosine(found, reference),
    }


def _mean_one_minus_cosine(estimates: Floats, reference: Floats) -> float:
    """Return the mean of :func:`femnn.insitu.metrics.one_minus_cosine` over rows."""
    sizes, size = np.linalg.norm(estimates, axis=1, keepdims=True), np.linalg.norm(reference)
    if not (size and sizes.all()):
        return float("nan")
    return float(np.mean(0.5 * ((estimates / sizes - reference / size) ** 2).sum(axis=1)))
