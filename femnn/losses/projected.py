"""The squared error of displacements along directions that are not those of the axes."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from femnn.errors import ConfigError, NetworkError
from femnn.losses.components import checked_reads, plain, read, require_one_sample, spread
from femnn.network.network import Network

type Floats = npt.NDArray[np.float64]
type Integers = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class ProjectedError:
    """L = Σ_i w_i (d_i·U − target_i)², for one sample or alike for many, with d_i the direction of a term.

    Raises:
        ConfigError: arrays that do not fit each other, or are not finite.
    """

    reads: Integers
    """The m components that the terms read, as indices into U.ravel(), shape (m,)."""
    directions: Floats
    """Share of each component in each term, shape (terms, m)."""
    targets: Floats
    """Displacements wanted along the directions (m), shape (terms,)."""
    weights: Floats
    """Weights (N/m), shape (terms,)."""

    def __post_init__(self) -> None:
        """Bring the arrays to their types and check them."""
        object.__setattr__(self, "reads", checked_reads(self.reads))
        for name in ("directions", "targets", "weights"):
            object.__setattr__(self, name, np.asarray(getattr(self, name), dtype=np.float64))
        terms = len(self.targets)
        if self.directions.shape != (terms, len(self.reads)) or self.weights.shape != (terms,):
            raise ConfigError(
                f"Projected error: {terms} targets along directions of shape {self.directions.shape} do not fit "
                f"{len(self.reads)} components and weights of shape {self.weights.shape}."
            )
        if not all(np.isfinite(values).all() for values in (self.directions, self.targets, self.weights)):
            raise ConfigError("Projected error: directions, targets and weights must be finite.")

    def value(self, displacements: Floats) -> Any:
        """L(U): a float, or an array (n,) for n samples."""
        return plain(np.asarray(self._misses(displacements) ** 2 @ self.weights))

    def derivative(self, displacements: Floats) -> Floats:
        """∂L/∂U = Σ_i 2 w_i (d_i·U − target_i) d_i, of the shape of U."""
        return spread(2 * (self.weights * self._misses(displacements)) @ self.directions, self.reads, displacements)

    def curvature(self, displacements: Floats) -> Floats:
        """Σ_i 2 w_i d_i d_iᵀ, shape (m, m)."""
        require_one_sample((), displacements)
        return np.asarray(2 * (self.directions.T * self.weights) @ self.directions)

    def scaled(self, factor: float) -> "ProjectedError":
        """Return the loss with its targets multiplied by a factor."""
        return replace(self, targets=factor * self.targets)

    def __getitem__(self, index: int | Integers) -> "ProjectedError":
        """The loss of one sample, or of several, which is that of all."""
        return self

    def _misses(self, displacements: Floats) -> Floats:
        return read(displacements, self.reads) @ self.directions.T - self.targets


def projected_error(network: Network, targets: Sequence[tuple[int, Sequence[float], float]]) -> ProjectedError:
    """Return the loss Σ (d·U − target)² with weight 1 N/m.

    Args:
        network: the network.
        targets: label of a node, direction d of length 1, shape (d,), and displacement wanted along it (m).

    Raises:
        NetworkError: a node is unknown, a support holds it along the direction, or a direction has a wrong shape.
    """
    rows = np.zeros((len(targets), network.nodes.size))
    for row, (label, direction, _) in zip(rows, targets, strict=True):
        node = network.index(label)
        if len(direction) != network.dimension:
            raise NetworkError(f"{network.name}: the direction at node {label} needs {network.dimension} components.")
        if (network.fixed[node] & (np.asarray(direction) != 0)).any():
            raise NetworkError(
                f"{network.name}: a support holds node {label} along {list(direction)}, so it cannot be a target."
            )
        row.reshape(network.nodes.shape)[node] = direction
    reads = np.flatnonzero(rows.any(axis=0))
    return ProjectedError(reads, rows[:, reads], np.array([t for *_, t in targets]), np.ones(len(targets)))
