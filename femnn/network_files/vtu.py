"""VTK's XML files of unstructured grids (.vtu): all pieces, all encodings, and no more memory than they state.

Meshio keeps the cells of the last piece alone, and unpacks whatever a block of compressed data unpacks to.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from xml.etree.ElementTree import Element

import numpy as np

from femnn.network_files.mesh_content import COUNTED, Block, Content, checked
from femnn.network_files.vtk_cells import grid
from femnn.network_files.vtu_arrays import Arrays, Values
from femnn.network_files.xml_trees import parse_xml

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
    data = (_data(piece, kind, arrays) for kind in ("PointData", "CellData"))
    return grid(at, connectivity, offsets, types, *data)


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
        COUNTED,
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
