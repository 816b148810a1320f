"""What commands print, by rank 0 alone."""

from __future__ import annotations

import sys

from femnn.runtime.world import world


def say(text: str) -> None:
    """Print a text, on rank 0 alone."""
    if world().rank == 0:
        print(text, flush=True)


def complain(text: str) -> None:
    """Print a text as femnn's to standard error, on rank 0 alone."""
    if world().rank == 0:
        print(f"femnn: {text}", file=sys.stderr, flush=True)
