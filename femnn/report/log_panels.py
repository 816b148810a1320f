"""Panels with two logarithmic axes."""

from collections.abc import Sequence

from femnn.report.figure import Axis, Panel
from femnn.report.marks import Mark

type Limits = tuple[float | None, float | None]

FREE: Limits = (None, None)


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
        legend: where names are listed: see :class:`femnn.report.figure.Panel`.
        legend_title: above the list.
    """
    x_axis = Axis(x, "log", x_limits, grid=True, margin=0.01)
    y_axis = Axis(y, "log", y_limits, grid=True)
    return Panel(marks, title, x_axis, y_axis, legend, legend_title, name_gap=gap)
