"""Marks on paper: how matplotlib draws each of them."""

from functools import singledispatch
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from femnn.report.colours import INK
from femnn.report.marks import (
    Area,
    Arrow,
    Band,
    Bars,
    Blank,
    Curve,
    Dots,
    Label,
    Mark,
    Reference,
    Segments,
)

LAYERS = {Band: 0, Area: 1, Segments: 1, Reference: 1}
"""Drawing order of marks that say nothing of it; all others are above these."""


@singledispatch
def draw(mark: Mark, axes: Axes) -> Any:
    """Draw a mark; return what a colour scale would show, if there is one."""
    raise TypeError(f"there is no way to draw {type(mark).__name__}")


def handle(mark: Mark) -> Any:
    """What stands before the name of a mark in a list of names."""
    if isinstance(mark, Dots):
        return Line2D([], [], linestyle="none", alpha=mark.opacity, **_dot_style(mark))
    if isinstance(mark, Curve):
        style: Any = mark.dashes
        return Line2D([], [], color=mark.colour, linestyle=style, linewidth=mark.width, marker=mark.marker,
                      markersize=mark.marker_size, alpha=mark.opacity)  # fmt: skip
    return Patch(facecolor=mark.colour, alpha=mark.opacity)


def _shared(mark: Mark) -> dict[str, Any]:
    """Name, opacity and order of drawing, as matplotlib takes them."""
    order = LAYERS.get(type(mark), 2) if mark.layer is None else mark.layer
    return {"label": mark.name or None, "alpha": mark.opacity, "zorder": order}


@draw.register
def _(mark: Blank, axes: Axes) -> None:
    axes.set_axis_off()


@draw.register
def _(mark: Curve, axes: Axes) -> None:
    axes.plot(mark.x, mark.y, color=mark.colour, linestyle=mark.dashes, marker=mark.marker, markersize=mark.marker_size,
              linewidth=mark.width, **_shared(mark))  # fmt: skip


def _dot_style(mark: Dots) -> dict[str, Any]:
    style: dict[str, Any] = {"marker": mark.marker, "color": mark.colour, "markersize": mark.size}
    style |= {"markerfacecolor": "white"} if mark.hollow else {}
    style |= {"markeredgecolor": "white"} if mark.outlined else {}
    return style if mark.edge is None else style | {"markeredgewidth": mark.edge}


@draw.register
def _(mark: Dots, axes: Axes) -> None:
    if mark.x_errors is None and mark.y_errors is None:
        axes.plot(mark.x, mark.y, linestyle="none", **_dot_style(mark), **_shared(mark))
        return
    axes.errorbar(np.asarray(mark.x), np.asarray(mark.y), mark.y_errors, mark.x_errors, linestyle="none", capsize=2,
                  elinewidth=mark.error_width, **_dot_style(mark), **_shared(mark))  # fmt: skip


@draw.register
def _(mark: Bars, axes: Axes) -> None:
    places, values = np.asarray(mark.places, dtype=np.float64), np.asarray(mark.values, dtype=np.float64)
    start = np.broadcast_to(np.asarray(mark.start, dtype=np.float64), values.shape)
    low, high, half = start, start + values, 0.5 * mark.thickness
    corners = [np.stack(pair, axis=-1) for pair in ((places - half, low), (places - half, high), (places + half, high),
                                                    (places + half, low))]  # fmt: skip
    shapes = np.stack(corners, axis=1)
    shapes = shapes[:, :, ::-1] if mark.lying else shapes
    # One collection: bars one by one take as long as all the rest
    colours = list(mark.colours) or mark.colour
    axes.add_collection(PolyCollection(list(shapes), facecolors=colours, **_shared(mark)))
    axes.autoscale_view()
    if mark.errors is not None:
        at: Any = (high, places) if mark.lying else (places, high)
        errors: Any = {"xerr" if mark.lying else "yerr": mark.errors}
        axes.errorbar(*at, **errors, linestyle="none", elinewidth=0.8, ecolor=INK)


@draw.register
def _(mark: Area, axes: Axes) -> None:
    x, low, high = (np.asarray(values) for values in (mark.x, mark.low, mark.high))
    axes.fill_between(x, low, high, color=mark.colour, linewidth=0, **_shared(mark))


@draw.register
def _(mark: Band, axes: Axes) -> None:
    span = axes.axvspan if mark.along == "x" else axes.axhspan
    span(mark.low, mark.high, color=mark.colour, linewidth=0, **_shared(mark))


@draw.register
def _(mark: Reference, axes: Axes) -> None:
    line = axes.axvline if mark.along == "x" else axes.axhline
    line(mark.at, color=mark.colour, linestyle=mark.dashes, linewidth=mark.width, **_shared(mark))
    if not mark.text:
        return
    shift, upright = {"above": (3, "baseline"), "below": (-3, "top"), "on": (0, "center")}[mark.text_side]
    place, units, across = (mark.at, mark.text_at), ("data", "axes fraction"), "center"
    if mark.along == "y":
        place, units, across = place[::-1], units[::-1], mark.text_from
    axes.annotate(mark.text, place, (0, shift), units, "offset points", ha=across, va=upright, fontsize=8,
                  color=mark.colour)  # fmt: skip


@draw.register
def _(mark: Segments, axes: Axes) -> None:
    pieces = [pair for pair in zip(mark.starts, mark.ends, strict=True) if np.isfinite(pair).all()]
    style: dict[str, Any] = {"colors": mark.colour, "linewidths": mark.width, "linestyles": mark.dashes}
    axes.add_collection(LineCollection(pieces, **style, **_shared(mark)))
    axes.autoscale_view()


@draw.register
def _(mark: Label, axes: Axes) -> None:
    which: Any = tuple("axes fraction" if name in mark.in_panel else "data" for name in "xy")
    box = {"boxstyle": "round,pad=0.15", "facecolor": "white", "edgecolor": "none"} if mark.boxed else None
    axes.annotate(
        mark.text, (mark.x, mark.y), mark.offset, which, "offset points", ha=mark.across, va=mark.upright,
        fontsize=mark.size, fontweight="bold" if mark.bold else "normal", color=mark.colour, alpha=mark.opacity,
        rotation=90 if mark.turned else 0, bbox=box, annotation_clip=False,
    )  # fmt: skip


@draw.register
def _(mark: Arrow, axes: Axes) -> None:
    arrow = {"arrowstyle": "-|>", "color": mark.colour, "linewidth": mark.width}
    arrow |= {"shrinkA": mark.gap, "shrinkB": mark.gap}
    axes.annotate("", mark.end, mark.start, arrowprops=arrow, zorder=_shared(mark)["zorder"])
