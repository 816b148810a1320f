"""Linear solves to rounding with any solver, exact or not, whose failure does not pass unseen."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from femnn.errors import ConvergenceError
from femnn.mechanics.structure import Structure
from femnn.runtime.stack import PETSc
from femnn.solving.gathered import FACTORS, factor_of
from femnn.solving.reasons import linear_reason

type Floats = npt.NDArray[np.float64]

SOLVED = 1e-13
"""Residual of a linear system, as a share of its right-hand side, at which it counts as solved."""
ROUNDING = 1e-14
"""Share of ‖diag(K)·x‖ below which the residual of K x = b is rounding."""
MOST_REFINEMENTS = 100
WIDE = 1e6
"""Ratio of the largest stiffness to the smallest that may be why a residual is no smaller."""
UNBALANCED = 1e-7
"""Share of its right-hand side that the residual of a linear system may have at most."""


def exact(solver: PETSc.KSP) -> bool:
    """Whether every solve is one application of a factor, with an error of rounding only."""
    return bool(solver.getType() == PETSc.KSP.Type.PREONLY and factor_of(solver).getType() in FACTORS)


def require_converged(solver: PETSc.KSP, where: str) -> None:
    """Check the last solve of a linear solver.

    Args:
        solver: the solver; its options prefix is named in the message.
        where: name of the structure.

    Raises:
        ConvergenceError: it did not converge.
    """
    if solver.reason < 0:
        reason = linear_reason(solver.reason)
        raise ConvergenceError(
            f"{where}: the linear solver {_name(solver)} failed ({reason}); use solver 'direct', or allow it more "
            "iterations.",
            reason=reason,
            load_factor=0.0,
            residual=solver.norm,
        )


class Refined:
    """Solves K x = b by a solver of any accuracy: corrections of what is left over, until that is rounding."""

    def __init__(self, structure: Structure, solver: PETSc.KSP) -> None:
        """Allocate.

        Args:
            structure: the structure that K belongs to.
            solver: the solver; K is its operator.
        """
        self._structure, self._solver = structure, solver
        self._rest, self._change, self._diagonal = (structure.vector() for _ in range(3))

    def solve(self, right: PETSc.Vec, answer: PETSc.Vec, tolerance: float = SOLVED) -> None:
        """Solve for one right-hand side; fixed components of the answer are those of the right-hand side.

        Args:
            right: b.
            answer: takes x.
            tolerance: residual, as a share of ‖b‖, at which the system counts as solved.

        Raises:
            ConvergenceError: the solver fails, or its corrections do not lead to the answer.
        """
        where, fixed = self._structure.network.name, self._structure.fixed
        self._solver.solve(right, answer)
        require_converged(self._solver, where)
        matrix, _ = self._solver.getOperators()
        matrix.getDiagonal(self._diagonal)
        size, before = right.norm(), np.inf
        for _ in range(MOST_REFINEMENTS):
            answer.array_w[fixed] = right.array_r[fixed]
            matrix.mult(answer, self._rest)
            self._rest.aypx(-1.0, right)
            left = self._rest.norm()
            self._change.pointwiseMult(self._diagonal, answer)
            rounding = ROUNDING * self._change.norm()
            smaller = left < before / 2
            if left <= max(tolerance * size, rounding) or (not smaller and left <= UNBALANCED * size):
                return
            if not smaller:
                break
            before = left
            self._change.set(0.0)
            # A correction that falls short of its tolerance, as GMRES does whose vectors lose their orthogonality, is
            # judged by what it leaves over
            self._solver.solve(self._rest, self._change)
            answer.axpy(1.0, self._change)
        require_converged(self._solver, where)
        raise unbalanced(self._structure, self._solver, left / size)


def unbalanced(structure: Structure, solver: PETSc.KSP, share: float) -> ConvergenceError:
    """What is raised where a solver leaves a share of the load out of balance."""
    k = structure.stiffness
    ratio = k.max() / k.min()
    cause = (
        f"Stiffnesses of the bonds range from {k.min():.3g} to {k.max():.3g} N/m (ratio {ratio:.2g}); have them nearer "
        "to each other"
        if ratio > WIDE
        else "Tighten its tolerances (ksp_rtol, snes_rtol, snes_stol) or leave out what changes how it iterates"
    )
    return ConvergenceError(
        f"{structure.network.name}: the solver {_name(solver)} leaves {share:.2g} of the load out of balance. {cause}, "
        "or use solver 'direct'.",
        reason="OUT_OF_BALANCE",
        load_factor=0.0,
        residual=share,
    )


def _name(solver: PETSc.KSP) -> str:
    return (solver.getOptionsPrefix() or "").rstrip("_")
