"""Predictions of several models against what was measured, bond by bond."""

from collections.abc import Mapping, Sequence

import numpy as np

from femnn.network.network import Floats
from femnn.report.colours import COLOURS, FAINT, MARKERS
from femnn.report.figure import Axis, Panel
from femnn.report.marks import Curve, Dots, Mark, Segments


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
