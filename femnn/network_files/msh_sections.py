"""Sections of Gmsh's mesh files (.msh), and the numbers in them, which are text or binary."""

import re
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

type Floats = npt.NDArray[np.float64]
type Integers = npt.NDArray[np.int64]

VERSIONS = {"2": 20, "2.0": 20, "2.1": 20, "2.2": 20, "4": 40, "4.0": 40, "4.1": 41}
LARGEST = np.iinfo(np.int64).max


@dataclass(frozen=True)
class Header:
    """How a file is written."""

    version: int
    """20, 40 or 41."""
    binary: bool
    order: str
    """Order of bytes: "<" or ">"."""
    count: str
    """Type of counts, and in format 4.1 of tags."""


class Section:
    """A section of a file, which is read from its beginning to its end."""

    def __init__(self, content: bytes, name: str, at: int, header: Header) -> None:
        """Begin a section.

        Args:
            content: the whole file.
            name: name of the section, as in "Nodes".
            at: where what it holds begins.
            header: how the file is written.
        """
        self.name, self.header = name, header
        self._content, self._at = content, at
        self._words: list[bytes] | None = None

    def line(self) -> str:
        """Return the next line, of those that are text in binary files too."""
        end = self._content.find(b"\n", self._at)
        if end < 0:
            raise self._short()
        text, self._at = self._content[self._at : end].decode().strip(), end + 1
        return text

    def floats(self, count: int) -> Floats:
        """Return the next ``count`` numbers."""
        if self.header.binary:
            return self._binary("f8", count).astype(np.float64)
        return self._text(count).astype(np.float64)

    def integers(self, kind: str, count: int) -> Integers:
        """Return the next ``count`` whole numbers, which are of a type in binary files.

        Raises:
            ValueError: there are fewer, or one needs more than 64 bits.
        """
        if not self.header.binary:
            return self._text(count).astype(np.int64)
        numbers = self._binary(kind, count)
        if count and numbers.max() > LARGEST:
            raise ValueError(f"its section {self.name} has a number beyond 64 bits")
        return numbers.astype(np.int64)

    def integer(self, kind: str) -> int:
        """Return the next whole number."""
        return int(self.integers(kind, 1)[0])

    def count(self, kind: str) -> int:
        """Return the next whole number, of things that follow.

        Raises:
            ValueError: it is below 0.
        """
        return self.counted(self.integer(kind))

    def counted(self, number: int) -> int:
        """Return a number of things.

        Raises:
            ValueError: it is below 0.
        """
        if number < 0:
            raise ValueError(f"its section {self.name} states {number} things")
        return number

    def tagged(self, count: int, width: int) -> tuple[Integers, Floats]:
        """Return the next ``count`` rows, of a tag and ``width`` values each: the tags, and the values."""
        if not self.header.binary:
            words = self._text(count * (1 + width)).reshape(count, 1 + width)
            return words[:, 0].astype(np.int64), words[:, 1:].astype(np.float64)
        order, bytes_ = self.header.order, self._binary("u1", count * (4 + 8 * width)).reshape(count, -1)
        tags, values = np.ascontiguousarray(bytes_[:, :4]), np.ascontiguousarray(bytes_[:, 4:])
        return tags.view(f"{order}i4")[:, 0].astype(np.int64), values.view(f"{order}f8").astype(np.float64)

    def rest(self) -> list[int]:
        """Return all numbers that are left, whole ones of 32 bits in binary files."""
        if self.header.binary:
            end = max(self._content.find(f"$End{self.name}".encode(), self._at), self._at)
            return self._binary("i4", (end - self._at) // 4).tolist()
        self._text(0)
        words, self._words = self._words or [], []
        return [int(word) for word in reversed(words)]

    def close(self) -> int:
        """Return where the section ends in the file."""
        closing = f"$End{self.name}".encode()
        end = self._content.find(closing, self._at)
        return (self._at if end < 0 else end) + len(closing)

    def _binary(self, kind: str, count: int) -> npt.NDArray[np.number]:
        dtype = np.dtype(self.header.order + kind)
        if not 0 <= count * dtype.itemsize <= len(self._content) - self._at:
            raise self._short()
        start, self._at = self._at, self._at + count * dtype.itemsize
        return np.frombuffer(self._content, dtype, count, start)

    def _text(self, count: int) -> npt.NDArray[np.bytes_]:
        if self._words is None:
            # The last word comes first, so that the next can be taken off the end
            end = self._content.find(b"$", self._at)
            self._words = self._content[self._at : end if end >= 0 else None].split()[::-1]
        if not 0 <= count <= len(self._words):
            raise self._short()
        first = len(self._words) - count
        words = self._words[first:][::-1]
        del self._words[first:]
        return np.array(words, dtype=np.bytes_)

    def _short(self) -> ValueError:
        return ValueError(f"its section {self.name} ends too early")


def header_of(content: bytes) -> tuple[Header, int]:
    """How a file is written, and where its first section begins.

    Raises:
        ValueError: it is no file of Gmsh's, or of a format that is not known.
    """
    found = re.search(rb"^[ \t]*(\$MeshFormat)", content, re.MULTILINE)
    if found is None:
        raise ValueError("it has no $MeshFormat")
    start = found.start(1)
    section = Section(content, "MeshFormat", start, Header(0, False, "<", ""))
    section.line()
    version, mode, size = section.line().split()
    if version not in VERSIONS:
        raise ValueError(f"its format is {version[:40]}; save it in format 4.1")
    if mode not in ("0", "1") or size not in ("4", "8"):
        raise ValueError("its $MeshFormat cannot be read")
    # A binary file shows its order of bytes by the number 1
    mark = section.close() - len(b"$EndMeshFormat") - 5
    order = ">" if mode == "1" and content[mark : mark + 4] == b"\0\0\0\x01" else "<"
    return Header(VERSIONS[version], mode == "1", order, f"u{size}" if version == "4.1" else "u8"), section.close()


def next_section(content: bytes, at: int, header: Header) -> Section | None:
    """The section that begins next after one that ended; None at the end of the file."""
    start = content.find(b"$", at)
    end = content.find(b"\n", start)
    if start < 0 or end < 0:
        return None
    return Section(content, content[start + 1 : end].decode(errors="replace").strip(), end + 1, header)
