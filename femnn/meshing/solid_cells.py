"""Simplices of mesh files from elsewhere: quads in two triangles, straight cells of second order by their corners."""

from __future__ import annotations

import itertools
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from femnn.errors import FemnnWarning, MeshError
from femnn.network_files.mesh_content import CORNERS, OF_DIMENSION, Block, Content

type Integers = npt.NDArray[np.int64]
type Floats = npt.NDArray[np.float64]

SIMPLICES = {2: "triangles", 3: "tetrahedra"}
"""Cells by dimension, in messages."""
READ = {2: ("triangle", "triangle6", "quad", "quad8", "quad9"), 3: ("tetra", "tetra10")}
"""Kinds of cells by dimension."""
STRAIGHT = 1e-5
"""A node between corners may be off their connection by this share of its length."""


@dataclass(frozen=True)
class SolidCells:
    """Simplices of a mesh file and the groups that they are in."""

    points: Floats
    """Coordinates, shape (n, 3)."""
    cells: Integers
    """Corners of each, shape (m, g + 1), in no certain order."""
    groups: Mapping[str, Integers]
    """Rows of the cells in each group."""
    others: Mapping[str, list[str]]
    """Names of groups that hold no such cells, by what they hold."""


@dataclass(frozen=True)
class _Span:
    """Where the simplices of a block are among all."""

    first: int
    times: int
    """Simplices of each cell."""

    def of(self, rows: Integers) -> Integers:
        return self.first + (self.times * rows[:, None] + np.arange(self.times)).ravel()


def solid_cells(content: Content, path: Path, dimension: int) -> SolidCells:
    """Return the simplices of a mesh.

    Args:
        content: what the file holds.
        path: the file, for messages.
        dimension: 2 for triangles, 3 for tetrahedra.

    Raises:
        MeshError: it has no such cells, others of this dimension, or cells with curved sides.
    """
    own = [i for i, block in enumerate(content.blocks) if block.dimension == dimension and len(block.corners)]
    if not own:
        raise no_cells(path, dimension)
    parts, spans = [], {}
    first = split = 0
    for i in own:
        block = content.blocks[i]
        if block.kind not in READ[dimension]:
            raise not_simplices(str(path), dimension, block.kind)
        _require_straight(content.points, block, path)
        parts.append(_simplices(content.points, block))
        times = len(parts[-1]) // len(block.corners)
        split += len(block.corners) if times > 1 else 0
        spans[i] = _Span(first, times)
        first += len(parts[-1])
    if split:
        warnings.warn(FemnnWarning(f"{path}: its {split} quads are split into two triangles each"), stacklevel=2)
    groups: dict[str, list[Integers]] = {}
    for group in content.groups:
        if group.dimension == dimension:
            found = groups.setdefault(group.name, [])
            found += [spans[i].of(rows) for i, rows in group.cells.items() if i in spans]
    for name, data in content.cell_data.items():
        inside = [(span, _inside(data[i])) for i, span in spans.items()]
        given = [span.of(np.flatnonzero(rows)) for span, rows in inside if rows is not None]
        if len(given) == len(inside):
            groups.setdefault(name, []).extend(given)
    return SolidCells(
        content.points,
        np.concatenate(parts),
        {name: np.unique(np.concatenate([np.empty(0, dtype=np.int64), *found])) for name, found in groups.items()},
        _others(content, dimension),
    )


def no_cells(path: Path, dimension: int) -> MeshError:
    """The error for a mesh without cells of a dimension."""
    return MeshError(f"{path} holds no {SIMPLICES[dimension]}; mesh it in {dimension}D, or choose the other model.")


def not_simplices(where: str, dimension: int, kind: str) -> MeshError:
    """The error for cells that cannot be used."""
    return MeshError(
        f"{where} cannot be used: it has cells of the kind {kind!r}; mesh it with "
        f"{SIMPLICES[dimension]} of first order."
    )


def _inside(values: npt.NDArray[Any]) -> npt.NDArray[np.bool_] | None:
    """Where data on cells say that they are in a group; what is not a number says that they are not."""
    if values.ndim > 2 or (values.ndim == 2 and values.shape[1] != 1) or values.dtype.kind not in "buif":
        return None
    flat = values.ravel()
    return np.asarray((flat != 0) & ~np.isnan(flat))


def _require_straight(points: Floats, block: Block, path: Path) -> None:
    """Refuse cells whose inner nodes are not on the sides between corners.

    Raises:
        MeshError: there are some; the corners alone would be another solid.
    """
    count = CORNERS[block.family]
    corners = points[block.corners[:, :count]]
    inner = block.corners[:, count:][:, : {"quad": 4}.get(block.family)]
    bad = np.zeros(len(corners), dtype=np.bool_)
    pairs = itertools.pairwise([0, 1, 2, 3, 0]) if block.family == "quad" else itertools.combinations(range(count), 2)
    sides = list(pairs)
    with np.errstate(all="ignore"):
        for node in inner.T:
            off = np.full(len(corners), np.inf)
            for p, q in sides:
                side, offset = corners[:, q] - corners[:, p], points[node] - corners[:, p]
                share = np.clip((offset * side).sum(axis=1) / (side**2).sum(axis=1), 0, 1)
                distance = np.linalg.norm(offset - share[:, None] * side, axis=1)
                off = np.fmin(off, distance / np.linalg.norm(side, axis=1))
            bad |= off > STRAIGHT
    if bad.any():
        at = ", ".join(f"{x:.4g}" for x in corners[bad][0].mean(axis=0))
        raise MeshError(
            f"{path} cannot be used: {int(bad.sum())} of {len(bad)} cells of the kind {block.kind!r} have curved "
            f"sides, the first near ({at}); mesh it with cells of first order."
        )


def _simplices(points: Floats, block: Block) -> Integers:
    """Simplices of a block, equally many of each cell, one cell after the other."""
    corners = block.corners[:, : CORNERS[block.family]]
    if block.family != "quad":
        return corners
    # Of the two diagonals the one whose triangles are the better shaped: a quad need not be convex
    first = np.stack([corners[:, [0, 1, 2]], corners[:, [0, 2, 3]]], axis=1)
    second = np.stack([corners[:, [0, 1, 3]], corners[:, [1, 2, 3]]], axis=1)
    worse = _smaller_area(points, first) < _smaller_area(points, second)
    return np.where(worse[:, None, None], second, first).reshape(-1, 3)


def _smaller_area(points: Floats, pairs: Integers) -> Floats:
    """The smaller of the areas of two triangles (times 2), which is negative where they face different ways."""
    corners = points[pairs]
    normals = np.cross(corners[:, :, 1] - corners[:, :, 0], corners[:, :, 2] - corners[:, :, 0])
    areas = np.linalg.norm(normals, axis=2).min(axis=1)
    return np.asarray(np.where((normals[:, 0] * normals[:, 1]).sum(axis=1) < 0, -areas, areas))


def _others(content: Content, dimension: int) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for group in content.groups:
        if group.dimension != dimension:
            found.setdefault(OF_DIMENSION[group.dimension], []).append(group.name)
    if content.node_groups:
        found.setdefault("nodes", []).extend(content.node_groups)
    return found
