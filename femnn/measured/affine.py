"""How a camera maps a network at rest, to first order: an affine map, its scales along its axes, and their errors."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

type Floats = npt.NDArray[np.float64]

FLAT = 1e-9
"""Extent of a network across, as a share of that along, from which on it lies in a plane or on a line."""


@dataclass(frozen=True)
class Affine:
    """x ↦ matrix · x + translation."""

    matrix: Floats
    """Shape (d, d)."""
    translation: Floats
    """Shape (d,)."""

    @property
    def mirrored(self) -> bool:
        """Whether one of the frames is left-handed, as that of images whose y points down."""
        return bool(np.linalg.det(self.matrix) < 0)

    @property
    def scale(self) -> float:
        """Geometric mean of the scales in all directions."""
        return float(np.abs(np.linalg.det(self.matrix)) ** (1 / len(self.translation)))

    def __call__(self, points: Floats) -> Floats:
        """Points, shape (..., d), in the other frame."""
        return points @ self.matrix.T + self.translation


@dataclass(frozen=True)
class Image:
    """A network as it is seen, in the directions in which it extends: r of d."""

    scales: Floats
    """Seen over true length along the principal axes, the largest first, shape (r,)."""
    axes: Floats
    """Principal axes in the frame of what is seen, unit vectors, shape (r, d)."""
    errors: Floats
    """Standard errors of the scales, as shares of them, shape (r,); 0 where too few nodes tell none."""
    noise: float
    """Standard deviation of a coordinate about the map (unit of the points); NaN where too few nodes tell none."""
    inverse: Affine
    """Back from what is seen to the network."""

    @property
    def stretch(self) -> float:
        """By how much the largest scale exceeds the smallest, as a share of it."""
        return float(self.scales[0] / self.scales[-1] - 1)

    @property
    def stretch_error(self) -> float:
        """Standard error of the stretch."""
        return float((1 + self.stretch) * np.hypot(self.errors[0], self.errors[-1])) if len(self.scales) > 1 else 0.0

    @property
    def size(self) -> float:
        """Geometric mean of the scales."""
        return float(np.exp(np.log(self.scales).mean()))

    @property
    def size_error(self) -> float:
        """Standard error of the size."""
        return float(self.size * np.linalg.norm(self.errors) / len(self.errors))


def seen(points: Floats, nodes: Floats) -> Image | None:
    """Return the affine map that takes nodes nearest to the points where they are seen, by least squares.

    In a direction in which all nodes are at one place nothing can be seen: there the scale is taken to be the mean of
    the others, and both frames to be of one hand.

    Args:
        points: where the nodes are seen, shape (N, d).
        nodes: where they are, shape (N, d), not all at one place.

    Returns:
        The map; None where it loses a direction in which the network extends.
    """
    centre, home = points.mean(axis=0), nodes.mean(axis=0)
    P, dimension = points - centre, nodes.shape[1]
    # With zeros below, for as many directions as the space has, also of fewer nodes
    padded = np.vstack([nodes - home, np.zeros((dimension, dimension))])
    _, extents, basis = np.linalg.svd(padded, full_matrices=False)
    rank = int((extents > FLAT * extents[0]).sum())
    H = (nodes - home) @ basis[:rank].T
    B = np.linalg.lstsq(H, P, rcond=None)[0]
    U, scales, W = np.linalg.svd(B.T)
    scales = scales[:rank]
    if scales[-1] <= FLAT * scales[0]:
        return None
    freedom = P.size - B.size - dimension
    noise = float(np.sqrt(((P - H @ B) ** 2).sum() / freedom)) if freedom > 0 else np.nan
    # The error of u·B·w for unit vectors u and w is that of a regression on w
    errors = noise * np.sqrt(np.einsum("ij,jk,ik->i", W, np.linalg.inv(H.T @ H), W)) / scales
    stretches = np.append(scales, np.full(dimension - rank, np.exp(np.log(scales).mean())))
    right = np.vstack([W @ basis[:rank], basis[rank:]])
    matrix = U @ np.diag(stretches) @ right
    if rank < dimension and np.linalg.det(matrix) < 0:
        matrix = U @ np.diag(np.append(stretches[:-1], -stretches[-1])) @ right
    inverse = np.linalg.inv(matrix)
    back = Affine(inverse, home - inverse @ centre)
    return Image(scales, U.T[:rank], np.nan_to_num(errors), noise, back)
