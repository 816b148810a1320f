"""Equilibria nudged by the loss: minima of Π(u; k) − f·U + β L(U).

After Scellier & Bengio, Front. Comput. Neurosci. 11, 24 (2017).
"""

import numpy as np
import numpy.typing as npt

from femnn.errors import ConvergenceError
from femnn.losses import Loss
from femnn.solving.equilibrium import Equilibrium
from femnn.solving.state import State

type Floats = npt.NDArray[np.float64]

TOLERANCE = 1e-12
"""Misfit of the components read, as a share of the largest displacement, at which the iteration ends."""
MOST_ITERATIONS = 30
GENTLE = 0.1
"""Stiffness of the loss that pulls, as a share of the structure's; centred nudging is wrong by about its square."""


def nudged_equilibrium(solver: Equilibrium, start: State, loss: Loss, beta: float) -> State:
    """The equilibrium under the load of ``start`` and the force −β ∂L/∂U of the loss at the displacements reached.

    The few components y that the loss reads are the unknowns: y = P_y u(f − β Pᵀ ∂L/∂y) is solved by Newton's method
    with the compliance S of those components, (1 + β S ∂²L/∂y²) δy = −residual.

    Args:
        solver: solver of the structure.
        start: the free equilibrium, under the data's load alone.
        loss: the loss.
        beta: nudging factor, of either sign.

    Raises:
        ConvergenceError: the nudged equilibrium cannot be reached.
    """
    state = start
    wanted = start.displacements
    misfit = np.zeros(len(loss.reads))
    for _ in range(MOST_ITERATIONS):
        state = solver.forward(start.force - beta * loss.derivative(wanted), state, start.prescribed)
        misfit = _read(state.displacements - wanted, loss)
        if np.abs(misfit).max() <= TOLERANCE * np.abs(state.displacements).max():
            return state
        compliance = _compliance(solver, state, loss)
        jacobian = np.eye(len(misfit)) + beta * compliance @ loss.curvature(wanted)
        wanted = wanted + _spread(np.linalg.solve(jacobian, misfit), wanted, loss)
    raise ConvergenceError(
        f"{solver.structure.network.name}: found no equilibrium nudged by β = {beta:.3g}; use a smaller adjoint force.",
        reason="NUDGING_MAX_IT",
        load_factor=1.0,
        residual=float(np.abs(misfit).max()),
    )


def gentle(solver: Equilibrium, state: State, loss: Loss, beta: float) -> float:
    """Return a nudging factor, lowered where the loss would pull harder than the structure resists.

    The pull stiffens the structure by β ∂²L/∂y², and −β softens it, up to where it gives way: with S the compliance of
    the components read, S β ∂²L/∂y² is kept to :data:`GENTLE`.

    Args:
        solver: solver of the structure.
        state: the free equilibrium.
        loss: the loss.
        beta: the factor that is wanted, above 0.
    """
    displacements = state.displacements
    pulls = np.linalg.eigvals(_compliance(solver, state, loss) @ loss.curvature(displacements))
    hardest = float(np.abs(pulls).max())
    return min(beta, GENTLE / hardest) if hardest > 0 else beta


def _read(displacements: Floats, loss: Loss) -> Floats:
    return displacements.reshape(-1)[loss.reads]


def _spread(values: Floats, like: Floats, loss: Loss) -> Floats:
    result = np.zeros_like(like)
    result.reshape(-1)[loss.reads] = values
    return result


def _compliance(solver: Equilibrium, state: State, loss: Loss) -> Floats:
    """Displacement of each component read under a unit force on each, shape (m, m)."""
    units = [_spread(row, state.displacements, loss) for row in np.eye(len(loss.reads))]
    return np.stack([_read(answer, loss) for answer in solver.response(state, units)], axis=1)
