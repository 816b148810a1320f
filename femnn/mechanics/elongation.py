"""Elongations of bonds as a camera sees them: from the displacements of the network's nodes alone."""

from typing import Literal

import numpy as np
import numpy.typing as npt

from femnn.network.network import Network

type Floats = npt.NDArray[np.float64]
type Elongation = Literal["true", "projected"]


def elongations(network: Network, displacements: Floats, kind: Elongation) -> Floats:
    """Elongation of every bond (p, q), shape (B,), or (n, B) for a stack of displacements.

    Args:
        network: the network.
        displacements: U (m), shape (N, d) or (n, N, d).
        kind: "true" for |x_q − x_p| − L, evaluated without cancellation, or "projected" for t·(U_q − U_p) with t the
            direction of the bond at rest.
    """
    rest, L = network.bond_vectors, network.lengths
    change = displacements[..., network.bonds[:, 1], :] - displacements[..., network.bonds[:, 0], :]
    projected = (rest * change).sum(axis=-1)
    if kind == "projected":
        return np.asarray(projected / L)
    length = np.linalg.norm(rest + change, axis=-1)
    return np.asarray((2 * projected + (change * change).sum(axis=-1)) / (length + L))


def elongation_directions(network: Network, displacements: Floats, kind: Elongation) -> Floats:
    """Change of every bond's elongation with U_q − U_p: the bond's direction, shape (B, d).

    Args:
        network: the network.
        displacements: U (m), shape (N, d), at which true elongations are linearised.
        kind: "true" for the bond's direction in the deformed network, or "projected" for that at rest.
    """
    vectors = network.bond_vectors
    if kind == "true":
        vectors = vectors + displacements[network.bonds[:, 1]] - displacements[network.bonds[:, 0]]
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1)[:, None])
