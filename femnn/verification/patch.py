"""Patch tests: solids of irregular cells show any constant strain, small or finite, and no stress in rigid motion.

The unit square or cube is held at vertices just so that it cannot move as a whole, and loaded on all of its boundary by
the dead tractions P N that belong to x = F X, with F an upper triangular matrix so that no support carries a force.
P is that of the law in closed form: for the coupled form of the neo-Hookean law

    P = μ (F − F⁻ᵀ) + λ ln J F⁻ᵀ,

and for the incompressible one, with any pressure p,

    P = μ (F − I₁/3 F⁻ᵀ) + p F⁻ᵀ.

In plane stress F₃₃ and p follow from P₃₃ = 0.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt
from scipy.optimize import brentq

from femnn.mechanics.continuum import Continuum, Kinematics
from femnn.mechanics.materials import NeoHookean
from femnn.mechanics.structure import Structure
from femnn.runtime.stack import MPI, Expr, PETSc, ufl
from femnn.solving.continuation import LoadStepping
from femnn.solving.equilibrium import equilibrium
from femnn.verification.benchmark_solids import (
    Face,
    Solid,
    Vertex,
    box,
    displacement_field,
    set_displacement_field,
    structure,
)
from femnn.verification.check import Check

type Floats = npt.NDArray[np.float64]

COMPRESSIBLE = 0.35
IRREGULAR = 0.3
"""By how much inner vertices are moved, as a share of the spacing."""
SMALL = 1e-6
ROUNDING = {"finite": 1e-12, "1e-6": 1e-8}
"""What rounding may amount to, by the size of the strain: in F it is 1e-16 of 1."""
PRESSURE = 0.4
"""Of the incompressible solids, by Young's modulus and the strain: a tension that keeps them from buckling."""
STEPPING = LoadStepping(nonlinearity=10, largest_move=10)
"""No limit point is near, and nodes that carry tractions say nothing of how far points move."""
SOURCE = "closed form"


@dataclass(frozen=True)
class Form:
    """One of the formulations of the continuum."""

    name: str
    continuum: Continuum
    gradient: Floats
    """A finite F in the plane or in space, upper triangular, of determinant 1 where the volume is kept."""

    @property
    def dimension(self) -> int:
        """Of the mesh."""
        return len(self.gradient)


def _continuum(kinematics: Kinematics, nu: float, mixed: bool = False) -> Continuum:
    return Continuum(
        kinematics=kinematics,
        parameter="modulus",
        material=NeoHookean(poisson_ratio=nu),
        formulation="mixed" if mixed else "displacement",
        name=f"patch in {kinematics}",
    )


FREE = np.array([[1.3, 0.4], [0.0, 0.9]])
ISOCHORIC = np.array([[1.25, 0.4], [0.0, 0.8]])
IN_SPACE = np.array([[1.3, 0.3, -0.2], [0.0, 0.9, 0.25], [0.0, 0.0, 1.1]])
FORMS = (
    Form("plane stress, ν = 0.5", _continuum("plane-stress", 0.5), FREE),
    Form("plane stress, ν = 0.35", _continuum("plane-stress", COMPRESSIBLE), FREE),
    Form("plane strain, ν = 0.35", _continuum("plane-strain", COMPRESSIBLE), FREE),
    Form("plane strain, mixed, ν = 0.5", _continuum("plane-strain", 0.5, True), ISOCHORIC),
    Form("solid, ν = 0.35", _continuum("solid", COMPRESSIBLE), IN_SPACE),
    Form("solid, mixed, ν = 0.5", _continuum("solid", 0.5, True), IN_SPACE / np.linalg.det(IN_SPACE) ** (1 / 3)),
)
HOMOGENEOUS: dict[str, tuple[float, float, Callable[[float], float]]] = {
    "uniaxial": (2.0, -0.5, lambda x: x - x**-2),
    "equibiaxial": (1.5, 1.0, lambda x: x - x**-5),
    "pure shear": (1.8, 0.0, lambda x: x - x**-3),
}
"""Stretch, the second stretch as a power of it, and the nominal stress by μ of an incompressible neo-Hookean sheet."""


def patch_tests(comm: MPI.Comm) -> Iterator[Check]:
    """Largest departure from x = F X at small and at finite strain, and the forces that rigid motion causes."""
    for form in FORMS:
        solid = patch(form, comm)
        small = np.eye(form.dimension) + SMALL * (form.gradient - np.eye(form.dimension))
        if "mixed" in form.name:
            small /= np.linalg.det(small) ** (1 / form.dimension)
        for size, F in (("1e-6", small), ("finite", form.gradient)):
            error = patch_error(form, F, solid)
            yield Check(f"{form.name}: patch test, strain {size}, displacement", error, 0, ROUNDING[size], "exact")
        yield Check(f"{form.name}: force in rigid motion, by E L", rigid_force(solid), 0, 1e-13, "exact")


def homogeneous_states(comm: MPI.Comm) -> Iterator[Check]:
    """Stretches of an incompressible sheet under the nominal stresses of closed form."""
    form = FORMS[0]
    solid = patch(form, comm)
    solver = equilibrium(solid, stepping=STEPPING)
    for name, (stretch, power, stress) in HOMOGENEOUS.items():
        across = stretch**power
        forces = np.zeros_like(solid.network.nodes)
        forces[0, 0] = stress(stretch) / 3
        forces[1, 1] = (across - 1 / (across**3 * stretch**2)) / 3
        found = 1 + float(solver.forward(forces).displacements[form.dimension + 1, 0])
        yield Check(
            f"{form.name}: stretch under its closed-form stress, {name}", found, stretch, ROUNDING["finite"], SOURCE
        )


def patch(form: Form, comm: MPI.Comm) -> Structure:
    """The square or cube of modulus 1, whose first d nodes carry the tractions of the columns of P.

    The force (P_1j, ..., P_dj) on node j is the traction P e_j N_j on the boundary. The next d nodes are the vertices
    at the origin and on the first axes.
    """
    d = form.dimension
    faces = tuple(Face(_anywhere, weights=partial(_column, j)) for j in range(d))
    corners = np.vstack([np.zeros(d), np.eye(d)])
    supports = tuple(Vertex(partial(_at, corners[i]), held=tuple(range(i, d))) for i in range(d))
    cells = (4, 4) if d == 2 else (2, 2, 2)
    return structure(Solid(form.continuum, (*faces, *supports), partial(box, cells, IRREGULAR)), 1.0, 1.0, comm)


def _anywhere(X: Floats) -> npt.NDArray[np.bool_]:
    return np.full(X.shape[1], True)


def _at(corner: Floats, X: Floats) -> npt.NDArray[np.bool_]:
    return np.isclose(X[: len(corner)], corner[:, None]).all(axis=0)


def _column(j: int, X: Expr, normal: Expr, area: Expr) -> list[Expr]:
    """Unit vectors times N_j."""
    d = len(X)
    return [ufl.as_vector([normal[j] if i == k else 0 * normal[j] for k in range(d)]) for i in range(d)]


def patch_error(form: Form, F: Floats, solid: Structure) -> float:
    """Largest departure of the displacement from (F − 1) X under the tractions of F, by its largest value."""
    d = form.dimension
    forces = np.zeros_like(solid.network.nodes)
    forces[:d] = nominal_stress(form.continuum, F).T
    solid.set_values(equilibrium(solid, stepping=STEPPING).forward(forces).values)
    found = displacement_field(solid)
    values = found.x.array.copy()
    found.interpolate(lambda X: (F - np.eye(d)) @ X[:d])
    worst = np.array([np.abs(found.x.array - values).max(initial=0), np.abs(found.x.array).max(initial=0)])
    solid.comm.Allreduce(MPI.IN_PLACE, worst, MPI.MAX)
    return float(worst[0] / worst[1])


def rigid_force(solid: Structure) -> float:
    """Largest internal force after a turn by 1 rad and a move, of a solid of modulus and size 1."""
    d = solid.space.mesh.geometry.dim
    turn = np.eye(d)
    turn[:2, :2] = [[np.cos(1), -np.sin(1)], [np.sin(1), np.cos(1)]]
    solid.displacement.x.array[:] = 0.0
    field = displacement_field(solid)
    field.interpolate(lambda X: (turn - np.eye(d)) @ X[:d] + 0.3)
    set_displacement_field(solid, field)
    force = solid.vector()
    solid.assemble_internal_force(force)
    return float(force.norm(PETSc.NormType.INFINITY))


def nominal_stress(continuum: Continuum, F: Floats) -> Floats:
    """P = ∂W/∂F of modulus 1, shape (d, d), for a plane or spatial F of that shape; see the top of this file."""
    nu, d = continuum.material.poisson_ratio, len(F)
    mu, whole = 1 / (2 * (1 + nu)), np.eye(3)
    whole[:d, :d] = F
    lamé = nu / ((1 + nu) * (1 - 2 * nu)) if nu < 0.5 else 0.0

    def compressible(out_of_plane: float) -> Floats:
        if d == 2:
            whole[2, 2] = out_of_plane
        turned = np.linalg.inv(whole).T
        return mu * (whole - turned) + lamé * np.log(np.linalg.det(whole)) * turned

    if nu < 0.5:
        free = continuum.kinematics == "plane-stress"
        stretch = float(brentq(lambda x: compressible(x)[2, 2], 0.1, 10.0, xtol=1e-15)) if free else 1.0
        return compressible(stretch)[:d, :d]
    if continuum.kinematics == "plane-stress":
        return mu * (F - np.linalg.inv(F).T / np.linalg.det(F) ** 2)
    turned = np.linalg.inv(whole).T
    p = PRESSURE * np.abs(F - np.eye(d)).max()
    return (mu * (whole - (whole**2).sum() / 3 * turned) + p * turned)[:d, :d]
