"""Errors of the operating system while files are written: which file, why, and what to do."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
"""Errors of a disk, a quota or a limit that is reached."""
REFUSED = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})
"""Errors of a file or a folder that may not be written."""


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """Have errors of the operating system in the ``with`` block name a file where they name none.

    Python names the file that it cannot open, but not the one that a full disk has no room for.

    Args:
        path: file that is written.
    """
    try:
        yield
    except OSError as error:
        if error.filename is not None or error.errno is None:
            raise
        raise OSError(error.errno, error.strerror, str(path)) from error


def explained(error: OSError) -> str:
    """Return an error of the operating system as one sentence, with what to do."""
    reason = error.strerror or str(error) or type(error).__name__
    where = f" {error.filename}" if error.filename is not None else ""
    if error.errno in FULL:
        return f"Cannot write{where}: {reason}; free some space, or choose another place with --out."
    if error.errno in REFUSED:
        return f"No access to{where or ' a file'}: {reason}; allow it, or choose another place."
    return f"{reason}:{where}." if where else f"{reason}."
