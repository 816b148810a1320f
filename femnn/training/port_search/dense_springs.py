"""Linear springs as dense matrices: how outputs follow from inputs, for many networks at once.

With C the elongations of the bonds by the free components of displacement, K(k) = Cᵀ diag(k) C the stiffness matrix,
and P_in, P_out the forces and the components of the ports, the outputs are M·features with

    M = P_outᵀ K(k)⁻¹ P_in        dL/dk_b = −Σ_oi dL/dM_oi e_b(o) e_b(i)

where e(i) = C K⁻¹ P_in are the elongations under the inputs and e(o) those under forces on the outputs.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from femnn.errors import NetworkError
from femnn.network import rigidity
from femnn.network.network import Network

type Floats = npt.NDArray[np.float64]

MOST_COMPONENTS = 400
"""Free components of displacement up to which matrices are dense; more of them would take hours and all memory."""


@dataclass(frozen=True, eq=False)
class Transfer:
    """Transfer matrices of S networks, each with ports of its own."""

    matrices: Floats
    """M (m/N), shape (S, outputs, inputs)."""
    by_inputs: Floats
    """Elongations of the bonds under an input of 1 N, shape (S, B, inputs)."""
    by_outputs: Floats
    """Elongations of the bonds under a force of 1 N on an output, shape (S, B, outputs)."""

    def gradient(self, by_matrices: Floats) -> Floats:
        """dL/dk of each network, shape (S, B), from dL/dM, shape (S, outputs, inputs)."""
        return -((self.by_outputs @ by_matrices) * self.by_inputs).sum(axis=-1)


@dataclass(frozen=True, eq=False)
class DenseSprings:
    """A network of linear springs on its free components of displacement."""

    elongation: Floats
    """C, shape (B, F)."""

    @classmethod
    def of(cls, network: Network) -> Self:
        """The springs of a network.

        Raises:
            NetworkError: it has too many free components for dense matrices.
            MechanismError: it stands by rigid joints alone, which springs do not have.
        """
        free = free_components(network)
        if len(free) > MOST_COMPONENTS:
            raise NetworkError(
                f"{network.name}: the port search works with dense matrices, of up to {MOST_COMPONENTS} free "
                f"components; here are {len(free)}. Search on a smaller network."
            )
        network.require_rigid()
        return cls(rigidity.compatibility(network.nodes, network.bonds)[:, free].toarray())

    def stiffness_matrices(self, stiffness: Floats) -> Floats:
        """K of S networks (N/m), shape (S, F, F), from their k, shape (S, B)."""
        bonds, components = self.elongation.shape
        weighted = self.elongation.T * stiffness[:, None, :]
        # One product of two matrices takes less time than many small ones
        return (weighted.reshape(-1, bonds) @ self.elongation).reshape(-1, components, components)

    def transfer(self, stiffness: Floats, inputs: Floats, outputs: Floats) -> Transfer:
        """Transfer matrices of S networks.

        Args:
            stiffness: k (N/m), shape (S, B).
            inputs: P_in, force on each free component for a feature of size 1, shape (S, F, inputs).
            outputs: P_out, share of each free component in an output, shape (S, F, outputs).
        """
        count = inputs.shape[-1]
        solutions = np.linalg.solve(self.stiffness_matrices(stiffness), np.concatenate([inputs, outputs], axis=-1))
        elongations = self.elongation @ solutions
        matrices = outputs.swapaxes(1, 2) @ solutions[..., :count]
        return Transfer(matrices, elongations[..., :count], elongations[..., count:])


def free_components(network: Network) -> npt.NDArray[np.int64]:
    """Indices into U.ravel() of the components that no support holds, shape (F,)."""
    return np.flatnonzero(~network.fixed.ravel())
