"""Accuracies of several ways to train, side by side."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes

from femnn.errors import ConfigError
from femnn.report.plots import COLOURS, INK, heading

type Floats = npt.NDArray[np.float64]

OFFSET = 0.17
"""Of the two rows of a group from its middle, as a share of the room between groups."""


@dataclass(frozen=True)
class Accuracies:
    """Accuracies that one way to train has reached.

    Raises:
        ConfigError: there are none, or they are not between 0 and 1.
    """

    name: str
    training: Floats
    """Share of the training samples classified correctly, shape (seeds,); not a number for a seed without any."""
    test: Floats | None = None
    """The same of the test samples."""

    def __post_init__(self) -> None:
        """Check the values."""
        for values in (self.training, self.test):
            if values is None:
                continue
            known = np.asarray(values, dtype=np.float64)
            known = known[~np.isnan(known)]
            if np.ndim(values) != 1 or not known.size:
                raise ConfigError(f"{self.name}: one accuracy for each seed is needed, and one that is a number.")
            if ((known < 0) | (known > 1)).any():
                raise ConfigError(f"{self.name}: accuracies are shares between 0 and 1.")


def accuracy_bars(axes: Axes, groups: Sequence[Accuracies], title: str = "", chance: float | None = None) -> None:
    """Draw accuracies from left to right: a dot for each seed, a bar over their range, a tick and a number at the mean.

    Args:
        axes: where to draw.
        groups: what to draw, from the top down.
        title: of the diagram.
        chance: share that guessing tells right, drawn as a dotted line.

    Raises:
        ConfigError: there is no group.
    """
    if not groups:
        raise ConfigError(f"{title or 'accuracies'}: there are no groups to draw.")
    both = any(group.test is not None for group in groups)
    for place, group in enumerate(groups):
        _row(axes, place - OFFSET * both, group.training, COLOURS[0], 0, both)
        if group.test is not None:
            _row(axes, place + OFFSET, group.test, COLOURS[1], 1, both)
    columns = (("training", COLOURS[0]), ("test", COLOURS[1])) if both else (("accuracy", COLOURS[0]),)
    for i, (name, colour) in enumerate(columns):
        axes.annotate(name, (_column(i), 1.0), (0, 3), "axes fraction", "offset points", ha="center", fontsize=8,
                      color=colour, annotation_clip=False)  # fmt: skip
    if chance is not None:
        axes.axvline(100 * chance, color="#616e7c", linestyle=":", linewidth=1.2)
        axes.annotate("guessing", (100 * chance, 0), (3, 3), ("data", "axes fraction"), "offset points", fontsize=8,
                      color="#616e7c")  # fmt: skip
    axes.set_yticks(range(len(groups)), [group.name for group in groups])
    axes.set_ylim(len(groups) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.grid(True, axis="x", color="#e4e7eb", linewidth=0.7)
    axes.set_axisbelow(True)
    low, high = axes.get_xlim()
    axes.set_xlim(max(low, -2.0), min(high, 101.0))
    axes.set_xlabel("samples classified correctly (%)")
    heading(axes, title)


def _column(i: int) -> float:
    """Where the numbers of training (0) and test (1) are, as a share of the width."""
    return 1.06 + 0.12 * i


def _row(axes: Axes, height: float, shares: Floats, colour: str, column: int, both: bool) -> None:
    values = 100 * np.asarray(shares, dtype=np.float64)
    values = values[np.isfinite(values)]
    mean = float(values.mean())
    axes.plot([values.min(), values.max()], [height] * 2, color=colour, alpha=0.25, linewidth=5,
              solid_capstyle="round")  # fmt: skip
    axes.plot(values, np.full(values.shape, height), "o", color=colour, markersize=4.5, alpha=0.6,
              markeredgecolor="white", markeredgewidth=0.5)  # fmt: skip
    axes.plot([mean], [height], "|", color=INK, markersize=11, markeredgewidth=2)
    axes.annotate(
        f"{mean:.1f} %", (_column(column), height), xycoords=("axes fraction", "data"), ha="center", va="center",
        fontsize=9, fontweight="bold", color=colour, annotation_clip=False,
    )  # fmt: skip
