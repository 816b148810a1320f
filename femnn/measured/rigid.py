"""The rigid motion between two frames, from points seen in both: by least squares, and where some points are astray.

Umeyama, IEEE Trans. Pattern Anal. Mach. Intell. 13, 376 (1991); the consensus of random samples after Fischler &
Bolles, Commun. ACM 24, 381 (1981).
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

type Floats = npt.NDArray[np.float64]
type Booleans = npt.NDArray[np.bool_]

FLAT = 1e-9
"""Share of the largest singular value below which the smallest is rounding: points that lie in a plane or on a line."""
SAMPLES = 500
"""Random samples of the consensus: with half of the points astray, still one in eight samples of three is good."""


@dataclass(frozen=True)
class Motion:
    """x ↦ scale · rotation · x + translation."""

    rotation: Floats
    """Orthogonal matrix, shape (d, d); a reflection where its determinant is −1."""
    translation: Floats
    """Shape (d,)."""
    scale: float = 1.0

    @property
    def mirrored(self) -> bool:
        """Whether one of the frames is left-handed, as that of images whose y points down."""
        return bool(np.linalg.det(self.rotation) < 0)

    def __call__(self, points: Floats) -> Floats:
        """Points, shape (..., d), in the other frame."""
        return self.scale * points @ self.rotation.T + self.translation


def fitted(points: Floats, targets: Floats, scaled: bool = False, mirrored: bool | None = None) -> Motion:
    """The motion that brings points nearest to targets, in the sense of least squares (Umeyama 1991, eqs. 38 to 43).

    Args:
        points: shape (n, d).
        targets: shape (n, d).
        scaled: whether a scale is fitted too.
        mirrored: whether it is a reflection; what fits better where None, and none where that cannot be told, as of
            points in a plane of space.
    """
    from_, to = points.mean(axis=0), targets.mean(axis=0)
    p, q = points - from_, targets - to
    U, D, Vt = np.linalg.svd(q.T @ p)
    signs = np.ones(len(D))
    if mirrored is None and D[-1] <= FLAT * D[0]:
        mirrored = False
    if mirrored is not None and (np.linalg.det(U) * np.linalg.det(Vt) < 0) != mirrored:
        signs[-1] = -1
    rotation = U @ np.diag(signs) @ Vt
    spread = float((p**2).sum())
    scale = float((D * signs).sum()) / spread if scaled and spread > 0 else 1.0
    return Motion(rotation, to - scale * rotation @ from_, scale)


def consensus(points: Floats, targets: Floats, tolerance: float, scaled: bool) -> tuple[Motion, Booleans]:
    """The motion on which most points agree, whatever the others do.

    Args:
        points: shape (n, d).
        targets: shape (n, d).
        tolerance: distance from its target within which a point agrees.
        scaled: whether a scale is fitted too.

    Returns:
        The motion, and the points that agree with it, shape (n,).
    """
    count, dimension = points.shape

    def agreeing(motion: Motion) -> Booleans:
        return np.linalg.norm(motion(points) - targets, axis=1) <= tolerance

    best = fitted(points, targets, scaled)
    agreed = agreeing(best)
    if agreed.all():
        return best, agreed
    generator = np.random.default_rng(0)
    for i in range(SAMPLES):
        chosen = generator.choice(count, dimension, replace=False)
        motion = fitted(points[chosen], targets[chosen], scaled, mirrored=bool(i % 2))
        if agreeing(motion).sum() > agreed.sum():
            best, agreed = motion, agreeing(motion)
    if agreed.sum() > dimension:
        best = fitted(points[agreed], targets[agreed], scaled)
    return best, agreeing(best)
