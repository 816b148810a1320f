"""Widths of one trained model in another: what is lost, and how many steps of training there win it back."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from femnn.training.history import History
from femnn.training.task import Task
from femnn.training.tasks import BehaviourSettings
from femnn.training.trainer import Trainer, record
from femnn.training.training_settings import TrainingSettings

type Floats = npt.NDArray[np.float64]

BEFORE, OWN, TUNED = "before", "own optimum", "tuned"
"""Stages: widths as they are at first; trained to the end itself; trained on from the widths of the first model."""


def plural(model: str) -> str:
    """Return what bonds of a model are called."""
    return f"{model}s" if model in ("spring", "bar", "beam") else model


def given_widths(first: str) -> str:
    """Return the name of the stage of the widths that the first model was trained to, "springs' widths"."""
    name = plural(first)
    return f"{name}'" + (" widths" if name.endswith("s") else "s widths")


@dataclass(frozen=True)
class Transfer:
    """One behaviour in one model."""

    stiffness: dict[str, Floats]
    """k by stage (N/m), each of shape (B,)."""
    answers: dict[str, Floats]
    """U by stage (m), each of shape (N, d)."""
    losses: dict[str, float]
    """Loss by stage."""

    def gap(self, loss: float) -> float:
        """How far a loss is above the model's own optimum, as a share of what training gains: (L − L*)/(L₀ − L*).

        0 at the optimum L*, 1 at the loss L₀ of equal widths; NaN where training gains nothing.
        """
        gain = self.losses[BEFORE] - self.losses[OWN]
        return (loss - self.losses[OWN]) / gain if gain > 0 else float("nan")

    def recorded(self) -> dict[str, Any]:
        """The same as JSON-able values, with the gap of every stage."""
        return {
            "stiffness": {stage: k.tolist() for stage, k in self.stiffness.items()},
            "answers": {stage: U.tolist() for stage, U in self.answers.items()},
            "losses": self.losses,
            "gaps": {stage: self.gap(loss) for stage, loss in self.losses.items()},
        }


@dataclass
class Transfers:
    """Trainings that several points share, each done once a run."""

    trainer: Trainer
    behaviours: dict[str, BehaviourSettings]
    """By name."""
    training: TrainingSettings
    """Of the first model, and of each model to its own optimum."""
    seed: int
    first: str = "spring"
    """Model that is trained first."""
    _first: dict[str, History] = field(default_factory=dict)
    _transfers: dict[tuple[str, str], Transfer] = field(default_factory=dict)

    def task(self, behaviour: str) -> Task:
        """The task of a behaviour."""
        return self.behaviours[behaviour].task(self.trainer.network)

    def trained_first(self, behaviour: str) -> Floats:
        """Stiffness of the first model trained to a behaviour (N/m), shape (B,)."""
        if behaviour not in self._first:
            task, name = self.task(behaviour), self.name(behaviour, plural(self.first))
            self._first[behaviour] = self.trainer.train(self.first, task, self.training, self.seed, name)
        return self._first[behaviour].stiffness

    def transfer(self, behaviour: str, model: str) -> Transfer:
        """The widths of the first model in another, beside the model's own optimum.

        Raises:
            ConvergenceError: a state cannot be reached.
        """
        if (behaviour, model) not in self._transfers:
            task, trainer, first = self.task(behaviour), self.trainer, self.trained_first(behaviour)
            own = first if model == self.first else self._own(behaviour, model, first)
            stiffness = {BEFORE: trainer.network.stiffness, given_widths(self.first): first, OWN: own}
            answers = {stage: trainer.displacements(model, task, k)[0] for stage, k in stiffness.items()}
            losses = {stage: float(task.loss.value(U)) for stage, U in answers.items()}
            self._transfers[behaviour, model] = Transfer(stiffness, answers, losses)
        return self._transfers[behaviour, model]

    def _own(self, behaviour: str, model: str, first: Floats) -> Floats:
        """From the widths of the first model on, so that it is no worse than they are."""
        start = self.training.parameters_of(self.trainer.network).parameters(first)
        name = self.name(behaviour, f"{model}-own")
        return self.trainer.train(model, self.task(behaviour), self.training, self.seed, name, start).stiffness

    def tuned(self, behaviour: str, model: str, settings: TrainingSettings) -> dict[str, Any]:
        """Train a model on from the widths of the first, as JSON-able values.

        Raises:
            ConfigError, ConvergenceError, InterruptionError: see :func:`femnn.training.train.train`.
        """
        transfer, task = self.transfer(behaviour, model), self.task(behaviour)
        start = settings.parameters_of(self.trainer.network).parameters(transfer.stiffness[given_widths(self.first)])
        name = self.name(behaviour, f"{model}-{settings.gradient}")
        history = self.trainer.train(model, task, settings, self.seed, name, start)
        U = history.displacements[0]
        gaps = [transfer.gap(loss) for loss in history.epochs["training_loss"]]
        return {
            "history": record(history),
            "gaps": gaps,
            "answer": U.tolist(),
            "loss": float(task.loss.value(U)),
        }

    def name(self, behaviour: str, what: str) -> str:
        """Name of a training, which is that of a folder."""
        # By number: two names of behaviours may become one where a folder's name cannot hold all their characters
        return f"{list(self.behaviours).index(behaviour)}-{what}"


def steps_to_close(gaps: list[float], tolerance: float) -> int | None:
    """Steps after which the gap is first within the tolerance; None where it never is."""
    closed = np.flatnonzero(np.array(gaps) <= tolerance)
    return int(closed[0]) if closed.size else None
