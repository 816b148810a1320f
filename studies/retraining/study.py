"""Can a trained network learn something else and then the first again, and can it learn to do without bonds?

Stiffness is all that a network has for a memory. It is carried from one task to the next, and from the whole network to
the damaged one; each training begins with a fresh optimiser.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from femnn.errors import ConvergenceError, InstabilityError
from femnn.network.damage import kept_bonds, without_bonds
from femnn.network.network import Network
from femnn.report.former_figure import Figure
from femnn.runtime.stack import MPI
from femnn.study.former.learning_study import record_trainings, skipped_table
from femnn.study.former.study import Outcome, Point, Run
from femnn.training import examples
from femnn.training.history import History
from femnn.training.task import Task
from femnn.training.tasks.samples import Samples
from femnn.training.trainer import Trainer, record
from femnn.training.training_settings import TrainingSettings

from . import answer_drawings, damages, drawings, findings
from .settings import RetrainingSettings

TITLE = "Retraining: switching tasks, and learning to do without bonds"
QUESTION = (
    "A network that has learnt to classify is trained to a regression and then to the classification again; another "
    "loses bonds and is retrained. How much of the accuracy comes back?"
)
Settings = RetrainingSettings


@dataclass
class Bench:
    """The trainer of a run, its networks, and the classifications trained by it."""

    settings: RetrainingSettings
    trainer: Trainer
    samples: Samples
    networks: dict[str, Network]
    """With the widths of each switching."""
    damaged: dict[tuple[int, ...], Network] = field(default_factory=dict)
    """By the bonds that are gone: a network is solved on one structure, however many seeds come to it."""
    first: dict[tuple[int, int, int, str, int], History] = field(default_factory=dict)

    def task(self, ports: str, network: Network, seed: int) -> Task:
        """The classification with samples split by a seed."""
        return self.settings.classification.task(network, self.settings.ports[ports], seed, self.samples)

    def classifier(self, ports: str, network: Network, model: str, seed: int, damage: str | None = None) -> History:
        """A network trained to the classification, once a run for all damages with the usual optimiser."""
        s, networks = self.settings, [self.trainer.network, *self.networks.values()]
        own = damage is not None and s.damage[damage].optimiser is not None
        # By number: names may hold what a folder's name cannot, and a resumed run must find its folders again
        numbers = (
            list(s.ports).index(ports),
            next(i for i, other in enumerate(networks) if other is network),
            1 + s.damages.index(damage) if damage is not None and own else 0,
        )
        key = (*numbers, model, seed)
        if key not in self.first:
            training = s.training if damage is None else s.damage[damage].training(s.training)
            name = f"classifier-{'-'.join(map(str, numbers))}-{model}-{seed}"
            self.first[key] = self.train(model, self.task(ports, network, seed), training, seed, name, network)
        return self.first[key]

    def train(
        self,
        model: str,
        task: Task,
        training: TrainingSettings,
        seed: int,
        name: str,
        network: Network,
        stiffness: np.ndarray | None = None,
    ) -> History:
        """Train from a stiffness; from that of the network where None."""
        # The stiffness is what a network keeps, not θ, whose meaning changes with the steepness of the sigmoid
        start = None if stiffness is None else training.parameters_of(network).parameters(stiffness)
        return self.trainer.train(model, task, training, seed, name, start, network)

    def without(self, gone: list[int]) -> Network:
        """The network without some bonds."""
        key = tuple(sorted(gone))
        if key not in self.damaged:
            self.damaged[key] = without_bonds(self.trainer.network, key)
        return self.damaged[key]


def prepare(settings: RetrainingSettings, network: Network, comm: MPI.Comm) -> Bench:
    """Check every switching and damage against the network."""
    settings.require_importances()
    networks = {name: settings.switching[name].network(network) for name in settings.switchings}
    samples = settings.classification.samples()
    for seed in sorted({point["seed"] for point in points(settings)}):
        settings.classification.split(samples, seed)
    for name, changed in networks.items():
        switching = settings.switching[name]
        # Refuses bounds that the widths are not within
        settings.training.parameters_of(changed).parameters(changed.stiffness)
        settings.classification.task(changed, settings.ports[switching.ports], settings.seed, samples)
        switching.regression.task(changed, settings.seed)
    for name in settings.damages:
        damage = settings.damage[name]
        damage.training(settings.training)
        settings.classification.task(network, settings.ports[damage.ports], settings.seed, samples)
        damages.check(damage, name, network)
    return Bench(settings, settings.trainer(network, comm), samples, networks)


def attach(bench: Bench, folder: Path, tell: Callable[[str], None]) -> None:
    """Have trainings recorded, and their progress shown."""
    record_trainings(bench.trainer, folder, tell)


def points(settings: RetrainingSettings) -> list[Point]:
    """Every switching and every damage, on every model, for every seed."""

    def all_of(kind: str, name: str, runs: int | None) -> Iterator[Point]:
        for model in settings.models:
            for seed in settings.seeds(runs):
                yield {"kind": kind, "name": name, "model": model, "seed": seed}

    switched = [point for name in settings.switchings for point in all_of("switching", name, None)]
    return switched + [p for name in settings.damages for p in all_of("damage", name, settings.damage[name].runs)]


def measure(bench: Bench, point: Point, generator: np.random.Generator) -> Outcome:
    """One seed of a switching or a damage."""
    try:
        return Outcome(_switched(bench, point) if point["kind"] == "switching" else _damaged(bench, point))
    except (ConvergenceError, InstabilityError) as error:
        return Outcome({}, [f"{point['kind']} {point['name']}, model {point['model']}, seed {point['seed']}: {error}"])


def _switched(bench: Bench, point: Point) -> dict[str, Any]:
    """Train to the classification, the regression, and the classification again."""
    s, model, seed = bench.settings, point["model"], point["seed"]
    switching, network = s.switching[point["name"]], bench.networks[point["name"]]
    first = bench.classifier(switching.ports, network, model, seed)
    name = f"switching-{s.switchings.index(point['name']) + 1}-{model}-{seed}"
    regression = switching.regression.task(network, seed)
    second = bench.train(model, regression, s.regression_training, seed, f"{name}-2", network, first.stiffness)
    again = bench.task(switching.ports, network, seed)
    third = bench.train(model, again, s.training, seed, f"{name}-3", network, second.stiffness)
    told = {"first": first.displacements, "again": third.displacements}
    return {
        "stages": {"first": record(first), "regression": record(second), "again": record(third)},
        "confusion": {stage: examples.confusion(bench.samples, again, U) for stage, U in told.items()},
        **_example(bench, model, seed, again, third, s.training, network),
    }


def _damaged(bench: Bench, point: Point) -> dict[str, Any]:
    """Train to the classification, remove bonds, and train what is left."""
    s, trainer, model, seed = bench.settings, bench.trainer, point["model"], point["seed"]
    damage = s.damage[point["name"]]
    first = bench.classifier(damage.ports, trainer.network, model, seed, point["name"])
    task = bench.task(damage.ports, trainer.network, seed)
    gone = damages.removed(damage, trainer, model, task, first.stiffness, trainer.network, seed)
    kept, network = kept_bonds(trainer.network, gone), bench.without(gone)
    name = f"damage-{s.damages.index(point['name']) + 1}-{model}-{seed}"
    task = bench.task(damage.ports, network, seed)
    training = damage.training(s.training)
    retrained = bench.train(model, task, training, seed, name, network, first.stiffness[kept])
    told = {
        "trained": first.displacements,
        "damaged": trainer.displacements(model, task, first.stiffness[kept], network),
        "retrained": retrained.displacements,
    }
    return {
        "removed": gone,
        "stages": {"trained": record(first), "retrained": record(retrained)},
        "confusion": {stage: examples.confusion(bench.samples, task, U) for stage, U in told.items()},
        **_example(bench, model, seed, task, retrained, training, network),
    }


def _example(
    bench: Bench, model: str, seed: int, task: Task, history: History, training: TrainingSettings, network: Network
) -> dict[str, Any]:
    """The fields of an example, for the first seed."""
    if seed != bench.settings.seed:
        return {}
    solver = bench.trainer.solver(model, bench.trainer.held_for(task, network))
    return {"example": examples.example(solver, bench.samples, task, history, training.adjoint_force)}


def tables(run: Run) -> dict[str, pd.DataFrame]:
    """``table``: accuracies after each stage; ``history``: the trainings; ``stiffness``: what they end at.

    ``skipped``: samples that had no equilibrium at a step.
    """
    return {
        "table": findings.accuracies(run),
        "history": findings.history(run),
        "stiffness": findings.stiffness(run),
        "skipped": skipped_table(run),
    }


def dataset(run: Run, made: dict[str, pd.DataFrame]) -> xr.Dataset:
    """Losses and accuracies by kind, name, model, seed and stage; stiffness by bond, NaN for bonds that are gone."""
    if made["table"].empty:
        return xr.Dataset()
    index = ["kind", "name", "model", "seed", "stage"]
    values = [c for c in made["table"].columns if c not in (*index, "removed")]
    answers = made["table"].set_index(index)[values].to_xarray()
    k = made["stiffness"].set_index([*index, "bond"])[["stiffness"]].to_xarray()
    k["stiffness"].attrs = {"units": "N/m"}
    return xr.merge([answers, k], join="outer")


def summary(run: Run, made: dict[str, pd.DataFrame]) -> dict[str, Any]:
    """Headline figures and what they say."""
    return findings.summary(run, made["table"])


def figures(run: Run, made: dict[str, pd.DataFrame]) -> list[Figure]:
    """The figures of the report."""
    return [*drawings.figures(run, made), *answer_drawings.figures(run)]
