"""The study of equilibrium propagation and other gradients that are measured."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import suppress
from itertools import product
from typing import Annotated, Any, ClassVar, Self

import numpy as np
import pandas as pd
import xarray as xr
from pydantic import Field, model_validator

from femnn.config.limits_of_input import MOST
from femnn.config.quantities import Length
from femnn.config.settings import one_of
from femnn.errors import ConvergenceError
from femnn.insitu.counting import Tally
from femnn.insitu.estimators import ESTIMATORS, EXACT
from femnn.insitu.fitting import Fitting
from femnn.insitu.metrics import one_minus_cosine, relative_l2
from femnn.insitu.reference_loads import LI2024_FORCE, USUAL
from femnn.insitu.relative_loads import RelativeForce, Step, StiffnessShare
from femnn.network.identity import is_li2024
from femnn.network.network import Network
from femnn.report.example_fields import first_gradient_figure
from femnn.report.stiffness_figures import stiffness_figure
from femnn.runtime.stack import MPI
from femnn.study.api import Bench, Layout, Listed, Measured, Point, Results, Row, Value, merged
from femnn.study.contents import Content, Headline, found
from femnn.study.learning_study import LearningStudy
from femnn.study.training_tables import skipped_findings, skipped_table, stiffness_table
from femnn.training.adjoint_fields import adjoint_fields
from femnn.training.batch_evaluator import BatchEvaluator
from femnn.training.gradient_sources import InSitu
from femnn.training.port_settings import own_regression
from femnn.training.task import Task
from femnn.training.tasks import RegressionSettings
from femnn.training.train import train_evaluator
from femnn.training.trainer import record

from . import report

KEYS = ["model", "noise", "source"]
SOURCES = [name for name, estimator in ESTIMATORS.items() if not estimator.needs_springs]
"""What gradients come from; what takes a computed field of other springs is no way to train."""
LI2024: dict[str, Any] = {"adjoint_force": 9.8e-3, "beta": 10.0, "difference_step": 0.1}
OTHERS: dict[str, Any] = {
    "adjoint_force": USUAL,
    "difference_step": StiffnessShare(share=0.05, relative_to="stiffness"),
}
"""How gradients are measured on the lattice of Li & Mao (2024), and on other networks."""


class EquilibriumPropagation(LearningStudy):
    """Equilibrium propagation and in situ gradients

    Training needs dL/dk of every bond. How many equilibria does each way to measure it take, how wrong is it, and what
    loss does it reach for the same effort in the laboratory?

    One task is trained with one optimiser by gradients from several sources: the exact one, the product of two states
    that is measured in situ, equilibrium propagation and coupled learning, where the loss itself pulls on the outputs,
    and finite differences. What each of them needs is counted while it is measured: the laboratory pays for every
    equilibrium that a camera looks at, the computer for every solve.
    """

    for_network: ClassVar = ("adjoint_force", "beta", "difference_step")
    units: ClassVar = {"noise": "m"}
    tables: ClassVar = {
        "table": Layout(
            [*KEYS, "relative_l2", "one_minus_cosine", "equilibria", "solves", "linear_solves", "first_loss",
             "final_loss", "total_equilibria"],
            KEYS,
        ),
        "history": Layout([*KEYS, "step", "equilibria", "training_loss"], [*KEYS, "step"]),
    }  # fmt: skip

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
    repeats: int = Field(default=10, ge=1, le=MOST)
    """Measurements of the first gradient, of whose errors the root mean square is told."""

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if min(self.noises) < 0:
            raise ValueError("noises are standard deviations and cannot be below 0")
        if self.training.optimiser.full_batch:
            raise ValueError(f"optimiser {self.training.optimiser.name} searches along lines; take adam or sgd, whose "
                             "steps cost one gradient each")  # fmt: skip
        usual = type(self.training)()
        for name in ("gradient", "adjoint_force", "noise", "weight", "repeats"):
            given = getattr(self.training, name)
            # The force is what runs of former versions wrote down
            if given != getattr(usual, name) and not (name == "adjoint_force" and given == LI2024_FORCE):
                raise ValueError(f"leave out training.{name}: the study sets how gradients are measured")
        return self

    def fitted(self, fitting: Fitting) -> Self:
        """Return the settings for the network of the run, with a task of its own ports where theirs is of another."""
        settings = super().fitted(fitting)
        return settings.model_copy(update={"task": own_regression(fitting, self.task, "[task]", "task")})

    def resolved(self, network: Network, comm: MPI.Comm) -> Self:
        """The same with all that is usual on the network."""
        usual = LI2024 if is_li2024(network) else OTHERS
        return self.model_copy(update={name: value for name, value in usual.items() if getattr(self, name) is None})

    def check(self, network: Network) -> None:
        """Check the task against the network."""
        self.task.task(network, self.seed)

    def points(self) -> Iterator[Point]:
        """Every source on every model, with and without noise; what no camera reads has none."""
        for model, noise, source in product(self.models, self.noises, self.sources):
            if source not in EXACT or noise == self.noises[0]:
                yield Point({"model": model, "noise": noise, "source": source}, [model])

    def measure(self, bench: Bench, point: Point) -> Iterator[Measured]:
        """The first gradient with its error and its cost, and a training, with the loss at each step and its cost."""
        task = bench.once("task", lambda: self.task.task(bench.network, self.seed))
        start = self._first_gradient(bench, task, point)
        yield from self._trained(bench, task, point, start)
        if point["source"] == self.sources[0] and point["noise"] == self.noises[0]:
            trainer = bench.trainer
            # Training goes on without a sample that has no equilibrium, and so do the figures
            with suppress(*self.expected_errors):
                solver = trainer.solver(point["model"], trainer.held_for(task))
                # As in the laboratory: of the size that is applied, whatever the loss asks for
                fields = adjoint_fields(solver, task, bench.network.stiffness, adjoint_force=self.adjoint_force)
                yield Value("example", fields)

    def _first_gradient(self, bench: Bench, task: Task, point: Point) -> dict[str, float]:
        """Error of the gradient of all samples at the network's own stiffness, and what one sample takes."""
        tally, ensemble, noise = Tally(), bench.trainer.ensemble, point["noise"]
        exact = self._evaluator(bench, task, point["model"], "adjoint", 0.0, Tally())
        evaluator = self._evaluator(bench, task, point["model"], point["source"], noise, tally)
        evaluator.structure.set_stiffness(bench.network.stiffness)
        reference = exact.gradients(task, task.training, 0)
        # Random numbers follow the step: beyond the training's own, each repeat has some that no step of it has
        first = self.training.epochs * math.ceil(len(task.training) / (self.training.batch or len(task.training)))
        steps = range(first, first + (self.repeats if noise > 0 else 1))
        measured = np.array([evaluator.gradients(task, task.training, step).gradients for step in steps])
        answered = np.isfinite(measured).all(axis=2)
        # As in training, samples without an equilibrium are left out
        good = answered.all(axis=0) & np.isfinite(reference.gradients).all(axis=1)
        if not good.any():
            why = f"; one: {reference.failures[0].why}" if reference.failures else ""
            raise ConvergenceError(f"{task.name}: no sample has a gradient before training{why}")
        wanted, sums = reference.gradients[good].sum(axis=0), measured[:, good].sum(axis=1)
        # Every rank of a group counts the same
        gradients = int(answered.sum()) * ensemble.group.size
        return {
            "relative_l2": float(np.sqrt(np.mean([relative_l2(g, wanted) ** 2 for g in sums]))),
            "one_minus_cosine": float(np.mean([one_minus_cosine(g, wanted) for g in sums])),
            **{name: ensemble.comm.allreduce(count) / gradients for name, count in tally.counts().items()},
        }

    def _trained(self, bench: Bench, task: Task, point: Point, start: dict[str, float]) -> Iterator[Measured]:
        tally, counted, ensemble = Tally(), [0], bench.trainer.ensemble
        # Nothing is recorded to go on with: a training that was cut off would count again from nothing
        training = self.training.model_copy(update={"snapshots": bool(self.animation)})
        history = train_evaluator(
            self._evaluator(bench, task, point["model"], point["source"], point["noise"], tally), task,
            training.parameters_of(bench.network), training.optimiser, training, ensemble.comm, self.seed,
            tell=lambda done, steps: counted.append(tally.equilibria),
        )  # fmt: skip
        yield Value("history", record(history))
        by_step = ensemble.comm.allreduce(np.array(counted)) / ensemble.group.size
        epochs, losses = (history.epochs[name] for name in ("epoch", "training_loss"))
        by_epoch = len(history.losses) / epochs[-1] if epochs[-1] else 0.0
        done = [round(epoch * by_epoch) for epoch in epochs]
        for step, loss in zip(done, losses, strict=True):
            yield Row({"step": step, "equilibria": by_step[step], "training_loss": loss}, "history")
        end = {"first_loss": losses[0], "final_loss": losses[-1], "total_equilibria": by_step[done[-1]]}
        yield Row(start | end)

    def _evaluator(
        self, bench: Bench, task: Task, model: str, source: str, noise: float, tally: Tally
    ) -> BatchEvaluator:
        """A network under training by gradients that are counted."""
        measured = InSitu(
            source, self.adjoint_force, noise, nudging=self.beta, difference_step=self.difference_step, tally=tally
        )
        trainer = bench.trainer
        return trainer.evaluator(model, self.training, self.seed, trainer.held_for(task), measured)

    def derived(self, results: Results) -> Iterator[tuple[str, pd.DataFrame]]:
        """Stiffness after training, and samples left out."""
        yield "stiffness", stiffness_table(results)
        yield "skipped", skipped_table(results)

    def dataset(self, results: Results) -> xr.Dataset:
        """Errors, costs and losses by model, noise and source; losses by step."""
        losses = results.table("history").rename(columns={"equilibria": "equilibria_so_far"})
        frames = {"table": results.table(), "history": losses}
        return merged({name: (frame, self.tables[name]) for name, frame in frames.items()}, self.units)

    def report(self, results: Results) -> Iterator[Content | Iterator[Content]]:
        """Equilibria and error of a gradient by source, the loss reached, and that for the same effort."""
        losses = results.table("history")
        table = report.with_equal_effort(results.table(), losses)
        yield Headline("sources", table.to_dict("records"))
        yield from found(report.sentences(table))
        yield from skipped_findings(results)
        yield report.costs_table(table)
        yield report.losses_figures(losses)
        yield report.costs_figure(table)
        yield self._lattice(results)
        for point, example in list(results.values("example"))[-1:]:
            yield first_gradient_figure(results.network, point["model"], example)

    def _lattice(self, results: Results) -> Iterator[Content]:
        """The last model, trained by the first source that is measured, or by the exact gradient where none is."""
        trained = [each for each in results.values("history") if each[0]["noise"] == self.noises[0]]
        of_last = [each for each in trained if each[0]["model"] == trained[-1][0]["model"]]
        for point, history in sorted(of_last, key=lambda each: each[0]["source"] in EXACT)[:1]:
            place = report.place_name(point["model"], point["noise"])
            yield stiffness_figure(
                "lattice",
                f"{point['model'].capitalize()}, trained by {point['source']}: which bonds become stiff",
                f"{place.capitalize()}. Stiffness of every bond before and after training, as width and shade of its "
                "line.",
                results.network, history["stiffness"], *self.task.ports(results.network),
            )  # fmt: skip
