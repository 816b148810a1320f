"""Nonlinear models: Newton for the state, a factor of K at the state for everything linear about it."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from femnn.mechanics.structure import Structure
from femnn.solving.adjoint import Adjoint
from femnn.solving.continuation import LoadStepping
from femnn.solving.forward import Forward
from femnn.solving.options import SolverOptions
from femnn.solving.state import State

type Floats = npt.NDArray[np.float64]


class NonlinearEquilibrium:
    """Forward and adjoint solver of one structure; see :class:`femnn.solving.equilibrium.Equilibrium`."""

    def __init__(self, structure: Structure, options: SolverOptions, stepping: LoadStepping) -> None:
        """Allocate both solvers."""
        self.structure = structure
        self._forward = Forward(structure, options, stepping)
        self._adjoint = Adjoint(structure, options, self._forward)

    @property
    def stepping(self) -> LoadStepping:
        """How loads are applied; may be changed between solves."""
        return self._forward.stepping

    @stepping.setter
    def stepping(self, stepping: LoadStepping) -> None:
        self._forward.stepping = stepping

    def forward(
        self,
        force: Floats,
        start: State | None = None,
        prescribed: Floats | None = None,
        stiffness: Floats | None = None,
    ) -> State:
        """Equilibrium under a load, reached from rest or from ``start``.

        Raises:
            ConvergenceError: the load cannot be reached along a stable path.
        """
        if stiffness is not None:
            self.structure.set_stiffness(stiffness)
        return self._forward.solve(force, start, prescribed)

    def forward_many(self, forces: Sequence[Floats], prescribed: Sequence[Floats] | None = None) -> list[State]:
        """Equilibria under several loads, each from rest."""
        moved = [None] * len(forces) if prescribed is None else prescribed
        return [self._forward.solve(force, None, g) for force, g in zip(forces, moved, strict=True)]

    def response(self, state: State, forces: Sequence[Floats]) -> Floats:
        """Displacements P K⁻¹ Pᵀ f at a state, shape (n, N, d)."""
        return self._adjoint.response(state, forces)

    def gradient(self, state: State, loss_derivative: Floats, allow_unstable: bool = False) -> Floats:
        """Exact dL/dk at a state, shape (B,).

        Raises:
            InstabilityError: the state is unstable and that is not allowed.
        """
        return self._adjoint.gradient(state, loss_derivative, allow_unstable)
