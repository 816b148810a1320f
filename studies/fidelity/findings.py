"""What the run says: headline figures and sentences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from femnn.measured.comparison.agreement import Scatter
from femnn.measured.comparison.neglected_effects import TOGETHER
from femnn.measured.published import LATTICE, SINGLE_TRIALS
from femnn.mechanics.models import SPRINGS
from femnn.report.texts import number
from femnn.study.contents import Content, Headline
from femnn.study.results import Results
from femnn.study.table_rows import at

from .report_tables import BASE, SAME, displacement_errors

if TYPE_CHECKING:
    from .study import Fidelity

CLEAR = 2.0
"""Standard errors from which a difference counts as more than scatter."""


def figures_of(results: Results, perfect: Mapping[str, Scatter]) -> Iterator[Content]:
    """What summary.json holds."""
    yield Headline("agreement", results.table().to_dict("records"))
    yield Headline("effects", results.table("effects").to_dict("records"))
    yield Headline("displacements", displacement_errors(results.table("displacements")))
    yield Headline("scatter", {case: vars(scatter) for case, scatter in perfect.items()})


def single_trials(study: Fidelity) -> tuple[float, ...]:
    """1 − Pearson of single trials, as far as they are known."""
    return SINGLE_TRIALS if study.measured == LATTICE else ()


def sentences(study: Fidelity, results: Results, perfect: Mapping[str, Scatter]) -> Iterator[str]:
    """How each model agrees, and what effects and displacements show."""
    table = results.table()
    for case in study.cases:
        yield from _on_case(study, at(table, case=case), case, perfect[case].one_minus_pearson)
    yield from _on_size(results, at(table, geometry="thinned"))
    yield from _on_effects(results.table("effects"))
    yield from _on_displacements(study, results.table("displacements"))


def _on_case(study: Fidelity, table: pd.DataFrame, case: str, perfect: tuple[float, float]) -> Iterator[str]:
    is_base = (table["model"] == BASE[0]) & (table["geometry"] == BASE[1])
    if not is_base.any():
        return

    def listed(rows: pd.DataFrame) -> str:
        ordered = rows.sort_values("one_minus_pearson", kind="stable").itertuples()
        return (
            "; ".join(f"{study.name_of(r.model, r.geometry)} {number(r.one_minus_pearson)}" for r in ordered) or "none"
        )

    base, (mean, deviation) = table[is_base].iloc[0], perfect
    others = table[~is_base & (table["change"].abs() > SAME)]
    trials = single_trials(study)
    of_trials = f"; single trials have {trials[0]} to {trials[-1]}" if trials else ""
    yield (
        f"Case {case}: 1 − Pearson of the linear spring is {number(base['one_minus_pearson'])}. "
        f"Nearer to the measurement: {listed(others[others['change'] < 0])}. Not nearer: "
        f"{listed(others[others['change'] > 0])}. A perfect model would show {number(mean, 2)} ± "
        f"{number(deviation, 2)}, by the scatter of the mean of all trials{of_trials}."
    )
    clear = others[others["change"].abs() > CLEAR * others["change_error"]]
    if not np.isfinite(deviation):
        yield f"Case {case}: how far it scatters is not known of a measurement without repeats."
    elif clear.empty:
        yield (
            f"Case {case}: no difference from the linear spring exceeds twice its standard error, so that this "
            "measurement distinguishes none of these models from it."
        )
    else:
        yield (
            f"Case {case}: differences from the linear spring that exceed twice their standard error: "
            f"{listed(clear[clear['change'] < 0])} are nearer; {listed(clear[clear['change'] > 0])} farther."
        )


def _on_size(results: Results, thinned: pd.DataFrame) -> Iterator[str]:
    factors = thinned["factor"][thinned["model"] != SPRINGS]
    modulus = 1e-6 * float(np.mean(results.network.sections.modulus))
    if len(factors) and factors.min() > 0:
        sizes = np.sort(1 / factors.to_numpy())
        yield (
            f"With thinned ends gradients come out {_range(sizes, 1)} times as large as measured with a modulus of "
            f"{modulus:.3g} MPa. A gradient is inversely as the square of the modulus, so that thinned bonds ask for "
            f"{_range(modulus * sizes**0.5, 2)} MPa."
        )


def _range(values: Any, digits: int) -> str:
    """From the first to the last, or the one number if they are alike."""
    ends = [f"{value:.{digits}f}" for value in (values[0], values[-1])]
    return ends[0] if ends[0] == ends[1] else " to ".join(ends)


def _on_effects(effects: pd.DataFrame) -> Iterator[str]:
    for where, text in (("alone", "Switched on alone"), ("whole", "In the solid with all effects")):
        rows = at(effects, where=where)
        rows = rows[rows["effect"] != TOGETHER]
        if rows.empty:
            continue
        most = rows.groupby("effect")["turned"].max().sort_values(ascending=False)
        size = rows.groupby("effect")["factor"].agg(lambda x: np.abs(np.log(x)).max()).sort_values(ascending=False)
        yield (
            f"{text}, what changes the pattern of the gradient most is {most.index[0]} (by {most.iloc[0]:.1%}), then "
            f"{most.index[1] if len(most) > 1 else 'nothing'}; what changes its size most is {size.index[0]}."
        )


def _on_displacements(study: Fidelity, table: pd.DataFrame) -> Iterator[str]:
    errors = displacement_errors(table)
    perfect = study.perfect_displacements() if errors else {}
    how = {"chi_squared": "as they are", "fitted_chi_squared": "each model with a modulus fitted to these values"}
    for column, (median, most) in perfect.items():
        best = min(errors, key=lambda row: row[column])
        springs = next((row[column] for row in errors if (row["model"], row["geometry"]) == BASE), None)
        yield (
            f"Displacements before and after training, {how[column]}: {study.name_of(best['model'], best['geometry'])} "
            f"has the smallest weighted error, χ² per value {number(best[column], 2)}; linear springs "
            f"{number(springs, 2)}. A perfect model would have {number(median, 2)} in the median, and less than "
            f"{number(most, 2)} in 95 % of such measurements."
        )
