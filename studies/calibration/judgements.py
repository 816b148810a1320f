"""Weighted errors of what is predicted, and tables of them and of the parameters."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from femnn.measured.calibration.parameters import WIDTHS
from femnn.report.texts import Table
from femnn.study.former.study import Run

SPRING = "spring"
CLOSE = 0.5
"""Deviation over that of the prior above which a parameter counts as not determined by the data."""


def judged(table: pd.DataFrame, fit: str) -> pd.DataFrame:
    """What was not fitted, of all models and sets: weighted errors by what is judged, and of all of it together."""
    rows = table[(table["fit"] == fit) & (table["against"] != fit)]
    errors = rows.pivot_table("weighted_error", ["set", "model"], "against", sort=False)
    counts = rows.groupby("against", sort=False)["values"].first()[errors.columns]
    errors["together"] = np.sqrt((errors**2 * counts).sum(axis=1) / counts.sum())
    return errors


def best_model(table: pd.DataFrame, fit: str, name: str) -> str | None:
    """The model other than springs that predicts best what was not fitted."""
    errors = judged(table, fit)
    if name not in errors.index.get_level_values(0):
        return None
    own = errors.loc[name]["together"].drop(SPRING, errors="ignore")
    return None if own.empty else str(own.idxmin())


def full_set(run: Run) -> str:
    """The set with most parameters."""
    return max(run.settings.sets, key=lambda name: (WIDTHS in run.settings.set[name], len(run.settings.set[name])))


def listed(table: pd.DataFrame, fits: list[str]) -> Iterator[dict[str, Any]]:
    """The same with what was fitted, a row a fit, set and model."""
    for fit in fits:
        own = table[(table["fit"] == fit) & (table["against"] == fit)].set_index(["set", "model"])["weighted_error"]
        for (name, model), row in judged(table, fit).iterrows():
            yield {"fit": fit, "set": name, "model": model, "fitted": float(own[name, model])} | row.to_dict()


def errors_table(table: pd.DataFrame, fit: str) -> Table:
    """Weighted errors of all sets and models."""
    errors = judged(table, fit)
    own = table[(table["fit"] == fit) & (table["against"] == fit)].set_index(["set", "model"])["weighted_error"]
    rows = [
        [model, name, f"{own[name, model]:.3f}", *(f"{value:.3f}" for value in row)]
        for (name, model), row in errors.iterrows()
    ]
    return Table(
        f"Weighted errors, fitted to {fit!r}",
        ["model", "parameters", f"{fit} (fitted)", *errors.columns],
        rows,
        "Root of the mean square of (computed − measured)/deviation; together: over all that was not fitted.",
    )


def parameters_table(run: Run, made: dict[str, pd.DataFrame]) -> Table:
    """Parameters of the lattice as a whole, with the largest set."""
    table = made["parameters"]
    mine = table[table["shared"] & (table["set"] == full_set(run))]
    fits = list(dict.fromkeys(mine["fit"]))
    rows = []
    for (model, name), found_in in mine.groupby(["model", "parameter"], sort=False):
        by_fit = found_in.set_index("fit")
        values = [_plus_minus(by_fit.loc[fit]) if fit in by_fit.index else "–" for fit in fits]
        first = by_fit.iloc[0]
        rows.append([str(model), str(name), *values, f"± {_scaled(first, 'prior'):.3g}"])
        rows[-1].append("data" if first["deviation"] < CLOSE * first["prior"] else "prior")
    header = ["model", "parameter", *(f"fitted to {fit}" for fit in fits), "before", "determined by"]
    note = "Changes of what is stated in % (logarithms times 100); angles in degrees, counter-clockwise."
    return Table("Parameters of the lattice as a whole", header, rows, note)


def _scaled(row: pd.Series, column: str) -> float:
    """A parameter in per cent, or in degrees."""
    factor = 180 / np.pi if str(row["parameter"]).endswith("angle") else 100.0
    return float(factor * row[column])


def _plus_minus(row: pd.Series) -> str:
    return f"{_scaled(row, 'value'):+.1f} ± {_scaled(row, 'deviation'):.1f}"
