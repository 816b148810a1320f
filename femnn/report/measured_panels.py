"""Predictions of several models beside what was measured: bond by bond on a diagonal, or as dots over bands."""

from collections.abc import Mapping, Sequence

import numpy as np

from femnn.network.network import Floats
from femnn.report.colours import COLOURS, FAINT, INK, MARKERS, colour_of
from femnn.report.figure import Axis, Panel
from femnn.report.marks import Area, Bars, Curve, Dots, Mark, Segments

MEASURED = Area(name="measured, ± deviation", colour=FAINT, opacity=0.35)
"""For the legend."""
SPREAD = 0.22
"""Of the dots of one row from its middle, as a share of the room between rows."""


def against_measured(
    measured: Sequence[Floats],
    predicted: Mapping[str, Floats],
    bonds: Sequence[str],
    title: str,
    labels: tuple[str, str],
) -> Panel:
    """Return a panel in which a perfect prediction lies on the diagonal.

    Args:
        measured: values, and both ends of their deviations, which are drawn in grey at the first model and may
            be not a number; shape (B,) each.
        predicted: values of shape (B,), by model.
        bonds: their names.
        title: of the panel.
        labels: of what is measured and of what is predicted.
    """
    every = np.concatenate([*measured, *predicted.values()])
    low, high = float(np.nanmin(every)), float(np.nanmax(every))
    ends = (low - 0.05 * (high - low), high + 0.05 * (high - low))
    x, *sides = measured
    marks: list[Mark] = [Curve(x=ends, y=ends, width=0.8, layer=0)]
    for y in list(predicted.values())[:1]:
        starts, stops = (list(zip(side.tolist(), y.tolist(), strict=True)) for side in sides)
        marks.append(Segments(starts=starts, ends=stops, colour=FAINT, width=0.9))
    marks += [
        Dots(x=x, y=y, marker=MARKERS[i % len(MARKERS)], colour=COLOURS[i % len(COLOURS)], size=5.5, opacity=0.85,
             name=name, keys=bonds)
        for i, (name, y) in enumerate(predicted.items())
    ]  # fmt: skip
    across, up = (Axis(label, limits=ends) for label in labels)
    return Panel(marks, title, across, up, legend="lower right", square=True)


def model_dots(models: Sequence[str]) -> list[Dots]:
    """Return one mark a model for the legend, with the colour and the shape by which it is told from the others."""
    styles = [(MARKERS[i % len(MARKERS)], colour_of(model, list(models))) for i, model in enumerate(models)]
    return [Dots(name=name, marker=marker, colour=c) for name, (marker, c) in zip(models, styles, strict=True)]


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
    heights, low, width = np.arange(len(names), dtype=float), np.subtract(measured, deviations), np.array(deviations)
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
