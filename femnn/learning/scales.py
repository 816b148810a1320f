"""Sizes that suit a network: the load that strains its bonds by a stated amount, and how far they turn under it."""

import numpy as np
import numpy.typing as npt

from femnn.mechanics.elongation import elongations
from femnn.mechanics.model import Model
from femnn.network import Network
from femnn.solving.equilibrium import Equilibrium

type Floats = npt.NDArray[np.float64]

SMALL_STRAIN = 0.01
"""Largest strain of a bond under a load that suits the network, unless another is asked for."""


def load_of_strain(solver: Equilibrium, pattern: Floats, strain: float = SMALL_STRAIN) -> float:
    """Return the factor on a load pattern at which the most strained bond has a given strain, by the linear response.

    The strain of a bond is that of its most strained fibre: |e|/L, and where the model's joints transmit moments also
    that of bending, with each joint turned as the bonds at it turn on average.

    Args:
        solver: of any model that carries the network, at the stiffness that the structure has.
        pattern: forces (N), shape (N, d), not all zero.
        strain: the largest strain.

    Returns:
        The factor; where the pattern has the norm 1 it is the norm of the load (N). Infinite where the pattern strains
        no bond, as where it acts on supports alone.
    """
    rest = solver.forward(np.zeros_like(pattern))
    moved = solver.response(rest, [pattern])[0]
    largest = float(fibre_strains(solver.structure.network, moved, solver.structure.model).max())
    return strain / largest if largest > 0 else float("inf")


def fibre_strains(network: Network, displacements: Floats, model: Model) -> Floats:
    """Return the largest strain of a fibre of each bond for small displacements, shape (B,).

    Args:
        network: the network.
        displacements: U of the nodes (m), shape (N, d).
        model: bending counts where its joints transmit moments.
    """
    along = np.abs(elongations(network, displacements, "projected")) / network.lengths
    return along + bending_strains(network, displacements) if model.transmits_moments else along


def turns(network: Network, displacements: Floats) -> Floats:
    """Return how far each bond turns for small displacements, |U_q − U_p| across the bond over L, shape (B,)."""
    return np.asarray(np.linalg.norm(_chord_turns(network, displacements)[1], axis=1))


def bending_strains(network: Network, displacements: Floats) -> Floats:
    """Return the strain of bending at the ends of each bond, estimated from displacements alone, shape (B,).

    A bond whose chord turns by τ between joints that turn by ω_p and ω_q has the curvature (4 ω_p + 2 ω_q − 6 τ)/L at
    end p (slender beam, cubic deflection). A joint is taken to turn as its bonds do on average, by least squares; one
    that a support holds in all components does not turn.

    Args:
        network: the network.
        displacements: U of the nodes (m), shape (N, d).
    """
    tangents, across = _chord_turns(network, displacements)
    ends = network.bonds
    # ω × t = τ for all bonds at a joint, in the least-squares sense: Σ (I − t tᵀ) ω = Σ t × τ
    matrices, sides = np.zeros((len(network.nodes), 3, 3)), np.zeros((len(network.nodes), 3))
    projections = np.eye(3) - tangents[:, :, None] * tangents[:, None, :]
    for end in ends.T:
        np.add.at(matrices, end, projections)
        np.add.at(sides, end, np.cross(tangents, across))
    joints = np.einsum("nij,nj->ni", np.linalg.pinv(matrices, hermitian=True), sides)
    joints[network.fixed.all(axis=1)] = 0.0
    at_p, at_q = (np.cross(joints[end], tangents) for end in ends.T)
    bent = [np.linalg.norm(4 * near + 2 * far - 6 * across, axis=1) for near, far in ((at_p, at_q), (at_q, at_p))]
    sections = network.sections
    wide = sections.width if network.dimension == 2 else np.maximum(sections.width, sections.thickness)
    return np.asarray(np.maximum(*bent) * wide / (2 * network.lengths))


def _chord_turns(network: Network, displacements: Floats) -> tuple[Floats, Floats]:
    """Tangent of each bond, and its change across the bond, each of shape (B, 3), with z = 0 in the plane."""
    padding = ((0, 0), (0, 3 - network.dimension))
    lengths = network.lengths[:, None]
    tangents = np.pad(network.bond_vectors / lengths, padding)
    p, q = network.bonds.T
    change = np.pad((displacements[q] - displacements[p]) / lengths, padding)
    return tangents, change - (change * tangents).sum(axis=1, keepdims=True) * tangents
