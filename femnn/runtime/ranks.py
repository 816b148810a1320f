"""What ranks do together: work that one does for all, and ends that all come to."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import cast

from femnn.errors import FemnnError
from femnn.runtime.stack import MPI


def on_root[Result](comm: MPI.Comm, work: Callable[[], Result]) -> Result:
    """Call ``work`` on rank 0 and give its result to every rank; if it raises there, raise the same everywhere.

    Files are read and written through this, so that a missing file ends all ranks and not one.

    Args:
        comm: the communicator; every rank of it must call.
        work: function without arguments; what it returns or raises must be picklable.
    """
    kept = for_root(comm, work)
    return cast(Result, comm.bcast(kept))


def for_root[Result](comm: MPI.Comm, work: Callable[[], Result]) -> Result | None:
    """Call ``work`` on rank 0, which alone gets its result; if it raises there, raise the same everywhere.

    Args:
        comm: the communicator; every rank of it must call.
        work: function without arguments; what it raises must be picklable.
    """
    result, error = None, None
    if comm.rank == 0:
        try:
            result = work()
        except (FemnnError, OSError) as raised:
            error = raised
    error = comm.bcast(error)
    if error is not None:
        raise error
    return result


def all_failed(comm: MPI.Comm, patience: float = 5.0) -> bool:
    """True when every rank of ``comm`` calls this within ``patience`` seconds.

    A rank that failed asks here whether it may end in good order with the others, or must abort because they wait for
    it elsewhere. ``comm`` must carry no other traffic.
    """
    request = comm.Ibarrier()
    end = time.monotonic() + patience
    while time.monotonic() < end:
        if request.Test():
            return True
        time.sleep(0.01)
    return False
