"""Figures as data: a grid of panels with marks, which one renderer prints and another may show in a browser.

A study never calls a plotting library. Every datum of a mark may carry a key, the name of its bond, model or row, by
which it can be linked and shown on hover.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from femnn.report.marks import Mark

type Limits = tuple[float | None, float | None]

FIGURES = "figures"
"""Folder of the files, in that of the run."""
RESOLUTION = 160
"""Dots per inch of the files."""
FREE: Limits = (None, None)
"""Limits of an axis that are those of the data."""


@dataclass(frozen=True)
class Axis:
    """One axis of a panel."""

    label: str = ""
    scale: Literal["linear", "log"] = "linear"
    limits: Limits = FREE
    ticks: Sequence[tuple[float, str]] | None = None
    """Places and what is written there; found by the renderer where None."""
    grid: bool = False
    downwards: bool = False
    """Whether the axis runs down, or to the left."""
    margin: float | None = None
    """Room beyond the data, as a share of their range."""
    vertical_ticks: bool = False
    """Whether what is written at the ticks stands upright."""
    most_steps: int | None = None
    """Steps between ticks of a linear axis at most, where long numbers would run into one another."""


@dataclass(frozen=True)
class Panel:
    """One diagram of a figure."""

    marks: Sequence[Mark] = ()
    title: str = ""
    x: Axis = Axis()
    y: Axis = Axis()
    legend: str = ""
    """Where the names of marks are listed: "upper right" and so on, or "ends", beside the ends of curves."""
    legend_title: str = ""
    legend_columns: int = 1
    name_gap: float = 0.052
    """Least distance of two names beside curves, as a share of the height."""
    square: bool = False
    """Whether both axes have one scale."""


@dataclass(frozen=True)
class Figure:
    """Panels with what a reader is to take from them.

    Raises:
        ValueError: there is no panel.
    """

    name: str
    """Name of its file, without ending."""
    title: str
    """What is shown, or what the run has found, as a sentence."""
    caption: str
    """What is drawn."""
    panels: Sequence[Sequence[Panel]]
    """Rows of panels."""
    size: tuple[float, float]
    """Width and height on paper (inches)."""
    legend: Sequence[Mark] = ()
    """Marks of which the names are listed above all panels; they need no data."""
    legend_columns: int = 5
    heights: Sequence[float] = ()
    """Of the rows, in any unit: rows are then laid out one by one, with as many panels as each has."""
    share_y: bool = False
    """Whether all panels have one vertical scale."""
    shared_scale: str = ""
    """Label of a colour scale that the lattices of a row share; none where empty."""
    margins: tuple[float, float] = field(default=(0.0, 0.0))
    """Room between panels, beside and above one another (inches), for names outside them."""

    def __post_init__(self) -> None:
        """Check that there is something to draw."""
        if not any(self.panels):
            raise ValueError(f"figure {self.name!r} has no panel")

    @property
    def too_large(self) -> str:
        """Why the figure is not drawn: a sentence; empty where it is small enough."""
        for mark in (mark for row in self.panels for panel in row for mark in panel.marks):
            if mark.count > mark.limit:
                return (
                    f"Figure {self.name} is left out: {mark.count} {mark.unit} are more than the {mark.limit} that can "
                    "be read."
                )
        return ""


def stacked(
    name: str, title: str, caption: str, rows: Sequence[Sequence[Panel]], width: float, height: float, **how: Any
) -> Figure | None:
    """Return a figure of rows of panels that are equally high, without those that are empty; None where all are.

    Args:
        name: of its file, without ending.
        title: what is shown, or was found.
        caption: what is drawn.
        rows: panels.
        width: of the figure (inches).
        height: of a row (inches).
        how: other fields of the figure, by name.
    """
    full = [row for row in rows if row]
    return Figure(name, title, caption, full, (width, height * len(full)), **how) if full else None


def grid(panels: Sequence[Panel], columns: int) -> list[list[Panel]]:
    """Return panels row by row."""
    return [list(panels[i : i + columns]) for i in range(0, len(panels), columns)]


def log_panel(
    marks: Sequence[Mark],
    title: str,
    x: str,
    y: str,
    x_limits: Limits = FREE,
    y_limits: Limits = FREE,
    gap: float = 0.06,
    legend: str = "ends",
    legend_title: str = "",
) -> Panel:
    """Return a panel of curves on logarithmic axes, with a grid, each named beside its right end.

    Args:
        marks: what is drawn.
        title: of the panel.
        x: label of the horizontal axis.
        y: label of the vertical axis.
        x_limits: of the horizontal axis; those of the data where None.
        y_limits: of the vertical axis.
        gap: between two names, as a share of the height.
        legend: where names are listed: see :class:`Panel`.
        legend_title: above the list.
    """
    x_axis = Axis(x, "log", x_limits, grid=True, margin=0.01)
    y_axis = Axis(y, "log", y_limits, grid=True)
    return Panel(marks, title, x_axis, y_axis, legend, legend_title, name_gap=gap)
