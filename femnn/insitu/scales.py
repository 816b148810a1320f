"""Sizes that suit a network: the load that strains its bonds by a stated amount, and how far they turn under it."""

import numpy as np
import numpy.typing as npt

from femnn.errors import ConvergenceError, InstabilityError, NetworkError
from femnn.mechanics.elongation import elongations
from femnn.mechanics.model import Model
from femnn.network.network import Network
from femnn.solving.equilibrium import Equilibrium

type Floats = npt.NDArray[np.float64]

SMALL_STRAIN = 0.01
"""Largest strain of a bond under a load that suits the network, unless another is asked for."""
LARGEST_TURN = 0.1
"""Most that a bond turns under such a load, by the linear response (rad)."""
EULER_SHARE = 0.5
"""Most that it compresses a bond by, as a share of Euler's load."""
STABLE_UP_TO = 2.0
"""Multiple of such a load under which nonlinear models have a stable equilibrium still."""
MOST_HALVINGS = 12
DIGITS = 3
"""Significant digits of the load: the same on any number of ranks."""


def suitable_load(solver: Equilibrium, pattern: Floats, strain: float = SMALL_STRAIN) -> float:
    """Return a factor on a load pattern that suits the network: bonds strain by a stated amount and stay stable.

    It is that of :func:`load_of_strain`, or less: bonds turn by at most a tenth, none is compressed by over half of
    Euler's load, and where the model is nonlinear it has a stable equilibrium under twice the load.

    Args:
        solver: of any model that carries the network, at the stiffness that the structure has.
        pattern: forces (N), shape (N, d).
        strain: the largest strain.

    Raises:
        NetworkError: the pattern strains no bond, or no load is small enough.
    """
    network = solver.structure.network
    factor = load_of_strain(solver, pattern, strain)
    if not np.isfinite(factor):
        raise NetworkError(f"{network.name}: the load at its inputs strains no bond; load nodes that are free to move.")
    moved = linear_response(solver, factor * pattern)
    compression = -solver.structure.stiffness * elongations(network, moved, "projected")
    factor /= max(
        1.0,
        float(turns(network, moved).max()) / LARGEST_TURN,
        float((compression / euler_loads(network)).max()) / EULER_SHARE,
    )
    if solver.structure.model.linear:
        return rounded(factor)
    for _ in range(MOST_HALVINGS):
        try:
            if solver.forward(STABLE_UP_TO * factor * pattern).stable is not False:
                return rounded(factor)
        except (ConvergenceError, InstabilityError):
            pass
        factor /= 2
    raise NetworkError(f"{network.name}: it is stable under no load at its inputs, however small; load other nodes.")


def linear_response(solver: Equilibrium, force: Floats) -> Floats:
    """Return the displacements of the nodes under a load, by the tangent at rest (m), shape (N, d)."""
    return np.asarray(solver.response(solver.forward(np.zeros_like(force)), [force])[0])


def rounded(value: float) -> float:
    """Return the value with three significant digits."""
    return float(f"{value:.{DIGITS}g}")


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
    moved = linear_response(solver, pattern)
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


def euler_loads(network: Network) -> Floats:
    """Load under which each bond buckles if it is straight and pinned at its ends (N), shape (B,): π²E I/L².

    I is the smaller second moment of area, t w³/12 in the plane and the lesser of both ways in space. Rigid joints make
    a bond carry up to four times that, thinned ends somewhat less.
    """
    sections = network.sections
    narrow, wide = sections.width, sections.thickness
    if network.dimension == 3:
        narrow, wide = np.minimum(narrow, wide), np.maximum(narrow, wide)
    return np.asarray(np.pi**2 * sections.modulus * wide * narrow**3 / (12 * network.lengths**2))


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
