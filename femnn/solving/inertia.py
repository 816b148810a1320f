"""Stability from a factor: Sylvester's law of inertia counts the eigenvalues of K without computing any."""

from __future__ import annotations

from femnn.mechanics.structure import Structure
from femnn.runtime.stack import PETSc
from femnn.solving.gathered import factor_of


def factorises(solver: PETSc.KSP) -> bool:
    """Whether the solver works by the factor L D Lᵀ, of whose D the signs can be read."""
    return bool(factor_of(solver).getType() == PETSc.PC.Type.CHOLESKY)


def inertia(solver: PETSc.KSP) -> tuple[int, int] | None:
    """Negative and null pivots of the factor in hand, as many as K has such eigenvalues.

    None where the solver has no factor L D Lᵀ, or one that does not count them. MUMPS does with
    ``mat_mumps_icntl_24 1`` (null pivots looked for), and all of them only with ``mat_mumps_icntl_13 1`` (no part left
    to ScaLAPACK).
    """
    if not factorises(solver):
        return None
    try:
        negative, null, _ = factor_of(solver).getFactorMatrix().getInertia()
    except PETSc.Error:
        return None
    return int(negative), int(null)


def unstable_eigenvalues(solver: PETSc.KSP, structure: Structure) -> int | None:
    """Eigenvalues of K that are not positive, apart from the structure's saddle points; 0 where it is stable.

    None where the solver has no factor that tells.
    """
    pivots = inertia(solver)
    return None if pivots is None else abs(pivots[0] - structure.saddle_points) + pivots[1]
