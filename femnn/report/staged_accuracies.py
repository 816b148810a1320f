"""Accuracies of networks along the stages of what is done to them, as before damage, after it, and trained again."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from femnn.report.figure import Axis, Panel
from femnn.report.marks import Arrow, Band, Dots, Mark

type Floats = npt.NDArray[np.float64]

SPREAD = 0.12
"""Between the dots of one stage and of the next, as a share of the room between groups."""


def staged_panel(
    groups: Mapping[str, Mapping[str, Floats]],
    colours: Mapping[str, str],
    label: str,
    bands: Mapping[tuple[float, float], str],
    limits: tuple[float, float] = (0.10, 1.01),
) -> Panel:
    """Return accuracies from left to right: small dots the seeds, large ones their mean, an arrow between the last two.

    Args:
        groups: shares between 0 and 1 of all seeds, shape (seeds,), by stage, by the name of the group; from the top
            down.
        colours: by stage, in order.
        label: of the horizontal axis.
        bands: colours of ranges of the accuracy that are shaded.
        limits: of the horizontal axis.
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
    x = Axis(label, limits=(100 * limits[0], 100 * limits[1]), grid=True)
    return Panel(marks, "", x, Axis(limits=(len(groups) - 0.4, -0.6), ticks=list(enumerate(groups))))
