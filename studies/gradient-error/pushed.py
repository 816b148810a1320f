"""How far the lattice was pushed: rotation, strain and share of the critical load, as a table and a sentence."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from femnn.config.quantities import GRAM_FORCE
from femnn.report.texts import Table, number
from femnn.study.former.study import Run

from .reach import SEARCHED
from .selection import place_name, places

COLUMNS = ["largest_rotation", "largest_strain", "critical_share"]


def tables(run: Run, table: pd.DataFrame) -> Iterator[Table]:
    """For each place and model, what was read at the weakest and at the strongest adjoint force."""
    lines = []
    for place, model, rows in _groups(run, table):
        for force in dict.fromkeys((rows["adjoint_force"].min(), rows["adjoint_force"].max())):
            turned, strained, share = _most(rows[rows["adjoint_force"] == force])
            far = (_degrees(turned), _percent(strained), _percent(share))
            lines.append([place_name(place), model, _grams(force), *far])
    if lines:
        yield Table(
            "How far the lattice was pushed",
            ["case", "model", "adjoint force", "largest rotation", "largest strain", "share of the critical load"],
            lines,
            "Of a bond, over all states that the estimators read; the data's load is in most of them. 100 % of the "
            "critical load is a critical point. –: the model is linear, no critical point was found up to "
            f"{SEARCHED:g} times the load, or none was looked for.",
        )


def sentences(run: Run, table: pd.DataFrame) -> Iterator[str]:
    """How far at the strongest adjoint force, by the nonlinear model that goes farthest."""
    for place in places(run):
        found = [
            (model, force, *_most(rows[rows["adjoint_force"] == force]))
            for at, model, rows in _groups(run, table)
            if at == place and model != "spring"
            for force in [rows["adjoint_force"].max()]
        ]
        if found:
            model, force, turned, strained, share = max(found, key=lambda entry: (np.nan_to_num(entry[-1]), entry[2]))
            critical = "" if np.isnan(share) else f", {_percent(share)} of the critical load"
            yield (
                f"Case {place[0]}: at the strongest adjoint force, {_grams(force)}, a bond of the {model} model turns "
                f"by {_degrees(turned)} and is strained by {_percent(strained)}{critical}."
            )


def _groups(run: Run, table: pd.DataFrame) -> Iterator[tuple[tuple[str, float], str, pd.DataFrame]]:
    for place in places(run):
        at = table[(table["case"] == place[0]) & (table["forward_force"] == place[1])]
        for model, rows in at.groupby("model", sort=False):
            yield place, str(model), rows


def _most(rows: pd.DataFrame) -> tuple[float, float, float]:
    turned, strained, share = (float(rows[name].max()) for name in COLUMNS)
    return turned, strained, share


def _grams(force: float) -> str:
    """A force for a reader."""
    return f"{force / GRAM_FORCE:.3g} gf"


def _degrees(angle: float) -> str:
    return f"{number(float(np.degrees(angle)), 2)}°"


def _percent(share: float) -> str:
    return "–" if np.isnan(share) else f"{number(100 * share, 2)} %"
