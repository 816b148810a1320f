"""The shape in which a network is exported: pads, fillets, and tapers on which wide neighbours do not touch."""

from collections.abc import Callable

import numpy as np

from femnn.errors import MeshError
from femnn.geometry.contours import contours
from femnn.geometry.strips import Shape
from femnn.network.network import Network

TAPERS = (1.0, 1.5, 2.0, 3.0, 4.0)
"""Tapers that are tried, from the steepest, which is that of the models of solids."""


def shape_of(
    network: Network,
    pad: float | None,
    fillet: float,
    taper: float | None,
    draw: Callable[[Network, Shape], object] = contours,
) -> tuple[Shape, list[str]]:
    """The shape, and lines that say what was chosen.

    Training makes bonds so wide that the shoulders of neighbours, behind thinned ends, may run into each other. Where
    no taper is given, the steepest is taken on which they do not.

    Args:
        network: the network, with the widths in which it is to be made.
        pad: radius of pads (m); just large enough for square ends where None.
        fillet: radius of fillets (m).
        taper: length over height of the slopes at thinned ends, or None.
        draw: what must be drawn on the taper; it raises a MeshError where that cannot be.

    Raises:
        ConfigError: a value has no meaning.
        MeshError: the outline cannot be drawn with the taper that is given, or with any.
    """
    if taper is not None or network.dimension == 3 or not np.any(network.sections.end_share > 0):
        return Shape(pad, fillet, TAPERS[0] if taper is None else taper), []
    refused: MeshError | None = None
    for tried in TAPERS:
        shape = Shape(pad, fillet, tried)
        try:
            draw(network, shape)
        except MeshError as error:
            refused = refused or error
        else:
            if refused is None:
                return shape, []
            problem = str(refused).removeprefix(f"{network.name}: ").partition(";")[0].rstrip(".")
            return shape, [f"taper {tried:g}: at {TAPERS[0]:g}, {problem}; give solids in models the same taper"]
    assert refused is not None
    raise refused
