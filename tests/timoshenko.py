"""Frames in the plane by the stiffness method, with exact elements of Timoshenko's beam; small displacements."""

from typing import NamedTuple

import numpy as np

from femnn.network.network import Network


class Settled(NamedTuple):
    """What a settlement does."""

    displacements: np.ndarray
    """Of the nodes (m), shape (N, 2)."""
    forces: np.ndarray
    """Reactions (N), shape (N, 2)."""
    moments: np.ndarray
    """Clamping moments (N·m), shape (N,)."""


def settled(network: Network, moved: np.ndarray, poisson_ratio: float, shear_factor: float) -> Settled:
    """Displacements and reactions under displacements of clamped supports (m), shape (N, 2), without any load."""
    count = len(network.nodes)
    K = np.zeros((3 * count, 3 * count))
    for bond, (p, q) in enumerate(network.bonds):
        at = np.r_[3 * p : 3 * p + 3, 3 * q : 3 * q + 3]
        K[np.ix_(at, at)] += _element(network, bond, poisson_ratio, shear_factor)
    clamped = network.fixed.all(axis=1)
    held = np.repeat(clamped[:, None], 3, axis=1).ravel()
    u = np.column_stack([moved, np.zeros(count)]).ravel()
    u[~held] = np.linalg.solve(K[np.ix_(~held, ~held)], -K[np.ix_(~held, held)] @ u[held])
    reactions = np.where(held, K @ u, 0.0).reshape(-1, 3)
    return Settled(u.reshape(-1, 3)[:, :2], reactions[:, :2], reactions[:, 2])


def _element(network: Network, bond: int, poisson_ratio: float, shear_factor: float) -> np.ndarray:
    """Stiffness of a bond for (u_x, u_y, θ) of both ends (Przemieniecki, Theory of Matrix Structural Analysis)."""
    E, t, w = (getattr(network.sections, name)[bond] for name in ("modulus", "thickness", "width"))
    L = network.lengths[bond]
    EA, EI = E * w * t, E * t * w**3 / 12
    phi = 12 * EI * 2 * (1 + poisson_ratio) / (shear_factor * EA * L**2)
    a, b, c, d = 12 / L**3, 6 / L**2, (4 + phi) / L, (2 - phi) / L
    bending = EI / (1 + phi) * np.array([[a, b, -a, b], [b, c, -b, d], [-a, -b, a, -b], [b, d, -b, c]])
    k = np.zeros((6, 6))
    k[np.ix_([0, 3], [0, 3])] = EA / L * np.array([[1, -1], [-1, 1]])
    k[np.ix_([1, 2, 4, 5], [1, 2, 4, 5])] = bending
    cos, sin = network.bond_vectors[bond] / L
    T = np.kron(np.eye(2), np.array([[cos, sin, 0], [-sin, cos, 0], [0, 0, 1]]))
    return T.T @ k @ T
