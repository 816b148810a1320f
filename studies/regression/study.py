"""Can the lattice learn to answer a force with four displacements in proportion to it, and what sets the limit?

Springs are trained by their exact gradients, with the optimiser as published and with others, with targets as they are
and with errors on them, and with the widths that the printed bonds may have and with wider ones. Beside the losses
reached stands what widths allow at all: no optimiser goes below that.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Self

import numpy as np
import pandas as pd
import xarray as xr
from pydantic import Field, model_validator

from femnn.config.quantities import Length
from femnn.config.settings import Settings as Part
from femnn.config.settings import nearest
from femnn.errors import ConvergenceError, InstabilityError
from femnn.insitu.fitting import Fitting
from femnn.mechanics.models import SPRINGS
from femnn.network.network import Network
from femnn.report.former_figure import Figure
from femnn.runtime.stack import MPI
from femnn.study.former.learning_study import (
    LearningSettings,
    epochs_table,
    record_trainings,
    skipped_table,
    stiffness_table,
)
from femnn.study.former.study import Outcome, Point, Run
from femnn.study.study_settings import Listed
from femnn.training.port_settings import port_regression
from femnn.training.task import Task
from femnn.training.tasks import RegressionSettings
from femnn.training.trainer import Trainer, record
from femnn.training.training_settings import TrainingSettings

from . import drawings, findings
from .reach import smallest_found, unreachable
from .variant import Variant

TITLE = "Regression"
QUESTION = (
    "One force on the lattice, four displacements wanted in proportion to it: how small a loss does training reach, "
    "and is it the optimiser, the errors of the targets, or the range of the widths that sets the limit?"
)
UNITS = {"noise": "m"}


class PublishedLoss(Part):
    """A final training loss to compare with."""

    noise: Annotated[Length, Field(ge=0)]
    """Standard deviation of the errors of the displacements wanted (m)."""
    loss: float = Field(gt=0)


class Published(Part):
    """Final training losses to compare with."""

    losses: tuple[PublishedLoss, ...] = ()


class Settings(LearningSettings):
    """Settings of the study."""

    task: RegressionSettings
    runs: int = Field(default=5, ge=1)
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

    def input_notes(self) -> list[str]:
        """Columns of a file that are to be watched."""
        return self.task.notes()

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        for name in self.variants:
            if name not in self.variant:
                raise ValueError(f"there is no variant {name!r}; {nearest(name, self.variant).rstrip('.')}")
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
        if not fitting.belongs(self.task, "task"):
            why = fitting.strange("[task]", self.task, "task")
            changed |= {"task": port_regression(fitting, self.task, why, "task")}
            if not fitting.given("published"):
                changed |= {"published": Published()}
        if self.reach and not fitting.carries(SPRINGS):
            fitting.require([SPRINGS], "reach")
            fitting.note(f"reach: left out, as it is that of springs, which cannot carry {fitting.network.name}.")
            changed |= {"reach": []}
        return settings.model_copy(update=changed)

    def task_of(self, network: Network, noise: float, run: int) -> Task:
        """The task of one training."""
        return self.task.model_copy(update={"noise": noise}).task(network, self.seed + run)


@dataclass(frozen=True)
class Bench:
    """The trainer of a run, and the networks that are trained by it and how, by the variant's name."""

    settings: Settings
    trainer: Trainer
    networks: dict[str, Network]
    trainings: dict[str, TrainingSettings]
    """How they are trained."""

    def name(self, point: Point) -> str:
        """Name of a training, which is that of a folder."""
        s = self.settings
        # By number: two names of variants may become one where a folder's name cannot hold all their characters
        variant, noise = s.variants.index(point["variant"]), s.noises.index(point["noise"])
        return f"{variant}-{noise}-{point['model']}-{point['run']}"


def prepare(settings: Settings, network: Network, comm: MPI.Comm) -> Bench:
    """Check task and widths against the network, and every variant against the usual way to train."""
    settings.task_of(network, settings.noises[0], 0)
    networks = {name: settings.variant[name].network(network) for name in settings.variants}
    trainings = {name: settings.variant[name].training(settings.training) for name in settings.variants}
    return Bench(settings, settings.trainer(network, comm), networks, trainings)


def attach(bench: Bench, folder: Path, tell: Callable[[str], None]) -> None:
    """Have trainings recorded, and their progress shown."""
    record_trainings(bench.trainer, folder, tell)


def points(settings: Settings) -> list[Point]:
    """Every training, and every range of widths."""
    trainings = [
        {"variant": variant, "noise": noise, "model": model, "run": run}
        for variant in settings.variants
        for noise in settings.noises
        for model in settings.models
        for run in range(settings.runs)
    ]
    return [*trainings, *({"reach": share} for share in settings.reach)]


def measure(bench: Bench, point: Point, generator: np.random.Generator) -> Outcome:
    """Train a model, or see what a range of widths allows."""
    try:
        return Outcome(_reached(bench, point["reach"]) if "reach" in point else _trained(bench, point))
    except (ConvergenceError, InstabilityError) as error:
        return Outcome({}, [f"{', '.join(f'{key} {value}' for key, value in point.items())}: {error}"])


def _trained(bench: Bench, point: Point) -> dict[str, Any]:
    s, trainer, model, network = bench.settings, bench.trainer, point["model"], bench.networks[point["variant"]]
    first = point["run"] == 0
    task = s.task_of(network, point["noise"], point["run"])
    clean = s.task_of(network, 0.0, point["run"])
    training = bench.trainings[point["variant"]]
    history = trainer.train(model, task, training, s.seed + point["run"], bench.name(point), network=network)
    before = trainer.displacements(model, task, network.stiffness, network)
    reads = task.loss.reads
    answers = {"before": before, "trained": history.displacements}
    data: dict[str, Any] = {
        "history": record(history),
        "samples": len(task.training),
        "floor": float(np.mean(0.5 * np.sum((task.loss.targets - clean.loss.targets)[task.training] ** 2, axis=1))),
        "test": task.test.tolist(),
        "wanted": task.loss.targets[task.test].tolist(),
        # With explicit sizes: there may be no test sample, of which no size could be inferred
        "answers": {
            stage: U[task.test].reshape(len(task.test), U[0].size)[:, reads].tolist() for stage, U in answers.items()
        },
    }
    if first:
        sample = int(task.training[np.abs(task.forces[task.training]).sum(axis=(1, 2)).argmax()])
        # Training goes on without a sample that has no equilibrium, and so do the figures
        with suppress(ConvergenceError, InstabilityError):
            data["example"] = _example(trainer, model, task, sample, network)
    return data


def _example(trainer: Trainer, model: str, task: Task, sample: int, network: Network) -> dict[str, Any]:
    """Forward and adjoint field of one sample before training, whose product is the first gradient."""
    solver = trainer.solver(model, trainer.held_for(task, network))
    solver.structure.set_stiffness(network.stiffness)
    state = solver.forward(task.forces[sample], None, task.moved(sample))
    derivative = task.loss[sample].derivative(state.displacements)
    return {
        "force": task.forces[sample].tolist(),
        "adjoint_force": (-derivative).tolist(),
        "forward": state.displacements.tolist(),
        "adjoint": solver.response(state, [-derivative])[0].tolist(),
        "gradient": solver.gradient(state, derivative).tolist(),
    }


def _reached(bench: Bench, share: float) -> dict[str, Any]:
    s, trainer = bench.settings, bench.trainer
    width = trainer.network.sections.width
    network = trainer.network.with_width_bounds((1 - share) * width, (1 + share) * width)
    task = s.task_of(network, 0.0, 0)
    found, stiffness = smallest_found(trainer, task, network, s.seed, f"reach-{s.reach.index(share)}")
    return {"found": found, "unreachable": unreachable(trainer, s.task, task, network, stiffness)}


def tables(run: Run) -> dict[str, pd.DataFrame]:
    """``table``: a row a training; ``history``, ``stiffness``, ``predictions``, ``reach``, ``skipped``."""
    return {
        "table": findings.trainings(run),
        "history": epochs_table(run),
        "stiffness": stiffness_table(run),
        "predictions": findings.predictions(run),
        "reach": findings.reach(run),
        "skipped": skipped_table(run),
    }


def dataset(run: Run, made: dict[str, pd.DataFrame]) -> xr.Dataset:
    """Final losses by variant, noise, model and run; stiffness by bond."""
    keys = ["variant", "noise", "model", "run"]
    parts = []
    if len(made["table"]):
        final = made["table"].set_index(keys)
        parts.append(final[["training_loss", "test_loss", "accuracy", "loss_as_published"]].to_xarray())
    if len(made["stiffness"]):
        k = made["stiffness"].set_index([*keys, "bond"])[["stiffness", "width"]].to_xarray()
        k["stiffness"].attrs, k["width"].attrs = {"units": "N/m"}, {"units": "m"}
        parts.append(k)
    return xr.merge(parts)


def summary(run: Run, made: dict[str, pd.DataFrame]) -> dict[str, Any]:
    """Headline figures and what they say."""
    return findings.summary(run, made)


def figures(run: Run, made: dict[str, pd.DataFrame]) -> list[Figure]:
    """The figures of the report."""
    return drawings.figures(run, made)
