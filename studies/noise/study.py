"""What keeps a measured gradient from being exact?

A small adjoint force drowns in the camera's noise, a large one bends what it is to probe: the error is least in
between. At each adjoint force every state is solved for once and seen many times; beside these drawn measurements is
the error that is expected in closed form. Weights that are rounded and hang askew, and a material that creeps between
one reading and the next, are added one by one and all together.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from femnn.errors import ConvergenceError, InstabilityError
from femnn.insitu.bench import ExperimentBench
from femnn.insitu.camera import Camera
from femnn.insitu.estimator_kinds import EstimatorInputs
from femnn.insitu.estimators import ESTIMATORS, READINGS
from femnn.insitu.expected_error import expected, noiseless_readings
from femnn.insitu.experiment import Experiment
from femnn.insitu.metrics import relative_l2
from femnn.mechanics.viscoelasticity import Creep
from femnn.network.network import Network
from femnn.report.former_figure import Figure
from femnn.runtime.stack import MPI
from femnn.study.former.study import Outcome, Point, Run

from . import drawings, findings, records
from .creeping import BASIS, crept_estimate, protocols
from .limits import limit_gradient
from .optimum import optimum
from .settings import Settings
from .sources import Sources
from .statistics import errors

__all__ = ["Settings"]

TITLE = "What keeps a measured gradient from being exact?"
QUESTION = (
    "The smaller the adjoint force, the more the camera's noise is in the way; the larger, the more the lattice is not "
    "what it was. Which adjoint force is best, how good can a gradient get, and what do weights and creep add?"
)
UNITS = {"adjoint_force": "N"}
FEWEST = 3
"""Adjoint forces that must be carried for one of them to be the best."""
DELAYS = 13
"""Delays for which the error by creep is drawn."""


@dataclass(frozen=True)
class Bench:
    """What the study measures with."""

    settings: Settings
    experiments: ExperimentBench
    creep: Creep

    def experiment(self, point: Point) -> Experiment:
        """The experiment of a point, without noise."""
        return self.experiments.experiment(point["model"], self.settings.case[point["case"]])

    def camera(self, noise: float, generator: np.random.Generator | None = None, looks: int | None = None) -> Camera:
        """A camera with this noise (m) and the settings' correlation and shake."""
        s = self.settings
        drawn = np.random.default_rng(0) if generator is None else generator
        return Camera(noise, drawn, s.correlation_length, s.shake, self.experiments.network.nodes, looks)


def prepare(settings: Settings, network: Network, comm: MPI.Comm) -> Bench:
    """Check the cases against the network, and fit the Prony series."""
    settings.check_cases(network)
    experiments = ExperimentBench(
        network, comm, settings.solver.resolved(), settings.loading, models=settings.models_by_name()
    )
    return Bench(settings, experiments, settings.creep.prony(settings.creep.equilibrium_modulus).creep)


def points(settings: Settings) -> list[Point]:
    """For each case and model: each adjoint force, then creep at the best of them."""
    return [
        {"case": case, "model": model, "adjoint_force": force}
        for case in settings.cases
        for model in settings.models
        for force in [*settings.forces_of(case), None]
    ]


def measure(bench: Bench, point: Point, generator: np.random.Generator) -> Outcome:
    """All errors at one adjoint force, or errors by creep against the delay."""
    experiment = bench.experiment(point)
    common = {
        "forward_force": float(np.linalg.norm(experiment.force)),
        "loss_adjoint_force": experiment.adjoint_magnitude,
    }
    found: dict[str, list[dict[str, Any]]] = {"noise": [], "sources": [], "creep": []}
    failures = []
    for name in bench.settings.estimators:
        try:
            if point["adjoint_force"] is None:
                forces = bench.settings.forces_of(point["case"])
                found["creep"] += _against_delay(bench, experiment, name, forces)
                continue
            s = point["adjoint_force"] / experiment.adjoint_magnitude
            found["noise"] += _noise(bench, experiment, name, s, generator)
            found["creep"] += _creep(bench, experiment, name, s, bench.settings.creep.delays)
            found["sources"] += _sources(bench, experiment, name, s, generator)
        except (ConvergenceError, InstabilityError) as error:
            failures.append(f"case {point['case']}, model {point['model']}, {name}: {error}")
    return Outcome(common | found, failures)


def _noise(
    bench: Bench, experiment: Experiment, name: str, s: float, generator: np.random.Generator
) -> list[dict[str, Any]]:
    """Expected and drawn errors at each noise, against the exact gradient and the estimator's own limit."""
    states = [experiment.state(a, b * s) for a, b in READINGS[name].loads]
    references = {"exact": experiment.exact_gradient, "limit": limit_gradient(experiment, name)}
    rows = []
    for noise in bench.settings.all_noises:
        predicted = expected(READINGS[name], noiseless_readings(experiment, states, bench.camera(noise)), s)
        experiment.camera = bench.camera(noise, generator, bench.settings.repeats)
        try:
            drawn = ESTIMATORS[name](EstimatorInputs(experiment, experiment), s)
        finally:
            experiment.camera = bench.experiments.camera
        rows += [
            {
                "estimator": name,
                "noise": noise,
                "reference": kind,
                "without_noise": relative_l2(predicted.clean, gradient),
                "expected": predicted.error(gradient),
                **errors(drawn, gradient),
            }
            for kind, gradient in references.items()
        ]
    return rows


def _creep(bench: Bench, experiment: Experiment, name: str, s: float, delays: list[float]) -> list[dict[str, Any]]:
    """Errors without noise of the protocols of an estimator, with some delays between readings."""
    rows = []
    for protocol, how in protocols([name]).items():
        for delay in delays:
            estimate = crept_estimate(experiment, how, bench.creep, bench.settings.creep.wait, delay, s)
            rows.append({"estimator": BASIS.get(protocol, protocol), "protocol": protocol, "delay": delay,
                         "adjoint_force": s * experiment.adjoint_magnitude,
                         **errors(estimate, experiment.exact_gradient)})  # fmt: skip
    return rows


def _against_delay(bench: Bench, experiment: Experiment, name: str, forces: list[float]) -> list[dict[str, Any]]:
    """Errors by creep at the adjoint force that is best with the noise of the bench, over delays."""
    found: dict[float, float] = {}
    camera = bench.camera(bench.settings.bench.noise)
    for force in forces:
        s = force / experiment.adjoint_magnitude
        # Forces that the lattice does not carry have been reported at their own points
        with suppress(ConvergenceError, InstabilityError):
            states = [experiment.state(a, b * s) for a, b in READINGS[name].loads]
            found[force] = expected(READINGS[name], noiseless_readings(experiment, states, camera), s).error(
                experiment.exact_gradient
            )
    if len(found) < FEWEST:
        return []
    best = optimum(np.array(list(found)), np.array(list(found.values()))).force
    delays = np.geomspace(min(bench.settings.creep.delays) / 3, 3 * max(bench.settings.creep.delays), DELAYS)
    every = sorted({*delays.tolist(), *bench.settings.creep.delays})
    return _creep(bench, experiment, name, best / experiment.adjoint_magnitude, every)


def _sources(
    bench: Bench, experiment: Experiment, name: str, s: float, generator: np.random.Generator
) -> list[dict[str, Any]]:
    """Errors by each source alone, and by all."""
    settings = bench.settings
    camera = bench.camera(settings.bench.noise, generator, settings.repeats)
    sources = Sources(experiment, settings.bench, bench.creep, settings.creep.wait, camera)
    return [
        {"estimator": name, "source": one.source, **errors(one.estimates, experiment.exact_gradient)}
        for one in sources.measured(name, s, generator)
    ]


def tables(run: Run) -> dict[str, pd.DataFrame]:
    """``table``: errors by noise; ``sources``, ``creep``: by the other sources; ``optima``: where errors are least."""
    return records.tables(run)


def dataset(run: Run, made: dict[str, pd.DataFrame]) -> xr.Dataset:
    """Errors by all their coordinates."""
    return records.dataset(made)


def summary(run: Run, made: dict[str, pd.DataFrame]) -> dict[str, Any]:
    """Headline figures and what they say."""
    return findings.summary(run, made)


def figures(run: Run, made: dict[str, pd.DataFrame]) -> list[Figure]:
    """The figures of the report."""
    return drawings.figures(run, made)
