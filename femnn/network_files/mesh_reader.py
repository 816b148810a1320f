"""What of a mesh file can be a network: its line cells, their points, and the named groups."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from femnn.errors import ConfigError
from femnn.network_files.labels import listed
from femnn.network_files.mesh_content import Content, Data, Floats, Integers, union
from femnn.network_files.mesh_files import read_content

STRAIGHT = 1e-5
"""A node between the ends of a line may be off their connection by this share of its length."""


@dataclass(frozen=True)
class Group:
    """A named group."""

    members: Integers
    """Points in its cells, and those that it holds itself."""
    points: Integers
    """Those of them that it holds as points and not as ends of lines or corners."""


@dataclass(frozen=True)
class MeshFile:
    """Lines of a mesh file. Points are called by their places among those of the file."""

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
    between: Integers
    """Points between the ends of lines of higher order."""
    single: bool
    """Coordinates were stored in single precision."""
    notes: tuple[str, ...]
    """What of the file is left out."""


def read_mesh(path: Path) -> MeshFile:
    """The content of a mesh file.

    Raises:
        ConfigError: it has no lines, or curved ones.
        Exception: it cannot be read; meshio raises nearly anything.
    """
    content = read_content(path)
    own = [i for i, block in enumerate(content.blocks) if block.family == "line" and len(block.corners)]
    if not own:
        kinds = Counter[str]()
        for block in content.blocks:
            kinds[block.kind] += len(block.corners)
        raise ConfigError(f"Cannot read {path}: it has no line cells; its cells are: {_counted(kinds) or 'none'}.")
    for i in own:
        _require_straight(path, content, content.blocks[i].corners)
    lines = np.concatenate([content.blocks[i].corners[:, :2] for i in own])
    # Older files of Gmsh's hold a line once for each of its groups
    single = _first_of_equal(lines) if path.suffix.lower() == ".msh" and _grouped(content) else np.arange(len(lines))
    between = union(content.blocks[i].corners[:, 2:].ravel() for i in own)
    return MeshFile(
        content.points,
        content.numbers,
        content.numbering,
        lines[single],
        content.point_data,
        {name: _joined([values[i] for i in own])[single] for name, values in content.cell_data.items()},
        _groups(content),
        between,
        content.single,
        (*_left_out(content), *_of_higher_order(content, own), *content.notes),
    )


def _grouped(content: Content) -> bool:
    return bool(content.groups) or any(note.startswith("physical group") for note in content.notes)


def _joined(parts: list[npt.NDArray[Any]]) -> npt.NDArray[Any]:
    return np.concatenate(parts)


def _require_straight(path: Path, content: Content, corners: Integers) -> None:
    """Refuse lines whose inner nodes are not between their ends.

    Raises:
        ConfigError: there is one; the message names it by its ends.
    """
    start, end = content.points[corners[:, 0]], content.points[corners[:, 1]]
    vectors = end - start
    with np.errstate(all="ignore"):
        squares = (vectors**2).sum(axis=1)
        for inner in corners[:, 2:].T:
            offset = content.points[inner] - start
            share = (offset * vectors).sum(axis=1) / squares
            off = np.linalg.norm(offset - share[:, None] * vectors, axis=1)
            bad = (off > STRAIGHT * np.sqrt(squares)) | (share < 0) | (share > 1)
            if bad.any():
                line = int(np.flatnonzero(bad)[0])
                p, q, middle = (int(content.numbers[node]) for node in (*corners[line, :2], inner[line]))
                raise ConfigError(
                    f"Cannot read {path}: the line from {p} to {q} is curved: its node {middle} is "
                    f"{off[line]:.3g} off the straight connection in the file's unit ({int(bad.sum())} such); mesh "
                    "curves by several lines of order 1."
                )


def _of_higher_order(content: Content, own: list[int]) -> tuple[str, ...]:
    count = sum(len(content.blocks[i].corners) for i in own if content.blocks[i].corners.shape[1] > 2)
    lines = f"{count} line{'s' if count > 1 else ''} of higher order"
    return (f"{lines}, straight, taken by {'their' if count > 1 else 'its'} end nodes",) if count else ()


def _first_of_equal(ends: Integers) -> Integers:
    """Lines without repetitions."""
    return np.sort(np.unique(np.sort(ends, axis=1), axis=0, return_index=True)[1])


def _groups(content: Content) -> dict[str, Group]:
    """Groups by name; groups of one name are one, whatever their dimensions."""
    members: dict[str, list[Integers]] = {}
    points: dict[str, list[Integers]] = {}
    for group in content.groups:
        inside = content.cells_of(group)
        members.setdefault(group.name, []).append(inside)
        points.setdefault(group.name, []).extend([inside] if group.dimension == 0 else [])
    for name, inside in content.node_groups.items():
        members.setdefault(name, []).append(inside)
        points.setdefault(name, []).append(inside)
    return {name: Group(union(members[name]), union(points[name])) for name in members}


def _left_out(content: Content) -> tuple[str, ...]:
    kinds = Counter[str]()
    for block in content.blocks:
        if block.family not in ("line", "vertex"):
            kinds[block.kind] += len(block.corners)
    return (f"left out: {_counted(kinds)}; bonds are lines alone",) if kinds else ()


def _counted(kinds: Counter[str]) -> str:
    return listed(f"{count} {kind}" for kind, count in kinds.items()) if kinds else ""
