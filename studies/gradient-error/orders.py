"""The order of an error in the adjoint force."""

import numpy as np

FITTED = (1e-10, 0.02)
"""Relative errors between which an order is fitted: above rounding, and small enough for the leading term to rule."""
LEAST_POINTS = 4


def order(forces: np.ndarray, errors: np.ndarray) -> float | None:
    """Exponent of the error in the adjoint force, by least squares on logarithms; None where it cannot be told."""
    fitted = (errors > FITTED[0]) & (errors < FITTED[1])
    if fitted.sum() < LEAST_POINTS or np.ptp(np.log10(forces[fitted])) < 1:
        return None
    return float(np.polyfit(np.log(forces[fitted]), np.log(errors[fitted]), 1)[0])
