"""Tables of the study, from what its points have given."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd

from femnn.insitu.metrics import relative_l2
from femnn.measured.comparison.agreement import agreement, difference
from femnn.measured.published import published_displacements
from femnn.study.former.study import Run

BASE = ("spring", "straight")
"""The model of the paper, with which all others are compared."""


def answers(run: Run) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Model, geometry, and what the model says, of all models that have given an answer."""
    for point, outcome in run.outcomes:
        if point["effect"] is None and outcome.data:
            yield point["model"], point["geometry"], outcome.data


def generator(run: Run) -> np.random.Generator:
    """Random numbers of the measurements that are drawn again: the same for every comparison."""
    return np.random.default_rng(run.settings.seed)


def agreements(run: Run) -> pd.DataFrame:
    """A row a case, model and geometry: agreement with the measurement, and what it is better by than the spring."""
    measured = run.settings.gradients(run.network)
    found = {(model, geometry): data["gradients"] for model, geometry, data in answers(run)}
    rows = []
    for case in run.settings.cases:
        base = np.array(found[BASE][case]) if BASE in found else None
        for (model, geometry), gradients in found.items():
            predicted = np.array(gradients[case])
            row = {"case": case, "model": model, "geometry": geometry} | asdict(agreement(predicted, measured[case]))
            change = (np.nan, np.nan)
            if base is not None and (model, geometry) != BASE:
                change = difference(predicted, base, measured[case], run.settings.draws, generator(run))
            rows.append(row | {"change": change[0], "change_error": change[1]})
    return pd.DataFrame(rows)


def effects(run: Run) -> pd.DataFrame:
    """A row a case and effect, alone and in the whole solid: what switching it on does to the figures.

    ``moved`` is the relative change of the prediction, ``turned`` what of it no factor undoes.
    """
    measured = run.settings.gradients(run.network)
    rows = []
    for point, outcome in run.outcomes:
        if point["effect"] is None or not outcome.data:
            continue
        before, after = outcome.data["without"], outcome.data["with"]
        for case in run.settings.cases:
            without, having = np.array(before["gradients"][case]), np.array(after["gradients"][case])
            first, second = agreement(without, measured[case]), agreement(having, measured[case])
            change, error = difference(having, without, measured[case], run.settings.draws, generator(run))
            factor = float(having @ without / (without @ without))
            rows.append(
                {
                    "effect": point["effect"],
                    "where": point["where"],
                    "case": case,
                    "one_minus_pearson": second.one_minus_pearson,
                    "one_minus_pearson_change": change,
                    "one_minus_pearson_change_error": error,
                    "relative_l2_change": second.relative_l2 - first.relative_l2,
                    "chi_squared_change": second.chi_squared - first.chi_squared,
                    "factor": factor,
                    "moved": relative_l2(having, without),
                    "turned": relative_l2(having, factor * without),
                    "largest_displacement_factor": after["largest"][case] / before["largest"][case],
                }
            )
    return pd.DataFrame(rows)


def displacements(run: Run) -> pd.DataFrame:
    """A row a model, geometry, experiment and output: displacement, measured and predicted, and their distance.

    ``score`` is (predicted − measured)/deviation, ``fitted_score`` the same after all displacements of the model are
    multiplied by the ``factor`` that fits them best, as another modulus would.
    """
    experiments = published_displacements()
    rows: list[dict[str, Any]] = []
    for model, geometry, data in answers(run):
        own = []
        outputs = next(iter(run.settings.experiments.values())).outputs if run.settings.experiments else ()
        for name, values in data["displacements"].items():
            nearest = experiments[name].in_order_of(np.array(values))
            for output, predicted, measured, deviation in zip(
                outputs, values, nearest.values, nearest.deviations, strict=True
            ):
                where = {"model": model, "geometry": geometry, "experiment": name, "node": output.node}
                own.append(where | {"predicted": predicted, "measured": measured, "deviation": deviation})
        x, y, deviation = (np.array([row[key] for row in own]) for key in ("predicted", "measured", "deviation"))
        factor = float((x * y / deviation**2).sum() / (x**2 / deviation**2).sum()) if own else 1.0
        for row, score, fitted in zip(own, (x - y) / deviation, (factor * x - y) / deviation, strict=True):
            rows.append(row | {"score": float(score), "factor": factor, "fitted_score": float(fitted)})
    return pd.DataFrame(rows)


def gradients(run: Run) -> pd.DataFrame:
    """A row a case, model, geometry and bond: predicted and measured (m²)."""
    measured = run.settings.gradients(run.network)
    return pd.DataFrame(
        [
            {
                "case": case,
                "model": model,
                "geometry": geometry,
                "bond": run.network.bond_name(bond),
                "predicted": predicted,
                "measured": measured[case].value[bond],
                "deviation": measured[case].deviation[bond],
            }
            for model, geometry, data in answers(run)
            for case in run.settings.cases
            for bond, predicted in enumerate(data["gradients"][case])
        ]
    )
