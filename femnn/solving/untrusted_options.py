"""PETSc options from a run folder: those that can run code or write files are refused unless the folder is trusted."""

import re
from collections.abc import Mapping

from femnn.trust import refusal, untrusted_source

PLAIN = re.compile(r"[A-Za-z0-9_.,+\-]*")
"""Values that name neither files nor viewers nor places of code."""
POWERS = ("python", "view", "monitor", "reason", "draw", "plot", "print", "dump", "save", "load", "file", "log", "ooc")
"""Parts of names of options that import code, write, or show."""
STREAMS = re.compile(r"mat_mumps_icntl_(1|2|3|22)$")
"""Where MUMPS writes: units of Fortran, and factors out of core."""


def check_options(values: Mapping[str, str]) -> None:
    """Refuse options that can run code or write files, where the settings come from a run folder.

    Args:
        values: options by full name, without the dash.

    Raises:
        ConfigError: there is one, and the run folder is not trusted; the message names it.
    """
    source = untrusted_source()
    if source is None:
        return
    for key, value in values.items():
        powerful = any(part in key for part in POWERS) or STREAMS.search(key) or "dir" in key.split("_")
        if powerful or value.lower() == "python" or not PLAIN.fullmatch(value):
            shown = f"{key} {value}".strip()
            raise refusal(f"The solver option {shown!r} of the run folder {source} can run code or write files")
