"""Checks of convergence: orders in which errors of solids fall with the size of their cells.

Displacements are quadratic. Where the solution is smooth, theory has their error of order 3 in L² and of order 2 in the
gradient, and that of the work of the load of order 4 (Strang & Fix, An Analysis of the Finite Element Method, 1973).
Readings at the nodes of a lattice have the order that its re-entrant corners leave.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt

from femnn.mechanics.continuum import Continuum
from femnn.mechanics.materials import NeoHookean
from femnn.mechanics.structure import Structure
from femnn.runtime.compiling import compiled
from femnn.runtime.stack import MPI, Expr, fem, ufl
from femnn.solving.equilibrium import equilibrium
from femnn.verification.benchmark_solids import QUADRATURE, Face, Inside, Solid, box, displacement_field, structure
from femnn.verification.check import Check
from femnn.verification.solid_checks import STEPPING, Flexure

type Floats = npt.NDArray[np.float64]

CELLS = (4, 8, 16)
"""Cells along the side of the square."""
FORCED = (
    Continuum("plane-stress", "modulus", NeoHookean(poisson_ratio=0.5), name="plane stress, ν = 0.5"),
    Continuum("plane-strain", "modulus", NeoHookean(poisson_ratio=0.35), name="plane strain, ν = 0.35"),
)


@dataclass(frozen=True)
class Smooth:
    """A problem with an exact solution, on the unit square."""

    name: str
    displacement: Callable[[Expr], Expr]
    """The solution as a function of X."""
    solid: Callable[[int, MPI.Comm], Structure]
    """The square with as many cells along its sides. A force of 1 on the first component of each node is the load."""
    work_tolerance: float
    """What the order of the work of the load may be off, of it."""


def smooth_problems() -> Iterator[Smooth]:
    """Squares under the body force and the tractions of a given displacement, and the bent block."""
    for continuum in FORCED:
        yield Smooth(continuum.name, _given, partial(_forced, continuum), 0.05)
    flexure = Flexure()
    # The mixed form makes no energy least, and its order is 3.2, falling to 3.1 on finer cells
    yield Smooth("plane strain, mixed, ν = 0.5: bent block", flexure.displacement, flexure.solid, math.inf)


def smooth_convergence(comm: MPI.Comm) -> Iterator[Check]:
    """Orders of the errors of displacement and gradient in L², and of the work of the load."""
    for problem in smooth_problems():
        displacement, gradient, work = refined(problem, comm)
        for quantity, errors, order in (("displacement", displacement, 3), ("gradient", gradient, 2)):
            yield Check(f"{problem.name}: order of the {quantity}", fitted(errors), order, 0.02, "theory")
        coarse, fine = np.abs(np.diff(work))
        found = math.log2(coarse / fine)
        yield Check(f"{problem.name}: order of the work of the load", found, 4, problem.work_tolerance, "theory")


def fitted(errors: Floats, cells: tuple[int, ...] = CELLS) -> float:
    """Slope of the straight line through log(error) over log(size of the cells)."""
    return float(-np.polyfit(np.log(cells), np.log(errors), 1)[0])


def refined(problem: Smooth, comm: MPI.Comm) -> tuple[Floats, Floats, Floats]:
    """Relative errors of displacement and gradient in L², and the work of the load, each of shape (len(CELLS),)."""
    found = []
    for cells in CELLS:
        solid = problem.solid(cells, comm)
        force = np.zeros_like(solid.network.nodes)
        force[:, 0] = ~solid.network.fixed.any(axis=1)
        state = equilibrium(solid, stepping=STEPPING).forward(force)
        solid.set_values(state.values)
        u, X = displacement_field(solid), ufl.SpatialCoordinate(solid.space.mesh)
        exact = problem.displacement(X)
        pairs = (u, exact), (ufl.grad(u), ufl.grad(exact))
        errors = [_norm(f - g, comm) / _norm(g, comm) for f, g in pairs]
        found.append((*errors, (force * state.displacements).sum()))
    displacement, gradient, work = np.array(found).T
    return displacement, gradient, work


def _norm(field: Expr, comm: MPI.Comm) -> float:
    measure = ufl.Measure("dx", metadata={"quadrature_degree": QUADRATURE})
    return float(np.sqrt(comm.allreduce(fem.assemble_scalar(compiled(ufl.inner(field, field) * measure)))))


def _given(X: Expr) -> Expr:
    """A displacement, zero at X = 0, that stretches everywhere: in compression dead loads would buckle the square."""
    return ufl.as_vector([0.25 * ufl.sin(1.5 * X[0]) * (1 + X[1] / 2), 0.3 * X[0] * ufl.sin(X[1])])


FREE_SIDES = ((0, 1.0), (1, 0.0), (1, 1.0))
"""Axis and coordinate on it."""


def _on(axis: int, place: float, X: Floats) -> npt.NDArray[np.bool_]:
    return np.isclose(X[axis], place)


def _forced(continuum: Continuum, cells: int, comm: MPI.Comm) -> Structure:
    """The square held at X = 0, with the body force −Div P and the tractions P N of :func:`_given` elsewhere."""

    def stress(X: Expr) -> Expr:
        F = ufl.variable(ufl.Identity(2) + ufl.grad(_given(X)))
        C, incompressible = F.T * F, continuum.material.poisson_ratio == 0.5
        whole = [[C[0, 0], C[0, 1], 0], [C[1, 0], C[1, 1], 0], [0, 0, 1 / ufl.det(C) if incompressible else 1]]
        law = continuum.material.incompressible_energy if incompressible else continuum.material.energy
        return ufl.diff(law(ufl.as_matrix(whole), ufl.as_ufl(1.0)), F)

    inside = Inside(lambda X, normal, volume: [-ufl.div(stress(X))])
    free = [Face(partial(_on, *side), weights=lambda X, normal, area: [stress(X) * normal]) for side in FREE_SIDES]
    held = Face(partial(_on, 0, 0.0), held=(0, 1))
    return structure(Solid(continuum, (inside, *free, held), partial(box, (cells, cells))), 1.0, 1.0, comm)
