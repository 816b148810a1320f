"""Curves of trainings: a figure against epochs, over seeds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Drawing

from femnn.errors import ConfigError
from femnn.report.plots import COLOURS, Curve, drawing, few_ticks, heading, name_ends

type Floats = npt.NDArray[np.float64]

MOST_SINGLE = 12
"""Up to this many seeds are drawn one by one; of more, the quartiles."""


@dataclass(frozen=True)
class SeededCurve:
    """A figure against epochs for several seeds.

    Raises:
        ConfigError: the shapes do not go together, or the epochs do not rise.
    """

    name: str
    epochs: Floats
    """Shape (n,), rising."""
    values: Floats
    """Shape (seeds, n); not a number after the end of a seed that ended early."""
    colour: str
    dashes: str = "-"

    def __post_init__(self) -> None:
        """Check the shapes."""
        epochs, values = np.shape(self.epochs), np.shape(self.values)
        if len(epochs) != 1 or len(values) != 2 or values[1:] != epochs or 0 in values:
            raise ConfigError(
                f"{self.name}: epochs of shape {epochs} and values of shape {values} do not go together; "
                "give epochs (n,) and values (seeds, n)."
            )
        if not (np.diff(self.epochs) > 0).all():
            raise ConfigError(f"{self.name}: the epochs do not rise.")

    @property
    def carried(self) -> Floats:
        """The values with the last one of each seed carried on while another seed is trained, shape (seeds, n).

        A network whose training has ended stays as it is; without its seed the mean would jump.
        """
        carried = np.array(self.values, dtype=np.float64)
        present = np.isfinite(carried)
        longest = np.flatnonzero(present.any(axis=0)).max(initial=-1) + 1
        for seed, known in zip(carried, present, strict=True):
            last = np.flatnonzero(known).max(initial=-1)
            if last >= 0:
                seed[last + 1 : longest] = seed[last]
        return carried

    @property
    def mean(self) -> Floats:
        """Mean over the seeds, shape (n,); not a number where no seed has a value."""
        values = np.ma.masked_invalid(self.carried)
        return np.asarray(values.mean(axis=0).filled(np.nan), dtype=np.float64)


def training_curves(
    axes: Axes,
    curves: Sequence[SeededCurve],
    y_label: str,
    title: str,
    logarithmic: bool = False,
    limits: tuple[float, float] | None = None,
    gap: float = 0.06,
) -> None:
    """Draw the mean over seeds as a line, named at its right end, and the spread over seeds behind it.

    The spread is a band: from the smallest to the largest value, with the single seeds as thin lines, or between the
    quartiles for more than :data:`MOST_SINGLE` seeds. A thin line ends in a dot where its seed ended early.

    Args:
        axes: where to draw.
        curves: what to draw.
        y_label: of the vertical axis.
        title: of the diagram.
        logarithmic: whether the vertical axis is.
        limits: of the vertical axis.
        gap: between two names, as a share of the height.

    Raises:
        ConfigError: there is no curve.
    """
    if not curves:
        raise ConfigError(f"{title or y_label}: there are no curves to draw.")
    axes.set(yscale="log" if logarithmic else "linear", xlabel="epoch", ylabel=y_label)
    heading(axes, title)
    axes.grid(True, which="major", color="#e4e7eb", linewidth=0.7)
    for curve in curves:
        _spread(axes, curve)
    means = [Curve(curve.epochs, curve.mean, curve.name, curve.colour, curve.dashes) for curve in curves]
    for mean in means:
        axes.plot(mean.x, mean.y, color=mean.colour, linestyle=mean.dashes, linewidth=2.2, zorder=3)
    axes.margins(x=0.01)
    if limits is not None:
        axes.set_ylim(limits)
    name_ends(axes, means, gap)
    few_ticks(axes)


def history_drawing(epochs: Mapping[str, Sequence[float]], column: str, logarithmic: bool) -> Drawing:
    """Return a drawing of a figure of the training and the test samples against the epochs.

    Args:
        epochs: columns by name, with ``epoch``.
        column: what is drawn, as ``training_{column}`` and ``test_{column}``.
        logarithmic: whether the vertical axis is.

    Raises:
        ConfigError: there is no such column.
    """
    parts = [part for part in ("training", "test") if np.isfinite(epochs.get(f"{part}_{column}", np.nan)).any()]
    if not parts:
        known = sorted({name.split("_", 1)[1] for name in epochs if "_" in name})
        raise ConfigError(f"There is no figure {column!r} of this training; there are: {', '.join(known)}.")
    x = np.asarray(epochs["epoch"], dtype=np.float64)
    curves = [
        SeededCurve(part, x, np.asarray(epochs[f"{part}_{column}"], dtype=np.float64)[None], colour)
        for part, colour in zip(parts, COLOURS, strict=False)
    ]
    figure, axes = drawing(1, 1, 6.4, 4.0)
    training_curves(axes[0, 0], curves, column, column.capitalize(), logarithmic)
    return figure


def _spread(axes: Axes, curve: SeededCurve) -> None:
    seeds = len(curve.values)
    if seeds == 1:
        return
    single = seeds <= MOST_SINGLE
    values = curve.carried
    known = np.isfinite(values).any(axis=0)
    low, high = np.nanpercentile(values[:, known], [0, 100] if single else [25, 75], axis=0)
    axes.fill_between(curve.epochs[known], low, high, color=curve.colour, alpha=0.13, linewidth=0, zorder=1)
    if not single:
        return
    for seed in np.asarray(curve.values):
        axes.plot(curve.epochs, seed, color=curve.colour, linestyle=curve.dashes, linewidth=0.7, alpha=0.45, zorder=2)
        last = np.flatnonzero(np.isfinite(seed)).max(initial=-1)
        if 0 <= last < np.flatnonzero(known)[-1]:
            axes.plot(curve.epochs[last], seed[last], "o", color=curve.colour, markersize=3.5, alpha=0.8, zorder=2)
