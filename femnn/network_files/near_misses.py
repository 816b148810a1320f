"""Ends of lines that are hardly meant to be apart: a little beside another end, or beside the middle of a line."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy

from femnn.network.meeting_bonds import Floats, nodes_on_bonds
from femnn.network_files.joints import Joints

REACH = 0.02
"""Ends nearer to each other than this share of the lines there, and not joined, are taken for a slip."""


@dataclass(frozen=True)
class NearMiss:
    """An end that is nearly at another, or nearly on a line."""

    node: int
    other: int
    """The other node; the row of the bond if it is nearly on one."""
    on_line: bool
    distance: float


def near_misses(joints: Joints) -> list[NearMiss]:
    """Return ends nearer to other ends or lines than :data:`REACH` allows, and no nearer than the tolerance."""
    at, bonds = joints.at, joints.bonds
    lengths = np.linalg.norm(at[bonds[:, 1]] - at[bonds[:, 0]], axis=1)
    reach = REACH * float(np.median(lengths))
    # Where lines are short, as along a rim that many spokes lead to, what is near is meant to be
    own = np.full(len(at), np.inf)
    for ends in bonds.T:
        np.minimum.at(own, ends, REACH * np.bincount(joints.piece, lengths)[joints.piece])
    pairs = scipy.spatial.KDTree(at).query_pairs(reach, output_type="ndarray")
    # A short piece that is left where a line was cut is no line that anyone has drawn
    whole = np.bincount(joints.piece)[joints.piece] == 1
    joined = set(map(tuple, np.sort(bonds[whole], axis=1).tolist()))
    found = [
        NearMiss(p, q, False, float(np.linalg.norm(at[p] - at[q])))
        for p, q in np.sort(pairs, axis=1).tolist()
        if (p, q) not in joined
    ]
    found = [miss for miss in found if miss.distance <= min(own[miss.node], own[miss.other])]
    known = {node for miss in found for node in (miss.node, miss.other)}
    for node, line in nodes_on_bonds(at, bonds, reach).tolist():
        distance = _beside(at[node], at[bonds[line]])
        # What is near an end of the line is told by its ends
        near_end = np.linalg.norm(at[bonds[line]] - at[node], axis=1).min() <= reach
        if joints.near < distance <= own[node] and not near_end and node not in known:
            found.append(NearMiss(node, line, True, distance))
    return sorted(found, key=lambda miss: miss.distance)


def _beside(place: Floats, ends: Floats) -> float:
    along = (ends[1] - ends[0]) / np.linalg.norm(ends[1] - ends[0])
    offset = place - ends[0]
    return float(np.linalg.norm(offset - (offset @ along) * along))
