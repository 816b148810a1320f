"""Confusion matrix: which class a network tells for samples of each class."""

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes

from femnn.errors import ConfigError
from femnn.report.colours import FAINT, INK
from femnn.report.marks import Confusion
from femnn.report.printed_marks import draw

DARK = 0.55
"""Share of a row above which a cell is so dark that it is written on in white."""


@draw.register
def confusion(mark: Confusion, axes: Axes) -> None:
    """Draw a confusion matrix: counts, and their shares of the row, which also make a cell darker.

    Args:
        mark: samples by their true class (rows) and the class that was told (columns); sums over seeds or means.
        axes: where to draw.

    Raises:
        ConfigError: the matrix does not fit the classes, or has negative or missing entries.
    """
    counts, classes = np.asarray(mark.counts, dtype=np.float64), mark.classes
    if not classes or counts.shape != (len(classes), len(classes)):
        raise ConfigError(f"A confusion matrix of shape {counts.shape} does not fit {len(classes)} classes.")
    if not (np.isfinite(counts) & (counts >= 0)).all():
        raise ConfigError("A confusion matrix counts samples: its entries must be finite and not negative.")
    totals = counts.sum(axis=1, keepdims=True)
    shares = np.divide(counts, totals, out=np.zeros_like(counts), where=totals > 0)
    axes.imshow(shares, cmap=colormaps["Blues"], vmin=0, vmax=1.15)
    for (row, column), share in np.ndenumerate(shares):
        _cell(axes, row, column, float(counts[row, column]), float(share) if totals[row, 0] else None)
    places = np.arange(len(classes))
    axes.set_xticks(places, classes)
    axes.set_yticks(places, classes)
    axes.set_xticks(places[1:] - 0.5, minor=True)
    axes.set_yticks(places[1:] - 0.5, minor=True)
    axes.grid(which="minor", color="white", linewidth=2)
    axes.tick_params(which="both", length=0)
    axes.spines[:].set_visible(False)
    axes.set_xlabel("predicted by the network", color=INK)
    axes.set_ylabel("true class", color=INK)


def _cell(axes: Axes, row: int, column: int, count: float, share: float | None) -> None:
    ink = "white" if share is not None and share > DARK else INK if count else FAINT
    number = f"{count:.0f}" if count == round(count) else f"{count:.1f}"
    # An empty cell is told from a rare mistake by its one faint zero
    axes.text(column, row - (0.1 if count else 0), number, ha="center", va="center", color=ink, fontsize=11,
              fontweight="bold" if row == column else "normal")  # fmt: skip
    if count and share is not None:
        axes.text(column, row + 0.2, f"{100 * share:.0f} %", ha="center", va="center", color=ink, fontsize=8)
