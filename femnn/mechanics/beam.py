"""Geometrically exact beams: bonds that stretch, shear, bend and twist by any amount, joined rigidly or by hinges.

The bond's axis goes to r = X + u, its cross-section turns by R. With t, n (and b) the directions of the bond at rest,

    Γ = Rᵀ r' − t,     κ = axial vector of Rᵀ R',
    Π = Σ ∫ ½ [EA Γ_t² + GA_s (Γ_n² + Γ_b²) + EI_b κ_b² + EI_n κ_n² + GJ κ_t²] ds

(Reissner, J. Appl. Math. Phys. 23, 1972, in the plane; Simo & Vu-Quoc, Comput. Methods Appl. Mech. Engng 58, 1986, in
space). The formulation is total: the state is a function of position, so that it does not depend on the path.
Displacement and rotation are both quadratic along each cell and integrated with two points, which leaves no locking.
Rotations are carried as φ = ℓ θ with ℓ the mean length of the bonds, so that all unknowns are lengths and all
residuals forces. How hinges come in is told in :mod:`femnn.mechanics.hinges`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar, Literal

import numpy as np
import numpy.typing as npt

from femnn.errors import ConfigError
from femnn.mechanics.fields import BondFields
from femnn.mechanics.hinges import held_releases, hinged_nodes, require_frame, require_held
from femnn.mechanics.measuring import Readings, vertex_readings
from femnn.mechanics.rigidities import Parameter, Rigidities, rigidities
from femnn.mechanics.rotations import curvature, rotated, turning_back
from femnn.mechanics.traits import Traits
from femnn.meshing.lines import LineMesh, line_mesh
from femnn.network.network import Network
from femnn.runtime.stack import MPI, Expr, basix, fem, ufl


@dataclass(frozen=True)
class Beam:
    """Simo–Reissner beams with rectangular cross-sections, the width in the plane of the lattice.

    The law is linear in Γ and κ. In tension that makes shear give way: straight bonds are unstable from a strain of
    about 1/(EA/GA_s − 1) on, 39 % with the parameters as they are. What is stretched more is for continua.
    """

    product_exact: ClassVar[bool] = False
    parameter: Parameter = "width"
    """What the trained stiffness k = E·w·t/L acts through."""
    cells_per_bond: int = 8
    """Cells along each bond; with thinned ends each of these is one cell."""
    supports: Literal["clamped", "pinned"] = "clamped"
    """Whether a support that holds all displacements of a node holds its rotation too."""
    hinges: Literal["none", "all"] | tuple[int, ...] = "none"
    """Nodes, by their labels, at which bonds meet in hinges that transmit no moment; joints are rigid elsewhere."""
    poisson_ratio: float = 0.49
    shear_factor: float = 5 / 6
    torsion_constant: float | None = None
    """J of the cross-section (m⁴), in space; that of the rectangle unless given."""
    thinned_ends: bool = True
    """Whether the ends are as thin as the network's sections say; straight bonds otherwise, k being the same."""
    name: str = "beam"
    linear: bool = False
    planar: ClassVar[bool] = False

    @property
    def traits(self) -> Traits:
        """Bonds bend too, and are as thin at their ends as the network's sections say."""
        effects = ("bonds turn", "bonds bend, joints are rigid")
        if not self.thinned_ends:
            return Traits("straight beams", effects)
        return Traits(
            "beams",
            (*effects, "ends are thinned"),
            thinned_ends=True,
            shape_parameters=("end-width", "end-length"),
            exact_shape_derivatives=True,
        )

    @property
    def transmits_moments(self) -> bool:
        """True unless every node is hinged."""
        return self.hinges != "all"

    def __post_init__(self) -> None:
        """Check the parameters.

        Raises:
            ConfigError: one of them has no physical meaning; the message names it.
        """
        if self.cells_per_bond < 1:
            raise ConfigError(f"beam: cells_per_bond is {self.cells_per_bond}, must be at least 1.")
        if not -1 < self.poisson_ratio <= 0.5:
            raise ConfigError(f"beam: poisson_ratio is {self.poisson_ratio}, must be above -1 and at most 0.5.")
        if isinstance(self.hinges, str) and self.hinges not in ("none", "all"):
            raise ConfigError(f"beam: hinges is {self.hinges!r}, must be none, all, or labels of nodes.")
        for name in ("shear_factor", "torsion_constant"):
            value = getattr(self, name)
            if value is not None and not value > 0:
                raise ConfigError(f"beam: {name} is {value}, must be above 0.")

    def mesh(self, network: Network, comm: MPI.Comm) -> LineMesh:
        """Several cells a bond, the thinned ends cells of their own.

        Raises:
            ConfigError: there are too few cells for the thinned ends, or a torsion constant is given in the plane.
            NetworkError: a hinge is at a node that does not exist.
            MechanismError: the supports leave it free as a whole, or with the hinges it is a mechanism.
        """
        if self.torsion_constant is not None and network.dimension == 2:
            raise ConfigError(
                f"{self.name}: torsion_constant = {self.torsion_constant:g} m⁴ has no effect on {network.name}, a "
                "lattice in the plane, whose bonds do not twist; leave it out."
            )
        require_held(network, self._clamped(network))
        hinged = hinged_nodes(network, self.hinges)
        if hinged.any():
            require_frame(network, hinged, self._clamped(network))
        return line_mesh(network, comm, self._divisions(network))

    def _divisions(self, network: Network) -> npt.NDArray[np.float64]:
        n = self.cells_per_bond
        even = np.arange(1, n) / n
        ends = network.sections.end_share[:, None]
        if not (ends.any() and self.thinned_ends):
            return np.tile(even, (len(network.bonds), 1))
        if n < 3:
            raise ConfigError(f"beam: cells_per_bond is {n}, but bonds with thinned ends need at least 3.")
        thinned = ends + (1 - 2 * ends) * np.arange(n - 1) / (n - 2)
        return np.where(ends > 0, thinned, even)

    def space(self, mesh: LineMesh) -> fem.FunctionSpace:
        """Displacement and rotation φ = ℓ θ, quadratic: 3 components in the plane, 6 in space; then what hinges add."""
        solid, components = mesh.mesh, _components(mesh.network)
        shared = basix.ufl.element("Lagrange", solid.basix_cell(), 2, shape=(components,))
        if not self._hinged():
            return fem.functionspace(solid, shared)
        released = basix.ufl.element("DG", solid.basix_cell(), 1, shape=({3: 1, 6: 4}[components],))
        return fem.functionspace(solid, basix.ufl.mixed_element([shared, released]))

    def _hinged(self) -> bool:
        return self.hinges not in ("none", ())

    def readings(self, mesh: LineMesh, space: fem.FunctionSpace) -> Readings:
        """Displacement and rotation at the vertices of the nodes; a hinged node has no rotation, and zero is read."""
        found = vertex_readings(mesh, space)
        if not self._hinged():
            return found
        hinged = hinged_nodes(mesh.network, self.hinges)
        return replace(found, idle=held_releases(mesh, space, hinged, self._clamped(mesh.network)))

    def held(self, network: Network) -> npt.NDArray[np.bool_]:
        """What the supports hold; rotations of nodes that are held altogether, if clamped, and of hinged nodes."""
        rotations = _components(network) - network.dimension
        turning = ~(self._clamped(network) | hinged_nodes(network, self.hinges))
        return np.hstack([network.fixed, np.repeat(~turning[:, None], rotations, axis=1)])

    def _clamped(self, network: Network) -> npt.NDArray[np.bool_]:
        """Nodes whose rotation the supports hold, shape (N,)."""
        return network.fixed.all(axis=1) & (self.supports == "clamped")

    def energy(self, displacement: fem.Function, bond: BondFields) -> ufl.Form:
        """The integral above, with two points a cell."""
        measure = ufl.Measure("dx", metadata={"quadrature_degree": 3})
        dimension = displacement.function_space.mesh.geometry.dim
        strain_energy = _planar if dimension == 2 else _spatial
        if not self.thinned_ends:
            bond = replace(bond, narrowing=ufl.as_ufl(1.0))
        section = rigidities(bond, self.parameter, self.poisson_ratio, self.shear_factor, self.torsion_constant)
        return strain_energy(displacement, section, bond.mean_length) * measure


def _components(network: Network) -> int:
    return {2: 3, 3: 6}[network.dimension]


def _planar(state: fem.Function, section: Rigidities, scale: Expr) -> Expr:
    """Energy by length in the plane: stretch, shear and one curvature."""
    t = _direction(state)
    shared, released = _parts(state)
    slopes = ufl.dot(ufl.grad(shared), t)
    change_of_place = ufl.as_vector([slopes[0], slopes[1]])
    phi, phi_change = shared[2], slopes[2]
    if released is not None:
        phi, phi_change = phi + released[0], phi_change + ufl.dot(ufl.grad(released), t)[0]
    theta, change = phi / scale, phi_change / scale
    turned = ufl.as_vector(
        [ufl.cos(theta) * t[0] - ufl.sin(theta) * t[1], ufl.sin(theta) * t[0] + ufl.cos(theta) * t[1]]
    )
    # r'·t with r' = t₀ + u', without the difference of nearly equal numbers: t₀·t − 1 = cos θ − 1
    stretch = ufl.dot(change_of_place, turned) - 2 * ufl.sin(theta / 2) ** 2
    shear = change_of_place[1] * turned[0] - change_of_place[0] * turned[1] - ufl.sin(theta)
    return (section.axial * stretch**2 + section.shear * shear**2 + section.bending * change**2) / 2


def _spatial(state: fem.Function, section: Rigidities, scale: Expr) -> Expr:
    """Energy by length in space: stretch, two shears, two curvatures and twist."""
    t = _direction(state)
    upright = ufl.gt(abs(t[2]), 0.9)
    aside = ufl.cross(
        ufl.conditional(upright, t, ufl.as_vector([0.0, 0.0, 1.0])),
        ufl.conditional(upright, ufl.as_vector([1.0, 0.0, 0.0]), t),
    )
    n = aside / ufl.sqrt(ufl.dot(aside, aside))
    b = ufl.cross(t, n)
    shared, released = _parts(state)
    slopes = ufl.dot(ufl.grad(shared), t)
    change_of_place = ufl.as_vector([slopes[i] for i in range(3)])
    phi, phi_change = (ufl.as_vector([values[i] for i in range(3, 6)]) for values in (shared, slopes))
    if released is not None:
        change = ufl.dot(ufl.grad(released), t)
        phi += ufl.as_vector([released[i] for i in range(3)])
        phi_change += ufl.as_vector([change[i] for i in range(3)])
    psi = phi / scale
    kappa = curvature(psi, phi_change / scale)
    stretch = ufl.dot(change_of_place, rotated(psi, t)) + turning_back(psi, t)
    r = t + change_of_place
    shears = ufl.dot(r, rotated(psi, n)) ** 2 + ufl.dot(r, rotated(psi, b)) ** 2
    bending = section.bending * ufl.dot(kappa, b) ** 2 + section.bending_out * ufl.dot(kappa, n) ** 2
    torsion = section.torsion * (ufl.dot(kappa, t) ** 2 + _spin(state, released, scale))
    return (section.axial * stretch**2 + section.shear * shears + bending + torsion) / 2


def _spin(state: fem.Function, released: Expr | None, scale: Expr) -> Expr:
    """What holds a bond against spin between two hinges, as the square of a twist; see the module on hinges."""
    if released is None:
        return ufl.as_ufl(0.0)
    # The cell itself as a vector: its direction times its length h
    cell = _cell(state)
    spin = released[3] - sum(released[i] * cell[i] for i in range(3)) / ufl.sqrt(ufl.dot(cell, cell))
    return spin**2 / (scale**2 * ufl.dot(cell, cell))


def _parts(state: fem.Function) -> tuple[Expr, Expr | None]:
    """Displacement with the shared rotation, and the released one where there are hinges."""
    if state.function_space.dofmap.index_map_bs > 1:
        return state, None
    shared, released = ufl.split(state)
    return shared, released


def _direction(state: fem.Function) -> Expr:
    return _cell(state) / ufl.sqrt(ufl.dot(_cell(state), _cell(state)))


def _cell(state: fem.Function) -> Expr:
    """The vector from one end of the cell to the other at rest."""
    return ufl.Jacobian(ufl.domain.extract_unique_domain(state))[:, 0]
