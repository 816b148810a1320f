"""The study of the importance of bonds, and of pruning."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import ClassVar, Self

import numpy as np
import pandas as pd
from pydantic import Field, model_validator

from femnn.config.settings import require_known
from femnn.errors import ConvergenceError, MechanismError
from femnn.insitu.fitting import Fitting
from femnn.network.damage import states_of_self_stress
from femnn.network.network import Floats, Network
from femnn.runtime.streams import stream
from femnn.study.api import Bench, Content, Layout, Listed, Measured, Point, Results, Row, Value, rows
from femnn.study.classifier_study import ClassifierStudy
from femnn.study.training_tables import epochs_table, skipped_findings, skipped_table
from femnn.training.bond_importance import WITH_REMOVALS, performance, removals, require_removals, sensitivities
from femnn.training.examples import confusion
from femnn.training.history import History
from femnn.training.port_settings import classification_ports
from femnn.training.pruning import Pruner, Pruning
from femnn.training.task import Task
from femnn.training.tasks import Ports
from femnn.training.trainer import record

from . import report
from .report import MEASURES, WHOLE

STEP = ["loss", "accuracy", "smallest_eigenvalue", "zero_modes"]


class Importance(ClassifierStudy):
    """Importance of bonds, and pruning

    Which bonds does a trained network need? How does its accuracy fall, and how soft does it become, as bonds are
    removed one after another until it is a mechanism?

    Three measures of importance of every bond: the gradient at hand, the rise of the loss and the fall of the accuracy
    without the bond. Then bonds are removed one after another, until the network is a mechanism, as Maxwell's count of
    states of self stress predicts.
    """

    units: ClassVar = {"stiffness": "N/m", "smallest_eigenvalue": "N/m"}
    tables: ClassVar = {
        "table": Layout(["model", "seed", "bond", "stiffness", *MEASURES], ["model", "seed", "bond"]),
        "pruning": Layout(
            ["model", "seed", "pruning", "gone", "bond", *STEP], ["model", "seed", "pruning", "gone"], STEP
        ),
        "mechanisms": Layout(["model", "seed", "pruning", "gone", "bond", "zero_modes", "floppy"]),
    }

    ports: Ports
    """Where features push, and which displacements answer."""
    prunings: Listed[str]
    """Names of the prunings that are run."""
    pruning: dict[str, Pruning] = Field(default_factory=dict)
    """Prunings by name."""

    @model_validator(mode="after")
    def _prunings_exist(self) -> Self:
        require_known("pruning", self.prunings, self.pruning)
        if WHOLE in self.prunings:
            raise ValueError(f"{WHOLE!r} stands for the whole network; call the pruning something else")
        return self

    def fitted(self, fitting: Fitting) -> Self:
        """Return the settings for the network of the run, with its own ports where theirs are of another.

        Raises:
            MechanismError: the network stands by rigid joints alone, and what a bond's removal costs is found
                by springs and bars.
        """
        if not any(fitting.carries(name) for name in WITH_REMOVALS):
            raise MechanismError(
                f"{fitting.network.name}: it stands by rigid joints alone; what a bond's removal costs is found by "
                "springs and bars, which cannot carry it, so that its bonds are not pruned."
            )
        settings = super().fitted(fitting)
        if fitting.belongs(self.ports, "ports"):
            return settings
        why = fitting.strange("[ports]", self.ports, "ports")
        task, ports = classification_ports(fitting, self.classification, "classification", why, "--set ports=")
        return settings.model_copy(update={"ports": ports, "classification": task})

    def check(self, network: Network) -> None:
        """Check task, models and prunings against the network."""
        for model in self.models:
            require_removals(model)
        # Without joints that transmit moments only: pruning ends at the first mechanism
        states_of_self_stress(network)
        samples = self.classification.samples()
        self.classification.task(network, self.ports, self.seed, samples)
        for seed in self.seeds():
            self.classification.split(samples, seed)
        for name in self.prunings:
            self.pruning[name].training(self.training)

    def points(self) -> Iterator[Point]:
        """Importances and every pruning, on every model, for every seed; all need the classifier of their seed."""
        for model, pruning, seed in product(self.models, (WHOLE, *self.prunings), self.seeds()):
            which = {"model": model, "seed": seed}
            first = Point({"classifier": "whole network", **which}, [model])
            yield Point({**which, "pruning": pruning}, [model], [first])

    def share(self, bench: Bench, point: Point) -> Iterator[Measured]:
        """Train the whole network to the classification."""
        task = self.task(bench, self.ports, bench.network, point["seed"])
        yield from self.classifier(bench, point, task, self.training, bench.network)

    def measure(self, bench: Bench, point: Point) -> Iterator[Measured]:
        """Importances of the bonds of a trained network, or one pruning of it."""
        first = bench.shared(point.needs[0])
        stiffness = np.array(first["history"]["stiffness"])
        if point["pruning"] != WHOLE:
            yield from self._pruned(bench, point, stiffness)
            return
        task, U = self.task(bench, self.ports, bench.network, point["seed"]), first["displacements"]
        yield Value("history", first["history"])
        yield Value("confusion", confusion(self.samples(bench), task, U))
        yield from self._importances(bench, point, task, stiffness)
        yield from self.example(bench, point, task, self.training, bench.network, stiffness, U)

    def _importances(self, bench: Bench, point: Point, task: Task, stiffness: Floats) -> Iterator[Row]:
        """Every bond by each measure; not a number where a mechanism would be left."""
        what = bench.trainer, point["model"], task, stiffness, bench.network
        whole = performance(*what)
        if not np.isfinite(whole["loss"]):
            raise ConvergenceError("Training samples have no equilibrium, so the rise of the loss is not known.")
        without = removals(*what)
        values = {
            "stiffness": stiffness,
            "sensitivity": sensitivities(*what),
            "rise_of_loss": without["loss"] - whole["loss"],
            "fall_of_accuracy": whole["accuracy"] - without["accuracy"],
        }
        yield from rows("table", bond=[*map(bench.network.bond_name, range(len(stiffness)))], **values)

    def _pruned(self, bench: Bench, point: Point, stiffness: Floats) -> Iterator[Measured]:
        """Remove bonds while the network stands, and then the one that makes it a mechanism."""
        network, seed, pruning = bench.network, point["seed"], self.pruning[point["pruning"]]
        training = pruning.training(self.training)

        def task(left: Network) -> Task:
            return self.task(bench, self.ports, left, seed)

        def retrain(left: Network, k: Floats, gone: int) -> History:
            return self.retrained(bench, point, f"{gone} removed", task(left), training, left, k)

        pruner = Pruner(bench.trainer, point["model"], task, retrain if pruning.epochs else None)
        for left in pruner.steps(network, stiffness, pruning.order, stream(seed, "pruning", point["pruning"])):
            now = {"gone": len(left.removed), "bond": _last(network, left.removed), **left.performance}
            now |= {"smallest_eigenvalue": left.smallest_eigenvalue, "zero_modes": left.zero_modes}
            yield Row(now, "pruning")
            if left.training is not None:
                yield Value(f"steps {len(left.removed) + 1} training", record(left.training))
        end = pruner.mechanism(network, left)
        which = {"gone": len(end.removed), "bond": _last(network, end.removed), "zero_modes": len(end.modes)}
        yield Row({**which, "floppy": " ".join(map(str, end.floppy))}, "mechanisms")
        yield Value("mechanism", {**vars(end), "stiffness": left.stiffness})

    def derived(self, results: Results) -> Iterator[tuple[str, pd.DataFrame]]:
        """The epochs of all trainings, and samples that were left out."""
        yield "history", epochs_table(results)
        yield "skipped", skipped_table(results)

    def report(self, results: Results) -> Iterator[Content | Iterator[Content]]:
        """Which bonds matter, whether the measures agree, how many can go, and how the network was trained."""
        bonds = report.means(results)
        yield report.importances(bonds)
        yield report.maxwell(results)
        yield report.prunings(results)
        yield from skipped_findings(results)
        yield report.drawn(results, bonds)
        yield report.pruned(results)
        yield report.mechanisms(results)
        yield report.trainings(results)


def _last(network: Network, removed: tuple[int, ...]) -> str:
    """Name of the bond that was removed last; empty for none."""
    return network.bond_name(removed[-1]) if removed else ""
