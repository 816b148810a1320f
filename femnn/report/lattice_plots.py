"""Drawings of lattices: with fields on their bonds, and as they deform."""

from collections.abc import Mapping

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.colors import CenteredNorm

from femnn.network.network import Floats, Network
from femnn.report.colours import INK
from femnn.report.plots import heading

ARROW = 0.16
"""Length of a load's arrow, as a share of the lattice's size."""
VIEW_2D = np.eye(2)
VIEW_3D = np.array([[0.92, -0.14], [0.39, 0.33], [0.0, 0.93]])
"""What the axes x, y, z look like in the plane of the drawing, one row each."""
LOADED = "#2b8a3e"


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
    if not forces:
        return
    length = ARROW * np.ptp(places, axis=0).max()
    seen = np.array([np.asarray(force) @ view for force in forces.values()])
    start = places[[network.index(label) for label in forces]]
    seen *= length / np.linalg.norm(seen, axis=1, keepdims=True)
    axes.quiver(
        *start.T, *seen.T, angles="xy", scale_units="xy", scale=1, color=LOADED, width=0.012, headwidth=3.5, zorder=4
    )
