"""Equilibrium of nonlinear structures: Newton's method by SNES, along the path that the load takes.

A step from load f₀ to f₁ starts from the tangent prediction Δu = K₀⁻¹(f₁ − f₀) and is tried only where that prediction
is good all along it: the simplified Newton corrections at half of it and at all of it,

    ‖K₀⁻¹ (r(u₀ + τΔu) − (f₀ + τ(f₁ − f₀)))‖ ≤ θ τ‖Δu‖,    τ = ½, 1,

must be small, θ being ``LoadStepping.nonlinearity``, and what Newton's method then finds may be no farther from the
prediction than that either. So the state stays on the branch that the load leads along (after Deuflhard, Newton Methods
for Nonlinear Problems, 2004, section 5.1): full Newton steps otherwise land on branches beyond a limit point without a
sign. Past the limit load the steps shrink to nothing and the loading ends there.
"""

import numpy as np
import numpy.typing as npt
from petsc4py import PETSc

from femnn.mechanics.structure import Structure
from femnn.solving.continuation import Attempt, LoadStepping, follow
from femnn.solving.options import FORWARD, SolverOptions
from femnn.solving.state import State

type Floats = npt.NDArray[np.float64]

REASONS = {value: name for name, value in vars(PETSc.SNES.ConvergedReason).items() if isinstance(value, int)}
TOO_NONLINEAR = "STEP_TOO_NONLINEAR"
ROUNDING = 1e-10
"""Corrections below this share of the displacement are rounding and say nothing of the path."""


class Forward:
    """Newton solver of one structure; matrix, vectors and symbolic factor are kept from solve to solve."""

    def __init__(self, structure: Structure, options: SolverOptions, stepping: LoadStepping) -> None:
        """Allocate, and have PETSc read its options.

        Raises:
            ConfigError: PETSc refuses an option.
        """
        self.structure, self._stepping = structure, stepping
        self._matrix = structure.matrix()
        names = ("solution", "residual", "load", "base_load", "target", "saved", "predicted", "trial", "correction")
        self._vectors = {name: structure.vector() for name in names}
        self._snes = PETSc.SNES().create(structure.comm)
        self._snes.setOptionsPrefix(FORWARD)
        self._snes.setFunction(self._residual, self._vectors["residual"])
        self._snes.setJacobian(self._tangent, self._matrix)
        with options.in_force():
            self._snes.setFromOptions()
            self._snes.setUp()
            self._factorise(self._vectors["solution"])
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
        if not self._predict(share, target):
            return Attempt(False, TOO_NONLINEAR, 1, v["residual"].norm())
        self._set_target(target)
        v["solution"].axpy(1.0, v["predicted"])
        v["solution"].copy(v["trial"])
        self._snes.solve(None, v["solution"])
        reason = REASONS.get(self._snes.reason, str(self._snes.reason))
        accepted = self._snes.reason > 0
        if accepted:
            v["trial"].axpy(-1.0, v["solution"])
            accepted = self._small(v["trial"], v["predicted"].norm())
            reason = reason if accepted else TOO_NONLINEAR
        if not accepted:
            v["saved"].copy(v["solution"])
        return Attempt(accepted, reason, 1 + self._snes.its, self._snes.norm)

    def _predict(self, share: float, target: float) -> bool:
        """Compute the tangent prediction of a step; False where it is too far from what the structure does."""
        v = self._vectors
        self._factorise(v["solution"])
        self._correction(v["solution"], target, v["predicted"])
        size = v["predicted"].norm()
        if not np.isfinite(size):
            return False
        for part in (0.5, 1.0):
            v["solution"].copy(v["trial"])
            v["trial"].axpy(part, v["predicted"])
            self._correction(v["trial"], share + part * (target - share), v["correction"])
            if not self._small(v["correction"], part * size):
                return False
        return True

    def _small(self, correction: PETSc.Vec, prediction: float) -> bool:
        """Whether a correction is within θ of the size of the prediction, or rounding."""
        rounding = ROUNDING * self._vectors["solution"].norm()
        return bool(correction.norm() <= max(self._stepping.nonlinearity * prediction, rounding))

    def _correction(self, solution: PETSc.Vec, share: float, result: PETSc.Vec) -> None:
        """Simplified Newton correction at ``solution`` towards a share of the load, with the factor in hand."""
        self._set_target(share)
        residual = self._vectors["residual"]
        self._residual(self._snes, solution, residual)
        residual.scale(-1.0)
        self._snes.ksp.solve(residual, result)

    def _set_target(self, share: float) -> None:
        """Load at a share of the way from the internal force at the start to the load asked for."""
        v = self._vectors
        v["base_load"].copy(v["target"])
        v["target"].scale(1.0 - share)
        v["target"].axpy(share, v["load"])

    def _factorise(self, solution: PETSc.Vec) -> None:
        self._tangent(self._snes, solution, self._matrix, self._matrix)
        self._snes.ksp.setOperators(self._matrix)
        self._snes.ksp.setUp()

    def _residual(self, snes: PETSc.SNES, solution: PETSc.Vec, residual: PETSc.Vec) -> None:
        self.structure.set_displacement(solution)
        self.structure.assemble_internal_force(residual)
        residual.axpy(-1.0, self._vectors["target"])

    def _tangent(self, snes: PETSc.SNES, solution: PETSc.Vec, matrix: PETSc.Mat, preconditioner: PETSc.Mat) -> None:
        self.structure.set_displacement(solution)
        self.structure.assemble_tangent(matrix)
