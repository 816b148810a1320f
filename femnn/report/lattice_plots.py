"""Drawings of lattices: with fields on their bonds, and as they deform."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.colors import CenteredNorm

from femnn.network.network import Floats, Network
from femnn.report.colours import INK
from femnn.report.lattice_marks import Cells, DeformedShape, LatticeField
from femnn.report.plots import heading
from femnn.report.printed_marks import draw

MOST_LABELLED = 150
"""Nodes up to which a drawing writes their labels."""
ARROW = 0.16
"""Length of a load's arrow, as a share of the lattice's size."""
VIEW_2D = np.eye(2)
VIEW_3D = np.array([[0.92, -0.14], [0.39, 0.33], [0.0, 0.93]])
"""What the axes x, y, z look like in the plane of the drawing, one row each."""
LOADED = "#2b8a3e"


@draw.register
def lattice(mark: LatticeField, axes: Axes, title: str = "") -> None:
    """Draw a network, its bonds coloured by a field: red above zero, blue below.

    Args:
        mark: what is drawn; a network in 3D is seen from above the x side.
        axes: where to draw.
        title: of the drawing; that of the axes stays if left out.
    """
    network, values, view = mark.network, mark.values, view_of(mark.network)
    rest = moved = 1e3 * network.nodes @ view
    width = 3.0 * min(1.0, (60 / len(network.bonds)) ** 0.5)
    if mark.displacements is not None:
        moved = rest + 1e3 * mark.magnification * mark.displacements @ view
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
        colour_scale(lines, [axes], mark.label)
    axes.add_collection(lines)
    held = network.fixed.any(axis=1)
    axes.plot(*moved[~held].T, "o", color="white", markeredgecolor=INK, markersize=1 + width, zorder=3)
    axes.plot(*moved[held].T, "^", color=INK, markersize=2 + 2 * width, zorder=3)
    _arrows(axes, moved, view, mark.forces)
    frame(axes, rest, moved, title)


@draw.register
def solid(mark: DeformedShape, axes: Axes, title: str = "") -> None:
    """Draw a deformed model over its shape at rest: lines as they bend, or triangles of a solid.

    Args:
        mark: what is drawn.
        axes: where to draw.
        title: of the drawing; that of the axes stays if left out.
    """
    network, values, view = mark.network, mark.values, VIEW_2D if mark.rest.shape[2] == 2 else VIEW_3D
    before, after = 1e3 * mark.rest @ view, 1e3 * (mark.rest + mark.moved) @ view
    scale = CenteredNorm(halfrange=float(np.nanmax(np.abs(values), initial=0.0)) or 1.0)
    colours = colormaps["RdBu_r"].with_extremes(bad="#adb5bd")
    # Where there is nothing to stretch the pale middle of the scale would not show: a darker line goes under it
    if mark.rest.shape[1] == 2:
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
    colour_scale(cells, [axes], mark.label)
    axes.add_collection(cells)
    nodes = 1e3 * network.nodes @ view_of(network)
    axes.plot(*nodes[network.fixed.any(axis=1)].T, "^", color=INK, markersize=7, zorder=3)
    _arrows(axes, nodes, view_of(network), mark.forces)
    frame(axes, before.reshape(-1, 2), after.reshape(-1, 2), title)


@draw.register
def _(mark: Cells, axes: Axes) -> None:
    cells = PolyCollection(list(mark.corners), edgecolors="white", linewidths=0.2, cmap="viridis")
    cells.set_array(mark.values)
    axes.add_collection(cells)
    axes.autoscale_view()
    colour_scale(cells, [axes], mark.label)


def view_of(network: Network) -> Floats:
    """Return what the axes of a network look like in the plane of the drawing, shape (d, 2)."""
    return VIEW_2D if network.dimension == 2 else VIEW_3D


def colour_scale(drawn: Any, axes: Sequence[Axes], label: str) -> None:
    """Draw a colour scale that axes share, beside them."""
    axes[0].figure.colorbar(drawn, ax=list(axes), label=label, shrink=0.75, pad=0.02)


def frame(axes: Axes, rest: Floats, moved: Floats, title: str) -> None:
    """Set limits with room for arrows all round, so that drawings of one network are of one size, and the title.

    Args:
        axes: where the lattice is.
        rest: places of what is drawn at rest, shape (n, 2).
        moved: places of what is drawn, shape (n, 2).
        title: that of the axes stays where empty.
    """
    low, high = np.minimum(rest.min(axis=0), moved.min(axis=0)), np.maximum(rest.max(axis=0), moved.max(axis=0))
    margin = ARROW * np.ptp(rest, axis=0).max()
    axes.set_aspect("equal")
    axes.set_xlim(low[0] - margin, high[0] + margin)
    axes.set_ylim(low[1] - margin, high[1] + margin / 2)
    axes.set_axis_off()
    if title:
        heading(axes, title)


def _arrows(axes: Axes, places: Floats, view: Floats, forces: Floats | None) -> None:
    """Draw the loads of loaded nodes (N), shape (N, d), at one length."""
    loaded = np.flatnonzero(np.abs(forces).any(axis=1)) if forces is not None else np.empty(0, dtype=np.intp)
    if forces is None or not loaded.size:
        return
    seen = forces[loaded] @ view
    seen *= ARROW * np.ptp(places, axis=0).max() / np.linalg.norm(seen, axis=1, keepdims=True)
    axes.quiver(
        *places[loaded].T, *seen.T, angles="xy", scale_units="xy", scale=1, color=LOADED, width=0.012, headwidth=3.5,
        zorder=4,
    )  # fmt: skip


def write_labels(axes: Axes, network: Network, places: Floats) -> None:
    """Write the labels of nodes beside them, if they are not too many to be read.

    Args:
        axes: where to draw.
        network: whose labels.
        places: of the nodes in the drawing, shape (N, 2).
    """
    if len(network.labels) > MOST_LABELLED:
        return
    for label, place in zip(network.labels, places, strict=True):
        axes.annotate(
            str(label), place, (-4, 3), textcoords="offset points", ha="right", fontsize=7, color=INK, zorder=6
        )
