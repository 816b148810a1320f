"""Figures of the study."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from femnn.measured.comparison.agreement import Scatter
from femnn.report.colours import COLOURS, FAINT, colour_of
from femnn.report.figure import Axis, Figure, Panel, stacked
from femnn.report.marks import Area, Band, Bars, Dots, Mark, Reference
from femnn.report.measured_panels import against_measured
from femnn.study.table_rows import at

from .report import BASE, CLEAR, SAME, single_trials

if TYPE_CHECKING:
    from .study import Fidelity

PERFECT, PERFECT_LINE, MEASURED = "#e7f5ff", "#74c0fc", "#ced4da"
"""Colours of what a perfect model would show, and of what was measured."""


def agreement(study: Fidelity, table: pd.DataFrame, perfect: Mapping[str, Scatter]) -> Iterator[Figure]:
    """1 − Pearson of every model, a panel a case."""
    if table.empty:
        return
    variants, trials = _variants(table), single_trials(study)
    ticks = [(float(place), study.name_of(*variant)) for place, variant in enumerate(variants)]
    ticks += [(len(variants) + 0.2, "single trials")] if trials else []
    y = Axis(ticks=ticks, limits=(ticks[-1][0] + 0.5, -0.5))
    panels = []
    for case in study.cases:
        rows, (mean, deviation) = at(table, case=case), perfect[case].one_minus_pearson
        marks: list[Mark] = [Reference(at=mean, along="x", dashes="-", width=1, colour=PERFECT_LINE, layer=0)]
        if np.isfinite(deviation):
            marks.insert(0, Band(low=max(mean - deviation, 0), high=mean + deviation, colour=PERFECT))
        springs = at(rows, model=BASE[0], geometry=BASE[1])["one_minus_pearson"]
        marks += [Reference(at=value, along="x", width=0.9) for value in springs]
        for place, (model, geometry) in enumerate(variants):
            own = at(rows, model=model, geometry=geometry)
            marks.append(
                Dots(x=own["one_minus_pearson"], y=np.full(len(own), place), x_errors=own["change_error"].fillna(0),
                     error_width=1.8, colour=colour_of(model, study.models), hollow=geometry != BASE[1],
                     keys=[study.name_of(model, geometry)] * len(own))
            )  # fmt: skip
        marks.append(Dots(x=trials, y=[len(variants) + 0.2] * len(trials), marker="|", size=9, colour=FAINT))
        x = Axis("1 − Pearson correlation with the measurement",
                 limits=(0, 1.05 * max([*trials, *rows["one_minus_pearson"]], default=1)))  # fmt: skip
        panels.append(Panel(marks, f"case {case}", x, y))
    yield Figure(
        "agreement",
        _verdict(table),
        "1 − Pearson correlation of predicted and measured gradient; bars are the standard error of the difference to "
        "the linear spring (dotted), the blue band is what a perfect model would show, ticks below are the "
        "single trials of the paper, of either case. Hollow: thinned ends.",
        [panels], (5.2 * len(panels) + 0.8, 1.9 + 0.34 * len(variants)), share_y=True,
    )  # fmt: skip


def _variants(table: pd.DataFrame) -> list[tuple[str, str]]:
    """Models with their geometries, in the order of the table."""
    return list(table.groupby(["model", "geometry"], sort=False).groups)


def _verdict(table: pd.DataFrame) -> str:
    """What the figure of the agreement shows, as a sentence."""
    parts = []
    for case, every in table.groupby("case", sort=False):
        rows = every[every["change"].abs() > SAME]
        nearer, farther = ((sign * rows["change"] > CLEAR * rows["change_error"]).sum() for sign in (-1, 1))
        parts.append(f"case {case}: {nearer or 'none'} nearer, {farther or 'none'} farther")
    return "Models that differ clearly from the linear spring – " + "; ".join(parts)


def bonds(study: Fidelity, table: pd.DataFrame, gradients: pd.DataFrame) -> Iterator[Figure | None]:
    """Predicted against measured gradients of springs, of the nearest model and of the last one, a panel a case."""
    panels = []
    for case, rows in table.groupby("case", sort=False):
        known, nearest, last = at(gradients, case=case), rows.sort_values("one_minus_pearson").iloc[0], rows.iloc[-1]
        shown = dict.fromkeys([BASE, *((row["model"], row["geometry"]) for row in (nearest, last))])
        predicted = {
            study.name_of(model, geometry): 1e9 * factor * at(known, model=model, geometry=geometry)["predicted"]
            for model, geometry in shown
            for factor in at(rows, model=model, geometry=geometry)["factor"]
        }
        own = at(known, model=last["model"], geometry=last["geometry"])
        measured = [1e9 * (own["measured"] + sign * own["deviation"]).to_numpy() for sign in (0, -1, 1)]
        labels = "measured (10⁻⁹ m²)", "predicted (10⁻⁹ m²)"
        panels.append(against_measured(measured, predicted, list(own["bond"]), f"case {case}", labels))
    yield stacked(
        "bonds",
        "Predicted against measured gradient, bond by bond",
        "Predicted against measured gradient of every bond (10⁻⁹ m²), each model multiplied by the factor that fits "
        "its size. Grey: deviations over three trials, drawn for the first model.",
        [panels], 5.0 * len(panels), 4.6,
    )  # fmt: skip


def effects(table: pd.DataFrame) -> Iterator[Figure | None]:
    """What each effect does to 1 − Pearson, a panel a case."""
    names = list(dict.fromkeys(table["effect"]))
    y = Axis(ticks=list(enumerate(names)), limits=(len(names) - 0.5, -0.5))
    cases, panels = table["case"].unique(), []
    for case in cases:
        marks: list[Mark] = [Reference(at=0, along="x", dashes="-", width=0.8)]
        for shift, where, name, colour in (
            (-0.17, "alone", "alone", COLOURS[0]),
            (0.17, "whole", "in the solid with all effects", COLOURS[1]),
        ):
            own = at(table, case=case, where=where)
            marks.append(
                Bars(places=[names.index(effect) + shift for effect in own["effect"]], thickness=0.3, lying=True,
                     values=1e3 * own["one_minus_pearson_change"], errors=1e3 * own["one_minus_pearson_change_error"],
                     colour=colour, name=name, keys=list(own["effect"]))
            )  # fmt: skip
        x = Axis("change of 1 − Pearson (10⁻³; left: nearer to the measurement)")
        panels.append(Panel(marks, f"case {case}", x, y, legend="lower right" if case == cases[-1] else ""))
    yield stacked(
        "effects",
        "What each neglected effect does to the agreement",
        "Change of 1 − Pearson when an effect is switched on, on the simplest models that show it and in the solid "
        "that has them all; lines are standard errors by the scatter of the measurement.",
        [panels], 5.2 * len(panels) + 1, 1.8 + 0.42 * len(names), share_y=True,
    )  # fmt: skip


def displacements(study: Fidelity, table: pd.DataFrame) -> Iterator[Figure | None]:
    """Predicted displacements beside the measured ones, a panel an experiment."""
    variants, panels = _variants(table), list[Panel]()
    for experiment, rows in table.groupby("experiment", sort=False):
        nodes = list(dict.fromkeys(rows["node"]))
        first = at(rows, model=variants[0][0], geometry=variants[0][1])
        marks: list[Mark] = [
            Area(x=[i - 0.4, i + 0.4], low=[1e3 * (row.measured - row.deviation)] * 2,
                 high=[1e3 * (row.measured + row.deviation)] * 2, colour=MEASURED, layer=0, keys=[f"node {row.node}"])
            for i, row in enumerate(first.itertuples())
        ]  # fmt: skip
        for k, (model, geometry) in enumerate(variants):
            own = at(rows, model=model, geometry=geometry)
            shift = 0.6 * ((k + 0.5) / len(variants) - 0.5)
            marks.append(
                Dots(x=[i + shift for i in range(len(own))], y=1e3 * own["predicted"],
                     colour=colour_of(model, study.models), hollow=geometry != BASE[1],
                     keys=[f"node {node}" for node in own["node"]], name=study.name_of(model, geometry))
            )  # fmt: skip
        x = Axis(ticks=[(i, f"node {node}") for i, node in enumerate(nodes)])
        panels.append(Panel(marks, str(experiment), x, Axis("" if panels else "vertical displacement (mm)")))
    yield stacked(
        "displacements",
        "Displacements before and after training",
        "Predicted displacements of the outputs with the widths of trained springs (dots; hollow: thinned ends) and "
        "the measured ones (grey: mean ± deviation over three repeats).",
        [panels], 3.6 * len(panels) + 1.4, 4.4, share_y=True,
        legend=[mark for panel in panels[:1] for mark in panel.marks if mark.name], legend_columns=len(study.models),
    )  # fmt: skip
