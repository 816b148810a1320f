"""The one figure to remember: what is loaded, what the gradient is, and how wrong each way of measuring it is."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from femnn.config.quantities import GRAM_FORCE
from femnn.insitu.estimators import READINGS
from femnn.mechanics.elongation import elongations
from femnn.report.former_figure import Figure
from femnn.report.lattice_plots import lattice
from femnn.report.plots import Curve, heading, logarithmic, rows_of_axes
from femnn.study.former.study import Run

from .selection import error_curve, fields, loaded, places, select

PLAIN = "bar"
"""Model in which nothing but the turning of bonds comes between the ways to measure and the gradient."""
SHOWN = {name: estimator.in_words for name, estimator in READINGS.items() if estimator.in_words}
"""Products that are explained in words."""


def headline(run: Run, table: pd.DataFrame) -> Iterator[Figure]:
    """Fields and errors of the first case in the bars, or the last model where there are none, if it has both."""
    model = PLAIN if PLAIN in run.settings.models else run.settings.models[-1]
    place = next(iter(places(run)), None)
    data = fields(run, place, model) if place else {}
    shown = [e for e in SHOWN if e in run.settings.estimators]
    if not data or not shown or "exact" not in run.settings.references or len(run.network.bonds) > 1000:
        return
    figure, ((forward, adjoint, gradient), (error,)) = rows_of_axes((3, 1), 10.5, (3.0, 4.0))
    for ax, name, force, strength in (
        (forward, "forward", "force", place[1]),
        (adjoint, "adjoint", "adjoint_force", run.settings.shown_of(place[0])),
    ):
        field = np.array(data[name])
        stretch = 1e6 * elongations(run.network, field, "true")
        title = f"{'data' if name == 'forward' else 'adjoint'}: {strength / GRAM_FORCE:.3g} gf"
        arrows = loaded(run, np.array(data[force]))
        lattice(ax, run.network, stretch, field, arrows, "elongation (µm)", title)
    lattice(gradient, run.network, 1e9 * np.array(data["exact"]), label="dL/dk (10⁻⁹ m²)", title="gradient")
    rows = select(table, place, model, "exact")
    curves = []
    for estimator in shown:
        curves.append(error_curve(run, rows, estimator, SHOWN[estimator], "\n"))
    if not any(len(curve.x) for curve in curves):
        return
    off = data.get("linear_spring_error", {}).get("relative_l2", 0.0)
    if off > 1e-12:
        ends = np.array([min(c.x[0] for c in curves if len(c.x)), max(c.x[-1] for c in curves if len(c.x))])
        curves.append(Curve(ends, np.full(2, off), "gradient of the linear springs", "#616e7c", ":"))
    logarithmic(error, curves, "adjoint force (gf)", "relative error of the gradient", gap=0.13)
    heading(error, f"error of the measured gradient, {model} model, case {place[0]}")
    yield Figure(
        "headline",
        "The in situ gradient, and its error against the adjoint force",
        "Top: elongation of the bonds under the data's load and under the adjoint force, and the gradient that their "
        "product estimates. Bottom: relative L2 error against the model's own exact gradient.",
        figure,
    )
