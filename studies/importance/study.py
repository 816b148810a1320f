"""Which bonds matter to a trained network, and how many can it lose?

Three measures of importance of every bond: the gradient at hand, the rise of the loss and the fall of the accuracy
without the bond. Then bonds are removed one after another, until the network is a mechanism, as Maxwell's count of
states of self stress predicts.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import numpy as np
import pandas as pd
import xarray as xr
from pydantic import Field, model_validator

from femnn.config.settings import nearest
from femnn.errors import ConvergenceError, InstabilityError, MechanismError
from femnn.insitu.fitting import Fitting
from femnn.network.damage import states_of_self_stress
from femnn.network.network import Network
from femnn.report.former_figure import Figure
from femnn.runtime.stack import MPI
from femnn.study.former.learning_study import LearningSettings, epochs_table, record_trainings, skipped_table
from femnn.study.former.study import Outcome, Point, Run
from femnn.study.study_settings import Listed
from femnn.training import examples
from femnn.training.bond_importance import WITH_REMOVALS, performance, removals, require_removals, sensitivities
from femnn.training.history import History
from femnn.training.port_settings import classification_ports
from femnn.training.task import Task
from femnn.training.tasks import ClassificationSettings, Ports
from femnn.training.tasks.samples import Samples
from femnn.training.trainer import Trainer, record

from . import drawings, findings, trained_drawings
from .pruning import Floats, Pruning, Pupil, pruned

TITLE = "Importance of bonds, and pruning"
QUESTION = (
    "Which bonds does a trained network need? How does its accuracy fall, and how soft does it become, as bonds are "
    "removed one after another until it is a mechanism?"
)


class Settings(LearningSettings):
    """Settings of the study."""

    runs: int = Field(default=5, ge=1)
    """Seeds, from ``seed`` on; each splits the samples and orders the batches again."""
    classification: ClassificationSettings = Field(default_factory=ClassificationSettings)
    ports: Ports
    """Where features push, and which displacements answer."""
    prunings: Listed[str]
    """Names of the prunings that are run."""
    pruning: dict[str, Pruning] = Field(default_factory=dict)
    """Prunings by name."""

    @model_validator(mode="after")
    def _prunings_exist(self) -> Self:
        for name in self.prunings:
            if name not in self.pruning:
                raise ValueError(f"there is no pruning {name!r}; {nearest(name, self.pruning).rstrip('.')}")
        if findings.WHOLE in self.prunings:
            raise ValueError(f"{findings.WHOLE!r} stands for the whole network; call the pruning something else")
        return self

    def input_notes(self) -> list[str]:
        """Columns of the data that were left out, or are to be watched."""
        return self.classification.notes()

    def fitted(self, fitting: Fitting) -> Self:
        """Return the settings for the network of the run, with its own ports where theirs are of another.

        Raises:
            MechanismError: the network stands by rigid joints alone, and what a bond's removal costs is found
                by springs and bars.
        """
        if not any(fitting.carries(name) for name in WITH_REMOVALS):
            raise MechanismError(
                f"{fitting.network.name}: it stands by rigid joints alone; what a bond's removal costs is found by "
                f"springs and bars, which cannot carry it, so that its bonds are not pruned."
            )
        settings = super().fitted(fitting)
        if fitting.belongs(self.ports, "ports"):
            return settings
        task, ports = classification_ports(
            fitting,
            self.classification,
            "classification",
            fitting.strange("[ports]", self.ports, "ports"),
            "--set ports=",
        )
        return settings.model_copy(update={"ports": ports, "classification": task})

    def seeds(self) -> list[int]:
        """Seeds of all runs."""
        return [self.seed + run for run in range(self.runs)]


@dataclass
class Bench:
    """The trainer of a run, and the classifications trained by it."""

    settings: Settings
    trainer: Trainer
    samples: Samples
    trained: dict[tuple[str, int], History] = field(default_factory=dict)

    def task(self, network: Network, seed: int) -> Task:
        """The classification with samples split by a seed."""
        return self.settings.classification.task(network, self.settings.ports, seed, self.samples)

    def classifier(self, model: str, seed: int) -> History:
        """The whole network trained to the classification, once a run."""
        if (model, seed) not in self.trained:
            s, network = self.settings, self.trainer.network
            name = f"classifier-{model}-{seed}"
            self.trained[model, seed] = self.trainer.train(model, self.task(network, seed), s.training, seed, name)
        return self.trained[model, seed]


def prepare(settings: Settings, network: Network, comm: MPI.Comm) -> Bench:
    """Check task and models against the network."""
    for model in settings.models:
        require_removals(model)
    # Without joints that transmit moments only: pruning ends at the first mechanism
    states_of_self_stress(network)
    samples = settings.classification.samples()
    settings.classification.task(network, settings.ports, settings.seed, samples)
    for seed in settings.seeds():
        settings.classification.split(samples, seed)
    for name in settings.prunings:
        settings.pruning[name].training(settings.training)
    return Bench(settings, settings.trainer(network, comm), samples)


def attach(bench: Bench, folder: Path, tell: Callable[[str], None]) -> None:
    """Have trainings recorded, and their progress shown."""
    record_trainings(bench.trainer, folder, tell)


def points(settings: Settings) -> list[Point]:
    """Importances and every pruning, on every model, for every seed."""
    return [
        {"model": model, "seed": seed, "pruning": pruning}
        for model in settings.models
        for pruning in (findings.WHOLE, *settings.prunings)
        for seed in settings.seeds()
    ]


def measure(bench: Bench, point: Point, generator: np.random.Generator) -> Outcome:
    """Importances of the bonds of a trained network, or one pruning of it."""
    try:
        return Outcome(_importances(bench, point) if point["pruning"] == findings.WHOLE else _pruned(bench, point))
    except (ConvergenceError, InstabilityError) as error:
        return Outcome({}, [f"{point['pruning']}, model {point['model']}, seed {point['seed']}: {error}"])


def _importances(bench: Bench, point: Point) -> dict[str, Any]:
    trainer, model, seed = bench.trainer, point["model"], point["seed"]
    network, history = trainer.network, bench.classifier(model, seed)
    task = bench.task(network, seed)
    what = trainer, model, task, history.stiffness, network
    whole = performance(*what)
    if not np.isfinite(whole["loss"]):
        raise ConvergenceError("Training samples have no equilibrium, so no rise of the loss can be told.")
    without = removals(*what)
    data: dict[str, Any] = {}
    if seed == bench.settings.seed:
        force = bench.settings.training.adjoint_force
        data["example"] = examples.example(
            trainer.solver(model, trainer.held_for(task)), bench.samples, task, history, force
        )
    return data | {
        "history": record(history),
        "confusion": examples.confusion(bench.samples, task, history.displacements),
        "whole": whole,
        "sensitivity": sensitivities(*what).tolist(),
        "rise_of_loss": (without["loss"] - whole["loss"]).tolist(),
        "fall_of_accuracy": (whole["accuracy"] - without["accuracy"]).tolist(),
    }


def _pruned(bench: Bench, point: Point) -> dict[str, Any]:
    s, trainer, model, seed = bench.settings, bench.trainer, point["model"], point["seed"]
    pruning = s.pruning[point["pruning"]]
    training = pruning.training(s.training)
    label = f"pruning-{s.prunings.index(point['pruning']) + 1}-{model}-{seed}"

    def retrain(network: Network, stiffness: Floats, gone: int) -> History:
        start = training.parameters_of(network).parameters(stiffness)
        return trainer.train(model, bench.task(network, seed), training, seed, f"{label}-{gone}", start, network)

    pupil = Pupil(trainer, model, lambda network: bench.task(network, seed), retrain)
    return pruned(pupil, trainer.network, bench.classifier(model, seed).stiffness, pruning, seed)


def tables(run: Run) -> dict[str, pd.DataFrame]:
    """``table``: importances by bond; ``pruning``: what is left after each removal; ``history``: the trainings.

    ``mechanisms``: where prunings end; ``skipped``: samples that had no equilibrium at a step.
    """
    return {
        "table": findings.importances(run),
        "pruning": findings.steps(run),
        "mechanisms": findings.mechanisms(run),
        "history": epochs_table(run),
        "skipped": skipped_table(run),
    }


def dataset(run: Run, made: dict[str, pd.DataFrame]) -> xr.Dataset:
    """Importances by model, seed and bond; accuracies and eigenvalues by pruning and bonds that are gone."""
    parts = []
    if not made["table"].empty:
        parts.append(made["table"].set_index(["model", "seed", "bond"]).to_xarray())
    if not made["pruning"].empty:
        steps = made["pruning"].set_index(["model", "seed", "pruning", "gone"])
        parts.append(steps[["loss", "accuracy", "smallest_eigenvalue", "zero_modes"]].to_xarray())
        parts[-1]["smallest_eigenvalue"].attrs = {"units": "N/m"}
    return xr.merge(parts, join="outer")


def summary(run: Run, made: dict[str, pd.DataFrame]) -> dict[str, Any]:
    """Headline figures and what they say."""
    return findings.summary(run, made)


def figures(run: Run, made: dict[str, pd.DataFrame]) -> list[Figure]:
    """The figures of the report."""
    return [*drawings.figures(run, made), *trained_drawings.figures(run, made)]
