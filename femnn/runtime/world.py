"""All ranks of a run, also where there is no MPI: what needs no DOLFINx works without it."""

from __future__ import annotations

import importlib
import os
import sys
from functools import cache
from typing import NoReturn, cast

from femnn.errors import StackError
from femnn.runtime.signals import RANK_VARIABLES
from femnn.runtime.stack import MPI, import_wheel


@cache
def world() -> MPI.Comm:
    """Return the communicator of all ranks, or a stand-in of one rank where MPI is not installed."""
    try:
        import_wheel()
        return importlib.import_module("mpi4py.MPI").COMM_WORLD
    except (ImportError, RuntimeError, StackError):
        # What needs the stack says what is wrong with it as soon as it is asked for
        return cast("MPI.Comm", Alone())


def launched() -> bool:
    """Return whether this process was started by a launcher of MPI; where not, it is alone without asking MPI."""
    return any(name in os.environ for name in RANK_VARIABLES)


class Alone:
    """A communicator of one rank, as far as commands use it."""

    rank, size = 0, 1

    def bcast[Item](self, item: Item, root: int = 0) -> Item:
        """Return what this rank has."""
        return item

    def allgather[Item](self, item: Item) -> list[Item]:
        """Return what this rank has, in a list."""
        return [item]

    def barrier(self) -> None:
        """Wait for nobody."""

    def Dup(self) -> Alone:
        """Return itself."""
        return self

    def Ibarrier(self) -> Alone:
        """Return a request that is fulfilled."""
        return self

    def Test(self) -> bool:
        """Return that the request is fulfilled."""
        return True

    def Abort(self, status: int) -> NoReturn:
        """End with a status."""
        sys.exit(status)
