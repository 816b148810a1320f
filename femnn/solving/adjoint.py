"""The structure linearised at an equilibrium: adjoint states, exact gradients, stability."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from petsc4py import PETSc

from femnn.errors import InstabilityError
from femnn.mechanics.structure import Structure
from femnn.solving.krylov import require_converged
from femnn.solving.options import ADJOINT, SolverOptions
from femnn.solving.state import State

type Floats = npt.NDArray[np.float64]


class Adjoint:
    """Solver with the tangent K at an equilibrium; its factor is kept as long as the same state is asked for."""

    def __init__(self, structure: Structure, options: SolverOptions) -> None:
        """Allocate, and have PETSc read its options.

        Raises:
            ConfigError: PETSc refuses an option.
        """
        self.structure = structure
        self._matrix = structure.matrix()
        self._load, self._answer = structure.vector(), structure.vector()
        self._state: State | None = None
        self._solver = PETSc.KSP().create(structure.comm)
        self._solver.setOptionsPrefix(ADJOINT)
        with options.in_force(ADJOINT):
            self._solver.setFromOptions()
            self._linearise()

    def response(self, state: State, forces: Sequence[Floats]) -> Floats:
        """Displacements P K⁻¹ Pᵀ f at a state, shape (n, N, d)."""
        self._at(state)
        return np.stack([self.structure.measure(self._solved(force)) for force in forces])

    def gradient(self, state: State, loss_derivative: Floats) -> Floats:
        """Exact gradient dL/dk_b = λᵀ ∂²Π/∂u∂k_b with K λ = −Pᵀ ∂L/∂U, shape (B,).

        Args:
            state: the equilibrium.
            loss_derivative: ∂L/∂U there, shape (N, d).

        Raises:
            InstabilityError: K is not positive definite, so that the state cannot be observed.
            ValueError: the stiffness has been changed since the state was found.
        """
        self._at(state)
        if self._negative_eigenvalues:
            raise InstabilityError(
                f"{self.structure.network.name}: unstable equilibrium, {self._negative_eigenvalues} eigenvalues of its "
                "tangent are not positive; a smaller load keeps the structure on its stable path."
            )
        adjoint = self._solved(-loss_derivative)
        # The assembly of the gradient reads u from the structure, which other solves may have moved meanwhile
        self.structure.set_values(state.values)
        return self.structure.adjoint_by_stiffness(adjoint)

    def _at(self, state: State) -> None:
        """Have the factor of K at this state."""
        state.require_stiffness(self.structure.stiffness)
        if state is not self._state:
            self.structure.set_values(state.values)
            self._linearise()
            self._state = state

    def _linearise(self) -> None:
        self.structure.assemble_tangent(self._matrix)
        # Naming the matrix again is what makes setUp, and not only the next solve, factorise it anew
        self._solver.setOperators(self._matrix)
        self._solver.setUp()
        self._negative_eigenvalues = _negative_pivots(self._solver)

    def _solved(self, force: Floats) -> PETSc.Vec:
        self.structure.load(force, self._load)
        self._solver.solve(self._load, self._answer)
        require_converged(self._solver, self.structure.network.name)
        return self._answer


def _negative_pivots(solver: PETSc.KSP) -> int:
    """Number of eigenvalues of K that are not positive, by Sylvester's law of inertia; 0 if the factor cannot tell."""
    if solver.pc.type != PETSc.PC.Type.CHOLESKY:
        return 0
    negative, null, _ = solver.pc.getFactorMatrix().getInertia()
    return int(negative + null)
