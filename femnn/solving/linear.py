"""Linear models: one factor of K for each stiffness, and any number of loads solved against it together."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from femnn.mechanics.structure import Structure
from femnn.runtime.stack import MPI, PETSc
from femnn.solving.factors import factorise
from femnn.solving.gathered import gather_small
from femnn.solving.inertia import unstable_eigenvalues
from femnn.solving.krylov import UNBALANCED, Refined, exact, require_converged, unbalanced
from femnn.solving.options import FORWARD, SolverOptions
from femnn.solving.state import State

type Floats = npt.NDArray[np.float64]


TOGETHER = 16
"""Loads of a batch that are solved for at once. It is always so many, since the last bits depend on their number."""


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
            gather_small(self._solver, structure.degrees_of_freedom)
            self._factorise()
        self._refined = None if exact(self._solver) else Refined(structure, self._solver)

    def forward(
        self,
        force: Floats,
        start: State | None = None,
        prescribed: Floats | None = None,
        stiffness: Floats | None = None,
    ) -> State:
        """Equilibrium under a load; see :class:`femnn.solving.equilibrium.Equilibrium`."""
        if stiffness is not None:
            self.structure.set_stiffness(stiffness)
        return self.forward_many([force], None if prescribed is None else [prescribed])[0]

    def forward_many(self, forces: Sequence[Floats], prescribed: Sequence[Floats] | None = None) -> list[State]:
        """Equilibria under several loads, solved against one factor together."""
        local = np.stack([self._local(self.structure.load, force) for force in forces], axis=1)
        solutions = self._solve(local, prescribed)
        k, unstable = self.structure.stiffness, unstable_eigenvalues(self._solver, self.structure)
        moved = [None] * len(forces) if prescribed is None else [np.array(values) for values in prescribed]
        return [
            State(self.structure.network, np.array(f), self._measured(u), u, k, unstable=unstable, prescribed=g)
            for f, u, g in zip(forces, solutions.T, moved, strict=True)
        ]

    def response(self, state: State, forces: Sequence[Floats]) -> Floats:
        """Displacements P K⁻¹ Pᵀ f, shape (n, N, d); the same at every state of a linear model."""
        state.require_stiffness(self.structure.stiffness)
        local = np.stack([self._local(self.structure.load, force) for force in forces], axis=1)
        return np.stack([self._measured(u) for u in self._solve(local).T])

    def gradient(self, state: State, loss_derivative: Floats, allow_unstable: bool = False) -> Floats:
        """dL/dk_b = λᵀ ∂²Π/∂u∂k_b with K λ = −Pᵀ ∂L/∂U, shape (B,); stability does not depend on the state."""
        state.require_stiffness(self.structure.stiffness)
        adjoint = self._solve(self._local(self.structure.load, -loss_derivative)[:, None])[:, 0]
        self.structure.set_values(state.values)
        self._vector.array_w[:] = adjoint
        return self.structure.adjoint_by_stiffness(self._vector)

    def responses(self, forces: Floats, prescribed: Floats | None = None) -> Floats:
        """Displacements of the nodes under many loads at once, without the states.

        Args:
            forces: f (N), shape (n, N, d), the same on every rank.
            prescribed: displacements of the supports (m), shape (n, N, d); none if None.

        Returns:
            U (m), shape (n, N, d).
        """
        loads, answers = self.structure.load_many(forces), []
        for start in range(0, len(forces), TOGETHER):
            chosen = slice(start, start + TOGETHER)
            own = loads[:, chosen]
            moved = None if prescribed is None else prescribed[chosen]
            answers.append(self._solve(own, moved, TOGETHER)[:, : own.shape[1]])
        return self.structure.measure_many(np.hstack(answers))

    def _factorise(self) -> None:
        if self._version != self.structure.stiffness_version:
            self.structure.assemble_tangent(self._matrix)
            factorise(self._solver, self._matrix, self._options)
            self._version = self.structure.stiffness_version
            self._of_supports: dict[tuple[int, int], Floats] = {}

    def _solve(self, loads: Floats, prescribed: Sequence[Floats] | Floats | None = None, columns: int = 0) -> Floats:
        """Components of u that this rank owns, a column a load.

        Args:
            loads: Pᵀ f, zero at fixed components, shape (owned, n).
            prescribed: displacements of the supports (m), shape (n, N, d).
            columns: how many are solved for at least; those beyond the loads are zero.
        """
        self._factorise()
        if prescribed is not None:
            loads = loads + self._moved(prescribed)
        if self._refined is not None:
            return np.stack([self._one_by_one(load) for load in loads.T], axis=1)
        loads = np.pad(loads, ((0, 0), (0, max(0, columns - loads.shape[1]))))
        rows, count = self._vector.getSizes(), loads.shape[1]
        right = PETSc.Mat().createDense((rows, (None, count)), array=np.asfortranarray(loads), comm=self.structure.comm)
        answers = right.duplicate()
        self._solver.matSolve(right, answers)
        require_converged(self._solver, self.structure.network.name)
        self._require_balance(right, answers)
        values = np.array(answers.getDenseArray())
        right.destroy()
        answers.destroy()
        return values

    def _require_balance(self, right: PETSc.Mat, answers: PETSc.Mat) -> None:
        """Check K u = f, which stiffnesses of very different sizes can make impossible in double precision.

        Raises:
            ConvergenceError: more than 1e-7 of a load is left out of balance.
        """
        rest = self._matrix.matMult(answers)
        sizes = np.stack([np.sum(m.getDenseArray(readonly=True) ** 2, axis=0) for m in (right, rest)])
        sizes[1] = np.sum((rest.getDenseArray(readonly=True) - right.getDenseArray(readonly=True)) ** 2, axis=0)
        self.structure.comm.Allreduce(MPI.IN_PLACE, sizes)
        rest.destroy()
        size, left = np.sqrt(sizes)
        worst = np.flatnonzero(~(left <= UNBALANCED * size))
        if worst.size:
            first = worst[0]
            raise unbalanced(self.structure, self._solver, float(left[first] / size[first]))

    def _one_by_one(self, load: Floats) -> Floats:
        """The answer of a solver that is not exact."""
        assert self._refined is not None
        answer = self._vector.duplicate()
        self._vector.array_w[:] = load
        self._refined.solve(self._vector, answer)
        values = np.array(answer.array_r)
        answer.destroy()
        return values

    def _moved(self, prescribed: Sequence[Floats] | Floats) -> Floats:
        """What prescribed displacements add to the right-hand sides, shape (owned, n): −K_fc g, and g at supports.

        One assembly for each component that moves serves all loads of a stiffness.
        """
        values = np.asarray(prescribed)
        held = np.stack([self.structure.prescribed_values(g) for g in values], axis=1)
        added = np.zeros((self._vector.getLocalSize(), len(values)))
        for node, component in np.argwhere((values != 0).any(axis=0)):
            added += np.outer(self._of_support(int(node), int(component)), values[:, node, component])
        added[self.structure.fixed] = held
        return added

    def _of_support(self, node: int, component: int) -> Floats:
        """−K_fc of a unit displacement of one support."""
        key = (node, component)
        if key not in self._of_supports:
            unit = np.zeros_like(self.structure.network.nodes)
            unit[key] = 1.0
            change = self.structure.prescribed_values(unit)
            self._of_supports[key] = self._local(self.structure.move_supports, change)
        return self._of_supports[key]

    def _local(self, write: Callable[[Floats, PETSc.Vec], None], values: Floats) -> Floats:
        """What is written into a vector, the components that this rank owns."""
        self._vector.set(0.0)
        write(values, self._vector)
        return np.array(self._vector.array_r)

    def _measured(self, values: Floats) -> Floats:
        self._vector.array_w[:] = values
        return self.structure.measure(self._vector)
