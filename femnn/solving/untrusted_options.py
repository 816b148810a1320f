"""PETSc options from a run folder: those that can run code or write files are refused unless the folder is trusted."""

import re
from collections.abc import Mapping

from femnn.config.trust import refusal, untrusted_source

PLAIN = re.compile(r"[A-Za-z0-9_.,+\-]*")
"""Values that name neither files nor viewers nor places of code."""
POWERS = ("python", "view", "monitor", "reason", "draw", "plot", "print", "dump", "save", "load", "file", "log", "ooc")
"""Parts of names of options that import code, write, or show."""
VIEWERS = (
    *("ascii", "binary", "draw", "socket", "hdf5", "vtk", "matlab", "mathematica", "saws", "glvis", "adios", "adios2"),
    *("exodusii", "cgns", "pyvista", "vu", "string", "python"),
)
"""Ends of values that PETSc takes for a viewer, which writes a file even where none is named."""
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
        # PETSc takes no account of case in names
        name = key.lower()
        powerful = any(part in name for part in POWERS) or STREAMS.search(name) or "dir" in name.split("_")
        if powerful or value.lower().endswith(VIEWERS) or not PLAIN.fullmatch(value):
            shown = f"{key} {value}".strip()
            raise refusal(f"The solver option {shown!r} of the run folder {source} can run code or write files")
