"""What a run says of the camera's noise: the best adjoint force, the error that is left there, and how both grow."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from femnn.config.quantities import GRAM_FORCE
from femnn.insitu.best_force import exponent, optimum, scattered_optimum
from femnn.insitu.estimators import READINGS
from femnn.network.identity import is_li2024
from femnn.report.colours import COLOURS
from femnn.report.error_curves import ERROR_LABEL, FORCE_LABEL, estimator_style
from femnn.report.figure import Figure, Panel, log_panel, stacked
from femnn.report.marks import Curve, Dots, Mark
from femnn.report.texts import between, grams, length, listed, number, percent
from femnn.study.api import Content, Finding, Headline, Results, at, at_shown_force, table

if TYPE_CHECKING:
    from .study import Noise

TRIALS = (0.028, 0.095)
"""Least and largest 1 − Pearson of single trials of Li & Mao (2024), Fig. 1."""
SHOWN_NOISES = 4
LIMITS = (1e-5, 10.0)
"""Errors that are drawn."""
DRAWN = (3e-3, 5.0)
"""Errors with the noise of the bench that are drawn."""
LEAST_FORCE = 0.05
"""From which they are drawn (gf)."""
NAMES = {1: "one-sided", 2: "centred"}
KEYS = ["case", "model", "estimator", "reference", "noise"]
COLUMNS = [*KEYS, "adjoint_force", "error", "drawn_force", "drawn_error", "inside", "fitted"]
FITTED = {"error": "error", "force": "adjoint_force", "drawn_error": "drawn_error", "drawn_force": "drawn_force"}
"""Columns of which exponents are fitted, by the names of these."""
FEWEST = 5
"""Adjoint forces from which an optimum is read."""
SMALL = 0.2
"""Best adjoint force, as a share of the data's load, up to which the leading terms rule and exponents are fitted."""
FLOOR = 0.6
"""Share of the least error above which what is left without noise is a floor."""


def optima(study: Noise, results: Results) -> pd.DataFrame:
    """Return best adjoint force and least error at each noise, expected and as drawn."""
    found = []
    for values, rows in results.table().groupby(KEYS, sort=False):
        at = dict(zip(KEYS, values, strict=True))
        if len(rows) < FEWEST:
            continue
        forces = rows["adjoint_force"].to_numpy()
        best = optimum(forces, rows["expected"].to_numpy())
        drawn = scattered_optimum(forces, rows["relative_l2"].to_numpy(), best.force)
        case = study.case[at["case"]]
        load = float(np.linalg.norm(case.force(case.held(results.network))))
        small = best.inside and drawn.inside and best.force <= SMALL * load
        # An error that no adjoint force takes away follows no power of the noise
        small &= bool(rows["without_noise"].min() < FLOOR * best.error)
        found.append(at | {
            "adjoint_force": best.force, "error": best.error, "drawn_force": drawn.force, "drawn_error": drawn.error,
            "inside": best.inside, "fitted": small and READINGS[at["estimator"]].order is not None,
        })  # fmt: skip
    return pd.DataFrame(found, columns=COLUMNS)


def fitted(optima: pd.DataFrame) -> Iterator[dict[str, Any]]:
    """Fit exponents of best force and least error in the noise, as expected and as drawn, beside those of theory."""
    for values, rows in optima.groupby(KEYS[:-1], sort=False):
        entry: dict[str, Any] = dict(zip(KEYS[:-1], values, strict=True))
        order = READINGS[entry["estimator"]].order
        if order is None:
            continue
        entry |= {"theory_error": order / (order + 1), "theory_force": 1 / (order + 1)}
        own = rows[rows["fitted"].astype(bool)]
        for name, column in FITTED.items():
            found = exponent(own["noise"].to_numpy(), own[column].to_numpy())
            entry |= {name: found and found.value, f"{name}_uncertainty": found and found.uncertainty}
        yield entry | {"noises": len(own)}


def _predicted(entry: dict[str, Any]) -> bool:
    """Whether theory predicts an exponent: of energies against the exact gradient, of products against their limit."""
    return entry["error"] is not None and (entry["reference"] == "limit") == READINGS[entry["estimator"]].product


def exponents(study: Noise, results: Results) -> Iterator[Content]:
    """Exponents beside those of theory."""
    every = list(fitted(results.table("optima")))
    for order, name, force, error in ((1, "One-sided", "½", "½"), (2, "Centred", "⅓", "⅔")):
        own = [entry for entry in every if READINGS[entry["estimator"]].order == order and _predicted(entry)]
        if own:
            of = {kind: between(sorted(e[kind] for e in own), ".2f", "–") for kind in ("error", "drawn_error", "force")}
            yield Finding(
                f"{name}: the least error grows with the noise as σ^{of['error']} (drawn measurements: "
                f"σ^{of['drawn_error']}; theory {error}), the best adjoint force as σ^{of['force']} (theory {force}), "
                f"on {listed([*dict.fromkeys(entry['model'] + 's' for entry in own)])}."
            )
    headings = {"error": "error", "drawn_error": "error, drawn", "force": "force", "drawn_force": "force, drawn"}
    rows = [
        {key: entry[key] for key in KEYS[:-1]}
        | {heading: f"{entry[kind]:.3f} ± {entry[f'{kind}_uncertainty']:.3f}" for kind, heading in headings.items()}
        | {"theory": f"{entry['theory_error']:.3f}, {entry['theory_force']:.3f}"}
        for entry in every
        if entry["error"] is not None
    ]
    note = (
        "Fitted where the best force is at most a fifth of the data's load. Limit: what the estimator tends to without "
        "noise. Against the exact gradient product forms on beams have a floor, and no exponent."
    )
    yield table("Exponents of least error and best adjoint force in the noise", rows, note)
    yield Headline("exponents", every)


def against_noise(study: Noise, results: Results) -> Iterator[Content]:
    """Least error and best adjoint force against the noise, with fitted exponents."""
    own = [e for e in fitted(results.table("optima")) if e["case"] == study.cases[0] and _predicted(e)]
    panels = [
        [_panel(results, [entry for entry in own if entry["model"] == model], model, kind, label, scale)
         for kind, label, scale in (("error", "least relative error", 1.0),
                                    ("force", "best adjoint force (gf)", 1 / GRAM_FORCE))]
        for model in study.models
    ]  # fmt: skip
    yield stacked(
        "exponents",
        "Least error and best adjoint force against the camera's noise",
        "Least error over the adjoint force and the force that has it. Lines: expected; dots: drawn, where the best "
        "force is so small that the exponents are fitted. Energy forms against the exact gradient, product forms "
        "against what they tend to without noise.",
        panels if own else [], 12.0, 3.6,
    )  # fmt: skip


def _panel(results: Results, entries: list[dict[str, Any]], model: str, kind: str, label: str, scale: float) -> Panel:
    curves, dots = [], []
    for entry in entries:
        rows = at(results.table("optima"), **{key: entry[key] for key in KEYS[:-1]})
        inside, small = rows[rows["inside"].astype(bool)], rows[rows["fitted"].astype(bool)]
        colour, dashes = estimator_style(entry["estimator"])
        name = f"{entry['estimator']}: σ^{entry[kind]:.2f}"
        curves.append(Curve(x=1e6 * inside["noise"].to_numpy(), y=scale * inside[FITTED[kind]].to_numpy(), name=name,
                            colour=colour, dashes=dashes))  # fmt: skip
        drawn = scale * small[FITTED[f"drawn_{kind}"]].to_numpy()
        dots.append(Dots(x=1e6 * small["noise"].to_numpy(), y=drawn, size=4, colour=colour))
    return log_panel([*curves, *dots], model, "camera noise σ (µm)", label, gap=0.075)


def best_forces(study: Noise, results: Results) -> Iterator[Content]:
    """Best adjoint force and its error with the noise of the bench."""
    noise = length(study.bench.noise)
    best = at(results.table("optima"), noise=study.bench.noise, reference="exact")
    best = best.drop(columns=["reference", "fitted"])
    for (case, model), rows in study.seen(best).groupby(["case", "model"], sort=False):
        own = rows.loc[rows["error"].idxmin()]
        bound = "" if own["inside"] else ", the strongest of the sweep: noise still rules there"
        yield Finding(
            f"{study.called(model)} with {noise} (case {case}): least error {percent(own['error'])} in one "
            f"measurement, by {own['estimator']} at {grams(own['adjoint_force'], 2)}{bound}."
        )
    yield _trials(study, results)
    found, floors = [], at(results.table(), reference="exact")
    for row in best.to_dict("records"):
        place = {key: row[key] for key in ("case", "model", "estimator")}
        force = {"best force": ("" if row["inside"] else "≥ ") + grams(row["adjoint_force"], 2)}
        floor = at(floors, **place)["without_noise"].min()
        found.append(place | force | {"error there": percent(row["error"]), "least without noise": number(floor, 2)})
    note = (
        "Relative L2 error of one measurement against the exact gradient; n repeats take it down to 1/√n of what noise "
        "makes of it. ≥: least at the end of the sweep."
    )
    yield table(f"Best adjoint force with {noise}", found, note)
    yield Headline("best", best.to_dict("records"))


def _trials(study: Noise, results: Results) -> Finding | None:
    """Separate loadings beside the published ones."""
    rows = at_shown_force(study, at(results.table(), estimator="product", reference="exact", noise=study.bench.noise))
    if rows.empty or not is_li2024(results.network):
        return None
    told = listed([f"{row.one_minus_pearson:.3f} ({row.model}s, case {row.case})" for row in rows.itertuples()])
    return Finding(
        f"Separate loadings at {grams(rows['adjoint_force'].iloc[0])}, as published, have 1 − Pearson {told} by "
        f"camera noise of {length(study.bench.noise)} alone; single trials of Li & Mao (2024) have {TRIALS[0]} to "
        f"{TRIALS[1]}."
    )


def error_against_force(study: Noise, results: Results) -> Iterator[Content]:
    """Closed form and drawn measurements against the adjoint force, a colour a noise."""
    # Energy forms before products, which have a floor on some models
    ranked = sorted(study.estimators, key=lambda name: READINGS[name].product)
    names = [name for order in NAMES for name in [n for n in ranked if READINGS[n].order == order][:1]]
    panels = [
        [_against_force(study, results, model, name, "" if i or j else "lower right") for j, name in enumerate(names)]
        for i, model in enumerate(study.models)
    ]
    yield stacked(
        "error-against-force",
        "Error against the adjoint force, by the camera's noise",
        "Relative L2 error against the model's exact gradient, by the camera's noise. Lines: expected, in closed form; "
        f"dots: {study.repeats} drawn measurements each; stars: best adjoint force. Where a curve leaps, the lattice "
        "buckles under the adjoint force reversed.",
        panels, 5.4 * len(names), 3.5,
    )  # fmt: skip


def _against_force(study: Noise, results: Results, model: str, name: str, legend: str) -> Panel:
    place = {"case": study.cases[0], "model": model, "estimator": name, "reference": "exact"}
    marks: list[Mark] = []
    for colour, noise in zip(COLOURS, _picked(study), strict=False):
        rows, best = (at(results.table(kind), **place, noise=noise) for kind in ("table", "optima"))
        x, best = rows["adjoint_force"].to_numpy() / GRAM_FORCE, best[best["inside"].astype(bool)]
        marks += [
            Curve(x=x, y=rows["expected"].to_numpy(), name=length(noise), colour=colour),
            Dots(x=x, y=rows["relative_l2"].to_numpy(), size=3, colour=colour),
            Dots(x=best["adjoint_force"].to_numpy() / GRAM_FORCE, y=best["error"].to_numpy(), marker="*", size=11,
                 layer=5),
        ]  # fmt: skip
    title = f"{model}, {name} ({NAMES[READINGS[name].order or 1]})"
    return log_panel(marks, title, FORCE_LABEL, ERROR_LABEL, y_limits=LIMITS, legend=legend,
                     legend_title="camera noise")  # fmt: skip


def _picked(study: Noise) -> list[float]:
    """The noise of the bench, and some below it, evenly on a logarithmic scale."""
    bench = study.bench.noise
    below = [noise for noise in study.all_noises if noise < bench]
    wanted = np.geomspace(below[0], bench, SHOWN_NOISES)[:-1].tolist() if below else []
    return [*dict.fromkeys(min(below, key=lambda noise: abs(np.log(noise / at))) for at in wanted), bench]


def estimators(study: Noise, results: Results) -> Iterator[Content]:
    """All estimators with the noise of the bench."""
    rows = at(results.table(), case=study.cases[0], reference="exact", noise=study.bench.noise)
    if not rows.empty:
        yield Figure(
            "estimators",
            f"Estimators with a camera noise of {length(study.bench.noise)}",
            "Expected relative L2 error against the exact gradient; dotted: without noise. On thinned beams products "
            "of elongations have a floor, since elongation does not tell how the parts of a bond share the energy. "
            "Where centred curves end, the lattice buckles.",
            [[_estimators(study, at(rows, model=model), model) for model in study.models]],
            (6.2 * len(study.models), 4.2),
            share_y=True,
        )


def _estimators(study: Noise, rows: pd.DataFrame, model: str) -> Panel:
    marks = []
    for name in study.estimators:
        own, (colour, dashes) = at(rows, estimator=name), estimator_style(name)
        x = own["adjoint_force"].to_numpy() / GRAM_FORCE
        expected, clean = (own[name].where(own[name] < DRAWN[1]).to_numpy() for name in ("expected", "without_noise"))
        marks += [Curve(x=x, y=expected, name=name, colour=colour, dashes=dashes),
                  Curve(x=x, y=clean, colour=colour, dashes=":", width=1.1)]  # fmt: skip
    end = 1.02 * max(float(np.max(curve.x, initial=LEAST_FORCE)) for curve in marks)
    return log_panel(marks, model, FORCE_LABEL, ERROR_LABEL, (LEAST_FORCE, end), DRAWN)
