"""VTK's XML files of unstructured grids (.vtu): all pieces, all encodings, and no more memory than they state.

Meshio keeps the cells of the last piece alone, and unpacks whatever a block of compressed data unpacks to.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from xml.etree.ElementTree import Element

import numpy as np

from femnn.network_files.mesh_content import Block, Content, Integers, checked, in_space
from femnn.network_files.vtu_arrays import Arrays, Values
from femnn.network_files.xml_trees import parse_xml
from femnn.runtime.stack import meshio

RAW = re.compile(rb"<AppendedData[^>]*\bencoding\s*=\s*[\"']raw[\"'][^>]*>")


def read_vtu(content: bytes) -> Content:
    """Read the content of a file.

    Raises:
        ValueError: it is no such file, or what it says contradicts itself.
    """
    raw = RAW.search(content)
    appended = None
    if raw:
        # The bytes between are no XML
        end = content.rfind(b"</AppendedData>")
        start = content.find(b"_", raw.end())
        if end < 0 or not 0 <= start < end:
            raise ValueError("its appended data end too early")
        appended, content = content[start + 1 : end], content[: raw.end()] + content[end:]
    root = parse_xml(content)
    if root.tag != "VTKFile" or root.get("type") != "UnstructuredGrid":
        raise ValueError(f"it is a {root.get('type', root.tag)}, and no UnstructuredGrid; save it as one")
    arrays = Arrays(root, appended)
    pieces = [_piece(piece, arrays) for piece in root.findall("UnstructuredGrid/Piece")]
    if not pieces:
        raise ValueError("it has no piece of a grid")
    return checked(_together(pieces))


def _piece(piece: Element, arrays: Arrays) -> Content:
    points, cells = piece.find("Points/DataArray"), piece.find("Cells")
    if points is None or cells is None:
        raise ValueError("a piece has no points or no cells")
    at = arrays.read(points)
    count, number = _count(piece, "NumberOfPoints"), _count(piece, "NumberOfCells")
    if at.ndim != 2 or len(at) != count:
        raise ValueError(f"it states {count} points and holds {len(at)}")
    topology = {array.get("Name", ""): arrays.read(array) for array in cells.findall("DataArray")}
    missing = {"connectivity", "offsets", "types"} - topology.keys()
    if missing:
        raise ValueError(f"its cells have no {min(missing)}")
    connectivity, offsets, types = (
        topology[name].ravel().astype(np.int64) for name in ("connectivity", "offsets", "types")
    )
    if len(offsets) != number or len(types) != number:
        raise ValueError(f"it states {number} cells and holds {len(types)}")
    sizes = np.diff(offsets, prepend=0)
    if number and (sizes.min() < 0 or offsets[-1] != len(connectivity)):
        raise ValueError("its cells and their offsets contradict each other")
    rows = {int(kind): np.flatnonzero(types == kind) for kind in np.unique(types)}
    blocks = [_block(kind, own, connectivity, offsets, sizes) for kind, own in rows.items()]
    point_data = {name: values for name, values in _data(piece, "PointData", arrays).items() if len(values) == count}
    cell_data = {
        name: [values[own] for own in rows.values()]
        for name, values in _data(piece, "CellData", arrays).items()
        if len(values) == number
    }
    numbers = np.arange(1, count + 1)
    single = at.dtype == np.float32
    return Content(in_space(at), numbers, "", blocks, [], {}, point_data, cell_data, single)


def _block(kind: int, rows: Integers, connectivity: Integers, offsets: Integers, sizes: Integers) -> Block:
    name = meshio._vtk_common.vtk_to_meshio_type.get(kind)
    if name is None or name.startswith("VTK_"):
        lines = ", poly-lines" if kind == 4 else ""
        raise ValueError(
            f"it has cells of VTK's type {kind}{lines}, which are not read; save each bond as a line of its own (type "
            "3), and leave other cells out"
        )
    size = int(sizes[rows[0]])
    if (sizes[rows] != size).any():
        # Of polygons nothing is read but their number
        return Block(name, connectivity[offsets[rows, None] - 1])
    return Block(name, connectivity[offsets[rows, None] - size + np.arange(size)])


def _count(piece: Element, name: str) -> int:
    return int(piece.get(name, "0"))


def _data(piece: Element, kind: str, arrays: Arrays) -> dict[str, Values]:
    found = piece.find(kind)
    wanted = [] if found is None else [array for array in found.findall("DataArray") if array.get("type") != "String"]
    return {array.get("Name", ""): arrays.read(array) for array in wanted}


def _together(pieces: list[Content]) -> Content:
    """One content of several pieces, whose points follow each other."""
    firsts = np.cumsum([0, *(len(piece.points) for piece in pieces)])
    blocks = [
        Block(block.kind, block.corners + first)
        for piece, first in zip(pieces, firsts, strict=False)
        for block in piece.blocks
    ]
    return Content(
        np.concatenate([piece.points for piece in pieces]),
        np.arange(1, int(firsts[-1]) + 1),
        "the numbers of the file's points, counted from 1",
        blocks,
        point_data={
            name: np.concatenate([piece.point_data[name] for piece in pieces])
            for name in _common([piece.point_data for piece in pieces])
        },
        cell_data={
            name: [values for piece in pieces for values in piece.cell_data[name]]
            for name in _common([piece.cell_data for piece in pieces])
        },
        single=any(piece.single for piece in pieces),
    )


def _common(data: list[Mapping[str, Any]]) -> list[str]:
    """Names that all pieces have."""
    return [name for name in data[0] if all(name in other for other in data)]
