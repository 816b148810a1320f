"""What commands print, by rank 0 alone."""

from __future__ import annotations

import sys

from femnn.config.plain_text import one_line, printable
from femnn.runtime.world import world


def say(text: str) -> None:
    """Print a text of any number of lines, on rank 0 alone."""
    if world().rank == 0:
        print("\n".join(map(printable, text.split("\n"))), flush=True)


def complain(text: str) -> None:
    """Print a text as one line of femnn's to standard error, on rank 0 alone."""
    if world().rank == 0:
        print(f"femnn: {one_line(text)}", file=sys.stderr, flush=True)
