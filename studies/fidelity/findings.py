"""What the run says: headline figures, sentences and tables."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from femnn.comparing.agreement import TRIALS as REPEATS
from femnn.comparing.agreement import Scatter, chance, scatter
from femnn.measured.published import LATTICE, published_displacements
from femnn.results.report import Table, number
from femnn.study import Run

from .effects import TOGETHER
from .effects import effects as switched_effects
from .records import BASE, generator

TRIALS = (0.028, 0.034, 0.053, 0.053, 0.082, 0.095)
"""1 − Pearson of the six single trials with linear springs (Li & Mao 2024); it is not stated whose case each is."""
CLEAR = 2.0
"""Standard errors from which a difference counts as more than scatter."""


SAME = 1e-6
"""Differences of 1 − Pearson below this are none: springs that are all softer by one factor."""


WHERE = {"alone": "alone", "whole": "in the body"}


def scatters(run: Run) -> dict[str, Scatter]:
    """What a model that is right would show, by case."""
    measured = run.settings.gradients(run.network)
    return {case: scatter(measured[case], run.settings.draws, generator(run)) for case in run.settings.cases}


def right_displacements(run: Run) -> dict[str, tuple[float, float]]:
    """χ² a value of the displacements that a model would show which is right, as it is and with a modulus fitted.

    Its median, and what 95 % of the draws are below.
    """
    known = published_displacements().values()
    values, deviations = (np.concatenate([getattr(one, part) for one in known]) for part in ("values", "deviations"))
    return {
        column: chance(values, deviations, REPEATS, run.settings.draws, generator(run), fitted)
        for column, fitted in (("chi_squared", False), ("fitted_chi_squared", True))
    }


def name(model: str, geometry: str) -> str:
    """A model with its geometry, for readers."""
    return model if model == "beam-straight" else f"{model}, {geometry}"


def summary(run: Run, made: dict[str, pd.DataFrame]) -> dict[str, Any]:
    """Headline figures: agreement of all models, effects, and sentences."""
    table, right = made["table"], scatters(run)
    shown = [] if table.empty else [*_tables(run, table, right), *_effects_tables(run, made["effects"])]
    return {
        "network": run.network.name,
        "findings": list(_sentences(run, made, right)),
        "tables": [vars(t) for t in shown] + [vars(t) for t in _displacement_tables(run, made["displacements"])],
        "agreement": table.to_dict("records"),
        "effects": made["effects"].to_dict("records"),
        "displacements": _displacement_errors(made["displacements"]),
        "scatter": {case: vars(found) for case, found in right.items()},
    }


def _displacement_errors(table: pd.DataFrame) -> list[dict[str, Any]]:
    """χ² a value of each model as it is and with a modulus fitted to the values, and the factor of that."""
    if table.empty:
        return []
    return [
        {
            "model": model,
            "geometry": geometry,
            "chi_squared": float((rows["score"] ** 2).mean()),
            "fitted_chi_squared": float((rows["fitted_score"] ** 2).mean()),
            "factor": float(rows["factor"].iloc[0]),
        }
        for (model, geometry), rows in table.groupby(["model", "geometry"], sort=False)
    ]


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
            f"Case {case}: the linear spring is off by {number(base[0].one_minus_pearson)} (1 − Pearson). "
            f"Nearer to the measurement: {_listed(better)}. Not nearer: {_listed(worse)}. A model that is right would "
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


def trials(run: Run) -> tuple[float, ...]:
    """1 − Pearson of single trials, as far as they are known."""
    return TRIALS if run.settings.measured == LATTICE else ()


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
    for where, text in (("alone", "Switched on alone"), ("whole", "In the body with all effects")):
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
    errors = _displacement_errors(table)
    right = right_displacements(run) if errors else {}
    how = {"chi_squared": "as they are", "fitted_chi_squared": "each model with a modulus fitted to these values"}
    for column, text in how.items() if errors else ():
        best = min(errors, key=lambda row: row[column])
        springs = next((row[column] for row in errors if (row["model"], row["geometry"]) == BASE), None)
        median, most = right[column]
        yield (
            f"Displacements before and after training, {text}: {name(best['model'], best['geometry'])} has the "
            f"smallest weighted error, χ² {number(best[column], 2)} a value; linear springs {number(springs, 2)}. A "
            f"model that is right would have {number(median, 2)} in the median, and less than {number(most, 2)} in "
            "95 % of such measurements."
        )


def _tables(run: Run, table: pd.DataFrame, right: dict[str, Scatter]) -> Iterator[Table]:
    header = [
        "model", "1 − Pearson", "less the spring's", "relative L2", "… but for its size", "χ² a bond",
        "bonds within 2 deviations", "factor to the measured size",
    ]  # fmt: skip
    for case in run.settings.cases:
        rows = [
            [
                name(row.model, row.geometry),
                number(row.one_minus_pearson),
                _difference(row.change, row.change_error),
                number(row.relative_l2),
                number(row.relative_l2_scaled),
                number(row.chi_squared),
                f"{row.explained:.0%}",
                number(row.factor),
            ]
            for row in table[table["case"] == case].itertuples()
        ]
        pearson, relative = right[case].one_minus_pearson, right[case].relative_l2
        rows.append(
            ["a model that is right", *(f"{number(m, 2)} ± {number(d, 2)}" for m, d in (pearson,)), "–",
             f"{number(relative[0], 2)} ± {number(relative[1], 2)}", "–", _below(right[case].chi_squared), "–", "1"]
        )  # fmt: skip
        yield Table(
            f"Agreement with the measured gradient, case {case}",
            header,
            rows,
            "χ² takes the deviations of the trials as they are, and not those of their mean; of three trials some come "
            "out far smaller than what a camera can see. Of a model that is right: the median, and what 95 % of such "
            "measurements are below.",
        )


def _below(found: tuple[float, float]) -> str:
    """A median, and what 95 % are below."""
    return f"{number(found[0], 2)} (95 %: < {number(found[1], 2)})"


def _difference(change: float, error: float) -> str:
    if np.isnan(change):
        return "–"
    return "none" if abs(change) < SAME else f"{change:+.4f} ± {error:.4f}"


def _effects_tables(run: Run, effects: pd.DataFrame) -> Iterator[Table]:
    if effects.empty:
        return
    known = switched_effects(run.settings.models_by_name(), run.settings.switched)
    told = "; ".join(f"{name} – {known[name].told}" for name in run.settings.effects)
    header = ["effect", "where", "case", "Δ(1 − Pearson)", "Δ relative L2", "Δχ²", "size", "pattern", "largest move"]
    yield Table(
        "What each effect changes, switched on alone and in the body that has them all",
        header,
        [
            [
                row.effect,
                WHERE[row.where] if row.effect != TOGETHER else "",
                row.case,
                _difference(row.one_minus_pearson_change, row.one_minus_pearson_change_error),
                f"{row.relative_l2_change:+.3f}",
                f"{row.chi_squared_change:+.1f}",
                f"× {row.factor:.3f}",
                f"{row.turned:.1%}",
                f"× {row.largest_displacement_factor:.3f}",
            ]
            for row in effects.itertuples()
        ],
        "Size: factor on the predicted gradient. Pattern: change that no factor undoes. Largest move: factor on the "
        f"largest displacement under the data's load. Alone is told by: {told}.",
    )


def _displacement_tables(run: Run, table: pd.DataFrame) -> Iterator[Table]:
    if table.empty:
        return
    rows = []
    errors = {(row["model"], row["geometry"]): row for row in _displacement_errors(table)}
    for (model, geometry), own in table.groupby(["model", "geometry"], sort=False):
        cells = {}
        for experiment, pair in own.groupby("experiment", sort=False):
            cells[experiment] = " / ".join(f"{1e3 * v:.3f}" for v in pair["predicted"])
        rows.append(
            [
                name(model, geometry),
                *cells.values(),
                *(number(errors[model, geometry][key]) for key in ("chi_squared", "fitted_chi_squared", "factor")),
            ]
        )
    first = table.groupby(["model", "geometry"], sort=False).get_group(tuple(table.iloc[0][["model", "geometry"]]))
    measured = [
        " / ".join(f"{1e3 * r.measured:.3f} ± {1e3 * r.deviation:.3f}" for r in pair.itertuples())
        for _, pair in first.groupby("experiment", sort=False)
    ]
    yield Table(
        "Displacements of nodes "
        + " and ".join(map(str, dict.fromkeys(table["node"])))
        + " before and after training (mm)",
        ["model", *dict.fromkeys(table["experiment"]), "χ² a value", "… with a factor fitted", "factor"],
        [
            *rows,
            ["measured", *measured, "–", "–", "–"],
            ["a model that is right", *("–" for _ in measured), *map(_below, right_displacements(run).values()), "–"],
        ],
        "Which of the measured values belongs to which node is not stated; the nearer order is taken. A factor on all "
        "displacements of a model is one on 1/E. χ² takes the deviations of the three repeats as they are; of a model "
        "that is right: the median, and what 95 % of such measurements are below.",
    )
