"""What closes a solid between two neighbouring bonds of a node: their corner, an arc of the node's pad, or fillets.

The node is the origin of all points here. An arc is three points: where it begins, one on it, and where it ends.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from femnn.geometry.fillets import FilletTooLargeError, angle_on_pad, onto_pad, rounded

type Floats = npt.NDArray[np.float64]

SLIGHT = 0.02
"""Angle (rad) below which an arc of a pad is not drawn, and up to which two bonds are in line."""
TOUCHING = 1e-4
"""Arcs whose ends are nearer to each other than this share of a pad's radius are left out."""


@dataclass(frozen=True)
class Spoke:
    """A bond as its node sees it."""

    axis: Floats
    """Unit vector from the node along the bond."""
    profile: Floats
    """Places along the bond and half its width there (m), shape (n, 2)."""
    free: float
    """Length from the node that is of one width and not rounded (m)."""

    def side(self, hand: int) -> Floats:
        """Points of the left (1) or the right (−1) side (m), shape (n, 2)."""
        return self.profile[:, :1] * self.axis + hand * self.profile[:, 1:] * left(self.axis)

    def leaves(self, pad: float) -> tuple[float, float]:
        """Place along the bond where it leaves a pad of this radius, and half its width there (m); its end if never."""
        start, step = self.profile[:-1], np.diff(self.profile, axis=0)
        a, b, c = (step**2).sum(axis=1), (start * step).sum(axis=1), (start**2).sum(axis=1) - pad**2
        share = (np.sqrt(np.maximum(b**2 - a * c, 0.0)) - b) / a
        within = np.flatnonzero((c <= 1e-9 * pad**2) & (share <= 1.0))
        if not within.size:
            return float(self.profile[-1, 0]), float(self.profile[-1, 1])
        s, half = (start + share[:, None] * step)[within[-1]]
        return float(s), float(half)


@dataclass(frozen=True)
class Gap:
    """The way from the left side of one bond to the right side of the next, counter-clockwise."""

    start: Floats
    """Where the side of the first is left (m)."""
    end: Floats
    """Where the side of the second is reached (m); the same as the start in a corner."""
    arcs: tuple[tuple[Floats, float], ...]
    """Points of each arc (m), shape (3, 2), and the width that cells on it follow (m).

    The first begins at the start, the last ends at the end.
    """
    reaches: tuple[float, float]
    """How far along the two bonds start and end are (m)."""


class SameDirectionError(Exception):
    """Two bonds lie over each other from their common node on."""


def gap(first: Spoke, second: Spoke, pad: float, r: float) -> Gap:
    """Close the solid between a bond and its next neighbour counter-clockwise, which of a lone bond is the bond itself.

    Args:
        first: the bond.
        second: its neighbour.
        pad: radius of the node's pad (m), at least half of what the bonds are wide at the node.
        r: radius of fillets (m); 0 for none.

    Raises:
        FilletTooLargeError: a fillet is longer than the sides.
        SameDirectionError: nothing parts the two bonds.
    """
    u, v = first.axis, second.axis
    angle = 2 * np.pi if first is second else _angle(u, v) % (2 * np.pi)
    (s, h), (s2, h2) = (spoke.leaves(pad) for spoke in (first, second))
    room_left = angle - float(np.arctan2(h, s) + np.arctan2(h2, s2))
    if room_left <= SLIGHT:
        return _corner(first, second, r, angle, pad)
    if r == 0:
        start, end = s * u + h * left(u), s2 * v - h2 * left(v)
        return Gap(start, end, ((_pad_arc(start, end, room_left), 2 * pad),), (s, s2))
    turn = angle - angle_on_pad(h, pad, r) - angle_on_pad(h2, pad, r)
    if turn <= SLIGHT:
        return _corner(first, second, r, angle, pad)
    (into, reach), (out, reach2) = onto_pad(u, left(u), h, pad, r), onto_pad(v, -left(v), h2, pad, r)
    if reach > first.free or reach2 > second.free:
        raise FilletTooLargeError
    arcs = (into, np.inf), (_pad_arc(into[2], out[2], turn), pad), (out[::-1], np.inf)
    # Sides of bonds that are as wide as the pad touch it already
    drawn = tuple((arc, width) for arc, width in arcs if np.linalg.norm(arc[2] - arc[0]) > TOUCHING * pad)
    return Gap(into[0], out[0], drawn, (reach, reach2))


def _corner(first: Spoke, second: Spoke, r: float, angle: float, pad: float) -> Gap:
    u, v = first.axis, second.axis
    if abs(angle - np.pi) <= SLIGHT:
        # Pads are then just as wide as the bonds: the sides go on in one line
        point = (first.profile[0, 1] * left(u) - second.profile[0, 1] * left(v)) / 2
        return Gap(point, point, (), (0.0, 0.0))
    corner = _first_crossing(_extended(first.side(1), pad * u), _extended(second.side(-1), pad * v))
    if corner is None:
        raise SameDirectionError
    if r == 0:
        return Gap(corner, corner, (), (float(corner @ u), float(corner @ v)))
    arc, tangent = rounded(corner, u, v, r)
    reaches = float(corner @ u) + tangent, float(corner @ v) + tangent
    if reaches[0] > first.free or reaches[1] > second.free:
        raise FilletTooLargeError
    return Gap(arc[0], arc[2], ((arc, np.inf),), reaches)


def _extended(side: Floats, back: Floats) -> Floats:
    """The side from behind the node on: the corner of bonds of unequal width at a blunt angle is there."""
    return np.concatenate([side[:1] - back, side])


def _first_crossing(one: Floats, other: Floats) -> Floats | None:
    """The first point of one polyline that is on the other as well, or None."""
    p, d = one[:-1, None], np.diff(one, axis=0)[:, None]
    q, e = other[None, :-1], np.diff(other, axis=0)[None]
    area = d[..., 0] * e[..., 1] - d[..., 1] * e[..., 0]
    parallel = np.abs(area) <= 1e-12 * np.linalg.norm(d, axis=2) * np.linalg.norm(e, axis=2)
    between, safe = q - p, np.where(parallel, 1.0, area)
    share = (between[..., 0] * e[..., 1] - between[..., 1] * e[..., 0]) / safe
    share2 = (between[..., 0] * d[..., 1] - between[..., 1] * d[..., 0]) / safe
    cross = ~parallel & (share >= 0) & (share <= 1) & (share2 >= 0) & (share2 <= 1)
    if not cross.any():
        return None
    i, j = np.argwhere(cross)[0]
    return np.asarray(one[i] + share[i, j] * (one[i + 1] - one[i]), dtype=np.float64)


def left(axis: Floats) -> Floats:
    """The vector turned by a right angle counter-clockwise."""
    return np.array([-axis[1], axis[0]])


def _angle(u: Floats, v: Floats) -> float:
    return float(np.arctan2(u[0] * v[1] - u[1] * v[0], u @ v))


def _pad_arc(start: Floats, end: Floats, turn: float) -> Floats:
    """The arc about the origin from start to end, which is ``turn`` (rad) further."""
    c, s = np.cos(turn / 2), np.sin(turn / 2)
    return np.array([start, c * start + s * left(start), end])
