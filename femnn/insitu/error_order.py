"""The order of an error in the adjoint force."""

import numpy as np
import numpy.typing as npt

type Floats = npt.NDArray[np.float64]

FITTED = (1e-10, 0.02)
"""Relative errors between which an order is fitted: above rounding, and small enough for the leading term to rule."""
LEAST_POINTS = 4
LEAST_DECADES = 1.0
"""Range of the forces that a fit needs."""


def error_order(forces: Floats, errors: Floats) -> float | None:
    """Return the exponent of an error in the adjoint force, by least squares on logarithms; None where it is not clear.

    Args:
        forces: adjoint forces (N), shape (n,).
        errors: relative errors at these, shape (n,).
    """
    fitted = (errors > FITTED[0]) & (errors < FITTED[1])
    if fitted.sum() < LEAST_POINTS or np.ptp(np.log10(forces[fitted])) < LEAST_DECADES:
        return None
    return float(np.polyfit(np.log(forces[fitted]), np.log(errors[fitted]), 1)[0])


def over_forces(forces: Floats, errors: Floats, shown: float) -> dict[str, float | None]:
    """Return an error at the force nearest to one, at the smallest, and at the best, and its order.

    Args:
        forces: adjoint forces (N), shape (n,), ascending.
        errors: relative errors at these, shape (n,).
        shown: the one (N).
    """
    at = nearest_force(forces, shown)
    best = int(np.nanargmin(errors)) if np.isfinite(errors).any() else 0
    return {
        "adjoint_force": float(forces[at]),
        "relative_l2": float(errors[at]),
        "smallest_force_relative_l2": float(errors[0]),
        "best_relative_l2": float(errors[best]),
        "best_adjoint_force": float(forces[best]),
        "order": error_order(forces, errors),
    }


def nearest_force(forces: Floats, wanted: float) -> int:
    """Return the index of the force that is nearest to one, by their ratio."""
    return int(np.argmin(np.abs(np.log(forces / wanted))))
