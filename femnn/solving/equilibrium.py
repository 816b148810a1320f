"""What experiments ask of a structure: equilibrium under a load, and the linear answer at that equilibrium."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt

from femnn.mechanics.structure import Structure
from femnn.mechanics.supports import Reactions
from femnn.solving.continuation import LoadStepping
from femnn.solving.linear import LinearEquilibrium
from femnn.solving.nonlinear import NonlinearEquilibrium
from femnn.solving.options import SolverOptions, solver_options
from femnn.solving.state import State

type Floats = npt.NDArray[np.float64]


class Equilibrium(Protocol):
    """Solver of a structure, for linear and nonlinear models alike."""

    @property
    def structure(self) -> Structure:
        """The structure that is solved."""

    def forward(
        self,
        force: Floats,
        start: State | None = None,
        prescribed: Floats | None = None,
        stiffness: Floats | None = None,
    ) -> State:
        """Return the equilibrium under a load, reached from rest or from another state.

        Args:
            force: forces on the nodes (N), shape (N, d).
            start: the other state.
            prescribed: displacements of the supports (m), shape (N, d), zero where nothing is held; supports at rest if
                None, also where those of ``start`` have moved.
            stiffness: k of the bonds (N/m), shape (B,), which the structure has from then on; the one it has if None.

        Raises:
            ConvergenceError: the load cannot be reached along a stable path, or the linear solver fails.
            NetworkError: a force or a displacement is not finite, or is prescribed where the network has no support.
        """

    def forward_many(self, forces: Sequence[Floats], prescribed: Sequence[Floats] | None = None) -> list[State]:
        """Return the equilibria under several loads, each from rest."""

    def response(self, state: State, forces: Sequence[Floats]) -> Floats:
        """Displacements P K⁻¹ Pᵀ f of the structure linearised at a state, shape (n, N, d)."""

    def gradient(self, state: State, loss_derivative: Floats, allow_unstable: bool = False) -> Floats:
        """Exact dL/dk of all bonds at a state, shape (B,), from ∂L/∂U of shape (N, d).

        Raises:
            InstabilityError: the state is unstable, so that it cannot be observed, and ``allow_unstable`` is not set.
        """


def reactions(solver: Equilibrium, state: State) -> Reactions:
    """Return what the supports exert on the network in a state: forces (N) and moments (N·m) on the nodes."""
    return solver.structure.reactions(state.values, state.force)


def equilibrium(
    structure: Structure, options: SolverOptions | None = None, stepping: LoadStepping | None = None
) -> Equilibrium:
    """The solver that fits the structure's model.

    Args:
        structure: the structure.
        options: PETSc options, ``solvers/direct`` unless given.
        stepping: load stepping of nonlinear models.
    """
    options = options or solver_options()
    if structure.model.linear:
        return LinearEquilibrium(structure, options)
    return NonlinearEquilibrium(structure, options, stepping or LoadStepping())
