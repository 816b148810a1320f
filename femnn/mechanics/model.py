"""What a model of a network states: the mesh it lives on, its space, what supports hold, and its energy."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from femnn.mechanics.fields import BondFields
from femnn.mechanics.measuring import Readings
from femnn.mechanics.traits import Traits
from femnn.meshing.lines import LineMesh
from femnn.meshing.regions import SolidMesh
from femnn.network.network import Network
from femnn.runtime.stack import MPI, fem, ufl

type AnyMesh = LineMesh | SolidMesh


class Model(Protocol):
    """A network as a mechanical system. Implementations are frozen and hold parameters of the model only."""

    @property
    def name(self) -> str:
        """Name by which studies call the model."""

    @property
    def linear(self) -> bool:
        """True when the energy is quadratic in the displacement, so that one factor serves every load."""

    @property
    def product_exact(self) -> bool:
        """True when Π = Σ ½ k e², e the projected elongation: products of elongations are then exact gradients."""

    @property
    def transmits_moments(self) -> bool:
        """True when joints transmit moments, so that networks are carried that stand by rigid joints alone."""

    @property
    def planar(self) -> bool:
        """True when networks in the plane alone can be meshed."""

    @property
    def traits(self) -> Traits:
        """What the model can do beside that."""

    def mesh(self, network: Network, comm: MPI.Comm) -> AnyMesh:
        """The mesh on which the model works."""

    def space(self, mesh: Any) -> fem.FunctionSpace:
        """The space of u: blocks that begin with the displacement, or a mixed space that begins with such blocks."""

    def readings(self, mesh: Any, space: fem.FunctionSpace) -> Readings:
        """The operator P, and what there is of u at the nodes."""

    def held(self, network: Network) -> npt.NDArray[np.bool_]:
        """Components of u that the supports hold at the network's nodes, shape (N, components read).

        One component more, where the readings have multipliers, holds those that act within a node's region alone.
        """

    def energy(self, displacement: fem.Function, bond: BondFields) -> ufl.Form:
        """The strain energy Π(u; k) (J).

        Args:
            displacement: u.
            bond: stiffness and section of the bond.
        """
