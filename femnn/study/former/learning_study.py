"""What studies of learning share: their settings, the trainer, and their tables."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, Self

import pandas as pd
from pydantic import AfterValidator, Field, model_validator

from femnn.config.lists import Pair
from femnn.config.settings import nearest
from femnn.insitu.fitting import Fitting
from femnn.insitu.reference_loads import usual_force
from femnn.network.network import Network
from femnn.runtime.stack import MPI
from femnn.study.former.study import Run
from femnn.study.study_settings import Listed, ModelName, StudySettings
from femnn.training.port_settings import PORTS, port_behaviour, strange
from femnn.training.tasks import BehaviourSettings
from femnn.training.trainer import Trainer
from femnn.training.training_settings import TrainingSettings

SHOWN_STEPS = 20
"""Steps of a training after which its progress is shown again."""


def _rising(bounds: tuple[float, float]) -> tuple[float, float]:
    if not 0 < bounds[0] < bounds[1]:
        raise ValueError("width_bounds are the smallest width, above 0, and then the largest")
    return bounds


type WidthBounds = Annotated[Pair, AfterValidator(_rising)]
"""Smallest and largest width of every bond (m)."""


class LearningSettings(StudySettings):
    """Settings of studies in which networks are trained."""

    for_network: ClassVar[tuple[str, ...]] = ("training.adjoint_force",)

    models: Listed[ModelName] = Field(min_length=1)
    """Models that are trained, each by its own gradients."""
    training: TrainingSettings = Field(default_factory=TrainingSettings)
    animation: Literal["", "gif", "mp4"] = ""
    """What the first training of each kind is animated as, into the run's folder ``animations``; none where empty."""

    @model_validator(mode="after")
    def _can_be_animated(self) -> Self:
        if self.animation == "mp4" and shutil.which("ffmpeg") is None:
            raise ValueError('animation = "mp4" needs the program ffmpeg, which is not here; set animation to gif')
        return self

    def resolved(self, network: Network, comm: MPI.Comm) -> Self:
        """The same with the adjoint force of every training, where it is not given."""
        updates = {
            name: value.changed(adjoint_force=usual_force(network))
            for name in type(self).model_fields
            if isinstance(value := getattr(self, name), TrainingSettings) and value.adjoint_force is None
        }
        return self.model_copy(update=updates)

    def trainer(self, network: Network, comm: MPI.Comm) -> Trainer:
        """Where networks are trained.

        Raises:
            ConfigError: the ranks cannot form the groups asked for.
        """
        models = self.models_by_name()
        trainer = Trainer(network, comm, self.solver.resolved(), self.loading, models, self.training.groups)
        trainer.snapshots = bool(self.animation)
        return trainer


class BehavioursSettings(LearningSettings):
    """Settings of studies in which networks are trained to behaviours."""

    behaviours: Listed[str] = Field(default=[PORTS], min_length=1)
    """Names of the behaviours that are trained; "ports" for one of the network's own inputs and outputs."""
    behaviour: dict[str, BehaviourSettings] = Field(default_factory=dict)
    """Behaviours by name."""

    @model_validator(mode="after")
    def _behaviours_exist(self) -> Self:
        for name in self.behaviours:
            if name != PORTS:
                self.known_behaviour(name)
        return self

    def fitted(self, fitting: Fitting) -> Self:
        """Return the settings for the network of the run, with one of its own ports for behaviours of another."""
        settings = super().fitted(fitting)
        own = {name: b for name, b in self.behaviour.items() if fitting.belongs(b, f"behaviour.{name}")}
        kept = [name for name in self.behaviours if name in own]
        others = [name for name in self.behaviours if name not in own]
        if others:
            own |= {PORTS: port_behaviour(fitting, strange(fitting, "behaviour", others, self.behaviour))}
            kept.append(PORTS)
        return settings.model_copy(update={"behaviours": kept, "behaviour": own})

    def known_behaviour(self, name: str) -> BehaviourSettings:
        """The behaviour of a name.

        Raises:
            ValueError: there is none; the message says which there are.
        """
        if name not in self.behaviour:
            raise ValueError(f"there is no behaviour {name!r}; {nearest(name, self.behaviour).rstrip('.')}")
        return self.behaviour[name]


def record_trainings(trainer: Trainer, folder: Path, tell: Callable[[str], None]) -> None:
    """Have trainings recorded in a folder, so that a run that was cut off goes on within a training."""
    trainer.folder = folder

    def show(name: str, done: int, steps: int) -> None:
        if done % SHOWN_STEPS == 0:
            tell(f"{name}: step {done} of {steps}")

    trainer.tell = show


def epochs_table(run: Run) -> pd.DataFrame:
    """Loss and metrics at every evaluation of every training, a row each, with the columns of the points."""
    rows = [row for point, data in _trainings(run) for row in _epochs(point, data)]
    return pd.DataFrame(rows, columns=None if rows else [*_keys(run), "epoch", "training_loss", "test_loss"])


def stiffness_table(run: Run) -> pd.DataFrame:
    """Stiffness k of every bond after every training (N/m), a row a bond, with its width (m).

    Trainings of a network with fewer bonds, as one that is damaged, are left out.
    """
    network = run.network
    k_of_width = network.stiffness / network.sections.width
    rows = [
        point | {"bond": network.bond_name(bond), "stiffness": k, "width": k / k_of_width[bond]}
        for point, data in _trainings(run)
        if len(data["stiffness"]) == len(network.bonds)
        for bond, k in enumerate(data["stiffness"])
    ]
    return pd.DataFrame(rows, columns=None if rows else [*_keys(run), "bond", "stiffness", "width"])


def skipped_table(run: Run) -> pd.DataFrame:
    """Samples that had no equilibrium, in a step or an evaluation, a row each; ``sample`` counts from 1."""
    rows = [
        point | {"step": step, "sample": sample + 1, "why": why}
        for point, data in _trainings(run)
        for step, sample, why in data["skipped"]
    ]
    return pd.DataFrame(rows, columns=None if rows else [*_keys(run), "step", "sample", "why"])


def skipped_findings(run: Run) -> list[str]:
    """A sentence on samples without an equilibrium, if there are any."""
    count = sum(len(data["skipped"]) for _, data in _trainings(run))
    if not count:
        return []
    return [f"{count} times a sample had no equilibrium and was left out; skipped.csv says where and why."]


def _keys(run: Run) -> list[str]:
    return list(dict.fromkeys(key for point, _ in run.outcomes for key in point))


def _trainings(run: Run) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Records of trainings wherever they are in the outcomes, with their points; a ``stage`` where nested."""
    for point, outcome in run.outcomes:
        for stage, data in _records(outcome.data):
            yield dict(point) | ({"stage": stage} if stage else {}), data


def _records(data: Any, stage: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    if isinstance(data, list):
        for i, item in enumerate(data):
            yield from _records(item, f"{stage} {i + 1}")
    elif isinstance(data, dict):
        if {"epochs", "stiffness", "skipped"} <= data.keys():
            yield stage.strip(), data
            return
        for key, value in data.items():
            yield from _records(value, stage if key in ("history", "stages") else f"{stage} {key}")


def _epochs(point: dict[str, Any], data: dict[str, Any]) -> Iterator[dict[str, Any]]:
    columns = data["epochs"]
    for values in zip(*columns.values(), strict=True):
        yield point | dict(zip(columns, values, strict=True))
