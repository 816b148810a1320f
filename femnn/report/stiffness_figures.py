"""Figures of the trained stiffness: a lattice before and after training, whole and damaged."""

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from femnn.network.network import Network
from femnn.network.port import Port
from femnn.report.figure import Figure, Panel
from femnn.report.lattice_marks import NO_PORTS, Bond, LatticeStiffness
from femnn.report.trained_lattice import MARGIN, STIFFNESS_LABEL

BEFORE, AFTER = "before training", "after training"


def stiffness_figure(
    name: str,
    title: str,
    caption: str,
    network: Network,
    stiffness: Mapping[str, npt.ArrayLike] | npt.ArrayLike,
    inputs: Mapping[str, Port] = NO_PORTS,
    outputs: Mapping[str, Port] = NO_PORTS,
    removed: Mapping[str, Sequence[Bond]] | None = None,
    ports: Mapping[str, tuple[Mapping[str, Port], Mapping[str, Port]]] | None = None,
) -> Figure:
    """Return a figure of a network several times side by side, with one scale of stiffness, that of its bounds.

    Args:
        name: of the file.
        title: of the figure.
        caption: what is drawn.
        network: the network.
        stiffness: k (N/m), shape (B,), by the heading of each panel; or that after training alone, which is drawn
            beside the network's own.
        inputs: nodes that are pushed, by the name of the feature.
        outputs: nodes that answer, by the name of the class.
        removed: bonds that are cut, by the heading of the panel.
        ports: inputs and outputs of panels that have others, by the heading.

    Raises:
        NetworkError: an array has not one entry for each bond, or a port or bond is on an unknown node (when drawn).
    """
    shown = stiffness if isinstance(stiffness, Mapping) else {BEFORE: network.stiffness, AFTER: stiffness}
    panels = []
    for heading, k in shown.items():
        pushed, read = (ports or {}).get(heading, (inputs, outputs))
        cut = (removed or {}).get(heading, ())
        mark = LatticeStiffness(network=network, values=np.asarray(k), inputs=pushed, outputs=read, removed=cut)
        panels.append(Panel([mark], heading))
    # Names below the axes shrink with them, which the layout does not know: it needs a margin
    size = (12.0, 4.4) if len(panels) < 3 else (13.5, 3.3)
    return Figure(name, title, caption, [panels], size, shared_scale=STIFFNESS_LABEL, margins=(0.04, MARGIN))
