"""Outlines for laser cutters and for the screen (.svg), in true size."""

from pathlib import Path
from xml.sax.saxutils import escape

import numpy as np
import numpy.typing as npt

from femnn.config.quantities import MILLIMETRE
from femnn.errors import ConfigError
from femnn.geometry.contours import Contours
from femnn.geometry.fillets import along_arc
from femnn.network.network import Network

type Floats = npt.NDArray[np.float64]

MARGIN = 1.0
"""Space around the outline (mm)."""
HAIRLINE = 0.1
"""Width of what is drawn (mm)."""


def write_svg(network: Network, outline: Contours, path: Path) -> None:
    """Write the outline as one path of lines and arcs, a unit of which is a millimetre.

    Args:
        network: what is drawn, for the title.
        outline: contours of its solid.
        path: where to.

    Raises:
        ConfigError: the file cannot be written.
    """
    # SVG counts y downwards
    points = outline.points / MILLIMETRE * [1, -1]
    ways = [
        " ".join([f"M {_at(points[loop[0][0]])}", *(_step(outline, points, curve) for curve in loop), "Z"])
        for loop in outline.loops
    ]
    reached = np.concatenate([_along(points[list(curve)]) for loop in outline.loops for curve in loop])
    low, high = reached.min(axis=0) - MARGIN, reached.max(axis=0) + MARGIN
    width, height = high - low
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.6g}mm" height="{height:.6g}mm" '
        f'viewBox="{low[0]:.6g} {low[1]:.6g} {width:.6g} {height:.6g}">',
        f"<title>{escape(network.name)}</title>",
        f'<path id="outline" fill="none" stroke="black" stroke-width="{HAIRLINE}" d="',
        *ways,
        '"/>',
        "</svg>",
    ]
    try:
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"Cannot write {path}: {error.strerror or error}.") from error


def _step(outline: Contours, points: Floats, curve: tuple[int, ...]) -> str:
    """A line or an arc as SVG has it."""
    start, end = points[curve[0]], points[curve[-1]]
    if len(curve) == 2:
        return f"L {_at(end)}"
    turn = outline.turn(curve)
    radius = float(np.linalg.norm(end - start)) / (2 * np.sin(abs(turn) / 2))
    # What turns to the left where y counts upwards, SVG draws with the sweep-flag 0
    return f"A {radius:.9g} {radius:.9g} 0 {int(abs(turn) > np.pi)} {int(turn < 0)} {_at(end)}"


def _along(curve: Floats) -> Floats:
    """Points from which the extent of a curve shows."""
    return curve if len(curve) == 2 else along_arc(curve, np.linspace(0.0, 1.0, 9))[0]


def _at(point: Floats) -> str:
    return f"{point[0]:.9g} {point[1]:.9g}"
