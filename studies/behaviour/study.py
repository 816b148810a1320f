"""Can the lattice learn a behaviour: to sag more on one side than on the other under one and the same push?

Every model is trained by its own exact gradients. Beside what it reaches stands what it does with the widths that ideal
springs were trained to: the gap between the two is what training on the wrong model costs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from femnn.errors import ConvergenceError, InstabilityError
from femnn.mechanics.carrying import carriers
from femnn.mechanics.models import SPRINGS
from femnn.network.network import Network
from femnn.report.former_figure import Figure
from femnn.runtime.stack import MPI
from femnn.study.former.learning_study import (
    BehavioursSettings,
    epochs_table,
    record_trainings,
    skipped_table,
    stiffness_table,
)
from femnn.study.former.study import Outcome, Point, Run
from femnn.training.history import History
from femnn.training.trainer import Trainer, record

from . import drawings, findings

TITLE = "Learning a behaviour"
QUESTION = (
    "A symmetric lattice is pushed in its middle and is to sag more on one side. How far does training get, model by "
    "model, and how far do widths go that were trained on ideal springs?"
)


class Settings(BehavioursSettings):
    """Settings of the study."""


@dataclass
class Bench:
    """The trainer of a run, and the springs trained by it."""

    settings: Settings
    trainer: Trainer
    springs: dict[str, History] = field(default_factory=dict)

    @cached_property
    def has_springs(self) -> bool:
        """Whether springs carry the network, so that there are widths of trained springs to compare with."""
        return SPRINGS in carriers({SPRINGS: self.settings.models_by_name()[SPRINGS]}, self.trainer.network)

    def trained_springs(self, behaviour: str) -> History:
        """Springs trained to a behaviour, once a run."""
        if behaviour not in self.springs:
            s = self.settings
            task = s.behaviour[behaviour].task(self.trainer.network)
            name = self.name(behaviour, SPRINGS)
            self.springs[behaviour] = self.trainer.train(SPRINGS, task, s.training, s.seed, name)
        return self.springs[behaviour]

    def name(self, behaviour: str, model: str) -> str:
        """Name of a training, which is that of a folder."""
        # By number: two names of behaviours may become one where a folder's name cannot hold all their characters
        return f"{self.settings.behaviours.index(behaviour)}-{model}"


def prepare(settings: Settings, network: Network, comm: MPI.Comm) -> Bench:
    """Check every behaviour against the network."""
    for name in settings.behaviours:
        settings.behaviour[name].task(network)
    return Bench(settings, settings.trainer(network, comm))


def attach(bench: Bench, folder: Path, tell: Callable[[str], None]) -> None:
    """Have trainings recorded, and their progress shown."""
    record_trainings(bench.trainer, folder, tell)


def points(settings: Settings) -> list[Point]:
    """Every behaviour on every model."""
    return [{"behaviour": b, "model": m} for b in settings.behaviours for m in settings.models]


def measure(bench: Bench, point: Point, generator: np.random.Generator) -> Outcome:
    """Train a model to a behaviour; its answer before, after, and with the widths of trained springs."""
    s, trainer, model = bench.settings, bench.trainer, point["model"]
    task = s.behaviour[point["behaviour"]].task(trainer.network)
    try:
        springs = bench.trained_springs(point["behaviour"]) if bench.has_springs else None
        if springs is not None and model == SPRINGS:
            history = springs
        else:
            history = trainer.train(model, task, s.training, s.seed, bench.name(point["behaviour"], model))
        stiffness = {"before": trainer.network.stiffness, "trained": history.stiffness}
        if springs is not None:
            stiffness["as springs"] = springs.stiffness
        U = {stage: trainer.displacements(model, task, k)[0] for stage, k in stiffness.items()}
        solver = trainer.solver(model, trainer.held_for(task))
        solver.structure.set_stiffness(history.stiffness)
        state = solver.forward(task.forces[0], None, task.moved(0))
        adjoint_force = -task.loss.derivative(state.displacements)
        adjoint = solver.response(state, [adjoint_force])[0]
    except (ConvergenceError, InstabilityError) as error:
        return Outcome({}, [f"behaviour {point['behaviour']}, model {model}: {error}"])
    return Outcome(
        {
            "history": record(history),
            "answers": {stage: answer.tolist() for stage, answer in U.items()},
            "losses": {stage: float(task.loss.value(answer)) for stage, answer in U.items()},
            "force": task.forces[0].tolist(),
            "adjoint_force": adjoint_force.tolist(),
            "adjoint": adjoint.tolist(),
        }
    )


def tables(run: Run) -> dict[str, pd.DataFrame]:
    """``table``: what the outputs do; ``history``: every training; ``stiffness``: what it ends at; ``skipped``."""
    return {
        "table": findings.answers(run),
        "history": epochs_table(run),
        "stiffness": stiffness_table(run),
        "skipped": skipped_table(run),
    }


def dataset(run: Run, made: dict[str, pd.DataFrame]) -> xr.Dataset:
    """Answers by behaviour, model, stage and output; stiffness by bond."""
    if made["table"].empty:
        return xr.Dataset()
    answers = made["table"].set_index(["behaviour", "model", "stage", "output"])[["displacement", "wanted"]].to_xarray()
    answers["displacement"].attrs = {"units": "m"}
    k = made["stiffness"].set_index(["behaviour", "model", "bond"])[["stiffness", "width"]].to_xarray()
    k["stiffness"].attrs, k["width"].attrs = {"units": "N/m"}, {"units": "m"}
    return xr.merge([answers, k])


def summary(run: Run, made: dict[str, pd.DataFrame]) -> dict[str, Any]:
    """Headline figures and what they say."""
    return findings.summary(run, made["table"])


def figures(run: Run, made: dict[str, pd.DataFrame]) -> list[Figure]:
    """The figures of the report."""
    return drawings.figures(run, made)
