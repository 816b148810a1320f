"""What losses of classes share: one output a class, chosen by the magnitude of its displacement."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
import numpy.typing as npt

from femnn.errors import ConfigError
from femnn.losses.components import checked_reads, chosen, read
from femnn.losses.loss import Loss
from femnn.network.network import Network

type Floats = npt.NDArray[np.float64]
type Integers = npt.NDArray[np.int64]
type Booleans = npt.NDArray[np.bool_]
type ClassLoss = Callable[[Network, Sequence[tuple[int, int]], Integers, float], Loss]
"""Returns a loss of a network, from the node and the component of the output of each class, the class wanted of each
sample, and a margin (m), which losses without one pass over."""


@dataclass(frozen=True, eq=False)
class Classification:
    """Outputs of classes and the classes wanted.

    Raises:
        ConfigError: fewer than two outputs, a target that is no class, or a weight that is not positive.
    """

    reads: Integers
    """The output of each class: indices into U.ravel(), shape (m,), m ≥ 2."""
    target: Integers
    """Class wanted, 0 to m − 1: a number for all samples alike, or shape (n,) for n samples."""
    weight: float = 1.0

    def __post_init__(self) -> None:
        """Bring the arrays to their types and check them."""
        reads, target = checked_reads(self.reads), np.asarray(self.target)
        if len(reads) < 2:
            raise ConfigError("A loss of classes reads one output a class, of two classes at least.")
        if target.ndim > 1 or target.dtype.kind not in "iu":
            raise ConfigError(f"Classes are one whole number, or one for each sample, not {self.target}.")
        wrong = target[(target < 0) | (target >= len(reads))]
        if wrong.size:
            raise ConfigError(
                f"There is no class {wrong.flat[0]}: with {len(reads)} outputs they are 0 to {len(reads) - 1}."
            )
        if not (np.isfinite(self.weight) and self.weight > 0):
            raise ConfigError(f"The weight of a loss must be above 0 and finite, not {self.weight}.")
        object.__setattr__(self, "reads", reads)
        object.__setattr__(self, "target", target.astype(np.int64, copy=False))

    def __getitem__(self, index: int | Integers) -> Self:
        """The loss of one sample, or of several."""
        return replace(self, target=chosen(self.target, index)) if self.samples else self

    @property
    def samples(self) -> tuple[int, ...]:
        """``(n,)`` where there are targets for n samples, else ``()``."""
        return self.target.shape

    def outputs(self, displacements: Floats) -> Floats:
        """The outputs' displacements (m), shape (m,) or (n, m)."""
        return read(displacements, self.reads, self.samples)

    @property
    def wanted(self) -> Booleans:
        """Whether an output is that of the class wanted, shape (m,) or (n, m)."""
        return np.arange(len(self.reads)) == self.target[..., None]
