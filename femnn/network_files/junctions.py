"""Lines of a drawing, cut where they meet."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from femnn.network.meeting_bonds import Floats, Integers, crossings, first_of_each


@dataclass(frozen=True)
class Split:
    """Lines after they are cut where they meet."""

    at: Floats
    """Places of the nodes, shape (N, 3); new ones are the last."""
    bonds: Integers
    """Nodes of each line, shape (B, 2)."""
    piece: Integers
    """The line that each is a part of, shape (B,)."""


def split_at_ends(at: Floats, bonds: Integers, piece: Integers, on: Integers) -> Split:
    """Cut lines at the nodes that are on them.

    Args:
        at: places of the nodes, shape (N, 3).
        bonds: nodes of each line, shape (B, 2).
        piece: the line that each is a part of, shape (B,).
        on: nodes on lines, as :func:`femnn.network.meeting_bonds.nodes_on_bonds` returns them.
    """
    start, vectors = at[bonds[:, 0]], at[bonds[:, 1]] - at[bonds[:, 0]]
    count = len(bonds)
    line = np.concatenate([np.arange(count), np.arange(count), on[:, 1]])
    node = np.concatenate([bonds[:, 0], bonds[:, 1], on[:, 0]])
    along = ((at[node] - start[line]) * vectors[line]).sum(axis=1)
    order = np.lexsort((along, line))
    line, node = line[order], node[order]
    same = line[1:] == line[:-1]
    return Split(at, np.column_stack([node[:-1], node[1:]])[same], piece[line[:-1][same]])


def split_at_crossings(at: Floats, bonds: Integers, piece: Integers, within: float) -> Split:
    """Cut lines where they cross; crossings nearer to each other than the tolerance are one node."""
    pairs, places = crossings(at, bonds, within)
    if not len(pairs):
        return Split(at, bonds, piece)
    first = first_of_each(places, within)
    chosen, number = np.unique(first, return_inverse=True)
    node = len(at) + number.ravel()
    on = np.unique(np.column_stack([np.tile(node, 2), pairs.T.ravel()]), axis=0)
    return split_at_ends(np.concatenate([at, places[chosen]]), bonds, piece, on)
