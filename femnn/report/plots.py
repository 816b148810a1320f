"""Drawings that studies share: the house style, curves on logarithmic axes, bars by bond."""

from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any

import matplotlib as mpl
import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure as Drawing
from matplotlib.ticker import FuncFormatter, NullLocator
from scipy.optimize import isotonic_regression

from femnn.network.network import Floats
from femnn.report.colours import FAINT, INK
from femnn.report.literal_texts import literal
from femnn.report.marks import Curve
from femnn.report.texts import SUPERSCRIPTS

BESIDE = 1.03
"""Where names of curves stand beside a diagram, as a share of its width."""
MOST_DECADES = 3
"""Decades of an axis up to which it has minor ticks."""
STYLE: dict[Any, Any] = {
    "font.size": 9,
    "font.family": "DejaVu Sans",
    # Fitting letters to pixels takes a fifth of the time, and is not seen at this resolution
    "text.hinting": "none",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": FAINT,
    "axes.labelcolor": INK,
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "lines.linewidth": 1.8,
    "legend.frameon": False,
}


def drawing(rows: int, columns: int, width: float, height: float) -> tuple[Drawing, npt.NDArray[np.object_]]:
    """An empty drawing in the house style.

    Args:
        rows: rows of axes.
        columns: columns of axes.
        width: of the whole (inches).
        height: of the whole (inches).

    Returns:
        The drawing and its axes, shape (rows, columns).
    """
    with mpl.rc_context(STYLE):
        figure = Drawing(figsize=(width, height), layout="constrained")
        axes = figure.subplots(rows, columns, squeeze=False)
    return figure, axes


def save(figure: Drawing, target: Path | IO[bytes], **options: Any) -> None:
    """Write a drawing in the house style.

    Args:
        figure: the drawing.
        target: path of the file, or an open one.
        options: as `matplotlib.figure.Figure.savefig` takes them.
    """
    with mpl.rc_context(STYLE):
        figure.savefig(target, **options)


def heading(axes: Axes, text: str) -> None:
    """Title of one diagram, at its left."""
    axes.set_title(literal(text), loc="left", fontsize=10, fontweight="bold", color=INK)


def few_ticks(axes: Axes) -> None:
    """Have plain ticks on logarithmic axes over many decades: no minor ones, which take long to draw and say little.

    Powers are written with superscripts of the font, which are drawn ten times as fast as formulas.
    """
    for axis, scale, limits in (
        (axes.xaxis, axes.get_xscale(), axes.get_xlim()),
        (axes.yaxis, axes.get_yscale(), axes.get_ylim()),
    ):
        if scale == "log" and limits[0] > 0 and np.log10(limits[1] / limits[0]) > MOST_DECADES:
            axis.set_minor_locator(NullLocator())
            axis.set_major_formatter(FuncFormatter(_power))


def _power(value: float, position: int | None = None) -> str:
    return f"10{str(round(np.log10(value))).translate(SUPERSCRIPTS)}" if value > 0 else ""


def name_ends(axes: Axes, curves: Sequence[Curve], gap: float = 0.052) -> None:
    """Write the name of each curve to the right of the diagram, with a line from the curve's end to it.

    Args:
        axes: where the curves are; their limits are to be what they will be.
        curves: what is named; those without a value that can be drawn are passed over.
        gap: between two names, as a share of the height.
    """
    heights = [np.asarray(curve.y, dtype=np.float64) for curve in curves]
    drawable = [np.isfinite(y) & ((y > 0) | (axes.get_yscale() != "log")) for y in heights]
    named = [(curve, np.flatnonzero(good)[-1]) for curve, good in zip(curves, drawable, strict=True) if good.any()]
    if not named:
        return
    # Limits that follow the data are otherwise not set before the axes are drawn
    axes.autoscale_view()
    in_axes = axes.transScale + axes.transLimits
    ends = np.array([in_axes.transform((np.asarray(curve.x)[i], np.asarray(curve.y)[i])) for curve, i in named])
    places, colours = apart(ends[:, 1], gap), [curve.colour for curve, _ in named]
    leaders = np.stack([ends, np.column_stack([np.full(len(places), BESIDE), places])], axis=1)
    lines = LineCollection(list(leaders), colors=colours, linewidths=0.7, transform=axes.transAxes, clip_on=False)
    # One collection, passed over by the layout: arrows one by one cost as much as the curves
    lines.set_in_layout(False)
    axes.add_artist(lines)
    for (curve, _), place in zip(named, places, strict=True):
        axes.text(
            BESIDE + 0.005,
            place,
            literal(curve.name),
            transform=axes.transAxes,
            va="center",
            fontsize=8,
            color=curve.colour,
        )


def apart(heights: Floats, gap: float) -> Floats:
    """Heights moved as little as keeps them in order, ``gap`` apart and below the top, by isotonic regression."""
    order = np.argsort(-heights, kind="stable")
    shifts = gap * np.arange(len(heights))
    placed = np.empty(len(heights))
    placed[order] = np.minimum(isotonic_regression(heights[order] + shifts, increasing=False).x, 1.0) - shifts
    return placed
