"""Solids: the lattice as it is printed, of a hyperelastic material, in the plane or in space.

With H = ∇u, F = 1 + H, C = FᵀF and W the energy by volume of the material at rest:

- "plane-stress", ν = ½: Π = ∫ t W(C, C₃₃ = 1/det C) dA, the thickness following from incompressibility;
- "plane-stress", ν < ½: Π = ∫ t W(C, C₃₃ = e^{2ψ}) dA, stationary in ψ too, which is a field of its own with a value at
  every point of integration, so that the stress across the plane is zero there to rounding;
- "plane-strain": C₃₃ = 1;
- "solid": all of C.

Where the material is nearly or fully incompressible, plane strain and solids are to be "mixed":
Π = ∫ W'(C) + p g(J) − U*(p), p a continuous linear field (Taylor & Hood, Comput. Fluids 1, 1973; Sussman & Bathe,
Comput. Struct. 26, 1987), with g and U* of the material's volumetric energy (see the materials' ``volumetric``), and
p (J − 1) alone where ν = ½. The further fields are carried as lengths, ψ = φ/ℓ and p = E φ/ℓ with ℓ the mean length of
the bonds, so that all residuals are forces.

k acts through the modulus, the thickness or the width of its bond, the last two in solids, and the width in the plane,
by changing the shape of the solid: integrals are pulled back to the mesh by X + (η − 1) V(X).
"""

from __future__ import annotations

import functools
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

import numpy as np
import numpy.typing as npt

from femnn.errors import ConfigError, MeshError
from femnn.geometry.strips import Shape, require_acting
from femnn.mechanics.fields import BondFields
from femnn.mechanics.materials import Material, NeoHookean
from femnn.mechanics.measuring import Readings, region_readings
from femnn.mechanics.pins import pinned
from femnn.mechanics.rigidities import Parameter
from femnn.mechanics.traits import Traits
from femnn.meshing.mesh_sections import MeshSections, agreed
from femnn.meshing.regions import Regions, SolidMesh, solid_mesh
from femnn.meshing.solid_files import read_solid
from femnn.meshing.solid_meshes import build_solid
from femnn.network.network import Network
from femnn.runtime.ranks import for_root
from femnn.runtime.stack import MPI, Expr, basix, fem, ufl

type Kinematics = Literal["plane-stress", "plane-strain", "solid"]

PRESSURE_NEEDED = 0.495
"""Poisson's ratio from which displacements alone lock in plane strain and in solids."""


@dataclass(frozen=True)
class Continuum:
    """A hyperelastic solid in the shape of the network."""

    product_exact: ClassVar[bool] = False
    kinematics: Kinematics = "plane-stress"
    parameter: Parameter = "width"
    """What the trained stiffness k = E·w·t/L acts through."""
    material: Material = field(default_factory=NeoHookean)
    formulation: Literal["displacement", "mixed"] = "displacement"
    shape: Shape = field(default_factory=Shape)
    """Pads, fillets, and sizes of cells."""
    mesh_file: str | None = None
    """An existing mesh with groups named for bonds and nodes, in the place of one that is built."""
    mesh_sections: MeshSections = "check"
    """Whether the mesh in the file must have the network's places of nodes and sections, or gives them to it."""
    mesh_unit: float = 1.0
    """Unit of the coordinates in the file (m)."""
    pin_radius: float | None = None
    """Radius around the supported nodes in which all is held (m); all of the nodes' regions where None."""
    name: str = "continuum-2d"
    linear: bool = False
    transmits_moments: ClassVar[bool] = True

    def __post_init__(self) -> None:
        """Check that formulation, material and supports go together.

        Raises:
            ConfigError: they do not; the message says what to choose.
        """
        for name, default in (("mesh_sections", "check"), ("mesh_unit", 1.0)):
            if self.mesh_file is None and getattr(self, name) != default:
                raise ConfigError(
                    f"{self.name}: {name} = {getattr(self, name)!r} is for a mesh of one's own; give its mesh_file, or "
                    "leave it out."
                )
        if self.pin_radius is not None and (not self.pin_radius > 0 or self.formulation == "mixed"):
            raise ConfigError(
                f"{self.name}: pin_radius is {self.pin_radius}, must be above 0, and is for solids without a pressure "
                "field; leave it out to hold all of the supported nodes."
            )
        nu = self.material.poisson_ratio
        if self.kinematics == "plane-stress" and self.formulation == "mixed":
            raise ConfigError(f'{self.name}: plane stress needs no pressure; choose formulation = "displacement".')
        if self.kinematics != "plane-stress" and self.formulation == "displacement" and nu > PRESSURE_NEEDED:
            raise ConfigError(
                f"{self.name}: with a Poisson's ratio of {nu} displacements alone lock in {self.kinematics}; choose "
                'formulation = "mixed".'
            )

    @property
    def traits(self) -> Traits:
        """All effects; ends and pads are meshed where the mesh is built."""
        effects = ("bonds turn", "bonds bend, joints are rigid", "ends are thinned", "pads and strips are as printed")
        built = self.mesh_file is None
        return Traits(
            "the solid in space" if self.solid else "the solid in the plane",
            (*effects, "the thickness has a stress of its own") if self.solid else effects,
            lines=False,
            thinned_ends=True,
            shape_parameters=("end-width", "end-length", "pad-radius") if built else (),
            sections_from_mesh=self.mesh_sections == "mesh",
        )

    @property
    def solid(self) -> bool:
        """Whether the solid is meshed through its thickness."""
        return self.kinematics == "solid"

    @property
    def planar(self) -> bool:
        """Whether the solid is meshed in the plane."""
        return not self.solid

    def mesh(self, network: Network, comm: MPI.Comm) -> SolidMesh:
        """The solid, built by Gmsh or read from a file; its network has what is taken from the file.

        Raises:
            ConfigError: a setting would have no effect; the file cannot be read.
            MeshError: the solid cannot be built; or the mesh in the file is not one of the network.
        """
        require_acting(self.name, self.shape, network, self.mesh_file is not None)
        if self.mesh_file is None:
            return solid_mesh(network, for_root(comm, lambda: build_solid(network, self.shape, self.solid)), comm)
        read = for_root(comm, lambda: self.read(network))
        regions, meshed = read if read is not None else (None, None)
        return solid_mesh(comm.bcast(meshed), regions, comm)

    def read(self, network: Network) -> tuple[Regions, Network]:
        """The mesh in the file, and the network, with what is to be taken from the mesh.

        Raises:
            ConfigError: the file cannot be read; a width in the mesh is outside of its bounds.
            MeshError: the mesh is not one of the network.
        """
        assert self.mesh_file is not None
        if network.dimension == 3 and not self.solid:
            raise MeshError(f"{network.name}: a network in space is no mesh in the plane; use continuum-3d.")
        regions = read_solid(network, self.mesh_file, 3 if self.solid else 2, self.name, self.mesh_unit)
        return regions, agreed(network, regions, self.mesh_file, self.name, self.mesh_sections)

    def space(self, mesh: SolidMesh) -> fem.FunctionSpace:
        """Displacements quadratic, and with them, where needed, thickness stretch or pressure, linear."""
        solid = mesh.mesh
        cell, dimension = solid.basix_cell(), solid.geometry.dim
        moved = basix.ufl.element("Lagrange", cell, 2, shape=(dimension,))
        if self.formulation == "mixed":
            return fem.functionspace(solid, basix.ufl.mixed_element([moved, basix.ufl.element("Lagrange", cell, 1)]))
        if self._stretches():
            return fem.functionspace(solid, basix.ufl.mixed_element([moved, basix.ufl.element("DG", cell, 1)]))
        return fem.functionspace(solid, moved)

    def _stretches(self) -> bool:
        """Whether the stretch of the thickness is a field of its own."""
        return self.kinematics == "plane-stress" and self.material.poisson_ratio < 0.5

    def readings(self, mesh: SolidMesh, space: fem.FunctionSpace) -> Readings:
        """Means over the regions of the nodes."""
        found = region_readings(mesh, space, multipliers=self.formulation == "mixed")
        return found if self.pin_radius is None else pinned(mesh, space, found, self.pin_radius)

    def held(self, network: Network) -> npt.NDArray[np.bool_]:
        """What the supports hold, all over the node's region or its pin.

        Nodes that are held altogether are held out of the plane too; pressures among what cannot move mean nothing.
        """
        altogether = network.fixed.all(axis=1, keepdims=True)
        out_of_plane = [altogether] if self.solid and network.dimension == 2 else []
        pressures = [altogether] if self.formulation == "mixed" else []
        return np.hstack([network.fixed, *out_of_plane, *pressures])

    def energy(self, displacement: fem.Function, bond: BondFields) -> ufl.Form:
        """The integral above over the solid, with quadrature exact to degree 2 in a cell (3 points, or 4 in space)."""
        u, further = self._split(displacement)
        modulus, thickness, moved = self._acting(bond, u)
        shape = ufl.Identity(len(u)) + moved
        gradient = ufl.grad(u) * ufl.inv(shape)
        F = ufl.Identity(len(u)) + gradient
        # C − 1 is formed without the difference of nearly equal numbers, and C from it
        strain = (gradient + gradient.T + gradient.T * gradient) / 2
        density = self._density(2 * strain + ufl.Identity(len(u)), F, further, modulus, bond)
        measure = ufl.Measure("dx", metadata={"quadrature_degree": 2})
        return thickness * density * ufl.det(shape) * _legal(displacement, F, shape) * measure

    def _split(self, displacement: fem.Function) -> tuple[Any, Any]:
        if displacement.function_space.num_sub_spaces and displacement.function_space.dofmap.index_map_bs == 1:
            u, further = ufl.split(displacement)
            return u, further
        return displacement, None

    def _acting(self, bond: BondFields, u: Expr) -> tuple[Expr, Expr, Expr]:
        """Modulus, thickness (1 in solids), and the gradient of the change of shape, as k has it."""
        axial = bond.stiffness * bond.length
        modulus, thickness = bond.modulus, bond.thickness if not self.solid else ufl.as_ufl(1.0)
        moved = ufl.zero(len(u), len(u))
        if self.parameter == "modulus":
            modulus = axial / (bond.width * bond.thickness)
        elif self.parameter == "thickness" and not self.solid:
            thickness = axial / (bond.modulus * bond.width)
        else:
            ratio = axial / (bond.modulus * bond.width * bond.thickness)
            moved = (ratio - 1) * ufl.grad(bond.across if self.parameter == "width" else bond.out)
        return modulus, thickness, moved

    def _density(self, C: Expr, F: Expr, further: Any, modulus: Expr, bond: BondFields) -> Expr:
        """Energy by volume at rest."""
        if self.kinematics == "plane-stress" and not self._stretches():
            return self.material.incompressible_energy(_in_space(C, 1 / ufl.det(C)), modulus)
        if self._stretches():
            return self.material.energy(_in_space(C, ufl.exp(2 * further / bond.mean_length)), modulus)
        whole = C if self.solid else _in_space(C, 1.0)
        if self.formulation == "displacement":
            return self.material.energy(whole, modulus)
        pressure = bond.mean_modulus * further / bond.mean_length
        return self.material.mixed_energy(whole, ufl.det(F), pressure, modulus)


def _legal(displacement: fem.Function, *gradients: Expr) -> Expr:
    """A factor of 1, and not a number where a cell is turned inside out, which laws in C cannot see.

    Its derivatives are zero, so that it stays a factor in all derivatives of the energy: Newton's method meets a
    residual that is not a number, and takes back the step.
    """
    # A constant of the form, since the compiler knows no literal for it
    nothing = fem.Constant(displacement.function_space.mesh, np.nan)
    positive = [ufl.gt(ufl.det(gradient), 0.0) for gradient in gradients]
    return ufl.conditional(functools.reduce(ufl.And, positive), 1.0, nothing)


def _in_space(C: Expr, out_of_plane: Expr) -> Expr:
    """C of a plane state, 3 × 3."""
    return ufl.as_matrix([[C[0, 0], C[0, 1], 0], [C[1, 0], C[1, 1], 0], [0, 0, out_of_plane]])
