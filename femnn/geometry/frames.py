"""Directions of the bonds: along them, across in the plane of the lattice, and out of it."""

import numpy as np
import numpy.typing as npt

from femnn.network.network import Network

type Floats = npt.NDArray[np.float64]

UPRIGHT = 0.9
"""Bonds steeper than this share of their length along z have no direction across that is horizontal."""


def bond_frames(network: Network) -> tuple[Floats, Floats, Floats]:
    """Unit vectors t along each bond, n in the direction of its width and b of its thickness, each of shape (B, 3).

    The width lies in the x–y plane, and for bonds along z in the direction of y, as in the beam model.
    """
    vectors = np.pad(network.bond_vectors, ((0, 0), (0, 3 - network.dimension)))
    t = vectors / network.lengths[:, None]
    upright = np.abs(t[:, 2:]) > UPRIGHT
    aside = np.where(upright, np.cross(t, [1.0, 0.0, 0.0]), np.cross([0.0, 0.0, 1.0], t))
    n = aside / np.linalg.norm(aside, axis=1, keepdims=True)
    return t, n, np.cross(t, n)
