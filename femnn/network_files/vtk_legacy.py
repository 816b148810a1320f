"""VTK's older files (.vtk) of unstructured grids, text or binary.

Meshio makes room for what a file states before it looks, reads damaged text in silence up to the damage, and refuses
binary files of Gmsh's.
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import numpy.typing as npt

from femnn.network_files.mesh_content import Content, Integers
from femnn.network_files.vtk_cells import grid

TYPES = {
    "char": "i1", "unsigned_char": "u1", "short": "i2", "unsigned_short": "u2", "int": "i4", "unsigned_int": "u4",
    "long": "i8", "unsigned_long": "u8", "vtkidtype": "i8", "vtktypeint64": "i8", "float": "f4", "double": "f8",
}  # fmt: skip
COMPONENTS = {"VECTORS": 3, "NORMALS": 3, "TENSORS": 9}


class _Text:
    """What is left of a file: lines, and the numbers between them."""

    def __init__(self, content: bytes, at: int, binary: bool) -> None:
        self._content, self._at, self.binary = content, at, binary

    def words(self) -> list[str]:
        """The next line that is not empty; nothing at the end of the file."""
        while self._at < len(self._content):
            line = self._line().split()
            if line:
                return [word.decode(errors="replace") for word in line]
        return []

    def at_word(self, word: bytes) -> bool:
        return self._content.startswith(word, self._at)

    def skip_paragraph(self) -> None:
        while self._at < len(self._content) and self._line().strip():
            pass

    def numbers(self, kind: str, count: int) -> npt.NDArray[Any]:
        """The next numbers of a type.

        Raises:
            ValueError: the type is not read, or there are fewer numbers.
        """
        if kind.lower() not in TYPES:
            raise ValueError(f"it has data of the type {kind[:40]!r}, which are not read; save it without them")
        dtype = np.dtype(TYPES[kind.lower()])
        if self.binary:
            size = count * dtype.itemsize
            if not 0 <= size <= len(self._content) - self._at:
                raise ValueError(f"it states {count} numbers and ends before them")
            start, self._at = self._at, self._at + size
            return np.frombuffer(self._content, dtype.newbyteorder(">"), count, start).astype(dtype)
        words: list[bytes] = []
        while len(words) < count and self._at < len(self._content):
            words += self._line().split()
        if len(words) != count:
            raise ValueError(f"it states {count} numbers and holds {len(words)}")
        return np.array(words, dtype=np.bytes_).astype(dtype)

    def _line(self) -> bytes:
        end = self._content.find(b"\n", self._at)
        end = len(self._content) if end < 0 else end
        line, self._at = self._content[self._at : end], end + 1
        return line


def read_vtk(content: bytes) -> Content:
    """Read the content of a file.

    Raises:
        ValueError: it is no unstructured grid, states more than it holds, or has cells or data that
            are not known.
    """
    head = re.match(rb"# vtk DataFile Version[^\n]*\n[^\n]*\n\s*(ASCII|BINARY)\s*\n", content, re.IGNORECASE)
    if head is None:
        raise ValueError("it does not begin with # vtk DataFile Version, a title, and ASCII or BINARY")
    text = _Text(content, head.end(), head[1].upper() == b"BINARY")
    points: npt.NDArray[Any] | None = None
    topology: tuple[Integers, Integers] | None = None
    types: npt.NDArray[Any] | None = None
    data: dict[str, dict[str, npt.NDArray[Any]]] = {"POINT_DATA": {}, "CELL_DATA": {}, "": {}}
    of, count = "", 0
    while words := text.words():
        keyword = words[0].upper()
        if keyword == "DATASET" and words[1:2] != ["UNSTRUCTURED_GRID"]:
            raise ValueError(f"it is a {' '.join(words[1:])[:40]}; save it as an UNSTRUCTURED_GRID")
        if keyword == "POINTS":
            points = text.numbers(words[2], 3 * int(words[1])).reshape(-1, 3)
        elif keyword == "CELLS":
            topology = _cells(text, int(words[1]), int(words[2]))
        elif keyword == "CELL_TYPES":
            types = text.numbers("int", int(words[1]))
        elif keyword in ("POINT_DATA", "CELL_DATA"):
            of, count = keyword, int(words[1])
        elif keyword == "METADATA":
            text.skip_paragraph()
        elif keyword not in ("DATASET", "LOOKUP_TABLE"):
            data[of] |= _data(text, words, count)
        elif keyword == "LOOKUP_TABLE":
            text.numbers("unsigned_char" if text.binary else "float", 4 * int(words[2]))
    if points is None or topology is None or types is None:
        raise ValueError("it has no POINTS, no CELLS or no CELL_TYPES")
    return grid(points, *topology, types, data["POINT_DATA"], data["CELL_DATA"])


def _cells(text: _Text, count: int, size: int) -> tuple[Integers, Integers]:
    """Nodes of all cells, one after the other, and where each cell ends."""
    if text.at_word(b"OFFSETS"):
        words = text.words()
        offsets = text.numbers(words[1], count).astype(np.int64)
        words = text.words()
        if words[:1] != ["CONNECTIVITY"]:
            raise ValueError("its CELLS have no CONNECTIVITY")
        return text.numbers(words[1], size).astype(np.int64), offsets[1:]
    flat = text.numbers("int", size).astype(np.int64)
    starts, at = np.zeros(count, dtype=np.int64), 0
    for cell in range(count):
        if at >= size or flat[at] < 0:
            raise ValueError("its CELLS contradict their numbers of nodes")
        starts[cell], at = at, at + 1 + int(flat[at])
    if at != size:
        raise ValueError("its CELLS contradict their numbers of nodes")
    return np.delete(flat, starts), np.cumsum(flat[starts])


def _data(text: _Text, words: list[str], count: int) -> dict[str, npt.NDArray[Any]]:
    """Data by name; of colours and textures, which nobody asks for, nothing."""
    keyword = words[0].upper()
    if keyword == "FIELD":
        found = {}
        for _ in range(int(words[2])):
            name, components, rows, kind = _named(text)
            found[name] = _rows(text.numbers(kind, components * rows), components)
        return found
    if keyword == "SCALARS":
        components = int(words[3]) if len(words) > 3 else 1
        table = text.words()
        if table[:1] != ["LOOKUP_TABLE"]:
            raise ValueError(f"its SCALARS {words[1][:40]!r} have no LOOKUP_TABLE")
        return {words[1]: _rows(text.numbers(words[2], components * count), components)}
    if keyword in COMPONENTS:
        return {words[1]: _rows(text.numbers(words[2], COMPONENTS[keyword] * count), COMPONENTS[keyword])}
    if keyword == "COLOR_SCALARS":
        text.numbers("unsigned_char" if text.binary else "float", int(words[2]) * count)
        return {}
    if keyword == "TEXTURE_COORDINATES":
        text.numbers(words[3], int(words[2]) * count)
        return {}
    raise ValueError(f"its section {keyword[:40]!r} is not known")


def _named(text: _Text) -> tuple[str, int, int, str]:
    words = text.words()
    while words[:1] == ["METADATA"]:
        text.skip_paragraph()
        words = text.words()
    name, components, rows, kind = words
    return name, int(components), int(rows), kind


def _rows(values: npt.NDArray[Any], components: int) -> npt.NDArray[Any]:
    return values if components == 1 else values.reshape(-1, components)
