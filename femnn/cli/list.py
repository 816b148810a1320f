"""``femnn list``: what there is by name."""

from __future__ import annotations

from femnn.runtime.stack import MPI


def list_() -> None:
    """List studies, networks and solvers by name."""
    from femnn.cli.listing import listing

    if MPI.COMM_WORLD.rank == 0:
        listing()
