"""Accuracies side by side: of several ways to train, and along the stages of what is done to a network."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from femnn.errors import ConfigError
from femnn.network.network import Floats
from femnn.report.colours import COLOURS, GREY
from femnn.report.figure import Axis, Panel
from femnn.report.marks import Arrow, Band, Curve, Dots, Label, Mark, Reference

PARTS = ("training", "test")
SHOWN = (10.0, 101.0)
"""Accuracies along stages that are in view (%)."""
OFFSET = 0.17
"""Of the two rows of a group from its middle, as a share of the room between groups."""
SPREAD = 0.12
"""Between the dots of one stage and of the next, as a share of the same room."""


def accuracy_panel(groups: Mapping[str, pd.DataFrame], chance: float | None = None) -> Panel:
    """Return accuracies from left to right: a dot a seed, a bar over their range, a tick and a number at the mean.

    Args:
        groups: what to draw, from the top down: by its name, a row a seed with the shares of samples classified
            correctly in "training_accuracy" and "test_accuracy", not a number where there are no such samples.
        chance: share that guessing tells right, drawn as a dotted line.

    Raises:
        ConfigError: there is no accuracy.
    """
    known = [
        (place, name, part, 100 * rows[f"{part}_accuracy"].dropna().to_numpy(dtype=np.float64))
        for place, (name, rows) in enumerate(groups.items())
        for part in PARTS
        if rows[f"{part}_accuracy"].notna().any()
    ]
    if not known:
        raise ConfigError("accuracies: there are no groups to draw.")
    both = any(part == "test" for _, _, part, _ in known)
    marks: list[Mark] = []
    for place, name, part, shares in known:
        i = PARTS.index(part)
        marks += _row(place + OFFSET * both * (1 if i else -1), shares, COLOURS[i], i, name)
    for i, heading in enumerate(PARTS if both else ("accuracy",)):
        marks.append(Label(text=heading, x=_column(i), y=1.0, in_panel="xy", offset=(0, 3), across="center",
                           upright="bottom", colour=COLOURS[i]))  # fmt: skip
    if chance is not None:
        marks.append(Reference(at=100 * chance, along="x", colour=GREY))
        marks.append(Label(text="guessing", x=100 * chance, y=0, in_panel="y", offset=(3, 3), upright="bottom",
                           colour=GREY))  # fmt: skip
    values = [*np.concatenate([shares for *_, shares in known]), *([] if chance is None else [100 * chance])]
    room = 0.05 * (max(values) - min(values)) or 1.0
    limits = max(min(values) - room, -2.0), min(max(values) + room, 101.0)
    y = Axis(limits=(len(groups) - 0.4, -0.6), ticks=list(enumerate(groups)))
    return Panel(marks, "", Axis("samples classified correctly (%)", grid=True, limits=limits), y)


def _column(i: int) -> float:
    """Where the numbers of training (0) and test (1) are, as a share of the width."""
    return 1.06 + 0.12 * i


def _row(height: float, values: Floats, colour: str, column: int, key: str) -> list[Mark]:
    mean = float(values.mean())
    return [
        Curve(x=[values.min(), values.max()], y=[height] * 2, colour=colour, opacity=0.25, width=5),
        Dots(x=values, y=np.full(values.shape, height), colour=colour, size=4.5, opacity=0.6, outlined=True, edge=0.5,
             keys=[key] * len(values)),
        Dots(x=[mean], y=[height], marker="|", size=11, edge=2),
        Label(text=f"{mean:.1f} %", x=_column(column), y=height, in_panel="x", across="center", size=9, bold=True,
              colour=colour),
    ]  # fmt: skip


def staged_panel(
    groups: Mapping[str, Mapping[str, Floats]],
    colours: Mapping[str, str],
    label: str,
    bands: Mapping[tuple[float, float], str],
) -> Panel:
    """Return accuracies from left to right: small dots the seeds, large ones their mean, an arrow between the last two.

    Args:
        groups: shares between 0 and 1 of all seeds, shape (seeds,), by stage, by the name of the group; from the top
            down.
        colours: by stage, in order.
        label: of the horizontal axis.
        bands: colours of ranges of the accuracy that are shaded.
    """
    marks: list[Mark] = [
        Band(low=100 * low, high=100 * high, colour=colour, opacity=0.07) for (low, high), colour in bands.items()
    ]
    for height, stages in enumerate(groups.values()):
        shares = {stage: 100 * np.asarray(values, dtype=np.float64) for stage, values in stages.items() if len(values)}
        means = [float(values.mean()) for values in shares.values()]
        if len(means) > 1:
            marks.append(Arrow(start=(means[-2], height), end=(means[-1], height), width=1.6))
        for place, (stage, values) in enumerate(shares.items()):
            low = np.full(len(values), height + SPREAD * (place - (len(colours) - 1) / 2))
            marks.append(Dots(x=values, y=low, colour=colours[stage], size=3.2, opacity=0.55))
            marks.append(Dots(x=[means[place]], y=[height], colour=colours[stage], size=9, outlined=True, layer=3))
    x = Axis(label, limits=SHOWN, grid=True)
    return Panel(marks, "", x, Axis(limits=(len(groups) - 0.4, -0.6), ticks=list(enumerate(groups))))
