"""Studies of networks that are first trained to classify, and then to something else or with fewer bonds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from pydantic import Field

from femnn.config.limits_of_input import MOST
from femnn.insitu.fitting import Fitting
from femnn.network.network import Network
from femnn.study.learning_study import LearningStudy
from femnn.study.points import Point
from femnn.study.records import Value
from femnn.study.study_bench import Bench
from femnn.training.examples import sample_fields
from femnn.training.history import History
from femnn.training.port_settings import classification_ports, strange
from femnn.training.task import Task
from femnn.training.tasks import ClassificationSettings, Ports
from femnn.training.tasks.samples import Samples
from femnn.training.trainer import record
from femnn.training.training_settings import TrainingSettings

type Floats = npt.NDArray[np.float64]


class ClassifierStudy(LearningStudy):
    """A study of networks that have learnt to classify; its points have a "model" and a "seed"."""

    runs: int = Field(default=5, ge=1, le=MOST)
    """Seeds, from ``seed`` on; each splits the samples and orders the batches again."""
    classification: ClassificationSettings = Field(default_factory=ClassificationSettings)

    def input_notes(self) -> list[str]:
        """Return columns of the data that were left out, or are to be watched."""
        return self.classification.notes()

    def seeds(self, runs: int | None = None) -> list[int]:
        """Return the seeds of so many runs; of those of the settings where None."""
        return [self.seed + run for run in range(runs or self.runs)]

    def own_ports(self, fitting: Fitting, ports: Mapping[str, Ports], used: Sequence[str]) -> dict[str, Any]:
        """Return "ports" of the run's network alone, its own in the place of those that are of another, and the task.

        Args:
            fitting: the network of the run.
            ports: of the settings, by name.
            used: names of those that the run needs.

        Raises:
            ConfigError: the network lacks ports for the classification.
        """
        own = {name: each for name, each in ports.items() if fitting.belongs(each, f"ports.{name}")}
        foreign = [name for name in dict.fromkeys(used) if name not in own]
        if not foreign:
            return {"ports": own}
        why, option = strange(fitting, "ports", foreign, ports), f"--set ports.{foreign[0]}="
        task, found = classification_ports(fitting, self.classification, "classification", why, option)
        return {"classification": task, "ports": own | dict.fromkeys(foreign, found)}

    def samples(self, bench: Bench) -> Samples:
        """Return the data, which are read once."""
        return bench.once("samples", self.classification.samples)

    def task(self, bench: Bench, ports: Ports, network: Network, seed: int) -> Task:
        """Return the classification with samples split by a seed."""
        return self.classification.task(network, ports, seed, self.samples(bench))

    def classifier(
        self, bench: Bench, point: Point, task: Task, training: TrainingSettings, network: Network
    ) -> Iterator[Value]:
        """Train a network to the classification; yield its record, and the displacements of all samples (m).

        Args:
            bench: where it is trained.
            point: the shared result that it is.
            task: the classification.
            training: how it is trained.
            network: the network.
        """
        history = bench.trainer.train(point["model"], task, training, point["seed"], point.label({}), network=network)
        yield Value("history", record(history))
        yield Value("displacements", history.displacements)

    def retrained(
        self,
        bench: Bench,
        point: Point,
        stage: str,
        task: Task,
        training: TrainingSettings,
        network: Network,
        stiffness: Floats,
    ) -> History:
        """Train a network from the stiffness that an earlier training has left.

        Args:
            bench: where it is trained.
            point: what is measured.
            stage: which of its trainings this is.
            task: what is to be learnt.
            training: how.
            network: the network.
            stiffness: k of its bonds (N/m), shape (B,).
        """
        # The stiffness is what a network keeps, not θ, whose meaning changes with the steepness of the sigmoid
        start = training.parameters_of(network).parameters(stiffness)
        name = f"{point.label({})}, {stage}"
        return bench.trainer.train(point["model"], task, training, point["seed"], name, start, network)

    def example(
        self,
        bench: Bench,
        point: Point,
        task: Task,
        training: TrainingSettings,
        network: Network,
        stiffness: Floats,
        displacements: Floats,
    ) -> Iterator[Value]:
        """Yield the fields of a sample in a trained network, for the first seed, if any sample has an equilibrium.

        Args:
            bench: where it was trained.
            point: what is measured.
            task: the classification.
            training: how it was trained.
            network: the network.
            stiffness: k of its bonds (N/m), shape (B,).
            displacements: U of all samples (m), shape (n, N, d).
        """
        if point["seed"] != self.seed:
            return
        solver = bench.trainer.solver(point["model"], bench.trainer.held_for(task, network))
        force = training.adjoint_force
        if found := sample_fields(solver, self.samples(bench), task, stiffness, displacements, force):
            yield Value("example", found)
