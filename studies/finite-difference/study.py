"""The study of steps of finite differences."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Any, ClassVar, Literal, Self

import numpy as np
import pandas as pd
from pydantic import Field, TypeAdapter, model_validator

from femnn.insitu.estimator_kinds import EstimatorInputs
from femnn.insitu.estimators import ESTIMATORS
from femnn.insitu.metrics import METRICS
from femnn.insitu.relative_loads import Step, StiffnessShare
from femnn.insitu.sweeps import Steps
from femnn.network.identity import is_li2024
from femnn.network.network import Network
from femnn.report.colours import colour_of
from femnn.report.figure import Figure, log_panel
from femnn.report.marks import Curve
from femnn.report.texts import number
from femnn.runtime.stack import MPI
from femnn.study.api import Bench, Content, Finding, Headline, Layout, Listed, ModelName, Point, Results, Row, table
from femnn.study.case_study import CaseStudy

LI2024_STEPS = {"from": "1e-10 N", "to": "1e-2 N", "count": 49}
RELATIVE_STEPS = {"from": 1e-10, "to": 1e-2, "count": 49, "relative_to": "stiffness"}
KEYS = ["case", "model", "estimator", "step"]
SHOWN = {"finite-difference": ("one-sided", "-"), "central-difference": ("central", "--")}
"""Names and dashes of the differences in figures."""
IN_NEWTONS = "step in E·A (N)"


class FiniteDifference(CaseStudy):
    """How small a step should a finite difference take?

    A finite difference needs a forward solve for every bond, where the adjoint needs one solve for all of them. How
    accurate can it be, and at which step?

    The gradient of every bond by one-sided and central differences in its stiffness is held against the exact adjoint
    gradient of the same model: too large a step shows curvature, too small a one shows rounding.
    """

    for_network: ClassVar = ("steps",)
    units: ClassVar = {"step": "N"}
    tables: ClassVar = {
        "table": Layout([*KEYS, *METRICS, "share"], KEYS, [*METRICS]),
    }

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

    @property
    def relative(self) -> bool:
        """Whether steps are shares of the stiffness."""
        return any(isinstance(step, StiffnessShare) for step in self.steps or [])

    def points(self) -> Iterator[Point]:
        """Each step, for each case, model and estimator."""
        for case, model, estimator, step in product(self.cases, self.models, self.estimators, self.steps or []):
            size = {"share": step.share} if isinstance(step, StiffnessShare) else {"step": step}
            yield Point({"case": case, "model": model, "estimator": estimator} | size, [model])

    def measure(self, bench: Bench, point: Point) -> Iterator[Row]:
        """Error of one finite difference against the exact gradient."""
        experiment = bench.experiment(point["model"], self.case[point["case"]])
        share = point.get("share")
        step: Step = point["step"] if share is None else StiffnessShare(share=share, relative_to="stiffness")
        gradient = ESTIMATORS[point["estimator"]](EstimatorInputs(experiment, None, step, step), 1.0)
        area = float((bench.network.stiffness * bench.network.lengths).mean())
        # A relative step is tabulated as that share of the mean E·A, too
        shown = {} if share is None else {"step": area * share}
        yield Row(shown | {name: metric(gradient, experiment.exact_gradient) for name, metric in METRICS.items()})

    def derived(self, results: Results) -> Iterator[tuple[str, pd.DataFrame]]:
        """The table without shares where steps are in newtons."""
        if not self.relative:
            yield "table", results.table().drop(columns="share")

    def report(self, results: Results) -> Iterator[Content]:
        """The smallest error of each difference, and error against step."""
        groups = results.table().groupby(["case", "model", "estimator"], sort=False)
        best = [rows.loc[rows["one_minus_pearson"].idxmin()].to_dict() for _, rows in groups]
        for model, estimator in dict.fromkeys((b["model"], b["estimator"]) for b in best):
            own = [b for b in best if (b["model"], b["estimator"]) == (model, estimator)]
            least = min(own, key=lambda b: b["one_minus_pearson"])
            yield Finding(
                f"{model}, {estimator}: 1 − Pearson gets down to {number(least['one_minus_pearson'], 2)}, at a step of "
                f"{_size(least, 2)} (case {least['case']})."
            )
        yield self._errors(results)
        shown = [
            {"case": b["case"], "model": b["model"], "difference": b["estimator"]}
            | {"1 − Pearson": number(b["one_minus_pearson"]), "relative L2": number(b["relative_l2"])}
            | {"step" if self.relative else "step in E·A": _size(b)}
            for b in best
        ]
        yield table("Smallest error of each difference", shown)
        yield Headline("best", best)

    def _errors(self, results: Results) -> Figure:
        """Error against step, a panel a case."""
        column, label = ("share", "step as a share of each bond's stiffness") if self.relative else ("step", IN_NEWTONS)
        panels = []
        for case, own in results.table().groupby("case", sort=False):
            curves = []
            for (model, estimator), rows in own.groupby(["model", "estimator"], sort=False):
                (name, dashes), error = SHOWN[estimator], rows["one_minus_pearson"].to_numpy()
                curves.append(Curve(x=rows[column].to_numpy(), y=np.where(error > 0, error, np.nan), dashes=dashes,
                                    name=f"{model}, {name}", colour=colour_of(model, self.models)))  # fmt: skip
            panels.append(log_panel(curves, str(case), label, "1 − Pearson correlation", gap=0.052))
        return Figure(
            "error-against-step",
            "Error of finite differences against the step",
            "1 − Pearson correlation of finite-difference gradients with the model's own exact gradient.",
            [panels], (5.6 * len(panels) + 1, 4.4), share_y=True,
        )  # fmt: skip


def _size(entry: dict[str, Any], digits: int = 3) -> str:
    """A step for a reader."""
    share = entry.get("share")
    return f"{number(entry['step'], digits)} N" if share is None else f"{number(share, digits)} of the stiffness"
