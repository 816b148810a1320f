"""What came of a training."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from femnn.training.batch_evaluator import Failure

if TYPE_CHECKING:
    from matplotlib.figure import Figure

type Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, repr=False)
class History:
    """A finished training."""

    losses: Floats
    """Loss of the batch at each step, shape (steps,)."""
    epochs: dict[str, list[float]]
    """Columns ``epoch``, ``training_loss``, ``test_loss`` and the like; a row an evaluation."""
    parameters: Floats
    """θ at the end, shape (B,)."""
    stiffness: Floats
    """k at the end (N/m), shape (B,)."""
    displacements: Floats
    """U of all samples at the end (m), shape (n, N, d); NaN for those without an equilibrium."""
    failures: list[tuple[int, Failure]] = field(default_factory=list)
    """Samples that were left out, with the number of the step or evaluation from 0."""
    ended_early: bool = False
    snapshots: list[Floats] = field(default_factory=list)
    """k at every evaluation (N/m), each of shape (B,), where the plan asks for it."""

    def __repr__(self) -> str:
        return f"History({len(self.losses)} steps, training loss {self.final('training_loss'):.4g})"

    def plot(self, column: str = "loss", logarithmic: bool = True) -> Figure:
        """Return a drawing of a figure of the training and the test samples against the epochs.

        Args:
            column: "loss", or a metric of the task such as "accuracy".
            logarithmic: whether the vertical axis is.

        Raises:
            ConfigError: there is no such column.
        """
        from femnn.report.curves import history_drawing

        return history_drawing(self.epochs, column, logarithmic)

    def final(self, column: str) -> float:
        """The last value of a column of :attr:`epochs`."""
        return self.epochs[column][-1]
