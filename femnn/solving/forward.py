"""Equilibrium of nonlinear structures: Newton's method by SNES, along the path that the load takes.

Full Newton steps land on branches beyond a limit point without a sign. A load step, from u₀ under f₀ to u₁ under f₁, is
therefore accepted only if the states at its ends can belong to one stable branch:

- u₁ is near the tangent prediction, ‖u₁ − u₀ − Δu‖ ≤ θ‖Δu‖, Δu = K₀⁻¹(f₁ − f₀), θ = ``LoadStepping.nonlinearity``;
- no bond's end moves against its other end by more than ``LoadStepping.largest_move`` times the bond's length;
- the load can grow all the way: between the ends, the cubic through the load's share s as a function of the work
  coordinate y = (f₁ − f₀)·u, with its slopes ds/dy = 1/((f₁ − f₀)·K⁻¹(f₁ − f₀)) at both, is monotone (criterion of
  Fritsch & Carlson, SIAM J. Numer. Anal. 17, 1980). Across two limit points it falls in between.

Past the limit load the steps shrink to nothing and the loading ends there.
"""

from collections.abc import Callable
from weakref import WeakMethod

import numpy as np
import numpy.typing as npt
from petsc4py import PETSc

from femnn.mechanics.structure import Structure
from femnn.solving.continuation import Attempt, LoadStepping, follow
from femnn.solving.krylov import require_converged
from femnn.solving.options import FORWARD, SolverOptions
from femnn.solving.state import State

type Floats = npt.NDArray[np.float64]

REASONS = {value: name for name, value in vars(PETSc.SNES.ConvergedReason).items() if isinstance(value, int)}
TOO_NONLINEAR = "STEP_TOO_NONLINEAR"
ROUNDING = 1e-10
"""Steps below this share of the displacement are rounding and say nothing of the path."""


class Forward:
    """Newton solver of one structure; matrix, vectors and symbolic factor are kept from solve to solve."""

    def __init__(self, structure: Structure, options: SolverOptions, stepping: LoadStepping) -> None:
        """Allocate, and have PETSc read its options.

        Raises:
            ConfigError: PETSc refuses an option.
        """
        self.structure, self._stepping = structure, stepping
        self._lengths = structure.network.lengths
        self._matrix = structure.matrix()
        names = ("solution", "residual", "load", "base_load", "target", "saved", "prediction", "change", "load_change")
        self._vectors = {name: structure.vector() for name in names}
        self._snes = PETSc.SNES().create(structure.comm)
        self._snes.setOptionsPrefix(FORWARD)
        # PETSc keeps what it calls out of sight of Python's garbage collector: bound methods would keep this solver and
        # its structure for ever
        self._snes.setFunction(_unbound(self._residual), self._vectors["residual"])
        self._snes.setJacobian(_unbound(self._tangent), self._matrix)
        with options.in_force(FORWARD):
            self._snes.setFromOptions()
            self._snes.setUp()
            self._predict(0.0)
        self._relative_tolerance, _, self._step_tolerance, self._most_iterations = self._snes.getTolerances()

    def solve(self, force: Floats, start: State | None) -> State:
        """Equilibrium under a load.

        Args:
            force: forces on the network's nodes (N), shape (N, d).
            start: state from which the load is changed; rest when left out. It need not be an equilibrium for the
                present stiffness.

        Raises:
            ConvergenceError: the load cannot be reached along a stable path.
        """
        v = self._vectors
        v["solution"].array_w[:] = 0.0 if start is None else start.values
        self.structure.load(force, v["load"])
        self.structure.set_displacement(v["solution"])
        self.structure.assemble_internal_force(v["base_load"])
        scale = v["load"].norm() or v["base_load"].norm()
        self._snes.setTolerances(
            rtol=0.0, atol=self._relative_tolerance * scale, stol=self._step_tolerance, max_it=self._most_iterations
        )
        steps, iterations = follow(self._attempt, self._stepping, self.structure.network.name)
        return State(
            np.array(force),
            self.structure.measure(v["solution"]),
            np.array(v["solution"].array_r),
            self.structure.stiffness,
            steps,
            iterations,
        )

    def _attempt(self, share: float, target: float) -> Attempt:
        """Go from one share of the load to another; the solution is restored where that fails."""
        v = self._vectors
        v["solution"].copy(v["saved"])
        self._predict(target)
        v["solution"].axpy(1.0, v["prediction"])
        self._snes.solve(None, v["solution"])
        reason = REASONS.get(self._snes.reason, str(self._snes.reason))
        accepted = self._snes.reason > 0
        if accepted and not self._on_branch(target - share):
            accepted, reason = False, TOO_NONLINEAR
        if not accepted:
            v["saved"].copy(v["solution"])
        return Attempt(accepted, reason, 1 + self._snes.its, self._snes.norm)

    def _predict(self, target: float) -> None:
        """Tangent prediction of the step to a share of the load."""
        v = self._vectors
        self._set_target(target)
        self._tangent(self._snes, v["solution"], self._matrix, self._matrix)
        self._snes.ksp.setOperators(self._matrix)
        self._residual(self._snes, v["solution"], v["residual"])
        v["residual"].scale(-1.0)
        self._snes.ksp.solve(v["residual"], v["prediction"])
        require_converged(self._snes.ksp, self.structure.network.name)

    def _on_branch(self, step: float) -> bool:
        """Whether the state found can be on the branch of the saved one; see the top of this file."""
        v = self._vectors
        v["solution"].copy(v["change"])
        v["change"].axpy(-1.0, v["saved"])
        moves = self.structure.measure(v["change"])
        v["load"].copy(v["load_change"])
        v["load_change"].axpy(-1.0, v["base_load"])
        v["load_change"].scale(step)
        before, rise = v["load_change"].dot(v["prediction"]), v["load_change"].dot(v["change"])
        v["change"].axpy(-1.0, v["prediction"])
        correction, predicted = v["change"].norm(), v["prediction"].norm()
        if max(correction, predicted) <= ROUNDING * v["solution"].norm():
            return True
        if not correction <= self._stepping.nonlinearity * predicted:
            return False
        p, q = self.structure.network.bonds.T
        if (np.linalg.norm(moves[q] - moves[p], axis=1) > self._stepping.largest_move * self._lengths).any():
            return False
        # The factor in hand is that of the last iterate but one, near enough for a slope
        self._snes.ksp.solve(v["load_change"], v["change"])
        return _monotone(before, v["load_change"].dot(v["change"]), rise)

    def _set_target(self, share: float) -> None:
        """Load at a share of the way from the internal force at the start to the load asked for."""
        v = self._vectors
        v["base_load"].copy(v["target"])
        v["target"].scale(1.0 - share)
        v["target"].axpy(share, v["load"])

    def _residual(self, snes: PETSc.SNES, solution: PETSc.Vec, residual: PETSc.Vec) -> None:
        self.structure.set_displacement(solution)
        self.structure.assemble_internal_force(residual)
        residual.axpy(-1.0, self._vectors["target"])

    def _tangent(self, snes: PETSc.SNES, solution: PETSc.Vec, matrix: PETSc.Mat, preconditioner: PETSc.Mat) -> None:
        self.structure.set_displacement(solution)
        self.structure.assemble_tangent(matrix)


def _unbound(method: Callable[..., None]) -> Callable[..., None]:
    """The method without a hold on its object."""
    reference = WeakMethod(method)

    def call(*arguments: object) -> None:
        alive = reference()
        assert alive is not None, "a solver that is gone was called"
        alive(*arguments)

    return call


def _monotone(before: float, after: float, rise: float) -> bool:
    """Whether the cubic with the given compliances at the ends of a step rises all along it.

    Args:
        before: compliance (f₁ − f₀)·K⁻¹(f₁ − f₀) at the start.
        after: the same at the end.
        rise: (f₁ − f₀)·(u₁ − u₀).
    """
    if min(before, after, rise) <= 0:
        return False
    a, b = rise / before, rise / after
    if a + b <= 2 or 2 * a + b <= 3 or a + 2 * b <= 3:
        return True
    return a - (2 * a + b - 3) ** 2 / (3 * (a + b - 2)) >= 0
