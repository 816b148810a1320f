"""Where bonds meet other than by their ends: at the middle of another bond, or crossing it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import scipy

type Floats = npt.NDArray[np.float64]
type Integers = npt.NDArray[np.int64]


def nodes_on_bonds(at: Floats, bonds: Integers, within: float) -> Integers:
    """Return nodes on lines that do not end there, shape (n, 2): the node, and the index of the bond.

    Args:
        at: places of the nodes, shape (N, 3).
        bonds: nodes of each line, shape (B, 2).
        within: distance up to which a node is on a line.
    """
    start, vectors, lengths = _lines(at, bonds)
    tree = scipy.spatial.KDTree(at)
    found = tree.query_ball_point(start + vectors / 2, lengths / 2 + within)
    line = np.repeat(np.arange(len(bonds)), [len(nodes) for nodes in found])
    node = np.concatenate([np.array(nodes, dtype=np.int64) for nodes in found])
    other = (bonds[line] != node[:, None]).all(axis=1)
    line, node = line[other], node[other]
    offset = at[node] - start[line]
    along = (offset * vectors[line]).sum(axis=1) / lengths[line]
    off = np.linalg.norm(offset - (along / lengths[line])[:, None] * vectors[line], axis=1)
    on = (off <= within) & (along > 0) & (along < lengths[line])
    return np.column_stack([node[on], line[on]])


def crossings(at: Floats, bonds: Integers, within: float) -> tuple[Integers, Floats]:
    """Return pairs of lines that cross between their ends, shape (n, 2), and where they do, shape (n, 3).

    Args:
        at: places of the nodes, shape (N, 3).
        bonds: nodes of each line, shape (B, 2).
        within: distance up to which lines in space meet; ends nearer than this to the other line are none of it.
    """
    start, vectors, lengths = _lines(at, bonds)
    pairs = np.concatenate([np.empty((0, 2), dtype=np.int64), *_near_pairs(start + vectors / 2, lengths)])
    shared = (bonds[pairs[:, 0]][:, :, None] == bonds[pairs[:, 1]][:, None, :]).any(axis=(1, 2))
    one, other = pairs[~shared].T
    u, v, w = vectors[one], vectors[other], start[one] - start[other]
    uu, uv, vv = (u * u).sum(axis=1), (u * v).sum(axis=1), (v * v).sum(axis=1)
    uw, vw = (u * w).sum(axis=1), (v * w).sum(axis=1)
    determinant = uu * vv - uv**2
    # Lines that are parallel meet along a length, whose ends are on the other line
    askew = determinant > 1e-12 * uu * vv
    safe = np.where(askew, determinant, 1.0)
    s, t = (uv * vw - vv * uw) / safe, (uu * vw - uv * uw) / safe
    apart = np.linalg.norm(w + s[:, None] * u - t[:, None] * v, axis=1)
    inside = np.ones(len(s), dtype=np.bool_)
    for share, length in ((s, lengths[one]), (t, lengths[other])):
        inside &= (share * length > within) & ((1 - share) * length > within)
    crossing = askew & inside & (apart <= within)
    places = start[one] + s[:, None] * u
    return np.column_stack([one, other])[crossing], places[crossing]


def first_of_each(at: Floats, within: float) -> Integers:
    """For each place the first of those that are one with it, directly or by others between, shape (N,)."""
    pairs = scipy.spatial.KDTree(at).query_pairs(within, output_type="ndarray")
    links = scipy.sparse.csr_array((np.ones(len(pairs)), pairs.T), shape=(len(at), len(at)))
    _, number = scipy.sparse.csgraph.connected_components(links, directed=False)
    _, first = np.unique(number, return_index=True)
    return np.asarray(first[number], dtype=np.int64)


def _lines(at: Floats, bonds: Integers) -> tuple[Floats, Floats, Floats]:
    vectors = at[bonds[:, 1]] - at[bonds[:, 0]]
    return at[bonds[:, 0]], vectors, np.linalg.norm(vectors, axis=1)


def _near_pairs(middles: Floats, lengths: Floats) -> Iterator[Integers]:
    """Pairs of lines whose middles are no farther apart than half their lengths together, each once.

    Lines are sorted by their lengths' powers of two, so that one long line does not have all others compared.
    """
    octave = np.floor(np.log2(lengths)).astype(np.int64)
    for size in np.unique(octave):
        own = np.flatnonzero(octave == size)
        tree = scipy.spatial.KDTree(middles[own])
        yield own[tree.query_pairs(2.0 ** (size + 1), output_type="ndarray")]
        longer = np.flatnonzero(octave > size)
        if longer.size:
            found = tree.query_ball_point(middles[longer], lengths[longer] / 2 + 2.0**size)
            counts = [len(rows) for rows in found]
            near = own[np.concatenate([np.array(rows, dtype=np.int64) for rows in found])]
            yield np.column_stack([np.repeat(longer, counts), near])
