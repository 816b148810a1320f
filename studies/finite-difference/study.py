"""How small a step should a finite difference take?

The gradient of every bond by one-sided and central differences in its stiffness, against the exact adjoint gradient of
the same model: too large a step shows curvature, too small a one shows rounding.
"""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
import xarray as xr
from mpi4py import MPI
from pydantic import Field

from femnn.errors import ConvergenceError
from femnn.learning.gradients import ESTIMATORS, Experiment
from femnn.learning.metrics import METRICS
from femnn.learning.workbench import Workbench
from femnn.network import Network
from femnn.results.figure import Figure
from femnn.results.plots import COLOURS, Curve, drawing, logarithmic
from femnn.results.report import Table, number
from femnn.study import CaseSettings, Forces, Listed, ModelName, Outcome, Point, Run

TITLE = "How small a step should a finite difference take?"
QUESTION = (
    "A finite difference needs a forward solve for every bond, where the adjoint needs one solve for all of them. "
    "How accurate can it be, and at which step?"
)
UNITS = {"step": "N"}


class Settings(CaseSettings):
    """Settings of the study."""

    models: Listed[ModelName] = Field(min_length=1)
    estimators: Listed[Literal["finite-difference", "central-difference"]] = Field(min_length=1)
    steps: Forces = Field(min_length=1)
    """Steps in E·A (N); the stiffness of a bond of length L moves by step/L."""


@dataclass(frozen=True)
class Bench:
    """What the study measures with."""

    settings: Settings
    workbench: Workbench


def prepare(settings: Settings, network: Network, comm: MPI.Comm) -> Bench:
    """Check every case against the network; models are built when first needed."""
    settings.check_cases(network)
    return Bench(
        settings,
        Workbench(network, comm, settings.solver.resolved(), settings.loading, models=settings.models_by_name()),
    )


def points(settings: Settings) -> list[Point]:
    """For each case, model and estimator: each step."""
    return [
        {"case": case, "model": model, "estimator": estimator, "step": step}
        for case in settings.cases
        for model in settings.models
        for estimator in settings.estimators
        for step in settings.steps
    ]


def measure(bench: Bench, point: Point, generator: np.random.Generator) -> Outcome:
    """Error of one finite difference against the exact gradient."""
    case = bench.settings.case[point["case"]]
    lab = bench.workbench.laboratory(point["model"], case)
    try:
        experiment = Experiment(lab, None, point["step"], point["step"])
        gradient = ESTIMATORS[point["estimator"]](experiment, 1.0)
        return Outcome({name: metric(gradient, lab.exact_gradient) for name, metric in METRICS.items()})
    except ConvergenceError as error:
        return Outcome({}, [f"case {point['case']}, model {point['model']}, step {point['step']:.3g} N: {error}"])


def tables(run: Run) -> dict[str, pd.DataFrame]:
    """``table``: one row a step."""
    rows = [point | outcome.data for point, outcome in run.outcomes if outcome.data]
    return {"table": pd.DataFrame(rows, columns=["case", "model", "estimator", "step", *METRICS])}


def dataset(run: Run, made: dict[str, pd.DataFrame]) -> xr.Dataset:
    """Errors by case, model, estimator and step."""
    result = made["table"].set_index(["case", "model", "estimator", "step"]).to_xarray()
    result["step"].attrs["units"] = "N"
    return result


def summary(run: Run, made: dict[str, pd.DataFrame]) -> dict[str, Any]:
    """The smallest error of each difference, and its step."""
    best = _best(made["table"])
    rows = [
        [
            b["case"],
            b["model"],
            b["estimator"],
            number(b["one_minus_pearson"]),
            number(b["relative_l2"]),
            f"{number(b['step'])} N",
        ]
        for b in best
    ]
    header = ["case", "model", "difference", "1 − Pearson", "relative L2", "step in E·A"]
    best_of = {
        key: min((b for b in best if (b["model"], b["estimator"]) == key), key=lambda b: b["one_minus_pearson"])
        for key in dict.fromkeys((b["model"], b["estimator"]) for b in best)
    }
    sentences = [
        f"{model}, {estimator}: 1 − Pearson gets down to {number(b['one_minus_pearson'], 2)}, at a step of "
        f"{number(b['step'], 2)} N (case {b['case']})."
        for (model, estimator), b in best_of.items()
    ]
    return {
        "network": run.network.name,
        "findings": sentences,
        "tables": [vars(Table("Smallest error of each difference", header, rows))],
        "best": best,
    }


def _best(table: pd.DataFrame) -> list[dict[str, Any]]:
    groups = table.groupby(["case", "model", "estimator"], sort=False)
    return [rows.loc[rows["one_minus_pearson"].idxmin()].to_dict() for _, rows in groups]


def figures(run: Run, made: dict[str, pd.DataFrame]) -> list[Figure]:
    """Error against step, a diagram a case."""
    cases = run.settings.cases
    figure, axes = drawing(1, len(cases), 5.6 * len(cases) + 1, 4.4, share_y=True)
    for ax, case in zip(axes[0], cases, strict=True):
        curves = []
        for colour, model in zip(COLOURS, run.settings.models, strict=False):
            for dashes, estimator in zip(("-", "--"), run.settings.estimators, strict=False):
                table = made["table"]
                rows = table[(table["case"] == case) & (table["model"] == model) & (table["estimator"] == estimator)]
                error = rows["one_minus_pearson"].to_numpy()
                name = f"{model}, {'one-sided' if estimator == 'finite-difference' else 'central'}"
                curves.append(Curve(rows["step"].to_numpy(), np.where(error > 0, error, np.nan), name, colour, dashes))
        logarithmic(ax, curves, "step in E·A (N)", "1 − Pearson correlation", case)
    return [
        Figure(
            "error-against-step",
            "Curvature on the right, rounding on the left, and a narrow best step between",
            "1 − Pearson correlation of finite-difference gradients with the model's own exact gradient.",
            figure,
        )
    ]
