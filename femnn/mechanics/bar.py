"""Bars: springs that turn freely, with a linear law in their true change of length or in Green's strain."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import ufl
from dolfinx import fem
from mpi4py import MPI

from femnn.mechanics.axial import axial_energy, axial_mesh, bond_vectors, rest_length, vertex_space
from femnn.mechanics.model import BondFields
from femnn.meshing.lines import LineMesh
from femnn.network import Network


@dataclass(frozen=True)
class Bar:
    """Pin-jointed bars under finite rotation, Π = Σ ½ k e².

    With l = |R + Δ| the length and L = |R| the rest length of a bond, e is

    - "length": l − L, so that the tension is k times the true change of length;
    - "green": (l² − L²)/(2L), Green's strain times L (St. Venant–Kirchhoff).

    Both are evaluated from l² − L² = 2 R·Δ + Δ·Δ, which loses no digits at small displacements.
    """

    strain: Literal["length", "green"] = "length"
    name: str = "bar"
    linear: bool = False

    def mesh(self, network: Network, comm: MPI.Comm) -> LineMesh:
        """One interval a bond; MechanismError where bars cannot carry the network."""
        return axial_mesh(network, comm)

    def space(self, mesh: LineMesh) -> fem.FunctionSpace:
        """Displacements of the nodes."""
        return vertex_space(mesh)

    def held(self, network: Network) -> npt.NDArray[np.bool_]:
        """The components that the supports hold."""
        return network.fixed

    def energy(self, displacement: fem.Function, bond: BondFields) -> ufl.Form:
        """Σ ½ k e² with the elongation of the strain measure chosen."""
        rest, change = bond_vectors(displacement)
        L = rest_length(displacement)
        squares = 2 * ufl.dot(rest, change) + ufl.dot(change, change)
        length = ufl.sqrt(ufl.dot(rest + change, rest + change))
        elongation = squares / (length + L) if self.strain == "length" else squares / (2 * L)
        return axial_energy(elongation, displacement, bond.stiffness)
