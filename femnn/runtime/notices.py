"""Warnings of femnn on the console: each is shown once, on rank 0, and kept for the report."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TextIO

from femnn.config.plain_text import one_line
from femnn.errors import FemnnWarning
from femnn.runtime.stack import MPI


@contextmanager
def collected(comm: MPI.Comm) -> Iterator[list[str]]:
    """Keep the warnings of femnn that are raised inside the ``with`` block, and show each once.

    Other warnings go where they went before.

    Args:
        comm: ranks that are at work; rank 0 alone shows a line ``warning: …``, on the standard error.
    """
    kept: list[str] = []
    before = warnings.showwarning

    def show(
        message: Warning | str,
        category: type[Warning],
        filename: str,
        lineno: int,
        file: TextIO | None = None,
        line: str | None = None,
    ) -> None:
        if not issubclass(category, FemnnWarning):
            before(message, category, filename, lineno, file, line)
        elif (text := str(message)) not in kept:
            kept.append(text)
            _show(text, comm)

    with warnings.catch_warnings():
        warnings.simplefilter("always", FemnnWarning)
        setattr(warnings, "showwarning", show)  # noqa: B010
        yield kept


@contextmanager
def noted() -> Iterator[list[str]]:
    """Keep the warnings of femnn that are raised inside the ``with`` block, each once, also those shown before."""
    texts: list[str] = []
    before = warnings.showwarning

    def show(message: Warning | str, category: type[Warning], *rest: Any, **more: Any) -> None:
        if issubclass(category, FemnnWarning) and str(message) not in texts:
            texts.append(str(message))
        before(message, category, *rest, **more)

    setattr(warnings, "showwarning", show)  # noqa: B010
    try:
        yield texts
    finally:
        setattr(warnings, "showwarning", before)  # noqa: B010


def gathered(kept: list[str], comm: MPI.Comm) -> list[str]:
    """Return the warnings of all ranks, each once; rank 0 shows those that only others have raised.

    Args:
        kept: what :func:`collected` gave.
        comm: all of its ranks call.
    """
    every: list[Any] = comm.allgather(kept)
    together = list(dict.fromkeys(text for texts in every for text in texts))
    for text in together[len(kept) :] if comm.rank == 0 else []:
        _show(text, comm)
    return together


def _show(text: str, comm: MPI.Comm) -> None:
    if comm.rank == 0:
        print(f"warning: {one_line(text)}", file=sys.stderr, flush=True)
