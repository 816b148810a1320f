"""How a training is portioned, and where it is recorded."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Plan:
    """How long and in which portions a task is trained."""

    epochs: int
    """Passes over the training samples; for optimisers of the full batch, evaluations of the loss."""
    batch: int | None = None
    """Samples of a step; all where None."""
    divisor: float | None = None
    """What the sum over a batch is divided by; the number of its samples where None."""
    evaluate_every: int = 1
    """Epochs between two evaluations of all samples."""
    patience: int | None = None
    """Evaluations without a gain in the training loss after which the training ends; never early where None.

    Optimisers with a line search then return the best parameters, others the last.
    """
    least_gain: float = 0.0
    """Fall of the training loss, as a share of it, that counts as a gain."""
    keep_every: int = 50
    """Steps after which the states that solves start from are written to the record."""
    snapshots: bool = False
    """Whether the stiffness at every evaluation is part of the history, as for an animation."""


@dataclass(frozen=True)
class Place:
    """Where a training keeps its record, and the facts by which a record is known to be its own."""

    folder: Path
    facts: Mapping[str, Any]
