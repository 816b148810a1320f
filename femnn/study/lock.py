"""The lock of a run folder: while one process writes there, no other does.

The lock is a file that says which process holds it. It is made by one exclusive creation, which file systems of
clusters do at once for all machines, unlike locks of the kernel. The lock of a process that is gone is taken over where
that can be known, on the machine that the process ran on; elsewhere the user is told which file to remove.
"""

import fcntl
import json
import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from types import FrameType
from typing import Any

from femnn.errors import ConfigError
from femnn.runtime.signals import undone_at_end

LOCK = "run.lock"
"""File of the lock, in the run folder."""
PATIENCE = 2.0
"""Seconds in which a lock that was just made gets its content."""


@contextmanager
def locked(folder: Path, tell: Callable[[str], None]) -> Iterator[None]:
    """Hold the lock of a run folder inside the ``with`` block; used on one rank.

    The lock is removed at the end, also after an error, an interrupt or SIGTERM. After SIGKILL it stays.

    Args:
        folder: the run folder, which exists.
        tell: called with a line where the lock of a process that is gone is taken over.

    Raises:
        ConfigError: another process holds it, or may hold it on another machine; or it cannot be written.
    """
    path = folder / LOCK
    mine = json.dumps(_myself()).encode()
    try:
        while not _created(path, mine):
            _take_over(path, folder, tell)
    except OSError as error:
        raise ConfigError(f"Cannot write {path}: {error.strerror}.") from error
    try:
        with undone_at_end(lambda: _remove(path, mine)), _removed_at_sigterm(path, mine):
            yield
    finally:
        _remove(path, mine)


def process(pid: int) -> str | None:
    """Return what tells a process from a later one of the same number, or None where none with this number runs."""
    try:
        state, *fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        return None if state in "ZX" else fields[18]
    except OSError:
        if Path("/proc/self/stat").exists():
            return None
    command = ["ps", "-o", "lstart=", "-p", str(pid)]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip() or None


def _myself() -> dict[str, Any]:
    began = datetime.now().astimezone().isoformat(timespec="seconds")
    return _machine() | {"boot": _boot(), "pid": os.getpid(), "process": process(os.getpid()), "began": began}


def _machine() -> dict[str, str]:
    """The machine, and which of its tables of processes this process sees, as containers have their own."""
    with suppress(OSError):
        return {"host": socket.gethostname(), "processes": str(Path("/proc/self/ns/pid").readlink())}
    return {"host": socket.gethostname()}


def _boot() -> str:
    """What changes when the machine is started again; empty where that is not known."""
    with suppress(OSError):
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    return ""


def _created(path: Path, content: bytes) -> bool:
    """Whether the lock was free and is now this process's."""
    try:
        file = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o644)
    except FileExistsError:
        return False
    try:
        os.write(file, content)
        os.fsync(file)
    except OSError:
        path.unlink(missing_ok=True)
        raise
    finally:
        os.close(file)
    return True


def _take_over(path: Path, folder: Path, tell: Callable[[str], None]) -> None:
    """Remove the lock of a process that is gone; refuse where it may be running.

    Raises:
        ConfigError: it runs, or nobody here can know.
    """
    content, holder = _holder(path)
    if content is None:
        return
    where = f"process {holder.get('pid')} on {holder.get('host')}, since {holder.get('began')}" if holder else "unknown"
    where = "".join(c for c in where if c.isprintable())
    if any(holder.get(key) != value for key, value in _machine().items()):
        raise _unknown(folder, where)
    if holder.get("boot") == _boot() and process(int(holder["pid"])) == holder.get("process"):
        raise ConfigError(f"{folder} is in use by another run ({where}); wait for it, stop it or choose another --out.")
    try:
        removed = _removed_once(path, content)
    except OSError as error:
        # There are file systems without locks of the kernel
        raise _unknown(folder, where) from error
    if removed:
        tell(f"the run that held {folder} ({where}) has ended without removing its lock, which is taken over.")


def _unknown(folder: Path, where: str) -> ConfigError:
    return ConfigError(
        f"{folder} is in use by another run ({where}); wait for it or choose another --out. If that run is no more, "
        f"remove {folder / LOCK}."
    )


def _holder(path: Path) -> tuple[bytes | None, dict[str, Any]]:
    """Content of the lock, None where it is gone, and what it says, empty where that cannot be read."""
    end = time.monotonic() + PATIENCE
    content = b""
    while True:
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            return None, {}
        with suppress(ValueError, RecursionError, TypeError, KeyError, OverflowError):
            holder = json.loads(content)
            int(holder["pid"])
            return content, dict(holder)
        if time.monotonic() > end:
            return content, {}
        time.sleep(0.05)


def _removed_once(path: Path, content: bytes) -> bool:
    """Remove a lock with this content; of several processes on this machine that try so, one does."""
    try:
        with path.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            # Whoever had it before has removed this file, and there may be a new one by its name
            if not os.path.samestat(os.fstat(file.fileno()), path.stat()) or file.read() != content:
                return False
            path.unlink()
            return True
    except FileNotFoundError:
        return False


@contextmanager
def _removed_at_sigterm(path: Path, mine: bytes) -> Iterator[None]:
    """Remove the lock when SIGTERM ends the process, as it then does by default."""
    main = threading.current_thread() is threading.main_thread()
    if not main or signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL:
        yield
        return

    def end(number: int, frame: FrameType | None) -> None:
        _remove(path, mine)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGTERM)

    signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)


def _remove(path: Path, mine: bytes) -> None:
    with suppress(OSError):
        if path.read_bytes() == mine:
            path.unlink()
