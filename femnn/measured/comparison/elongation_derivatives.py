"""Exact derivatives of predicted elongations, by tangent and adjoint solves at the states that are there already.

With e the elongations read at the equilibrium r(u; k, f) = 0 and K its tangent:

    forces           de/df = (∂e/∂U) P K⁻¹ Pᵀ, one back-substitution a direction of the forces
    one modulus      all internal forces scale with E, which acts as a load divided by it: de/dE = −(1/E) (de/df) f
    stiffnesses      de_b/dk = λᵀ ∂²Π/∂u∂k with K λ = −Pᵀ ∂e_b/∂U: the gradient of a loss that is the elongation of b
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from femnn.measured.comparison.protocol import Prediction
from femnn.mechanics.elongation import elongation_directions
from femnn.network.network import Network
from femnn.solving.equilibrium import Equilibrium
from femnn.solving.state import State

type Floats = npt.NDArray[np.float64]


def elongation_derivative(network: Network, displacements: Floats) -> Floats:
    """∂e/∂U of true elongations: the direction of each deformed bond, shape (B, d), minus it at the first node."""
    return elongation_directions(network, displacements, "true")


def by_forces(solver: Equilibrium, state: State, directions: Sequence[Floats]) -> Floats:
    """Derivatives of the elongations at a state along directions of the forces (m/N), shape (n, B).

    Args:
        solver: of the model.
        state: the equilibrium.
        directions: changes of the forces on the nodes (N), each of shape (N, d).
    """
    network = solver.structure.network
    along = elongation_derivative(network, state.displacements)
    moved = solver.response(state, directions)
    change = moved[:, network.bonds[:, 1]] - moved[:, network.bonds[:, 0]]
    return np.asarray((change * along).sum(axis=2))


def by_stiffness(solver: Equilibrium, state: State) -> Floats:
    """Derivatives of all elongations at a state by all stiffnesses (m per N/m), shape (B, B): [b, c] is de_b/dk_c."""
    network = solver.structure.network
    along = elongation_derivative(network, state.displacements)
    rows = []
    for bond, (p, q) in enumerate(network.bonds):
        asked = np.zeros_like(network.nodes)
        asked[p], asked[q] = -along[bond], along[bond]
        rows.append(solver.gradient(state, asked, allow_unstable=True))
    return np.stack(rows)


def products_by(prediction: Prediction, forward: Floats, adjoint: Floats, rest: Floats | None = None) -> Floats:
    """Derivatives of the products of elongations, from those of the elongations in the states of a prediction.

    Args:
        prediction: with its states.
        forward: derivatives of the elongations in the forward state (m by parameter), shape (n, B).
        adjoint: the same in the adjoint state.
        rest: the same in the state under the lattice's own weight, if there is one.
    """
    if rest is not None:
        forward, adjoint = forward - rest, adjoint - rest
    first, second = prediction.elongations
    return forward * second + adjoint * first
