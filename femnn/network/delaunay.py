"""Bonds between scattered nodes: the Delaunay triangulation, without the slivers along its convex hull."""

import numpy as np
import numpy.typing as npt
import scipy

type Floats = npt.NDArray[np.float64]
type Integers = npt.NDArray[np.int64]

SLIVER_COSINE = -0.34
"""An outer bond that its triangle sees under a larger angle than this cosine's (110°) only bridges a notch."""


def delaunay_bonds(nodes: Floats) -> Integers:
    """Sides of the Delaunay triangles except for those that bridge notches of the outline.

    Args:
        nodes: coordinates in the plane, shape (N, 2).

    Returns:
        Bonds p < q, shape (B, 2), sorted; as a network they are rigid.
    """
    triangles = _without_slivers(nodes, scipy.spatial.Delaunay(nodes).simplices.astype(np.int64))
    return np.unique(_sides(triangles).reshape(-1, 2), axis=0)


def _sides(triangles: Integers) -> Integers:
    """Sides of each triangle, shape (T, 3, 2), the one opposite to each corner, lower node first."""
    return np.sort(triangles[:, [[1, 2], [2, 0], [0, 1]]], axis=2)


def _without_slivers(nodes: Floats, triangles: Integers) -> Integers:
    """The triangulation without the flat triangles along its hull, which end in long bonds across notches.

    A triangle is taken only from a node inside, so that what stays is one piece in which triangles share sides, and is
    therefore rigid.
    """
    while True:
        sides = _sides(triangles)
        _, inverse, counts = np.unique(sides @ [len(nodes), 1], return_inverse=True, return_counts=True)
        outer = (counts == 1)[inverse].reshape(-1, 3)
        on_hull = np.zeros(len(nodes), dtype=np.bool_)
        on_hull[sides[outer]] = True
        flat = outer & (_corner_cosines(nodes, triangles) < SLIVER_COSINE) & ~on_hull[triangles]
        triangle, corner = np.nonzero(flat)
        if not triangle.size:
            return triangles
        # One triangle a node and pass: two would leave the lattice hanging together at that node alone
        _, first = np.unique(triangles[triangle, corner], return_index=True)
        triangles = np.delete(triangles, triangle[first], axis=0)


def _corner_cosines(nodes: Floats, triangles: Integers) -> Floats:
    """Cosine of the angle at each corner, shape (T, 3)."""
    corners = nodes[triangles]
    to_next, to_last = np.roll(corners, -1, axis=1) - corners, np.roll(corners, 1, axis=1) - corners
    lengths = np.linalg.norm(to_next, axis=2) * np.linalg.norm(to_last, axis=2)
    return np.asarray((to_next * to_last).sum(axis=2) / lengths)
