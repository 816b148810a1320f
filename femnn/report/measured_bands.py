"""Values of several models beside measured ones, which are bands with their deviations."""

from collections.abc import Mapping, Sequence

import numpy as np

from femnn.network.network import Floats
from femnn.report.colours import FAINT, INK, MARKERS, colour_of
from femnn.report.figure import Axis, Panel
from femnn.report.marks import Area, Bars, Dots, Mark, Segments

MEASURED = Area(name="measured, ± deviation", colour=FAINT, opacity=0.35)
"""For the legend."""
SPREAD = 0.22
"""Of the dots of one row from its middle, as a share of the room between rows."""


def model_dots(models: Sequence[str]) -> list[Dots]:
    """Return one mark a model for the legend, with the colour and the shape by which it is told from the others."""
    names = list(models)
    return [
        Dots(name=model, marker=MARKERS[i % len(MARKERS)], colour=colour_of(model, names))
        for i, model in enumerate(names)
    ]


def measured_panel(
    computed: Mapping[str, Floats], bands: Sequence[tuple[str, float, float]], title: str = "", label: str = ""
) -> Panel:
    """Return a panel with a row for each value: dots for the models over a band of one deviation to each side.

    Args:
        computed: values of shape (n,), by model.
        bands: name, measured value and deviation of each of the n values.
        title: of the panel.
        label: of the values.
    """
    names, measured, deviations = zip(*bands, strict=True)
    heights, low, width = (
        np.arange(len(names), dtype=np.float64),
        np.subtract(measured, deviations),
        np.array(deviations),
    )
    starts, ends = (list(zip(measured, (heights + side).tolist(), strict=True)) for side in (-0.36, 0.36))
    marks: list[Mark] = [
        Bars(places=heights, values=2 * width, start=low, thickness=0.72, lying=True, colour=FAINT, opacity=0.35,
             layer=0),
        Segments(starts=starts, ends=ends, colour=INK, width=1.2, layer=1),
    ]  # fmt: skip
    places = np.linspace(-SPREAD, SPREAD, len(computed)) if len(computed) > 1 else np.zeros(1)
    for place, dots, values in zip(places, model_dots(list(computed)), computed.values(), strict=True):
        marks.append(Dots(x=values, y=heights + place, marker=dots.marker, colour=dots.colour, size=6, keys=names))
    ticks = list(zip(heights.tolist(), names, strict=True))
    return Panel(marks, title, Axis(label, grid=True), Axis(ticks=ticks, downwards=True))
