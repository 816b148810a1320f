"""PETSc's reasons by name."""

from __future__ import annotations

from femnn.runtime.stack import PETSc


def newton_reason(code: int) -> str:
    """Why SNES has ended."""
    return _name(PETSc.SNES.ConvergedReason, code)


def linear_reason(code: int) -> str:
    """Why KSP has ended."""
    return _name(PETSc.KSP.ConvergedReason, code)


def _name(reasons: type, code: int) -> str:
    names = {value: name for name, value in vars(reasons).items() if isinstance(value, int)}
    return names.get(code, str(code))
