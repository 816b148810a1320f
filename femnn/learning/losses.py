"""Losses of the displacements of the network's nodes, with their derivatives."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from femnn.errors import NetworkError
from femnn.network import Network

type Floats = npt.NDArray[np.float64]


class Loss(Protocol):
    """A scalar function of U, shape (N, d), that reads a few of its components.

    A loss of displacements in metres has ∂L/∂U in newtons when its weight is 1 N/m; that force is the adjoint load.
    """

    @property
    def reads(self) -> npt.NDArray[np.int64]:
        """The components that the loss reads: indices into U.ravel(), shape (m,)."""

    def value(self, displacements: Floats) -> float:
        """L(U)."""

    def derivative(self, displacements: Floats) -> Floats:
        """∂L/∂U, shape (N, d)."""

    def curvature(self, displacements: Floats) -> Floats:
        """∂²L/∂U² with respect to the components read, shape (m, m)."""


@dataclass(frozen=True, eq=False)
class SquaredError:
    """L = Σ_i w_i (U_i − target_i)² over chosen components."""

    reads: npt.NDArray[np.int64]
    targets: Floats
    """Displacements wanted (m), shape (m,)."""
    weights: Floats
    """Weights (N/m), shape (m,)."""

    def value(self, displacements: Floats) -> float:
        """L(U)."""
        return float(self.weights @ self._misses(displacements) ** 2)

    def derivative(self, displacements: Floats) -> Floats:
        """∂L/∂U_i = 2 w_i (U_i − target_i), shape (N, d)."""
        result = np.zeros_like(displacements)
        np.add.at(result.reshape(-1), self.reads, 2 * self.weights * self._misses(displacements))
        return result

    def curvature(self, displacements: Floats) -> Floats:
        """Diagonal of 2 w_i."""
        return np.diag(2 * self.weights)

    def _misses(self, displacements: Floats) -> Floats:
        return displacements.reshape(-1)[self.reads] - self.targets


def squared_error(network: Network, targets: Sequence[tuple[int, int, float]]) -> SquaredError:
    """The loss Σ (U − target)² with weight 1 N/m.

    Args:
        network: the network.
        targets: label of a node, component (0 for x, 1 for y, 2 for z) and displacement wanted (m), for each term.

    Raises:
        NetworkError: a node is unknown, or a component is given twice.
    """
    if len({(label, component) for label, component, _ in targets}) < len(targets):
        raise NetworkError(f"{network.name}: the loss has two targets for the same component of a node.")
    reads = np.array([network.index(label) * network.dimension + component for label, component, _ in targets])
    return SquaredError(reads, np.array([target for *_, target in targets], dtype=np.float64), np.ones(len(targets)))
