"""The study of classification."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import product
from typing import Annotated, Any, ClassVar, Self

import numpy as np
from pydantic import Field, model_validator

from femnn.config.settings import nearest, one_of
from femnn.insitu.estimators import ESTIMATORS
from femnn.insitu.fitting import Fitting
from femnn.insitu.port_texts import written
from femnn.mechanics.models import SPRINGS
from femnn.network.network import Network
from femnn.study.api import Bench, Content, Headline, Layout, Listed, Measured, Point, Results, Row, Value, found
from femnn.study.classification_report import first_seeds, sample_figure
from femnn.study.learning_study import LearningStudy
from femnn.study.training_tables import skipped_findings
from femnn.training import port_settings
from femnn.training.examples import confusion, example
from femnn.training.gradient_sources import EXACT
from femnn.training.port_search import PortSearchSettings, search
from femnn.training.port_settings import PORTS
from femnn.training.task import Task
from femnn.training.tasks import ClassificationSettings, Ports
from femnn.training.tasks.ports import outputs_of
from femnn.training.tasks.samples import Samples
from femnn.training.tasks.scaling import scaled
from femnn.training.trainer import record
from femnn.training.training_settings import TrainingSettings

from . import report
from .report import GROUP, Group

type Shared = Callable[[Point], Mapping[str, Any]]

KEYS = ["ports", "model", "gradient", "seed"]
FINAL = ["training_accuracy", "test_accuracy", "training_loss", "test_loss"]
SEARCHED = "searched"
"""Name of the ports that are searched for, seed by seed."""


class Classification(LearningStudy):
    """Telling classes apart

    The features of a sample are hung on nodes of a lattice, and the node that moves most names its class. How many
    samples does a trained lattice tell right, by model, by ports and by where its gradient comes from?

    Networks are trained on any model, by exact or by measured gradients. Every seed has its own split into training and
    test samples; ports that are searched for are found from the training samples of that split alone.
    """

    units: ClassVar = {"stiffness": "N/m", "width": "m"}
    tables: ClassVar = {
        "table": Layout(
            [*KEYS, *FINAL, "first_training_accuracy", "first_test_accuracy", "skipped", "steps", "cross_validated",
             "median_output"],
            KEYS, [*FINAL, "skipped", "steps"],
        ),
        "stiffness": Layout([], [*KEYS, "bond"], ["stiffness", "width"]),
        "ports": Layout([*KEYS, "kind", "number", "node", "along"]),
        "confusion": Layout([*KEYS, "part", "true", "told", "count"]),
    }  # fmt: skip

    task: ClassificationSettings = Field(default_factory=ClassificationSettings)
    ports: Listed[str] = Field(min_length=1)
    """Names of the ports that are tried; "searched" for those of a search."""
    port: dict[str, Ports] = Field(default_factory=dict)
    """Ports by name."""
    search: PortSearchSettings = Field(default_factory=PortSearchSettings)
    gradients: Listed[Annotated[str, one_of("gradient", [EXACT, *ESTIMATORS])]] = Field(default_factory=list)
    """Where gradients come from; that of ``[training]`` alone where empty."""
    seeds: Listed[int] = Field(default=list(range(10)), min_length=1)
    """Of the splits, and of the order of samples and of noise."""
    start: TrainingSettings | None = None
    """How springs are trained from whose stiffness the other models start; from the network's own where left out."""

    @model_validator(mode="after")
    def _ports_exist(self) -> Self:
        for gradient in self.sources:
            self.training.changed(gradient=gradient)
        for name in self.ports:
            if name not in (SEARCHED, PORTS, *self.port):
                raise ValueError(f"there are no ports {name!r}; {nearest(name, [*self.port, SEARCHED]).rstrip('.')}")
        if min(self.seeds) < 0:
            raise ValueError("seeds must be 0 or more")
        return self

    def fitted(self, fitting: Fitting) -> Self:
        """Return the settings for the network of the run, without ports and springs that are not its own."""
        settings = super().fitted(fitting)
        own = {name: ports for name, ports in self.port.items() if fitting.belongs(ports, f"port.{name}")}
        kept = [name for name in self.ports if name in (SEARCHED, *own)]
        strange = [name for name in self.ports if name not in kept]
        why = port_settings.strange(fitting, "port", strange, self.port)
        if SEARCHED in kept and fitting.lacks_springs("ports", "none are searched for by springs, which"):
            kept.remove(SEARCHED)
        task = self.task
        if not kept or (strange and port_settings.has_ports(fitting, task)):
            option = "--set ports=mine --set port.mine="
            task, ports = port_settings.classification_ports(fitting, task, "task", why, option)
            own |= {PORTS: ports}
            kept.append(PORTS)
        elif fitting.foreign:
            task = port_settings.sized_classification(fitting, task, "task")
            if strange:
                fitting.note(f"{why}: {', '.join(strange)} left out.")
        changed: dict[str, Any] = {"ports": kept, "port": own, "task": task}
        if self.start is not None and fitting.lacks_springs("start", "no springs are trained first, as they"):
            changed["start"] = None
        return settings.model_copy(update=changed)

    def check(self, network: Network) -> None:
        """Check ports and splits against the data and the network."""
        samples = self.task.samples()
        for seed in self.seeds:
            self.task.split(samples, seed)
        for name in self.ports:
            if name != SEARCHED:
                self.task.task(network, self.port[name], self.seeds[0], samples)

    @property
    def sources(self) -> list[str]:
        """Where gradients come from."""
        return self.gradients or [self.training.gradient]

    def points(self) -> Iterator[Point]:
        """Every choice of ports, model, source of gradients and seed."""
        for place in product(self.ports, self.models, self.sources, self.seeds):
            ports, model, _, seed = place
            needs = [*_search_of(ports, seed), *self._start_of(model, ports, seed)]
            yield Point(dict(zip(KEYS, place, strict=True)), [model], needs)

    def _start_of(self, model: str, ports: str, seed: int) -> list[Point]:
        """The springs from whose stiffness a model starts, if there are any."""
        first = Point({"springs trained first": ports, "seed": seed}, [SPRINGS], _search_of(ports, seed))
        return [] if self.start is None or model == SPRINGS else [first]

    def share(self, bench: Bench, point: Point) -> Iterator[Value]:
        """Search for ports in the training samples of a seed, or train the springs that others start from."""
        seed, ports = point["seed"], point.get("springs trained first")
        if ports is None:
            samples = self._samples(bench)
            training, _ = self.task.split(samples, seed)
            shares = scaled(samples.features, training, self.task.scaling)[training]
            best = search(bench.network, shares, samples.labels[training], self.search, seed)
            yield Value("ports", Ports(inputs=best.inputs, outputs=best.outputs).model_dump(mode="json"))
            yield Value("cross_validated", best.accuracy)
        elif self.start is not None:
            task, name = self._task(bench, ports, seed), f"start-{self.ports.index(ports)}-{seed}"
            yield Value("stiffness", bench.trainer.train(SPRINGS, task, self.start, seed, name).stiffness)

    def measure(self, bench: Bench, point: Point) -> Iterator[Measured]:
        """Train, and classify every sample."""
        name, model, gradient, seed = (point[key] for key in KEYS)
        trainer, training = bench.trainer, self.training.changed(gradient=gradient)
        samples, task, start = self._samples(bench), self._task(bench, name, seed), None
        for springs in self._start_of(model, name, seed):
            start = training.parameters_of(bench.network).parameters(bench.shared(springs)["stiffness"])
        place = f"{self.ports.index(name)}-{model}-{gradient}-{seed}"
        history = trainer.train(model, task, training, seed, place, start)
        yield Value("history", record(history))
        moves = np.abs(outputs_of(history.displacements, task.loss.reads))
        searched = [bench.shared(need)["cross_validated"] for need in _search_of(name, seed)]
        yield Row(
            {key: history.final(key) for key in FINAL}
            | {f"first_{key}": history.epochs[key][0] for key in FINAL[:2]}
            | {"skipped": len(history.failures), "steps": len(history.losses)}
            | {"cross_validated": next(iter(searched), None)}
            | {"median_output": float(np.nanmedian(moves)) if np.isfinite(moves).any() else float("nan")}
        )
        ports = self._ports(bench.shared, name, seed)
        for number, put in enumerate(ports.inputs, 1):
            along = written(put.direction).strip('"[]')
            yield Row({"kind": "input", "number": number, "node": put.node, "along": along}, "ports")
        for number, out in enumerate(ports.outputs, 1):
            yield Row({"kind": "output", "number": number, "node": out.node, "along": out.component}, "ports")
        for part, indices in (("training", task.training), ("test", task.test)):
            matrix = confusion(samples, task, history.displacements, indices)
            for (true, told), count in np.ndenumerate(matrix):
                yield Row({"part": part, "true": true, "told": told, "count": count}, "confusion")
        if seed == self.seeds[0]:
            solver = trainer.solver(model, trainer.held_for(task))
            shown = example(solver, samples, task, history, training.adjoint_force)
            yield from [Value("example", shown)] if shown else []

    def _samples(self, bench: Bench) -> Samples:
        return bench.once("samples", self.task.samples)

    def _ports(self, shared: Shared, name: str, seed: int) -> Ports:
        """Ports by name, those that are searched for found from the seed's training samples."""
        searched = [shared(need)["ports"] for need in _search_of(name, seed)]
        return Ports.model_validate(searched[0]) if searched else self.port[name]

    def _task(self, bench: Bench, ports: str, seed: int) -> Task:
        """The task with a seed's split."""
        return self.task.task(bench.network, self._ports(bench.shared, ports, seed), seed, self._samples(bench))

    def report(self, results: Results) -> Iterator[Content | Iterator[Content]]:
        """Accuracies by ports, model and source of the gradient, and how networks come to them."""
        groups = report.groups(results.table())
        yield Headline("data", self.task.data)
        yield Headline("accuracies", groups)
        yield from found(report.sentences(groups))
        yield from skipped_findings(results)
        yield report.accuracies_table(groups)
        yield self._figures(results, groups) if groups else None

    def _figures(self, results: Results, groups: list[Group]) -> Iterator[Content]:
        samples, network = self.task.samples(), results.network
        yield report.accuracies_figure(results.table(), groups, len(samples.classes))
        yield report.curves(results.table("history"), groups)
        yield report.confusions(results.table("confusion"), groups, samples.classes)
        for point, values in first_seeds(results, "history", *GROUP):
            ports = self._ports(results.shared, point["ports"], point["seed"])
            named = ports.named(network, samples.names, samples.classes)
            yield report.lattice(point, values["history"], network, named)
        for point, fields in list(results.values("example"))[-1:]:
            where = f": {point['model']}, {point['ports']} ports"
            yield sample_figure("fields", where, network, fields, "After training.")


def _search_of(ports: str, seed: int) -> list[Point]:
    """The search for the ports of a seed, if they are searched for."""
    return [Point({"search of ports": SEARCHED, "seed": seed})] if ports == SEARCHED else []
