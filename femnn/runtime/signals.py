"""Ctrl-C and SIGTERM: every command ends with one line, wherever it is at work.

The handler itself ends the process. An exception would have to pass through PETSc, Gmsh and finalisers, which lose it
or make an error of their own of it. Nothing is lost that way: what is measured is on the disk as soon as it is there.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Any, Never

SIGNALS = {signal.SIGINT: "Ctrl-C", signal.SIGTERM: "SIGTERM", signal.SIGHUP: "SIGHUP"}
"""What ends a command, and how it is called in the message."""
RANK_VARIABLES = ("PMI_RANK", "PMIX_RANK", "OMPI_COMM_WORLD_RANK", "MPI_LOCALRANKID", "SLURM_PROCID", "PALS_RANKID")
"""Variables by which launchers of MPI tell a process its rank."""
GRACE = 1.0
"""Seconds for which other ranks leave it to rank 0 to say that the run ends."""
RESUMABLE = "run the same command with --resume, and without --force, to resume"
REPEATED = "run the same command again"

_undone: list[Callable[[], None]] = []
"""What is done before the process ends, the last first."""


@contextmanager
def undone_at_end(action: Callable[[], None]) -> Iterator[None]:
    """Have an action done if a signal ends the process inside the ``with`` block.

    Args:
        action: called once, in the signal handler, so it must need no lock that other code may hold.
    """
    _undone.append(action)
    try:
        yield
    finally:
        _undone.remove(action)


def end_at_signals(command: str) -> Callable[[], None]:
    """Let signals end this process with one line and the status 128 + number; return what undoes it.

    Signals that whoever started the process has it ignore, as ``nohup`` does, stay ignored.

    Args:
        command: of femnn that is at work, as "run", from which follows how it is resumed; "" where there is none.
    """
    ending = _Ending(RESUMABLE if command == "run" else REPEATED)
    before = {number: signal.getsignal(number) for number in SIGNALS}
    for number, handler in before.items():
        if handler is not signal.SIG_IGN:
            signal.signal(number, ending)

    def undo() -> None:
        for number, handler in before.items():
            signal.signal(number, handler)

    return undo


@contextmanager
def handlers_kept() -> Iterator[None]:
    """Have signals wait until the end of the ``with`` block, and Python handle them then as it did before.

    PETSc puts handlers of its own in the place of all others while it starts.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    blocked = signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    try:
        yield
    finally:
        for number in SIGNALS:
            # Python knows what it had set, but not that C code has replaced it
            handler = signal.getsignal(number)
            if handler is not None:
                signal.signal(number, handler)
        signal.pthread_sigmask(signal.SIG_SETMASK, blocked)


class _Ending:
    """The signal handler."""

    def __init__(self, remedy: str) -> None:
        self._remedy, self._begun = remedy, False

    def __call__(self, number: int, frame: FrameType | None) -> None:
        rank = next((os.environ[name] for name in RANK_VARIABLES if name in os.environ), "0")
        who = "" if rank == "0" else f" (rank {rank})"
        if not self._begun:
            self._begun = True
            for action in reversed(_undone):
                with suppress(Exception):
                    action()
            if rank != "0":
                time.sleep(GRACE)
        # Whoever insists does not wait for all that. Not by print, which may be at work in what the signal has met
        line = f"femnn: interrupted by {SIGNALS[signal.Signals(number)]}{who}; {self._remedy}.\n"
        with suppress(OSError):
            os.write(2, line.encode())
        _end(128 + number)


def _end(status: int) -> Never:
    """End the process, and with it all ranks of its run."""
    mpi: Any = sys.modules.get("mpi4py.MPI")
    # A module that is being imported lacks the names that come last
    with suppress(Exception):
        if mpi.Is_initialized() and not mpi.Is_finalized() and mpi.COMM_WORLD.size > 1:
            # MPI would tell the same once more
            os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
            mpi.COMM_WORLD.Abort(status)
    os._exit(status)
