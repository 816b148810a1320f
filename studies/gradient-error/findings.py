"""What the run says: headline figures, sentences and tables."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from femnn.config.quantities import GRAM_FORCE
from femnn.insitu.estimators import WITHOUT_ADJOINT_FORCE
from femnn.report.texts import Table, number
from femnn.study.adjoint_study import in_words, reference
from femnn.study.former.study import Run

from . import buckling, ladder, pushed
from .orders import order


def summary(run: Run, table: pd.DataFrame) -> dict[str, Any]:
    """Headline figures: by case, forward force, model, reference and estimator."""
    linear = list(_linear_spring(run))
    estimators = list(_estimators(run, table))
    return {
        "network": run.network.name,
        **reference(run.settings),
        "findings": [
            *in_words(run.settings),
            *_sentences(run, linear, estimators),
            *ladder.sentences(run),
            *pushed.sentences(run, table),
            *buckling.sentences(run, table),
        ],
        "tables": [
            vars(t) for t in (*ladder.tables(run), *pushed.tables(run, table), *_tables(run, linear, estimators))
        ],
        "ladder": [vars(step) for step in ladder.steps(run)],
        "buckling": list(buckling.figures(run)),
        "linear_spring_gradient": linear,
        "estimators": estimators,
    }


def _linear_spring(run: Run) -> Iterator[dict[str, Any]]:
    """Error of the linear spring gradient against the exact gradient of each model."""
    for point, outcome in run.outcomes:
        if "linear_spring_error" in outcome.data:
            yield {
                "case": point["case"],
                "model": point["model"],
                "forward_force": outcome.data["forward_magnitude"],
                "loss_adjoint_force": outcome.data["adjoint_magnitude"],
                **outcome.data["linear_spring_error"],
            }


def _estimators(run: Run, table: pd.DataFrame) -> Iterator[dict[str, Any]]:
    """Each estimator at the shown adjoint force and at its best, and its order in the adjoint force."""
    keys = ["case", "forward_force", "model", "reference", "estimator"]
    for values, rows in table.groupby(keys, sort=False):
        mean = rows.groupby("adjoint_force")[["relative_l2", "one_minus_pearson"]].mean()
        forces = mean.index.to_numpy()
        shown = int(np.argmin(np.abs(np.log(forces / run.settings.shown_of(values[0])))))
        relative = mean["relative_l2"].to_numpy()
        swept = values[-1] not in WITHOUT_ADJOINT_FORCE
        best = int(np.nanargmin(relative)) if np.isfinite(relative).any() else 0
        yield dict(zip(keys, values, strict=True)) | {
            "adjoint_force": float(forces[shown]),
            "relative_l2": float(relative[shown]),
            "one_minus_pearson": float(mean["one_minus_pearson"].to_numpy()[shown]),
            "smallest_force_relative_l2": float(relative[0]),
            "best_relative_l2": float(relative[best]),
            "best_adjoint_force": float(forces[best]),
            "order": None if not swept or run.settings.noise > 0 else order(forces, relative),
        }


def _sentences(run: Run, linear: list[dict[str, Any]], estimators: list[dict[str, Any]]) -> Iterator[str]:
    exact = [e for e in estimators if e["reference"] == "exact"]
    s = run.settings
    swept = all(min(s.forces_of(case)) < 0.1 * s.shown_of(case) for case in s.cases)
    for model in run.settings.models:
        product = [e for e in exact if e["model"] == model and e["estimator"] == "product"]
        if model == "spring":
            if product:
                worst = max(e["relative_l2"] for e in product)
                yield f"Springs: the product of two separate loadings is the gradient to rounding ({number(worst, 2)})."
            continue
        off = ", ".join(
            f"{e['relative_l2']:.1%} ({_case(run, e)}; {np.sqrt(e['one_minus_cosine'] * 2):.1%} rescaled)"
            for e in linear
            if e["model"] == model
        )
        if off:
            yield f"{_title(run, model)}: the gradient of linear springs has an error of {off} against the exact one."
        if product:
            floor = ", ".join(
                f"{e['smallest_force_relative_l2']:.1%} "
                f"({_case(run, e)}; 1 − Pearson {number(e['one_minus_pearson'], 2)})"
                for e in product
            )
            yield (
                f"{_title(run, model)}: two separate loadings leave an error of {floor}"
                f"{' however small the adjoint force is; the forward load sets it' if swept else ''}."
            )
        better = [e for e in exact if e["model"] == model and e["estimator"] == "centred-product"]
        if better:
            off = ", ".join(
                f"{number(e['relative_l2'], 2)} ({_case(run, e)}; 1 − Pearson {number(e['one_minus_pearson'], 2)})"
                for e in better
            )
            falls = all(e["order"] is not None and e["order"] > 0.5 for e in better)
            floor = swept and all(e["smallest_force_relative_l2"] > 0.5 * e["relative_l2"] for e in better)
            less = ", falling with its square" if falls else ", and no less at the smallest" if floor else ""
            yield (
                f"{_title(run, model)}: adding the adjoint force to the data's load with both signs instead (centred "
                f"product) leaves {off} at an adjoint force of {_grams(better[0]['adjoint_force'])}{less}."
            )


def _tables(run: Run, linear: list[dict[str, Any]], estimators: list[dict[str, Any]]) -> Iterator[Table]:
    for model in run.settings.models:
        rows = [e for e in estimators if e["model"] == model and e["reference"] == "exact"]
        if (model == "spring" and len(run.settings.models) > 1) or not rows:
            continue
        places = list(dict.fromkeys((e["case"], e["forward_force"]) for e in rows))
        header = ["estimator"]
        for place in places:
            name = _case(run, dict(zip(("case", "forward_force"), place, strict=True)))
            header += [f"{name}: at {_grams(rows[0]['adjoint_force'])}", "best", "order"]
        lines = []
        for estimator in run.settings.estimators:
            cells = [estimator]
            for place in places:
                found = [e for e in rows if (e["case"], e["forward_force"]) == place and e["estimator"] == estimator]
                cells += _cells(found[0]) if found else ["–"] * 3
            lines.append(cells)
        yield Table(
            f"{_title(run, model)}: relative L2 error against the exact gradient",
            header,
            lines,
            "Order: exponent of the error in the adjoint force, fitted where the error is between rounding and 2 %.",
        )


def _cells(entry: dict[str, Any]) -> list[str]:
    shown = "–" if entry["order"] is None else f"{entry['order']:.2f}"
    return [number(entry["relative_l2"], 2), number(entry["best_relative_l2"], 2), shown]


def _case(run: Run, entry: dict[str, Any]) -> str:
    return f"{entry['case']}, {_grams(entry['forward_force'])}" if run.settings.forward_forces else str(entry["case"])


def _title(run: Run, model: str) -> str:
    label = run.settings.models_by_name()[model].traits.label
    return label[0].upper() + label[1:]


def _grams(force: float) -> str:
    return f"{force / GRAM_FORCE:.3g} gf"
