"""The side of a bond from end to end, with its re-entrant corners rounded; coordinates are along and across the bond.

Curves here are points (m): two of a line, shape (2, 2), three of an arc, shape (3, 2).
"""

from itertools import pairwise

import numpy as np
import numpy.typing as npt

from femnn.geometry.fillets import FilletTooLargeError, rounded

type Floats = npt.NDArray[np.float64]


def rim(profile: Floats, r: float) -> list[Floats]:
    """Curves along one side of a bond.

    Args:
        profile: places along the bond and half its width there (m), shape (n, 2).
        r: radius of fillets (m); 0 for none.

    Raises:
        FilletTooLargeError: a fillet is longer than the lines that it joins.
    """
    if r == 0:
        return [np.array(pair) for pair in pairwise(profile)]
    lengths = np.linalg.norm(np.diff(profile, axis=0), axis=1)
    directions = np.diff(profile, axis=0) / lengths[:, None]
    curves, at = [], profile[0]
    for vertex, before, after in zip(profile[1:-1], directions[:-1], directions[1:], strict=True):
        if before[0] * after[1] - before[1] * after[0] <= 0:
            curves.append(np.array([at, vertex]))
            at = vertex
            continue
        arc, _ = rounded(vertex, -before, after, r)
        curves += [np.array([at, arc[0]]), arc]
        at = arc[2]
    curves.append(np.array([at, profile[-1]]))
    forward = [line[1] - line[0] for line in curves if len(line) == 2]
    if any(step @ direction < 0 for step, direction in zip(forward, directions, strict=True)):
        raise FilletTooLargeError
    return curves


def even_length(curves: list[Floats], length: float) -> float:
    """Length from the end that is straight and of one width (m), at most half of the bond's."""
    return float(min(curves[0][-1, 0], length / 2))


def clipped(curves: list[Floats], start: float, end: float) -> list[Floats]:
    """The part of a side between two places along it (m); the first line may begin before its own start.

    Raises:
        FilletTooLargeError: an arc would be cut.
    """
    parts = []
    for i, curve in enumerate(curves):
        low, high = -np.inf if i == 0 else curve[0, 0], curve[-1, 0]
        if high <= start or low >= end:
            continue
        if low >= start and high <= end:
            parts.append(curve)
        elif len(curve) == 3:
            raise FilletTooLargeError
        else:
            parts.append(np.array([_on(curve, max(start, low)), _on(curve, min(end, high))]))
    return parts


def _on(line: Floats, s: float) -> Floats:
    step = line[1] - line[0]
    return np.array([s, line[0, 1] + (s - line[0, 0]) * step[1] / step[0]])
