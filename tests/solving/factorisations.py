"""How often PETSc factorises, by its own log."""

from collections.abc import Callable

from petsc4py import PETSc

PETSc.Log.begin()


def factorisations(work: Callable[[], object]) -> int:
    """Numerical factorisations during a call."""
    event = PETSc.Log.Event("MatCholFctrNum")
    before = event.getPerfInfo()["count"]
    work()
    return int(event.getPerfInfo()["count"] - before)
