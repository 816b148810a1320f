"""Tables of the report."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from femnn.measured.comparison.agreement import Scatter
from femnn.measured.comparison.neglected_effects import EFFECTS, TOGETHER, Steps
from femnn.mechanics.models import SPRINGS
from femnn.report.texts import number
from femnn.study.contents import Content, table
from femnn.study.results import Results
from femnn.study.table_rows import at

if TYPE_CHECKING:
    from .study import Fidelity

BASE = (SPRINGS, "straight")
"""The model of the paper, with which all others are compared."""
SAME = 1e-6
"""Differences of 1 − Pearson below this are none: springs that are all softer by one factor."""
WHERE = {"alone": "alone", "whole": "in the solid"}
PERFECT = "a perfect model"


def tables(study: Fidelity, results: Results, perfect: Mapping[str, Scatter]) -> Iterator[Content]:
    """Agreement of the models by case, what effects change, and displacements."""
    for case in study.cases:
        yield _agreement(study, at(results.table(), case=case), case, perfect[case])
    yield _effects(study, results.table("effects"))
    yield _displacements(study, results.table("displacements"))


def displacement_errors(displacements: pd.DataFrame) -> list[dict[str, Any]]:
    """χ² per value of each model as it is and with a modulus fitted to the values, and the factor of that."""
    return [
        {
            "model": model,
            "geometry": geometry,
            "chi_squared": float((rows["score"] ** 2).mean()),
            "fitted_chi_squared": float((rows["fitted_score"] ** 2).mean()),
            "factor": float(rows["factor"].iloc[0]),
        }
        for (model, geometry), rows in displacements.groupby(["model", "geometry"], sort=False)
    ]


def _agreement(study: Fidelity, rows: pd.DataFrame, case: str, perfect: Scatter) -> Content:
    shown = [
        {
            "model": study.name_of(row.model, row.geometry),
            "1 − Pearson": number(row.one_minus_pearson),
            "less the spring's": _difference(row.change, row.change_error),
            "relative L2": number(row.relative_l2),
            "… after optimal rescaling": number(row.relative_l2_scaled),
            "χ² per bond": number(row.chi_squared),
            "bonds within 2 deviations": f"{row.explained:.0%}",
            "factor to the measured size": number(row.factor),
        }
        for row in rows.itertuples()
    ]
    pearson, relative = (
        f"{number(mean, 2)} ± {number(deviation, 2)}"
        for mean, deviation in (perfect.one_minus_pearson, perfect.relative_l2)
    )
    last = {"model": PERFECT, "1 − Pearson": pearson, "relative L2": relative}
    last |= {"χ² per bond": _below(perfect.chi_squared), "factor to the measured size": "1"}
    return table(
        f"Agreement with the measured gradient, case {case}",
        [*shown, last] if shown else [],
        "χ² takes the deviations of the trials as they are, and not those of their mean; of three trials some come "
        "out far smaller than what a camera can see. Of a perfect model: the median, and what 95 % of such "
        "measurements are below.",
    )


def _below(found: tuple[float, float]) -> str:
    """A median, and what 95 % are below."""
    return f"{number(found[0], 2)} (95 %: < {number(found[1], 2)})"


def _difference(change: float, error: float) -> str:
    if np.isnan(change):
        return "–"
    return "none" if abs(change) < SAME else f"{change:+.4f} ± {error:.4f}"


def _effects(study: Fidelity, effects: pd.DataFrame) -> Content:
    if study.switched is None:
        return None
    steps = Steps(study.models_by_name(), study.switched)
    told = "; ".join(f"{name} – {EFFECTS[name](steps).told}" for name in study.effects)
    return table(
        "What each effect changes, switched on alone and in the solid that has them all",
        [
            {
                "effect": row.effect,
                "where": WHERE[row.where] if row.effect != TOGETHER else "",
                "case": row.case,
                "Δ(1 − Pearson)": _difference(row.one_minus_pearson_change, row.one_minus_pearson_change_error),
                "Δ relative L2": f"{row.relative_l2_change:+.3f}",
                "Δχ²": f"{row.chi_squared_change:+.1f}",
                "size": f"× {row.factor:.3f}",
                "pattern": f"{row.turned:.1%}",
                "largest move": f"× {row.largest_displacement_factor:.3f}",
            }
            for row in effects.itertuples()
        ],
        "Size: factor on the predicted gradient. Pattern: change that no factor undoes. Largest move: factor on the "
        f"largest displacement under the data's load. Alone is measured by: {told}.",
    )


def _displacements(study: Fidelity, moved: pd.DataFrame) -> Content:
    if moved.empty:
        return None
    rows = []
    for errors in displacement_errors(moved):
        own = at(moved, model=errors["model"], geometry=errors["geometry"]).groupby("experiment", sort=False)
        shown = {name: " / ".join(f"{1e3 * value:.3f}" for value in pair["predicted"]) for name, pair in own}
        figures = {name: number(errors[key]) for name, key in (*CHI_SQUARED.items(), ("factor", "factor"))}
        rows.append({"model": study.name_of(errors["model"], errors["geometry"])} | shown | figures)
    first = at(moved, model=moved["model"].iloc[0], geometry=moved["geometry"].iloc[0])
    measured = {
        name: " / ".join(f"{1e3 * row.measured:.3f} ± {1e3 * row.deviation:.3f}" for row in pair.itertuples())
        for name, pair in first.groupby("experiment", sort=False)
    }
    perfect = study.perfect_displacements()
    rows += [
        {"model": "measured"} | measured,
        {"model": PERFECT} | {name: _below(perfect[key]) for name, key in CHI_SQUARED.items()},
    ]
    return table(
        f"Displacements of nodes {' and '.join(map(str, dict.fromkeys(moved['node'])))} before and after training (mm)",
        rows,
        "Which of the measured values belongs to which node is not stated; the nearer order is taken. A factor on all "
        "displacements of a model is one on 1/E. χ² takes the deviations of the three repeats as they are; of a "
        "perfect model: the median, and what 95 % of such measurements are below.",
    )


CHI_SQUARED = {"χ² per value": "chi_squared", "… with a factor fitted": "fitted_chi_squared"}
"""Headings of figures of the displacements."""
