"""The study of retraining.

Stiffness is all that a network has for a memory. It is carried from one task to the next, and from the whole network to
the damaged one; each training begins with a fresh optimiser.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any, ClassVar, Self

import numpy as np
import pandas as pd
from pydantic import Field, model_validator

from femnn.config.limits_of_input import MOST
from femnn.config.settings import Settings, nearest, require_known
from femnn.errors import ConfigError
from femnn.insitu.fitting import Fitting
from femnn.network.damage import bond_names, kept_bonds, without_bonds
from femnn.network.network import Floats, Network
from femnn.runtime.streams import stream
from femnn.study.api import Bench, Content, Layout, Listed, Measured, Point, Results, Row, Value, rows
from femnn.study.classifier_study import ClassifierStudy
from femnn.study.learning_study import WidthBounds
from femnn.study.training_tables import epochs_table, skipped_findings, skipped_table
from femnn.training.damage_rules import DamageRule
from femnn.training.examples import confusion
from femnn.training.optimisers.optimiser_settings import OptimiserSettings
from femnn.training.port_settings import own_regression
from femnn.training.task import Task
from femnn.training.tasks import Ports, RegressionSettings
from femnn.training.trainer import record
from femnn.training.training_settings import TrainingSettings

from . import report

POINT = ["kind", "name", "model", "seed"]
FIGURES = ["training_loss", "training_accuracy", "test_loss", "test_accuracy"]


class Switching(Settings):
    """From the classification to a regression and back."""

    ports: str
    """Name of the ports of the classification."""
    width_bounds: WidthBounds | None = None
    """Smallest and largest width of every bond (m); those of the network where left out."""
    regression: RegressionSettings

    def network(self, usual: Network) -> Network:
        """The network with these bounds of the widths; NetworkError where a bond's own width is outside."""
        return usual if self.width_bounds is None else usual.with_width_bounds(*self.width_bounds)

    def fitted(self, fitting: Fitting, name: str) -> Self:
        """The same with a regression by ports of the network of the run, where others are named."""
        own = own_regression(fitting, self.regression, f"switching {name!r}", f"switching.{name}.regression")
        return self.model_copy(update={"regression": own})


class Damage(DamageRule):
    """Bonds that are removed from the trained network."""

    ports: str
    """Name of the ports of the classification."""
    optimiser: OptimiserSettings | None = None
    """Of both trainings; that of ``[training]`` where left out."""
    runs: int | None = Field(default=None, ge=1, le=MOST)
    """Seeds; as many as those of the study where left out."""

    def training(self, usual: TrainingSettings) -> TrainingSettings:
        """The usual way to train, with the optimiser of this damage."""
        return usual if self.optimiser is None else usual.changed(optimiser=self.optimiser)


class Retraining(ClassifierStudy):
    """Retraining: switching tasks, and learning to do without bonds

    A network that has learnt to classify is trained to a regression and then to the classification again; another
    loses bonds and is retrained. How much of the accuracy comes back?

    The stages of a switching are first, regression, forgotten (the classification right after the regression) and
    again; those of a damage trained, damaged and retrained.
    """

    units: ClassVar = {"stiffness": "N/m"}
    tables: ClassVar = {
        "table": Layout([*POINT, "stage", *FIGURES, "removed"], [*POINT, "stage"], FIGURES),
        "stiffness": Layout([*POINT, "stage", "bond", "stiffness"], [*POINT, "stage", "bond"]),
    }

    ports: dict[str, Ports]
    """Where features push and which displacements answer, by name."""
    regression_training: TrainingSettings = Field(default_factory=TrainingSettings)
    """How the regression is trained; ``[training]`` is how the classification is."""
    switchings: Listed[str]
    """Names of the switchings that are run."""
    switching: dict[str, Switching] = Field(default_factory=dict)
    """Switchings by name."""
    damages: Listed[str]
    """Names of the damages that are run."""
    damage: dict[str, Damage] = Field(default_factory=dict)
    """Damages by name."""

    @model_validator(mode="after")
    def _names_exist(self) -> Self:
        if not self.switchings and not self.damages:
            raise ValueError("there is nothing to run; name at least one of switchings or damages")
        for kind, names in (("switching", self.switchings), ("damage", self.damages)):
            known: dict[str, Switching | Damage] = getattr(self, kind)
            require_known(kind, names, known)
            for name in names:
                if (ports := known[name].ports) not in self.ports:
                    close = nearest(ports, self.ports).rstrip(".")
                    raise ValueError(f"{kind} {name!r}: there are no ports {ports!r}; {close}")
        return self

    def fitted(self, fitting: Fitting) -> Self:
        """Return the settings for the network of the run, with its own ports where theirs are of another."""
        settings = super().fitted(fitting)
        damages = [name for name in self.damages if self.damage[name].fits(fitting, name)]
        if not self.switchings and not damages:
            raise ConfigError(
                f"There is nothing left to run on {fitting.network.name}; name switchings or damages of it."
            )
        changed: dict[str, Any] = {"damages": damages}
        changed["damage"] = {n: d for n, d in self.damage.items() if fitting.belongs(d, f"damage.{n}")}
        used = [*(self.switching[n].ports for n in self.switchings), *(self.damage[n].ports for n in damages)]
        changed |= self.own_ports(fitting, self.ports, used)
        changed["switching"] = {name: self.switching[name].fitted(fitting, name) for name in self.switchings}
        return settings.model_copy(update=changed)

    def input_notes(self) -> list[str]:
        """Columns of the data that were left out, or are to be watched."""
        regressions = [note for name in self.switchings for note in self.switching[name].regression.notes()]
        return list(dict.fromkeys([*super().input_notes(), *regressions]))

    def check(self, network: Network) -> None:
        """Check every switching and damage against the network."""
        samples = self.classification.samples()
        for seed in {point["seed"] for point in self.points()}:
            self.classification.split(samples, seed)
        for name in self.switchings:
            switching = self.switching[name]
            changed = switching.network(network)
            # Refuses bounds that the widths are not within
            self.training.parameters_of(changed).parameters(changed.stiffness)
            self.classification.task(changed, self.ports[switching.ports], self.seed, samples)
            switching.regression.task(changed, self.seed)
        for name in self.damages:
            damage = self.damage[name]
            damage.training(self.training)
            self.classification.task(network, self.ports[damage.ports], self.seed, samples)
            damage.check(name, network, self.models)

    def points(self) -> Iterator[Point]:
        """Every switching and every damage, on every model, for every seed; each needs a classifier."""
        for name in self.switchings:
            switching = self.switching[name]
            own = {"classifier": switching.ports, "widths of": name if switching.width_bounds else None}
            yield from self._seeded({"kind": "switching", "name": name}, own, None)
        for name in self.damages:
            damage = self.damage[name]
            own = {"classifier": damage.ports, "optimiser of": name if damage.optimiser else None}
            yield from self._seeded({"kind": "damage", "name": name}, own, damage.runs)

    def _seeded(self, what: dict[str, Any], first: dict[str, Any], runs: int | None) -> Iterator[Point]:
        """Points of all models and seeds; what is particular of the first training tells the shared ones apart."""
        particular = {key: value for key, value in first.items() if value is not None}
        for model, seed in product(self.models, self.seeds(runs)):
            which = {"model": model, "seed": seed}
            yield Point(what | which, [model], [Point(particular | which, [model])])

    def share(self, bench: Bench, point: Point) -> Iterator[Measured]:
        """Train a classifier."""
        damage, network = point.get("optimiser of"), self._widened(bench, point.get("widths of"))
        training = self.training if damage is None else self.damage[damage].training(self.training)
        task = self.task(bench, self.ports[point["classifier"]], network, point["seed"])
        yield from self.classifier(bench, point, task, training, network)

    def measure(self, bench: Bench, point: Point) -> Iterator[Measured]:
        """One seed of a switching or a damage, from a trained classifier on."""
        stages = self._switched if point["kind"] == "switching" else self._damaged
        return stages(bench, point, bench.shared(point.needs[0]))

    def _switched(self, bench: Bench, point: Point, first: Mapping[str, Any]) -> Iterator[Measured]:
        """Train a classifier to the regression, and to the classification again."""
        switching, seed, network = self.switching[point["name"]], point["seed"], self._widened(bench, point["name"])
        yield from _stage(network, "first", first["history"])
        wanted, k = switching.regression.task(network, seed), np.array(first["history"]["stiffness"])
        regression = self.retrained(bench, point, "regression", wanted, self.regression_training, network, k)
        yield from _stage(network, "regression", record(regression))
        task = self.task(bench, self.ports[switching.ports], network, seed)
        again = self.retrained(bench, point, "again", task, self.training, network, regression.stiffness)
        yield from _stage(network, "again", record(again), begins="forgotten")
        yield self._confusions(bench, task, first=first["displacements"], again=again.displacements)
        yield from self.example(bench, point, task, self.training, network, again.stiffness, again.displacements)

    def _damaged(self, bench: Bench, point: Point, first: Mapping[str, Any]) -> Iterator[Measured]:
        """Remove bonds from a classifier, and train what is left."""
        damage, model, seed, whole = self.damage[point["name"]], point["model"], point["seed"], bench.network
        ports, training, k = self.ports[damage.ports], damage.training(self.training), first["history"]["stiffness"]
        task, drawn = self.task(bench, ports, whole, seed), stream(seed, "damage", point["name"])
        removed = damage.removed(bench.trainer, model, task, np.array(k), whole, drawn)
        names, k = bond_names(whole, removed), np.array(k)[kept_bonds(whole, removed)]
        yield Value("removed", removed)
        yield from _stage(whole, "trained", first["history"], removed=names)
        # A network is solved on one structure, however many seeds come to it
        network = bench.once(("without", *sorted(removed)), lambda: without_bonds(whole, sorted(removed)))
        task = self.task(bench, ports, network, seed)
        damaged = bench.trainer.displacements(model, task, k, network)
        again = self.retrained(bench, point, "retrained", task, training, network, k)
        yield from _stage(network, "retrained", record(again), begins="damaged", removed=names)
        answers = {"trained": first["displacements"], "damaged": damaged, "retrained": again.displacements}
        yield self._confusions(bench, task, **answers)
        yield from self.example(bench, point, task, training, network, again.stiffness, again.displacements)

    def _confusions(self, bench: Bench, task: Task, **answers: Floats) -> Value:
        """Confusion matrices by stage, from the displacements of all samples."""
        return Value("confusion", {stage: confusion(self.samples(bench), task, U) for stage, U in answers.items()})

    def _widened(self, bench: Bench, switching: str | None) -> Network:
        """The network with the widths of a switching."""
        if switching is None:
            return bench.network
        return bench.once(("widths of", switching), lambda: self.switching[switching].network(bench.network))

    def derived(self, results: Results) -> Iterator[tuple[str, pd.DataFrame]]:
        """The epochs of all trainings, and samples that were left out."""
        yield "history", epochs_table(results)
        yield "skipped", skipped_table(results)

    def report(self, results: Results) -> Iterator[Content | Iterator[Content]]:
        """Accuracies regained after another task and after damage, their stages, lattices and confusions."""
        yield report.switchings(results.table())
        yield report.damages(results.table())
        yield from skipped_findings(results)
        yield report.stages(results.table("history"))
        yield report.recovery(results)
        yield report.switched_lattices(results)
        yield report.damaged_lattices(results)
        yield report.confusions(results)
        yield report.fields(results)


def _stage(
    network: Network, stage: str, training: Mapping[str, Any], begins: str = "", removed: str = ""
) -> Iterator[Measured]:
    """Where a training ends, where it begins if that has a name, its record, and the stiffness of every bond."""
    for name, at in ((begins, 0), (stage, -1)):
        if name:
            yield Row({"stage": name, **{f: training["epochs"][f][at] for f in FIGURES}, "removed": removed})
    yield Value(stage, training)
    bonds = [*map(network.bond_name, range(len(network.bonds)))]
    yield from rows("stiffness", stage=stage, bond=bonds, stiffness=np.asarray(training["stiffness"]).tolist())
