"""What commands print, by rank 0 alone."""

from __future__ import annotations

import sys

from femnn.runtime.stack import MPI


def say(text: str) -> None:
    """Print a text, on rank 0 alone."""
    if MPI.COMM_WORLD.rank == 0:
        print(text, flush=True)


def complain(text: str) -> None:
    """Print a text as femnn's to standard error, on rank 0 alone."""
    if MPI.COMM_WORLD.rank == 0:
        print(f"femnn: {text}", file=sys.stderr, flush=True)
