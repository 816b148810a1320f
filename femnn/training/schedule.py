"""How long a task is trained, and in which portions."""

from pydantic import Field

from femnn.config.limits_of_input import MOST
from femnn.config.settings import Settings


class TrainingSchedule(Settings):
    """How long and in which portions a task is trained."""

    epochs: int = Field(default=100, ge=0, le=MOST)
    """Passes over the training samples; for optimisers with a line search, evaluations of the loss."""
    batch: int | None = Field(default=None, ge=1, le=MOST)
    """Samples of a step; all where left out."""
    divisor: float | None = Field(default=None, gt=0)
    """What the sum over a batch is divided by; the number of its samples where left out."""
    evaluate_every: int = Field(default=1, ge=1, le=MOST)
    """Epochs between two evaluations of all samples."""
    patience: int | None = Field(default=None, ge=1, le=MOST)
    """Evaluations without a gain in the training loss after which the training ends; never early where left out.
    Optimisers with a line search then return the best parameters, others the last."""
    least_gain: float = Field(default=0.0, ge=0, lt=1)
    """Fall of the training loss, as a share of it, that counts as a gain."""
    keep_every: int = Field(default=50, ge=1, le=MOST)
    """Steps after which the states that solves start from are written to the record."""
    snapshots: bool = False
    """Whether the stiffness at every evaluation is part of the history, as for an animation."""
