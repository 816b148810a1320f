"""The structure linearised at an equilibrium: adjoint states, exact gradients.

K at the equilibrium is assembled, but seldom factorised. Newton's method leaves behind the factor K̃ of an iterate that
is one small correction away, and iterative refinement, λ ← λ + z with z = K̃⁻¹(b − K λ), reduces the error by the same
small number every time: two or three back-substitutions lead to rounding. (A Krylov method needs one more, since its
last serves to test.) Where there is no such factor, or it is of no use, K is factorised.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from femnn.errors import InstabilityError
from femnn.mechanics.structure import Structure
from femnn.runtime.stack import PETSc
from femnn.solving.factors import factorise
from femnn.solving.forward import Forward
from femnn.solving.gathered import gather_small
from femnn.solving.inertia import factorises, unstable_eigenvalues
from femnn.solving.krylov import Refined, exact, require_converged
from femnn.solving.options import ADJOINT, SolverOptions
from femnn.solving.state import State

type Floats = npt.NDArray[np.float64]

ROUNDING = 1e-13
"""Error of the adjoint state, as a share of its norm, that is of no account."""
SLOW = 0.1
"""Ratio of two corrections above which a factor of K at the state costs less."""
MOST_REFINEMENTS = 5


class Adjoint:
    """Solver with the tangent K at an equilibrium; what it has of K is kept as long as the same state is asked for."""

    def __init__(self, structure: Structure, options: SolverOptions, forward: Forward) -> None:
        """Allocate, and have PETSc read its options.

        Args:
            structure: the structure.
            options: PETSc's options.
            forward: the solver that finds the states.

        Raises:
            ConfigError: PETSc refuses an option.
        """
        self.structure, self._forward, self._options = structure, forward, options
        self._matrix = structure.matrix()
        self._load, self._answer = structure.vector(), structure.vector()
        self._rest, self._change = structure.vector(), structure.vector()
        self._assembled: State | None = None
        self._factorised: State | None = None
        self._unstable: int | None = None
        self._solver = PETSc.KSP().create(structure.comm)
        self._solver.setOptionsPrefix(ADJOINT)
        # Options of the factor are read when there is one: with the forward solver's, there need not be another
        with options.in_force(ADJOINT, other="mat_"):
            self._solver.setFromOptions()
            gather_small(self._solver, structure.degrees_of_freedom)
        self._refined_solver = None if exact(self._solver) else Refined(structure, self._solver)

    def response(self, state: State, forces: Sequence[Floats]) -> Floats:
        """Displacements P K⁻¹ Pᵀ f at a state, shape (n, N, d); by a factor of K, since there may be many loads."""
        state.require_stiffness(self.structure.stiffness)
        self._factorise(state)
        return np.stack([self.structure.measure(self._solved(force)) for force in forces])

    def gradient(self, state: State, loss_derivative: Floats, allow_unstable: bool = False) -> Floats:
        """Exact gradient dL/dk_b = λᵀ ∂²Π/∂u∂k_b with K λ = −Pᵀ ∂L/∂U, shape (B,).

        Args:
            state: the equilibrium.
            loss_derivative: ∂L/∂U there, shape (N, d).
            allow_unstable: answer at states that cannot be observed, too.

        Raises:
            InstabilityError: K is not positive definite, so that the state cannot be observed.
            ValueError: the stiffness has been changed since the state was found.
        """
        state.require_stiffness(self.structure.stiffness)
        if state.unstable is None:
            self._factorise(state)
        unstable = self._unstable if state.unstable is None else state.unstable
        if unstable and not allow_unstable:
            raise InstabilityError(
                f"{self.structure.network.name}: unstable equilibrium, {unstable} eigenvalues of its "
                "tangent are not positive; a smaller load keeps the structure on its stable path."
            )
        adjoint = self._solved_near(state, -loss_derivative)
        if adjoint is None:
            self._factorise(state)
            adjoint = self._solved(-loss_derivative)
        # The assembly of the gradient reads u from the structure, which other solves may have moved meanwhile
        self.structure.set_values(state.values)
        return self.structure.adjoint_by_stiffness(adjoint)

    def _assemble(self, state: State) -> None:
        """Have K at a state."""
        if state is not self._assembled:
            self.structure.set_values(state.values)
            self.structure.assemble_tangent(self._matrix)
            self._assembled = state

    def _factorise(self, state: State) -> None:
        """Have the factor of K at a state."""
        if state is self._factorised:
            return
        self._assemble(state)
        if self._factorised is None:
            with self._options.in_force(ADJOINT + "mat_"):
                factorise(self._solver, self._matrix, self._options)
        else:
            factorise(self._solver, self._matrix, self._options)
        self._unstable = unstable_eigenvalues(self._solver, self.structure)
        self._factorised = state

    def _solved(self, force: Floats) -> PETSc.Vec:
        """K⁻¹ Pᵀ f by the factor in hand."""
        self.structure.load(force, self._load)
        if self._refined_solver is not None:
            self._refined_solver.solve(self._load, self._answer)
            return self._answer
        self._solver.solve(self._load, self._answer)
        require_converged(self._solver, self.structure.network.name)
        return self._answer

    def _solved_near(self, state: State, force: Floats) -> PETSc.Vec | None:
        """K⁻¹ Pᵀ f with the factor that the forward solver has left; None where that does not lead to it."""
        near = None if state is self._factorised or not factorises(self._solver) else self._forward.factor_near(state)
        if near is None:
            return None
        factor, at_state = near
        self.structure.load(force, self._load)
        if at_state:
            factor.apply(self._load, self._answer)
            return self._answer
        self._assemble(state)
        return self._answer if self._refined(factor) else None

    def _refined(self, factor: PETSc.PC) -> bool:
        """Solve K λ = b by iterative refinement with a factor of another matrix; whether that has led to rounding.

        Corrections that shrink by a ratio ρ end where the next, ρ times the last, would be of no account.
        """
        rest, change, answer = self._rest, self._change, self._answer
        factor.apply(self._load, answer)
        before = answer.norm()
        for _ in range(MOST_REFINEMENTS):
            self._matrix.mult(answer, rest)
            rest.aypx(-1.0, self._load)
            factor.apply(rest, change)
            answer.axpy(1.0, change)
            size = change.norm()
            if not size <= SLOW * before:
                return size <= ROUNDING * answer.norm()
            if size**2 <= ROUNDING * before * answer.norm():
                return True
            before = size
        return False
