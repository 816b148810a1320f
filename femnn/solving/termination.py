"""When Newton's method has arrived: by the residual, and by corrections that have nothing left to correct."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field

from femnn.runtime.stack import PETSc

SETTLED = 1e-14
"""Error of the iterate, as a share of its norm, that is rounding."""
FAST = 1e-2
"""Ratio of two corrections below which convergence counts as quadratic."""


@dataclass
class Termination:
    """Convergence test for ``SNES.setConvergenceTest``, which ends Newton's method with the first of three.

    - ‖r‖ ≤ ``residual``;
    - ‖δₙ‖ ≤ ``step`` ‖u‖, the test of ``snes_stol``;
    - ‖δₙ‖³/‖δₙ₋₁‖² ≤ 1e-14 ‖u‖ once ‖δₙ‖ ≤ ‖δₙ₋₁‖/100: the correction that quadratic convergence has come next
      (Deuflhard, Newton Methods for Nonlinear Problems, 2011, section 2.1) would change nothing.

    The last saves the factorisation that would find this out where rounding keeps the residual above its tolerance. It
    and the second count only where ‖r‖ is at most ``rounding``: a correction may also be small because an arc-length
    method has cut it short. Both presume that linear systems are solved exactly. Where they are not, a correction may
    be small because the solver has done little; then ‖r‖ must also be rounding, at most 1e-14 ‖diag(K)·u‖.
    """

    residual: float = 0.0
    """Tolerance of the norm of the out-of-balance force (N)."""
    step: float = 0.0
    rounding: float = math.inf
    """Largest residual that rounding can be to blame for (N)."""
    rounding_at: Callable[[PETSc.SNES], float] | None = None
    """Largest residual that is rounding at the present iterate (N), where linear systems are not solved exactly."""
    reason: int = field(default=0, init=False)
    """What the last call returned."""
    _before: float = field(default=0.0, init=False)

    def begin(self, correction: float = 0.0) -> None:
        """Start again, with the norm of the correction that has led to the first iterate, if there was one."""
        self.reason, self._before = int(PETSc.SNES.ConvergedReason.CONVERGED_ITERATING), correction

    def __call__(self, snes: PETSc.SNES, iterations: int, norms: tuple[float, float, float]) -> int:
        """PETSc's reason for ending, or that there is none; ``norms`` are those of u, δ and r."""
        self.reason = self._judge(snes, iterations, *norms)
        return self.reason

    def _judge(self, snes: PETSc.SNES, iterations: int, solution: float, correction: float, residual: float) -> int:
        if residual <= self.residual:
            return int(PETSc.SNES.ConvergedReason.CONVERGED_FNORM_ABS)
        if iterations == 0:
            return int(PETSc.SNES.ConvergedReason.CONVERGED_ITERATING)
        before, self._before = self._before, correction
        fast = correction <= FAST * before
        settled = correction <= self.step * solution or (fast and correction**3 <= SETTLED * before**2 * solution)
        rounding = self.rounding if self.rounding_at is None or not settled else self.rounding_at(snes)
        if settled and residual <= rounding:
            return int(PETSc.SNES.ConvergedReason.CONVERGED_SNORM_RELATIVE)
        return int(PETSc.SNES.ConvergedReason.CONVERGED_ITERATING)
