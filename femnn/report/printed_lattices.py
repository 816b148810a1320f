"""Lattices on paper: how matplotlib draws each of the marks for them."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection

from femnn.network.network import Floats, Network
from femnn.report.colours import COLOURS, FAINT, INK
from femnn.report.lattice_marks import Cells, DeformedShape, LatticeField, LatticeStiffness
from femnn.report.lattice_plots import ARROW, VIEW_2D, VIEW_3D, lattice, solid
from femnn.report.printed_marks import draw
from femnn.report.trained_lattice import MUST_STAY, trained_lattice

FLOPPY = COLOURS[1]
"""Of motions that stretch no bond."""


def colour_scale(lines: Any, axes: Sequence[Axes], label: str) -> None:
    """Draw a colour scale that axes share, beside them."""
    axes[0].figure.colorbar(lines, ax=list(axes), label=label, shrink=0.75, pad=0.02)


def by_label(network: Network, forces: Floats | None) -> dict[int, Floats]:
    """Forces of the loaded nodes, by label."""
    if forces is None:
        return {}
    return {int(network.labels[i]): forces[i] for i in np.flatnonzero(np.abs(forces).any(axis=1))}


@draw.register
def _(mark: LatticeField, axes: Axes) -> None:
    title = axes.get_title(loc="left")
    lattice(axes, mark.network, mark.values, mark.displacements, by_label(mark.network, mark.forces), mark.label, title,
            mark.magnification)  # fmt: skip


@draw.register
def _(mark: DeformedShape, axes: Axes) -> None:
    title = axes.get_title(loc="left")
    solid(
        axes, mark.network, mark.rest, mark.moved, mark.values, by_label(mark.network, mark.forces), mark.label, title
    )


@draw.register
def _(mark: Cells, axes: Axes) -> None:
    cells = PolyCollection(list(mark.corners), edgecolors="white", linewidths=0.2, cmap="viridis")
    cells.set_array(mark.values)
    axes.add_collection(cells)
    axes.autoscale_view()
    colour_scale(cells, [axes], mark.label)


@draw.register
def _(mark: LatticeStiffness, axes: Axes) -> Any:
    network, title = mark.network, axes.get_title(loc="left")
    bounds = network.stiffness_bounds if mark.bounds is None else mark.bounds
    lines = trained_lattice(axes, network, mark.values, bounds, title, mark.inputs, mark.outputs, mark.removed,
                            colour_bar=False, must_stay=mark.must_stay)  # fmt: skip
    if mark.label:
        colour_scale(lines, [axes], mark.label)
    _write_on_bonds(axes, mark)
    return lines


def _write_on_bonds(axes: Axes, mark: LatticeStiffness) -> None:
    """Write names or numbers on bonds, and draw the motions that stretch none."""
    network = mark.network
    view = VIEW_2D if network.dimension == 2 else VIEW_3D
    places = 1e3 * network.nodes @ view
    # Numbers of an order stand in circles, names in boxes
    circle = {"boxstyle": "circle,pad=0.12", "facecolor": "white", "edgecolor": FAINT}
    box = {"boxstyle": "round,pad=0.15", "facecolor": "white", "edgecolor": "none"}
    for bond, text in mark.bond_texts.items():
        axes.annotate(
            text, places[network.bonds[bond]].mean(axis=0), ha="center", va="center", fontsize=7.5, zorder=6,
            color=MUST_STAY if bond == mark.last else INK, fontweight="bold",
            bbox=circle if text.isdigit() else box,
        )  # fmt: skip
    if mark.last is not None:
        axes.plot(*places[network.bonds[mark.last]].T, color=MUST_STAY, linewidth=1.8, linestyle=(0, (3, 2)), zorder=1)
    size = 0.9 * ARROW * float(np.ptp(places, axis=0).max())
    for mode in mark.modes:
        moves = np.asarray(mode) @ view
        moves = moves * size / np.linalg.norm(moves, axis=1).max()
        seen = np.linalg.norm(moves, axis=1) > 1e-3 * size
        axes.quiver(*places[seen].T, *moves[seen].T, angles="xy", scale_units="xy", scale=1, color=FLOPPY, width=0.008,
                    zorder=5)  # fmt: skip
