"""Outputs of a printed lattice under a push, before and after trainings, beside what was measured (Li & Mao 2024)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from femnn.measured.comparison.agreement import TRIALS, best_factor, chance
from femnn.measured.published import published_displacements

type Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Push:
    """A push of the lattice as it was before or after a training."""

    force: Floats
    """The load (N), shape (N, d)."""
    stiffness: Floats
    """Of springs of the same widths (N/m), shape (B,)."""
    outputs: Sequence[tuple[int, int]]
    """Index of the node and component of each displacement that is read."""

    def read(self, displacements: Floats) -> Floats:
        """Return the outputs (m), shape (outputs,), of displacements of the nodes (m), shape (N, d)."""
        return np.array([displacements[place] for place in self.outputs])


def beside_published(moved: Mapping[str, Floats]) -> list[dict[str, Any]]:
    """Return a row for each experiment and output: ``predicted``, ``measured`` and its ``deviation`` (m).

    ``score`` is (predicted − measured)/deviation, ``fitted_score`` the same after all outputs are multiplied by the
    ``factor`` that fits them best, as another modulus would. Outputs are numbered from 1. Where it is not known which
    of the measured values belongs to which output, the order that is nearer is taken.

    Args:
        moved: computed outputs (m), shape (2,), by the name of the experiment.
    """
    rows: list[dict[str, Any]] = []
    for name, values in moved.items():
        own = published_displacements()[name].in_order_of(np.asarray(values))
        for i, (value, measured, deviation) in enumerate(zip(values, own.values, own.deviations, strict=True)):
            row = {"experiment": name, "output": i + 1, "predicted": value}
            rows.append(row | {"measured": measured, "deviation": deviation})
    if not rows:
        return rows
    x, y, s = (np.array([row[key] for row in rows]) for key in ("predicted", "measured", "deviation"))
    factor = best_factor(x / s, y / s)
    return [
        row | {"score": score, "factor": factor, "fitted_score": fitted}
        for row, score, fitted in zip(rows, (x - y) / s, (factor * x - y) / s, strict=True)
    ]


def chance_of_published(count: int, generator: np.random.Generator, fitted: bool) -> tuple[float, float]:
    """Return χ² per value of the published displacements that a perfect model would show; see :func:`chance`.

    Args:
        count: how often trials are drawn.
        generator: random numbers.
        fitted: whether all displacements of a model are multiplied by the factor that fits them best.
    """
    known = published_displacements().values()
    values, deviations = (np.concatenate([getattr(one, part) for one in known]) for part in ("values", "deviations"))
    return chance(values, deviations, TRIALS, count, generator, fitted)
