"""VTK's older files (.vtk) of unstructured grids, through meshio."""

from __future__ import annotations

import contextlib
import io
import math
import re
from pathlib import Path

from femnn.runtime.stack import meshio

UNKNOWN = re.compile(r"cannot handle \(type (\d+)\)")
"""In what meshio prints, the cells that it leaves out."""
KEYWORDS = b"POINTS CELLS CELL_TYPES POINT_DATA CELL_DATA LOOKUP_TABLE COLOR_SCALARS SCALARS FIELD".split()
"""First words of lines that state how much follows; the arrays of a FIELD begin with their names."""
HEADS = re.compile(
    rb"^(?:"
    + b"|".join(KEYWORDS)
    + rb")\b[^\n]*|^\S+[ \t]+\d+[ \t]+\d+[ \t]+(?:float|double|int|long|char|short|unsigned|vtk)\w*",
    re.MULTILINE | re.IGNORECASE,
)


def read_vtk(path: Path) -> meshio.Mesh:
    """Read a file, all of whose cells must be known.

    Raises:
        ValueError: it is of another kind than an unstructured grid, states more than it holds, or has cells that are
            not known.
        Exception: it cannot be read; meshio raises nearly anything.
    """
    content = path.read_bytes()
    if not content.startswith(b"# vtk DataFile Version"):
        raise ValueError("it does not begin with # vtk DataFile Version")
    kind = re.search(rb"^\s*DATASET\s+(\w+)", content[:4096], re.MULTILINE | re.IGNORECASE)
    if kind is None or kind[1].upper() != b"UNSTRUCTURED_GRID":
        found = "of an unknown kind" if kind is None else f"a {kind[1].decode()[:40]}"
        raise ValueError(f"it is {found}; save it as an UNSTRUCTURED_GRID")
    _require_room(content)
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
        mesh = meshio.read(path, file_format="vtk")
    unknown = UNKNOWN.search(" ".join(printed.getvalue().split()))
    if unknown:
        lines = ", poly-lines" if unknown[1] == "4" else ""
        raise ValueError(
            f"it has cells of VTK's type {unknown[1]}{lines}, which are not read; save each bond as a line of its own "
            "(type 3), and leave other cells out"
        )
    return mesh


def _require_room(content: bytes) -> None:
    """Refuse counts beyond what the file has bytes for, for which meshio would make room.

    Raises:
        ValueError: there is one.
    """
    for head in HEADS.finditer(content):
        first, *words = head[0].split()
        numbers = [int(word) for word in words if word.isdigit()]
        field = first.upper() not in KEYWORDS
        stated = math.prod(numbers) if field else max(numbers, default=0)
        if stated > (9 if first.upper() == b"SCALARS" else len(content)):
            raise ValueError(f"it states more than it holds in {head[0][:60].decode(errors='replace').strip()!r}")
