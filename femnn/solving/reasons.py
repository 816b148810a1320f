"""PETSc's reasons by name."""

from petsc4py import PETSc

_NEWTON = {value: name for name, value in vars(PETSc.SNES.ConvergedReason).items() if isinstance(value, int)}
_LINEAR = {value: name for name, value in vars(PETSc.KSP.ConvergedReason).items() if isinstance(value, int)}


def newton_reason(code: int) -> str:
    """Why SNES has ended."""
    return _NEWTON.get(code, str(code))


def linear_reason(code: int) -> str:
    """Why KSP has ended."""
    return _LINEAR.get(code, str(code))
