"""How small a step should a finite difference take?

The gradient of every bond by one-sided and central differences in its stiffness, against the exact adjoint gradient of
the same model: too large a step shows curvature, too small a one shows rounding.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Literal, Self

import numpy as np
import pandas as pd
import xarray as xr
from pydantic import Field, TypeAdapter, model_validator

from femnn.errors import ConvergenceError
from femnn.insitu.bench import ExperimentBench
from femnn.insitu.estimator_kinds import EstimatorInputs
from femnn.insitu.estimators import ESTIMATORS
from femnn.insitu.metrics import METRICS
from femnn.insitu.relative_loads import Step, StiffnessShare
from femnn.insitu.sweeps import Steps
from femnn.network.identity import is_li2024
from femnn.network.network import Network
from femnn.report.figure import Figure
from femnn.report.plots import COLOURS, Curve, drawing, logarithmic
from femnn.report.texts import Table, number
from femnn.runtime.stack import MPI
from femnn.study.study import Outcome, Point, Run
from femnn.study.study_settings import CaseSettings, Listed, ModelName

TITLE = "How small a step should a finite difference take?"
QUESTION = (
    "A finite difference needs a forward solve for every bond, where the adjoint needs one solve for all of them. "
    "How accurate can it be, and at which step?"
)
UNITS = {"step": "N"}


LI2024_STEPS = {"from": "1e-10 N", "to": "1e-2 N", "count": 49}
RELATIVE_STEPS = {"from": 1e-10, "to": 1e-2, "count": 49, "relative_to": "stiffness"}


class Settings(CaseSettings):
    """Settings of the study."""

    for_network: ClassVar[tuple[str, ...]] = ("steps",)

    models: Listed[ModelName] = Field(min_length=1)
    estimators: Listed[Literal["finite-difference", "central-difference"]] = Field(min_length=1)
    steps: Steps | None = Field(default=None, min_length=1)
    """Steps in E·A (N), by which the stiffness of a bond of length L moves by step/L; or shares of each bond's
    stiffness. Where None, those in newtons that suit the lattice of Li & Mao (2024), and shares on other networks."""

    @model_validator(mode="after")
    def _of_one_kind(self) -> Self:
        if len({isinstance(step, StiffnessShare) for step in self.steps or []}) > 1:
            raise ValueError("steps are either all in newtons or all relative to the stiffness")
        return self

    def resolved(self, network: Network, comm: MPI.Comm) -> Self:
        """The same with steps."""
        if self.steps is not None:
            return self
        steps = TypeAdapter(Steps).validate_python(LI2024_STEPS if is_li2024(network) else RELATIVE_STEPS)
        return self.model_copy(update={"steps": steps})


@dataclass(frozen=True)
class Bench:
    """What the study measures with."""

    settings: Settings
    experiments: ExperimentBench


def prepare(settings: Settings, network: Network, comm: MPI.Comm) -> Bench:
    """Check every case against the network; models are built when first needed."""
    settings.check_cases(network)
    return Bench(
        settings,
        ExperimentBench(network, comm, settings.solver.resolved(), settings.loading, models=settings.models_by_name()),
    )


def points(settings: Settings) -> list[Point]:
    """For each case, model and estimator: each step."""
    return [
        {"case": case, "model": model, "estimator": estimator} | _named(step)
        for case in settings.cases
        for model in settings.models
        for estimator in settings.estimators
        for step in settings.steps or []
    ]


def _named(step: Step) -> Point:
    """The step of a point: in newtons, or as a share."""
    return {"share": step.share} if isinstance(step, StiffnessShare) else {"step": step}


def measure(bench: Bench, point: Point, generator: np.random.Generator) -> Outcome:
    """Error of one finite difference against the exact gradient."""
    case = bench.settings.case[point["case"]]
    experiment = bench.experiments.experiment(point["model"], case)
    relative = "share" in point
    step = StiffnessShare(share=point["share"], relative_to="stiffness") if relative else point["step"]
    try:
        inputs = EstimatorInputs(experiment, None, step, step)
        gradient = ESTIMATORS[point["estimator"]](inputs, 1.0)
        return Outcome({name: metric(gradient, experiment.exact_gradient) for name, metric in METRICS.items()})
    except ConvergenceError as error:
        size = f"{point['share']:.3g} of the stiffness" if relative else f"{point['step']:.3g} N"
        return Outcome({}, [f"case {point['case']}, model {point['model']}, step {size}: {error}"])


def tables(run: Run) -> dict[str, pd.DataFrame]:
    """``table``: one row a step; of relative ones ``step`` is that share of the mean E·A, and ``share`` follows."""
    area = float((run.network.stiffness * run.network.lengths).mean())
    rows = [
        point | ({"step": area * point["share"]} if "share" in point else {}) | outcome.data
        for point, outcome in run.outcomes
        if outcome.data
    ]
    columns = ["case", "model", "estimator", "step", *METRICS, *(["share"] if _relative(run) else [])]
    return {"table": pd.DataFrame(rows, columns=columns)}


def _relative(run: Run) -> bool:
    """Whether steps are shares of the stiffness."""
    return any(isinstance(step, StiffnessShare) for step in run.settings.steps)


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
            _size(b),
        ]
        for b in best
    ]
    header = ["case", "model", "difference", "1 − Pearson", "relative L2", "step" if _relative(run) else "step in E·A"]
    best_of = {
        key: min((b for b in best if (b["model"], b["estimator"]) == key), key=lambda b: b["one_minus_pearson"])
        for key in dict.fromkeys((b["model"], b["estimator"]) for b in best)
    }
    sentences = [
        f"{model}, {estimator}: 1 − Pearson gets down to {number(b['one_minus_pearson'], 2)}, at a step of "
        f"{_size(b, 2)} (case {b['case']})."
        for (model, estimator), b in best_of.items()
    ]
    return {
        "network": run.network.name,
        "findings": sentences,
        "tables": [vars(Table("Smallest error of each difference", header, rows))],
        "best": best,
    }


def _size(entry: dict[str, Any], digits: int = 3) -> str:
    """A step for a reader."""
    if "share" in entry:
        return f"{number(entry['share'], digits)} of the stiffness"
    return f"{number(entry['step'], digits)} N"


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
                size = rows["share" if _relative(run) else "step"].to_numpy()
                curves.append(Curve(size, np.where(error > 0, error, np.nan), name, colour, dashes))
        label = "step as a share of each bond's stiffness" if _relative(run) else "step in E·A (N)"
        logarithmic(ax, curves, label, "1 − Pearson correlation", case)
    return [
        Figure(
            "error-against-step",
            "Error of finite differences against the step",
            "1 − Pearson correlation of finite-difference gradients with the model's own exact gradient.",
            figure,
        )
    ]
