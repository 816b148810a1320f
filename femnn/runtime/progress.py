"""How far a run is: a bar on a terminal, plain lines in a log, nothing on ranks other than 0."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from femnn.config.plain_text import one_line
from femnn.network.network import Network
from femnn.runtime.signals import undone_at_end
from femnn.runtime.stack import MPI

LOG_INTERVAL = 5.0
"""Seconds between two lines in a log."""


class Advance(Protocol):
    """Tells how far the run is."""

    def __call__(self, label: str) -> None:
        """One more point is done; ``label`` says which."""

    def tell(self, text: str) -> None:
        """Show how far the point under way is."""


def tell_notes(comm: MPI.Comm, network: Network) -> None:
    """Print what users are to know of how a network was read, on rank 0 alone, beside the output proper."""
    if comm.rank == 0:
        for note in network.notes:
            print(f"femnn: note: {one_line(f'{network.name}: {note}')}", file=sys.stderr, flush=True)


@contextmanager
def progress(comm: MPI.Comm, title: str, total: int, done: int = 0) -> Iterator[Advance]:
    """Show progress inside the ``with`` block.

    Args:
        comm: communicator of the run; only its rank 0 shows anything.
        title: what is under way.
        total: number of points.
        done: points that a checkpoint has already.
    """
    if comm.rank != 0:
        yield _Silent()
    elif sys.stdout.isatty():
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        with Progress(*columns, console=Console(), transient=True) as bar, undone_at_end(bar.stop):
            yield _Bar(bar, title, total, done)
    else:
        yield _Log(title, total, done)


class _Silent:
    def __call__(self, label: str) -> None:
        pass

    def tell(self, text: str) -> None:
        pass


class _Bar:
    def __init__(self, bar: Progress, title: str, total: int, done: int) -> None:
        self._bar, self._title = bar, title
        self._task = bar.add_task(title, total=total, completed=done)

    def __call__(self, label: str) -> None:
        self._bar.update(self._task, advance=1, description=_shown(f"{self._title} {label}"))

    def tell(self, text: str) -> None:
        self._bar.update(self._task, description=_shown(f"{self._title} {text}"))


def _shown(text: str) -> str:
    """A text that neither the terminal nor Rich takes for markup."""
    return escape(one_line(text))


class _Log:
    def __init__(self, title: str, total: int, done: int) -> None:
        self._title, self._total, self._done, self._last = title, total, done, time.monotonic()

    def __call__(self, label: str) -> None:
        self._done += 1
        self._print(label, at_once=self._done == self._total)

    def tell(self, text: str) -> None:
        self._print(text)

    def _print(self, text: str, at_once: bool = False) -> None:
        if at_once or time.monotonic() - self._last >= LOG_INTERVAL:
            self._last = time.monotonic()
            print(one_line(f"{self._title}: {self._done}/{self._total} {text}"), flush=True)
