"""In which plane points lie, and what directions of a file mean in a network of that plane."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from femnn.config.directions import AXES
from femnn.network_files.mesh_content import Floats

PLANAR = 1e-6
"""Points whose distances from a plane vary by less than this share of their size lie in it: single precision, and
texts of seven digits, leave about a tenth of it."""
LOW = 0.02
"""Height over size up to which points in space may be meant to lie in a plane."""
SINGLE = 2.0**-22
"""Share of a coordinate by which two roundings to single precision can differ."""


@dataclass(frozen=True)
class Plane:
    """Coordinates of a network, and which coordinates of the file they are."""

    nodes: Floats
    """Coordinates, shape (N, d)."""
    axes: str
    """The file's axes that are the network's x, y (and z): "xy", "xz", "yz" or "xyz"."""
    notes: tuple[str, ...]
    tilted: str = ""
    """What is to be said of points in a plane that is not one of two axes, or nearly in one of two axes."""


def planar(points: Floats, tolerance: float, single: bool) -> Plane:
    """Take points into the plane of two axes if they lie in one.

    Args:
        points: coordinates, shape (N, 3).
        tolerance: by how much a coordinate may vary in a plane, in the file's unit, if that is more than
            :data:`PLANAR` of the size, and than the rounding of coordinates in single precision.
        single: coordinates were stored in single precision.

    Returns:
        The coordinates in x–y, x–z or y–z, in this order of preference, and what is to be said. Points in a tilted
        plane stay in space, and so do those with coordinates that are no numbers, for the network to name.
    """
    if not np.isfinite(points).all():
        flat = (points[:, 2] == points[0, 2]).all()
        return Plane(points[:, :2], "xy", ()) if flat else Plane(points, AXES, ())
    size = float(np.ptp(points, axis=0).max())
    for across in reversed(range(3)):
        varies = float(np.ptp(points[:, across]))
        rounding = SINGLE * float(np.abs(points[:, across]).max()) if single else 0.0
        if varies <= max(PLANAR * size, rounding, tolerance):
            axes = AXES.replace(AXES[across], "")
            return Plane(points[:, [AXES.index(axis) for axis in axes]], axes, _notes(axes, AXES[across], varies, size))
    return Plane(points, AXES, (), _tilted(points, max(PLANAR * size, tolerance)) or _low(points, size))


def _notes(axes: str, across: str, varies: float, size: float) -> tuple[str, ...]:
    notes = []
    if axes != "xy":
        notes.append(
            f"the plane {'–'.join(axes)} of the file is the network's x–y: its y is the file's {axes[1]}"
            + (f", its x the file's {axes[0]}" if axes[0] != "x" else "")
            + "; directions in the network's own file are those of the file"
        )
    if varies > 0:
        notes.append(f"the file's {across} varies by {varies / size:.1g} of the size, which is taken as rounding")
    return tuple(notes)


def _tilted(points: Floats, tolerance: float) -> str:
    centred = points - points.mean(axis=0)
    normal = np.linalg.svd(centred.T @ centred)[0][:, 2]
    if np.ptp(centred @ normal) > tolerance:
        return ""
    # Which way it points means nothing, and rounding is no component
    normal = np.round(normal * np.sign(normal[np.argmax(np.abs(normal))]), 6) + 0.0
    shown = ", ".join(f"{component:.3g}" for component in normal)
    return f"the points lie in a tilted plane, of the normal ({shown}), and are read in space; turn it into x–y"


def _low(points: Floats, size: float) -> str:
    """What to say of points that are nearly in a plane of two axes, and may be meant to be."""
    heights = np.ptp(points, axis=0)
    across = int(np.argmin(heights))
    if heights[across] > LOW * size:
        return ""
    return (
        f"the file's {AXES[across]} varies by {heights[across] / size:.1g} of the size, which is more than rounding: "
        "the network is in space; a tolerance above that takes it as flat"
    )


def in_plane(direction: tuple[float, ...], axes: str) -> tuple[float, ...] | None:
    """The components of a direction of the file's space in the network's plane; None if it points out of the plane.

    Args:
        direction: three components in the file's space; of others nothing is changed.
        axes: see :attr:`Plane.axes`.
    """
    if len(direction) != 3 or len(axes) == 3:
        return direction
    across = next(AXES.index(axis) for axis in AXES if axis not in axes)
    return None if direction[across] else tuple(direction[AXES.index(axis)] for axis in axes)
