"""Arrays of VTK's XML files: text, or binary, in the element or appended, compressed or not."""

from __future__ import annotations

import base64
import lzma
import zlib
from xml.etree.ElementTree import Element

import numpy as np
import numpy.typing as npt

type Values = npt.NDArray[np.float64 | np.float32 | np.integer]

MOST_BYTES = 2**29
"""Size of all arrays of a file together, when unpacked (bytes)."""
TYPES = {f"{sign}Int{8 * size}": f"{sign[:1].lower() or 'i'}{size}" for sign in ("", "U") for size in (1, 2, 4, 8)}
TYPES |= {"Float32": "f4", "Float64": "f8"}
COMPRESSORS = ("vtkZLibDataCompressor", "vtkLZMADataCompressor")


class Arrays:
    """Reads the arrays of one file."""

    def __init__(self, root: Element, appended: bytes | None) -> None:
        """Begin with the whole of what may be unpacked.

        Args:
            root: the element VTKFile.
            appended: raw bytes of the appended data; None where they are text in the tree, or there are none.

        Raises:
            ValueError: the data are compressed by what is not known.
        """
        self._order = ">" if root.get("byte_order") == "BigEndian" else "<"
        self._header = np.dtype(self._order + TYPES.get(root.get("header_type", "UInt32"), "u4"))
        self._compressor = root.get("compressor")
        if self._compressor and self._compressor not in COMPRESSORS:
            raise ValueError(f"it is compressed by {self._compressor[:40]}; save it without compression, or by ZLib")
        self._appended_raw = appended is not None
        if appended is None:
            appended = root.findtext("AppendedData", "").strip().removeprefix("_").encode()
        self._appended = memoryview(appended)
        self._left = MOST_BYTES

    def read(self, array: Element) -> Values:
        """Return the values of an element DataArray, shape (n,), or (n, c) where it states c components.

        Raises:
            ValueError: it has no such values, or they unpack to more than a file's may.
        """
        name, kind = array.get("Name", "")[:40], TYPES.get(array.get("type", ""))
        if kind is None:
            raise ValueError(f"its data {name!r} are of the unknown type {array.get('type', '')[:40]!r}")
        form, components = array.get("format", "ascii"), int(array.get("NumberOfComponents") or "1")
        if form == "ascii":
            values = np.array((array.text or "").split(), dtype=np.dtype(kind))
        else:
            if form == "binary":
                stream, raw = memoryview((array.text or "").strip().encode()), False
            else:
                stream, raw = self._appended[max(int(array.get("offset", "0")), 0) :], self._appended_raw
            unpacked = self._unpacked(stream, raw) if self._compressor else self._plain(stream, raw)
            dtype = np.dtype(self._order + kind)
            if len(unpacked) % dtype.itemsize:
                raise ValueError(f"its data {name!r} end too early")
            values = np.frombuffer(unpacked, dtype).astype(dtype.newbyteorder("="))
        if components < 1 or len(values) % components:
            raise ValueError(f"its data {name!r} are not of {components} components each")
        return values.reshape(-1, components) if components > 1 else values

    def _plain(self, stream: memoryview, raw: bool) -> bytes:
        size = self._header.itemsize
        count = int(self._numbers(stream, raw, 1)[0])
        if raw:
            return _exactly(bytes(stream[size : size + count]), count)
        # The size is encoded by itself, or together with what follows
        own = 4 * -(-size // 3)
        if bytes(stream[own - 1 : own]) == b"=" and len(stream) > own:
            return _exactly(_decoded(stream[own:], count), count)
        return _exactly(_decoded(stream, size + count)[size:], count)

    def _unpacked(self, stream: memoryview, raw: bool) -> bytes:
        count = int(self._numbers(stream, raw, 1)[0])
        if count == 0:
            return b""
        header = self._numbers(stream, raw, 3 + count)
        largest, sizes, size = int(header[1:3].max()), header[3:].astype(object), self._header.itemsize * len(header)
        packed = stream[size:] if raw else _decoded(stream[4 * -(-size // 3) :], int(sizes.sum()))
        parts, at = [], 0
        for length in sizes:
            block = packed[at : at + length]
            parts.append(self._block(block, min(largest, self._left)))
            at, self._left = at + length, self._left - len(parts[-1])
        return b"".join(parts)

    def _block(self, packed: bytes | memoryview, most: int) -> bytes:
        try:
            if self._compressor == COMPRESSORS[0]:
                block = zlib.decompressobj().decompress(packed, most + 1)
            else:
                block = lzma.LZMADecompressor(memlimit=MOST_BYTES).decompress(packed, most + 1)
        except (zlib.error, lzma.LZMAError) as error:
            raise ValueError(f"its compressed data are damaged: {error}") from error
        if len(block) > most:
            raise ValueError(f"its compressed data unpack to more than they state, or than {MOST_BYTES >> 20} MB")
        return block

    def _numbers(self, stream: memoryview, raw: bool, count: int) -> npt.NDArray[np.unsignedinteger]:
        """The first numbers of a stream, which say how large it is."""
        size = count * self._header.itemsize
        if size > len(stream):
            raise ValueError("its data end too early")
        return np.frombuffer(_exactly(bytes(stream[:size]) if raw else _decoded(stream, size), size), self._header)


def _decoded(text: memoryview, size: int) -> bytes:
    """The first bytes that a text in base 64 stands for."""
    return base64.b64decode(text[: 4 * -(-size // 3)])[:size]


def _exactly(data: bytes, size: int) -> bytes:
    if len(data) != size:
        raise ValueError("its data end too early")
    return data
