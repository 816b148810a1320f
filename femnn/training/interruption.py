"""SIGTERM, as clusters send it before they kill, taken as a request to stop at the end of a step."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from femnn.runtime.stack import MPI


class StopRequest:
    """Whether any rank has been asked to stop."""

    def __init__(self, comm: MPI.Comm) -> None:
        """Nobody has been asked yet."""
        self._comm, self._asked = comm, False
        self.before: signal._HANDLER = None

    def __bool__(self) -> bool:
        """The same answer on every rank; all ranks call."""
        return bool(self._comm.allreduce(self._asked, op=MPI.LOR)) if self._comm.size > 1 else self._asked

    def ask(self, signal_number: int, frame: FrameType | None) -> None:
        """Handle the signal; whoever sends it again does not wait for the end of the step."""
        if self._asked and callable(self.before):
            self.before(signal_number, frame)
        self._asked = True


@contextmanager
def terminable(comm: MPI.Comm) -> Iterator[StopRequest]:
    """Take SIGTERM as a request to stop inside the ``with`` block, in the main thread alone, as Python wants it."""
    request = StopRequest(comm)
    if threading.current_thread() is not threading.main_thread():
        yield request
        return
    before = request.before = signal.signal(signal.SIGTERM, request.ask)
    try:
        yield request
    finally:
        signal.signal(signal.SIGTERM, before)
