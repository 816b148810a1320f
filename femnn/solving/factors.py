"""Factors of tangents by MUMPS, with more workspace where its estimate was too small.

MUMPS estimates its workspace before it meets a pivot. A tangent with many negative eigenvalues delays pivots and can
take more than that. Such a factorisation fails, and PETSc never tries again with the same factor: it must be rebuilt.
"""

from __future__ import annotations

from femnn.runtime.stack import PETSc
from femnn.solving.gathered import factor_of
from femnn.solving.options import SolverOptions

INTEGER_WORKSPACE, REAL_WORKSPACE = -8, -9
"""Values of INFOG(1) for too small a workspace, MUMPS users' guide, section 8."""
RELAXATION = 14
"""The ICNTL that holds the share (%) by which the workspace exceeds the estimate."""
LEAST, MOST = 100, 6400
"""Shares (%) of the first repetition and of the last; each has four times that of the one before."""


def factorise(solver: PETSc.KSP, matrix: PETSc.Mat, options: SolverOptions) -> None:
    """Have the factor of a matrix.

    Args:
        solver: the solver that keeps the factor.
        matrix: the matrix, assembled.
        options: by which the factor is rebuilt where it ran out of workspace.
    """
    # Naming the matrix again is what makes setUp, and not only the next solve, factorise it again
    solver.setOperators(matrix)
    solver.setUp()
    if out_of_workspace(solver):
        enlarge(solver, options)


def out_of_workspace(solver: PETSc.KSP) -> bool:
    """Whether the last factorisation has failed for want of workspace."""
    holder = factor_of(solver)
    if holder.getFailedReason() == PETSc.PC.FailedReason.NOERROR:
        return False
    try:
        factor = holder.getFactorMatrix()
        return factor.getMumpsInfog(1) in (INTEGER_WORKSPACE, REAL_WORKSPACE)
    except PETSc.Error:
        return False


def enlarge(solver: PETSc.KSP, options: SolverOptions) -> bool:
    """Factorise again with more workspace; whether that has led to a factor.

    Args:
        solver: a solver that is out of workspace.
        options: by which the factor is made.
    """
    prefix, (matrix, _) = solver.getOptionsPrefix(), solver.getOperators()
    name = f"{prefix}mat_mumps_icntl_{RELAXATION}"
    share = max(LEAST, 4 * factor_of(solver).getFactorMatrix().getMumpsIcntl(RELAXATION))
    database = PETSc.Options()
    while out_of_workspace(solver) and share <= MOST:
        with options.in_force(prefix + "mat_"):
            before = database.getAll().get(name)
            database.setValue(name, str(share))
            try:
                for holder in (factor_of(solver), solver.pc):
                    holder.reset()
                solver.setOperators(matrix, matrix)
                solver.setUp()
            finally:
                database.delValue(name)
                if before is not None:
                    database.setValue(name, before)
                    # Reading it marks it as known to PETSc, which setting it has undone
                    database.getString(name)
        share *= 4
    return not out_of_workspace(solver)
