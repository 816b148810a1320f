"""What a solve may leave out of balance, as a share of the load."""

from __future__ import annotations

import warnings

from femnn.errors import FemnnWarning
from femnn.mechanics.structure import Structure
from femnn.runtime.stack import PETSc
from femnn.solving.krylov import UNBALANCED, unbalanced

UNBALANCED_BENDING = 1e-3
"""Share of the load that may be left where bonds bend: rounding leaves 3e-5 in beams of slenderness 1/1000."""
WIDEST = 1e10
"""Ratio of the largest stiffness to the smallest above which double precision is short of digits."""
LARGEST_ROUNDING = 1e3
"""How often 1e-14 ‖diag(K)·u‖ the residual of a model that bends may be."""


def require_balance(structure: Structure, solver: PETSc.KSP, rest: float, size: float, rounding: float) -> None:
    """Refuse what is out of balance, or warn of it.

    Args:
        structure: the structure at the state that was found.
        solver: the linear solver that found it.
        rest: what is left out of balance (N).
        size: of the load (N).
        rounding: 1e-14 ‖diag(K)·u‖ (N).

    Raises:
        ConvergenceError: too much is out of balance.
    """
    left, k = rest / size, structure.stiffness
    bends = structure.model.transmits_moments and rest <= LARGEST_ROUNDING * rounding
    if not left <= (UNBALANCED_BENDING if bends else UNBALANCED):
        raise unbalanced(structure, solver, left)
    if left > UNBALANCED and k.max() > WIDEST * k.min():
        warnings.warn(
            f"{structure.network.name}: {left:.2g} of the load is left out of balance, as stiffnesses of the bonds "
            f"range from {k.min():.3g} to {k.max():.3g} N/m; forces in the stiffest are known to few digits.",
            FemnnWarning,
            stacklevel=2,
        )
