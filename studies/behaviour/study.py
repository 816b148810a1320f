"""The study of behaviours."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

import numpy as np

from femnn.mechanics.carrying import carriers
from femnn.mechanics.models import SPRINGS
from femnn.report.colours import colour_of
from femnn.report.example_fields import fields_figure
from femnn.report.figure import Axis, Figure, Panel, grid
from femnn.report.marks import Curve
from femnn.report.stiffness_figures import AFTER, BEFORE, stiffness_figure
from femnn.study.behaviour_tables import output_ratio, output_rows, port_marks
from femnn.study.contents import Content, Headline
from femnn.study.layout import Layout
from femnn.study.learning_study import BehavioursStudy
from femnn.study.points import Point
from femnn.study.records import Measured, Row, Value
from femnn.study.results import Results
from femnn.study.study_bench import Bench
from femnn.study.training_tables import skipped_findings
from femnn.training.trainer import record

from .answers import answers, finding, tables

NEARLY = 1e-4
"""Share of its range within which a stiffness counts as being at its bound."""


class Behaviour(BehavioursStudy):
    """Learning a behaviour

    A lattice is loaded, and some of its nodes are to move as is wanted. How far does training get, model by model, and
    how far do widths go that were trained on ideal springs?

    Every model is trained by its own exact gradients. Beside what it reaches stands what it does with the widths that
    ideal springs were trained to: the difference is what training on the wrong model costs.
    """

    units: ClassVar = {"displacement": "m", "wanted": "m", "stiffness": "N/m", "width": "m"}
    tables: ClassVar = {
        "table": Layout(
            ["behaviour", "model", "stage", "output", "displacement", "wanted", "loss"],
            ["behaviour", "model", "stage", "output"],
            ["displacement", "wanted"],
        ),
        "stiffness": Layout([], ["behaviour", "model", "bond"], ["stiffness", "width"]),
    }

    def points(self) -> Iterator[Point]:
        """Every behaviour on every model; all of them need springs that are trained to it."""
        for behaviour in self.behaviours:
            springs = Point({"trained springs": behaviour}, [SPRINGS])
            for model in self.models:
                yield Point({"behaviour": behaviour, "model": model}, [model], [springs])

    def share(self, bench: Bench, point: Point) -> Iterator[Value]:
        """Train springs to a behaviour; nothing comes of a network that they do not carry."""
        if carriers({SPRINGS: self.models_by_name()[SPRINGS]}, bench.network):
            yield Value("history", record(self.train(bench, point["trained springs"], SPRINGS, SPRINGS)))

    def measure(self, bench: Bench, point: Point) -> Iterator[Measured]:
        """Train a model to a behaviour; read it before, after, and with the widths of trained springs."""
        behaviour, model = point["behaviour"], point["model"]
        springs: dict[str, Any] | None = bench.shared(point.needs[0]).get("history")
        shared = springs if model == SPRINGS else None
        history = shared or record(self.train(bench, behaviour, model, model))
        yield Value("history", history)
        trained = np.array(history["stiffness"])
        stiffness = {"before": bench.network.stiffness, "trained": trained}
        if springs is not None:
            stiffness["as springs"] = np.array(springs["stiffness"])
        for stage, k in stiffness.items():
            U, loss = self.answer(bench, behaviour, model, k)
            for row in output_rows(bench.network, self.behaviour[behaviour], U):
                yield Row({"stage": stage, "loss": loss} | row)
        task = self.behaviour[behaviour].task(bench.network)
        solver = bench.trainer.solver(model, bench.trainer.held_for(task))
        solver.structure.set_stiffness(trained)
        state = solver.forward(task.forces[0], None, task.moved(0))
        pull = -task.loss.derivative(state.displacements)
        adjoint = solver.response(state, [pull])[0]
        fields = {"force": task.forces[0], "forward": state.displacements, "adjoint_force": pull, "adjoint": adjoint}
        yield Value("fields", fields)

    def report(self, results: Results) -> Iterator[Content | Iterator[Content]]:
        """What each model reaches, and with the widths of trained springs."""
        rows = list(self._reached(results))
        for row in rows:
            yield finding(row, self.behaviour[row["behaviour"]], results.network)
        yield from skipped_findings(results)
        yield tables(rows, self.behaviour)
        yield Headline("trained", rows)
        yield answers(rows, self.behaviour)
        yield self._losses(results)
        yield self._lattices(results)
        yield self._fields(results)

    def _reached(self, results: Results) -> Iterator[dict[str, Any]]:
        """Displacements (m), their ratio and the loss, by stage, of every model that was trained."""
        lower, upper = results.network.stiffness_bounds
        by_point = results.table().groupby(["behaviour", "model"], sort=False)
        for point, history in results.values("history"):
            place = point["behaviour"], point["model"]
            stages = (
                dict(iter(by_point.get_group(place).groupby("stage", sort=False))) if place in by_point.groups else {}
            )
            if "trained" not in stages:
                continue
            k = np.array(history["stiffness"])
            ratios = {stage: output_ratio(own["displacement"].tolist()) for stage, own in stages.items()}
            yield {
                **point.values,
                "displacements": {
                    s: dict(zip(own["output"], own["displacement"], strict=True)) for s, own in stages.items()
                },
                # There is none of other numbers of outputs, or of one that does not move
                **({} if any(map(np.isnan, ratios.values())) else {"ratio": ratios}),
                "loss": {stage: own["loss"].iloc[0] for stage, own in stages.items()},
                "bonds_at_bounds": int((np.minimum(k - lower, upper - k) <= NEARLY * (upper - lower)).sum()),
                "evaluations": history["steps"],
            }

    def _losses(self, results: Results) -> Iterator[Figure]:
        """Loss against evaluations, a panel a behaviour."""
        panels: list[Panel] = []
        for behaviour, rows in results.table("history").groupby("behaviour", sort=False):
            marks = []
            for model, own in rows.groupby("model", sort=False):
                x, loss, colour = (
                    own["epoch"].to_numpy(),
                    own["training_loss"].to_numpy(),
                    colour_of(model, self.models),
                )
                # Not a number where there is no equilibrium: the smallest so far is that of the others
                marks += [Curve(x=x, y=loss, colour=colour, width=0.7, opacity=0.6),
                          Curve(x=x, y=np.fmin.accumulate(loss), colour=colour, keys=[model])]  # fmt: skip
            label = "" if len(panels) % 3 else "loss"
            panels.append(Panel(marks, behaviour, Axis("evaluation", grid=True), Axis(label, grid=True)))
        if not panels:
            return
        rows_of_panels = grid(panels, 3)
        yield Figure(
            "losses",
            "How training gets there",
            "Against evaluations of loss and gradient. Thin: the loss at each of them, where a line search may go too "
            "far; thick: the smallest so far.",
            rows_of_panels,
            (3.4 * len(rows_of_panels[0]), 0.4 + 2.8 * len(rows_of_panels)),
            legend=[Curve(name=model, colour=colour_of(model, self.models)) for model in self.models],
            legend_columns=len(self.models),
        )

    def _lattices(self, results: Results) -> Iterator[Figure]:
        """Stiffness before and after training to the first behaviour, of each model."""
        name, network = self.behaviours[0], results.network
        for point, history in results.values("history"):
            if point["behaviour"] == name:
                yield stiffness_figure(
                    f"lattice-{point['model']}",
                    f"{point['model'].capitalize()}: which bonds become stiff, behaviour “{name}”",
                    "Stiffness of every bond before and after training, as width and shade of its line.",
                    network,
                    {BEFORE: network.stiffness, AFTER: np.array(history["stiffness"])},
                    *port_marks(network, self.behaviour[name]),
                )

    def _fields(self, results: Results) -> Iterator[Figure | None]:
        """Forward and adjoint field of the last model that was trained to the first behaviour."""
        shown = [(point, fields) for point, fields in results.values("fields")]
        own = [each for each in shown if each[0]["behaviour"] == shown[0][0]["behaviour"]]
        for point, fields in own[-1:]:
            yield fields_figure(
                f"Forward and adjoint field of the trained {point['model']}, behaviour “{point['behaviour']}”",
                "True elongation of every bond, red for longer. The adjoint force is drawn at the size of the load.",
                results.network,
                fields,
                at_size_of_load=True,
            )
