"""What the run says, in sentences and tables: agreement of the models by case, what effects change, displacements."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from femnn.measured.comparison.agreement import Scatter
from femnn.measured.comparison.neglected_effects import EFFECTS, TOGETHER, Steps
from femnn.measured.published import LATTICE, SINGLE_TRIALS
from femnn.mechanics.models import SPRINGS
from femnn.report.texts import between, number
from femnn.study.api import Content, Finding, Headline, Results, at, table

if TYPE_CHECKING:
    from .study import Fidelity

BASE = (SPRINGS, "straight")
"""The model of the paper, with which all others are compared."""
SAME = 1e-6
"""Differences of 1 − Pearson below this are none: springs that are all softer by one factor."""
CLEAR = 2.0
"""Standard errors from which a difference counts as more than scatter."""
WHERE = {"alone": ("alone", "Switched on alone"), "whole": ("in the solid", "In the solid with all effects")}
"""Where an effect is switched on, in tables and at the beginning of a sentence."""
PERFECT = "a perfect model"
CHI_SQUARED = {
    "chi_squared": ("χ² per value", "as they are"),
    "fitted_chi_squared": ("… with a factor fitted", "each model with a modulus fitted to these values"),
}
"""Figures of the displacements, in tables and in sentences."""


def single_trials(study: Fidelity) -> tuple[float, ...]:
    """1 − Pearson of single trials, as far as they are known."""
    return SINGLE_TRIALS if study.measured == LATTICE else ()


def agreement(study: Fidelity, results: Results, perfect: Mapping[str, Scatter]) -> Iterator[Content]:
    """Which models come nearer to the measurement than springs, by case, and what size of gradients they predict."""
    every = results.table()
    yield Headline("agreement", every.to_dict("records"))
    for case in study.cases:
        yield from _on_case(study, at(every, case=case), case, perfect[case].one_minus_pearson)
        yield _agreement_table(study, at(every, case=case), case, perfect[case])
    thinned = at(every, geometry="thinned")
    factors = thinned["factor"][thinned["model"] != SPRINGS]
    if len(factors) and factors.min() > 0:
        modulus, sizes = 1e-6 * float(np.mean(results.network.sections.modulus)), np.sort(1 / factors.to_numpy())
        yield Finding(
            f"With thinned ends gradients come out {between(sizes, '.1f')} times as large as measured with a modulus "
            f"of {modulus:.3g} MPa. A gradient is inversely as the square of the modulus, so that thinned bonds ask "
            f"for {between(modulus * sizes**0.5, '.2f')} MPa."
        )


def _on_case(study: Fidelity, rows: pd.DataFrame, case: str, perfect: tuple[float, float]) -> Iterator[Finding]:
    is_base = (rows["model"] == BASE[0]) & (rows["geometry"] == BASE[1])
    if not is_base.any():
        return

    def listed(which: pd.Series) -> str:
        ordered = others[which].sort_values("one_minus_pearson", kind="stable").itertuples()
        return (
            "; ".join(f"{study.name_of(r.model, r.geometry)} {number(r.one_minus_pearson)}" for r in ordered) or "none"
        )

    others, trials = rows[~is_base & (rows["change"].abs() > SAME)], single_trials(study)
    nearer, clear = others["change"] < 0, others["change"].abs() > CLEAR * others["change_error"]
    of_trials = f"; single trials have {trials[0]} to {trials[-1]}" if trials else ""
    yield Finding(
        f"Case {case}: 1 − Pearson of the linear spring is {number(rows[is_base]['one_minus_pearson'].iloc[0])}. "
        f"Nearer to the measurement: {listed(nearer)}. Not nearer: {listed(~nearer)}. A perfect model would show "
        f"{_scattered(perfect)}, by the scatter of the mean of all trials{of_trials}."
    )
    if not np.isfinite(perfect[1]):
        yield Finding(f"Case {case}: how far it scatters is not known of a measurement without repeats.")
    elif not clear.any():
        yield Finding(
            f"Case {case}: no difference from the linear spring exceeds twice its standard error, so that this "
            "measurement distinguishes none of these models from it."
        )
    else:
        yield Finding(
            f"Case {case}: differences from the linear spring that exceed twice their standard error: "
            f"{listed(clear & nearer)} are nearer; {listed(clear & ~nearer)} farther."
        )


def _scattered(found: tuple[float, float]) -> str:
    return f"{number(found[0], 2)} ± {number(found[1], 2)}"


def _below(found: tuple[float, float]) -> str:
    """A median, and what 95 % are below."""
    return f"{number(found[0], 2)} (95 %: < {number(found[1], 2)})"


def _difference(change: float, error: float) -> str:
    if np.isnan(change):
        return "–"
    return "none" if abs(change) < SAME else f"{change:+.4f} ± {error:.4f}"


def _agreement_table(study: Fidelity, rows: pd.DataFrame, case: str, perfect: Scatter) -> Content:
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
    last = {"model": PERFECT, "1 − Pearson": _scattered(perfect.one_minus_pearson)}
    last |= {"relative L2": _scattered(perfect.relative_l2), "χ² per bond": _below(perfect.chi_squared)}
    return table(
        f"Agreement with the measured gradient, case {case}",
        [*shown, last | {"factor to the measured size": "1"}] if shown else [],
        "χ² takes the deviations of the trials as they are, and not those of their mean; of three trials some come "
        "out far smaller than what a camera can see. Of a perfect model: the median, and what 95 % of such "
        "measurements are below.",
    )


def effects(study: Fidelity, rows: pd.DataFrame) -> Iterator[Content]:
    """What each effect changes, switched on alone and in the solid that has them all."""
    yield Headline("effects", rows.to_dict("records"))
    for where, (_, text) in WHERE.items():
        by_effect = at(rows[rows["effect"] != TOGETHER], where=where).groupby("effect")
        if not len(by_effect):
            continue
        most = by_effect["turned"].max().sort_values(ascending=False)
        size = by_effect["factor"].agg(lambda x: np.abs(np.log(x)).max()).sort_values(ascending=False)
        yield Finding(
            f"{text}, what changes the pattern of the gradient most is {most.index[0]} (by {most.iloc[0]:.1%}), then "
            f"{most.index[1] if len(most) > 1 else 'nothing'}; what changes its size most is {size.index[0]}."
        )
    if study.switched is None:
        return
    steps = Steps(study.models_by_name(), study.switched)
    told = "; ".join(f"{name} – {EFFECTS[name](steps).told}" for name in study.effects)
    shown = [
        {
            "effect": row.effect,
            "where": WHERE[row.where][0] if row.effect != TOGETHER else "",
            "case": row.case,
            "Δ(1 − Pearson)": _difference(row.one_minus_pearson_change, row.one_minus_pearson_change_error),
            "Δ relative L2": f"{row.relative_l2_change:+.3f}",
            "Δχ²": f"{row.chi_squared_change:+.1f}",
            "size": f"× {row.factor:.3f}",
            "pattern": f"{row.turned:.1%}",
            "largest move": f"× {row.largest_displacement_factor:.3f}",
        }
        for row in rows.itertuples()
    ]
    yield table(
        "What each effect changes, switched on alone and in the solid that has them all",
        shown,
        "Size: factor on the predicted gradient. Pattern: change that no factor undoes. Largest move: factor on the "
        f"largest displacement under the data's load. Alone is measured by: {told}.",
    )


def displacements(study: Fidelity, moved: pd.DataFrame) -> Iterator[Content]:
    """Which model comes nearest to the displacements before and after training."""
    errors: list[dict[str, Any]] = [
        {
            "model": model,
            "geometry": geometry,
            "chi_squared": float((rows["score"] ** 2).mean()),
            "fitted_chi_squared": float((rows["fitted_score"] ** 2).mean()),
            "factor": float(rows["factor"].iloc[0]),
        }
        for (model, geometry), rows in moved.groupby(["model", "geometry"], sort=False)
    ]
    yield Headline("displacements", errors)
    if not errors:
        return
    perfect = study.perfect_displacements()
    for column, (median, most) in perfect.items():
        best = min(errors, key=lambda row: row[column])
        springs = next((row[column] for row in errors if (row["model"], row["geometry"]) == BASE), None)
        yield Finding(
            f"Displacements before and after training, {CHI_SQUARED[column][1]}: "
            f"{study.name_of(best['model'], best['geometry'])} has the smallest weighted error, χ² per value "
            f"{number(best[column], 2)}; linear springs {number(springs, 2)}. A perfect model would have "
            f"{number(median, 2)} in the median, and less than {number(most, 2)} in 95 % of such measurements."
        )
    lines = []
    for row in errors:
        own = at(moved, model=row["model"], geometry=row["geometry"]).groupby("experiment", sort=False)
        shown = {name: " / ".join(f"{1e3 * value:.3f}" for value in pair["predicted"]) for name, pair in own}
        shown |= {heading: number(row[column]) for column, (heading, _) in CHI_SQUARED.items()}
        lines.append(
            {"model": study.name_of(row["model"], row["geometry"])} | shown | {"factor": number(row["factor"])}
        )
    first = at(moved, model=moved["model"].iloc[0], geometry=moved["geometry"].iloc[0])
    lines.append({"model": "measured"} | {
        name: " / ".join(f"{1e3 * row.measured:.3f} ± {1e3 * row.deviation:.3f}" for row in pair.itertuples())
        for name, pair in first.groupby("experiment", sort=False)
    })  # fmt: skip
    lines.append({"model": PERFECT} | {heading: _below(perfect[key]) for key, (heading, _) in CHI_SQUARED.items()})
    yield table(
        f"Displacements of nodes {' and '.join(map(str, dict.fromkeys(moved['node'])))} before and after training (mm)",
        lines,
        "Which of the measured values belongs to which node is not stated; the nearer order is taken. A factor on all "
        "displacements of a model is one on 1/E. χ² takes the deviations of the three repeats as they are; of a "
        "perfect model: the median, and what 95 % of such measurements are below.",
    )
