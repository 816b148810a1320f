"""Equilibrium of nonlinear structures: Newton's method by SNES, along the path that the load takes.

Full Newton steps land on branches beyond a limit point without a sign. A load step, from u₀ under f₀ to u₁ under f₁, is
therefore accepted only if the states at its ends can belong to one stable branch:

- u₁ is near the tangent prediction, ‖u₁ − u₀ − Δu‖ ≤ θ‖Δu‖, Δu = K₀⁻¹(f₁ − f₀), θ = ``LoadStepping.nonlinearity``,
  and a tenth of it where the signs of K's eigenvalues differ between the ends: past a bifurcation the path may go on,
  but where it bends it is more likely that the step has landed on another branch;
- no bond's end moves against its other end by more than ``LoadStepping.largest_move`` times the bond's length;
- the load can grow all the way: between the ends, the cubic through the load's share s as a function of the work
  coordinate y = (f₁ − f₀)·u, with its slopes ds/dy = 1/((f₁ − f₀)·K⁻¹(f₁ − f₀)) at both, is monotone (criterion of
  Fritsch & Carlson, SIAM J. Numer. Anal. 17, 1980). Across two limit points it falls in between. Where supports move
  by Δ too, f₁ − f₀ stands for the load that they and the forces exert at free components, f₁ − f₀ − K_fc Δ.

Past the limit load the steps shrink to nothing and the loading ends there.

Fixed components are unknowns of the residual: it is u − g there, g the displacement that is prescribed, and the rows of
K are those of the identity. An inexact linear solver can then not move a support for good.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from femnn.mechanics.structure import Structure
from femnn.runtime.stack import MPI, PETSc
from femnn.solving.balance import require_balance
from femnn.solving.callbacks import unbound
from femnn.solving.continuation import TOO_NONLINEAR, Attempt, LoadStepping, beyond_all, follow, monotone, torn_apart
from femnn.solving.factors import enlarge, factorise, out_of_workspace
from femnn.solving.gathered import gather_small
from femnn.solving.inertia import factorises, unstable_eigenvalues
from femnn.solving.krylov import ROUNDING as RESIDUAL_ROUNDING
from femnn.solving.krylov import Refined, exact, require_converged
from femnn.solving.options import FORWARD, SolverOptions
from femnn.solving.reasons import newton_reason
from femnn.solving.state import State
from femnn.solving.termination import Termination

type Floats = npt.NDArray[np.float64]

ROUNDING = 1e-10
"""Steps below this share of the displacement are rounding and say nothing of the path."""
CROSSING = 0.1
"""Share of the departure from the prediction that is allowed across a change of the signs of K's eigenvalues."""
SMALL_CORRECTION = 1e-6
"""Newton correction, as a share of the displacement, across which K is taken to keep the signs of its eigenvalues."""
PREDICTED = 1e-8
"""Residual of the prediction by an inexact solver where supports move, as a share of what they exert."""
VECTORS = (
    "solution", "internal", "residual", "load", "base_load", "target", "saved", "prediction", "change", "load_change",
    "diagonal",
)  # fmt: skip


class Forward:
    """Newton solver of one structure; matrix, vectors and symbolic factor are kept from solve to solve."""

    def __init__(self, structure: Structure, options: SolverOptions, stepping: LoadStepping) -> None:
        """Allocate, and have PETSc read its options.

        Raises:
            ConfigError: PETSc refuses an option.
        """
        self.structure, self._options, self.stepping = structure, options, stepping
        self._matrix = structure.matrix()
        self._vectors = {name: structure.vector() for name in VECTORS}
        self._left: State | None = None
        self._at_solution = False
        self._snes = PETSc.SNES().create(structure.comm)
        self._snes.setOptionsPrefix(FORWARD)
        self._snes.setFunction(unbound(self._residual), self._vectors["residual"])
        self._snes.setJacobian(unbound(self._tangent), self._matrix)
        with options.in_force(FORWARD):
            self._snes.setFromOptions()
            gather_small(self._snes.ksp, structure.degrees_of_freedom)
            self._snes.setUp()
            self._held_at_start = self._held_at_end = structure.prescribed_values(None)
            self._supports_move, self._refined = False, None
            self._predict(0.0, 0.0)
        self._relative_tolerance, _, step_tolerance, _ = self._snes.getTolerances()
        self._termination = Termination(step=step_tolerance)
        self._refined = None if exact(self._snes.ksp) else Refined(structure, self._snes.ksp)
        if self._refined is not None:
            # K is the identity at fixed components, but iterations of a Krylov method end before the answer is
            self._snes.ksp.setPostSolve(unbound(self._hold))
            self._termination.rounding_at = unbound(self._rounding)
        self._snes.setConvergenceTest(self._termination)

    def solve(self, force: Floats, start: State | None, prescribed: Floats | None = None) -> State:
        """Equilibrium under a load.

        Args:
            force: forces on the network's nodes (N), shape (N, d).
            start: state from which the load is changed; rest when left out. It need not be an equilibrium for the
                present stiffness.
            prescribed: displacements of the supports (m), shape (N, d), reached together with the load; none if None.

        Raises:
            ConvergenceError: the load cannot be reached along a stable path.
        """
        v = self._vectors
        self._left = None
        v["solution"].array_w[:] = 0.0 if start is None else start.values
        self.structure.load(force, v["load"])
        self._held_at_end = self.structure.prescribed_values(prescribed)
        self._held_at_start = np.array(v["solution"].array_r[self.structure.fixed])
        self._supports_move = bool(
            self.structure.comm.allreduce(bool((self._held_at_end != self._held_at_start).any()), MPI.LOR)
        )
        self.structure.set_displacement(v["solution"])
        self.structure.assemble_internal_force(v["base_load"])
        v["base_load"].copy(v["internal"])
        size = self._size_of_load()
        self._termination.residual = self._relative_tolerance * (size or v["base_load"].norm())
        absurd, where = beyond_all(self.structure, force), self.structure.network.name
        steps, iterations = follow(self._attempt, self.stepping, where, absurd)
        if size > 0:
            require_balance(self.structure, self._snes.ksp, self._rest(), size, self._rounding(self._snes))
        # What rounding has left of the supports' displacements would count as a motion in the next solve
        v["solution"].array_w[self.structure.fixed] = self._held_at_end
        self._left = State(
            self.structure.network,
            np.array(force),
            self.structure.measure(v["solution"]),
            np.array(v["solution"].array_r),
            self.structure.stiffness,
            steps,
            iterations,
            self._unstable_eigenvalues(),
            None if prescribed is None else np.array(prescribed),
        )
        return self._left

    def _rest(self) -> float:
        """What is left out of balance (N)."""
        if self._snes.getType() == PETSc.SNES.Type.NEWTONLS:
            return float(self._snes.norm)
        # There are types that end without any test, as ksponly
        self._residual(self._snes, self._vectors["solution"], self._vectors["residual"])
        return float(self._vectors["residual"].norm())

    def _size_of_load(self) -> float:
        """Norm of the forces on the structure (N): of the load, of supports that have moved and of those that move."""
        v = self._vectors
        size = float(v["load"].norm())
        if self._supports_move:
            v["change"].set(0.0)
            self.structure.move_supports(self._held_at_end - self._held_at_start, v["change"])
            size = max(size, float(v["change"].norm()))
        if self.structure.comm.allreduce(bool(self._held_at_start.any()), MPI.LOR):
            size = max(size, self.structure.size_of_reactions())
        return size

    def factor_near(self, state: State) -> tuple[PETSc.PC, bool] | None:
        """The factor nearest to a state, and whether it is that of K at the state.

        None unless the state is the one that this solver has left last, and it works by a factor. Newton's last
        correction lies between the factor and the state.
        """
        if state is not self._left or not factorises(self._snes.ksp):
            return None
        return self._snes.ksp.pc, self._at_solution

    def _unstable_eigenvalues(self) -> int | None:
        """Eigenvalues that keep the state found from being stable, by the factor nearest to it.

        That is the factor of the last iterate but one. Where the correction since is not small, K is factorised again.
        """
        v, ksp = self._vectors, self._snes.ksp
        last = self._snes.getSolutionUpdate() if self._snes.its else v["prediction"]
        if factorises(ksp) and not last.norm() <= SMALL_CORRECTION * v["solution"].norm():
            self._factorise()
            self._at_solution = True
        return unstable_eigenvalues(ksp, self.structure)

    def _attempt(self, share: float, target: float) -> Attempt:
        """Go from one share of the load to another; the solution is restored where that fails."""
        v = self._vectors
        v["solution"].copy(v["saved"])
        self._predict(share, target)
        v["solution"].axpy(1.0, v["prediction"])
        self._termination.begin(v["prediction"].norm())
        self._snes.solve(None, v["solution"])
        if out_of_workspace(self._snes.ksp) and enlarge(self._snes.ksp, self._options):
            v["saved"].copy(v["solution"])
            return self._attempt(share, target)
        reason = newton_reason(self._snes.reason)
        accepted = self._snes.reason > 0
        if accepted and not self._on_branch(share, target):
            accepted, reason = False, TOO_NONLINEAR
        if accepted:
            # What SNES has left in its residual spares an assembly in the next prediction
            v["residual"].copy(v["internal"])
            v["internal"].axpy(1.0, v["target"])
            v["internal"].array_w[self.structure.fixed] = 0.0
        else:
            v["saved"].copy(v["solution"])
        return Attempt(accepted, reason, 1 + self._snes.its, self._snes.norm)

    def _predict(self, share: float, target: float) -> None:
        """Tangent prediction of the step from one share of the load to another."""
        v = self._vectors
        self._set_target(target)
        self._factorise()
        v["target"].copy(v["residual"])
        v["residual"].axpy(-1.0, v["internal"])
        moved = self._held_now - v["solution"].array_r[self.structure.fixed]
        if self._supports_move:
            self.structure.move_supports(moved, v["residual"])
        v["residual"].array_w[self.structure.fixed] = moved
        self._load_change(share, target, v["load_change"])
        self._unstable_at_start = unstable_eigenvalues(self._snes.ksp, self.structure)
        if self._supports_move and self._refined is not None:
            # What supports exert is large beside what bends the structure, in which the error would be large too
            self._refined.solve(v["residual"], v["prediction"], PREDICTED)
            return
        self._snes.ksp.solve(v["residual"], v["prediction"])
        require_converged(self._snes.ksp, self.structure.network.name)

    def _factorise(self) -> None:
        """Have the factor of K at the solution."""
        self._at_solution = False
        self._tangent(self._snes, self._vectors["solution"], self._matrix, self._matrix)
        factorise(self._snes.ksp, self._matrix, self._options)

    def _load_change(self, share: float, target: float, vector: PETSc.Vec) -> None:
        """Write f₁ − f₀ − K_fc Δ of a step into a vector, zero at supports; K at the state of the structure."""
        v = self._vectors
        v["load"].copy(vector)
        vector.axpy(-1.0, v["base_load"])
        vector.scale(target - share)
        if self._supports_move:
            self.structure.move_supports(self._held(target) - self._held(share), vector)

    def _on_branch(self, share: float, target: float) -> bool:
        """Whether the state found can be on the branch of the saved one; see the top of this file."""
        v = self._vectors
        v["solution"].copy(v["change"])
        v["change"].axpy(-1.0, v["saved"])
        torn = torn_apart(self.structure, v["change"], self.stepping.largest_move)
        before, rise = v["load_change"].dot(v["prediction"]), v["load_change"].dot(v["change"])
        v["change"].axpy(-1.0, v["prediction"])
        correction, predicted = v["change"].norm(), v["prediction"].norm()
        if max(correction, predicted) <= ROUNDING * v["solution"].norm():
            return True
        crossing = unstable_eigenvalues(self._snes.ksp, self.structure) != self._unstable_at_start
        allowed = self.stepping.nonlinearity * (CROSSING if crossing else 1.0)
        if torn or not correction <= allowed * predicted:
            return False
        # The factor in hand is that of the last iterate but one, near enough for a slope
        load_change = v["load_change"]
        if self._supports_move:
            load_change = v["residual"].duplicate()
            self.structure.set_displacement(v["solution"])
            self._load_change(share, target, load_change)
        self._snes.ksp.solve(load_change, v["change"])
        if self._supports_move:
            load_change.destroy()
        return monotone(before, v["load_change"].dot(v["change"]), rise)

    def _set_target(self, share: float) -> None:
        """Load at a share of the way from the internal force at the start to the load asked for."""
        v = self._vectors
        v["base_load"].copy(v["target"])
        v["target"].scale(1.0 - share)
        v["target"].axpy(share, v["load"])
        self._held_now = self._held(share)

    def _held(self, share: float) -> Floats:
        """Prescribed displacements of the fixed components that this rank owns, at a share of the way."""
        return (1.0 - share) * self._held_at_start + share * self._held_at_end

    def _hold(self, solver: PETSc.KSP, right: PETSc.Vec, answer: PETSc.Vec) -> None:
        """Solve the rows of the identity exactly."""
        answer.array_w[self.structure.fixed] = right.array_r[self.structure.fixed]

    def _rounding(self, snes: PETSc.SNES) -> float:
        """Residual that is rounding at the present iterate (N)."""
        v = self._vectors
        self._matrix.getDiagonal(v["diagonal"])
        v["diagonal"].pointwiseMult(v["diagonal"], snes.getSolution())
        return RESIDUAL_ROUNDING * float(v["diagonal"].norm())

    def _residual(self, snes: PETSc.SNES, solution: PETSc.Vec, residual: PETSc.Vec) -> None:
        self.structure.set_displacement(solution)
        self.structure.assemble_internal_force(residual)
        residual.axpy(-1.0, self._vectors["target"])
        fixed = self.structure.fixed
        residual.array_w[fixed] = solution.array_r[fixed] - self._held_now

    def _tangent(self, snes: PETSc.SNES, solution: PETSc.Vec, matrix: PETSc.Mat, preconditioner: PETSc.Mat) -> None:
        self.structure.set_displacement(solution)
        self.structure.assemble_tangent(matrix)
