"""What the run says: headline figures and sentences."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from femnn.measured.comparison.agreement import Scatter
from femnn.report.texts import number
from femnn.study.former.study import Run

from .chances import CLEAR, SAME, right_displacements, scatters, trials
from .effects import TOGETHER
from .records import BASE
from .report_tables import agreement_tables, displacement_errors, displacement_tables, effects_tables, name


def summary(run: Run, made: dict[str, pd.DataFrame]) -> dict[str, Any]:
    """Headline figures: agreement of all models, effects, and sentences."""
    table, right = made["table"], scatters(run)
    shown = [] if table.empty else [*agreement_tables(run, table, right), *effects_tables(run, made["effects"])]
    return {
        "network": run.network.name,
        "findings": list(_sentences(run, made, right)),
        "tables": [vars(t) for t in shown] + [vars(t) for t in displacement_tables(run, made["displacements"])],
        "agreement": table.to_dict("records"),
        "effects": made["effects"].to_dict("records"),
        "displacements": displacement_errors(made["displacements"]),
        "scatter": {case: vars(found) for case, found in right.items()},
    }


def _sentences(run: Run, made: dict[str, pd.DataFrame], right: dict[str, Scatter]) -> Iterator[str]:
    table = made["table"]
    for case in run.settings.cases:
        rows = [] if table.empty else list(table[table["case"] == case].itertuples())
        base = [row for row in rows if (row.model, row.geometry) == BASE]
        if not base:
            continue
        others = [row for row in rows if (row.model, row.geometry) != BASE and abs(row.change) > SAME]
        better = [row for row in others if row.change < 0]
        worse = [row for row in others if row.change > 0]
        mean, deviation = right[case].one_minus_pearson
        yield (
            f"Case {case}: 1 − Pearson of the linear spring is {number(base[0].one_minus_pearson)}. "
            f"Nearer to the measurement: {_listed(better)}. Not nearer: {_listed(worse)}. A perfect model would "
            f"show {number(mean, 2)} ± {number(deviation, 2)}, by the scatter of the mean of all "
            f"trials{_of_trials(run)}."
        )
        if not np.isfinite(deviation):
            yield f"Case {case}: how far it scatters is not known of a measurement without repeats."
            continue
        clear = [row for row in others if abs(row.change) > CLEAR * row.change_error]
        if not clear:
            yield (
                f"Case {case}: no difference from the linear spring exceeds twice its standard error, so that this "
                "measurement tells none of these models from it."
            )
            continue
        yield (
            f"Case {case}: differences from the linear spring that exceed twice their standard error: "
            f"{_listed([row for row in clear if row.change < 0])} are nearer; "
            f"{_listed([row for row in clear if row.change > 0])} farther."
        )
    yield from _on_size(run, table)
    yield from _on_effects(made["effects"])
    yield from _on_displacements(run, made["displacements"])


def _of_trials(run: Run) -> str:
    single = trials(run)
    return f"; single trials have {single[0]} to {single[-1]}" if single else ""


def _listed(rows: list[Any]) -> str:
    ordered = sorted(rows, key=lambda row: row.one_minus_pearson)
    return "; ".join(f"{name(row.model, row.geometry)} {number(row.one_minus_pearson)}" for row in ordered) or "none"


def _on_size(run: Run, table: pd.DataFrame) -> Iterator[str]:
    rows = [] if table.empty else list(table[table["geometry"] == "thinned"].itertuples())
    factors = [row.factor for row in rows if row.model != "spring"]
    modulus = 1e-6 * float(np.mean(run.network.sections.modulus))
    if factors and min(factors) > 0:
        sizes = sorted(1 / factor for factor in factors)
        yield (
            f"With thinned ends gradients come out {_range(sizes, 1)} times as large as measured with a modulus of "
            f"{modulus:.3g} MPa. A gradient is inversely as the square of the modulus, so that thinned bonds ask for "
            f"{_range([modulus * size**0.5 for size in sizes], 2)} MPa."
        )


def _range(values: list[float], digits: int) -> str:
    """From the first to the last, or the one number if they are alike."""
    ends = [f"{value:.{digits}f}" for value in (values[0], values[-1])]
    return ends[0] if ends[0] == ends[1] else " to ".join(ends)


def _on_effects(effects: pd.DataFrame) -> Iterator[str]:
    if effects.empty:
        return
    for where, text in (("alone", "Switched on alone"), ("whole", "In the solid with all effects")):
        rows = effects[(effects["where"] == where) & (effects["effect"] != TOGETHER)]
        if rows.empty:
            continue
        most = rows.groupby("effect")["turned"].max().sort_values(ascending=False)
        size = rows.groupby("effect")["factor"].agg(lambda x: np.abs(np.log(x)).max()).sort_values(ascending=False)
        yield (
            f"{text}, what changes the pattern of the gradient most is {most.index[0]} (by {most.iloc[0]:.1%}), then "
            f"{most.index[1] if len(most) > 1 else 'nothing'}; what changes its size most is {size.index[0]}."
        )


def _on_displacements(run: Run, table: pd.DataFrame) -> Iterator[str]:
    errors = displacement_errors(table)
    right = right_displacements(run) if errors else {}
    how = {"chi_squared": "as they are", "fitted_chi_squared": "each model with a modulus fitted to these values"}
    for column, text in how.items() if errors else ():
        best = min(errors, key=lambda row: row[column])
        springs = next((row[column] for row in errors if (row["model"], row["geometry"]) == BASE), None)
        median, most = right[column]
        yield (
            f"Displacements before and after training, {text}: {name(best['model'], best['geometry'])} has the "
            f"smallest weighted error, χ² per value {number(best[column], 2)}; linear springs {number(springs, 2)}. A "
            f"perfect model would have {number(median, 2)} in the median, and less than {number(most, 2)} in "
            "95 % of such measurements."
        )
