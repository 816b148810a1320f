"""Ideal springs: the linear model in which the in situ gradient is exact."""

from dataclasses import dataclass

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
class Spring:
    """Linear springs, Π = Σ ½ k e² with e = t·(u_q − u_p), t the bond's direction at rest (Li & Mao 2024)."""

    name: str = "spring"
    linear: bool = True

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
        """Σ ½ k (t·Δ)² with Δ = u_q − u_p."""
        rest, change = bond_vectors(displacement)
        return axial_energy(ufl.dot(rest, change) / rest_length(displacement), displacement, bond.stiffness)
