"""Figures of the trained stiffness: a lattice before and after training, whole and damaged."""

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from femnn.network.network import Floats, Network
from femnn.network.port import Port
from femnn.report.figure import Figure, Panel
from femnn.report.lattice_marks import NO_PORTS, Bond, Bounds, LatticeStiffness
from femnn.report.trained_lattice import MARGIN, STIFFNESS_LABEL

BEFORE, AFTER = "before training", "after training"


def stiffness_figure(
    name: str,
    title: str,
    caption: str,
    network: Network,
    stiffness: Mapping[str, Floats],
    inputs: Mapping[str, Port] = NO_PORTS,
    outputs: Mapping[str, Port] = NO_PORTS,
    removed: Mapping[str, Sequence[Bond]] | None = None,
    bounds: Bounds | None = None,
    ports: Mapping[str, tuple[Mapping[str, Port], Mapping[str, Port]]] | None = None,
) -> Figure:
    """Return a figure of a network several times side by side, with one scale of stiffness.

    Args:
        name: of the file.
        title: of the figure.
        caption: what is drawn.
        network: the network.
        stiffness: k (N/m), shape (B,), by the heading of each panel.
        inputs: nodes that are pushed, by the name of the feature.
        outputs: nodes that answer, by the name of the class.
        removed: bonds that are cut, by the heading of the panel.
        bounds: smallest and largest k (N/m); those of the network where None.
        ports: inputs and outputs of panels that have others, by the heading.

    Raises:
        NetworkError: an array has not one entry for each bond, or a port or bond is on an unknown node (when drawn).
        ConfigError: the bounds do not enclose anything (when drawn).
    """
    cut, own = removed or {}, ports or {}
    panels = []
    for heading, k in stiffness.items():
        pushed, read = own.get(heading, (inputs, outputs))
        mark = LatticeStiffness(network=network, values=np.asarray(k), bounds=bounds, inputs=pushed, outputs=read,
                                removed=cut.get(heading, ()))  # fmt: skip
        panels.append(Panel([mark], heading))
    # Names below the axes shrink with them, which the layout does not know: it needs a margin
    size = (12.0, 4.4) if len(panels) < 3 else (13.5, 3.3)
    return Figure(name, title, caption, [panels], size, shared_scale=STIFFNESS_LABEL, margins=(0.04, MARGIN))


def trained_figure(
    name: str,
    title: str,
    caption: str,
    network: Network,
    stiffness: npt.ArrayLike,
    ports: tuple[Mapping[str, Port], Mapping[str, Port]] = (NO_PORTS, NO_PORTS),
) -> Figure:
    """Return :func:`stiffness_figure` of a network before training, with its own stiffness, and after it.

    Args:
        name: of the file.
        title: of the figure.
        caption: what is drawn.
        network: the network.
        stiffness: k after training (N/m), shape (B,).
        ports: inputs and outputs, by name.
    """
    shown = {BEFORE: network.stiffness, AFTER: np.asarray(stiffness)}
    return stiffness_figure(name, title, caption, network, shown, *ports)
