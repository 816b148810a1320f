"""Arc-length continuation, K(u) u̇ = λ̇ f: one step at a time, past limit points, by PETSc's SNESNEWTONAL.

A step goes from an equilibrium u₀ under the load λ₀ f to one at the distance ‖u − u₀‖ = s (Crisfield, Comput. Struct.
13, 1981, with the exact correction of Ritto-Corrêa & Camotim, Comput. Struct. 86, 2008). SNESNEWTONAL would take many
with a radius s that never changes, and ends at the first that fails. Here it takes one at a time, restarted:

- λ begins at 0 in every restart, so that it is the change of the load factor; the residual adds what came before;
- the first step of a restart always lets λ grow. To let the load fall, the load vector is reversed. The path goes
  on in the direction in which it came, with the sign of Δu·K⁻¹f, Δu the step before (Feng, Perić & Owen, Comput.
  Struct. 58, 1996), which also leads past points where the load turns;
- an end after one step is reported as DIVERGED_MAX_IT. Whether Newton's method converged is known from its test alone;
- the radius is an option only, set again through PETSc's database where it changes.

K is factorised once at every equilibrium: for that sign, for the number of its negative eigenvalues, and for the first
iteration of the next step, which finds the matrix unchanged.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from femnn.errors import ConfigError
from femnn.mechanics.structure import Structure
from femnn.runtime.stack import PETSc
from femnn.solving.callbacks import unbound
from femnn.solving.continuation import TOO_NONLINEAR, Attempt, torn_apart
from femnn.solving.factors import enlarge, factorise, out_of_workspace
from femnn.solving.gathered import gather_small
from femnn.solving.inertia import unstable_eigenvalues
from femnn.solving.krylov import require_converged
from femnn.solving.options import PATH, SolverOptions
from femnn.solving.reasons import newton_reason
from femnn.solving.state import State
from femnn.solving.termination import Termination

type Floats = npt.NDArray[np.float64]

RADIUS = PATH + "snes_newtonal_step_size"
ROUNDED = 1e-5
"""Residual, as a share of the load, up to which rounding may keep it from its tolerance."""
VECTORS = ("solution", "residual", "base", "load", "saved", "before", "tangent", "next_tangent", "change", "departure")


class Tracer:
    """Stands on a point of an equilibrium path, finds points near it and moves to them.

    Attributes:
        structure: the structure.
        load_factor: λ at the point where the tracer stands.
        state: the equilibrium there.
        candidate: the equilibrium that the last attempt has found, None if it failed.
        candidate_load_factor: λ there.
    """

    def __init__(self, structure: Structure, options: SolverOptions) -> None:
        """Allocate, and have PETSc read its options.

        Raises:
            ConfigError: PETSc refuses an option, or the solver has none for paths.
        """
        self.structure, self._options = structure, options
        if not any(key.startswith(PATH) for key in options.values):
            raise ConfigError(f"Solver {options.name!r} has no options {PATH}*, by which paths are traced.")
        self._matrix = structure.matrix()
        self._vectors = {name: structure.vector() for name in VECTORS}
        self._snes = PETSc.SNES().create(structure.comm)
        self._snes.setOptionsPrefix(PATH)
        self._snes.setFunction(unbound(self._residual), self._vectors["residual"])
        self._snes.setJacobian(unbound(self._tangent), self._matrix)
        with options.in_force(PATH):
            self._snes.setFromOptions()
            if self._snes.getType() != "newtonal":
                raise ConfigError(f"Solver {options.name!r}: {PATH}snes_type must be newtonal.")
            self._snes.setNewtonALFunction(unbound(self._tangent_load))
            self._snes.setSolution(self._vectors["solution"])
            gather_small(self._snes.ksp, structure.degrees_of_freedom)
            self._snes.setUp()
            self._linearise("saved", "tangent")
        self._relative_tolerance, _, step_tolerance, _ = self._snes.getTolerances()
        self._termination = Termination(step=step_tolerance)
        self._snes.setConvergenceTest(self._termination)
        self._radius = math.nan

    def close(self) -> None:
        """Give back what PETSc holds, which on several ranks it would else keep; a call for all ranks."""
        for used in (self._snes, self._matrix, *self._vectors.values()):
            used.destroy()

    def begin(self, force: Floats, start: State | None = None, direction: int = 1) -> None:
        """Stand at the beginning of a path.

        Args:
            force: f (N), shape (N, d), the load at λ = 1.
            start: the equilibrium, rest when left out. λ there is the part of its load along f; the rest stays.
            direction: 1 where the load grows at first, −1 where it falls.

        Raises:
            ConvergenceError: the linear solver failed.
            ValueError: no force, or the start is an equilibrium for another stiffness.
        """
        v, k = self._vectors, self.structure.stiffness
        if not force.any():
            raise ValueError("A path needs a load that is not zero.")
        self._force, self._rest = np.array(force), np.zeros_like(force)
        self._prescribed = None if start is None else start.prescribed
        self.structure.load(force, v["load"])
        v["saved"].set(0.0)
        self.load_factor = 0.0
        if start is not None:
            start.require_stiffness(k)
            v["saved"].array_w[:] = start.values
            self.load_factor = float((start.force * force).sum() / (force * force).sum())
            self._rest = start.force - self.load_factor * force
        self.structure.load(self._rest, v["base"])
        self._termination.residual = self._relative_tolerance * v["load"].norm()
        self._termination.rounding = ROUNDED * v["load"].norm()
        unstable = self._linearise("saved", "tangent")
        self.state = self._state("saved", self.load_factor, 0, unstable)
        v["tangent"].copy(v["before"])
        v["before"].scale(float(direction))
        self.candidate: State | None = None

    @property
    def tangent_length(self) -> float:
        """‖K⁻¹ f‖ where the tracer stands: radius for each unit of λ."""
        return float(self._vectors["tangent"].norm())

    def attempt(self, radius: float, nonlinearity: float = math.inf, largest_move: float = math.inf) -> Attempt:
        """Look for the equilibrium at a distance; where it is accepted it becomes the candidate.

        Args:
            radius: ‖Δu‖ over all unknowns.
            nonlinearity: largest departure from the tangent, as a share of the radius.
            largest_move: largest displacement of a bond's end against the other, as a share of the bond's length.
        """
        v = self._vectors
        self.candidate = None
        self._sign = 1.0 if v["before"].dot(v["tangent"]) >= 0 else -1.0
        self._set_radius(radius)
        v["saved"].copy(v["solution"])
        self._termination.begin()
        self._snes.solve(None, v["solution"])
        if out_of_workspace(self._snes.ksp) and enlarge(self._snes.ksp, self._options):
            v["saved"].copy(v["solution"])
            self._matrix_at_saved = False
            self._termination.begin()
            self._snes.solve(None, v["solution"])
        converged = self._termination.reason > 0
        if not converged:
            self._matrix_at_saved = False
            return Attempt(False, newton_reason(self._snes.reason), self._snes.its, self._snes.norm)
        v["solution"].copy(v["change"])
        v["change"].axpy(-1.0, v["saved"])
        v["change"].copy(v["departure"])
        v["departure"].axpy(-self._sign * radius / v["tangent"].norm(), v["tangent"])
        if not v["departure"].norm() <= nonlinearity * radius or torn_apart(self.structure, v["change"], largest_move):
            self._matrix_at_saved = False
            return Attempt(False, TOO_NONLINEAR, self._snes.its, self._snes.norm)
        unstable = self._linearise("solution", "next_tangent")
        self.candidate_load_factor = self.load_factor + self._sign * self._snes.getNewtonALLoadParameter()
        self.candidate = self._state("solution", self.candidate_load_factor, self._snes.its, unstable)
        return Attempt(True, newton_reason(self._termination.reason), self._snes.its, self._snes.norm)

    def advance(self) -> None:
        """Move to the candidate."""
        assert self.candidate is not None, "there is no candidate to move to"
        v = self._vectors
        v["solution"].copy(v["saved"])
        v["change"].copy(v["before"])
        v["next_tangent"].copy(v["tangent"])
        self.load_factor, self.state, self.candidate = self.candidate_load_factor, self.candidate, None
        self._matrix_at_saved = True

    def _state(self, at: str, load_factor: float, iterations: int, unstable: int) -> State:
        vector = self._vectors[at]
        force = self._rest + load_factor * self._force
        displacements, values = self.structure.measure(vector), np.array(vector.array_r)
        return State(
            self.structure.network,
            force,
            displacements,
            values,
            self.structure.stiffness,
            1,
            iterations,
            unstable,
            self._prescribed,
        )

    def _linearise(self, at: str, tangent: str) -> int:
        """Factorise K and solve for the tangent K⁻¹ f; the number of eigenvalues that are not positive."""
        v, ksp = self._vectors, self._snes.ksp
        self.structure.set_displacement(v[at])
        self.structure.assemble_tangent(self._matrix)
        factorise(ksp, self._matrix, self._options)
        ksp.solve(v["load"], v[tangent])
        require_converged(ksp, self.structure.network.name)
        self._matrix_at_saved = at == "saved"
        unstable = unstable_eigenvalues(ksp, self.structure)
        if unstable is None:
            raise ConfigError(
                f"Solver {self._options.name!r}: paths need the factor L D L^T of MUMPS with null pivots looked for, "
                f"{PATH}pc_type cholesky and {PATH}mat_mumps_icntl_24 1."
            )
        return unstable

    def _set_radius(self, radius: float) -> None:
        if radius == self._radius:
            return
        database = PETSc.Options()
        given = database.getAll().get(RADIUS)
        database.setValue(RADIUS, repr(float(radius)))
        try:
            self._snes.setFromOptions()
        finally:
            database.delValue(RADIUS)
            if given is not None:
                database.setValue(RADIUS, given)
        self._radius = radius

    def _residual(self, snes: PETSc.SNES, solution: PETSc.Vec, residual: PETSc.Vec) -> None:
        v = self._vectors
        self.structure.set_displacement(solution)
        self.structure.assemble_internal_force(residual)
        residual.axpy(-1.0, v["base"])
        residual.axpy(-(self.load_factor + self._sign * snes.getNewtonALLoadParameter()), v["load"])

    def _tangent_load(self, snes: PETSc.SNES, solution: PETSc.Vec, tangent_load: PETSc.Vec) -> None:
        self._vectors["load"].copy(tangent_load)
        tangent_load.scale(self._sign)

    def _tangent(self, snes: PETSc.SNES, solution: PETSc.Vec, matrix: PETSc.Mat, preconditioner: PETSc.Mat) -> None:
        if self._matrix_at_saved:
            # The first iterate is the point itself, whose matrix, left as it is, is not factorised again
            self._matrix_at_saved = False
            return
        self.structure.set_displacement(solution)
        self.structure.assemble_tangent(matrix)
