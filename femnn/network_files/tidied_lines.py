"""Lines of a mesh file as bonds: coincident points made one, what has no length or is there twice left out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import scipy

from femnn.errors import ConfigError
from femnn.network.meeting_bonds import first_of_each, nodes_on_bonds
from femnn.network_files.labels import listed
from femnn.network_files.mesh_content import Floats, Integers

COINCIDENT = 1e-6
"""Points nearer to each other than this share of the size are one, unless a tolerance is given."""
NEAR = 1e-3
"""Ends of different lines nearer to each other than this share of the median length are hardly meant to be two."""


@dataclass(frozen=True)
class TidiedLines:
    """Lines between points that are called by their places among those of the file."""

    lines: Integers
    """Ends of each line, shape (B, 2)."""
    place: Integers
    """For each point of the file the one that stands for it, shape (N,)."""
    merged: Mapping[int, int]
    """Labels of points that are gone, and of those that stand for them."""
    notes: tuple[str, ...]
    hints: tuple[str, ...]
    """What may be a mistake, and need not be one."""


def tidied(path: Path, points: Floats, lines: Integers, labels: Integers, tolerance: float | None) -> TidiedLines:
    """Make coincident ends of lines one, and leave out lines without length and lines that repeat others.

    Args:
        path: the file, for messages.
        points: coordinates, shape (N, 3).
        lines: ends of each line, shape (B, 2).
        labels: of all points, shape (N,).
        tolerance: points nearer to each other than this are one, in the file's unit; where None,
            :data:`COINCIDENT` of the size.

    Raises:
        ConfigError: points are nearer to each other than lines leave room for, but not so near that they are one; or
            no line is left.
    """
    used = np.unique(lines)
    at = points[used]
    place, notes = np.arange(len(points)), []
    merged: dict[int, int] = {}
    if np.isfinite(at).all():
        near = COINCIDENT * float(np.ptp(at, axis=0).max()) if tolerance is None else tolerance
        place[used] = used[first_of_each(at, near)]
        gone = used[place[used] != used]
        merged = {int(labels[one]): int(labels[place[one]]) for one in gone}
        if merged:
            # Sentences name what is gone with what stands for it
            pairs = listed(f"{one} into {other}" for one, other in merged.items())
            notes.append(f"merged: {_count(len(merged), 'point')} at the place of another, {pairs}")
    ends = place[lines]
    short = ends[:, 0] == ends[:, 1]
    if short.any():
        names = listed(_name(labels, line) for line in lines[short])
        notes.append(f"left out: {_count(int(short.sum()), 'line')} without length, {names}")
    kept = ends[~short]
    first = np.sort(np.unique(np.sort(kept, axis=1), axis=0, return_index=True)[1])
    if len(first) < len(kept):
        again = np.delete(kept, first, axis=0)
        notes.append(
            f"left out: {_count(len(again), 'repeated line')}, {listed(_name(labels, line) for line in again)}"
        )
    kept = kept[first]
    if not len(kept):
        raise ConfigError(f"Cannot read {path}: none of its lines has a length.")
    if tolerance is None:
        _require_apart(path, points, kept, labels)
    return TidiedLines(kept, place, merged, tuple(notes), _passing(points, kept, labels))


def _passing(points: Floats, lines: Integers, labels: Integers) -> tuple[str, ...]:
    used, own = np.unique(lines, return_inverse=True)
    if not np.isfinite(points[used]).all():
        return ()
    own = own.reshape(-1, 2)
    median = float(np.median(np.linalg.norm(points[lines[:, 1]] - points[lines[:, 0]], axis=1)))
    found = nodes_on_bonds(points[used], own, NEAR * median)
    if not len(found):
        return ()
    pairs = listed(f"{labels[used[node]]} on {_name(labels, lines[line])}" for node, line in found)
    return (f"nodes on lines that do not end there, and that they are not joined to: {pairs}",)


def _require_apart(path: Path, points: Floats, lines: Integers, labels: Integers) -> None:
    """Refuse gaps that hardly anyone means: the ends would silently not be joined.

    Raises:
        ConfigError: there is such a gap; the message names its points.
    """
    used = np.unique(lines)
    at = points[used]
    if not np.isfinite(at).all():
        return
    median = float(np.median(np.linalg.norm(points[lines[:, 1]] - points[lines[:, 0]], axis=1)))
    pairs = used[scipy.spatial.KDTree(at).query_pairs(NEAR * median, output_type="ndarray")]
    joined = {(int(p), int(q)) for p, q in np.sort(lines, axis=1)}
    gaps = [(int(p), int(q)) for p, q in np.sort(pairs, axis=1) if (int(p), int(q)) not in joined]
    if gaps:
        p, q = gaps[0]
        gap = float(np.linalg.norm(points[p] - points[q]))
        raise ConfigError(
            f"Cannot read {path}: points {labels[p]} and {labels[q]} are {gap:.3g} apart in the file's unit and not "
            f"joined, where lines are {median:.3g} long ({_count(len(gaps), 'such gap')}); make them one, or set "
            "tolerance in the network's TOML above their distance to merge them, or below it to keep them."
        )


def _name(labels: Integers, line: Integers) -> str:
    return f"{labels[line[0]]}–{labels[line[1]]}"


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'s' if number > 1 else ''}"
