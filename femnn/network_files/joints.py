"""Nodes of a drawing: where its lines end, and which of them its points and circles mark."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy

from femnn.network_files.drawings import Drawn, Mark

type Floats = npt.NDArray[np.float64]
type Integers = npt.NDArray[np.int64]

COINCIDENT = 1e-3
"""Ends of lines nearer to each other than this share of the median length are one node."""
AS_NEAR = 1e-9
"""Two nodes are equally near if their distances differ by no more than this share of the tolerance."""


@dataclass(frozen=True)
class Stray:
    """A mark that is on no node, or between several."""

    mark: Mark
    nearest: list[int]
    """The nodes that are nearest to it; several if it is within the tolerance of each, or equally near to each."""
    distance: float
    """To the nearest."""


@dataclass(frozen=True)
class Joints:
    """Nodes of a drawing, from left to right and then upwards."""

    at: Floats
    """Coordinates as drawn, shape (N, 3)."""
    bonds: Integers
    """Nodes of each line, shape (B, 2)."""
    near: float
    """Distance up to which ends of lines, and marks, are of one node."""
    marks: list[tuple[Mark, int]]
    """Marks, and the node that each is on."""
    strays: list[Stray]


def tolerance(lengths: Floats) -> float:
    """Distance up to which ends of lines are one node, by the lengths of the lines."""
    return COINCIDENT * float(np.median(lengths))


def joints(drawn: Drawn) -> Joints:
    """Join the ends of lines that coincide, and find the nodes of the marks."""
    ends = np.array([piece.ends for piece in drawn.pieces], dtype=np.float64)
    near = tolerance(np.linalg.norm(ends[:, 1] - ends[:, 0], axis=1))
    at, bonds = _joined(ends, near)
    flat, owner = ends.reshape(-1, 3), bonds.ravel()
    tree = scipy.spatial.KDTree(flat)
    marks, strays = [], []
    for mark in drawn.marks:
        distance = float(tree.query(mark.place)[0])
        reach = near if distance <= near else distance + AS_NEAR * near
        nearest = np.unique(owner[tree.query_ball_point(mark.place, reach)]).tolist()
        if distance <= near and len(nearest) == 1:
            marks.append((mark, nearest[0]))
        else:
            strays.append(Stray(mark, nearest, distance))
    return Joints(at, bonds, near, marks, strays)


def _joined(ends: Floats, near: float) -> tuple[Floats, Integers]:
    """Where lines end, from left to right and then upwards, and the two nodes of each line."""
    flat = ends.reshape(-1, 3)
    pairs = scipy.spatial.KDTree(flat).query_pairs(near, output_type="ndarray")
    links = scipy.sparse.csr_array((np.ones(len(pairs)), pairs.T), shape=(len(flat), len(flat)))
    count, number = scipy.sparse.csgraph.connected_components(links, directed=False)
    at = np.empty((count, 3))
    at[number[::-1]] = flat[::-1]
    # Nodes of one row need not be drawn at one height to the last digit
    order = np.lexsort(np.round(at / near).T)
    place = np.empty(count, dtype=np.int64)
    place[order] = np.arange(count)
    return at[order], place[number].reshape(-1, 2)
