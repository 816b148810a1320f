"""How wrong is a gradient that is measured in situ?

Every model of the network is loaded with the data's force; each estimator forms dL/dk of all bonds from what it reads
at each strength of the adjoint force; the result is held against the gradient of the linear spring model, which the
in situ method is exact for, and against the exact adjoint gradient of the model itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from femnn.config.quantities import GRAM_FORCE
from femnn.errors import ConvergenceError, InstabilityError
from femnn.insitu.bench import ExperimentBench
from femnn.insitu.estimator_kinds import EstimatorInputs
from femnn.insitu.estimators import ESTIMATORS, WITHOUT_ADJOINT_FORCE
from femnn.insitu.experiment import Camera, Experiment
from femnn.insitu.metrics import METRICS
from femnn.mechanics.models import SPRINGS
from femnn.mechanics.structure import Structure
from femnn.network.network import Network
from femnn.report.former_figure import Figure
from femnn.runtime.stack import MPI
from femnn.solving.equilibrium import reactions
from femnn.solving.state import State
from femnn.study.former.study import Outcome, Point, Run

from . import drawings, findings, reach, records, shapes
from .settings import LINEAR, Settings, takes_springs

TITLE = "How wrong is an in situ gradient?"
QUESTION = (
    "A lattice is loaded with the data, then with the adjoint force, and the elongations of each bond are multiplied. "
    "That is exact for ideal linear springs. How far off is it in other models, at which adjoint force, read how?"
)
UNITS = {"forward_force": "N", "adjoint_force": "N"}


@dataclass
class Bench:
    """The experiments of a run, and what does not depend on the adjoint force, kept."""

    settings: Settings
    experiments: ExperimentBench
    without_adjoint_force: dict[tuple[Any, ...], np.ndarray] = field(default_factory=dict)

    def experiment(self, model: str, point: Point) -> Experiment:
        """The experiment of a model in the case of a point."""
        return self.experiments.experiment(model, self.settings.case[point["case"]], point["forward_force"])

    def inputs(self, point: Point) -> EstimatorInputs:
        """What estimators work with at a point."""
        s, experiment = self.settings, self.experiment(point["model"], point)
        return EstimatorInputs(experiment, self.springs(point), s.finite_difference_step, s.central_difference_step)

    def springs(self, point: Point) -> Experiment | None:
        """The experiment of linear springs in the case of a point; None where nothing asks for them."""
        return self.experiment(SPRINGS, point) if self.settings.needs_springs else None


def prepare(settings: Settings, network: Network, comm: MPI.Comm) -> Bench:
    """Check every case against the network; models are built when first needed."""
    elongation = None if settings.elongation == "own" else settings.elongation
    camera = Camera(settings.noise)
    settings.check_cases(network)
    experiments = ExperimentBench(
        network, comm, settings.solver.resolved(), settings.loading, elongation, camera, settings.models_by_name()
    )
    return Bench(settings, experiments)


def points(settings: Settings) -> list[Point]:
    """For each case, forward force and model: its fields, then each adjoint force."""
    return list(_points(settings))


def _points(settings: Settings) -> Iterator[Point]:
    for case in settings.cases:
        for forward_force in settings.forward_forces or [None]:
            for model in settings.ladder:
                common = {"case": case, "forward_force": forward_force, "model": model}
                yield common | {"adjoint_force": None}
                for adjoint_force in settings.forces_of(case) if model in settings.models else []:
                    yield common | {"adjoint_force": adjoint_force}


def measure(bench: Bench, point: Point, generator: np.random.Generator) -> Outcome:
    """The fields of a model, or all estimates at one strength of the adjoint force."""
    bench.experiments.camera.generator = generator
    try:
        if point["adjoint_force"] is None:
            return Outcome(_fields(bench, point))
        return _estimates(bench, point)
    except (ConvergenceError, InstabilityError) as error:
        return Outcome({}, [f"{_where(point)}: {error}"])


def _where(point: Point) -> str:
    forward = "" if point["forward_force"] is None else f" at {point['forward_force']:.4g} N"
    return f"case {point['case']}{forward}, model {point['model']}"


def states(bench: Bench, points: list[Point]) -> Iterator[tuple[str, Structure, State]]:
    """The forward state and that under the adjoint force alone, of every case and model."""
    for point in points:
        if point["adjoint_force"] is not None:
            continue
        experiment = bench.experiment(point["model"], point)
        s = bench.settings.shown_of(point["case"]) / experiment.adjoint_magnitude
        strength = "" if point["forward_force"] is None else f"-{point['forward_force'] / GRAM_FORCE:.4g}gf"
        for name, state in (("forward", experiment.forward), ("adjoint", experiment.state(0, s))):
            yield f"{point['case']}{strength}-{point['model']}-{name}", experiment.solver.structure, state


def _fields(bench: Bench, point: Point) -> dict[str, Any]:
    experiment, linear = bench.experiment(point["model"], point), bench.springs(point)
    s = bench.settings.shown_of(point["case"]) / experiment.adjoint_magnitude
    exact = experiment.exact_gradient
    strongest = max(bench.settings.forces_of(point["case"]))
    stability = shapes.stability(experiment, strongest) if point["model"] in bench.settings.buckling else None
    # Of the models between those asked for, no estimate is made that could be near its critical load
    swept = point["model"] in bench.settings.models
    return {
        "forward_magnitude": float(np.linalg.norm(experiment.force)),
        "adjoint_magnitude": experiment.adjoint_magnitude,
        "adjoint_force": experiment.adjoint_force.tolist(),
        "force": experiment.force.tolist(),
        "forward": experiment.forward.displacements.tolist(),
        "adjoint": experiment.state(0, s).displacements.tolist(),
        "exact": exact.tolist(),
        **({} if linear is None else _against_springs(linear.exact_gradient, exact)),
        "reactions": {
            name: found.tolist() for name, found in vars(reactions(experiment.solver, experiment.forward)).items()
        },
        "unknowns": experiment.solver.structure.degrees_of_freedom,
        "shape": shapes.recorded(experiment),
        "stability": stability,
        "critical": reach.critical_loads(experiment, _of_springs(bench, linear), strongest, stability) if swept else {},
    }


def _against_springs(reference: np.ndarray, exact: np.ndarray) -> dict[str, Any]:
    """The gradient of the linear springs, and how far it is from that of a model."""
    return {
        LINEAR: reference.tolist(),
        "linear_spring_error": {name: metric(reference, exact) for name, metric in METRICS.items()},
    }


def _of_springs(bench: Bench, linear: Experiment | None) -> Experiment | None:
    """The linear springs, where an estimator applies the adjoint force that they ask for."""
    return linear if any(map(takes_springs, bench.settings.estimators)) else None


def _estimates(bench: Bench, point: Point) -> Outcome:
    inputs = bench.inputs(point)
    experiment, linear = inputs.experiment, inputs.linear
    references = {"exact": experiment.exact_gradient} | ({} if linear is None else {LINEAR: linear.exact_gradient})
    scale = point["adjoint_force"] / experiment.adjoint_magnitude
    rows: list[dict[str, Any]] = []
    ends: list[dict[str, Any]] = []
    for name in bench.settings.estimators:
        for repeat in range(bench.settings.repeats):
            experiment.read_unstable = experiment.read_unknown = False
            experiment.seen.clear()
            try:
                gradient = _estimate(bench, point, inputs, name, scale)
            except (ConvergenceError, InstabilityError) as error:
                # That a structure cannot carry the adjoint force is a finding; the data's load alone it has carried
                ends.append({"estimator": name, "repeat": repeat, "why": str(error)})
                continue
            errors = {r: {m: f(gradient, references[r]) for m, f in METRICS.items()} for r in bench.settings.references}
            # The linear forward field goes with the force that the linear springs ask for
            asking = linear if linear is not None and takes_springs(name) else experiment
            strength = point["adjoint_force"] / asking.adjoint_magnitude
            rows.append(
                {
                    "estimator": name,
                    "repeat": repeat,
                    "strength": strength,
                    "stable": reach.stable(experiment),
                    "gradient": gradient.tolist(),
                    "errors": errors,
                    "reached": reach.reached(experiment, _of_springs(bench, linear)),
                }
            )
    experiment.forget()
    if linear is not None:
        linear.forget()
    return Outcome({"forward_magnitude": float(np.linalg.norm(experiment.force)), "estimates": rows, "ends": ends})


def _estimate(bench: Bench, point: Point, inputs: EstimatorInputs, name: str, scale: float) -> np.ndarray:
    """One estimate of dL/dk; without noise, one that needs no adjoint force is formed once for all strengths."""
    if name not in WITHOUT_ADJOINT_FORCE or bench.settings.noise > 0:
        return ESTIMATORS[name](inputs, scale)
    key = (point["case"], point["forward_force"], point["model"], name)
    if key not in bench.without_adjoint_force:
        bench.without_adjoint_force[key] = ESTIMATORS[name](inputs, scale)
    return bench.without_adjoint_force[key]


def tables(run: Run) -> dict[str, pd.DataFrame]:
    """Errors, long form; estimates bond by bond; what has no estimate; reactions of the supports."""
    return {
        "table": records.errors(run),
        "gradients": records.gradients(run),
        "ends": records.ends(run),
        "reactions": records.reactions(run),
    }


def dataset(run: Run, made: dict[str, pd.DataFrame]) -> xr.Dataset:
    """Errors, gradients and fields by all their coordinates."""
    return records.dataset(run, made["table"], made["gradients"])


def summary(run: Run, made: dict[str, pd.DataFrame]) -> dict[str, Any]:
    """Headline figures and what they say."""
    return findings.summary(run, made["table"])


def figures(run: Run, made: dict[str, pd.DataFrame]) -> list[Figure]:
    """The figures of the report."""
    return drawings.figures(run, made)
