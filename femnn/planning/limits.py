"""What a lattice carries: bonds that do not buckle, and do not touch."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.spatial import KDTree

from femnn.insitu.scales import euler_loads
from femnn.network.network import Network

type Floats = npt.NDArray[np.float64]
type Integers = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Strain:
    """How near a state is to its limits."""

    bond: int
    """The bond that is nearest to buckling."""
    compression: float
    """What it is compressed by (N); below zero where no bond is compressed."""
    share: float
    """That as a share of Euler's load."""
    gap: float
    """Least gap between bonds that do not touch at rest (m); infinite where there are none."""
    between: tuple[int, int] | None
    """The bonds on both sides of that gap."""


class Limits:
    """The bonds of a network, and which of them could meet."""

    def __init__(self, network: Network) -> None:
        """Find the pairs of bonds whose gap is watched: those within reach of each other that are apart at rest."""
        self.network, self._euler = network, euler_loads(network)
        middles = network.nodes[network.bonds].mean(axis=1)
        reach = float(network.lengths.max() + network.sections.width.max())
        pairs = KDTree(middles).query_pairs(1.5 * reach, output_type="ndarray").astype(np.int64)
        p, q = network.bonds[pairs[:, 0]], network.bonds[pairs[:, 1]]
        shared = (p[:, :, None] == q[:, None, :]).any(axis=(1, 2)) if len(pairs) else np.zeros(0, dtype=np.bool_)
        apart: Integers = pairs[~shared]
        self._pairs = apart[self._gaps(network.nodes, apart) > 0] if len(apart) else apart

    def strain(self, displacements: Floats, stiffness: Floats, elongation: Floats) -> Strain:
        """How near a state is to its limits.

        Args:
            displacements: U (m), shape (N, d).
            stiffness: k (N/m), shape (B,).
            elongation: e (m), shape (B,).
        """
        compression = -stiffness * elongation
        share = compression / self._euler
        bond = int(np.argmax(share))
        gaps = self._gaps(self.network.nodes + displacements, self._pairs)
        nearest = int(np.argmin(gaps)) if len(gaps) else None
        return Strain(
            bond,
            float(compression[bond]),
            float(share[bond]),
            float("inf") if nearest is None else float(gaps[nearest]),
            None if nearest is None else (int(self._pairs[nearest, 0]), int(self._pairs[nearest, 1])),
        )

    def _gaps(self, places: Floats, pairs: Integers) -> Floats:
        """Gap between the sides of two straight bonds (m), for each pair."""
        ends = places[self.network.bonds]
        one, other = ends[pairs[:, 0]], ends[pairs[:, 1]]
        width = self.network.sections.width
        return _distances(one, other) - 0.5 * (width[pairs[:, 0]] + width[pairs[:, 1]])


def _distances(one: Floats, other: Floats) -> Floats:
    """Least distance of two line segments, for each pair; ends of shape (n, 2, d).

    Where they do not cross, an end of one of them is nearest (Eberly, Robust Computation of Distance Between Line
    Segments, 2018); where lines in space pass each other, the common perpendicular is.
    """
    candidates = [_to_segment(a[:, i], b) for a, b in ((one, other), (other, one)) for i in (0, 1)]
    u, v, w = one[:, 1] - one[:, 0], other[:, 1] - other[:, 0], one[:, 0] - other[:, 0]
    a, b, c = (u * u).sum(axis=1), (u * v).sum(axis=1), (v * v).sum(axis=1)
    d, e = (u * w).sum(axis=1), (v * w).sum(axis=1)
    determinant = a * c - b * b
    oblique = determinant > 1e-12 * a * c
    safe = np.where(oblique, determinant, 1.0)
    s, t = (b * e - c * d) / safe, (a * e - b * d) / safe
    inside = oblique & (s >= 0) & (s <= 1) & (t >= 0) & (t <= 1)
    passing = np.linalg.norm(w + s[:, None] * u - t[:, None] * v, axis=1)
    return np.asarray(np.where(inside, passing, np.min(candidates, axis=0)))


def _to_segment(point: Floats, segment: Floats) -> Floats:
    along = segment[:, 1] - segment[:, 0]
    share = ((point - segment[:, 0]) * along).sum(axis=1) / (along * along).sum(axis=1)
    return np.linalg.norm(point - segment[:, 0] - np.clip(share, 0, 1)[:, None] * along, axis=1)
