"""Nodes that lie on lines which do not end there: a joint that is missing, or a bond that passes over a node."""

from __future__ import annotations

import numpy as np
import scipy

from femnn.network_files.mesh_content import Floats, Integers

ON = 1e-3
"""A node nearer to a line than this share of its length lies on it."""


def nodes_on_lines(points: Floats, lines: Integers) -> Integers:
    """Return nodes on lines between other nodes, shape (n, 2): the node and the row of the line.

    Args:
        points: coordinates, shape (N, 3).
        lines: ends of each line, shape (B, 2).
    """
    used = np.unique(lines)
    if not np.isfinite(points[used]).all():
        return np.empty((0, 2), dtype=np.int64)
    start, vectors = points[lines[:, 0]], points[lines[:, 1]] - points[lines[:, 0]]
    lengths = np.linalg.norm(vectors, axis=1)
    near = scipy.spatial.KDTree(points[used]).query_ball_point(start + vectors / 2, lengths / 2)
    line = np.repeat(np.arange(len(lines)), [len(found) for found in near])
    node = used[np.concatenate([np.array(found, dtype=np.int64) for found in near])]
    other = (lines[line] != node[:, None]).all(axis=1)
    line, node = line[other], node[other]
    offset = points[node] - start[line]
    share = (offset * vectors[line]).sum(axis=1) / lengths[line] ** 2
    off = np.linalg.norm(offset - share[:, None] * vectors[line], axis=1)
    on = (off < ON * lengths[line]) & (share > 0) & (share < 1)
    return np.column_stack([node[on], line[on]])
