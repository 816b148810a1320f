"""Figures on paper: the renderer that draws figure data by matplotlib."""

from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Drawing
from matplotlib.ticker import NullLocator

from femnn.report.colours import GRID
from femnn.report.confusion import confusion
from femnn.report.figure import Axis, Figure, Panel
from femnn.report.lattice_plots import colour_scale
from femnn.report.literal_texts import with_literal_texts
from femnn.report.marks import Blank, Curve, Mark
from femnn.report.plots import STYLE, few_ticks, heading, name_ends
from femnn.report.printed_marks import draw, handle
from femnn.report.trained_lattice import trained_lattice

DRAWN_ELSEWHERE = (confusion, trained_lattice)
"""Marks of these files are drawn by functions beside those of printed_marks.py, which register when imported."""


def printed(figure: Figure) -> Drawing:
    """Draw a figure for paper, in the house style; all texts are drawn as they stand."""
    figure = with_literal_texts(figure)
    with mpl.rc_context(STYLE):
        drawing = Drawing(figsize=figure.size, layout="constrained")
        if any(figure.margins):
            drawing.set_layout_engine("constrained", w_pad=figure.margins[0], h_pad=figure.margins[1])
        rows = _rows_of_axes(drawing, figure)
        for axes, panels in zip(rows, figure.panels, strict=True):
            for each in axes[len(panels) :]:
                each.set_axis_off()
            drawn = [_draw_marks(each, panel) for each, panel in zip(axes, panels, strict=False)]
            if figure.shared_scale:
                colour_scale(next(filter(None, drawn)), axes[: len(panels)], figure.shared_scale)
        for axes, panels in zip(rows, figure.panels, strict=True):
            for each, panel in zip(axes, panels, strict=False):
                _finish(each, panel)
        if figure.legend:
            handles, names = [handle(mark) for mark in figure.legend], [mark.name for mark in figure.legend]
            drawing.legend(handles, names, loc="outside upper center", ncols=figure.legend_columns, fontsize=9)
    return drawing


def _rows_of_axes(drawing: Drawing, figure: Figure) -> list[list[Axes]]:
    """The axes of every row; each has as many as the longest, unless rows are laid out by themselves."""
    counts = [len(row) for row in figure.panels]
    if figure.heights:
        parts = drawing.subfigures(len(counts), 1, height_ratios=list(figure.heights), squeeze=False)[:, 0]
        return [list(part.subplots(1, n, squeeze=False)[0]) for part, n in zip(parts, counts, strict=True)]
    axes = drawing.subplots(len(counts), max(counts), squeeze=False, sharey=figure.share_y)
    return [list(row) for row in axes]


def _draw_marks(axes: Axes, panel: Panel) -> Any:
    if any(isinstance(mark, Blank) for mark in panel.marks):
        axes.set_axis_off()
        return None
    heading(axes, panel.title)
    # Scales first: what is drawn next to an axis, and limits that follow the data, depend on them
    axes.set(xscale=panel.x.scale, yscale=panel.y.scale)
    shown = [draw(mark, axes) for mark in panel.marks]
    if all(_has_axes(mark) for mark in panel.marks):
        for axis, which in ((panel.x, "x"), (panel.y, "y")):
            _set_axis(axes, axis, which)
        if panel.square:
            axes.set_aspect("equal")
    return next((each for each in shown if each is not None), None)


def _finish(axes: Axes, panel: Panel) -> None:
    """Write names and ticks, which depend on limits that panels may share."""
    if not all(_has_axes(mark) for mark in panel.marks):
        return
    if panel.legend == "ends":
        name_ends(axes, [mark for mark in panel.marks if isinstance(mark, Curve) and mark.name], panel.name_gap)
    elif panel.legend:
        place: Any = panel.legend
        axes.legend(loc=place, title=panel.legend_title or None, fontsize=8, frameon=False, ncols=panel.legend_columns)
    few_ticks(axes)
    for axis, which in ((panel.x, "x"), (panel.y, "y")):
        _set_ticks(axes, axis, which)


def _has_axes(mark: Mark) -> bool:
    return not isinstance(mark, Blank) and not hasattr(mark, "network") and not hasattr(mark, "classes")


def _set_axis(axes: Axes, axis: Axis, which: str) -> None:
    """Label, limits and grid."""
    axes.set(**{f"{which}label": axis.label})
    if axis.grid:
        axes.grid(True, which="major", axis="x" if which == "x" else "y", color=GRID, linewidth=0.7)
        axes.set_axisbelow(True)
    if axis.margin is not None:
        axes.margins(x=axis.margin) if which == "x" else axes.margins(y=axis.margin)
    axes.autoscale_view()
    low, high = axis.limits
    set_limits = axes.set_xlim if which == "x" else axes.set_ylim
    if low is not None or high is not None:
        set_limits(low, high)
    if axis.downwards:
        now = axes.get_xlim() if which == "x" else axes.get_ylim()
        set_limits(max(now), min(now))


def _set_ticks(axes: Axes, axis: Axis, which: str) -> None:
    if axis.most_steps is not None:
        axes.locator_params(axis="x" if which == "x" else "y", nbins=axis.most_steps)
    if axis.ticks is None:
        return
    places, texts = [place for place, _ in axis.ticks], [text for _, text in axis.ticks]
    set_ticks = axes.set_xticks if which == "x" else axes.set_yticks
    set_ticks(places, texts, rotation=90 if axis.vertical_ticks else 0)
    (axes.xaxis if which == "x" else axes.yaxis).set_minor_locator(NullLocator())
