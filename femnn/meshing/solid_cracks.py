"""Where a solid mesh comes apart unseen: points that lie on each other, and points on the sides of other cells."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import scipy

from femnn.errors import MeshError

type Integers = npt.NDArray[np.int64]
type Floats = npt.NDArray[np.float64]

COINCIDENT = 1e-3
"""Points nearer to each other than this share of the shortest side of a cell lie on each other."""
ON_SIDE = 1e-4
"""A point nearer to the side of a cell than this share of its size lies on it.

Bonds that meet at acute angles leave true gaps of 1e-3.
"""


def check_uncracked(points: Floats, cells: Integers, start: str) -> None:
    """Check that cells which lie side by side share their points.

    Args:
        points: coordinates (m), shape (n, g); each is a corner of a cell.
        cells: corners of each cell, shape (m, g + 1).
        start: how messages begin.

    Raises:
        MeshError: two points lie on each other, or a point lies on a side of a cell whose corner it is not; cells
            would part there without a word.
    """
    shortest = min(
        float(np.linalg.norm(points[cells[:, i]] - points[cells[:, j]], axis=1).min())
        for i in range(cells.shape[1])
        for j in range(i)
    )
    pairs = scipy.spatial.KDTree(points).query_pairs(COINCIDENT * shortest, output_type="ndarray")
    if len(pairs):
        raise MeshError(
            f"{start}: at {_at(points[pairs[0][0]])} m two points lie on each other ({len(pairs)} such pairs), so that "
            "the solid is cracked there; merge duplicate nodes before saving."
        )
    facets = np.concatenate([np.delete(cells, i, axis=1) for i in range(cells.shape[1])])
    facets = np.sort(facets, axis=1)
    _, first, counts = np.unique(facets, axis=0, return_index=True, return_counts=True)
    if (counts > 2).any():
        middle = points[facets[first[counts > 2][0]]].mean(axis=0)
        raise MeshError(f"{start}: more than two cells share a side near {_at(middle)} m; cells lie over each other.")
    outer = facets[first[counts == 1]]
    hanging = _hanging(points, outer)
    if hanging.size:
        raise MeshError(
            f"{start}: the point at {_at(points[hanging[0]])} m lies on a side of a cell that has no corner there "
            f"({len(hanging)} such points), so that the solid is cracked; mesh all regions together, with common nodes."
        )


def _hanging(points: Floats, outer: Integers) -> Integers:
    """Corners of outer sides that lie inside of another outer side."""
    own = np.unique(outer)
    corners = points[outer]
    middles = corners.mean(axis=1)
    sizes = np.linalg.norm(corners - middles[:, None], axis=2).max(axis=1)
    near = scipy.spatial.KDTree(points[own]).query_ball_point(middles, sizes)
    side = np.repeat(np.arange(len(outer)), [len(found) for found in near])
    point = own[np.concatenate([np.empty(0, dtype=np.int64), *(np.array(found, dtype=np.int64) for found in near)])]
    other = (outer[side] != point[:, None]).all(axis=1)
    side, point = side[other], point[other]
    # Barycentric coordinates of the foot of each point on the side's line or plane
    edges = corners[side, 1:] - corners[side, :1]
    offset = points[point] - corners[side, 0]
    products, sums = edges @ edges.transpose(0, 2, 1), (edges * offset[:, None]).sum(axis=2)
    shares = np.linalg.solve(products, sums[:, :, None])[:, :, 0]
    distance = np.linalg.norm(offset - (shares[:, :, None] * edges).sum(axis=1), axis=1)
    inside = (shares >= 0).all(axis=1) & (shares.sum(axis=1) <= 1)
    return np.unique(point[inside & (distance < ON_SIDE * sizes[side])])


def _at(point: Floats) -> str:
    return f"({', '.join(f'{x:.4g}' for x in point)})"
