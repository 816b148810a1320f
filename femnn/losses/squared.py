"""The squared error of displacements."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from femnn.errors import ConfigError, NetworkError
from femnn.losses.components import checked_reads, chosen, components, plain, read, require_one_sample, spread
from femnn.network.network import Network

type Floats = npt.NDArray[np.float64]
type Integers = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class SquaredError:
    """L = Σ_i w_i (U_i − target_i)² over chosen components.

    Raises:
        ConfigError: arrays that do not fit each other, or are not finite.
    """

    reads: Integers
    targets: Floats
    """Displacements wanted (m), shape (m,) for all samples alike or (n, m) for n samples."""
    weights: Floats
    """Weights (N/m), shape (m,)."""

    def __post_init__(self) -> None:
        """Bring the arrays to their types and check them."""
        object.__setattr__(self, "reads", checked_reads(self.reads))
        for name, dimensions in (("targets", (1, 2)), ("weights", (1,))):
            array = np.asarray(getattr(self, name), dtype=np.float64)
            if array.ndim not in dimensions or array.shape[-1] != len(self.reads):
                raise ConfigError(
                    f"Squared error: {name} are of shape {array.shape}, but {len(self.reads)} components are read."
                )
            if not np.isfinite(array).all():
                raise ConfigError(f"Squared error: {name} must be finite, but one is NaN or infinite.")
            object.__setattr__(self, name, array)

    def value(self, displacements: Floats) -> Any:
        """L(U): a float, or an array (n,) for n samples."""
        return plain(np.asarray(self._misses(displacements) ** 2 @ self.weights))

    def derivative(self, displacements: Floats) -> Floats:
        """∂L/∂U_i = 2 w_i (U_i − target_i), of the shape of U."""
        return spread(2 * self.weights * self._misses(displacements), self.reads, displacements)

    def curvature(self, displacements: Floats) -> Floats:
        """Diagonal of 2 w_i."""
        require_one_sample(self._samples, displacements)
        return np.diag(2 * self.weights)

    def scaled(self, factor: float) -> "SquaredError":
        """Return the loss with its targets multiplied by a factor."""
        return replace(self, targets=factor * self.targets)

    def __getitem__(self, index: int | Integers) -> "SquaredError":
        """The loss of one sample, or of several."""
        return replace(self, targets=chosen(self.targets, index)) if self._samples else self

    @property
    def _samples(self) -> tuple[int, ...]:
        return self.targets.shape[:-1]

    def _misses(self, displacements: Floats) -> Floats:
        return read(displacements, self.reads, self._samples) - self.targets


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


def squared_errors(
    network: Network, outputs: Sequence[tuple[int, int]], targets: npt.ArrayLike, weight: float = 1.0
) -> SquaredError:
    """The loss w Σ (U − target)² of each of n samples.

    Args:
        network: the network.
        outputs: label of a node and component (0 for x, 1 for y, 2 for z), for each of m outputs.
        targets: displacements wanted (m), shape (n, m).
        weight: w (N/m).

    Raises:
        NetworkError: a node is unknown, has no such component or is held by a support there, or a component is given
            twice.
        ConfigError: the targets are of another shape, or not finite.
    """
    reads = components(network, outputs)
    return SquaredError(reads, np.asarray(targets, dtype=np.float64), np.full(len(reads), weight))
