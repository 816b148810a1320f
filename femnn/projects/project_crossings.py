"""Bonds of a new project that would lie over each other when they are printed."""

import numpy as np
import numpy.typing as npt
from scipy.spatial import KDTree

from femnn.network.network import Network

type Floats = npt.NDArray[np.float64]


def crossing(network: Network) -> str | None:
    """Return the names of two bonds without a common node that are nearer to each other than their width, or None.

    Args:
        network: with bonds as wide as they are at first.
    """
    p, q = network.nodes[network.bonds[:, 0]], network.nodes[network.bonds[:, 1]]
    pairs = KDTree((p + q) / 2).query_pairs(float(network.lengths.max()), output_type="ndarray")
    one, other = network.bonds[pairs[:, 0]], network.bonds[pairs[:, 1]]
    apart = (one[:, :, None] != other[:, None, :]).all(axis=(1, 2))
    pairs = pairs[apart]
    if not len(pairs):
        return None
    i, j = pairs.T
    width = (network.sections.width[i] + network.sections.width[j]) / 2
    near = np.flatnonzero(_distances(p[i], q[i], p[j], q[j]) < width)
    if not near.size:
        return None
    names = (network.bond_name(int(bond)) for bond in pairs[near[0]])
    return " and ".join(names)


def _distances(a: Floats, b: Floats, c: Floats, d: Floats) -> Floats:
    """Distances between segments a–b and c–d, each end of shape (n, d), with all of different ends: shape (n,).

    The nearest points are inside of both, or one of them is an end (Ericson, Real-Time Collision Detection, 2005).
    """
    u, v, w = b - a, d - c, a - c
    uu, vv, uv = (u * u).sum(1), (v * v).sum(1), (u * v).sum(1)
    uw, vw = (u * w).sum(1), (v * w).sum(1)
    slope = uu * vv - uv**2
    # Parallel segments have no single pair of nearest points: any will do to start from
    s = np.clip(np.divide(uv * vw - vv * uw, slope, out=np.zeros_like(slope), where=slope > 1e-12 * uu * vv), 0, 1)
    t = np.clip((uv * s + vw) / vv, 0, 1)
    s = np.clip((uv * t - uw) / uu, 0, 1)
    return np.asarray(np.linalg.norm(w + s[:, None] * u - t[:, None] * v, axis=1))
