"""How the best adjoint force and the least error grow with the camera's noise."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from femnn.config.quantities import GRAM_FORCE
from femnn.insitu.best_force import exponent, optimum, scattered_optimum
from femnn.insitu.estimators import READINGS
from femnn.report.error_curves import estimator_style
from femnn.report.figure import Figure, Panel, log_panel
from femnn.report.marks import Curve, Dots
from femnn.report.texts import listed
from femnn.study.contents import Content, Finding, Headline, table
from femnn.study.results import Results
from femnn.study.table_rows import at

if TYPE_CHECKING:
    from .study import Noise

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
            of = {kind: _range([entry[kind] for entry in own]) for kind in ("error", "drawn_error", "force")}
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


def _range(values: list[float]) -> str:
    low, high = f"{min(values):.2f}", f"{max(values):.2f}"
    return low if low == high else f"{low}–{high}"


def against_noise(study: Noise, results: Results) -> Iterator[Content]:
    """Least error and best adjoint force against the noise, with fitted exponents."""
    own = [e for e in fitted(results.table("optima")) if e["case"] == study.cases[0] and _predicted(e)]
    panels = [
        [_panel(results, [entry for entry in own if entry["model"] == model], model, kind, label, scale)
         for kind, label, scale in (("error", "least relative error", 1.0),
                                    ("force", "best adjoint force (gf)", 1 / GRAM_FORCE))]
        for model in study.models
    ]  # fmt: skip
    if own:
        yield Figure(
            "exponents",
            "Least error and best adjoint force against the camera's noise",
            "Least error over the adjoint force and the force that has it. Lines: expected; dots: drawn, where the "
            "best force is so small that the exponents are fitted. Energy forms against the exact gradient, product "
            "forms against what they tend to without noise.",
            panels,
            (12.0, 3.6 * len(panels)),
        )


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
