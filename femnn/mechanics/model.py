"""What a model of a network states: the mesh it lives on, its space, and its energy."""

from typing import Protocol

import ufl
from dolfinx import fem
from mpi4py import MPI

from femnn.meshing.lines import LineMesh
from femnn.network import Network


class Model(Protocol):
    """A network as a mechanical system. Implementations are frozen and hold parameters of the model only."""

    @property
    def name(self) -> str:
        """Name by which studies call the model."""

    @property
    def linear(self) -> bool:
        """True when the energy is quadratic in the displacement, so that one factor serves every load."""

    def mesh(self, network: Network, comm: MPI.Comm) -> LineMesh:
        """The mesh on which the model works."""

    def space(self, mesh: LineMesh) -> fem.FunctionSpace:
        """The space of the displacement u."""

    def energy(self, displacement: fem.Function, stiffness: fem.Function) -> ufl.Form:
        """The strain energy Π(u; k) (J), linear in k.

        Args:
            displacement: u (m).
            stiffness: k of the bond (N/m), constant in each cell.
        """
