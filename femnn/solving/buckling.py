"""Linear buckling: load factors and modes where displacements before buckling are proportional to the load.

With u₁ = K₀⁻¹ f the linear response to the load, the tangent along it is K(λ u₁) ≈ K₀ + λ K_g, and it is singular where

    K₀ φ = −λ K_g φ,     K_g = dK(λ u₁)/dλ at λ = 0,

the generalised eigenproblem of linearised prebuckling (Bathe, Finite Element Procedures, 2014, section 6.8.2). K_g is
the central difference of K over displacements of ±1e-5 of the mean length of the bonds. SLEPc is asked for the largest
1/λ of −K_g φ = (1/λ) K₀ φ.

This holds where the load stretches and hardly bends or turns what it will buckle, as in columns and braced frames. Of
bonds that turn, K₀ + λ K_g has the first order and lacks the second, without which slender ones appear to give way
early: Lee's frame at a twentieth of its limit load. There, :mod:`femnn.solving.critical` follows the path itself.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from petsc4py import PETSc
from slepc4py import SLEPc

from femnn.errors import ConfigError, ConvergenceError
from femnn.mechanics.structure import Structure
from femnn.solving.inertia import inertia
from femnn.solving.krylov import require_converged
from femnn.solving.options import BUCKLING, SolverOptions, solver_options

type Floats = npt.NDArray[np.float64]

SMALL = 1e-5
"""Largest component of the displacements over which K is differenced, as a share of the mean length of the bonds."""
NEGLIGIBLE = 1e-3
"""1/λ below this share of the largest, of either sign, does not count as buckling."""


@dataclass(frozen=True, eq=False)
class Mode:
    """A shape in which a structure buckles, scaled so that its largest component is 1.

    Displacements, and rotations times the bonds' mean length, count as components; of mixed models the nodes' alone.
    """

    displacements: Floats
    """At the network's nodes, shape (N, d)."""
    values: Floats
    """Components that this rank owns, those between the nodes and the rotations among them."""


@dataclass(frozen=True, eq=False)
class Buckling:
    """A load at which a structure buckles."""

    load_factor: float
    """λ: the structure buckles under λ f."""
    mode: Mode


def buckling(
    structure: Structure, force: Floats, count: int = 1, options: SolverOptions | None = None
) -> tuple[Buckling, ...]:
    """The lowest positive load factors and their modes, in rising order; fewer than asked for where there are no more.

    Args:
        structure: the structure, its stiffness as it is; its state is left at rest.
        force: f (N), shape (N, d).
        count: how many.
        options: PETSc options, ``solvers/direct`` unless given.

    Raises:
        ConvergenceError: the eigenvalues were not found.
        ConfigError: PETSc refuses an option, or the options' factor cannot count modes.
    """
    options = options or solver_options()
    load, response = structure.vector(), structure.vector()
    at_rest, geometric = structure.matrix(), structure.matrix()
    structure.set_displacement(load)
    structure.assemble_tangent(at_rest)
    at_bound = at_rest.copy()
    structure.load(force, load)
    factor = PETSc.KSP().create(structure.comm)
    factor.setOptionsPrefix(BUCKLING + "st_")
    solver = SLEPc.EPS().create(structure.comm)
    solver.setOptionsPrefix(BUCKLING)
    # With a pressure among the unknowns K₀ is not positive definite, and makes no inner product
    kind = SLEPc.EPS.ProblemType
    solver.setProblemType(kind.GNHEP if structure.saddle_points else kind.GHEP)
    solver.setOperators(geometric, at_rest)
    with options.in_force(BUCKLING):
        factor.setFromOptions()
        factor.setOperators(at_bound)
        factor.setUp()
        solver.setFromOptions()
        solver.setUp()
    factor.solve(load, response)
    require_converged(factor, structure.network.name)
    size = _size(structure, response)
    found: tuple[Buckling, ...] = ()
    if size > 0:
        _difference(structure, response, SMALL * float(structure.network.lengths.mean()) / size, geometric)
        # The matrix has been filled since the solver was set up
        solver.setOperators(geometric, at_rest)
        scale = _largest(solver, structure)
        at_bound.axpy(-1 / (NEGLIGIBLE * scale), geometric, PETSc.Mat.Structure.SAME_NONZERO_PATTERN)
        # PETSc does not notice by itself that the sum has changed a distributed matrix, and would keep the old factor
        at_bound.stateIncrease()
        found = _lowest(solver, min(count, _negative_eigenvalues(factor, at_bound, structure)), structure)
    structure.set_values(np.zeros(load.getLocalSize()))
    for used in (solver, factor, at_bound, at_rest, geometric, load, response):
        used.destroy()
    return found


def _size(structure: Structure, values: PETSc.Vec) -> float:
    """Largest displacement of a node; largest component of all where the nodes do not move, as under end moments."""
    return float(np.abs(structure.measure(values)).max()) or float(values.norm(PETSc.NormType.NORM_INFINITY))


def _largest(solver: SLEPc.EPS, structure: Structure) -> float:
    """The largest 1/λ by size, of either sign."""
    solver.setWhichEigenpairs(SLEPc.EPS.Which.LARGEST_MAGNITUDE)
    solver.solve()
    require_eigenvalues(solver, 1, structure)
    return abs(float(np.real(solver.getEigenvalue(0))))


def _negative_eigenvalues(factor: PETSc.KSP, matrix: PETSc.Mat, structure: Structure) -> int:
    """Negative eigenvalues of K₀ + λ K_g: the number of buckling loads below λ, by Sylvester's law of inertia.

    Where there are fewer than asked for, next come the zeros of modes to which the load does nothing, at which an
    eigensolver would labour in vain.

    Raises:
        ConfigError: the factor of the options cannot tell.
    """
    factor.setOperators(matrix)
    factor.setUp()
    pivots = inertia(factor)
    if pivots is None:
        raise ConfigError(
            f"Buckling needs the factor L D L^T of MUMPS to count modes: {BUCKLING}st_pc_type cholesky and "
            f"{BUCKLING}st_mat_mumps_icntl_24 1."
        )
    return pivots[0] - structure.saddle_points


def _lowest(solver: SLEPc.EPS, count: int, structure: Structure) -> tuple[Buckling, ...]:
    if count == 0:
        return ()
    solver.setWhichEigenpairs(SLEPc.EPS.Which.LARGEST_REAL)
    solver.setDimensions(count)
    solver.solve()
    require_eigenvalues(solver, count, structure)
    vector, found = structure.vector(), []
    for i in range(count):
        inverse = float(np.real(solver.getEigenpair(i, vector)))
        found.append(Buckling(1 / inverse, scaled_mode(vector, structure)))
    return tuple(found)


def _difference(structure: Structure, response: PETSc.Vec, step: float, matrix: PETSc.Mat) -> None:
    """−K_g, by the central difference of K along the response."""
    other, moved = structure.matrix(), response.duplicate()
    for sign, at in ((1.0, other), (-1.0, matrix)):
        response.copy(moved)
        moved.scale(sign * step)
        structure.set_displacement(moved)
        structure.assemble_tangent(at)
    matrix.axpy(-1.0, other, PETSc.Mat.Structure.SAME_NONZERO_PATTERN)
    matrix.scale(1 / (2 * step))
    other.destroy()
    moved.destroy()


def require_eigenvalues(solver: SLEPc.EPS, count: int, structure: Structure) -> None:
    """Check that an eigensolver has found as many eigenvalues as were asked for.

    Raises:
        ConvergenceError: it has not.
    """
    if solver.getConverged() < count:
        raise ConvergenceError(
            f"{structure.network.name}: {solver.getConverged()} of {count} eigenvalues were found by "
            f"{(solver.getOptionsPrefix() or '').rstrip('_')}; allow it more iterations, -eps_max_it.",
            reason=str(solver.getConvergedReason()),
        )


def scaled_mode(vector: PETSc.Vec, structure: Structure) -> Mode:
    """A mode from a vector of unknowns, which is scaled."""
    (_, largest), (_, smallest) = vector.max(), vector.min()
    size = largest if largest >= -smallest else smallest
    if structure.saddle_points:
        # The largest unknown is a pressure there
        size = np.copysign(_size(structure, vector), size)
    vector.scale(1 / size)
    return Mode(structure.measure(vector), np.array(vector.array_r))
