"""What a model of a network states: the mesh it lives on, its space, what supports hold, and its energy."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt
import ufl
from dolfinx import fem
from mpi4py import MPI

from femnn.meshing.lines import LineMesh
from femnn.network import Network


@dataclass(frozen=True)
class BondFields:
    """What an energy may depend on besides the displacement; each is constant in every cell."""

    stiffness: fem.Function
    """k of the bond (N/m), which training changes and derivatives are taken to."""
    length: fem.Function
    """Rest length L of the whole bond (m)."""
    modulus: fem.Function
    """Young's modulus E (Pa)."""
    thickness: fem.Function
    """Thickness t (m)."""
    width: fem.Function
    """Width w of the bond, before its ends are thinned (m)."""
    narrowing: fem.Function
    """Width of the cell as a share of the bond's."""
    mean_length: fem.Constant
    """Mean length of all bonds (m), by which rotations are made lengths."""


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
        """The space of u: blocks at vertices, whose first components are the displacement."""

    def held(self, network: Network) -> npt.NDArray[np.bool_]:
        """Components of u that the supports hold at the network's nodes, shape (N, components of a block)."""

    def energy(self, displacement: fem.Function, bond: BondFields) -> ufl.Form:
        """The strain energy Π(u; k) (J).

        Args:
            displacement: u.
            bond: stiffness and section of the bond.
        """
