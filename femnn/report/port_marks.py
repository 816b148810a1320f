"""Marks of ports on a drawn lattice: which nodes are pushed, which answer, and their names."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patheffects import withStroke

from femnn.network.network import Floats, Network
from femnn.network.port import Port
from femnn.report.lattice_plots import ARROW
from femnn.report.literal_texts import literal
from femnn.report.plots import apart

PUSHED, ANSWERS = "#2b8a3e", "#d9480f"
"""Colours of inputs and outputs."""
REACH = 0.6
"""Half the length of an output's double arrow, as a share of that of an input's arrow."""
ASIDE = 0.3
"""Of a double arrow from its node, as a share of the same length: on the node it would hide bonds and loads."""
STUB = 0.03
"""By how much a name is further out than its arrow, as a share of the height."""
GAP = 0.075
"""Between two names, as a share of the height."""


@dataclass(frozen=True)
class _Mark:
    """An arrow, and where the line to its name begins."""

    name: str
    colour: str
    start: Floats
    end: Floats
    seat: Floats
    up: bool
    """Whether the line leaves upwards."""


def mark_ports(
    axes: Axes,
    network: Network,
    places: Floats,
    view: Floats,
    inputs: Mapping[str, Port],
    outputs: Mapping[str, Port],
) -> float:
    """Draw arrows at inputs, double arrows along the component that is read at outputs, and names at the sides.

    Args:
        axes: where the lattice is; its limits are to be what they will be.
        network: the network.
        places: where its nodes are drawn, shape (N, 2).
        view: axes of the network in the plane of the drawing, shape (d, 2).
        inputs: by the name of the feature.
        outputs: by the name of the class.

    Returns:
        Height of the lowest name, as a share of that of the axes; it may be below them.

    Raises:
        NetworkError: a port is on an unknown node.
    """
    length, centre = ARROW * float(np.ptp(places, axis=0).max()), places.mean(axis=0)
    marks = []
    for ports, made, style in ((inputs, _input, "-|>"), (outputs, _output, "<|-|>")):
        for name, port in ports.items():
            node = places[network.index(port.node)]
            mark = made(name, node, centre, length * _seen(port, view))
            marks.append(mark)
            axes.plot(*node, "o", color=mark.colour, markeredgecolor="white", markersize=7, zorder=4)
            _arrow(axes, mark.start, mark.end, style, mark.colour)
    return _write(axes, marks)


def key(axes: Axes, entries: Sequence[tuple[str, str]], lowest: float = 0.0) -> None:
    """Write below a drawing what its signs mean.

    Args:
        axes: where the drawing is.
        entries: texts with their colours.
        lowest: height of what is to stay above it, as a share of that of the axes.
    """
    for i, (text, colour) in enumerate(entries):
        axes.annotate(
            literal(text), ((i + 0.5) / len(entries), min(lowest, 0.0)), (0, -9), "axes fraction", "offset points",
            ha="center", va="top", fontsize=8, color=colour, annotation_clip=False,
        )  # fmt: skip


def _seen(port: Port, view: Floats) -> Floats:
    direction = np.asarray(port.direction) @ view
    return np.asarray(direction / np.linalg.norm(direction))


def _input(name: str, node: Floats, centre: Floats, arrow: Floats) -> _Mark:
    tip = node + arrow
    return _Mark(name, PUSHED, node, tip, tip, bool((arrow[1] if _steep(arrow) else (node - centre)[1]) > 0))


def _output(name: str, node: Floats, centre: Floats, arrow: Floats) -> _Mark:
    outward, across = node - centre, np.array([arrow[1], -arrow[0]])
    middle = node + ASIDE * across * (1.0 if across @ outward >= 0 else -1.0)
    tip, up = REACH * arrow, bool(outward[1] > 0)
    upper = tip if tip[1] > 0 else -tip
    seat = middle + (upper if up else -upper) if _steep(arrow) else middle
    return _Mark(name, ANSWERS, middle - tip, middle + tip, seat, up)


def _steep(arrow: Floats) -> bool:
    return bool(abs(arrow[1]) > abs(arrow[0]))


def _arrow(axes: Axes, start: Floats, end: Floats, style: str, colour: str) -> None:
    axes.annotate(
        "", tuple(end), tuple(start), zorder=5,
        arrowprops={
            "arrowstyle": style, "color": colour, "linewidth": 2.2, "mutation_scale": 12, "shrinkA": 0, "shrinkB": 0,
            "path_effects": [withStroke(linewidth=4, foreground="white")],
        },
    )  # fmt: skip


def _write(axes: Axes, marks: Sequence[_Mark]) -> float:
    """Write names at the side that is nearer, each with a line that leaves its arrow up or down and then turns."""
    in_axes = axes.transScale + axes.transLimits
    seats = np.array([in_axes.transform(mark.seat) for mark in marks]).reshape(-1, 2)
    lowest = 1.0
    left = seats[:, 0] < 0.5 - 1e-9
    for chosen, side, alignment in ((left, 0.0, "right"), (~left, 1.0, "left")):
        indices = np.flatnonzero(chosen)
        if not indices.size:
            continue
        # Of arrows at one height, the names of the inner ones are further out: their lines do not cross
        away = STUB * (1 + np.abs(seats[indices, 0] - side))
        heights = seats[indices, 1] + np.where([marks[i].up for i in indices.tolist()], away, -away)
        placed = apart(heights, GAP)
        lowest = min(lowest, float(placed.min()))
        for i, height in zip(indices.tolist(), placed, strict=True):
            axes.annotate(
                literal(marks[i].name), tuple(seats[i]), (1.02 * side - 0.01, height),
                "axes fraction", "axes fraction", fontsize=9, color=marks[i].colour, ha=alignment, va="center",
                annotation_clip=False, zorder=4,
                arrowprops={
                    "arrowstyle": "-", "color": marks[i].colour, "linewidth": 0.8, "shrinkA": 1, "shrinkB": 0,
                    "relpos": (1.0 - side, 0.5), "connectionstyle": "angle,angleA=0,angleB=90,rad=0",
                },
            )  # fmt: skip
    return lowest
