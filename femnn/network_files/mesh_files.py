"""Mesh files of every format that is read, by their suffix, as points, cells, groups and data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from femnn.errors import ConfigError
from femnn.network_files.abaqus import read_inp
from femnn.network_files.hdf5_files import require_plain_hdf5
from femnn.network_files.mesh_content import (
    COUNTED,
    OF_DIMENSION,
    Block,
    CellGroup,
    Content,
    Data,
    Floats,
    Integers,
    checked,
    in_space,
)
from femnn.network_files.msh import Msh, read_msh
from femnn.network_files.vtk_legacy import read_vtk
from femnn.network_files.vtu import read_vtu
from femnn.network_files.xdmf import read_xdmf
from femnn.runtime.stack import meshio


def read_content(path: Path) -> Content:
    """Return what a mesh file holds.

    Args:
        path: the file; its suffix is one of :data:`READERS`.

    Raises:
        ValueError: it is no such file, contradicts itself, or would fill the memory.
        Exception: it cannot be read; meshio raises nearly anything.
    """
    return checked(READERS[path.suffix.lower()](path))


def _of_msh(path: Path) -> Content:
    found = read_msh(path.read_bytes())
    blocks = [Block(cells.kind, cells.corners) for cells in found.cells]
    return Content(
        found.points,
        found.tags,
        "the file's tags",
        blocks,
        _groups(found),
        point_data=found.point_data,
        cell_data={name: [_on(cells.tags, *data) for cells in found.cells] for name, data in found.cell_data.items()},
        notes=_nameless(found),
    )


def _groups(found: Msh) -> list[CellGroup]:
    """Physical groups with a name; those of one name and dimension are one."""
    members: dict[tuple[str, int], dict[int, list[Integers]]] = {
        (name, dimension): {} for (dimension, _), name in found.names.items()
    }
    for place, block in enumerate(found.cells):
        for tag, rows in _by_tag(block.physical):
            name = found.names.get((block.dimension, tag))
            if name is not None:
                members[name, block.dimension].setdefault(place, []).append(rows)
    return [
        CellGroup(name, dimension, {place: np.unique(np.concatenate(rows)) for place, rows in cells.items()})
        for (name, dimension), cells in members.items()
    ]


def _by_tag(physical: Integers) -> list[tuple[int, Integers]]:
    """Tags of groups, and the rows in each, of a table with the tags of each row."""
    if len(physical) and not physical.strides[0]:
        # All rows are one and the same
        return [(int(tag), np.arange(len(physical))) for tag in np.unique(physical[0])]
    found = []
    for column in physical.T:
        order = np.argsort(column, kind="stable")
        tags, firsts = np.unique(column[order], return_index=True)
        found += list(zip(tags.tolist(), np.split(order, firsts[1:]), strict=True)) if len(tags) else []
    return found


def _nameless(found: Msh) -> tuple[str, ...]:
    tags = {(block.dimension, tag) for block in found.cells for tag, _ in _by_tag(block.physical) if tag}
    return tuple(
        f"physical group {tag} of {OF_DIMENSION[dimension]} has no name, by which a support could ask for it"
        for dimension, tag in sorted(tags - found.names.keys())
    )


def _on(cells: Integers, tags: Integers, values: Floats) -> Floats:
    """Values of cells by their tags; not a number where there is none."""
    found = np.full((len(cells), *values.shape[1:]), np.nan)
    order = np.argsort(tags, kind="stable")
    if len(tags) and len(cells):
        at = np.minimum(np.searchsorted(tags[order], cells, side="right") - 1, len(tags) - 1)
        known = tags[order][np.maximum(at, 0)] == cells
        found[known] = values[order[np.maximum(at, 0)]][known]
    return found


def _of_meshio(mesh: meshio.Mesh) -> Content:
    """Content of formats that neither number points nor have groups."""
    points = np.asarray(mesh.points)
    blocks = [Block(block.type, _corners(block.data)) for block in mesh.cells]
    return Content(
        in_space(points),
        np.arange(1, len(points) + 1),
        COUNTED,
        blocks,
        point_data=_of_length(mesh.point_data, len(points)),
        cell_data={
            name: [np.asarray(value) for value in values]
            for name, values in mesh.cell_data.items()
            if [len(value) for value in values] == [len(block.corners) for block in blocks]
        },
        single=points.dtype == np.float32,
    )


def _corners(data: Any) -> Integers:
    found = np.asarray(data)
    if found.dtype == object:
        # Of polyhedra, given face by face, nothing is read but that they are there
        return np.zeros((len(found), 1), dtype=np.int64)
    whole = found.astype(np.int64)
    if not np.array_equal(whole, found):
        raise ValueError("its cells name points by numbers that are not whole")
    return whole


def _of_length(data: Mapping[str, Any], length: int) -> Data:
    found: dict[str, npt.NDArray[Any]] = {name: np.asarray(values) for name, values in data.items()}
    return {name: values for name, values in found.items() if values.shape[:1] == (length,)}


def _of_med(path: Path) -> Content:
    """Content of a file of SALOME's, whose groups are unions of families."""
    require_plain_hdf5(path)
    try:
        mesh = meshio.read(path, file_format="med")
    except ValueError as error:
        # It reads names byte by byte
        if "chr()" not in str(error):
            raise
        raise ConfigError(
            f"Cannot read {path}: names of its groups have letters beyond ASCII, such as the dash of bond 1–2; write "
            "them with a hyphen, bond 1-2."
        ) from error
    content = _of_meshio(mesh)
    families = content.cell_data.get("cell_tags", [])
    members: dict[tuple[str, int], dict[int, list[Integers]]] = {}
    for number, names in mesh.cell_tags.items():
        for place, own in enumerate(families):
            rows = np.flatnonzero(own == number)
            for name in names if rows.size else []:
                cells = members.setdefault((name.strip(), content.blocks[place].dimension), {})
                cells.setdefault(place, []).append(rows)
    groups = [
        CellGroup(name, dimension, {place: np.concatenate(rows) for place, rows in cells.items()})
        for (name, dimension), cells in members.items()
    ]
    tags = content.point_data.get("point_tags")
    nodes: dict[str, list[Integers]] = {}
    for number, names in mesh.point_tags.items() if tags is not None else []:
        for name in names:
            nodes.setdefault(name.strip(), []).append(np.flatnonzero(tags == number))
    node_groups = {name: np.unique(np.concatenate(parts)) for name, parts in nodes.items()}
    return Content(content.points, content.numbers, COUNTED, content.blocks, groups, node_groups, single=content.single)


READERS: Mapping[str, Callable[[Path], Content]] = {
    ".msh": _of_msh,
    ".vtu": lambda path: read_vtu(path.read_bytes()),
    ".vtk": lambda path: read_vtk(path.read_bytes()),
    ".xdmf": lambda path: _of_meshio(read_xdmf(path)),
    ".inp": lambda path: read_inp(path.read_bytes()),
    ".med": _of_med,
}
"""By suffix, what reads a file."""
