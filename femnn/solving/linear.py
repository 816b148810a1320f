"""Linear models: one factor of K for each stiffness, and any number of loads solved against it together."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from petsc4py import PETSc

from femnn.mechanics.structure import Structure
from femnn.solving.factors import factorise
from femnn.solving.inertia import unstable_eigenvalues
from femnn.solving.krylov import require_converged
from femnn.solving.options import FORWARD, SolverOptions
from femnn.solving.state import State

type Floats = npt.NDArray[np.float64]


class LinearEquilibrium:
    """Forward and adjoint solver of a model whose energy is quadratic; both use the one factor of K."""

    def __init__(self, structure: Structure, options: SolverOptions) -> None:
        """Factorise K once, which also has PETSc read its options.

        Raises:
            ConfigError: PETSc refuses an option.
        """
        self.structure, self._options = structure, options
        self._matrix = structure.matrix()
        self._vector = structure.vector()
        self._version = -1
        self._solver = PETSc.KSP().create(structure.comm)
        self._solver.setOptionsPrefix(FORWARD)
        with options.in_force(FORWARD, other="snes_"):
            self._solver.setFromOptions()
            self._factorise()

    def forward(self, force: Floats, start: State | None = None) -> State:
        """Equilibrium under a load; see :class:`femnn.solving.equilibrium.Equilibrium`."""
        return self.forward_many([force])[0]

    def forward_many(self, forces: Sequence[Floats]) -> list[State]:
        """Equilibria under several loads, solved against one factor together."""
        solutions = self._solve(forces)
        k, unstable = self.structure.stiffness, unstable_eigenvalues(self._solver, self.structure)
        return [
            State(np.array(f), self._measured(u), u, k, unstable=unstable)
            for f, u in zip(forces, solutions.T, strict=True)
        ]

    def response(self, state: State, forces: Sequence[Floats]) -> Floats:
        """Displacements P K⁻¹ Pᵀ f, shape (n, N, d); the same at every state of a linear model."""
        state.require_stiffness(self.structure.stiffness)
        return np.stack([self._measured(u) for u in self._solve(forces).T])

    def gradient(self, state: State, loss_derivative: Floats, allow_unstable: bool = False) -> Floats:
        """dL/dk_b = λᵀ ∂²Π/∂u∂k_b with K λ = −Pᵀ ∂L/∂U, shape (B,); stability does not depend on the state."""
        state.require_stiffness(self.structure.stiffness)
        adjoint = self._solve([-loss_derivative])[:, 0]
        self.structure.set_values(state.values)
        self._vector.array_w[:] = adjoint
        return self.structure.adjoint_by_stiffness(self._vector)

    def responses(self, forces: Floats) -> Floats:
        """Displacements P K⁻¹ Pᵀ f under many loads at once, without the states.

        Args:
            forces: f (N), shape (n, N, d), the same on every rank.

        Returns:
            U (m), shape (n, N, d).
        """
        self._factorise()
        rows, _ = self._vector.getSizes()
        loads = np.asfortranarray(self.structure.load_many(forces))
        matrix = PETSc.Mat().createDense(((rows, None), (None, len(forces))), array=loads, comm=self.structure.comm)
        solutions = matrix.duplicate()
        self._solver.matSolve(matrix, solutions)
        require_converged(self._solver, self.structure.network.name)
        displacements = self.structure.measure_many(solutions.getDenseArray())
        matrix.destroy()
        solutions.destroy()
        return displacements

    def _factorise(self) -> None:
        if self._version != self.structure.stiffness_version:
            self.structure.assemble_tangent(self._matrix)
            factorise(self._solver, self._matrix, self._options)
            self._version = self.structure.stiffness_version

    def _solve(self, forces: Sequence[Floats]) -> Floats:
        """Components of K⁻¹ Pᵀ f that this rank owns, a column a load."""
        self._factorise()
        rows = self._vector.getSizes()
        loads = PETSc.Mat().createDense((rows, (None, len(forces))), comm=self.structure.comm)
        solutions = loads.duplicate()
        local = loads.getDenseArray()
        for column, force in enumerate(forces):
            self.structure.load(force, self._vector)
            local[:, column] = self._vector.array_r
        loads.assemble()
        self._solver.matSolve(loads, solutions)
        require_converged(self._solver, self.structure.network.name)
        values = np.array(solutions.getDenseArray())
        loads.destroy()
        solutions.destroy()
        return values

    def _measured(self, values: Floats) -> Floats:
        self._vector.array_w[:] = values
        return self.structure.measure(self._vector)
