"""The study of the reality gap."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Annotated, Any, ClassVar, Self

import pandas as pd
from pydantic import Field, model_validator

from femnn.config.settings import one_of
from femnn.errors import ConfigError
from femnn.insitu.belonging import published_difference
from femnn.insitu.estimators import ESTIMATORS
from femnn.insitu.fitting import Fitting
from femnn.measured.comparison.displacement_agreement import DisplacementAgreement, displacement_agreement
from femnn.measured.published import LATTICE, published_displacements
from femnn.mechanics.models import SPRINGS
from femnn.network.network import Network
from femnn.study.api import Bench, Content, Listed, ModelName, Point, Results, Value
from femnn.study.behaviour_tables import output_ratio, output_rows
from femnn.study.layout import Layout, framed
from femnn.study.learning_study import BehavioursStudy
from femnn.study.training_tables import bond_rows, epochs_table, skipped_findings, skipped_table
from femnn.training.gap import relative_gap, steps_to_close
from femnn.training.gradient_sources import EXACT
from femnn.training.trainer import record
from femnn.training.training_settings import TrainingSettings

from . import report
from .report import BEFORE, OWN, TUNED

type SourceName = Annotated[str, one_of("gradient", [EXACT, *ESTIMATORS])]

SCALELESS: dict[str, Any] = {"name": "adam", "learning_rate": 0.02, "offset": 1e-20, "schedule": {"name": "cosine"}}
"""Optimiser on networks other than that of the settings: its steps do not depend on the size of the loss (m²)."""
KEYS = ["behaviour", "model", "stage", "source"]


class Transfer(BehavioursStudy):
    """From springs to print

    Widths are trained on ideal springs and then printed. How far is the lattice off, as beams, as a solid and as
    measured, and how many steps of training on the lattice itself close the gap?

    Springs are trained first, as in the study "behaviour". Their widths w = k·L/(E·t) are realised in beams and in a
    solid with thinned ends; there the outputs and the loss are read. Then training goes on there, by exact gradients
    and by gradients that are measured with camera errors, until the loss is that of the model's own optimum.
    """

    for_network: ClassVar = (*BehavioursStudy.for_network, "tuning.adjoint_force")
    units: ClassVar = {"displacement": "m", "wanted": "m", "stiffness": "N/m", "width": "m"}
    tables: ClassVar = {
        "table": Layout(
            [*KEYS, "output", "displacement", "wanted", "loss", "gap"], [*KEYS, "output"], ["displacement", "wanted"]
        ),
        "measured": Layout(["model", "experiment", "output", "displacement", "measured", "deviation", "score"]),
        "widths": Layout([*KEYS, "bond", "stiffness", "width"], [*KEYS, "bond"], ["stiffness", "width"]),
    }

    first: ModelName = SPRINGS
    """Model that is trained first, and whose widths the others are given."""
    sources: Listed[SourceName] = Field(min_length=1)
    """Where the gradients of the training on the model come from: "exact", or estimators."""
    tuning: TrainingSettings = Field(default_factory=TrainingSettings)
    """How training goes on on the model; its ``gradient`` is each of the sources."""
    tolerance: float = Field(default=0.01, gt=0, lt=1)
    """Gap, as a share of what training gains, that counts as closed."""
    compared: str = ""
    """The behaviour whose displacements are compared with those that Li & Mao (2024) measured; none where empty."""

    @model_validator(mode="after")
    def _two_outputs_are_compared(self) -> Self:
        if self.compared and len(self.known_behaviour(self.compared).outputs) != 2:
            raise ValueError(f"compared is {self.compared!r}, which needs two outputs as those that were measured")
        return self

    def fitted(self, fitting: Fitting) -> Self:
        """Return the settings for the network of the run; what was published is compared on the published one alone."""
        settings, name = super().fitted(fitting), fitting.network.name
        changed: dict[str, Any] = {}
        if not fitting.carries(self.first):
            if "first" in self.model_fields_set:
                fitting.require([self.first], "first")
            changed["first"] = settings.models[0]
            fitting.note(f"first: {changed['first']}, as {self.first} cannot carry {name}.")
        rate = getattr(self.tuning.optimiser, "learning_rate", None)
        if fitting.unsuited and self.tuning.optimiser.name == "sgd" and not fitting.given("tuning.optimiser"):
            changed["tuning"] = settings.tuning.changed(optimiser=SCALELESS)
            fitting.note(
                f"tuning.optimiser: the learning rate {rate:.3g} of sgd suits losses on {self.written_for}; adam takes "
                f"its place on {name}, with steps of {SCALELESS['learning_rate']} of the range of k."
            )
        other = published_difference(fitting.network, LATTICE) if self.compared else None
        if other is not None:
            if not fitting.foreign or fitting.given("compared"):
                raise ConfigError(
                    f"compared = {self.compared!r} is for the lattice that Li & Mao (2024) measured, and {name} is "
                    f"another network ({other}); leave compared out."
                )
            fitting.note(f"compared: nothing was measured on {name} ({other}), and nothing is compared.")
            changed["compared"] = ""
        return settings.model_copy(update=changed)

    @property
    def firsts(self) -> str:
        """What bonds of the first model are called."""
        return self.first if "-" in self.first else f"{self.first}s"

    @property
    def given(self) -> str:
        """The stage of the widths that the first model was trained to, "springs' widths"."""
        return f"{self.firsts}{"'" if self.firsts.endswith('s') else "'s"} widths"

    def check(self, network: Network) -> None:
        """Check behaviours against the network, and sources against the training on the model."""
        super().check(network)
        for source in self.sources:
            self.tuning.changed(gradient=source)

    def points(self) -> Iterator[Point]:
        """Every behaviour on every model by every source of gradients."""
        for behaviour, model, source in product(self.behaviours, self.models, self.sources):
            values = {"behaviour": behaviour, "model": model, "source": source}
            yield Point(values, [model], [self._realised(behaviour, model)])

    def _realised(self, behaviour: str, model: str) -> Point:
        """What all sources of a behaviour and a model need; it needs the first model trained to the behaviour."""
        first = Point({"trained first": behaviour}, [self.first])
        return Point({"behaviour": behaviour, "realised in": model}, [model], [first])

    def share(self, bench: Bench, point: Point) -> Iterator[Value]:
        """Train the first model; or read its widths in a model, beside that model's own optimum."""
        if not point.needs:
            yield Value("stiffness", self.train(bench, point["trained first"], self.first, self.firsts).stiffness)
            return
        behaviour, model = point["behaviour"], point["realised in"]
        given = own = bench.shared(point.needs[0])["stiffness"]
        if model != self.first:
            # From the widths of the first model on, so that it is no worse than they are
            own = self.train(bench, behaviour, model, f"{model}-own", stiffness=given).stiffness
        stages: dict[str, dict[str, Any]] = {}
        for stage, k in {BEFORE: bench.network.stiffness, self.given: given, OWN: own}.items():
            U, loss = self.answer(bench, behaviour, model, k)
            outputs = output_rows(bench.network, self.behaviour[behaviour], U)
            stages[stage] = {"stiffness": k, "outputs": outputs, "loss": loss}
        for data in stages.values():
            data["gap"] = relative_gap(data["loss"], stages[BEFORE]["loss"], stages[OWN]["loss"])
        yield Value("stages", stages)

    def measure(self, bench: Bench, point: Point) -> Iterator[Value]:
        """Train a model on from the widths of the first, by one source, unless there is nothing to gain."""
        behaviour, model, source = point["behaviour"], point["model"], point["source"]
        stages = bench.shared(point.needs[0])["stages"]
        given, start, least = stages[self.given], stages[BEFORE]["loss"], stages[OWN]["loss"]
        # Not a number where training gains nothing
        if not given["gap"] > self.tolerance:
            yield Value("steps", 0)
            return
        tuning = self.tuning.changed(gradient=source)
        history = self.train(bench, behaviour, model, f"{model}-{source}", tuning, given["stiffness"])
        gaps = [relative_gap(loss, start, least) for loss in history.epochs["training_loss"]]
        outputs = output_rows(bench.network, self.behaviour[behaviour], history.displacements[0])
        ended = {"outputs": outputs, "loss": history.final("training_loss"), "gap": gaps[-1]}
        yield Value("tuned", {"history": record(history), "gaps": gaps, "stiffness": history.stiffness} | ended)
        yield Value("steps", steps_to_close(gaps, self.tolerance))

    def derived(self, results: Results) -> Iterator[tuple[str, pd.DataFrame]]:
        """Outputs and widths by stage, and beside what was measured; epochs and skipped samples of trainings."""
        outputs, widths = [], []
        for behaviour, model, shared, by_source in self._transfers(results):
            stages = [(name, "", stage) for name, stage in shared.items()]
            stages += [(TUNED, source, own["tuned"]) for source, own in by_source.items() if "tuned" in own]
            for name, source, stage in stages:
                key = dict(zip(KEYS, (behaviour, model, name, source), strict=True))
                outputs += [key | row | {"loss": stage["loss"], "gap": stage["gap"]} for row in stage["outputs"]]
                widths += [key | row for row in bond_rows(results.network, stage["stiffness"])]
        measured = [{"model": model} | row for model, own in self._agreements(results).items() for row in own.rows()]
        for name, rows in (("table", outputs), ("measured", measured), ("widths", widths)):
            yield name, framed(rows, self.tables[name])
        yield "history", epochs_table(results)
        yield "skipped", skipped_table(results)

    def _transfers(self, results: Results) -> Iterator[tuple[str, str, dict[str, Any], dict[str, Any]]]:
        """Behaviour, model, the stages that all sources share, and what was measured by source."""
        for behaviour, model in product(self.behaviours, self.models):
            stages = results.shared(self._realised(behaviour, model)).get("stages")
            own = [(p["source"], values) for p, values in results if (p["behaviour"], p["model"]) == (behaviour, model)]
            if stages:
                yield behaviour, model, stages, dict(own)

    def _gaps(self, results: Results) -> Iterator[dict[str, Any]]:
        """Behaviour by behaviour and model by model: outputs (m), their ratio, the gap, and steps by source."""
        for behaviour, model, stages, by_source in self._transfers(results):
            outputs = {name: [row["displacement"] for row in stage["outputs"]] for name, stage in stages.items()}
            ended = {source: own for source, own in by_source.items() if "steps" in own}
            yield {
                "behaviour": behaviour,
                "model": model,
                "outputs": outputs,
                "ratio": {name: output_ratio(u) for name, u in outputs.items()},
                "gap": stages[self.given]["gap"],
                "steps": {source: own["steps"] for source, own in ended.items()},
                "left": {source: own.get("tuned", stages[self.given])["gap"] for source, own in ended.items()},
            }

    def _agreements(self, results: Results) -> dict[str, DisplacementAgreement]:
        """Each model beside what was measured; none but on the published lattice, which has widths of springs.

        The model of the mirror image is the mirror image of the model.
        """
        if self.first != SPRINGS or published_difference(results.network, LATTICE) is not None:
            return {}
        measured = published_displacements()
        stages = {name: BEFORE if name == "initial" else self.given for name in measured}
        return {
            row["model"]: displacement_agreement({n: row["outputs"][at] for n, at in stages.items()}, measured)
            for row in self._gaps(results)
            if row["behaviour"] == self.compared
        }

    def report(self, results: Results) -> Iterator[Content | Iterator[Content]]:
        """What was measured beside the models, and the gap with the steps that close it."""
        agreements, gaps = self._agreements(results), list(self._gaps(results))
        yield report.beside_print(agreements, self.seed)
        yield report.gaps(self, gaps)
        yield from skipped_findings(results)
        yield report.planes(self, gaps)
        yield report.steps(self, results)
        yield report.lattice(self, results)
