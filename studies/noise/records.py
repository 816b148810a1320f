"""The tables and the data set of a run."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from femnn.study.former.study import Run

from .optimum import ORDERS, SMALL, Exponent, exponent, optimum, scattered_optimum

ERRORS = ["relative_l2", "uncertainty", "one_minus_pearson", "one_minus_cosine"]
PLACE = ["case", "model"]
COLUMNS = {
    "table": [*PLACE, "estimator", "reference", "adjoint_force", "noise", "without_noise", "expected", *ERRORS],
    "sources": [*PLACE, "estimator", "source", "adjoint_force", *ERRORS],
    "creep": [*PLACE, "estimator", "protocol", "adjoint_force", "delay", "best", *ERRORS],
    "optima": [*PLACE, "estimator", "reference", "noise", "adjoint_force", "error", "drawn_force", "drawn_error",
               "inside", "fitted"],
}  # fmt: skip


FLOOR = 0.6
"""Share of the least error above which what is left without noise is a floor."""


def tables(run: Run) -> dict[str, pd.DataFrame]:
    """All tables, in long form."""
    made = {name: pd.DataFrame(list(_rows(run, part)), columns=COLUMNS[name]) for name, part in
            (("table", "noise"), ("sources", "sources"), ("creep", "creep"))}  # fmt: skip
    return made | {"optima": pd.DataFrame(list(_optima(run, made["table"])), columns=COLUMNS["optima"])}


def _rows(run: Run, part: str) -> Iterator[dict[str, Any]]:
    for point, outcome in run.outcomes:
        at = {"case": point["case"], "model": point["model"], "best": point["adjoint_force"] is None}
        for row in outcome.data.get(part, []):
            yield at | {"adjoint_force": point["adjoint_force"]} | row


def _optima(run: Run, table: pd.DataFrame) -> Iterator[dict[str, Any]]:
    """Best adjoint force and least error at each noise, expected and as drawn."""
    loads = {(p["case"], p["model"]): o.data["forward_force"] for p, o in run.outcomes if "forward_force" in o.data}
    keys = [*PLACE, "estimator", "reference", "noise"]
    for values, rows in table.groupby(keys, sort=False):
        at = dict(zip(keys, values, strict=True))
        forces = rows["adjoint_force"].to_numpy()
        if len(forces) < 5:
            continue
        best = optimum(forces, rows["expected"].to_numpy())
        drawn = scattered_optimum(forces, rows["relative_l2"].to_numpy(), best.force)
        small = best.inside and drawn.inside and best.force <= SMALL * loads[at["case"], at["model"]]
        # An error that no adjoint force takes away follows no power of the noise
        small &= rows["without_noise"].min() < FLOOR * best.error
        yield at | {
            "adjoint_force": best.force, "error": best.error, "drawn_force": drawn.force, "drawn_error": drawn.error,
            "inside": best.inside, "fitted": small and at["estimator"] in ORDERS,
        }  # fmt: skip


def exponents(optima: pd.DataFrame) -> Iterator[dict[str, Any]]:
    """Exponents of best force and least error in the noise, as expected and as drawn, beside those of theory."""
    for (case, model, estimator, reference), rows in optima.groupby([*PLACE, "estimator", "reference"], sort=False):
        if estimator not in ORDERS:
            continue
        order, fitted = ORDERS[estimator], rows[rows["fitted"]]
        noise = fitted["noise"].to_numpy()
        entry = {"case": case, "model": model, "estimator": estimator, "reference": reference}
        entry |= {"theory_error": order / (order + 1), "theory_force": 1 / (order + 1)}
        for name, column in (("error", "error"), ("force", "adjoint_force"), ("drawn_error", "drawn_error"),
                             ("drawn_force", "drawn_force")):  # fmt: skip
            found = exponent(noise, fitted[column].to_numpy())
            entry |= {name: None, f"{name}_uncertainty": None} if found is None else _entry(name, found)
        yield entry | {"noises": len(noise)}


def _entry(name: str, found: Exponent) -> dict[str, Any]:
    return {name: found.value, f"{name}_uncertainty": found.uncertainty}


def dataset(made: dict[str, pd.DataFrame]) -> xr.Dataset:
    """Errors by noise, by source and by delay, each with coordinates of its own."""
    table, sources, creep = (made[name] for name in ("table", "sources", "creep"))
    swept = creep[~creep["best"].astype(bool)]
    parts = [
        table.set_index([*COLUMNS["table"][:6]])[["without_noise", "expected", *ERRORS]].to_xarray(),
        _prefixed(sources.set_index(COLUMNS["sources"][:5])[ERRORS], "source"),
        _prefixed(swept.set_index([*PLACE, "protocol", "adjoint_force", "delay"])[ERRORS], "creep"),
    ]
    result = xr.merge(parts, join="outer", compat="no_conflicts")
    for name, unit in (("adjoint_force", "N"), ("noise", "m"), ("delay", "s")):
        if name in result:
            result[name] = result[name].assign_attrs(units=unit)
    return result


def _prefixed(frame: pd.DataFrame, prefix: str) -> xr.Dataset:
    return frame.rename(columns={name: f"{prefix}_{name}" for name in frame.columns}).to_xarray()


def shown(run: Run, rows: pd.DataFrame) -> pd.DataFrame:
    """The rows of every case at the adjoint force that is shown of it."""
    if rows.empty:
        return rows
    parts = [at_force(own, run.settings.shown_of(str(case))) for case, own in rows.groupby("case", sort=False)]
    return pd.concat(parts).sort_index()


def at_force(rows: pd.DataFrame, force: float) -> pd.DataFrame:
    """The rows at the adjoint force nearest to one (N)."""
    if rows.empty:
        return rows
    forces = rows["adjoint_force"].unique()
    return rows[rows["adjoint_force"] == forces[np.argmin(np.abs(np.log(forces / force)))]]
