"""Curves of trainings: a figure against epochs, over seeds."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.figure import Figure as Drawing

from femnn.errors import ConfigError
from femnn.network.network import Floats
from femnn.report.colours import COLOURS
from femnn.report.figure import Axis, Figure, Panel
from femnn.report.marks import Area, Curve, Dots, Mark
from femnn.report.printed import printed

EPOCHS = Axis(label="epoch", grid=True, margin=0.01)
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
        values = pd.DataFrame(np.where(np.isfinite(self.values), self.values, np.nan))
        goes_on = values.bfill(axis=1).notna()
        return values.mask(~goes_on & goes_on.any(), values.ffill(axis=1)).to_numpy()

    @property
    def mean(self) -> Floats:
        """Mean over the seeds, shape (n,); not a number where no seed has a value."""
        values = np.ma.masked_invalid(self.carried)
        return np.asarray(values.mean(axis=0).filled(np.nan), dtype=np.float64)


def training_panel(
    curves: Sequence[SeededCurve],
    y_label: str,
    title: str = "",
    logarithmic: bool = False,
    limits: tuple[float | None, float | None] = (None, None),
    gap: float = 0.06,
    x: Axis = EPOCHS,
) -> Panel:
    """Return a panel with the mean over seeds as a line, named at its right end, and the spread over seeds behind it.

    The spread is a band: from the smallest to the largest value, with the single seeds as thin lines, or between the
    quartiles for more than :data:`MOST_SINGLE` seeds. A thin line ends in a dot where its seed ended early.

    Args:
        curves: what to draw.
        y_label: of the vertical axis.
        title: of the panel.
        logarithmic: whether the vertical axis is.
        limits: of the vertical axis.
        gap: between two names, as a share of the height.
        x: the horizontal axis.

    Raises:
        ConfigError: there is no curve.
    """
    if not curves:
        raise ConfigError(f"{title or y_label}: there are no curves to draw.")
    means = [
        Curve(x=c.epochs, y=c.mean, name=c.name, colour=c.colour, dashes=c.dashes, width=2.2, layer=3) for c in curves
    ]
    marks = [mark for curve in curves for mark in _spread(curve)]
    y = Axis(label=y_label, scale="log" if logarithmic else "linear", limits=limits, grid=True)
    return Panel([*marks, *means], title, x, y, legend="ends", name_gap=gap)


def by_seed(
    table: pd.DataFrame, column: str, name: str, colour: str, factor: float = 1.0, seeds: str = "seed"
) -> SeededCurve | None:
    """Return a curve of a column of a history against the epochs, seed by seed; None where it has no value.

    Args:
        table: with columns of the seeds and of the epochs, "epoch".
        column: what is drawn.
        name: of the curve.
        colour: of the curve.
        factor: on the values.
        seeds: name of the column of the seeds.
    """
    wide = table.pivot_table(index=seeds, columns="epoch", values=column, dropna=False)
    values = factor * wide.to_numpy(dtype=np.float64)
    if not np.isfinite(values).any():
        return None
    return SeededCurve(name, wide.columns.to_numpy(dtype=np.float64), values, colour)


def seeded_panel(
    groups: Mapping[str, pd.DataFrame],
    column: str,
    y_label: str,
    title: str = "",
    factor: float = 1.0,
    seeds: str = "seed",
    logarithmic: bool = False,
    limits: tuple[float | None, float | None] = (None, None),
) -> Panel:
    """Return :func:`training_panel` of a column of a history, a curve a group of trainings that has any value.

    Args:
        groups: rows of the history by the name of the curve.
        column: what is drawn.
        y_label: of the vertical axis.
        title: of the panel.
        factor: on the values.
        seeds: name of the column of the seeds.
        logarithmic: whether the vertical axis is.
        limits: of the vertical axis.

    Raises:
        ConfigError: no group has a value.
    """
    curves = [
        by_seed(rows, column, name, COLOURS[i % len(COLOURS)], factor, seeds)
        for i, (name, rows) in enumerate(groups.items())
    ]
    return training_panel([curve for curve in curves if curve], y_label, title, logarithmic, limits)


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
    panel = training_panel(curves, column, column.capitalize(), logarithmic)
    return printed(Figure("history", "", "", [[panel]], (6.4, 4.0)))


def _spread(curve: SeededCurve) -> Iterator[Mark]:
    seeds = len(curve.values)
    if seeds == 1:
        return
    single = seeds <= MOST_SINGLE
    values = curve.carried
    known = np.isfinite(values).any(axis=0)
    low, high = np.nanpercentile(values[:, known], [0, 100] if single else [25, 75], axis=0)
    yield Area(x=curve.epochs[known], low=low, high=high, colour=curve.colour, opacity=0.13)
    if not single:
        return
    for seed in np.asarray(curve.values):
        yield Curve(x=curve.epochs, y=seed, colour=curve.colour, dashes=curve.dashes, width=0.7, opacity=0.45)
        last = np.flatnonzero(np.isfinite(seed)).max(initial=-1)
        if 0 <= last < np.flatnonzero(known)[-1]:
            yield Dots(x=[curve.epochs[last]], y=[seed[last]], colour=curve.colour, size=3.5, opacity=0.8)
