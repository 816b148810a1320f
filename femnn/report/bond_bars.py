"""Bars by bond: several figures of every bond side by side."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from femnn.network.network import Floats
from femnn.report.colours import COLOURS
from femnn.report.figure import Axis, Panel
from femnn.report.marks import Bars, Mark, Reference

GROUP = 0.8
"""Width of the bars of one bond, as a share of the distance to the next."""


@dataclass(frozen=True, eq=False, kw_only=True)
class BondBars(Bars):
    """Bars with the names of bonds below them."""

    limit: ClassVar[int] = 60
    unit: ClassVar[str] = "bonds"


def bond_bars(names: Sequence[str], series: Mapping[str, Floats], y_label: str, title: str = "") -> Panel:
    """Return a panel with one group of bars a bond, one bar a series.

    Args:
        names: of the bonds.
        series: one value a bond, shape (B,), by the name of the series.
        y_label: of the vertical axis.
        title: of the panel.
    """
    width, bonds = GROUP / max(1, len(series)), np.arange(len(names), dtype=np.float64)
    marks: list[Mark] = [
        BondBars(places=bonds + (i + 0.5 - len(series) / 2) * width, values=values, thickness=width, name=name,
                 keys=names, colour=COLOURS[i % len(COLOURS)])
        for i, (name, values) in enumerate(series.items())
    ]  # fmt: skip
    ends = (-0.6, len(names) - 0.4)
    marks.append(Reference(dashes="-", width=0.8))
    ticks = list(zip(bonds, names, strict=True))
    x = Axis(limits=ends, ticks=ticks, vertical_ticks=True)
    # Room for the names of the series
    return Panel(marks, title, x, Axis(y_label, margin=0.15), legend="upper right", legend_columns=len(series))
