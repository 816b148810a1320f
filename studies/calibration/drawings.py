"""The figures of the report."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from femnn.mechanics.models import SPRINGS
from femnn.network.network import Floats
from femnn.report.against_measured import against_measured
from femnn.report.bond_bars import bond_bars
from femnn.report.colours import COLOURS, FAINT, MARKERS, colour_of
from femnn.report.figure import Axis, Figure, Panel
from femnn.report.marks import Band, Curve, Dots, Mark, Reference
from femnn.study.table_rows import at

from .judgement import CLOSE, Judgement

LARGE = 0.1
"""Share of the largest product from which others count as large."""
LEAST = 1e-3
"""Smallest singular value that is drawn."""
TICKS = (0.1, 0.2, 0.5, 1, 1.5, 2, 3, 5, 10, 20, 50, 100)
NEAR = "#f1f3f5"
"""Colour of what is within a deviation."""


def errors(judgements: Sequence[Judgement]) -> Iterator[Figure]:
    """Weighted errors, a row of panels a fit: what was fitted, and everything that was judged."""
    study = judgements[0].study
    values = np.concatenate([[1.0], *([*each.fitted, *np.ravel(each.errors)] for each in judgements)])
    low, high = 0.88 * np.nanmin(values), 1.15 * np.nanmax(values)
    ticks = [(tick, f"{tick:g}") for tick in TICKS if low <= tick <= high]
    x = Axis("weighted error", "log", (low, high), ticks, grid=True)
    # Grey for what is not fitted, colours for what is
    colours = iter(COLOURS)
    styles = [(name, next(colours) if study.set[name] else FAINT) for name in study.sets]
    rows: list[list[Panel]] = []
    for each in judgements:
        shown = {f"{each.fit} (fitted)": each.fitted}
        shown |= {f"{what} (predicted)": each.errors[what] for what in each.errors.columns[:-1]}
        panels: list[Panel] = []
        for title, found in shown.items():
            marks: list[Mark] = [Reference(at=1, along="x", dashes="--", width=0.9)]
            for i, ((name, colour), marker) in enumerate(zip(styles, MARKERS, strict=False)):
                places = [place + (i - (len(styles) - 1) / 2) * 0.22 for place in range(len(study.models))]
                own = [found.get((name, model), np.nan) for model in study.models]
                marks.append(Dots(x=own, y=places, marker=marker, colour=colour, name=name, keys=study.models))
            names = [(float(i), "" if panels else model) for i, model in enumerate(study.models)]
            y = Axis(ticks=names, limits=(len(names) - 0.5, -0.5))
            panels.append(Panel(marks, title, x, y, legend="" if rows or panels else "upper right"))
        rows.append(panels)
    heights = [2.0 + 0.34 * len(study.models)] * len(rows)
    yield Figure(
        "errors",
        _verdict(judgements[0]),
        "Root of the mean square of (computed − measured)/deviation: 1, dashed, is the scatter of single trials, and "
        "that of a mean of n is 1/√n of it. One row a fit; the first diagram is what was fitted, the others are "
        "predicted.",
        rows,
        (3.4 * max(map(len, rows)), sum(heights)),
        heights=heights,
    )


def _verdict(judgement: Judgement) -> str:
    if judgement.beside_springs is None:
        return "Weighted errors of what is fitted, and of what is then predicted"
    best, own, springs = judgement.beside_springs
    better = "better" if own["together"] < springs["together"] else "no better"
    return (
        f"Fitted to {judgement.fit!r}, {best} predicts the rest {better} than springs fitted the same way: "
        f"{own['together']:.2f} against {springs['together']:.2f}"
    )


def products(judgement: Judgement) -> Iterator[Figure]:
    """Products of springs and of the best model: against the measured ones, and their misfit bond by bond."""
    table, fit, other = judgement.rows_of("products"), judgement.fit, judgement.other
    models = [model for model in (SPRINGS, judgement.best) if model is not None and model in set(table["model"])]
    if not models:
        return
    panels = []
    for case in judgement.study.cases:
        by_model = {model: at(table, case=case, model=model) for model in models}
        own = by_model[models[0]]
        panels.append(
            against_measured(
                [_root(own["measured"] + sign * own["weight"]) for sign in (0, -1, 1)],
                {model: _root(rows["predicted"]) for model, rows in by_model.items()},
                list(own["bond"]),
                f"{case}, {'fitted' if case == fit else 'predicted'}",
                ("measured, ±√|product of elongations| (µm)", "computed (µm)"),
            )
        )
    rows = at(table, case=other)
    yield Figure(
        "products",
        _large(rows, other, models),
        "Product of the two elongations of each bond, as the root of its magnitude with its sign. Grey: deviation with "
        "the camera's floor, drawn for the first model.",
        [panels],
        (5.0 * len(panels), 4.8),
    )
    misfits = {model: _misfit(at(rows, model=model)) for model in models}
    names, last = list(dict.fromkeys(rows["bond"])), misfits[models[-1]]
    title = f"{other}, predicted from {fit}" if other != fit else f"{other}, fitted"
    panel = bond_bars(names, misfits, "(computed − measured)/deviation", title)
    within = f"{(np.abs(last) <= 1).sum()} of {len(names)} bonds of {other!r} are within a deviation"
    yield Figure(
        "scores",
        f"{models[-1].capitalize()}: {within}; {names[int(np.abs(last).argmax())]} has the largest misfit",
        "Misfit of each bond in deviations; the band is one deviation.",
        [[replace(panel, marks=[Band(low=-1, high=1, along="y", colour=NEAR), *panel.marks])]],
        (9.5, 3.6),
    )


def _misfit(rows: pd.DataFrame) -> Floats:
    return np.asarray((rows["predicted"] - rows["measured"]) / rows["weight"])


def _root(values: pd.Series) -> Floats:
    """Products as mean elongations (µm): the root with their sign."""
    return np.asarray(1e6 * np.sign(values) * np.sqrt(np.abs(values)))


def _large(rows: pd.DataFrame, case: str, models: list[str]) -> str:
    """How near models come to the large products of a case."""
    large = rows[rows["measured"].abs() >= LARGE * rows["measured"].abs().max()]
    error = (large["predicted"] / large["measured"] - 1).abs().groupby(large["model"]).median()
    told = " and ".join(f"{100 * error[model]:.0f} % ({model})" for model in models)
    return f"The median relative error of the {large['bond'].nunique()} largest products of {case!r} is {told}"


def parameters(judgement: Judgement) -> Iterator[Figure]:
    """Parameters found in units of their priors, and the widths bond by bond."""
    study, table = judgement.study, judgement.results.table("parameters")
    own = at(table, set=study.full_set)
    shared, widths = at(own, shared=True), at(own, shared=False, fit=judgement.fit)
    if own.empty:
        return
    names = list(dict.fromkeys(shared["parameter"]))
    panels = [_shared(judgement, shared, names)] if names else []
    panels += [_widths(judgement, widths)] if len(widths) else []
    told = shared.groupby("parameter", sort=False)[["deviation", "prior"]].min()
    known = [str(name) for name, row in told.iterrows() if row["deviation"] < CLOSE * row["prior"]]
    yield Figure(
        "parameters",
        f"The data tell of {' and '.join(known) or 'none of the parameters'}; the rest stays where its prior has it",
        "Left: parameters of the lattice as a whole with their deviations, in units of the prior's (band: ±1). Filled: "
        f"fitted to {study.fits[0]}; hollow: to another case. Right: error of each bond's width, in the first "
        "and the last model.",
        [panels],
        (5.2 * len(panels), 1.9 + 0.62 * max(len(names), 5)),
        legend=[Dots(name=model, colour=colour_of(model, study.models)) for model in dict.fromkeys(own["model"])],
    )


def _shared(judgement: Judgement, shared: pd.DataFrame, names: list[str]) -> Panel:
    marks: list[Mark] = [Band(low=-1, high=1, colour=NEAR), Reference(along="x", dashes="-", width=0.8, colour=FAINT)]
    groups = list(shared.groupby(["fit", "model"], sort=False))
    for i, ((fit, model), rows) in enumerate(groups):
        shift = (i - (len(groups) - 1) / 2) * 0.8 / len(groups)
        marks.append(
            Dots(x=rows["value"] / rows["prior"], y=[names.index(name) + shift for name in rows["parameter"]],
                 x_errors=rows["deviation"] / rows["prior"], size=4.5, error_width=1.3, hollow=fit != judgement.fit,
                 colour=colour_of(model, judgement.study.models), keys=list(rows["parameter"]))
        )  # fmt: skip
    y = Axis(ticks=[(float(i), name) for i, name in enumerate(names)], limits=(len(names) - 0.5, -0.5))
    return Panel(marks, "the lattice as a whole", Axis("value, in deviations of its prior"), y)


def _widths(judgement: Judgement, widths: pd.DataFrame) -> Panel:
    """Errors of widths (%), in the first and the last model."""
    models, prior = list(dict.fromkeys(widths["model"])), 100 * widths["prior"].iloc[0]
    marks: list[Mark] = [Band(low=-prior, high=prior, along="y", colour=NEAR)]
    for model, shift in {models[-1]: 0.35, models[0]: 0.0}.items():
        own = at(widths, model=model)
        marks.append(
            Dots(x=[i + shift for i in range(len(own))], y=100 * own["value"], y_errors=100 * own["deviation"],
                 size=3.5, colour=colour_of(model, judgement.study.models), keys=list(own["parameter"]))
        )  # fmt: skip
    names = [(float(i), name) for i, name in enumerate(dict.fromkeys(widths["parameter"]))]
    x = Axis(ticks=names, vertical_ticks=True)
    return Panel(marks, f"widths, fitted to {judgement.fit}", x, Axis("error of the width (%)"))


def singular_values(judgement: Judgement) -> Iterator[Figure]:
    """How well each direction of the parameters is determined."""
    models, table = judgement.study.models, judgement.rows_of("identifiability")
    marks: list[Mark] = [
        Reference(at=1, dashes="--", width=1.0, text="determined by the data", text_at=0.99, text_from="right"),
        Reference(at=1, width=0, text="determined by the prior", text_at=0.99, text_from="right", text_side="below"),
    ]
    told = []
    for model, rows in table.groupby("model", sort=False):
        told.append(int((rows["singular_value"] > 1).sum()))
        values = rows["singular_value"].where(rows["singular_value"] > LEAST)
        marks.append(Curve(x=rows["direction"], y=values, marker=MARKERS[models.index(model) % len(MARKERS)],
                           marker_size=4, width=1.0, colour=colour_of(model, models), name=str(model)))  # fmt: skip
    if not told:
        return
    x, y = Axis("direction of the parameters"), Axis("singular value, in units of the priors", "log")
    yield Figure(
        "singular-values",
        f"{' to '.join(map(str, sorted({min(told), max(told)})))} directions are determined by the data, the others "
        "by the priors",
        "Singular values of the derivatives of the scores by all parameters, each in units of its prior's deviation, "
        f"fitted to {judgement.fit}; those beyond the number of bonds are zero.",
        [[Panel(marks, "", x, y, legend="upper right")]],
        (7.6, 3.9),
    )
