"""The weighted sum of losses."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from femnn.errors import ConfigError
from femnn.losses.components import require_one_sample
from femnn.losses.loss import Loss

type Floats = npt.NDArray[np.float64]
type Integers = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class WeightedSum:
    """L = Σ_j a_j L_j.

    Raises:
        ConfigError: there is no loss, or not one finite weight for each.
    """

    losses: Sequence[Loss]
    weights: Floats
    """The factors a_j, without unit, one for each loss."""

    def __post_init__(self) -> None:
        """Check that losses and weights go together."""
        weights = np.asarray(self.weights, dtype=np.float64)
        if not self.losses:
            raise ConfigError("A weighted sum needs at least one loss.")
        if weights.shape != (len(self.losses),) or not np.isfinite(weights).all():
            raise ConfigError(
                f"A sum of {len(self.losses)} losses needs as many finite weights, not {weights.tolist()}."
            )
        object.__setattr__(self, "weights", weights)

    @cached_property
    def reads(self) -> Integers:
        """The components that any of the losses reads, ascending, shape (m,)."""
        return np.unique(np.concatenate([loss.reads for loss in self.losses]))

    def value(self, displacements: Floats) -> Any:
        """L(U): a float, or an array (n,) for n samples."""
        return sum(weight * loss.value(displacements) for weight, loss in self._terms())

    def derivative(self, displacements: Floats) -> Floats:
        """∂L/∂U, of the shape of U."""
        result = np.zeros(displacements.shape)
        for weight, loss in self._terms():
            result += weight * loss.derivative(displacements)
        return result

    def curvature(self, displacements: Floats) -> Floats:
        """∂²L/∂U² of one sample with respect to the components read, shape (m, m)."""
        require_one_sample((), displacements)
        result = np.zeros((len(self.reads), len(self.reads)))
        for weight, loss in self._terms():
            places = np.searchsorted(self.reads, loss.reads)
            result[np.ix_(places, places)] += weight * loss.curvature(displacements)
        return result

    def __getitem__(self, index: int | Integers) -> "WeightedSum":
        """The sum of the losses of one sample, or of several."""
        return replace(self, losses=[loss[index] for loss in self.losses])

    def _terms(self) -> list[tuple[float, Loss]]:
        return list(zip(self.weights.tolist(), self.losses, strict=True))
