"""Checks of solids against closed forms: the inflated thick sphere, the block bent to a sector of a ring.

Both are incompressible and neo-Hookean with μ = 1, in the mixed formulation.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import numpy as np
import numpy.typing as npt

from femnn.mechanics.continuum import Continuum, Kinematics
from femnn.mechanics.materials import NeoHookean
from femnn.mechanics.structure import Structure
from femnn.meshing.solid_meshes import session
from femnn.runtime.stack import MPI, Expr, gmsh, ufl
from femnn.solving.continuation import LoadStepping
from femnn.solving.equilibrium import equilibrium
from femnn.verification.benchmark_solids import Face, Solid, Vertex, box, structure
from femnn.verification.check import Check

type Floats = npt.NDArray[np.float64]
type Integers = npt.NDArray[np.int64]

MODULUS = 3.0
"""Young's modulus, μ = E/3 = 1."""
STEPPING = LoadStepping(largest_move=10)
"""No limit point is near, and nodes that carry tractions say nothing of how far points move."""

INNER, OUTER = 1.0, 2.0
"""Radii of the sphere at rest."""
STRETCHES = (1.5, 2.0)
CELL = 0.2
"""Size of the sphere's cells at its inner surface; they grow with the radius."""


def incompressible(kinematics: Kinematics) -> Continuum:
    """The material of these solids."""
    return Continuum(kinematics, "modulus", NeoHookean(poisson_ratio=0.5), "mixed", name=f"solid in {kinematics}")


def sphere(comm: MPI.Comm) -> Iterator[Check]:
    """Pressure in a thick sphere, and where its outer surface goes, by the stretch λa of its inner surface.

    The load is a dead traction T along the radius and not a pressure: as long as the sphere stays one, T on the surface
    at rest is the pressure T/λa² on the deformed surface. T grows with λa where the pressure has a maximum.
    """
    solid = octant(comm)
    solver, state = equilibrium(solid, stepping=STEPPING), None
    for aimed in STRETCHES:
        force = np.zeros_like(solid.network.nodes)
        force[0, 0] = traction = inflation_pressure(aimed) * aimed**2
        state = solver.forward(force, start=state)
        inner, outer = 1 + state.displacements[:2, 1] / (INNER, OUTER)
        case = f"thick sphere, B/A = 2, λa = {aimed}"
        yield Check(f"{case}: pressure by μ", traction / inner**2, inflation_pressure(inner), 5e-3, "closed form")
        yield Check(f"{case}: stretch of the outer surface", outer, outer_stretch(inner), 5e-3, "volume kept")


def inflation_pressure(inner: float) -> float:
    """p/μ = ½ [(4/λb + λb⁻⁴) − (4/λa + λa⁻⁴)] of the incompressible neo-Hookean sphere."""
    outer = outer_stretch(inner)
    return 0.5 * ((4 / outer + outer**-4) - (4 / inner + inner**-4))


def outer_stretch(inner: float) -> float:
    """λb, where the volume is kept."""
    return float(np.cbrt(1 + (inner**3 - 1) * (INNER / OUTER) ** 3))


def octant(comm: MPI.Comm) -> Structure:
    """An eighth of the sphere: inner surface, outer surface, planes of symmetry.

    The first two nodes take a traction along the radius and read, as second component, the mean radial displacement.
    """
    surfaces = [Face(partial(_at_radius, radius), weights=_along_radius) for radius in (INNER, OUTER)]
    planes = [Face(partial(_on_plane, i), held=(i,)) for i in range(3)]
    return structure(Solid(incompressible("solid"), (*surfaces, *planes), _shell), MODULUS, OUTER, comm)


def _at_radius(radius: float, X: Floats) -> npt.NDArray[np.bool_]:
    return np.isclose(np.linalg.norm(X, axis=0), radius)


def _on_plane(axis: int, X: Floats) -> npt.NDArray[np.bool_]:
    return np.isclose(X[axis], 0)


def _along_radius(X: Expr, normal: Expr, area: Expr) -> list[Expr]:
    """A unit of traction along the radius, and its mean."""
    direction = X / ufl.sqrt(ufl.dot(X, X))
    return [direction, direction / area]


def _shell() -> tuple[Floats, Integers]:
    with session("sphere"):
        eighth = (0.0, 0.0, 0.0), (0.0, np.pi / 2, np.pi / 2)
        outer, inner = ((3, gmsh.model.occ.addSphere(*eighth[0], radius, -1, *eighth[1])) for radius in (OUTER, INNER))
        gmsh.model.occ.cut([outer], [inner])
        gmsh.model.occ.synchronize()
        gmsh.model.mesh.setSizeCallback(lambda dim, tag, x, y, z, size: CELL * np.sqrt(x * x + y * y + z * z) / INNER)
        gmsh.model.mesh.generate(3)
        tags, points, _ = gmsh.model.mesh.getNodes()
        place = np.zeros(int(tags.max()) + 1, dtype=np.int64)
        place[tags.astype(np.int64)] = np.arange(len(tags))
        cells = place[gmsh.model.mesh.getElementsByType(4)[1].astype(np.int64)].reshape(-1, 4)
        used, corners = np.unique(cells, return_inverse=True)
        return points.reshape(-1, 3)[used], corners.reshape(-1, 4)


BEND = 0.4
"""Angle α by which the bent block turns on its unit of length."""


class Flexure:
    """A block that is bent in plane strain to a sector of a ring (Rivlin, Proc. R. Soc. A 195, 1949).

    X and Y, from 0 to 1, go to the radius r, r² = 2X/α + r₁², and the angle α Y. With no traction on the faces X = 0
    and X = 1, α² r₁ r₂ = 1, and the face Y = 1 carries T_θθ = μ/2 (3α²r² − 1/(α²r²)) − C in the direction of the
    angle, C = μ/2 (α²r₁² + 1/(α²r₁²)).
    """

    def __init__(self) -> None:
        """Radii of the faces."""
        # r₂² − r₁² = 2/α
        self.inner = float(np.sqrt(np.sqrt(1 / BEND**2 + 1 / BEND**4) - 1 / BEND))

    def displacement(self, X: Expr) -> Expr:
        """The exact displacement; the inner corner on the plane of symmetry stays where it is."""
        r = self._radius(X)
        return ufl.as_vector([r * ufl.cos(BEND * X[1]) - self.inner - X[0], r * ufl.sin(BEND * X[1]) - X[1]])

    def traction(self, X: Expr) -> Expr:
        """P e_Y on the face Y = 1."""
        stretch = BEND * self._radius(X)
        start = (BEND * self.inner) ** 2
        stress = (3 * stretch**2 - stretch**-2) / 2 - (start + 1 / start) / 2
        return stress / stretch * ufl.as_vector([-np.sin(BEND), np.cos(BEND)])

    def _radius(self, X: Expr) -> Expr:
        return ufl.sqrt(2 * X[0] / BEND + self.inner**2)

    def solid(self, cells: int, comm: MPI.Comm) -> Structure:
        """The block, its first node the loaded face with the traction of the whole bend for a force of 1."""
        loaded = Face(lambda X: np.isclose(X[1], 1), weights=lambda X, N, area: [self.traction(X)])
        symmetry = Face(lambda X: np.isclose(X[1], 0), held=(1,))
        corner = Vertex(lambda X: np.isclose(X[0], 0) & np.isclose(X[1], 0), held=(0,))
        shape = partial(box, (cells, cells))
        return structure(Solid(incompressible("plane-strain"), (loaded, symmetry, corner), shape), MODULUS, 1.0, comm)
