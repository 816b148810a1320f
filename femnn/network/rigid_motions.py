"""How a network can move as a whole where its supports are too few."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from femnn.config.directions import AXES

type Floats = npt.NDArray[np.float64]
type Booleans = npt.NDArray[np.bool_]

HELD = 1e-10
"""Squared displacement of the supports in a motion of the whole, of its largest, up to which they do not hold it."""
STILL = 1e-6
"""Share of a motion up to which it does not turn, or does not point along an axis."""


def free_motion(nodes: Floats, fixed: Booleans, clamped: Booleans | None = None) -> str:
    """Return how a network can move as a rigid solid, as in "to slide along x"; empty if its supports hold it.

    Args:
        nodes: coordinates (m), shape (N, d).
        fixed: components that are held, shape (N, d).
        clamped: nodes whose rotation is held too, shape (N,); none where left out.
    """
    dimension = nodes.shape[1]
    middle, size = nodes.mean(axis=0), float(np.ptp(nodes, axis=0).max())
    modes = _modes((nodes - middle) / size)[:, fixed].T
    if clamped is not None and clamped.any():
        modes = np.vstack([modes, np.eye(modes.shape[1])[dimension:]])
    values, vectors = np.linalg.eigh(modes.T @ modes)
    free = vectors[:, values <= HELD * max(values[-1], 1.0)].T
    if not len(free):
        return ""
    if len(free) > 1:
        return f"to move as a rigid solid in {len(free)} of {len(vectors)} ways"
    shift, turn = free[0, :dimension], free[0, dimension:]
    if np.abs(turn).max() <= STILL:
        return f"to slide along {_direction(shift)}"
    if dimension == 3:
        return f"to turn about an axis along {_direction(turn)}"
    centre = middle + size * np.array([-shift[1], shift[0]]) / turn[0]
    return f"to turn about ({', '.join(f'{1e3 * x + 0:.6g}' for x in np.round(centre / size, 9) * size)}) mm"


def _modes(at: Floats) -> Floats:
    """Displacements along the axes, then by turns about the origin, shape (3 or 6, N, d)."""
    count, dimension = at.shape
    shifts = np.repeat(np.eye(dimension)[:, None], count, axis=1)
    if dimension == 2:
        return np.concatenate([shifts, np.column_stack([-at[:, 1], at[:, 0]])[None]])
    return np.concatenate([shifts, np.cross(np.eye(3)[:, None], at[None])])


def _direction(vector: Floats) -> str:
    unit = vector / np.linalg.norm(vector)
    along = int(np.argmax(np.abs(unit)))
    if abs(unit[along]) > 1 - STILL:
        return AXES[along]
    # Which way it points means nothing, and rounding is no component
    return f"({', '.join(f'{x + 0:.3g}' for x in np.round(unit * np.sign(unit[along]), 6))})"
