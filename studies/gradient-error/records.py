"""The tables and the data set of a run."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from femnn.insitu.metrics import METRICS
from femnn.study.former.study import Run

from .reach import critical_share

KEYS = ["case", "model", "estimator", "adjoint_force", "repeat"]
EXTRA = ["forward_force", "strength"]
REACHED = ["largest_rotation", "largest_strain", "critical_share"]
QUANTITIES = {"forces": "force (N)", "moments": "moment (N m)"}
UNITS = {
    "nodes": "m", "forward": "m", "adjoint": "m", "adjoint_force": "N", "forward_force": "N",
    "gradient": "m2", "loss_gradient": "m2", "exact_gradient": "m2", "linear_spring_gradient": "m2",
}  # fmt: skip


def _estimates(run: Run) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """What identifies each estimate, and the estimate."""
    for point, outcome in run.outcomes:
        for row in outcome.data.get("estimates", []):
            keys = {"case": point["case"], "model": point["model"], "adjoint_force": point["adjoint_force"]}
            keys |= {key: row[key] for key in ("estimator", "repeat", "strength")}
            yield keys | {"forward_force": outcome.data["forward_magnitude"]}, row


def errors(run: Run) -> pd.DataFrame:
    """Errors of every estimate against every reference, long form.

    ``stable`` is False where a state that was read is past a limit or bifurcation point, and None where the solver
    cannot tell. How far the states that were read are from rest is in ``largest_rotation`` (rad), ``largest_strain``
    and ``critical_share``: see :mod:`.reach`.
    """
    critical = _critical(run)
    rows = [
        keys | {"reference": reference, "stable": row["stable"], **metrics, **_reached(keys, row, critical)}
        for keys, row in _estimates(run)
        for reference, metrics in row["errors"].items()
    ]
    return pd.DataFrame(rows, columns=[*KEYS[:3], "reference", *KEYS[3:], *METRICS, *EXTRA, "stable", *REACHED])


def _critical(run: Run) -> dict[tuple[Any, ...], dict[str, float]]:
    """Critical loads of the legs, by case, model and norm of the data's load."""
    return {
        (point["case"], point["model"], outcome.data["forward_magnitude"]): outcome.data.get("critical", {})
        for point, outcome in run.outcomes
        if "forward" in outcome.data
    }


def _reached(
    keys: dict[str, Any], row: dict[str, Any], critical: dict[tuple[Any, ...], dict[str, float]]
) -> dict[str, float]:
    found = row.get("reached", {"rotation": float("nan"), "strain": float("nan"), "legs": {}})
    known = critical.get((keys["case"], keys["model"], keys["forward_force"]), {})
    return dict(zip(REACHED, (found["rotation"], found["strain"], critical_share(found["legs"], known)), strict=True))


def ends(run: Run) -> pd.DataFrame:
    """What could not be estimated, since the structure carries no such adjoint force: a row each, with the reason."""
    rows = [
        {
            "case": point["case"],
            "model": point["model"],
            "adjoint_force": point["adjoint_force"],
            "forward_force": outcome.data["forward_magnitude"],
            **end,
        }
        for point, outcome in run.outcomes
        for end in outcome.data.get("ends", [])
    ]
    return pd.DataFrame(rows, columns=[*KEYS, "forward_force", "why"])


def reactions(run: Run) -> pd.DataFrame:
    """What the supports exert under the data's load: a row a node and component, forces (N) and moments (N m)."""
    held = run.network.labels[run.network.fixed.any(axis=1)]
    rows = []
    for point, outcome in run.outcomes:
        found = outcome.data.get("reactions")
        if found is None:
            continue
        at = {key: point[key] for key in ("case", "model")} | {"forward_force": outcome.data["forward_magnitude"]}
        for quantity, values in found.items():
            array = np.array(values).reshape(len(run.network.nodes), -1)
            # Nodes that a case holds and moves exert forces too
            exerting = np.isin(run.network.labels, held) | array.any(axis=1)
            axes = "xyz" if array.shape[1] > 1 else "z"
            for node, component in np.argwhere(np.repeat(exerting[:, None], array.shape[1], axis=1)):
                rows.append(
                    at
                    | {"node": run.network.labels[node], "quantity": QUANTITIES[quantity]}
                    | {"component": axes[component], "reaction": array[node, component]}
                )
    return pd.DataFrame(rows, columns=["case", "model", "forward_force", "node", "quantity", "component", "reaction"])


def gradients(run: Run) -> pd.DataFrame:
    """Every estimate, bond by bond.

    The column ``gradient`` is for the loss scaled so that its adjoint force has the strength that was applied, as in
    the paper, where it is the product of the two elongations as measured (m²); ``loss_gradient`` is dL/dk of the loss
    as it stands, and ``strength`` the ratio of the two. All errors are those of ``loss_gradient``.
    """
    ends = run.network.labels[run.network.bonds]
    bonds = {"bond": np.arange(1, len(ends) + 1), "node_p": ends[:, 0], "node_q": ends[:, 1]}
    columns = [*KEYS, *bonds, "gradient", "loss_gradient", *EXTRA]
    found = list(_estimates(run))
    if not found:
        return pd.DataFrame(columns=columns)
    # A column at once: a frame for each estimate takes seconds
    each = pd.DataFrame([keys for keys, _ in found])
    table = each.loc[each.index.repeat(len(ends))].reset_index(drop=True)
    for name, values in bonds.items():
        table[name] = np.tile(values, len(found))
    estimates = np.array([row["gradient"] for _, row in found])
    strengths = np.array([row["strength"] for _, row in found])
    table["gradient"], table["loss_gradient"] = (strengths[:, None] * estimates).ravel(), estimates.ravel()
    return table[columns]


def dataset(run: Run, table: pd.DataFrame, by_bond: pd.DataFrame) -> xr.Dataset:
    """Errors and gradients by all their coordinates, the fields of each model, and the network."""
    index = ["case", "forward_force", "model", "estimator", "adjoint_force", "repeat"]
    network = xr.Dataset(
        {
            "nodes": (("node", "component"), run.network.nodes),
            "bonds": (("bond", "end"), run.network.labels[run.network.bonds]),
        },
        coords=_numbers(run),
    )
    parts = [
        network,
        table.set_index([*index, "reference"])[list(METRICS)].to_xarray(),
        by_bond.set_index([*index, "bond"])[["gradient", "loss_gradient"]].to_xarray(),
        *_fields(run),
    ]
    result = xr.merge(parts, join="outer", compat="no_conflicts")
    for name in set(UNITS) & set(map(str, result.variables)):
        result[name].attrs["units"] = UNITS[name]
    return result


def _numbers(run: Run) -> dict[str, Any]:
    return {"node": run.network.labels, "bond": np.arange(1, len(run.network.bonds) + 1)}


def _fields(run: Run) -> Iterator[xr.Dataset]:
    """Displacements and gradients of each case, forward force and model that could be solved."""
    for point, outcome in run.outcomes:
        data = outcome.data
        if "forward" not in data:
            continue
        at = {"case": [point["case"]], "forward_force": [data["forward_magnitude"]], "model": [point["model"]]}
        values = {name: ((*at, "node", "component"), _lifted(data[name])) for name in ("forward", "adjoint")}
        values |= {
            f"{name.replace('-', '_')}_gradient": ((*at, "bond"), _lifted(data[name]))
            for name in ("exact", "linear-spring")
            if name in data
        }
        yield xr.Dataset(values, coords=at | _numbers(run))


def _lifted(values: Any) -> np.ndarray:
    return np.array(values)[None, None, None]
