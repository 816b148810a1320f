"""How far a network has been deformed, by the displacements of its nodes."""

import numpy as np

from femnn.mechanics.elongation import elongations
from femnn.network.network import Network


def largest_strain(network: Network, U: np.ndarray) -> float:
    """Largest strain of a bond, its true elongation by its length."""
    return float(np.abs(elongations(network, U, "true") / network.lengths).max())


def joint_rotations(network: Network, U: np.ndarray) -> np.ndarray:
    """Angle (rad) of the rotation that fits the bonds at a node best, shape (N,) (Kabsch, Acta Cryst. A 32, 1976)."""
    rest = network.bond_vectors
    p, q = network.bonds.T
    moved = rest + U[q] - U[p]
    moments = np.zeros((len(network.nodes), network.dimension, network.dimension))
    for ends in (p, q):
        np.add.at(moments, ends, moved[:, :, None] * rest[:, None, :])
    left, _, right = np.linalg.svd(moments)
    flip = np.ones((len(moments), network.dimension))
    flip[:, -1] = np.linalg.det(left @ right)
    cosines = np.trace((left * flip[:, None]) @ right, axis1=1, axis2=2) - (network.dimension - 2)
    return np.arccos(np.clip(cosines / 2, -1, 1))
