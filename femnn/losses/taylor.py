"""Taylor test: whether a derivative is that of its value.

The remainder |L(U + hD) − L(U) − h ∂L/∂U·D| falls with the second power of h where the derivative is right, and with
the first where it is not (Farrell, Ham, Funke & Rognes, SIAM J. Sci. Comput. 35, 2013).
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

type Floats = npt.NDArray[np.float64]

STEPS = 1e-2 * 0.5 ** np.arange(14)
"""Steps h, each half of that before, of directions as large as the displacements."""
DIRECTIONS = 3
LEAST_RATE = 1.8
"""Rate of the remainder from which on the derivative is right; 2 up to higher orders."""
ROUNDING = 200 * np.finfo(np.float64).eps
"""Remainder, as a share of the loss, below which it is rounding and has no rate."""
NEGLIGIBLE = 1e-6
"""Error of the slope, as a share of the largest that the derivative allows, that is let pass."""


@dataclass(frozen=True)
class TaylorTest:
    """What the test has found along the direction where the derivative is worst."""

    rate: float
    """Rate at which the remainder falls in the smallest steps that are not rounding; infinite where all are."""
    error: float
    """Derivative minus central difference along the direction, as a share of |∂L/∂U| |D|."""

    @property
    def passed(self) -> bool:
        """Whether the derivative is that of the value."""
        return self.rate >= LEAST_RATE or self.error <= NEGLIGIBLE


def taylor_test(value: Callable[[Floats], float], derivative: Floats, displacements: Floats) -> TaylorTest:
    """Test a derivative along three directions, the same in every run.

    Args:
        value: L(U).
        derivative: ∂L/∂U at the displacements, of their shape.
        displacements: U, with the size (m) that displacements have in use.
    """
    generator, size = np.random.default_rng(0), np.abs(displacements).max() or 1.0
    directions = size * generator.uniform(-1, 1, (DIRECTIONS, *displacements.shape))
    tests = [_along(direction, value, derivative, displacements) for direction in directions]
    return max(tests, key=lambda test: (not test.passed, test.error))


def _along(
    direction: Floats, value: Callable[[Floats], float], derivative: Floats, displacements: Floats
) -> TaylorTest:
    base, slope = value(displacements), float(np.sum(derivative * direction))
    ahead = np.array([value(displacements + h * direction) for h in STEPS])
    remainders = np.abs(ahead - base - STEPS * slope)
    rounding = np.maximum(ROUNDING * np.maximum(np.abs(base), np.abs(ahead)), np.finfo(np.float64).tiny)
    rate = _rate(remainders, rounding)
    middle = len(STEPS) // 2
    behind = value(displacements - STEPS[middle] * direction)
    central = (ahead[middle] - behind) / (2 * STEPS[middle])
    largest = max(float(np.linalg.norm(derivative) * np.linalg.norm(direction)), abs(central), np.finfo(float).tiny)
    return TaylorTest(rate, float(abs(slope - central) / largest))


def _rate(remainders: Floats, rounding: Floats) -> float:
    """The rate where the remainders go over into rounding, or end."""
    telling = int(np.argmax(np.append(remainders <= rounding, True)))
    if telling < 2:
        return np.inf
    rates = -np.diff(np.log2(np.maximum(remainders, rounding)))
    # The fall into rounding counts too: it is all there is to see where a step no longer reaches a kink
    return float(rates[telling - 2 : telling].max())
