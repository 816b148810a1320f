"""Does the lattice separate classes: trained on any model, by exact or by measured gradients, through which ports?

Features push nodes, the output that moves most names the class. Every seed has its own split into training and test
samples; ports that are searched for are found from the training samples of that split alone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Self

import numpy as np
import pandas as pd
import xarray as xr
from pydantic import Field, model_validator

from femnn.config.settings import nearest, one_of
from femnn.errors import ConvergenceError, InstabilityError
from femnn.insitu.estimators import ESTIMATORS
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
from femnn.training import port_settings
from femnn.training.examples import confusion, example
from femnn.training.gradient_sources import EXACT
from femnn.training.history import History
from femnn.training.port_search import Found, PortSearchSettings, search
from femnn.training.port_settings import PORTS
from femnn.training.task import Task
from femnn.training.tasks import ClassificationSettings, Ports
from femnn.training.tasks.ports import outputs_of
from femnn.training.tasks.samples import Samples
from femnn.training.tasks.scaling import scaled
from femnn.training.trainer import Trainer, record
from femnn.training.training_settings import TrainingSettings

from . import drawings, findings

TITLE = "Telling classes apart"
QUESTION = (
    "The features of a sample are hung on nodes of a lattice, and the node that moves most names its class. How many "
    "samples does a trained lattice tell right, by model, by ports and by where its gradient comes from?"
)

SEARCHED = "searched"
"""Name of the ports that are searched for, seed by seed."""


class Settings(LearningSettings):
    """Settings of the study."""

    task: ClassificationSettings = Field(default_factory=ClassificationSettings)
    ports: Listed[str] = Field(min_length=1)
    """Names of the ports that are tried; "searched" for those of a search."""
    port: dict[str, Ports] = Field(default_factory=dict)
    """Ports by name."""
    search: PortSearchSettings = Field(default_factory=PortSearchSettings)
    gradients: Listed[Annotated[str, one_of("gradient", [EXACT, *ESTIMATORS])]] = Field(default_factory=list)
    """Where gradients come from; that of ``[training]`` alone where empty."""
    seeds: Listed[int] = Field(default=list(range(10)), min_length=1)
    """Of the splits, and of the order of samples and of noise."""
    start: TrainingSettings | None = None
    """How springs are trained from whose stiffness the other models start; from the network's own where left out."""

    def fitted(self, fitting: Fitting) -> Self:
        """Return the settings for the network of the run, without ports and springs that are not its own."""
        settings = super().fitted(fitting)
        own = {name: ports for name, ports in self.port.items() if fitting.belongs(ports, f"port.{name}")}
        kept = [name for name in self.ports if name in (SEARCHED, *own)]
        strange = [name for name in self.ports if name not in kept]
        why = port_settings.strange(fitting, "port", strange, self.port)
        if SEARCHED in kept and not fitting.carries(SPRINGS):
            fitting.require([SPRINGS], "ports")
            fitting.note(f"ports: none are searched for by springs, which cannot carry {fitting.network.name}.")
            kept.remove(SEARCHED)
        task = self.task
        if not kept or (strange and port_settings.has_ports(fitting, task)):
            task, ports = port_settings.classification_ports(
                fitting, task, "task", why, "--set ports=mine --set port.mine="
            )
            own |= {PORTS: ports}
            kept.append(PORTS)
        elif fitting.foreign:
            task = port_settings.sized_classification(fitting, task, "task")
            if strange:
                fitting.note(f"{why}: {', '.join(strange)} left out.")
        start = self.start
        if start is not None and not fitting.carries(SPRINGS):
            fitting.require([SPRINGS], "start")
            fitting.note(f"start: no springs are trained first, as they cannot carry {fitting.network.name}.")
            start = None
        return settings.model_copy(update={"ports": kept, "port": own, "task": task, "start": start})

    @property
    def sources(self) -> list[str]:
        """Where gradients come from."""
        return self.gradients or [self.training.gradient]

    def training_by(self, gradient: str) -> TrainingSettings:
        """How networks are trained by gradients from one source.

        Raises:
            ConfigError: the gradient cannot be measured as the settings say.
        """
        return self.training.changed(gradient=gradient)

    def input_notes(self) -> list[str]:
        """Columns of the data that were left out, or are to be watched."""
        return self.task.notes()

    @model_validator(mode="after")
    def _ports_exist(self) -> Self:
        for gradient in self.sources:
            self.training_by(gradient)
        for name in self.ports:
            if name not in (SEARCHED, PORTS, *self.port):
                raise ValueError(f"there are no ports {name!r}; {nearest(name, [*self.port, SEARCHED]).rstrip('.')}")
        if min(self.seeds) < 0:
            raise ValueError("seeds must be 0 or more")
        return self


@dataclass
class Bench:
    """The trainer of a run, its samples, and what has been found in it."""

    settings: Settings
    trainer: Trainer
    samples: Samples
    found: dict[int, Found] = field(default_factory=dict)
    springs: dict[tuple[str, int], History] = field(default_factory=dict)

    def ports(self, name: str, seed: int) -> Ports:
        """Ports by name, those that are searched for found from the seed's training samples."""
        if name != SEARCHED:
            return self.settings.port[name]
        found = self.search(seed)
        return Ports(inputs=found.inputs, outputs=found.outputs)

    def search(self, seed: int) -> Found:
        """The port search of a seed, once a run."""
        if seed not in self.found:
            s, samples = self.settings, self.samples
            training, _ = s.task.split(samples, seed)
            shares = scaled(samples.features, training, s.task.scaling)[training]
            self.found[seed] = search(self.trainer.network, shares, samples.labels[training], s.search, seed)
        return self.found[seed]

    def trained_springs(self, ports: str, seed: int) -> History:
        """The springs from whose stiffness other models start, once a run."""
        if (ports, seed) not in self.springs:
            task = self.task(ports, seed)
            assert self.settings.start is not None
            name = f"start-{self.settings.ports.index(ports)}-{seed}"
            self.springs[ports, seed] = self.trainer.train("spring", task, self.settings.start, seed, name)
        return self.springs[ports, seed]

    def task(self, ports: str, seed: int) -> Task:
        """The task with a seed's split."""
        return self.settings.task.task(self.trainer.network, self.ports(ports, seed), seed, self.samples)


def prepare(settings: Settings, network: Network, comm: MPI.Comm) -> Bench:
    """Read the data, and check ports and splits against the network before anything is trained."""
    samples = settings.task.samples()
    for seed in settings.seeds:
        settings.task.split(samples, seed)
    for name in settings.ports:
        if name != SEARCHED:
            settings.task.task(network, settings.port[name], settings.seeds[0], samples)
    return Bench(settings, settings.trainer(network, comm), samples)


def attach(bench: Bench, folder: Path, tell: Callable[[str], None]) -> None:
    """Have trainings recorded, and their progress shown."""
    record_trainings(bench.trainer, folder, tell)


def points(settings: Settings) -> list[Point]:
    """Every choice of ports, model, source of gradients and seed."""
    return [
        {"ports": ports, "model": model, "gradient": gradient, "seed": seed}
        for ports in settings.ports
        for model in settings.models
        for gradient in settings.sources
        for seed in settings.seeds
    ]


def measure(bench: Bench, point: Point, generator: np.random.Generator) -> Outcome:
    """Train, and tell every sample."""
    s, trainer, model, seed = bench.settings, bench.trainer, point["model"], point["seed"]
    training = s.training_by(point["gradient"])
    name = f"{s.ports.index(point['ports'])}-{model}-{point['gradient']}-{seed}"
    try:
        task = bench.task(point["ports"], seed)
        start = None
        if s.start is not None and model != "spring":
            springs = bench.trained_springs(point["ports"], seed)
            start = training.parameters_of(trainer.network).parameters(springs.stiffness)
        history = trainer.train(model, task, training, seed, name, start)
        data = {"history": record(history), **_told(bench, task, history)}
        if seed == s.seeds[0]:
            shown = example(
                trainer.solver(model, trainer.held_for(task)), bench.samples, task, history, training.adjoint_force
            )
            data |= {"example": shown} if shown else {}
    except (ConvergenceError, InstabilityError) as error:
        return Outcome({}, [f"ports {point['ports']}, model {model}, {point['gradient']}, seed {seed}: {error}"])
    ports = bench.ports(point["ports"], seed)
    data["ports"] = ports.model_dump(mode="json")
    if point["ports"] == SEARCHED:
        data["cross_validated"] = bench.search(seed).accuracy
    return Outcome(data)


def _told(bench: Bench, task: Task, history: History) -> dict[str, Any]:
    """Confusion matrices of training and of test samples, and how far outputs move."""
    parts = {"training": task.training, "test": task.test}
    matrices = {name: confusion(bench.samples, task, history.displacements, part) for name, part in parts.items()}
    moves = np.abs(outputs_of(history.displacements, task.loss.reads))
    median = float(np.nanmedian(moves)) if np.isfinite(moves).any() else float("nan")
    return {"confusion": matrices, "median_output": median}


def tables(run: Run) -> dict[str, pd.DataFrame]:
    """``table``: a row a training; ``history``, ``stiffness``, ``ports``, ``confusion``, ``skipped``: details."""
    return {
        "table": findings.trainings(run),
        "history": epochs_table(run),
        "stiffness": stiffness_table(run),
        "ports": findings.ports(run),
        "confusion": findings.confusions(run),
        "skipped": skipped_table(run),
    }


def dataset(run: Run, made: dict[str, pd.DataFrame]) -> xr.Dataset:
    """Accuracies and stiffness by all their coordinates."""
    if made["table"].empty:
        return xr.Dataset()
    keys = ["ports", "model", "gradient", "seed"]
    final = made["table"].set_index(keys)[list(findings.FIGURES)].to_xarray()
    k = made["stiffness"].set_index([*keys, "bond"])[["stiffness", "width"]].to_xarray()
    k["stiffness"].attrs, k["width"].attrs = {"units": "N/m"}, {"units": "m"}
    return xr.merge([final, k])


def summary(run: Run, made: dict[str, pd.DataFrame]) -> dict[str, Any]:
    """Headline figures and what they say."""
    return findings.summary(run, made["table"])


def figures(run: Run, made: dict[str, pd.DataFrame]) -> list[Figure]:
    """The figures of the report."""
    return drawings.figures(run, made)
