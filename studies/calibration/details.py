"""What is behind the errors: parameters that were found, what the data tell of them, and products bond by bond."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from femnn.measured.calibration.parameters import WIDTHS
from femnn.mechanics.models import SPRINGS
from femnn.network.network import Floats
from femnn.report.bond_bars import bond_bars
from femnn.report.colours import FAINT, MARKERS, colour_of
from femnn.report.figure import Axis, Figure, Panel
from femnn.report.marks import Band, Curve, Dots, Mark, Reference
from femnn.report.measured_panels import against_measured
from femnn.report.texts import number
from femnn.study.api import Content, Results, at, table

from .judgement import Judgement

if TYPE_CHECKING:
    from .study import Calibration

CLOSE = 0.5
"""Deviation over that of the prior above which a parameter counts as not determined by the data."""
NAMED = 3
"""Bonds that a sentence names."""
ROUNDING = 1e-9
"""Singular values up to this are zero except for rounding."""
LARGE = 0.1
"""Share of the largest product from which others count as large."""
LEAST = 1e-3
"""Smallest singular value that is drawn."""
NEAR = "#f1f3f5"
"""Colour of what is within a deviation."""


def parameters_table(study: Calibration, results: Results) -> Content:
    """Parameters of the lattice as a whole, with the largest set."""
    shared, rows = at(results.table("parameters"), shared=True, set=study.full_set), []
    for (model, name), own in shared.groupby(["model", "parameter"], sort=False):
        factor = 180 / np.pi if name.endswith("angle") else 100.0
        first = own.iloc[0]
        rows.append(
            {"model": model, "parameter": name}
            | {f"fitted to {case}": "–" for case in shared["fit"]}
            | {f"fitted to {row.fit}": f"{factor * row.value:+.1f} ± {factor * row.deviation:.1f}"
               for row in own.itertuples()}
            | {"before": f"± {factor * first['prior']:.3g}"}
            | {"determined by": "data" if first["deviation"] < CLOSE * first["prior"] else "prior"}
        )  # fmt: skip
    return table(
        "Parameters of the lattice as a whole",
        rows,
        "Changes of what is stated in % (logarithms times 100); angles in degrees, counter-clockwise.",
    )


def modulus(judgement: Judgement) -> Iterator[str]:
    sections = judgement.results.network.sections
    stated = float(sections.modulus.mean()) / 1e6
    straight = ", as it is for straight bonds" if (sections.end_share > 0).any() else ""
    rows = at(judgement.rows_of("parameters"), parameter="modulus")
    rows = rows.assign(modulus=stated * np.exp(rows["value"].astype(float)))
    parts = [f"{r.model} {r.modulus:.3f} ± {r.modulus * r.deviation:.3f} MPa" for r in rows.itertuples()]
    if parts:
        yield f"Modulus fitted to {judgement.fit!r}: {', '.join(parts)}; stated is {stated:.3g} MPa{straight}."


def directions(judgement: Judgement) -> Iterator[str]:
    """How many directions the data tell of, which are weak, and which parameters stand for one another."""
    full, results = judgement.study.full_set, judgement.results
    known = {p["model"]: values for p, values in results if (p["fit"], p["set"]) == (judgement.fit, full)}
    mine = {model: values for model, values in known.items() if values.get("directions")}
    if not mine:
        return
    singular = judgement.rows_of("identifiability").groupby("model")["singular_value"]
    counts = ", ".join(f"{m} {(singular.get_group(m) > 1).sum()} of {len(singular.get_group(m))}" for m in mine)
    first = next(iter(mine.values()))["directions"][0]
    yield (
        f"Directions of all parameters together of which {judgement.fit!r} tells more than the priors: {counts}. The "
        f"best known is {first['text'].removeprefix('1.00 ')} (singular value {_figure(first['singular_value'])})."
    )
    model, values = max(mine.items(), key=lambda item: len(item[1]["directions"]))
    weak = [f"{d['text']} ({_figure(d['singular_value'])})" for d in values["directions"] if d["singular_value"] <= 1]
    if weak:
        scatter = ", errors of single widths being scatter" if WIDTHS in judgement.study.set[full] else ""
        yield f"Not determined, of the lattice as a whole{scatter} ({model}): {'; '.join(weak)}."
    pairs = [(model, *values["trade_off"]) for model, values in mine.items() if values["trade_off"]]
    if pairs:
        listed = ", ".join(f"{one} and {other} ({model}, {r:+.2f})" for model, one, other, r in pairs)
        yield f"Parameters that most stand for one another, with the correlation of their errors: {listed}."


def _figure(value: float) -> str:
    """A singular value, without what is left of rounding."""
    return number(value if value > ROUNDING else 0.0, 2)


def bonds(judgement: Judgement) -> Iterator[str]:
    """Which bonds have most of what is left."""
    products = judgement.rows_of("products")
    products = products[(products["case"] != judgement.fit) & products["model"].isin([SPRINGS, judgement.best])]
    parts = []
    for (case, model), rows in products.groupby(["case", "model"], sort=False):
        squares = ((rows["predicted"] - rows["measured"]) / rows["weight"]) ** 2
        largest = squares.nlargest(NAMED)
        share = 100 * largest.sum() / squares.sum()
        parts.append(f"{share:.0f} % of the χ² of {case!r} on {', '.join(rows['bond'][largest.index])} ({model})")
    if parts:
        yield f"The {NAMED} bonds with most of what is left: {'; '.join(parts)}."


def floor(judgement: Judgement) -> Iterator[str]:
    floor, rows = judgement.study.floor, judgement.rows_of("table")
    if not floor:
        return
    rows = rows[rows["model"].isin([SPRINGS, judgement.best]) & np.isfinite(rows["weighted_error_without_floor"])]
    parts = [
        f"{row.model} {row.against} {row.weighted_error**2:.2f} with and {row.weighted_error_without_floor**2:.1f} "
        "without"
        for row in rows.itertuples()
    ]
    said = f"χ² per bond: {'; '.join(parts)}" if parts else "without it, bonds have no deviation"
    yield f"Weights have a floor of {1e6 * floor:.3g} µm for the camera's error of an elongation; {said}."


def products(judgement: Judgement) -> Iterator[Figure]:
    """Products of springs and of the best model: against the measured ones, and their misfit bond by bond."""
    table, fit, other = judgement.rows_of("products"), judgement.fit, judgement.other
    models = [model for model in (SPRINGS, judgement.best) if model is not None and model in set(table["model"])]
    if not models:
        return
    panels, labels = [], ("measured, ±√|product of elongations| (µm)", "computed (µm)")
    for case in judgement.study.cases:
        by_model = {model: at(table, case=case, model=model) for model in models}
        own = by_model[models[0]]
        measured = [_root(own["measured"] + sign * own["weight"]) for sign in (0, -1, 1)]
        computed = {model: _root(rows["predicted"]) for model, rows in by_model.items()}
        title = f"{case}, {'fitted' if case == fit else 'predicted'}"
        panels.append(against_measured(measured, computed, list(own["bond"]), title, labels))
    rows = at(table, case=other)
    large = rows[rows["measured"].abs() >= LARGE * rows["measured"].abs().max()]
    error = (large["predicted"] / large["measured"] - 1).abs().groupby(large["model"]).median()
    told = " and ".join(f"{100 * error[model]:.0f} % ({model})" for model in models)
    yield Figure(
        "products",
        f"The median relative error of the {large['bond'].nunique()} largest products of {other!r} is {told}",
        "Product of the two elongations of each bond, as the root of its magnitude with its sign. Grey: deviation with "
        "the camera's floor, drawn for the first model.",
        [panels],
        (5.0 * len(panels), 4.8),
    )
    scores = rows.assign(score=(rows["predicted"] - rows["measured"]) / rows["weight"])
    misfits = {model: at(scores, model=model)["score"].to_numpy() for model in models}
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


def _root(values: pd.Series) -> Floats:
    """Products as mean elongations (µm): the root with their sign."""
    return np.asarray(1e6 * np.sign(values) * np.sqrt(np.abs(values)))


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
