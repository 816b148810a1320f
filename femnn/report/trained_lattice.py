"""The lattice with its trained stiffness: before and after training, whole and damaged."""

from collections.abc import Sequence

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import ListedColormap, Normalize

from femnn.errors import ConfigError, NetworkError
from femnn.network.network import Floats, Network
from femnn.report.colours import COLOURS, FAINT, INK
from femnn.report.lattice_marks import Bond, Bounds, LatticeStiffness
from femnn.report.lattice_plots import ARROW, colour_scale, frame, view_of
from femnn.report.port_marks import ANSWERS, PUSHED, key, mark_ports
from femnn.report.printed_marks import draw

THIN, THICK = 1.2, 6.5
"""Widths of the lines (points) at the lower and the upper bound, in lattices of up to 60 bonds."""
COLOURS_OF_STIFFNESS = ListedColormap(colormaps["Blues"](np.linspace(0.32, 1.0, 256)), "stiffness")
"""From a blue that can be seen on white."""
CUT, MUST_STAY = "#868e96", "#c2255c"
FLOPPY = COLOURS[1]
"""Of motions that stretch no bond."""
ROOM = 0.08
"""For names above the lattice, as a share of its size."""
MARGIN = 0.12
"""Above and below two drawings (inches)."""
STIFFNESS_LABEL = "stiffness k (N/m)"


@draw.register
def trained_lattice(mark: LatticeStiffness, axes: Axes, title: str = "") -> LineCollection:
    """Draw a network, its bonds the thicker and darker the stiffer they are.

    Args:
        mark: what is drawn; the same bounds make drawings comparable. A network in 3D is seen from above the x side.
        axes: where to draw.
        title: of the drawing; that of the axes stays if left out.

    Returns:
        The bonds, for a scale that several drawings share.

    Raises:
        NetworkError: there is not one value for each bond, or a port or bond is on an unknown node.
        ConfigError: the bounds do not enclose anything.
    """
    network, must_stay, view = mark.network, list(mark.must_stay), view_of(mark.network)
    k, norm = _checked(mark), scale(network, network.stiffness_bounds if mark.bounds is None else mark.bounds)
    places, cut = 1e3 * network.nodes @ view, ends_of(network, mark.removed)
    gone = {frozenset(pair) for pair in cut}
    whole = np.array([frozenset(bond) not in gone for bond in network.bonds.tolist()], dtype=np.bool_)
    whole[must_stay] = False
    if cut:
        dashed = LineCollection(list(places[np.array(cut)]), colors=CUT, linewidths=1.2, linestyles=(0, (3, 2.5)))
        axes.add_collection(dashed)
    if must_stay:
        red = list(places[network.bonds[must_stay]])
        axes.add_collection(LineCollection(red, colors=MUST_STAY, linewidths=2.2, linestyles=(0, (4, 1.2))))
    slender = min(1.0, (60 / len(network.bonds)) ** 0.5)
    shares = np.asarray(norm(k[whole]), dtype=np.float64)
    lines = LineCollection(
        list(places[network.bonds[whole]]), cmap=COLOURS_OF_STIFFNESS, norm=norm, capstyle="round", zorder=2,
        linewidths=slender * (THIN + (THICK - THIN) * shares),
    )  # fmt: skip
    lines.set_array(k[whole])
    axes.add_collection(lines)
    held = network.fixed.any(axis=1)
    axes.plot(*places[~held].T, "o", color="white", markeredgecolor=INK, markersize=5 * slender, zorder=3)
    axes.plot(*places[held].T, "^", color=INK, markersize=10 * slender**0.5, zorder=3)
    frame(axes, places, places, title)
    lowest = 0.0
    if mark.inputs or mark.outputs:
        axes.set_ylim(top=axes.get_ylim()[1] + ROOM * float(np.ptp(places, axis=0).max()))
        lowest = mark_ports(axes, network, places, view, mark.inputs, mark.outputs)
    pushed, answers = [("→ pushed", PUSHED)] * bool(mark.inputs), [("↔ answers", ANSWERS)] * bool(mark.outputs)
    key(axes, [*pushed, *answers, ("▲ held", INK), *[("╌ cut", CUT)] * bool(cut),
               *[("╌ must stay", MUST_STAY)] * bool(must_stay)], lowest)  # fmt: skip
    if mark.label:
        colour_scale(lines, [axes], mark.label)
    _write_on_bonds(axes, mark, places, view)
    return lines


def _write_on_bonds(axes: Axes, mark: LatticeStiffness, places: Floats, view: Floats) -> None:
    """Write names or numbers on bonds, and draw the motions that stretch none."""
    bonds = mark.network.bonds
    # Numbers of an order stand in circles, names in boxes
    circle = {"boxstyle": "circle,pad=0.12", "facecolor": "white", "edgecolor": FAINT}
    box = {"boxstyle": "round,pad=0.15", "facecolor": "white", "edgecolor": "none"}
    for bond, text in mark.bond_texts.items():
        axes.annotate(
            text, places[bonds[bond]].mean(axis=0), ha="center", va="center", fontsize=7.5, zorder=6,
            color=MUST_STAY if bond == mark.last else INK, fontweight="bold", bbox=circle if text.isdigit() else box,
        )  # fmt: skip
    if mark.last is not None:
        axes.plot(*places[bonds[mark.last]].T, color=MUST_STAY, linewidth=1.8, linestyle=(0, (3, 2)), zorder=1)
    size = 0.9 * ARROW * float(np.ptp(places, axis=0).max())
    for mode in mark.modes:
        moves = np.asarray(mode) @ view
        moves = moves * size / np.linalg.norm(moves, axis=1).max()
        seen = np.linalg.norm(moves, axis=1) > 1e-3 * size
        axes.quiver(*places[seen].T, *moves[seen].T, angles="xy", scale_units="xy", scale=1, color=FLOPPY, width=0.008,
                    zorder=5)  # fmt: skip


def scale(network: Network, bounds: Bounds) -> Normalize:
    """Return the scale from the smallest lower to the largest upper bound; what lies outside is drawn as the bound.

    Raises:
        ConfigError: the bounds are not finite, or do not enclose anything.
    """
    lower, upper = float(np.asarray(bounds[0]).min()), float(np.asarray(bounds[1]).max())
    if not (np.isfinite([lower, upper]).all() and lower < upper):
        raise ConfigError(f"{network.name}: no scale of stiffness goes from {lower:g} to {upper:g} N/m.")
    return Normalize(lower, upper, clip=True)


def ends_of(network: Network, bonds: Sequence[Bond]) -> list[tuple[int, int]]:
    """Return indices of the end nodes of bonds.

    Raises:
        NetworkError: there is no bond of an index, or no node of a label.
    """
    ends = []
    for bond in bonds:
        if isinstance(bond, tuple):
            ends.append((network.index(bond[0]), network.index(bond[1])))
        elif 0 <= bond < len(network.bonds):
            ends.append((int(network.bonds[bond, 0]), int(network.bonds[bond, 1])))
        else:
            raise NetworkError(f"{network.name}: there is no bond {bond}; indices are 0 to {len(network.bonds) - 1}.")
    return ends


def _checked(mark: LatticeStiffness) -> Floats:
    network, k = mark.network, np.asarray(mark.values, dtype=np.float64)
    if k.shape != (len(network.bonds),) or not np.isfinite(k).all():
        raise NetworkError(
            f"{network.name}: the stiffness to draw must be {len(network.bonds)} finite numbers, one for each bond, "
            f"not of shape {k.shape}."
        )
    return k
