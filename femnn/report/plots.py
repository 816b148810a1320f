"""Drawings that studies share: curves on logarithmic axes, and the lattice with fields on its bonds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import matplotlib as mpl
import numpy as np
import numpy.typing as npt
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.colors import CenteredNorm
from matplotlib.figure import Figure as Drawing
from scipy.optimize import isotonic_regression

from femnn.network.network import Network

type Floats = npt.NDArray[np.float64]

ARROW = 0.16
"""Length of a load's arrow, as a share of the lattice's size."""
VIEW_2D = np.eye(2)
VIEW_3D = np.array([[0.92, -0.14], [0.39, 0.33], [0.0, 0.93]])
"""What the axes x, y, z look like in the plane of the drawing, one row each."""
LEADER = {"arrowstyle": "-", "linewidth": 0.7, "relpos": (0, 0.5), "shrinkA": 2, "shrinkB": 1}
"""Line from the end of a curve to its name."""
INK, FAINT = "#1f2933", "#9aa5b1"
COLOURS = ("#0b6e99", "#d9480f", "#2b8a3e", "#862e9c", "#b08900", "#c2255c", "#495057")
"""Distinct in hue and in lightness, so that they can be told apart in grey and by colour-blind readers."""

STYLE: dict[Any, Any] = {
    "font.size": 9,
    "font.family": "DejaVu Sans",
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


def drawing(
    rows: int, columns: int, width: float, height: float, share_y: bool = False
) -> tuple[Drawing, npt.NDArray[np.object_]]:
    """An empty drawing in the house style.

    Args:
        rows: rows of axes.
        columns: columns of axes.
        width: of the whole (inches).
        height: of the whole (inches).
        share_y: one vertical scale for all axes.

    Returns:
        The drawing and its axes, shape (rows, columns).
    """
    with mpl.rc_context(STYLE):
        figure = Drawing(figsize=(width, height), layout="constrained")
        axes = figure.subplots(rows, columns, squeeze=False, sharey=share_y)
    return figure, axes


def heading(axes: Axes, text: str) -> None:
    """Title of one diagram, at its left."""
    axes.set_title(text, loc="left", fontsize=10, fontweight="bold", color=INK)


def rows_of_axes(counts: Sequence[int], width: float, heights: Sequence[float]) -> tuple[Drawing, list[list[Axes]]]:
    """An empty drawing whose rows are laid out one by one, so that names beside one do not narrow the others.

    Args:
        counts: number of axes in each row.
        width: of the whole (inches).
        heights: of the rows (inches).
    """
    with mpl.rc_context(STYLE):
        figure = Drawing(figsize=(width, sum(heights)), layout="constrained")
        rows = figure.subfigures(len(counts), 1, height_ratios=list(heights), squeeze=False)[:, 0]
        axes = [list(row.subplots(1, n, squeeze=False)[0]) for row, n in zip(rows, counts, strict=True)]
    return figure, axes


@dataclass(frozen=True)
class Curve:
    """A line of a diagram, named at its end."""

    x: Floats
    y: Floats
    name: str
    colour: str
    dashes: str = "-"
    marker: str = ""


def logarithmic(
    axes: Axes, curves: Sequence[Curve], x_label: str, y_label: str, title: str = "", gap: float = 0.052
) -> None:
    """Draw curves on logarithmic axes, each with its name beside its right end.

    Args:
        axes: where to draw.
        curves: what to draw.
        x_label: of the horizontal axis.
        y_label: of the vertical axis.
        title: of the diagram.
        gap: between two names, as a share of the height.
    """
    axes.set(xscale="log", yscale="log", xlabel=x_label, ylabel=y_label)
    heading(axes, title)
    axes.grid(True, which="major", color="#e4e7eb", linewidth=0.7)
    for curve in curves:
        axes.plot(curve.x, curve.y, color=curve.colour, linestyle=curve.dashes, marker=curve.marker, markersize=3.5)
    axes.margins(x=0.01)
    name_ends(axes, curves, gap)


def name_ends(axes: Axes, curves: Sequence[Curve], gap: float = 0.052) -> None:
    """Write the name of each curve to the right of the diagram, with a line from the curve's end to it.

    Args:
        axes: where the curves are; their limits are to be what they will be.
        curves: what is named; those without a value that can be drawn are passed over.
        gap: between two names, as a share of the height.
    """
    drawable = [np.isfinite(curve.y) & ((curve.y > 0) | (axes.get_yscale() != "log")) for curve in curves]
    named = [(curve, np.flatnonzero(good)[-1]) for curve, good in zip(curves, drawable, strict=True) if good.any()]
    if not named:
        return
    # Limits that follow the data are otherwise not set before the axes are drawn
    axes.autoscale_view()
    in_axes = axes.transScale + axes.transLimits
    ends = np.array([in_axes.transform((curve.x[i], curve.y[i])) for curve, i in named])
    for (curve, _), end, place in zip(named, ends, apart(ends[:, 1], gap), strict=True):
        axes.annotate(
            curve.name, tuple(end), (1.035, place), "axes fraction", "axes fraction", va="center", fontsize=8,
            color=curve.colour, annotation_clip=False,
            arrowprops=LEADER | {"color": curve.colour},
        )  # fmt: skip


def apart(heights: Floats, gap: float) -> Floats:
    """Heights moved as little as keeps them in order, ``gap`` apart and below the top, by isotonic regression."""
    order = np.argsort(-heights, kind="stable")
    shifts = gap * np.arange(len(heights))
    placed = np.empty(len(heights))
    placed[order] = np.minimum(isotonic_regression(heights[order] + shifts, increasing=False).x, 1.0) - shifts
    return placed


def lattice(
    axes: Axes,
    network: Network,
    values: Floats | None = None,
    displacements: Floats | None = None,
    forces: Mapping[int, Floats] | None = None,
    label: str = "",
    title: str = "",
    magnification: float = 1.0,
) -> None:
    """Draw a network, its bonds coloured by a field: red above zero, blue below.

    Args:
        axes: where to draw.
        network: the network; in 3D it is seen from above the x side.
        values: one value a bond, shape (B,); ink where left out.
        displacements: U (m), shape (N, d), drawn magnified over the shape at rest.
        forces: vectors by node label, drawn as arrows of one length.
        label: of the colour scale.
        title: of the drawing.
        magnification: factor on the displacements.
    """
    view = VIEW_2D if network.dimension == 2 else VIEW_3D
    rest = 1e3 * network.nodes @ view
    moved = rest if displacements is None else rest + 1e3 * magnification * displacements @ view
    width = 3.0 * min(1.0, (60 / len(network.bonds)) ** 0.5)
    if displacements is not None:
        axes.add_collection(LineCollection(list(rest[network.bonds]), colors="#dde1e6", linewidths=1.2))
    axes.add_collection(
        LineCollection(list(moved[network.bonds]), colors="#ced4da", linewidths=1.4 * width, capstyle="round", zorder=2)
    )
    lines = LineCollection(list(moved[network.bonds]), linewidths=width, capstyle="round", zorder=2)
    if values is None:
        lines.set_color(INK)
    else:
        lines.set_array(values)
        lines.set_cmap(colormaps["RdBu_r"])
        lines.set_norm(CenteredNorm(halfrange=float(np.abs(values).max()) or 1.0))
        axes.figure.colorbar(lines, ax=axes, label=label, shrink=0.75, pad=0.02)
    axes.add_collection(lines)
    held = network.fixed.any(axis=1)
    axes.plot(*moved[~held].T, "o", color="white", markeredgecolor=INK, markersize=1 + width, zorder=3)
    axes.plot(*moved[held].T, "^", color=INK, markersize=2 + 2 * width, zorder=3)
    _arrows(axes, network, moved, view, forces or {})
    axes.set_aspect("equal")
    frame(axes, rest, moved)
    axes.set_axis_off()
    heading(axes, title)


def solid(
    axes: Axes,
    network: Network,
    rest: Floats,
    moved: Floats,
    values: Floats,
    forces: Mapping[int, Floats] | None = None,
    label: str = "",
    title: str = "",
) -> None:
    """Draw a deformed model over its shape at rest: lines as they bend, or triangles of a solid.

    Args:
        axes: where to draw.
        network: for supports and arrows.
        rest: corners of the cells at rest (m), shape (n, 2 or 3, d).
        moved: their displacements (m), of the same shape.
        values: one value a cell, shape (n,); not a number for grey.
        forces: vectors by node label, drawn as arrows of one length.
        label: of the colour scale.
        title: of the drawing.
    """
    view = VIEW_2D if rest.shape[2] == 2 else VIEW_3D
    before, after = 1e3 * rest @ view, 1e3 * (rest + moved) @ view
    scale = CenteredNorm(halfrange=float(np.nanmax(np.abs(values), initial=0.0)) or 1.0)
    colours = colormaps["RdBu_r"].with_extremes(bad="#adb5bd")
    # Where there is nothing to stretch the pale middle of the scale would not show: a darker line goes under it
    if rest.shape[1] == 2:
        axes.add_collection(LineCollection(list(before), colors="#dde1e6", linewidths=1.2))
        axes.add_collection(LineCollection(list(after), colors="#ced4da", linewidths=4.2, capstyle="round", zorder=2))
        cells: LineCollection | PolyCollection = LineCollection(
            list(after), linewidths=3.0, capstyle="round", zorder=2, cmap=colours, norm=scale
        )
    else:
        axes.add_collection(PolyCollection(list(before), facecolors="#e9ecef", edgecolors="#e9ecef", linewidths=0.2))
        axes.add_collection(PolyCollection(list(after), facecolors=INK, edgecolors="#868e96", linewidths=1.4, zorder=2))
        cells = PolyCollection(list(after), linewidths=0.2, edgecolors="face", zorder=2, cmap=colours, norm=scale)
    cells.set_array(np.ma.masked_invalid(values))
    axes.figure.colorbar(cells, ax=axes, label=label, shrink=0.75, pad=0.02)
    axes.add_collection(cells)
    nodes = 1e3 * network.nodes @ (VIEW_2D if network.dimension == 2 else VIEW_3D)
    held = network.fixed.any(axis=1)
    axes.plot(*nodes[held].T, "^", color=INK, markersize=7, zorder=3)
    _arrows(axes, network, nodes, VIEW_2D if network.dimension == 2 else VIEW_3D, forces or {})
    axes.set_aspect("equal")
    frame(axes, before.reshape(-1, 2), after.reshape(-1, 2))
    axes.set_axis_off()
    heading(axes, title)


def frame(axes: Axes, rest: Floats, moved: Floats) -> None:
    """Limits with room for arrows all round, so that drawings of one network are of one size."""
    low, high = np.minimum(rest.min(axis=0), moved.min(axis=0)), np.maximum(rest.max(axis=0), moved.max(axis=0))
    margin = ARROW * np.ptp(rest, axis=0).max()
    axes.set_xlim(low[0] - margin, high[0] + margin)
    axes.set_ylim(low[1] - margin, high[1] + margin / 2)


def _arrows(axes: Axes, network: Network, places: Floats, view: Floats, forces: Mapping[int, Floats]) -> None:
    length = ARROW * np.ptp(places, axis=0).max()
    for label, force in forces.items():
        direction = np.asarray(force) @ view
        tip = places[network.index(label)] + length * direction / np.linalg.norm(direction)
        axes.annotate(
            "", tip, places[network.index(label)], zorder=4,
            arrowprops={"arrowstyle": "-|>", "color": "#2b8a3e", "linewidth": 2.2, "mutation_scale": 14},
        )  # fmt: skip


def bars_by_bond(axes: Axes, names: Sequence[str], series: Mapping[str, Floats], y_label: str) -> None:
    """Draw one group of bars a bond, one bar a series."""
    width = 0.8 / len(series)
    for i, (name, values) in enumerate(series.items()):
        places = np.arange(len(values)) + (i - (len(series) - 1) / 2) * width
        axes.bar(places, values, width, label=name, color=COLOURS[i % len(COLOURS)])
    axes.set_xticks(range(len(names)), names, rotation=90)
    axes.set_ylabel(y_label)
    axes.axhline(0, color=INK, linewidth=0.8)
    axes.set_xlim(-0.6, len(names) - 0.4)
    axes.legend(ncols=len(series), loc="upper right", fontsize=8)
