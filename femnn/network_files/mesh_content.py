"""What a mesh file holds, whichever reader knows its format: points, cells of all kinds, groups and data."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

type Floats = npt.NDArray[np.float64]
type Integers = npt.NDArray[np.int64]
type Data = Mapping[str, npt.NDArray[Any]]

CORNERS = {"vertex": 1, "line": 2, "triangle": 3, "quad": 4, "tetra": 4, "hexahedron": 8, "wedge": 6, "pyramid": 5}
"""Corners of cells by the family of their kind, which are the first of a cell's nodes."""
DIMENSIONS = {"vertex": 0, "line": 1, "triangle": 2, "quad": 2, "polygon": 2}
"""Dimensions of cells by family; of all others it is 3."""
COUNTED = "the numbers of the file's points, counted from 1"
"""What the numbers of points are in formats that do not number them."""
OF_DIMENSION = ("points", "lines", "surfaces", "volumes")


@dataclass(frozen=True)
class Block:
    """Cells of one kind."""

    kind: str
    """As meshio calls it: vertex, line, line3, triangle."""
    corners: Integers
    """Their nodes, as places among the points of the file, shape (M, n)."""

    @property
    def family(self) -> str:
        """The kind without the number of its nodes: "line" of line3."""
        return family(self.kind)

    @property
    def dimension(self) -> int:
        """Dimension of a cell, 0 to 3."""
        return DIMENSIONS.get(self.family, 3)


@dataclass(frozen=True)
class CellGroup:
    """A named group of cells of one dimension."""

    name: str
    dimension: int
    cells: Mapping[int, Integers]
    """Rows of the cells in each block, by the place of the block."""


@dataclass(frozen=True)
class Content:
    """A mesh file."""

    points: Floats
    """Coordinates as in the file, shape (N, 3)."""
    numbers: Integers
    """What the file calls its points by, shape (N,)."""
    numbering: str
    """What ``numbers`` are, for messages."""
    blocks: list[Block]
    groups: list[CellGroup] = field(default_factory=list)
    node_groups: Mapping[str, Integers] = field(default_factory=dict)
    """Points of each named group that consists of nodes and not of cells."""
    point_data: Data = field(default_factory=dict)
    cell_data: Mapping[str, list[npt.NDArray[Any]]] = field(default_factory=dict)
    """Data on cells by name, an array for each block."""
    single: bool = False
    """Coordinates were stored in single precision."""
    notes: tuple[str, ...] = ()

    def cells_of(self, group: CellGroup) -> Integers:
        """Points of the cells of a group, each once."""
        return union(self.blocks[block].corners[rows].ravel() for block, rows in group.cells.items())


def family(kind: str) -> str:
    """Return the kind of a cell without the number of its nodes."""
    return re.sub(r"\d+$", "", kind)


def union(parts: Iterable[Integers]) -> Integers:
    """Return all numbers of some arrays, each once."""
    return np.unique(np.concatenate([np.empty(0, dtype=np.int64), *parts]))


def in_space(points: npt.NDArray[Any]) -> Floats:
    """Return coordinates with three components, of which those that are not given are 0.

    Raises:
        ValueError: they are no table of one to three columns.
    """
    found = np.asarray(points, dtype=np.float64)
    if found.ndim != 2 or not 1 <= found.shape[1] <= 3:
        raise ValueError(f"its points are a table of the shape {found.shape}, and not of two or three columns")
    return np.pad(found, ((0, 0), (0, 3 - found.shape[1])))


def checked(content: Content) -> Content:
    """Return a content whose cells are sound.

    Raises:
        ValueError: a cell has too few or too many nodes for its kind, or a node that is not there.
    """
    for block in content.blocks:
        corners, least = block.corners, CORNERS.get(block.family, 1)
        exact = block.kind in CORNERS
        if corners.ndim != 2 or corners.shape[1] < least or (exact and corners.shape[1] != least):
            raise ValueError(f"its cells of the kind {block.kind} are of the shape {corners.shape}, not (…, {least})")
        if corners.size and not 0 <= corners.min() <= corners.max() < len(content.points):
            raise ValueError(f"a {block.family} ends at a point that is not there")
    return content


class Places:
    """Places of things by their numbers, however large these are."""

    def __init__(self, numbers: Integers) -> None:
        """Sort the numbers of things, which stand in the order of their places."""
        self._order = np.argsort(numbers, kind="stable")
        self.ascending = numbers[self._order]

    def among(self, numbers: Integers) -> Integers:
        """Return the places of those of some numbers that there are, in the order asked for."""
        at, known = self._found(numbers)
        return self._order[at[known]]

    def of(self, numbers: Integers, what: str) -> Integers:
        """Return the places of numbers, in an array of the same shape.

        Raises:
            ValueError: there is nothing of one of the numbers; the message calls it by ``what``.
        """
        at, known = self._found(numbers)
        if not known.all():
            raise ValueError(f"there is no {what} {numbers[~known].flat[0]}, which it names")
        return self._order[at]

    def _found(self, numbers: Integers) -> tuple[Integers, npt.NDArray[np.bool_]]:
        if not len(self.ascending):
            return np.zeros(numbers.shape, dtype=np.int64), np.zeros(numbers.shape, dtype=np.bool_)
        at = np.minimum(np.searchsorted(self.ascending, numbers), len(self.ascending) - 1)
        return at, self.ascending[at] == numbers
