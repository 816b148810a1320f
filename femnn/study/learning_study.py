"""Studies in which networks are trained."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar, Literal, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from pydantic import Field, model_validator

from femnn.config.settings import nearest
from femnn.insitu.fitting import Fitting
from femnn.insitu.reference_loads import usual_force
from femnn.network.network import Network
from femnn.runtime.stack import MPI
from femnn.study.results import Results
from femnn.study.setting_types import Listed, ModelName
from femnn.study.study import Study
from femnn.study.training_tables import epochs_table, skipped_table, stiffness_table
from femnn.training.history import History
from femnn.training.port_settings import PORTS, port_behaviour, strange
from femnn.training.tasks import BehaviourSettings, ClassificationSettings, RegressionSettings
from femnn.training.training_settings import TrainingSettings
from femnn.training.variant import WidthBounds as WidthBounds

if TYPE_CHECKING:
    from femnn.study.study_bench import Bench

type Floats = npt.NDArray[np.float64]


class LearningStudy(Study):
    """A study in which networks are trained."""

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

    def input_notes(self) -> list[str]:
        """Return what a run states of the data of its task: columns that were left out, or are to be watched."""
        task = getattr(self, "task", None)
        return task.notes() if isinstance(task, RegressionSettings | ClassificationSettings) else []

    def resolved(self, network: Network, comm: MPI.Comm) -> Self:
        """The same with the adjoint force of every training, where it is not given."""
        updates = {
            name: value.changed(adjoint_force=usual_force(network))
            for name in type(self).model_fields
            if isinstance(value := getattr(self, name), TrainingSettings) and value.adjoint_force is None
        }
        return self.model_copy(update=updates)

    def derived(self, results: Results) -> Iterator[tuple[str, pd.DataFrame]]:
        """Return what every training says of itself: its epochs, the stiffness it ends at, samples left out."""
        yield "history", epochs_table(results)
        yield "stiffness", stiffness_table(results)
        yield "skipped", skipped_table(results)


class BehavioursStudy(LearningStudy):
    """A study in which networks are trained to behaviours."""

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

    def check(self, network: Network) -> None:
        """Check every behaviour against the network.

        Raises:
            ConfigError, NetworkError: what does not fit, by name.
        """
        for name in self.behaviours:
            self.behaviour[name].task(network)

    def train(
        self,
        bench: Bench,
        behaviour: str,
        model: str,
        name: str,
        training: TrainingSettings | None = None,
        stiffness: Floats | None = None,
    ) -> History:
        """Train a model to a behaviour.

        Args:
            bench: what it is trained with.
            behaviour: its name.
            model: name of the model.
            name: of the training, which no other training to this behaviour has.
            training: how it is trained; as ``[training]`` says where None.
            stiffness: k to begin with (N/m), shape (B,); that of the network where None.

        Raises:
            ConvergenceError: a state cannot be reached.
        """
        settings, task = training or self.training, self.behaviour[behaviour].task(bench.network)
        start = None if stiffness is None else settings.parameters_of(bench.network).parameters(stiffness)
        # By number: "a" with "b-own" and "a-b" with "own" would be one folder
        name = f"{self.behaviours.index(behaviour)}-{name}"
        return bench.trainer.train(model, task, settings, self.seed, name, start)

    def answer(self, bench: Bench, behaviour: str, model: str, stiffness: Floats) -> tuple[Floats, float]:
        """Return the displacements of a model under the load of a behaviour (m), shape (N, d), and their loss.

        Args:
            bench: what it is solved with.
            behaviour: its name.
            model: name of the model.
            stiffness: k (N/m), shape (B,).

        Raises:
            ConvergenceError: there is no equilibrium.
        """
        task = self.behaviour[behaviour].task(bench.network)
        displacements = bench.trainer.displacements(model, task, stiffness)[0]
        return displacements, float(task.loss.value(displacements))

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
