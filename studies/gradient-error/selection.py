"""Picking out of a run what the figures draw, with one colour an estimator."""

from typing import Any

import numpy as np
import pandas as pd

from femnn.config.quantities import GRAM_FORCE
from femnn.report.estimator_styles import estimator_style
from femnn.report.plots import Curve
from femnn.study.former.study import Run

from .orders import order

type Place = tuple[str, float]
"""A case and the norm of its forward force (N)."""


def places(run: Run) -> list[Place]:
    """What was measured, in order."""
    found = [(p["case"], o.data["forward_magnitude"]) for p, o in run.outcomes if "forward_magnitude" in o.data]
    return list(dict.fromkeys(found))


def place_name(place: Place) -> str:
    """The place as a heading."""
    return f"{place[0]}, data's load {place[1] / GRAM_FORCE:.3g} gf"


def fields(run: Run, place: Place, model: str) -> dict[str, Any]:
    """Fields of a model at a place; empty if they could not be computed."""
    for point, outcome in run.outcomes:
        data = outcome.data
        if "forward" in data and (point["case"], data["forward_magnitude"], point["model"]) == (*place, model):
            return data
    return {}


def select(table: pd.DataFrame, place: Place, model: str, reference: str) -> pd.DataFrame:
    """Rows of the table of errors at a place."""
    case, forward = place
    return table[
        (table["case"] == case) & (table["forward_force"] == forward) & (table["model"] == model)
        & (table["reference"] == reference)
    ]  # fmt: skip


def loaded(run: Run, force: np.ndarray) -> dict[int, np.ndarray]:
    """Forces of the loaded nodes, by label."""
    return {int(run.network.labels[i]): force[i] for i in np.flatnonzero(np.abs(force).any(axis=1))}


def error_curve(run: Run, rows: pd.DataFrame, estimator: str, name: str, separator: str = "  ") -> Curve:
    """Mean relative error of an estimator over the repeats, named with its order where it has one."""
    mean = rows[rows["estimator"] == estimator].groupby("adjoint_force")["relative_l2"].mean()
    x, y = mean.index.to_numpy(), mean.to_numpy()
    exponent = order(x, y) if run.settings.noise == 0 else None
    label = name if exponent is None else f"{name}{separator}(slope {exponent:.2f})"
    colour, dashes = estimator_style(estimator)
    return Curve(x / GRAM_FORCE, np.where(y > 0, y, np.nan), label, colour, dashes)
