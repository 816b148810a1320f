"""What does a gradient cost in the laboratory, and how far does it get?

One task is trained with one optimiser by gradients from several sources: the exact one, the product of two states that
is measured in situ, equilibrium propagation and coupled learning, where the loss itself pulls on the outputs, and
finite differences. What each of them needs is counted while it is measured.
"""

from __future__ import annotations

import math
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Annotated, Any, ClassVar, Self

import numpy as np
import pandas as pd
import xarray as xr
from pydantic import Field, model_validator

from femnn.config.quantities import Length
from femnn.config.settings import one_of
from femnn.errors import ConvergenceError, InstabilityError
from femnn.insitu.estimators import ESTIMATORS, EXACT
from femnn.insitu.fitting import Fitting
from femnn.insitu.metrics import one_minus_cosine, relative_l2
from femnn.insitu.reference_loads import LI2024_FORCE, USUAL, applied_force
from femnn.insitu.relative_loads import RelativeForce, Step, StiffnessShare
from femnn.network.identity import is_li2024
from femnn.network.network import Network
from femnn.report.former_figure import Figure
from femnn.runtime.stack import MPI
from femnn.study.former.learning_study import LearningSettings, skipped_table, stiffness_table
from femnn.study.former.study import Outcome, Point, Run
from femnn.study.study_settings import Listed
from femnn.training.batch_evaluator import BatchEvaluator
from femnn.training.port_settings import port_regression
from femnn.training.task import Task
from femnn.training.tasks import RegressionSettings
from femnn.training.train import train_evaluator
from femnn.training.trainer import Trainer, record

from . import drawings, findings
from .counting import CountedSource

TITLE = "Equilibrium propagation and in situ gradients"
QUESTION = (
    "Training needs dL/dk of every bond. How many equilibria does each way to measure it take, how wrong is it, and "
    "what loss does it reach for the same effort in the laboratory?"
)
UNITS = {"noise": "m"}
SOURCES = [name for name, estimator in ESTIMATORS.items() if not estimator.needs_springs]
"""What gradients come from; what takes a computed field of other springs is no way to train."""


LI2024: dict[str, Any] = {"adjoint_force": 9.8e-3, "beta": 10.0, "difference_step": 0.1}
OTHERS: dict[str, Any] = {
    "adjoint_force": USUAL,
    "difference_step": StiffnessShare(share=0.05, relative_to="stiffness"),
}
"""How gradients are measured on the lattice of Li & Mao (2024), and on other networks."""


class Settings(LearningSettings):
    """Settings of the study."""

    for_network: ClassVar[tuple[str, ...]] = ("adjoint_force", "beta", "difference_step")

    task: RegressionSettings
    sources: Listed[Annotated[str, one_of("source", SOURCES)]] = Field(min_length=1)
    """Where gradients come from."""
    noises: Listed[Length] = Field(default=[0.0], min_length=1)
    """Standard deviations of the camera's reading of each displacement (m)."""
    adjoint_force: RelativeForce | None = None
    """Norm of the adjoint force that is applied (N), whatever the loss asks for, or as in [training] a share of a load.
    Where None, 1 gf on the lattice of Li & Mao (2024), and 0.3 of the lesser load on other networks."""
    beta: float | None = Field(default=None, gt=0)
    """Nudging factor β: the loss pulls with −β ∂L/∂U at the displacements reached, the less the smaller it is. Where
    None, 10 on the lattice of Li & Mao (2024); on other networks the loss pulls with the adjoint force at first, or
    with a tenth of the structure's stiffness where that is less."""
    difference_step: Step | None = None
    """Step of finite differences, in E·A of a bond (N), or as a share of its stiffness. Where None, 0.1 N on the
    lattice of Li & Mao (2024), and 5 % on other networks: large, since a camera reads the loss."""
    repeats: int = Field(default=10, ge=1)
    """Measurements of the first gradient, of whose errors the root mean square is told."""

    def input_notes(self) -> list[str]:
        """Columns of a file that are to be watched."""
        return self.task.notes()

    def fitted(self, fitting: Fitting) -> Self:
        """Return the settings for the network of the run, with a task of its own ports where theirs is of another."""
        settings = super().fitted(fitting)
        if fitting.belongs(self.task, "task"):
            return settings
        why = fitting.strange("[task]", self.task, "task")
        return settings.model_copy(update={"task": port_regression(fitting, self.task, why, "task")})

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if min(self.noises) < 0:
            raise ValueError("noises are standard deviations and cannot be below 0")
        if self.training.optimiser.optimiser().full_batch:
            raise ValueError(f"optimiser {self.training.optimiser.name} searches along lines; take adam or sgd, whose "
                             "steps cost one gradient each")  # fmt: skip
        usual = type(self.training)()
        for name in ("gradient", "adjoint_force", "noise", "weight", "repeats"):
            given = getattr(self.training, name)
            # The force is what runs of former versions wrote down
            if given != getattr(usual, name) and not (name == "adjoint_force" and given == LI2024_FORCE):
                raise ValueError(f"leave out training.{name}: the study sets how gradients are measured")
        return self

    def resolved(self, network: Network, comm: MPI.Comm) -> Self:
        """The same with all that is usual on the network."""
        usual = LI2024 if is_li2024(network) else OTHERS
        return self.model_copy(update={name: value for name, value in usual.items() if getattr(self, name) is None})


@dataclass(frozen=True)
class Bench:
    """The trainer of a run, and the task."""

    settings: Settings
    trainer: Trainer
    task: Task

    @property
    def steps(self) -> int:
        """Steps of a training."""
        training, samples = self.settings.training, len(self.task.training)
        return training.epochs * math.ceil(samples / (training.batch or samples))

    def evaluator(self, point: Point) -> tuple[BatchEvaluator, CountedSource]:
        """A network under training, and where its gradients come from."""
        s, trainer = self.settings, self.trainer
        source = CountedSource(point["source"], s.adjoint_force, s.beta, point["noise"], s.difference_step)
        return BatchEvaluator(
            trainer.ensemble,
            trainer.solver(point["model"], trainer.held_for(self.task)),
            source,
            s.seed,
            s.training.on_failure,
        ), source


def prepare(settings: Settings, network: Network, comm: MPI.Comm) -> Bench:
    """Check the task against the network."""
    return Bench(settings, settings.trainer(network, comm), settings.task.task(network, settings.seed))


def points(settings: Settings) -> list[Point]:
    """Every source on every model, with and without noise; what no camera reads has none."""
    return [
        {"model": model, "noise": noise, "source": source}
        for model in settings.models
        for noise in settings.noises
        for source in settings.sources
        if source not in EXACT or noise == settings.noises[0]
    ]


def measure(bench: Bench, point: Point, generator: np.random.Generator) -> Outcome:
    """The first gradient with its error and its cost, and a training, with the loss at each step and its cost."""
    try:
        data = {"start": _start(bench, point), **_trained(bench, point)}
    except (ConvergenceError, InstabilityError) as error:
        return Outcome({}, [f"model {point['model']}, noise {point['noise']}, source {point['source']}: {error}"])
    if point["source"] == bench.settings.sources[0] and point["noise"] == bench.settings.noises[0]:
        # Training goes on without a sample that has no equilibrium, and so do the figures
        with suppress(ConvergenceError, InstabilityError):
            data["example"] = _example(bench, point["model"])
    return Outcome(data)


def _start(bench: Bench, point: Point) -> dict[str, Any]:
    """Error of the gradient of all samples at the network's own stiffness, and what one sample takes."""
    task, trainer = bench.task, bench.trainer
    exact, _ = bench.evaluator(point | {"source": "adjoint", "noise": 0.0})
    evaluator, source = bench.evaluator(point)
    evaluator.structure.set_stiffness(trainer.network.stiffness)
    reference = exact.gradients(task, task.training, 0)
    # Random numbers follow the step: beyond the training's own, each repeat has some that no step of it has
    first = bench.steps
    steps = range(first, first + (bench.settings.repeats if point["noise"] > 0 else 1))
    found = np.array([evaluator.gradients(task, task.training, step).gradients for step in steps])
    answered = np.isfinite(found).all(axis=2)
    # As in training, samples without an equilibrium are left out
    good = answered.all(axis=0) & np.isfinite(reference.gradients).all(axis=1)
    if not good.any():
        why = f"; one: {reference.failures[0].why}" if reference.failures else ""
        raise ConvergenceError(f"{task.name}: no sample has a gradient before training{why}")
    wanted, measured = reference.gradients[good].sum(axis=0), found[:, good].sum(axis=1)
    gradients = int(answered.sum())
    total = {name: trainer.ensemble.comm.allreduce(count) for name, count in source.tally.counts().items()}
    return {
        "relative_l2": float(np.sqrt(np.mean([relative_l2(g, wanted) ** 2 for g in measured]))),
        "one_minus_cosine": float(np.mean([one_minus_cosine(g, wanted) for g in measured])),
        # Every rank of a group counts the same
        **{name: count / gradients / trainer.ensemble.group.size for name, count in total.items()},
    }


def _example(bench: Bench, model: str) -> dict[str, Any]:
    """Forward and adjoint field of the sample with the largest load before training; their product is the gradient."""
    task, network, solver = (
        bench.task,
        bench.trainer.network,
        bench.trainer.solver(model, bench.trainer.held_for(bench.task)),
    )
    sample = int(task.training[np.linalg.norm(task.forces[task.training], axis=(1, 2)).argmax()])
    solver.structure.set_stiffness(network.stiffness)
    state = solver.forward(task.forces[sample], None, task.moved(sample))
    derivative = task.loss[sample].derivative(state.displacements)
    # As in the laboratory: of the size that is applied, whatever the loss asks for
    size = float(np.linalg.norm(derivative))
    applied = applied_force(solver, state, -derivative, bench.settings.adjoint_force) if size > 0 else 0.0
    force = -derivative * applied / max(size, np.finfo(float).tiny)
    return {
        "force": task.forces[sample].tolist(),
        "adjoint_force": force.tolist(),
        "forward": state.displacements.tolist(),
        "adjoint": solver.response(state, [force])[0].tolist(),
        "gradient": solver.gradient(state, derivative).tolist(),
    }


def _trained(bench: Bench, point: Point) -> dict[str, Any]:
    s, trainer = bench.settings, bench.trainer
    evaluator, source = bench.evaluator(point)
    counted = [0]
    # Nothing is recorded to go on with: a training that was cut off would count again from nothing
    history = train_evaluator(
        evaluator,
        bench.task,
        s.training.parameters_of(trainer.network),
        s.training.optimiser.optimiser(),
        replace(s.training.plan(), snapshots=bool(s.animation)),
        trainer.ensemble.comm,
        s.seed,
        tell=lambda done, steps: counted.append(source.tally.equilibria),
    )
    by_step = trainer.ensemble.comm.allreduce(np.array(counted)) / trainer.ensemble.group.size
    by_epoch = len(history.losses) / history.epochs["epoch"][-1] if history.epochs["epoch"][-1] else 0.0
    done = [round(epoch * by_epoch) for epoch in history.epochs["epoch"]]
    return {"history": record(history), "steps": done, "equilibria": by_step[done].tolist()}


def tables(run: Run) -> dict[str, pd.DataFrame]:
    """``table``: a row a source; ``history``: loss by step and by equilibria; ``stiffness``; ``skipped``."""
    return {
        "table": findings.sources(run),
        "history": findings.history(run),
        "stiffness": stiffness_table(run),
        "skipped": skipped_table(run),
    }


def dataset(run: Run, made: dict[str, pd.DataFrame]) -> xr.Dataset:
    """Errors, costs and losses by model, noise and source; losses by step."""
    keys = ["model", "noise", "source"]
    if made["table"].empty:
        return xr.Dataset()
    losses = made["history"].set_index([*keys, "step"])[["training_loss", "equilibria"]].to_xarray()
    return xr.merge([made["table"].set_index(keys).to_xarray(), losses.rename(equilibria="equilibria_so_far")])


def summary(run: Run, made: dict[str, pd.DataFrame]) -> dict[str, Any]:
    """Headline figures and what they say."""
    return findings.summary(run, made)


def figures(run: Run, made: dict[str, pd.DataFrame]) -> list[Figure]:
    """The figures of the report."""
    return drawings.figures(run, made)
