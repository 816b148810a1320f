"""How wrong estimates are, by estimator, model, place and adjoint force; and what each effect does to the gradient."""

from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from femnn.config.quantities import GRAM_FORCE
from femnn.insitu.error_order import error_order, over_forces
from femnn.insitu.estimators import ESTIMATORS, IN_WORDS, takes_springs
from femnn.insitu.metrics import all_metrics, change
from femnn.mechanics.models import BARS
from femnn.network.network import Floats
from femnn.report.colours import COLOURS, GREY
from femnn.report.error_curves import ERROR_LABEL, FORCE_LABEL, error_curve
from femnn.report.figure import Axis, Figure, Panel, log_panel, stacked
from femnn.report.marks import Bars, Curve, Label, Mark, Reference
from femnn.report.texts import grams, listed, number
from femnn.study.contents import Content, Finding, Headline, table

from .places import LINEAR, Place, Run
from .states import field_row

type Entry = dict[str, Any]

SEPARATE, CENTRED = "product", "centred-product"
"""The published estimator, and the one with an error of second order that takes no energies."""
FALLING = 0.5
"""Order of an error in the adjoint force from which on it is said to fall."""


def _mean(rows: pd.DataFrame, metric: str = "relative_l2") -> tuple[Floats, Floats]:
    """Adjoint forces, and the mean of an error at each over the repeats."""
    mean = rows.groupby("adjoint_force")[metric].mean()
    return mean.index.to_numpy(), mean.to_numpy()


def _curves(run: Run, rows: pd.DataFrame, names: dict[str, str], separator: str = "  ") -> list[Curve]:
    """Mean errors of the estimators that have some, by what they are called."""
    groups = {name: own for name, own in rows.groupby("estimator") if name in names}
    return [error_curve(*_mean(groups[name]), name, told, run.study.noise == 0, separator)
            for name, told in names.items() if name in groups]  # fmt: skip


def headline(run: Run) -> Iterator[Content]:
    """The one figure to remember: what is loaded, what the gradient is, and how wrong each way of measuring it is.

    Of the first case in the bars, where nothing but the turning of bonds comes between the ways to measure and the
    gradient, or in the last model where there are none.
    """
    model = BARS if BARS in run.study.models else run.study.models[-1]
    for place in run.places[:1]:
        rows = place.rows(run.table, model=model, reference="exact")
        curves = _curves(run, rows, {e: IN_WORDS[e] for e in run.study.estimators if e in IN_WORDS}, "\n")
        if model not in place.models or not curves:
            continue
        error = place.linear_spring_error(model)
        if error:
            ends = [min(curve.x[0] for curve in curves), max(curve.x[-1] for curve in curves)]
            curves.append(Curve(x=ends, y=[error] * 2, name="gradient of the linear springs", colour=GREY, dashes=":"))
        title = f"error of the measured gradient, {model} model, case {place.case}"
        yield Figure(
            "headline",
            "The in situ gradient, and its error against the adjoint force",
            "Top: elongation of the bonds under the data's load and under the adjoint force, and the gradient that "
            "their product estimates. Bottom: relative L2 error against the model's own exact gradient.",
            [
                field_row(run, place, model, ("data:", "adjoint:", "gradient")),
                [log_panel(curves, title, FORCE_LABEL, ERROR_LABEL, gap=0.13)],
            ],
            (10.5, 7.0),
            heights=(3.0, 4.0),
        )


def linear_springs(run: Run) -> list[Entry]:
    """Error of the linear spring gradient against the exact gradient of each model."""
    return [
        {"case": place.case, "model": model, "forward_force": place.force,
         "loss_adjoint_force": data["adjoint_magnitude"], **all_metrics(data[LINEAR], data["exact"])}
        for place in run.places
        for model, data in place.models.items()
        if LINEAR in data
    ]  # fmt: skip


def by_estimator(run: Run) -> Iterator[Entry]:
    """Each estimator at the shown adjoint force and at its best, and its order in the adjoint force."""
    keys = ["case", "forward_force", "model", "reference", "estimator"]
    for values, rows in run.table.groupby(keys, sort=False):
        found = over_forces(*_mean(rows), run.study.shown_of(values[0]))
        at = rows["adjoint_force"] == found["adjoint_force"]
        found |= {"one_minus_pearson": float(rows.loc[at, "one_minus_pearson"].mean())}
        if run.study.noise > 0 or not ESTIMATORS[values[-1]].applies_adjoint_force:
            found["order"] = None
        yield dict(zip(keys, values, strict=True)) | found


def findings(run: Run) -> Iterator[Content]:
    """How wrong the linear spring gradient is in each model, and what is measured by two ways of loading."""
    study, linear, estimators = run.study, linear_springs(run), list(by_estimator(run))
    labels = {(place.case, place.force): place.label for place in run.places}
    swept = all(min(study.forces_of(case)) < 0.1 * study.shown_of(case) for case in study.cases)

    def told(entries: list[Entry], size: Callable[[Entry], str], more: Callable[[Entry], str]) -> str:
        return ", ".join(f"{size(e)} ({labels[e['case'], e['forward_force']]}; {more(e)})" for e in entries)

    def pearson(entry: Entry) -> str:
        return f"1 − Pearson {number(entry['one_minus_pearson'], 2)}"

    for model in study.models:
        title = run.models[model].traits.title
        exact = [e for e in estimators if (e["model"], e["reference"]) == (model, "exact")]
        separate, centred = ([e for e in exact if e["estimator"] == name] for name in (SEPARATE, CENTRED))
        if run.models[model].product_exact:
            if separate:
                worst = number(max(e["relative_l2"] for e in separate), 2)
                yield Finding(f"{title}: the product of two separate loadings is the gradient to rounding ({worst}).")
            continue
        of_springs = [e for e in linear if e["model"] == model]
        if of_springs:
            off = told(of_springs, lambda e: f"{e['relative_l2']:.1%}",
                       lambda e: f"{np.sqrt(2 * e['one_minus_cosine']):.1%} rescaled")  # fmt: skip
            yield Finding(f"{title}: the gradient of linear springs has an error of {off} against the exact one.")
        if separate:
            floor = told(separate, lambda e: f"{e['smallest_force_relative_l2']:.1%}", pearson)
            set_by = " however small the adjoint force is; the forward load sets it" if swept else ""
            yield Finding(f"{title}: two separate loadings leave an error of {floor}{set_by}.")
        if centred:
            left = told(centred, lambda e: number(e["relative_l2"], 2), pearson)
            falls = all(e["order"] is not None and e["order"] > FALLING for e in centred)
            level = swept and all(e["smallest_force_relative_l2"] > 0.5 * e["relative_l2"] for e in centred)
            less = ", falling with its square" if falls else ", and no less at the smallest" if level else ""
            yield Finding(
                f"{title}: adding the adjoint force to the data's load with both signs instead (centred product) "
                f"leaves {left} at an adjoint force of {grams(centred[0]['adjoint_force'])}{less}."
            )
    yield Headline("linear_spring_gradient", linear)
    yield Headline("estimators", estimators)


def details(run: Run) -> Iterator[Content]:
    """A table and a figure for each model, and the paper's diagram."""
    estimators = list(by_estimator(run))
    models = [model for model in run.study.models if not run.models[model].product_exact] or run.study.models
    for model in models:
        rows: dict[str, dict[str, str]] = {}
        for place in run.places:
            at = (place.case, place.force, model, "exact")
            own = [e for e in estimators if (e["case"], e["forward_force"], e["model"], e["reference"]) == at]
            for e in own:
                rows.setdefault(e["estimator"], {"estimator": e["estimator"]}).update({
                    f"{place.label}: at {grams(own[0]['adjoint_force'])}": number(e["relative_l2"], 2),
                    f"{place.label}: best": number(e["best_relative_l2"], 2),
                    f"{place.label}: order": "–" if e["order"] is None else f"{e['order']:.2f}",
                })  # fmt: skip
        yield table(
            f"{run.models[model].traits.title}: relative L2 error against the exact gradient",
            list(rows.values()),
            "Order: exponent of the error in the adjoint force, fitted where the error is between rounding and 2 %.",
        )
    yield from (_against_exact(run, model) for model in models)
    yield _as_published(run, models)


def _against_exact(run: Run, model: str) -> Figure | None:
    shown = {name: name for name in run.study.estimators if ESTIMATORS[name].applies_adjoint_force}
    panels: list[list[Panel]] = []
    falling = 0
    for place in run.places:
        rows = place.rows(run.table, model=model, reference="exact")
        marks: list[Mark] = [*_curves(run, rows, shown)]
        if not marks:
            continue
        if not panels:
            orders = [error_order(*_mean(rows[rows["estimator"] == name])) for name in shown]
            falling = sum(order is not None and order > FALLING for order in orders)
        error = place.linear_spring_error(model)
        marks += [Reference(at=error, colour=GREY, text="linear spring gradient")] if error else []
        panels.append([log_panel(marks, place.heading, FORCE_LABEL, f"{ERROR_LABEL} (L2)", gap=0.052)])
    dotted = "Dotted: the gradient of the linear spring model. " if run.study.needs_springs else ""
    return stacked(
        f"error-{model}",
        f"{model.capitalize()}: {falling} of {len(shown)} ways to measure get better as the adjoint force shrinks",
        f"Relative L2 error of each estimator against the model's own exact gradient. {dotted}Dashed: "
        "products of elongations, and nudges of one sign. Slopes are fitted where the error is between rounding and "
        "2 %.",
        panels, 8.6, 4.3,
    )  # fmt: skip


def _as_published(run: Run, models: list[str]) -> Figure | None:
    """The paper's diagram: linear forward field, the model's adjoint field, against the linear spring gradient."""
    of_springs = run.table["estimator"].map(takes_springs).astype(bool)
    rows, curves = run.table[(run.table["reference"] == LINEAR) & of_springs], []
    for i, model in enumerate(models if len(rows) else ()):
        for j, place in enumerate(run.places):
            x, y = _mean(place.rows(rows, model=model), "one_minus_pearson")
            curves.append(Curve(x=x / GRAM_FORCE, y=y, name=f"{model}, {place.label}", colour=COLOURS[i % len(COLOURS)],
                                dashes=("-", "--", ":")[j % 3], marker="o"))  # fmt: skip
    return stacked(
        "error-as-published",
        "Error against the gradient of linear springs, by the adjoint force",
        "1 − Pearson correlation with the linear spring gradient of the product of the linear forward field and the "
        "model's adjoint field, the error that Li & Mao (2024) plot against the adjoint force.",
        [[log_panel(curves, "", FORCE_LABEL, "1 − Pearson correlation", gap=0.052)]] if curves else [], 8.6, 4.0,
    )  # fmt: skip


def steps(run: Run, place: Place) -> Iterator[Entry]:
    """All steps from model to model that were computed at a place."""
    for before, after in pairwise(run.study.ladder):
        if {before, after} <= place.models.keys():
            has = run.models[before].traits.effects
            new = [effect for effect in run.models[after].traits.effects if effect not in has]
            told = {"place": [place.case, place.force], "effect": ", ".join(new) or f"{before} → {after}"}
            yield told | change(place.models[before]["exact"], place.models[after]["exact"])._asdict()


def effects(run: Run) -> Iterator[Content]:
    """Which effect moves the gradient how far: sentences, a table and a figure."""
    found = {place: own for place in run.places if (own := list(steps(run, place)))}
    rows: dict[str, dict[str, str]] = {}
    for place, own in found.items():
        parts = [f"{s['change']:.0%} where {s['effect']} ({s['turned']:.0%} after optimal rescaling)" for s in own]
        yield Finding(f"Case {place.label}: the exact gradient moves by {listed(parts)}.")
        for step in own:
            rows.setdefault(step["effect"], {"effect": step["effect"]}).update({
                f"{place.label}: change": f"{step['change']:.1%}",
                f"{place.label}: factor": f"{step['factor']:.2f}",
                f"{place.label}: change after optimal rescaling": f"{step['turned']:.1%}",
                f"{place.label}: 1 − Pearson": number(step["pearson"], 2),
            })  # fmt: skip
    yield table(
        "What each effect does to the exact gradient",
        list(rows.values()),
        "Change: relative L2 distance of the exact gradients of one model and the next. A common factor makes training "
        "faster or slower and no more; what is left with the best factor changes its direction.",
    )
    yield stacked(
        "ladder",
        f"From {run.study.ladder[0]} to {run.study.ladder[-1]}: what each effect does to the exact gradient",
        "Relative L2 distance between the exact gradients of one model and the next, and what is left of it with the "
        "best common factor (given beside the bar), which training does not feel.",
        [[_panel(place, own[::-1], i == 0)] for i, (place, own) in enumerate(found.items())], 9.0, 2.5,
    )  # fmt: skip
    yield Headline("ladder", [step for own in found.values() for step in own])


def _panel(place: Place, own: list[Entry], with_names: bool) -> Panel:
    heights, names = np.arange(len(own), dtype=np.float64), [step["effect"] for step in own]
    marks: list[Mark] = [
        Bars(places=heights + shift, values=[100 * step[key] for step in own], thickness=0.36, lying=True, name=name,
             colour=colour, keys=names)
        for key, shift, name, colour in (("change", 0.2, "change of the gradient", COLOURS[0]),
                                         ("turned", -0.2, "after optimal rescaling", COLOURS[1]))
    ]  # fmt: skip
    marks += [Label(text=f"× {step['factor']:.2f}", x=100 * step["change"], y=height + 0.2, offset=(4, 0))
              for height, step in zip(heights, own, strict=True)]  # fmt: skip
    y = Axis(ticks=list(zip(heights, names, strict=True)))
    x = Axis("relative change of the exact gradient (%)", limits=(0.0, None))
    return Panel(marks, place.heading, x, y, legend="upper right" if with_names else "")
