"""Callbacks for PETSc that do not keep alive what they belong to.

PETSc keeps what it calls out of sight of Python's garbage collector: a bound method would keep its solver, the solver's
structure and the communicators of its mesh for ever.
"""

from collections.abc import Callable
from weakref import WeakMethod


def unbound[Answer](method: Callable[..., Answer]) -> Callable[..., Answer]:
    """The method without a hold on its object."""
    reference = WeakMethod(method)

    def call(*arguments: object) -> Answer:
        alive = reference()
        assert alive is not None, "a solver that is gone was called"
        return alive(*arguments)

    return call
