"""Forms compiled just in time, into a cache that an interrupted compilation does not spoil.

FFCx marks a form as being compiled by its C file, and whoever finds the file without the library waits for it. A
process that was killed meanwhile leaves such a file for good. Every femnn that compiles therefore holds a shared lock
on the cache, which the operating system takes back from the dead: who can have the lock alone knows that nobody
compiles, and removes what was left.
"""

from __future__ import annotations

import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from femnn.errors import ConfigError
from femnn.runtime.stack import dolfinx, fem, ufl

TIMEOUT = 300
"""Longest wait (s) for a form that another process compiles; one of a solid in space takes a minute on a busy core."""
FLAGS = ["-O1", "-g0"]
"""For the C compiler: forms of beams and solids take it far longer at -O2."""
LOCK = "compiling.lock"
PROBE = 1_000_000
"""Bytes that a form may take when it is compiled."""


def compiled(form: ufl.Form) -> fem.Form:
    """A form compiled, or loaded where it has been before; collective.

    The compiler's flags and the cache's folder can be set as for any DOLFINx program, in ``dolfinx_jit_options.json``
    in the folder of work or in ``~/.config/dolfinx``.

    Raises:
        ConfigError: nothing can be written into the cache; the message names it and the variable that sets it.
    """
    usual = dolfinx.jit.DOLFINX_DEFAULT_JIT_OPTIONS
    options = dolfinx.jit.get_options()
    if options["cffi_extra_compile_args"] == usual["cffi_extra_compile_args"][0]:
        options["cffi_extra_compile_args"] = FLAGS
    if options["timeout"] == usual["timeout"][0]:
        options["timeout"] = TIMEOUT
    cache = options["cache_dir"] = Path(options["cache_dir"]) / "femnn"
    try:
        with _at_work_in(cache):
            return fem.form(form, jit_options=options)
    except (OSError, RuntimeError) as error:
        # DOLFINx tells other ranks of a failure of the one that compiles by an error of its own
        problem = unusable(cache) or (error.strerror if isinstance(error, OSError) else None)
        if problem is None:
            raise
        raise ConfigError(
            f"Cannot keep compiled forms in {cache}: {problem}; set the variable XDG_CACHE_HOME to a folder that can "
            "be written and has room."
        ) from error


def unusable(cache: Path) -> str | None:
    """Return why nothing can be written into a folder; None where it can."""
    try:
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=cache) as probe:
            probe.write(b"0" * PROBE)
            probe.flush()
    except OSError as error:
        return error.strerror or type(error).__name__
    return None


@contextmanager
def _at_work_in(cache: Path) -> Iterator[None]:
    """Hold the shared lock, having removed what dead processes left where nobody else holds it."""
    try:
        cache.mkdir(parents=True, exist_ok=True)
        lock = os.open(cache / LOCK, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError:
        # Forms that are there already can be loaded from a cache that cannot be written
        yield
        return
    try:
        # Some file systems of clusters know no locks: forms are then compiled as ever
        with suppress(OSError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            _remove_abandoned(cache)
        with suppress(OSError):
            fcntl.flock(lock, fcntl.LOCK_SH)
        yield
    finally:
        os.close(lock)


def _remove_abandoned(cache: Path) -> None:
    """Remove the C files of compilations that never ended."""
    names = {entry.name for entry in os.scandir(cache)}
    for name in names:
        if name.endswith(".c") and f"{name}.cached" not in names:
            (cache / name).unlink(missing_ok=True)
