"""How far a run is: a bar on a terminal, plain lines in a log, nothing on ranks other than 0."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from mpi4py import MPI
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

LOG_INTERVAL = 5.0
"""Seconds between two lines in a log."""


class Advance(Protocol):
    """Tells that one more point is done."""

    def __call__(self, label: str) -> None:
        """``label`` says which."""


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
        yield lambda label: None
    elif sys.stdout.isatty():
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        with Progress(*columns, console=Console(), transient=True) as bar:
            task = bar.add_task(title, total=total, completed=done)
            yield lambda label: bar.update(task, advance=1, description=f"{title} {label}")
    else:
        yield _Log(title, total, done)


class _Log:
    def __init__(self, title: str, total: int, done: int) -> None:
        self._title, self._total, self._done, self._last = title, total, done, time.monotonic()

    def __call__(self, label: str) -> None:
        self._done += 1
        if self._done == self._total or time.monotonic() - self._last >= LOG_INTERVAL:
            self._last = time.monotonic()
            print(f"{self._title}: {self._done}/{self._total} {label}", flush=True)
