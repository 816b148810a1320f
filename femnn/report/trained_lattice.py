"""The lattice with its trained stiffness: before and after training, whole and damaged."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import ListedColormap, Normalize

from femnn.errors import ConfigError, NetworkError
from femnn.network.network import Floats, Network
from femnn.network.port import Port
from femnn.report.colours import INK
from femnn.report.lattice_marks import NO_PORTS, Bond, Bounds
from femnn.report.lattice_plots import VIEW_2D, VIEW_3D, frame
from femnn.report.plots import heading
from femnn.report.port_marks import ANSWERS, PUSHED, key, mark_ports

THIN, THICK = 1.2, 6.5
"""Widths of the lines (points) at the lower and the upper bound, in lattices of up to 60 bonds."""
COLOURS_OF_STIFFNESS = ListedColormap(colormaps["Blues"](np.linspace(0.32, 1.0, 256)), "stiffness")
"""From a blue that can be seen on white."""
CUT, MUST_STAY = "#868e96", "#c2255c"
ROOM = 0.08
"""For names above the lattice, as a share of its size."""
MARGIN = 0.12
"""Above and below two drawings (inches)."""
STIFFNESS_LABEL = "stiffness k (N/m)"


def trained_lattice(
    axes: Axes,
    network: Network,
    stiffness: Floats,
    bounds: Bounds,
    title: str = "",
    inputs: Mapping[str, Port] = NO_PORTS,
    outputs: Mapping[str, Port] = NO_PORTS,
    removed: Sequence[Bond] = (),
    displacements: Floats | None = None,
    magnification: float = 1.0,
    extent: Floats | None = None,
    colour_bar: bool = True,
    must_stay: Sequence[int] = (),
) -> LineCollection:
    """Draw a network, its bonds the thicker and darker the stiffer they are.

    Args:
        axes: where to draw.
        network: the network; in 3D it is seen from above the x side.
        stiffness: k (N/m), shape (B,).
        bounds: smallest and largest k (N/m), numbers or arrays of shape (B,); the same bounds make drawings comparable.
        title: of the drawing.
        inputs: nodes that are pushed, by the name of the feature.
        outputs: nodes that answer, by the name of the class.
        removed: bonds that are cut, drawn dashed; bonds that the network does not have may be named by their nodes.
        displacements: U (m), shape (N, d), drawn magnified over the shape at rest.
        magnification: factor on the displacements.
        extent: displacements (m), shape (n, N, d), that are to fit into the drawing beside those drawn.
        colour_bar: whether to draw a scale beside the axes.
        must_stay: bonds without which the network is a mechanism, drawn dashed in red.

    Returns:
        The bonds, for a scale that several drawings share.

    Raises:
        NetworkError: an array has not one entry for each bond or node, or a port or bond is on an unknown node.
        ConfigError: the bounds do not enclose anything.
    """
    k, norm = _checked(network, stiffness, "stiffness"), scale(network, bounds)
    view = VIEW_2D if network.dimension == 2 else VIEW_3D
    rest = 1e3 * network.nodes @ view
    moved = rest if displacements is None else rest + 1e3 * magnification * _moves(network, displacements) @ view
    cut = ends_of(network, removed)
    gone = {frozenset(pair) for pair in cut}
    whole = np.array([frozenset(bond) not in gone for bond in network.bonds.tolist()], dtype=np.bool_)
    whole[list(must_stay)] = False
    if displacements is not None:
        axes.add_collection(LineCollection(list(rest[network.bonds[whole]]), colors="#dde1e6", linewidths=1.0))
    if cut:
        axes.add_collection(
            LineCollection(list(moved[np.array(cut)]), colors=CUT, linewidths=1.2, linestyles=(0, (3, 2.5)))
        )
    if len(must_stay):
        red = list(moved[network.bonds[list(must_stay)]])
        axes.add_collection(LineCollection(red, colors=MUST_STAY, linewidths=2.2, linestyles=(0, (4, 1.2))))
    slender = min(1.0, (60 / len(network.bonds)) ** 0.5)
    shares = np.asarray(norm(k[whole]), dtype=np.float64)
    lines = LineCollection(
        list(moved[network.bonds[whole]]), cmap=COLOURS_OF_STIFFNESS, norm=norm, capstyle="round", zorder=2,
        linewidths=slender * (THIN + (THICK - THIN) * shares),
    )  # fmt: skip
    lines.set_array(k[whole])
    axes.add_collection(lines)
    held = network.fixed.any(axis=1)
    axes.plot(*moved[~held].T, "o", color="white", markeredgecolor=INK, markersize=5 * slender, zorder=3)
    axes.plot(*moved[held].T, "^", color=INK, markersize=10 * slender**0.5, zorder=3)
    axes.set_aspect("equal")
    every = moved if extent is None else np.concatenate([moved, *(rest + 1e3 * magnification * extent @ view)])
    frame(axes, rest, every)
    axes.set_axis_off()
    lowest = 0.0
    if inputs or outputs:
        axes.set_ylim(top=axes.get_ylim()[1] + ROOM * float(np.ptp(rest, axis=0).max()))
        lowest = mark_ports(axes, network, rest, moved, view, inputs, outputs)
    pushed, answers = [("→ pushed", PUSHED)] * bool(inputs), [("↔ answers", ANSWERS)] * bool(outputs)
    key(axes, [*pushed, *answers, ("▲ held", INK), *[("╌ cut", CUT)] * bool(cut),
               *[("╌ must stay", MUST_STAY)] * bool(len(must_stay))], lowest)  # fmt: skip
    heading(axes, title)
    if colour_bar:
        axes.figure.colorbar(lines, ax=axes, label=STIFFNESS_LABEL, shrink=0.75, pad=0.02)
    return lines


def scale(network: Network, bounds: Bounds) -> Normalize:
    """The scale from the smallest lower to the largest upper bound; what lies outside is drawn as the bound.

    Raises:
        ConfigError: the bounds are not finite, or do not enclose anything.
    """
    lower, upper = float(np.asarray(bounds[0]).min()), float(np.asarray(bounds[1]).max())
    if not (np.isfinite([lower, upper]).all() and lower < upper):
        raise ConfigError(f"{network.name}: no scale of stiffness goes from {lower:g} to {upper:g} N/m.")
    return Normalize(lower, upper, clip=True)


def ends_of(network: Network, bonds: Sequence[Bond]) -> list[tuple[int, int]]:
    """Indices of the end nodes of bonds.

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


def _checked(network: Network, stiffness: Floats, what: str) -> Floats:
    k = np.asarray(stiffness, dtype=np.float64)
    if k.shape != (len(network.bonds),) or not np.isfinite(k).all():
        raise NetworkError(
            f"{network.name}: the {what} to draw must be {len(network.bonds)} finite numbers, one for each bond, "
            f"not of shape {k.shape}."
        )
    return k


def _moves(network: Network, displacements: Floats) -> Floats:
    U = np.asarray(displacements, dtype=np.float64)
    if U.shape != network.nodes.shape or not np.isfinite(U).all():
        raise NetworkError(
            f"{network.name}: the displacements to draw must be finite, of shape {network.nodes.shape}, not {U.shape}."
        )
    return U
