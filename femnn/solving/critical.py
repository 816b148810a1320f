"""Critical points: where, on the way of a load, the first eigenvalue of K reaches zero.

The path is traced until the number of negative eigenvalues changes in a step. Within that step the radius of the arc is
the unknown and the eigenvalue of K nearest to zero the function, whose root Brent's method finds: by the arc, since at
a limit point there is no path beyond the load, and the eigenvalue falls as the square root of the distance to it. With
φ the eigenvector there, φ·f ≠ 0 tells a limit point, φ·f = 0 a bifurcation.
"""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import scipy

from femnn.errors import ConvergenceError, InstabilityError
from femnn.mechanics.structure import Structure
from femnn.runtime.stack import SLEPc
from femnn.solving.arclength import Tracer
from femnn.solving.gathered import gather_small
from femnn.solving.modes import Mode, require_eigenvalues, scaled_mode
from femnn.solving.options import CRITICAL, SolverOptions, solver_options
from femnn.solving.path import ArcStepping, StuckError, steps
from femnn.solving.state import State

type Floats = npt.NDArray[np.float64]
type Kind = Literal["limit point", "bifurcation"]

RADIUS_TOLERANCE = 1e-9
"""Accuracy of the critical point on the path, as a share of the step in which it lies."""
NO_WORK = 1e-4
"""φ·f as a share of Σ|f| below which the load does no work on the mode."""


JUMP = 1e-3
"""What is left of the eigenvalue, as a share of what it is at the ends of the step, that is no passage through zero."""


@dataclass(frozen=True, eq=False, repr=False)
class CriticalPoint:
    """The first point of a path at which K is singular."""

    load_factor: float
    """λ: the load there is λ f."""
    kind: Kind
    mode: Mode
    """The eigenvector of K that goes with the eigenvalue zero."""
    eigenvalue: float
    """What is left of that eigenvalue, of K scaled to ones on the diagonal at the point before."""
    crossing: int
    """Eigenvalues that change sign in the step."""
    state: State
    """The equilibrium."""

    def __repr__(self) -> str:
        return f"CriticalPoint({self.kind} at load factor {self.load_factor:.6g})"


def critical_point(
    structure: Structure,
    force: Floats,
    stepping: ArcStepping | None = None,
    options: SolverOptions | None = None,
    start: State | None = None,
) -> CriticalPoint:
    """The first critical point of the path under the loads λ f.

    Args:
        structure: the structure, its stiffness as it is.
        force: f (N), shape (N, d).
        stepping: radius of the steps, and the load factor up to which to look.
        options: PETSc options, ``solvers/direct`` unless given.
        start: equilibrium to start from; rest unless given.

    Raises:
        ConvergenceError: the path has none up to the end that ``stepping`` sets, or could not be traced so far.
        InstabilityError: the start is not stable.
        ConfigError: PETSc refuses an option.
    """
    stepping, options = stepping or ArcStepping(), options or solver_options()
    with closing(Tracer(structure, options)) as tracer, closing(_Nearest(structure, options)) as nearest:
        tracer.begin(force, start)
        if tracer.state.unstable:
            raise InstabilityError(f"{structure.network.name}: the equilibrium to start from is past a critical point.")
        return _first(tracer, stepping, force, nearest)


def _first(tracer: Tracer, stepping: ArcStepping, force: Floats, nearest: _Nearest) -> CriticalPoint:
    """The first critical point from where the tracer stands."""
    candidates, refused, reason = steps(tracer, stepping), None, "steps used up"
    try:
        for _ in range(stepping.most_steps):
            radius = candidates.send(refused)
            assert tracer.candidate is not None
            if tracer.candidate.unstable:
                found = _located(tracer, radius, force, nearest)
                if found is not None:
                    return found
                refused = True
                continue
            tracer.advance()
            refused = None
            if not stepping.lowest <= tracer.load_factor <= stepping.highest:
                reason = "end of the load factors"
                break
    except StuckError as stuck:
        reason = stuck.attempt.reason
    raise ConvergenceError(
        f"{tracer.structure.network.name}: no critical point up to load factor {tracer.load_factor:.6g} ({reason}); "
        "allow more or smaller steps.",
        reason=reason,
        load_factor=tracer.load_factor,
    )


def _located(tracer: Tracer, radius: float, force: Floats, nearest: _Nearest) -> CriticalPoint | None:
    """The critical point within a radius of where the tracer stands.

    None where the eigenvalue does not pass through zero on the way: then the candidate is on another branch, as happens
    near bifurcations that imperfections have taken apart.
    """
    assert tracer.candidate is not None
    crossing = int(tracer.candidate.unstable or 0)
    ends = [(0.0, nearest.eigenvalue(tracer.state)), (radius, nearest.eigenvalue(tracer.candidate))]
    try:
        # Far from the critical point another eigenvalue may be nearer to zero than the one that changes sign
        while not ends[0][1] > 0 > ends[1][1] and ends[1][0] - ends[0][0] > RADIUS_TOLERANCE * radius:
            middle = (ends[0][0] + ends[1][0]) / 2
            state = _at(tracer, middle)
            ends[1 if state.unstable else 0] = (middle, nearest.eigenvalue(state))
        known, at = dict(ends), ends[1][0]
        if ends[0][1] > 0 > ends[1][1]:
            at = scipy.optimize.brentq(
                lambda s: known[s] if s in known else nearest.eigenvalue(_at(tracer, s)),
                ends[0][0],
                ends[1][0],
                xtol=RADIUS_TOLERANCE * radius,
            )
        state = _at(tracer, at)
    except _LostError:
        return None
    eigenvalue = nearest.eigenvalue(state)
    if abs(eigenvalue) > JUMP * max(map(abs, known.values())):
        return None
    mode = nearest.mode()
    work = abs(nearest.work(mode, force)) / float(np.abs(force).sum())
    kind: Kind = "bifurcation" if work < NO_WORK else "limit point"
    return CriticalPoint(tracer.candidate_load_factor, kind, mode, eigenvalue, crossing, state)


class _LostError(Exception):
    """No equilibrium at some distance within a step that was successful as a whole."""


def _at(tracer: Tracer, radius: float) -> State:
    tracer.attempt(radius)
    if tracer.candidate is None:
        raise _LostError
    return tracer.candidate


class _Nearest:
    """The eigenvalue nearest to zero of S K S, by shift and invert; S scales the diagonal of the first K to ones.

    S makes unknowns of all kinds comparable, pressures and displacements, and keeps the rows of fixed components, which
    in K are those of the identity, far from zero.
    """

    def __init__(self, structure: Structure, options: SolverOptions) -> None:
        self.structure, self._options = structure, options
        self._matrix, self._scale, self._vector = structure.matrix(), structure.vector(), structure.vector()
        self._solver: SLEPc.EPS | None = None

    def close(self) -> None:
        for used in (self._solver, self._matrix, self._scale, self._vector):
            if used is not None:
                used.destroy()

    def eigenvalue(self, state: State) -> float:
        """At a state, the same on every rank."""
        self.structure.set_values(state.values)
        self.structure.assemble_tangent(self._matrix)
        if self._solver is None:
            self._matrix.getDiagonal(self._scale)
            diagonal = np.abs(self._scale.array_r)
            self._scale.array_w[:] = 1 / np.sqrt(np.where(diagonal > 0, diagonal, 1.0))
        self._matrix.diagonalScale(self._scale, self._scale)
        solver = self._prepared()
        solver.solve()
        require_eigenvalues(solver, 1, self.structure)
        return float(self.structure.comm.bcast(np.real(solver.getEigenvalue(0))))

    def mode(self) -> Mode:
        """The eigenvector of K that belongs to the last eigenvalue, where that is zero."""
        assert self._solver is not None
        self._solver.getEigenvector(0, self._vector)
        self._vector.pointwiseMult(self._vector, self._scale)
        return scaled_mode(self._vector, self.structure)

    def work(self, mode: Mode, force: Floats) -> float:
        """φ·f."""
        self.structure.load(force, self._vector)
        return float(self.structure.comm.allreduce(float(self._vector.array_r @ mode.values)))

    def _prepared(self) -> SLEPc.EPS:
        if self._solver is not None:
            self._solver.setOperators(self._matrix)
            return self._solver
        solver = self._solver = SLEPc.EPS().create(self.structure.comm)
        solver.setOptionsPrefix(CRITICAL)
        solver.setProblemType(SLEPc.EPS.ProblemType.HEP)
        solver.setWhichEigenpairs(SLEPc.EPS.Which.TARGET_MAGNITUDE)
        solver.setTarget(0.0)
        solver.getST().setType(SLEPc.ST.Type.SINVERT)
        solver.setOperators(self._matrix)
        with self._options.in_force(CRITICAL):
            solver.setFromOptions()
            gather_small(solver.getST().getKSP(), self.structure.degrees_of_freedom)
            solver.setUp()
        return solver
