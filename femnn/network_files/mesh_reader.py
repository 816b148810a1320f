"""Lines, points and groups of mesh files, whichever library or reader knows their format."""

from __future__ import annotations

import contextlib
import io
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from femnn.errors import ConfigError
from femnn.network_files.msh import Cells, Msh, read_msh
from femnn.runtime.stack import meshio

type Floats = npt.NDArray[np.float64]
type Integers = npt.NDArray[np.int64]
type Data = Mapping[str, npt.NDArray[Any]]

UNKNOWN = re.compile(r"cannot handle \(type (\d+)\)")
"""In what meshio prints, the cells that it leaves out."""
OF_DIMENSION = ("points", "lines", "surfaces", "volumes")


@dataclass(frozen=True)
class Group:
    """A physical group by its name."""

    members: Integers
    """Points in its cells."""
    points: Integers
    """Those of them that it holds as points and not as ends of lines or corners."""


@dataclass(frozen=True)
class MeshFile:
    """What of a mesh file can be a network. Points are called by their places among those of the file."""

    points: Floats
    """Coordinates, shape (N, 3)."""
    numbers: Integers
    """What the file calls its points by, shape (N,)."""
    numbering: str
    """What ``numbers`` are, for messages."""
    lines: Integers
    """Ends of each line, shape (B, 2)."""
    point_data: Data
    line_data: Data
    groups: Mapping[str, Group]
    notes: tuple[str, ...]
    """What of the file is left out."""


def read_mesh(path: Path, kind: str) -> MeshFile:
    """The content of a mesh file.

    Args:
        path: the file.
        kind: meshio's name of its format.

    Raises:
        ConfigError: it has no lines, lines with nodes between their ends, or cells that are not known.
        Exception: it cannot be read; meshio raises nearly anything.
    """
    return _of_gmsh(path) if kind == "gmsh" else _of_meshio(path, _with_all_cells(path, kind))


def _with_all_cells(path: Path, kind: str) -> meshio.Mesh:
    """Read a file, all of whose cells must be known: meshio prints which it leaves out, poly-lines among them.

    Raises:
        ConfigError: it has cells that are not known.
    """
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
        mesh = meshio.read(path, file_format=kind)
    unknown = UNKNOWN.search(" ".join(printed.getvalue().split()))
    if unknown:
        lines = ", poly-lines" if unknown[1] == "4" else ""
        raise ConfigError(
            f"Cannot read {path}: it has cells of VTK's type {unknown[1]}{lines}, which are not read; save each bond "
            "as a line of its own (type 3), and leave other cells out."
        )
    return mesh


def _of_gmsh(path: Path) -> MeshFile:
    found = read_msh(path.read_bytes())
    _require_lines(path, ((block.kind, block.dimension, len(block.tags)) for block in found.cells))
    blocks = [block for block in found.cells if block.kind == "line"]
    lines = np.concatenate([block.corners for block in blocks])
    grouped = any((block.physical != 0).any() for block in blocks)
    single = _first_of_equal(lines) if found.names or grouped else np.arange(len(lines))
    tags = np.concatenate([block.tags for block in blocks])[single]
    return MeshFile(
        found.points,
        found.tags,
        "the file's tags",
        lines[single],
        found.point_data,
        {name: _on(tags, *data) for name, data in found.cell_data.items()},
        _groups(found),
        (*_left_out(Counter(block.kind for block in found.cells for _ in block.tags)), *_nameless(found)),
    )


def _of_meshio(path: Path, mesh: meshio.Mesh) -> MeshFile:
    """Of formats that neither number points nor have groups."""
    _require_lines(path, ((block.type, block.dim, len(block.data)) for block in mesh.cells))
    own = [i for i, block in enumerate(mesh.cells) if block.type == "line"]
    lines = np.concatenate([mesh.cells[i].data for i in own]).astype(np.int64)
    if lines.min() < 0 or lines.max() >= len(mesh.points):
        raise ConfigError(f"Cannot read {path}: a line ends at a point that is not there.")
    points = np.asarray(mesh.points, dtype=np.float64)
    return MeshFile(
        np.pad(points, ((0, 0), (0, 3 - points.shape[1]))),
        np.arange(1, len(points) + 1),
        "the numbers of the file's points, counted from 1",
        lines,
        {name: np.asarray(values) for name, values in mesh.point_data.items()},
        {name: np.concatenate([np.asarray(values[i]) for i in own]) for name, values in mesh.cell_data.items()},
        {},
        _left_out(Counter(block.type for block in mesh.cells for _ in block.data)),
    )


def _require_lines(path: Path, blocks: Iterable[tuple[str, int, int]]) -> None:
    kinds = {kind for kind, dimension, count in blocks if dimension == 1 and count}
    if not kinds:
        raise ConfigError(f"Cannot read {path}: it has no line cells.")
    if odd := kinds - {"line"}:
        raise ConfigError(
            f"Cannot read {path}: it has lines with nodes between their ends ({min(odd)}); save it with elements of "
            "order 1, one line for each bond."
        )


def _first_of_equal(ends: Integers) -> Integers:
    """Lines without repetitions: older Gmsh files hold a line once for each of its groups."""
    return np.sort(np.unique(np.sort(ends, axis=1), axis=0, return_index=True)[1])


def _on(cells: Integers, tags: Integers, values: Floats) -> Floats:
    """Values of cells by their tags; not a number where there is none."""
    place = {int(tag): row for row, tag in enumerate(tags)}
    found = np.full((len(cells), *values.shape[1:]), np.nan)
    for i, tag in enumerate(cells):
        if int(tag) in place:
            found[i] = values[place[int(tag)]]
    return found


def _groups(found: Msh) -> dict[str, Group]:
    """Groups by name; groups of one name are one, whatever their dimensions."""
    members: dict[str, list[Integers]] = {name: [] for name in found.names.values()}
    points: dict[str, list[Integers]] = {name: [] for name in members}
    for (dimension, tag), name in found.names.items():
        for block in found.cells:
            if block.dimension == dimension:
                inside = block.corners[_inside(block, tag)].ravel()
                members[name].append(inside)
                points[name] += [inside] if dimension == 0 else []
    return {name: Group(_union(members[name]), _union(points[name])) for name in members}


def _inside(block: Cells, tag: int) -> npt.NDArray[np.bool_]:
    return np.asarray((block.physical == tag).any(axis=1))


def _union(parts: list[Integers]) -> Integers:
    return np.unique(np.concatenate([np.empty(0, dtype=np.int64), *parts]))


def _left_out(kinds: Counter[str]) -> tuple[str, ...]:
    others = [f"{count} {kind}" for kind, count in kinds.items() if kind not in ("line", "vertex")]
    return (f"left out: {', '.join(others)}; bonds are lines alone",) if others else ()


def _nameless(found: Msh) -> tuple[str, ...]:
    tags = {(block.dimension, int(tag)) for block in found.cells for tag in np.unique(block.physical) if tag}
    return tuple(
        f"physical group {tag} of {OF_DIMENSION[dimension]} has no name, by which a support could ask for it"
        for dimension, tag in sorted(tags - found.names.keys())
    )
