"""The study of regression."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import suppress
from itertools import product
from typing import Annotated, Any, ClassVar, Self

import numpy as np
import pandas as pd
from pydantic import Field, model_validator

from femnn.config.limits_of_input import MOST
from femnn.config.quantities import Length
from femnn.config.settings import Settings, require_known
from femnn.insitu.fitting import Fitting
from femnn.losses import SquaredError
from femnn.mechanics.models import SPRINGS
from femnn.network.network import Floats, Network
from femnn.report.example_fields import first_gradient_figure
from femnn.report.figure import Figure
from femnn.report.stiffness_figures import stiffness_figure
from femnn.study.api import Bench, Content, Headline, Layout, Listed, Measured, Point, Results, Row, Value, found
from femnn.study.learning_study import LearningStudy
from femnn.study.training_tables import skipped_findings
from femnn.training.adjoint_fields import adjoint_fields
from femnn.training.port_settings import own_regression
from femnn.training.reachable_loss import smallest_found, unreachable
from femnn.training.task import Task
from femnn.training.tasks import RegressionSettings
from femnn.training.tasks.ports import outputs_of
from femnn.training.trainer import record
from femnn.training.variant import Variant

from . import report

KEYS = ["variant", "noise", "model", "run"]
MOST_SHOWN = 2
"""Ways to train of which lattices and predictions are drawn."""


class PublishedLoss(Settings):
    """A final training loss to compare with."""

    noise: Annotated[Length, Field(ge=0)]
    """Standard deviation of the errors of the displacements wanted (m)."""
    loss: float = Field(gt=0)


class Published(Settings):
    """Final training losses to compare with."""

    losses: tuple[PublishedLoss, ...] = ()


class Regression(LearningStudy):
    """Regression

    One force on the lattice, four displacements wanted in proportion to it: how small a loss does training reach, and
    is it the optimiser, the errors of the targets, or the range of the widths that sets the limit?

    Springs are trained by their exact gradients, with the optimiser as published and with others, with targets as they
    are and with errors on them, and with the widths that the printed bonds may have and with wider ones. Beside the
    losses reached stands what widths allow at all: no optimiser goes below that.

    A final training loss is given in two ways. ``training_loss`` is the mean of ½ Σ (U − wanted)² over the training
    samples. ``loss_as_published`` is the mean over the batches of an epoch of what the optimiser is given, the sum over
    a batch divided by ``training.divisor``; where the last batch is smaller than the divisor it is below the first.
    """

    units: ClassVar = {"noise": "m", "stiffness": "N/m", "width": "m"}
    tables: ClassVar = {
        "table": Layout(
            [*KEYS, "training_loss", "test_loss", "accuracy", "loss_as_published", "loss_of_errors", "published",
             "epochs_to_published", "epochs"],
            KEYS, ["training_loss", "test_loss", "accuracy", "loss_as_published"],
        ),
        "stiffness": Layout([], [*KEYS, "bond"], ["stiffness", "width"]),
        "predictions": Layout([*KEYS, "stage", "sample", "output", "wanted", "displacement"]),
        "reach": Layout(["share", "found", "unreachable"]),
    }  # fmt: skip

    task: RegressionSettings
    runs: int = Field(default=5, ge=1, le=MOST)
    """Trainings of each kind, with seeds from ``seed`` on: of the samples, of their errors and of the batches."""
    noises: Listed[Length] = Field(default=[0.0], min_length=1)
    """Standard deviations of errors that are added to the displacements wanted (m)."""
    variants: Listed[str] = Field(min_length=1)
    """Names of the ways to train."""
    variant: dict[str, Variant]
    """Ways to train by name."""
    reach: Listed[Annotated[float, Field(gt=0, lt=1)]] = Field(default=[])
    """Ranges of the widths, as shares of each width to both sides, whose smallest loss is sought."""
    published: Published = Published()

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        require_known("variant", self.variants, self.variant)
        if min(self.noises) < 0:
            raise ValueError("noises are standard deviations and cannot be below 0")
        if self.task.noise > 0:
            raise ValueError("give the errors of the targets in noises, and leave out task.noise")
        if self.reach and self.task.data is not None:
            raise ValueError("reach needs a force that is drawn by chance; leave it out with task.data")
        return self

    def fitted(self, fitting: Fitting) -> Self:
        """Return the settings for the network of the run, with a task of its own ports where theirs is of another."""
        settings, changed = super().fitted(fitting), dict[str, Any]()
        changed["task"] = own_regression(fitting, self.task, "[task]", "task")
        if changed["task"] is not self.task and not fitting.given("published"):
            changed["published"] = Published()
        if self.reach and fitting.lacks_springs("reach", "left out, as it is that of springs, which"):
            changed["reach"] = []
        return settings.model_copy(update=changed)

    def check(self, network: Network) -> None:
        """Check task and widths against the network, and every variant against the usual way to train."""
        self._task(network, self.noises[0], 0)
        for name in self.variants:
            self.variant[name].network(network)
            self.variant[name].training(self.training)

    def published_loss(self, noise: float) -> float | None:
        """Return the loss to compare with at errors of a size (m); None where there is none."""
        known = (each.loss for each in self.published.losses if math.isclose(each.noise, noise, abs_tol=1e-12))
        return next(known, None)

    def points(self) -> Iterator[Point]:
        """Every training, and every range of widths."""
        for variant, noise, model, run in product(self.variants, self.noises, self.models, range(self.runs)):
            values = {"variant": variant, "noise": noise, "model": model, "run": run}
            yield Point(values, [model], network=variant)
        for share in self.reach:
            yield Point({"reach": share}, [SPRINGS], network=f"{share}")

    def measure(self, bench: Bench, point: Point) -> Iterator[Measured]:
        """Train a model, or see what a range of widths allows."""
        return self._reached(bench, point["reach"]) if "reach" in point.values else self._trained(bench, point)

    def _trained(self, bench: Bench, point: Point) -> Iterator[Measured]:
        variant, noise, model, run = (point[key] for key in KEYS)
        trainer, training = bench.trainer, self.variant[variant].training(self.training)
        network = bench.once(("network", variant), lambda: self.variant[variant].network(bench.network))
        task, exact = self._task(network, noise, run), self._task(network, 0.0, run)
        # By number: two names of variants may become one where a folder's name cannot hold all their characters
        name = f"{self.variants.index(variant)}-{self.noises.index(noise)}-{model}-{run}"
        history = trainer.train(model, task, training, self.seed + run, name, network=network)
        yield Value("history", record(history))
        errors = (_wanted(task) - _wanted(exact))[task.training]
        epochs, losses = (history.epochs[name] for name in ("epoch", "training_loss"))
        loss, published = losses[-1], self.published_loss(noise)
        reached = [epoch for epoch, each in zip(epochs, losses, strict=True) if each <= (published or 0)]
        yield Row({
            "training_loss": loss, "test_loss": history.final("test_loss"), "accuracy": history.final("test_accuracy"),
            "loss_as_published": loss * self.training.divided_share(len(task.training)),
            "loss_of_errors": float(np.mean(0.5 * np.sum(errors**2, axis=1))),
            "published": published,
            "epochs_to_published": next(iter(reached), math.nan), "epochs": epochs[-1],
        })  # fmt: skip
        before = trainer.displacements(model, task, network.stiffness, network)
        yield from self._predictions(task, {"before": before, "trained": history.displacements})
        if run == 0:
            # Training goes on without a sample that has no equilibrium, and so do the figures
            with suppress(*self.expected_errors):
                solver = trainer.solver(model, trainer.held_for(task, network))
                yield Value("example", adjoint_fields(solver, task, network.stiffness, as_asked=True))

    def _predictions(self, task: Task, answers: dict[str, Floats]) -> Iterator[Row]:
        """Displacements of the outputs of all test samples (m), beside those wanted."""
        names = [f"node {output.node} {output.component}" for output in self.task.outputs]
        for stage, displacements in answers.items():
            answered = outputs_of(displacements[task.test], task.loss.reads)
            for sample, *each in zip(task.test, _wanted(task)[task.test], answered, strict=True):
                for name, wanted, value in zip(names, *each, strict=True):
                    place = {"stage": stage, "sample": sample + 1, "output": name}
                    yield Row(place | {"wanted": wanted, "displacement": value}, "predictions")

    def _reached(self, bench: Bench, share: float) -> Iterator[Row]:
        trainer, width = bench.trainer, bench.network.sections.width
        network = bench.network.with_width_bounds((1 - share) * width, (1 + share) * width)
        task = self._task(network, 0.0, 0)
        loss, k = smallest_found(trainer, task, network, self.seed, f"reach-{self.reach.index(share)}")
        bound = unreachable(trainer, self.task, task, network, k)
        yield Row({"share": share, "found": loss, "unreachable": bound}, "reach")

    def _task(self, network: Network, noise: float, run: int) -> Task:
        return self.task.model_copy(update={"noise": noise}).task(network, self.seed + run)

    def derived(self, results: Results) -> Iterator[tuple[str, pd.DataFrame]]:
        """What trainings say of themselves, and ranges of the widths from the narrowest to the widest."""
        yield from super().derived(results)
        yield "reach", results.table("reach").sort_values("share")

    def report(self, results: Results) -> Iterator[Content | Iterator[Content]]:
        """Losses reached over the seeds, how they compare with published ones, and what widths allow."""
        table, ranges = results.table(), results.table("reach")
        kinds = list(report.kinds(table))
        yield Headline("trained", kinds)
        yield Headline("reach", ranges.to_dict("records"))
        yield from found([*report.on_ranges(ranges, self.published_loss(0.0)), *map(report.on_kind, kinds)])
        yield from skipped_findings(results)
        yield report.losses_table(kinds)
        yield report.seeds_table(table)
        yield self._figures(results)

    def _figures(self, results: Results) -> Iterator[Figure | None]:
        published = {noise: self.published_loss(noise) for noise in self.noises}
        yield report.losses_figure(results.table("history"), published, self.models)
        answers = results.table("predictions")
        of_first = (answers["run"] == 0) & (answers["noise"] == self.noises[0]) & (answers["model"] == self.models[-1])
        yield report.predictions_figure(answers[of_first], self.variants[:MOST_SHOWN])
        yield report.reach_figure(results.table("reach"), self.published_loss(0.0), results.network)
        first = [each for each in results if each[0].get("run") == 0 and each[0]["noise"] == self.noises[0]]
        for point, values in first:
            variant, model = point["variant"], point["model"]
            if "history" in values and variant in self.variants[:MOST_SHOWN]:
                network = self.variant[variant].network(results.network)
                yield stiffness_figure(
                    f"lattice-{'-'.join(f'{variant} {model}'.replace(',', '').split())}",
                    f"{model.capitalize()}, {variant}: which bonds become stiff",
                    "Stiffness of every bond before and after training, as width and shade of its line; first seed.",
                    network, values["history"]["stiffness"], *self.task.ports(network),
                )  # fmt: skip
        for point, values in [each for each in first if "example" in each[1]][:1]:
            yield first_gradient_figure(results.network, point["model"], values["example"], at_size_of_load=True)


def _wanted(task: Task) -> Floats:
    """Displacements of the outputs that are wanted in all samples (m), shape (n, m)."""
    assert isinstance(task.loss, SquaredError)
    return task.loss.targets
