"""SIGTERM, as clusters send it before they kill, taken as a wish that is fulfilled at the end of a step."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from mpi4py import MPI


class Wish:
    """Whether any rank has been asked to stop."""

    def __init__(self, comm: MPI.Comm) -> None:
        """Nobody has been asked yet."""
        self._comm, self._asked = comm, False

    def __bool__(self) -> bool:
        """The same answer on every rank; all ranks call."""
        return bool(self._comm.allreduce(self._asked, op=MPI.LOR)) if self._comm.size > 1 else self._asked

    def ask(self, signal_number: int, frame: FrameType | None) -> None:
        """Handle the signal."""
        self._asked = True


@contextmanager
def terminable(comm: MPI.Comm) -> Iterator[Wish]:
    """Take SIGTERM as a wish inside the ``with`` block; in threads other than the main one Python forbids that."""
    wish = Wish(comm)
    if threading.current_thread() is not threading.main_thread():
        yield wish
        return
    before = signal.signal(signal.SIGTERM, wish.ask)
    try:
        yield wish
    finally:
        signal.signal(signal.SIGTERM, before)
