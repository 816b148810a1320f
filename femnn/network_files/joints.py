"""Nodes of a drawing: where its lines end, and which of them its points and circles mark."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import scipy

from femnn.network.meeting_bonds import crossings, first_of_each, nodes_on_bonds
from femnn.network_files.drawings import Drawn, Mark
from femnn.network_files.junctions import Split, split_at_crossings, split_at_ends

type Floats = npt.NDArray[np.float64]
type Integers = npt.NDArray[np.int64]
type Booleans = npt.NDArray[np.bool_]

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
    """Nodes of each bond, shape (B, 2)."""
    piece: Integers
    """The line as it is drawn that each bond is, or is a part of, shape (B,)."""
    near: float
    """Distance up to which ends of lines, and marks, are of one node."""
    marks: list[tuple[Mark, int]]
    """Marks, and the node that each is on."""
    strays: list[Stray]
    left_out: list[tuple[str, int]] = field(default_factory=list)
    """Reasons for which lines are left out, and the line."""
    cut: list[tuple[int, int]] = field(default_factory=list)
    """Nodes in the middle of lines, and the line."""
    crossing: list[tuple[int, int, Floats]] = field(default_factory=list)
    """Pairs of lines that cross without a joint, and where."""


def tolerance(lengths: Floats) -> float:
    """Distance up to which ends of lines are one node, by the lengths of the lines."""
    return COINCIDENT * float(np.median(lengths))


def joints(drawn: Drawn, within: float | None = None, joined: bool = False) -> Joints:
    """Join the ends of lines that coincide, cut lines where others end on them, and find the nodes of the marks.

    Lines that femnn wrote are the bonds that they were, and are not cut.

    Args:
        drawn: lines and marks.
        within: distance up to which ends are one node, in the drawing's unit; where None, :func:`tolerance`.
        joined: whether lines that cross are joined there.
    """
    ends = np.array([piece.ends for piece in drawn.pieces], dtype=np.float64)
    lengths = np.linalg.norm(ends[:, 1] - ends[:, 0], axis=1)
    near = tolerance(lengths[lengths > 0] if lengths.any() else lengths) if within is None else within
    at, bonds = _joined(ends, near)
    piece, own = np.arange(len(bonds)), np.array([bool(each.data) for each in drawn.pieces])
    left_out = [("without length", int(i)) for i in np.flatnonzero((bonds[:, 0] == bonds[:, 1]) & ~own)]
    kept = (bonds[:, 0] != bonds[:, 1]) | own
    if not kept.any():
        return Joints(at, bonds[kept], piece[kept], near, [], [], left_out)
    split, cut = _cut(at, bonds[kept], piece[kept], own[kept], near)
    pairs, places = crossings(split.at, split.bonds, near)
    free = ~own[split.piece]
    if joined:
        split = split_at_crossings(split.at, split.bonds, split.piece, near)
        crossing = []
    else:
        seen = free[pairs].all(axis=1)
        one, other = split.piece[pairs[seen]].T
        crossing = [(int(a), int(b), place) for a, b, place in zip(one, other, places[seen], strict=True)]
    first = np.sort(np.unique(np.sort(split.bonds, axis=1), axis=0, return_index=True)[1])
    again = np.setdiff1d(np.flatnonzero(~own[split.piece]), first)
    left_out += [("at the place of others", int(split.piece[i])) for i in again]
    stay = np.setdiff1d(np.arange(len(split.bonds)), again)
    used = np.unique(split.bonds[stay])
    order = used[_in_rows(split.at[used], near)]
    place = np.full(len(split.at), -1)
    place[order] = np.arange(len(order))
    found = Joints(split.at[order], place[split.bonds[stay]], split.piece[stay], near, [], [], left_out,
                   [(int(place[node]), line) for node, line in cut], crossing)  # fmt: skip
    return replace(found, **_marked(drawn, found, ends))


def _cut(at: Floats, bonds: Integers, piece: Integers, own: Booleans, near: float) -> tuple[Split, list[Any]]:
    """Cut lines where others end on them; also return the nodes and the lines."""
    on = nodes_on_bonds(at, bonds, near)
    on = on[~own[on[:, 1]]]
    return split_at_ends(at, bonds, piece, on), [(int(node), int(piece[line])) for node, line in on]


def _marked(drawn: Drawn, joints: Joints, ends: Floats) -> dict[str, Any]:
    """The node of each mark: that of an end of a line, or of a place where lines meet, within the tolerance."""
    near = joints.near
    tree = scipy.spatial.KDTree(joints.at)
    flat = ends.reshape(-1, 3)
    places, owner = np.concatenate([joints.at, flat]), np.concatenate([np.arange(len(joints.at)), tree.query(flat)[1]])
    tree = scipy.spatial.KDTree(places)
    marks, strays = [], []
    for mark in drawn.marks:
        distance = float(tree.query(mark.place)[0])
        reach = near if distance <= near else distance + AS_NEAR * near
        nearest = np.unique(owner[tree.query_ball_point(mark.place, reach)]).tolist()
        if distance <= near and len(nearest) == 1:
            marks.append((mark, nearest[0]))
        else:
            strays.append(Stray(mark, nearest, distance))
    return {"marks": marks, "strays": strays}


def _joined(ends: Floats, near: float) -> tuple[Floats, Integers]:
    """Where lines end, and the two nodes of each line."""
    flat = ends.reshape(-1, 3)
    chosen, number = np.unique(first_of_each(flat, near), return_inverse=True)
    return flat[chosen], number.reshape(-1, 2)


def _in_rows(at: Floats, near: float) -> Integers:
    """Order from left to right and then upwards."""
    # Nodes of one row need not be drawn at one height to the last digit
    return np.lexsort(np.round(at / near).T if near > 0 else at.T)
