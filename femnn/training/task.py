"""Tasks as arrays: loads that are the inputs, a loss and metrics of the displacements that are the outputs."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from femnn.losses import Loss

type Floats = npt.NDArray[np.float64]
type Integers = npt.NDArray[np.int64]
type Booleans = npt.NDArray[np.bool_]
type Metric = Callable[[Floats, Integers], Floats]
"""A figure for each sample, shape (n,), from displacements (n, N, d) and the indices of the samples, shape (n,)."""


@dataclass(frozen=True, eq=False, repr=False)
class Task:
    """What a network is to learn."""

    name: str
    forces: Floats
    """Loads of all samples (N), shape (n, N, d)."""
    loss: Loss
    """Of all samples."""
    training: Integers
    """Indices of the samples that are trained on."""
    test: Integers
    """Indices of the samples that are kept back; there may be none."""
    metrics: Mapping[str, Metric]
    """Figures by name, such as the accuracy, whose mean over samples is reported."""
    prescribed: Floats | None = None
    """Displacements of the supports in all samples (m), shape (n, N, d); None for supports at rest."""
    held: Booleans | None = None
    """Components that are held for the task beside the network's supports, shape (N, d); None for none."""

    def __repr__(self) -> str:
        return f"Task({self.name}, {len(self.training)} training samples, {len(self.test)} test samples)"

    @classmethod
    def from_load(cls, force: Floats, loss: Loss, name: str = "behaviour") -> Self:
        """Return the task of one training sample: under a load the network is to have a small loss.

        Args:
            force: the load (N), shape (N, d).
            loss: of the displacements, as :func:`femnn.losses.squared_error` makes it.
            name: of the task.
        """
        return cls(
            name, np.asarray(force, dtype=np.float64)[None], loss, np.array([0]), np.empty(0, dtype=np.int64), {}
        )

    def moved(self, samples: int | Integers) -> Floats | None:
        """Return the displacements of the supports in one sample (m), shape (N, d), or in several; None for none."""
        return None if self.prescribed is None else np.asarray(self.prescribed[samples])

    def fingerprint(self) -> str:
        """A digest of loads, samples and loss, by which a training that was cut off knows its own task."""
        U = np.random.default_rng(0).normal(0.0, 1e-3, self.forces.shape)
        parts: tuple[np.ndarray, ...] = (
            self.forces,
            self.training,
            self.test,
            np.asarray(self.loss.value(U)),
            self.loss.derivative(U),
        )
        digest = hashlib.sha256(self.name.encode())
        parts += tuple(part for part in (self.prescribed, self.held) if part is not None)
        for part in parts:
            digest.update(np.ascontiguousarray(part).tobytes())
        return digest.hexdigest()

    def measured(self, displacements: Floats, samples: Integers) -> dict[str, float]:
        """Mean loss and metrics of samples, without those that have no answer (NaN).

        Args:
            displacements: U (m), shape (n, N, d).
            samples: indices of the samples, shape (n,).
        """
        answered = np.isfinite(displacements).all(axis=(1, 2))
        U, indices = displacements[answered], samples[answered]
        if not len(indices):
            return dict.fromkeys(("loss", *self.metrics), float("nan"))
        means = {"loss": float(np.mean(self.loss[indices].value(U)))}
        return means | {name: _mean(metric(U, indices)) for name, metric in self.metrics.items()}


def _mean(values: Floats) -> float:
    """Mean of the samples that have the figure."""
    known = values[np.isfinite(values)]
    return float(known.mean()) if len(known) else float("nan")
