"""What was fitted and predicted, as tables in long form."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from femnn.measured.comparison.agreement import trial_count
from femnn.measured.measured_gradient import MeasuredGradient
from femnn.measured.published import published_displacements
from femnn.study.former.study import Point, Run

DISPLACEMENTS = "displacements"
"""What stands for the experiments on displacements beside the cases."""
KEYS = ["fit", "set", "model"]


def found(run: Run) -> Iterator[tuple[Point, dict[str, Any]]]:
    """Points that have a result."""
    for point, outcome in run.outcomes:
        if outcome.data:
            yield dict(point), outcome.data


def errors(run: Run) -> pd.DataFrame:
    """Weighted errors, a row a fit and what it is held against; ``fitted`` says whether that was fitted.

    ``change`` is the χ² of the springs of the same fit less that of the model, and ``change_deviation`` what the
    scatter of the measured means makes of it.
    """
    rows: list[dict[str, Any]] = []
    measured = run.settings.gradients(run.network)
    springs = {(point["fit"], point["set"]): data for point, data in found(run) if point["model"] == "spring"}
    for point, data in found(run):
        base = springs.get((point["fit"], point["set"])) if point["model"] != "spring" else None
        for case, error in data["errors"].items():
            row = point | {"against": case, "fitted": case == point["fit"] and bool(data["parameters"])}
            row |= {"values": len(data["products"][case]), "weighted_error": error}
            row |= {"weighted_error_without_floor": data["errors_without_floor"][case]}
            # Where springs and model were fitted to these data, their scatter is in both predictions
            told = base is not None and not row["fitted"]
            rows.append(row | _change(base, data, case, measured[case]) if told else row)
        if data["displacements"]:
            count = sum(map(len, data["displacements"].values()))
            row = point | {"against": DISPLACEMENTS, "fitted": False, "values": count}
            rows.append(row | {"weighted_error": data["displacement_error"]})
    columns = [*KEYS, "against", "fitted", "values", "weighted_error", "weighted_error_without_floor"]
    return pd.DataFrame(rows, columns=[*columns, "change", "change_deviation"])


def _change(springs: dict[str, Any], data: dict[str, Any], case: str, measured: MeasuredGradient) -> dict[str, float]:
    """χ² of springs less that of a model: Σ (s − m)² − (p − m)² over σ², and its deviation by that of the means m."""
    s, p, weight = (np.array(values[case]) for values in (springs["products"], data["products"], data["weights"]))
    m = measured.value
    change = ((s - m) ** 2 - (p - m) ** 2) / weight**2
    # A mean over n trials scatters by the deviation over √n
    scatter = 2 * (s - p) / weight / np.sqrt(trial_count(measured))
    return {"change": float(change.sum()), "change_deviation": float(np.linalg.norm(scatter))}


def parameters(run: Run) -> pd.DataFrame:
    """Parameters found, with their deviations after and before the measurement."""
    rows = [
        point
        | {"parameter": name, "value": value, "deviation": deviation, "prior": prior, "shared": i < data["shared"]}
        for point, data in found(run)
        for i, (name, value, deviation, prior) in enumerate(
            zip(data["parameters"], data["values"], data["deviations"], data["prior"], strict=True)
        )
    ]
    return pd.DataFrame(rows, columns=[*KEYS, "parameter", "value", "deviation", "prior", "shared"])


def products(run: Run) -> pd.DataFrame:
    """Products of elongations, bond by bond (m²), with what was measured and what it weighs."""
    measured = run.settings.gradients(run.network)
    rows = [
        point
        | {
            "case": case,
            "bond": run.network.bond_name(bond),
            "predicted": value,
            "measured": measured[case].value[bond],
        }
        | {"deviation": measured[case].deviation[bond], "weight": data["weights"][case][bond]}
        for point, data in found(run)
        for case, values in data["products"].items()
        for bond, value in enumerate(values)
    ]
    return pd.DataFrame(rows, columns=[*KEYS, "case", "bond", "predicted", "measured", "deviation", "weight"])


def displacements(run: Run) -> pd.DataFrame:
    """Displacements of the outputs (m) with the measured ones, in the order that is nearer where it is not known."""
    rows = []
    measured = published_displacements()
    for point, data in found(run):
        for name, values in data["displacements"].items():
            nearer = measured[name].in_order_of(np.array(values))
            for i, value in enumerate(values):
                row = {"experiment": name, "output": i + 1, "predicted": value, "measured": nearer.values[i]}
                rows.append(point | row | {"deviation": nearer.deviations[i]})
    return pd.DataFrame(rows, columns=[*KEYS, "experiment", "output", "predicted", "measured", "deviation"])


def singular_values(run: Run) -> pd.DataFrame:
    """Singular values of all parameters together, in units of the priors, descending."""
    rows = [
        point | {"direction": i + 1, "singular_value": value}
        for point, data in found(run)
        for i, value in enumerate(data["singular_values"])
    ]
    return pd.DataFrame(rows, columns=[*KEYS, "direction", "singular_value"])


def dataset(made: dict[str, pd.DataFrame]) -> xr.Dataset:
    """Weighted errors, products and parameters by their coordinates."""
    if made["table"].empty:
        return xr.Dataset()
    parts = [
        made["table"].set_index([*KEYS, "against"])[["weighted_error", "weighted_error_without_floor"]].to_xarray(),
        made["products"].set_index([*KEYS, "case", "bond"])[["predicted", "measured", "weight"]].to_xarray(),
    ]
    for name in parts[1]:
        parts[1][name].attrs["units"] = "m2"
    if not made["parameters"].empty:
        parts.append(made["parameters"].set_index([*KEYS, "parameter"])[["value", "deviation", "prior"]].to_xarray())
    return xr.merge(parts, join="outer")
