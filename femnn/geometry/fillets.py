"""Arcs that round re-entrant corners. An arc is three points: where it begins, one on it, and where it ends."""

import numpy as np
import numpy.typing as npt

type Floats = npt.NDArray[np.float64]


class FilletTooLargeError(Exception):
    """A fillet does not fit between the sides that it is to join; where they are is for the caller to say."""


def rounded(corner: Floats, u: Floats, v: Floats, r: float) -> tuple[Floats, float]:
    """The arc between two sides that leave a corner along u and v, and how far from the corner it touches them.

    Args:
        corner: where the sides meet (m), shape (2,).
        u: unit vector along the side on which the arc begins.
        v: unit vector along the other.
        r: radius (m).
    """
    half_angle = np.arccos(np.clip(u @ v, -1.0, 1.0)) / 2
    tangent = float(r / np.tan(half_angle))
    bisector = (u + v) / np.linalg.norm(u + v)
    nearest = corner + (r / np.sin(half_angle) - r) * bisector
    return np.array([corner + tangent * u, nearest, corner + tangent * v]), tangent


def onto_pad(axis: Floats, side: Floats, half: float, pad: float, r: float) -> tuple[Floats, float]:
    """The arc from the side of a strip to the pad about the origin, and how far along the strip it begins.

    Args:
        axis: unit vector along the strip.
        side: unit vector from its axis to the side.
        half: half the width of the strip (m).
        pad: radius of the pad (m), at least ``half``.
        r: radius of the arc (m).
    """
    along = float(np.sqrt((pad + r) ** 2 - (half + r) ** 2))
    middle = along * axis + (half + r) * side
    start, end = along * axis + half * side, middle * pad / (pad + r)
    inward = (start + end) / 2 - middle
    return np.array([start, middle + r * inward / np.linalg.norm(inward), end]), along


def along_arc(arc: Floats, shares: Floats) -> tuple[Floats, float]:
    """Points of an arc, and the angle through which it turns (rad).

    Args:
        arc: its three points (m), shape (3, 2).
        shares: where points are asked for, from 0 at the start to 1 at the end, shape (n,).
    """
    a, m, b = arc @ np.array([1.0, 1.0j])
    # On the circle through 0, 1 and w, scaled and turned by m − a, the centre is where bisectors meet
    w = (b - a) / (m - a)
    centre = (m - a) * (w - abs(w) ** 2) / (2j * w.imag) + a
    half = float(np.angle((m - centre) / (a - centre)))
    on = centre + (a - centre) * np.exp(2j * half * shares)
    return np.column_stack([on.real, on.imag]), 2 * abs(half)


def angle_on_pad(half: float, pad: float, r: float) -> float:
    """Angle at the pad's centre between a strip's axis and where the arc of :func:`onto_pad` touches the pad."""
    return float(np.arcsin(min((half + r) / (pad + r), 1.0)))
