"""The adjoint force at which an error is least, and how both follow the noise.

One-sided: error² = (c₁ s)² + (c₂ σ/s)², least at s* = (c₂σ/c₁)^½, where it is (2 c₁ c₂ σ)^½.
Centred: error² = (c₁ s²)² + (c₂ σ/s)², least at s* = (c₂σ/(√2 c₁))^⅓, where it grows as c₁^⅓ (c₂ σ)^⅔.
Of an estimator of order n the best force grows as σ^(1/(n+1)), and the least error as σ^(n/(n+1)).
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.interpolate import Akima1DInterpolator

type Floats = npt.NDArray[np.float64]

FINE = 2001
"""Places between the smallest and the largest force at which errors are looked at."""
LEAP = 4.0
"""Errors above this multiple of the least are not looked at in finding the least of what scatters."""


@dataclass(frozen=True)
class Optimum:
    """Where an error is least."""

    force: float
    """Adjoint force (N)."""
    error: float
    inside: bool
    """Whether the error grows to both sides of it within the sweep."""


def optimum(forces: Floats, errors: Floats) -> Optimum:
    """Return the least of an error that is known at some adjoint forces, between them too.

    Args:
        forces: adjoint forces (N), ascending, shape (n,); two at least.
        errors: shape (n,).
    """
    fine = np.geomspace(forces[0], forces[-1], FINE)
    between = Akima1DInterpolator(np.log(forces), np.log(errors), method="makima")(np.log(fine))
    least = int(np.argmin(between))
    return Optimum(float(fine[least]), float(np.exp(between[least])), 0 < least < FINE - 1)


def scattered_optimum(forces: Floats, errors: Floats, near: float, each_side: int = 4) -> Optimum:
    """Return the least of an error that scatters, by a quartic through the logarithms near where it should be.

    Args:
        forces: adjoint forces (N), ascending.
        errors: shape (n,).
        near: where the least is expected (N).
        each_side: how many values to each side take part.
    """
    at = int(np.argmin(np.abs(np.log(forces / near))))
    part = np.arange(max(0, at - each_side), min(len(forces), at + each_side + 1))
    # Where the lattice buckles the error leaps, and no polynomial follows
    part = part[errors[part] < LEAP * errors[part].min()]
    x = np.log(forces[part] / near)
    # The quartic takes up what a U-shaped curve has beyond a parabola
    curve = np.polynomial.Polynomial.fit(x, np.log(errors[part]), min(4, len(x) - 1))
    fine = np.linspace(x[0], x[-1], FINE)
    least = int(np.argmin(curve(fine)))
    return Optimum(float(near * np.exp(fine[least])), float(np.exp(curve(fine[least]))), 0 < least < FINE - 1)


@dataclass(frozen=True)
class Exponent:
    """A power law fitted on logarithms."""

    value: float
    uncertainty: float
    """Standard error of the fit."""
    count: int
    """How many points it goes through."""


def exponent(x: Floats, y: Floats) -> Exponent | None:
    """Return the exponent of y in x by least squares on logarithms; None from fewer than three points."""
    if len(x) < 3:
        return None
    (slope, _), covariance = np.polyfit(np.log(x), np.log(y), 1, cov="unscaled")
    left = np.log(y) - np.polyval(np.polyfit(np.log(x), np.log(y), 1), np.log(x))
    spread = float(np.sqrt(covariance[0, 0] * (left @ left) / max(len(x) - 2, 1)))
    return Exponent(float(slope), spread, len(x))
