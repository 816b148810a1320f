"""Widths of trained springs in another model: what is lost, and how many steps of training there win it back."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from femnn.learning.classroom import Classroom, record
from femnn.learning.history import History
from femnn.learning.settings import TrainingSettings
from femnn.learning.task import Task
from femnn.learning.tasks import BehaviourSettings

type Floats = npt.NDArray[np.float64]

BEFORE, SPRINGS, OWN, TUNED = "before", "springs' widths", "own optimum", "tuned"
"""Stages: widths as they are at first; those of trained springs; trained to the end itself; trained on from springs."""


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

    classroom: Classroom
    behaviours: dict[str, BehaviourSettings]
    """By name."""
    training: TrainingSettings
    """Of springs, and of each model to its own optimum."""
    seed: int
    _springs: dict[str, History] = field(default_factory=dict)
    _transfers: dict[tuple[str, str], Transfer] = field(default_factory=dict)

    def task(self, behaviour: str) -> Task:
        """The task of a behaviour."""
        return self.behaviours[behaviour].task(self.classroom.network)

    def springs(self, behaviour: str) -> Floats:
        """Stiffness of springs trained to a behaviour (N/m), shape (B,)."""
        if behaviour not in self._springs:
            task, name = self.task(behaviour), self.name(behaviour, "springs")
            self._springs[behaviour] = self.classroom.train("spring", task, self.training, self.seed, name)
        return self._springs[behaviour].stiffness

    def transfer(self, behaviour: str, model: str) -> Transfer:
        """The widths of trained springs in a model, beside the model's own optimum.

        Raises:
            ConvergenceError: a state cannot be reached.
        """
        if (behaviour, model) not in self._transfers:
            task, room, springs = self.task(behaviour), self.classroom, self.springs(behaviour)
            own = springs if model == "spring" else self._own(behaviour, model, springs)
            stiffness = {BEFORE: room.network.stiffness, SPRINGS: springs, OWN: own}
            answers = {stage: room.displacements(model, task, k)[0] for stage, k in stiffness.items()}
            losses = {stage: float(task.loss.value(U)) for stage, U in answers.items()}
            self._transfers[behaviour, model] = Transfer(stiffness, answers, losses)
        return self._transfers[behaviour, model]

    def _own(self, behaviour: str, model: str, springs: Floats) -> Floats:
        """From the widths of springs on, so that it is no worse than they are."""
        start = self.training.parameters_of(self.classroom.network).parameters(springs)
        name = self.name(behaviour, f"{model}-own")
        return self.classroom.train(model, self.task(behaviour), self.training, self.seed, name, start).stiffness

    def tuned(self, behaviour: str, model: str, settings: TrainingSettings) -> dict[str, Any]:
        """Train a model on from the widths of springs, as JSON-able values.

        Raises:
            ConfigError, ConvergenceError, InterruptionError: see :func:`femnn.learning.training.train`.
        """
        transfer, task = self.transfer(behaviour, model), self.task(behaviour)
        start = settings.parameters_of(self.classroom.network).parameters(transfer.stiffness[SPRINGS])
        name = self.name(behaviour, f"{model}-{settings.gradient}")
        history = self.classroom.train(model, task, settings, self.seed, name, start)
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
