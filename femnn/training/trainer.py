"""Trainings of a run: solvers built once for each model and network, and each training in a folder of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from femnn.config.file_names import file_name
from femnn.mechanics.model import Model
from femnn.mechanics.models import MODELS
from femnn.mechanics.structure import Structure
from femnn.network.identity import content_of
from femnn.network.network import Network
from femnn.runtime.stack import MPI
from femnn.solving.continuation import LoadStepping
from femnn.solving.ensemble import Ensemble
from femnn.solving.equilibrium import Equilibrium, equilibrium
from femnn.solving.options import SolverOptions
from femnn.training.batch_evaluator import BatchEvaluator
from femnn.training.gradient_sources import Source
from femnn.training.history import History
from femnn.training.record import Place
from femnn.training.task import Task
from femnn.training.train import train_evaluator
from femnn.training.training_settings import TrainingSettings

type Floats = npt.NDArray[np.float64]


class Trainer:
    """What studies of learning train with.

    Attributes:
        network: the network.
        ensemble: groups of ranks, each with the whole structure.
    """

    def __init__(
        self,
        network: Network,
        comm: MPI.Comm,
        options: SolverOptions,
        stepping: LoadStepping,
        models: Mapping[str, Model] = MODELS,
        groups: int | None = None,
        folder: Path | None = None,
        snapshots: bool = False,
        tell: Callable[[str, int, int], None] = lambda name, done, steps: None,
    ) -> None:
        """Split the ranks; nothing else is built yet.

        Args:
            network: the network.
            comm: all ranks.
            options: PETSc options of all solvers.
            stepping: load stepping of all solvers.
            models: the models by name.
            groups: into which the ranks are split; one a rank where None.
            folder: where trainings are recorded while they last; nowhere where None.
            snapshots: whether trainings keep the stiffness at every evaluation, as for animations.
            tell: called after each step of a training with its name, the steps done and all its steps.

        Raises:
            ConfigError: the ranks cannot form so many groups.
        """
        self.network, self.ensemble = network, Ensemble(comm, groups)
        self.folder, self.snapshots, self.tell = folder, snapshots, tell
        self._options, self._stepping, self._models = options, stepping, models
        self._solvers: dict[tuple[str, int], tuple[Network, Equilibrium]] = {}
        self._clamped: dict[tuple[int, bytes], tuple[Network, Network]] = {}

    def solver(self, model: str, network: Network | None = None) -> Equilibrium:
        """The solver of a model on this rank's group, built when it is first asked for.

        Args:
            model: name of the model.
            network: another network, as one that is damaged.
        """
        network = network or self.network
        key = (model, id(network))
        if key not in self._solvers:
            structure = Structure(self._models[model], network, self.ensemble.group)
            # The network is held, so that no other takes its identity
            self._solvers[key] = network, equilibrium(structure, self._options, self._stepping)
        return self._solvers[key][1]

    def held_for(self, task: Task, network: Network | None = None) -> Network:
        """Return a network with the components held that a task holds; the same one each time.

        Args:
            task: the task.
            network: another network than the trainer's.
        """
        network = network or self.network
        if task.held is None or not (task.held & ~network.fixed).any():
            return network
        key = (id(network), task.held.tobytes())
        if key not in self._clamped:
            # The network is held, so that no other takes its identity
            self._clamped[key] = network, network.clamped(task.held)
        return self._clamped[key][1]

    def release(self, network: Network) -> None:
        """Let go of the solvers of a network that is not trained any more, as one of many that are damaged."""
        own = [key for key, (held, _) in self._clamped.items() if held is network]
        networks = [network, *(self._clamped.pop(key)[1] for key in own)]
        for key in [key for key, (held, _) in self._solvers.items() if any(held is other for other in networks)]:
            del self._solvers[key]

    def evaluator(
        self,
        model: str,
        settings: TrainingSettings,
        seed: int,
        network: Network | None = None,
        source: Source | None = None,
    ) -> BatchEvaluator:
        """A network under training, whose gradients come from where the settings say, or from another source."""
        solver, source = self.solver(model, network), source or settings.source()
        return BatchEvaluator(self.ensemble, solver, source, seed, settings.on_failure)

    def train(
        self,
        model: str,
        task: Task,
        settings: TrainingSettings,
        seed: int,
        name: str,
        start: Floats | None = None,
        network: Network | None = None,
    ) -> History:
        """Train a network on a task.

        Args:
            model: name of the model.
            task: what it is to learn.
            settings: how it is trained.
            seed: of the order of the samples and of noise.
            name: of the training, by which its record is found again.
            start: θ to begin with, shape (B,); that of the network's own stiffness where None.
            network: another network than the trainer's.

        Raises:
            ConfigError, ConvergenceError, InterruptionError: see :func:`femnn.training.train.train`.
        """
        network = network or self.network
        if self.snapshots:
            settings = settings.model_copy(update={"snapshots": True})
        place = None
        if self.folder is not None:
            facts = _facts(model, network, settings, start)
            place = Place(self.folder / file_name(name), facts)
        return train_evaluator(
            self.evaluator(model, settings, seed, self.held_for(task, network)),
            task,
            settings.parameters_of(network),
            settings.optimiser,
            settings,
            self.ensemble.comm,
            seed,
            start,
            place,
            lambda done, steps: self.tell(name, done, steps),
        )

    def displacements(self, model: str, task: Task, stiffness: Floats, network: Network | None = None) -> Floats:
        """Displacements of all samples of a task (m), shape (n, N, d); NaN for those without an equilibrium.

        Args:
            model: name of the model.
            task: the task.
            stiffness: k (N/m), shape (B,).
            network: another network than the trainer's.
        """
        evaluator = self.evaluator(model, TrainingSettings(), 0, self.held_for(task, network))
        return evaluator.answers(task, np.arange(len(task.forces)), stiffness).displacements


MOST_SNAPSHOTS = 60
"""Snapshots of a training that its record holds, evenly spread."""


def record(history: History) -> dict[str, Any]:
    """A training as JSON-able values, for the checkpoint of a run."""
    kept = {"snapshots": _snapshots(history)} if history.snapshots else {}
    return kept | {
        "epochs": history.epochs,
        "steps": len(history.losses),
        "parameters": history.parameters.tolist(),
        "stiffness": history.stiffness.tolist(),
        "skipped": [[step, failure.sample, failure.why] for step, failure in history.failures],
        "ended_early": history.ended_early,
    }


def _snapshots(history: History) -> dict[str, Any]:
    last = len(history.snapshots) - 1
    chosen = np.unique(np.linspace(0, last, MOST_SNAPSHOTS).round().astype(int)).tolist()
    epochs, losses = history.epochs["epoch"], history.epochs["training_loss"]
    return {
        "stiffness": [history.snapshots[i].tolist() for i in chosen],
        "texts": [f"epoch {epochs[i]:g}, loss {losses[i]:.3g}" for i in chosen],
    }


def _facts(model: str, network: Network, settings: TrainingSettings, start: Floats | None) -> dict[str, Any]:
    return {
        "model": model,
        "network": content_of(network),
        "settings": settings.model_dump(mode="json"),
        "start": None if start is None else start.tolist(),
    }
