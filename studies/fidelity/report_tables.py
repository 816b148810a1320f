"""Tables of the report."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from femnn.measured.comparison.agreement import Scatter
from femnn.report.texts import Table, number
from femnn.study.former.study import Run

from .chances import SAME, right_displacements
from .effects import TOGETHER
from .effects import effects as switched_effects

WHERE = {"alone": "alone", "whole": "in the solid"}


def name(model: str, geometry: str) -> str:
    """A model with its geometry, for readers."""
    return model if model == "beam-straight" else f"{model}, {geometry}"


def displacement_errors(table: pd.DataFrame) -> list[dict[str, Any]]:
    """χ² per value of each model as it is and with a modulus fitted to the values, and the factor of that."""
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


def agreement_tables(run: Run, table: pd.DataFrame, right: dict[str, Scatter]) -> Iterator[Table]:
    header = [
        "model", "1 − Pearson", "less the spring's", "relative L2", "… after optimal rescaling", "χ² per bond",
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
            ["a perfect model", *(f"{number(m, 2)} ± {number(d, 2)}" for m, d in (pearson,)), "–",
             f"{number(relative[0], 2)} ± {number(relative[1], 2)}", "–", _below(right[case].chi_squared), "–", "1"]
        )  # fmt: skip
        yield Table(
            f"Agreement with the measured gradient, case {case}",
            header,
            rows,
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


def effects_tables(run: Run, effects: pd.DataFrame) -> Iterator[Table]:
    if effects.empty:
        return
    known = switched_effects(run.settings.models_by_name(), run.settings.switched)
    told = "; ".join(f"{name} – {known[name].told}" for name in run.settings.effects)
    header = ["effect", "where", "case", "Δ(1 − Pearson)", "Δ relative L2", "Δχ²", "size", "pattern", "largest move"]
    yield Table(
        "What each effect changes, switched on alone and in the solid that has them all",
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
        f"largest displacement under the data's load. Alone is measured by: {told}.",
    )


def displacement_tables(run: Run, table: pd.DataFrame) -> Iterator[Table]:
    if table.empty:
        return
    rows = []
    errors = {(row["model"], row["geometry"]): row for row in displacement_errors(table)}
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
        ["model", *dict.fromkeys(table["experiment"]), "χ² per value", "… with a factor fitted", "factor"],
        [
            *rows,
            ["measured", *measured, "–", "–", "–"],
            ["a perfect model", *("–" for _ in measured), *map(_below, right_displacements(run).values()), "–"],
        ],
        "Which of the measured values belongs to which node is not stated; the nearer order is taken. A factor on all "
        "displacements of a model is one on 1/E. χ² takes the deviations of the three repeats as they are; of a "
        "perfect model: the median, and what 95 % of such measurements are below.",
    )
