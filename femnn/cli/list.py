"""``femnn list``: what there is by name."""

from __future__ import annotations

from femnn.runtime.world import launched, world


def list_() -> None:
    """List studies, networks and solvers by name."""
    from femnn.cli.listing import listing

    if not launched() or world().rank == 0:
        listing()
