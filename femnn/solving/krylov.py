"""Linear solves whose failure does not pass unseen."""

from petsc4py import PETSc

from femnn.errors import ConvergenceError
from femnn.solving.reasons import linear_reason


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
        prefix = (solver.getOptionsPrefix() or "").rstrip("_")
        raise ConvergenceError(
            f"{where}: the linear solver {prefix} failed ({reason}); use solver 'direct', or allow it more iterations.",
            reason=reason,
            load_factor=0.0,
            residual=solver.norm,
        )
