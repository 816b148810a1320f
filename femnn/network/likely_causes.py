"""Why a network is in several parts, or a mechanism: slips of a drawing or a file, each with its place."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import scipy

from femnn.config.directions import AXES
from femnn.network.meeting_bonds import crossings, nodes_on_bonds
from femnn.network.rigid_motions import free_motion

type Floats = npt.NDArray[np.float64]
type Integers = npt.NDArray[np.int64]
type Booleans = npt.NDArray[np.bool_]

GAP = 0.25
"""Nodes nearer to each other than this share of the median length are hardly meant to be two."""
ONE_PLACE = 1e-9
"""Nodes nearer to each other than this share of the size are at one place."""
ON = 1e-3
"""A node nearer to a bond than this share of the median length is on it."""
FLAT = 0.02
"""A network in space whose thickness is less than this share of its size may be meant to be flat."""
IN_PLANE = 1e-9
"""Nodes whose distances from a plane vary by less than this share of the size lie in it."""
MOST = 3
"""Places that a sentence names."""


def likely_causes(
    nodes: Floats,
    bonds: Integers,
    fixed: Booleans,
    labels: Integers,
    concerned: Integers,
    parts: Integers | None = None,
) -> str:
    """Return what may be wrong, as clauses that begin with "; "; empty where nothing is found.

    Args:
        nodes: coordinates (m), shape (N, d).
        bonds: ends of each bond, shape (B, 2).
        fixed: components that are held, shape (N, d).
        labels: of the nodes, shape (N,).
        concerned: indices of the nodes that are in another part, or that move without stretching a bond.
        parts: part of each node, where there are several; a cause then joins two of them.
    """
    if not len(bonds) or not np.isfinite(nodes).all():
        return ""
    at = np.pad(nodes, ((0, 0), (0, 3 - nodes.shape[1])))
    lengths = np.linalg.norm(at[bonds[:, 1]] - at[bonds[:, 0]], axis=1)
    median = float(np.median(lengths))
    is_concerned = np.zeros(len(nodes), dtype=np.bool_)
    is_concerned[concerned] = True
    found = [
        *_gaps(at, bonds, labels, is_concerned, parts, median),
        *_on_bonds(at, bonds, labels, is_concerned, parts, median),
        *_crossing(at, bonds, labels, is_concerned, parts, median),
    ]
    if parts is not None:
        found = [*_without_bonds(bonds, labels, len(nodes)), *(found or _apart(at, labels, parts))]
    else:
        found = [
            *flatness(nodes),
            *_unsupported(nodes, fixed),
            *found,
            *_in_line(nodes, bonds, fixed, labels, is_concerned),
            *_too_few(nodes, bonds, fixed),
        ]
    return "".join(f"; {cause}" for cause in found[:2])


def _without_bonds(bonds: Integers, labels: Integers, count: int) -> Iterator[str]:
    """Nodes that no bond leads to."""
    alone = np.setdiff1d(np.arange(count), bonds)
    if len(alone):
        names = ", ".join(str(label) for label in labels[alone[:MOST]])
        more = f" and {len(alone) - MOST} more" if len(alone) > MOST else ""
        if len(alone) > 1:
            yield f"nodes {names}{more} have no bond: leave them out, or add their bonds"
        else:
            yield f"node {names} has no bond: leave it out, or add its bonds"


def _apart(at: Floats, labels: Integers, parts: Integers) -> Iterator[str]:
    """Where two parts are nearest to each other, if both have bonds."""
    first = np.flatnonzero(parts == parts[0])
    sizes = np.bincount(parts)
    others = np.flatnonzero((parts != parts[0]) & (sizes[parts] > 1))
    if sizes[parts[0]] < 2 or not len(others):
        return
    distances, nearest = scipy.spatial.KDTree(at[first]).query(at[others])
    near = int(np.argmin(distances))
    yield (
        f"their nearest nodes are {labels[first[nearest[near]]]} and {labels[others[near]]}, "
        f"{_length(float(distances[near]))} apart: add the bonds between them, or leave one part out"
    )


def _unsupported(nodes: Floats, fixed: Booleans) -> Iterator[str]:
    """Supports that do not hold the whole."""
    motion = free_motion(nodes, fixed)
    if motion:
        yield f"the supports leave the network as a whole free {motion}: support more nodes or components"


def _gaps(
    at: Floats, bonds: Integers, labels: Integers, concerned: Booleans, parts: Integers | None, median: float
) -> Iterator[str]:
    """Nodes that are hardly meant to be two."""
    pairs = scipy.spatial.KDTree(at).query_pairs(GAP * median, output_type="ndarray")
    pairs = pairs[concerned[pairs].any(axis=1)]
    if parts is not None:
        pairs = pairs[parts[pairs[:, 0]] != parts[pairs[:, 1]]]
    joined = {tuple(pair) for pair in np.sort(bonds, axis=1).tolist()}
    pairs = np.array([pair for pair in np.sort(pairs, axis=1).tolist() if tuple(pair) not in joined], dtype=np.int64)
    if not len(pairs):
        return
    apart = np.linalg.norm(at[pairs[:, 0]] - at[pairs[:, 1]], axis=1)
    first = int(np.argmin(apart))
    more = f" ({len(pairs) - 1} more such pairs)" if len(pairs) > 1 else ""
    p, q = labels[pairs[first]]
    if apart[first] <= ONE_PLACE * np.ptp(at, axis=0).max():
        yield f"nodes {p} and {q} are both at {_place(at[pairs[first, 0]])} and not joined{more}: make them one"
    else:
        yield (
            f"nodes {p} and {q}, at {_place(at[pairs[first, 0]])}, are {_length(apart[first])} apart and not joined"
            f"{more}: close the gap"
        )


def _on_bonds(
    at: Floats, bonds: Integers, labels: Integers, concerned: Booleans, parts: Integers | None, median: float
) -> Iterator[str]:
    """Nodes on bonds that do not end there."""
    on = nodes_on_bonds(at, bonds, ON * median)
    ends = bonds[on[:, 1]]
    kept = concerned[on[:, 0]] | concerned[ends].any(axis=1)
    if parts is not None:
        kept &= parts[on[:, 0]] != parts[ends[:, 0]]
    on, ends = on[kept], ends[kept]
    if len(on):
        told = ", ".join(f"node {labels[node]} is on bond {_bond(labels, own)}"
                         for (node, _), own in zip(on[:MOST], ends[:MOST], strict=True))  # fmt: skip
        more = f" ({len(on) - MOST} more)" if len(on) > MOST else ""
        yield f"{told}{more}, which does not end there: split the bond at the node, or move the node off it"


def _crossing(
    at: Floats, bonds: Integers, labels: Integers, concerned: Booleans, parts: Integers | None, median: float
) -> Iterator[str]:
    """Bonds that cross without a node."""
    pairs, places = crossings(at, bonds, ON * median)
    ends = bonds[pairs]
    kept = concerned[ends].any(axis=(1, 2))
    if parts is not None:
        kept &= parts[ends[:, 0, 0]] != parts[ends[:, 1, 0]]
    ends, places = ends[kept], places[kept]
    if len(ends):
        more = f" ({len(ends) - 1} more such pairs)" if len(ends) > 1 else ""
        one, other = (_bond(labels, own) for own in ends[0])
        yield f"bonds {one} and {other} cross at {_place(places[0])} without a node{more}: split them if joined"


def flatness(nodes: Floats) -> Iterator[str]:
    """Yield what to say of a network in space that is, or nearly is, in a plane.

    Args:
        nodes: coordinates (m), shape (N, d).
    """
    if nodes.shape[1] < 3:
        return
    size = np.ptp(nodes, axis=0)
    largest, across = float(size.max()), int(np.argmin(size))
    if size[across] <= FLAT * largest:
        plane = "–".join(AXES.replace(AXES[across], ""))
        if size[across] <= IN_PLANE * largest:
            yield f"all nodes lie in a plane {plane} of space: give two coordinates a node if the network is flat"
        else:
            yield (
                f"{AXES[across]} varies by {_length(size[across])} alone, {size[across] / largest:.1g} of the size: if "
                f"that is noise, give two coordinates a node, in the plane {plane}, or for a file a tolerance above it"
            )
        return
    centred = nodes - nodes.mean(axis=0)
    normal = np.linalg.svd(centred.T @ centred)[0][:, 2]
    if np.ptp(centred @ normal) <= FLAT * largest:
        # Which way it points means nothing, and rounding is no component
        normal = np.round(normal * np.sign(normal[np.argmax(np.abs(normal))]), 6) + 0.0
        shown = ", ".join(f"{component:.3g}" for component in normal)
        yield f"the nodes lie in a tilted plane, of the normal ({shown}): turn it into x–y if the network is flat"


def _in_line(nodes: Floats, bonds: Integers, fixed: Booleans, labels: Integers, concerned: Booleans) -> Iterator[str]:
    """Nodes whose bonds leave a direction free: along one line, or in space in one plane."""
    directions = nodes[bonds[:, 1]] - nodes[bonds[:, 0]]
    directions /= np.linalg.norm(directions, axis=1)[:, None]
    stiffness = fixed[:, :, None] * np.eye(nodes.shape[1])
    for end in (0, 1):
        np.add.at(stiffness, bonds[:, end], directions[:, :, None] * directions[:, None, :])
    loose = np.flatnonzero(concerned & (np.linalg.eigvalsh(stiffness)[:, 0] < 1e-6))
    if len(loose):
        where = "on one line" if nodes.shape[1] == 2 else "in one plane"
        names = ", ".join(str(label) for label in labels[loose[:MOST]])
        more = f" and {len(loose) - MOST} more" if len(loose) > MOST else ""
        many = len(loose) > 1
        yield (
            f"the bonds of node{'s' * many} {names}{more} lie {where}{' each' * many}, and bars turn there: brace "
            f"{'them' if many else 'it'}"
        )


def _too_few(nodes: Floats, bonds: Integers, fixed: Booleans) -> Iterator[str]:
    """Fewer bonds to free nodes than components that are free (Maxwell, Philos. Mag. 27, 1864)."""
    free = int((~fixed).sum())
    count = int((~fixed.all(axis=1))[bonds].any(axis=1).sum())
    if count < free:
        yield f"{count} bonds cannot hold the {free} components that are free: {free - count} too few"


def _bond(labels: Integers, ends: Integers) -> str:
    return f"{labels[ends[0]]}–{labels[ends[1]]}"


def _place(at: Floats) -> str:
    flat = at[:2] if not at[2] else at
    return f"({', '.join(f'{1e3 * x + 0:.6g}' for x in flat)}) mm"


def _length(length: float) -> str:
    return f"{1e3 * length:.3g} mm"
