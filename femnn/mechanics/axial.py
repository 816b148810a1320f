"""What springs and bars share: straight two-node elements, one a bond, whose energy depends on the elongation alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from femnn.mechanics.measuring import Readings, vertex_readings
from femnn.meshing.lines import LineMesh, line_mesh
from femnn.network.network import Network
from femnn.runtime.stack import MPI, Expr, fem, ufl


@dataclass(frozen=True)
class Axial:
    """What does not depend on the energy."""

    product_exact: ClassVar[bool] = False
    transmits_moments: ClassVar[bool] = False
    planar: ClassVar[bool] = False

    def mesh(self, network: Network, comm: MPI.Comm) -> LineMesh:
        """One interval a bond.

        Raises:
            MechanismError: the network needs joints that transmit moments.
        """
        if network.rigid_joints:
            network.require_rigid()
        return line_mesh(network, comm)

    def space(self, mesh: LineMesh) -> fem.FunctionSpace:
        """Displacements of the nodes, linear along each bond."""
        return fem.functionspace(mesh.mesh, ("Lagrange", 1, (mesh.network.dimension,)))

    def readings(self, mesh: LineMesh, space: fem.FunctionSpace) -> Readings:
        """The displacements of the vertices."""
        return vertex_readings(mesh, space)

    def held(self, network: Network) -> npt.NDArray[np.bool_]:
        """The components that the supports hold."""
        return network.fixed


def rest_length(displacement: fem.Function) -> Expr:
    """Rest length L of the bond."""
    return ufl.sqrt(ufl.dot(_rest_vector(displacement), _rest_vector(displacement)))


def _rest_vector(displacement: fem.Function) -> Expr:
    return ufl.Jacobian(ufl.domain.extract_unique_domain(displacement))[:, 0]


def bond_vectors(displacement: fem.Function) -> tuple[Expr, Expr]:
    """The bond at rest R = X_q − X_p, and what the displacement adds to it, Δ = u_q − u_p."""
    rest = _rest_vector(displacement)
    return rest, ufl.dot(ufl.grad(displacement), rest)


def axial_energy(elongation: Expr, displacement: fem.Function, stiffness: fem.Function) -> ufl.Form:
    """Σ_b ½ k_b e_b², the elongation being constant along each bond."""
    measure = ufl.Measure("dx", metadata={"quadrature_degree": 0})
    return stiffness * elongation**2 / (2 * rest_length(displacement)) * measure
