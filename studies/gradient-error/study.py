"""How wrong is a gradient that is measured in situ?

Every model of the network is loaded with the data's force; each estimator forms dL/dk of all bonds from what it reads
at each strength of the adjoint force; the result is held against the gradient of the linear spring model, which the
in situ method is exact for, and against the exact adjoint gradient of the model itself.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Annotated, Any, ClassVar, Literal, Self

import numpy as np
import pandas as pd
import xarray as xr
from mpi4py import MPI
from pydantic import Field, model_validator

from femnn.adjoint_sweeps import AdjointSettings
from femnn.config import one_of
from femnn.errors import ConfigError, ConvergenceError, InstabilityError
from femnn.learning.difference_steps import default_steps
from femnn.learning.fitting import SPRINGS, Fitting
from femnn.learning.gradients import ESTIMATORS, WITHOUT_ADJOINT_FORCE, Experiment
from femnn.learning.laboratory import Camera, Laboratory
from femnn.learning.metrics import METRICS
from femnn.learning.relative import Step
from femnn.learning.workbench import Workbench
from femnn.mechanics.structure import Structure
from femnn.network import Network
from femnn.quantities import GRAM_FORCE, Length
from femnn.results.figure import Figure
from femnn.solving.equilibrium import reactions
from femnn.solving.state import State
from femnn.study import Forces, Listed, ModelName, Outcome, Point, Run

from . import drawings, findings, reach, records, shapes

TITLE = "How wrong is an in situ gradient?"
QUESTION = (
    "A lattice is loaded with the data, then with the adjoint force, and the elongations of each bond are multiplied. "
    "That is exact for ideal linear springs. How far off is it in other models, at which adjoint force, read how?"
)
UNITS = {"forward_force": "N", "adjoint_force": "N"}

LINEAR, OF_SPRINGS = "linear-spring", "product-linear-forward"
"""The reference that is the gradient of linear springs, and the estimator that takes their forward field."""
REFERENCES = (LINEAR, "exact")


class Settings(AdjointSettings):
    """Settings of the study."""

    li2024_forces: ClassVar[tuple[Any, ...]] = ({"from": "0.0005 gf", "to": "25 gf", "count": 25}, "5 gf")
    for_network: ClassVar[tuple[str, ...]] = (
        *AdjointSettings.for_network, "forward_forces", "finite_difference_step", "central_difference_step",
    )  # fmt: skip

    models: Listed[ModelName] = Field(min_length=1)
    """Models whose gradient is estimated in situ, each with more effects than the one before it."""
    buckling: Listed[ModelName] = Field(default_factory=list)
    """Models of which, if they are run, it is found out at which adjoint force, turned round, they buckle."""
    estimators: Listed[Annotated[str, one_of("estimator", ESTIMATORS)]] = Field(min_length=1)
    references: Listed[Annotated[str, one_of("reference", REFERENCES)]] = Field(min_length=1)
    forward_forces: Forces = Field(default_factory=list)
    """Strengths to which the data's load of every case is scaled (N); as the case has it where empty."""
    noise: Length = Field(default=0.0, ge=0)
    """Standard deviation of the camera's reading of each displacement (m)."""
    repeats: int = Field(default=1, ge=1)
    elongation: Literal["own", "true", "projected"] = "own"
    """How elongations are formed from displacements; "own" is projected for springs and true for other models."""
    finite_difference_step: Step | None = None
    """In E·A (N), or as a share of each bond's stiffness; where None, that which suits the network."""
    central_difference_step: Step | None = None

    @property
    def ladder(self) -> list[str]:
        """The models, and between bars and beams those with straight ends: exact gradients are compared in steps."""
        found = list(self.models)
        if {"bar", "beam"} <= set(found) and "beam-straight" not in found:
            found.insert(found.index("beam"), "beam-straight")
        return found

    @property
    def needs_springs(self) -> bool:
        """Whether a model, a reference or an estimator asks for linear springs."""
        return SPRINGS in {*self.models, *self.buckling} or LINEAR in self.references or OF_SPRINGS in self.estimators

    def fitted(self, fitting: Fitting) -> Self:
        """Return the settings for the network of the run, without springs where it stands by rigid joints alone."""
        settings = super().fitted(fitting)
        changed: dict[str, list[str]] = {"buckling": [name for name in self.buckling if fitting.carries(name)]}
        if not fitting.carries(SPRINGS):
            for field, name in (("references", LINEAR), ("estimators", OF_SPRINGS)):
                if name in getattr(self, field):
                    fitting.require([SPRINGS], field)
                    changed[field] = [other for other in getattr(self, field) if other != name]
                    fitting.note(f"{field}: {name} left out, as springs cannot carry {fitting.network.name}.")
        if not all(changed.get(field, True) for field in ("references", "estimators")):
            raise ConfigError('There is nothing left to compare; take references = ["exact"] and other estimators.')
        return settings.model_copy(update=changed)

    @model_validator(mode="after")
    def _forces_positive(self) -> Self:
        if min(self.forward_forces, default=1.0) <= 0:
            raise ValueError("forward_forces must be above 0")
        return self

    def resolved(self, network: Network, comm: MPI.Comm) -> Self:
        """The same with all forces in newtons, and with steps of differences."""
        one_sided, central = default_steps(network)
        steps = {
            "finite_difference_step": self.finite_difference_step or one_sided,
            "central_difference_step": self.central_difference_step or central,
        }
        return super().resolved(network, comm).model_copy(update=steps)


@dataclass
class Bench:
    """The laboratories of a run, and what does not depend on the adjoint force, kept."""

    settings: Settings
    workbench: Workbench
    without_adjoint_force: dict[tuple[Any, ...], np.ndarray] = field(default_factory=dict)

    def laboratory(self, model: str, point: Point) -> Laboratory:
        """The laboratory of a model in the case of a point."""
        return self.workbench.laboratory(model, self.settings.case[point["case"]], point["forward_force"])

    def experiment(self, point: Point) -> Experiment:
        """What estimators work with at a point."""
        s, lab = self.settings, self.laboratory(point["model"], point)
        return Experiment(lab, self.springs(point), s.finite_difference_step, s.central_difference_step)

    def springs(self, point: Point) -> Laboratory | None:
        """The laboratory of linear springs in the case of a point; None where nothing asks for them."""
        return self.laboratory(SPRINGS, point) if self.settings.needs_springs else None


def prepare(settings: Settings, network: Network, comm: MPI.Comm) -> Bench:
    """Check every case against the network; models are built when first needed."""
    elongation = None if settings.elongation == "own" else settings.elongation
    camera = Camera(settings.noise)
    settings.check_cases(network)
    workbench = Workbench(
        network, comm, settings.solver.resolved(), settings.loading, elongation, camera, settings.models_by_name()
    )
    return Bench(settings, workbench)


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
    bench.workbench.camera.generator = generator
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
        lab = bench.laboratory(point["model"], point)
        s = bench.settings.shown_of(point["case"]) / lab.adjoint_magnitude
        strength = "" if point["forward_force"] is None else f"-{point['forward_force'] / GRAM_FORCE:.4g}gf"
        for name, state in (("forward", lab.forward), ("adjoint", lab.state(0, s))):
            yield f"{point['case']}{strength}-{point['model']}-{name}", lab.solver.structure, state


def _fields(bench: Bench, point: Point) -> dict[str, Any]:
    lab, linear = bench.laboratory(point["model"], point), bench.springs(point)
    s = bench.settings.shown_of(point["case"]) / lab.adjoint_magnitude
    exact = lab.exact_gradient
    strongest = max(bench.settings.forces_of(point["case"]))
    stability = shapes.stability(lab, strongest) if point["model"] in bench.settings.buckling else None
    # Of the models between those asked for, no estimate is made that could be near its critical load
    swept = point["model"] in bench.settings.models
    return {
        "forward_magnitude": float(np.linalg.norm(lab.force)),
        "adjoint_magnitude": lab.adjoint_magnitude,
        "adjoint_force": lab.adjoint_force.tolist(),
        "force": lab.force.tolist(),
        "forward": lab.forward.displacements.tolist(),
        "adjoint": lab.state(0, s).displacements.tolist(),
        "exact": exact.tolist(),
        **({} if linear is None else _against_springs(linear.exact_gradient, exact)),
        "reactions": {name: found.tolist() for name, found in vars(reactions(lab.solver, lab.forward)).items()},
        "unknowns": lab.solver.structure.degrees_of_freedom,
        "shape": shapes.recorded(lab),
        "stability": stability,
        "critical": reach.critical_loads(lab, _of_springs(bench, linear), strongest, stability) if swept else {},
    }


def _against_springs(reference: np.ndarray, exact: np.ndarray) -> dict[str, Any]:
    """The gradient of the linear springs, and how far it is from that of a model."""
    return {
        LINEAR: reference.tolist(),
        "linear_spring_error": {name: metric(reference, exact) for name, metric in METRICS.items()},
    }


def _of_springs(bench: Bench, linear: Laboratory | None) -> Laboratory | None:
    """The linear springs, where an estimator applies the adjoint force that they ask for."""
    return linear if OF_SPRINGS in bench.settings.estimators else None


def _estimates(bench: Bench, point: Point) -> Outcome:
    experiment = bench.experiment(point)
    lab, linear = experiment.laboratory, experiment.linear
    references = {"exact": lab.exact_gradient} | ({} if linear is None else {LINEAR: linear.exact_gradient})
    scale = point["adjoint_force"] / lab.adjoint_magnitude
    rows: list[dict[str, Any]] = []
    ends: list[dict[str, Any]] = []
    for name in bench.settings.estimators:
        for repeat in range(bench.settings.repeats):
            lab.read_unstable = lab.read_unknown = False
            lab.seen.clear()
            try:
                gradient = _estimate(bench, point, experiment, name, scale)
            except (ConvergenceError, InstabilityError) as error:
                # That a structure cannot bear the adjoint force is a finding; the data's load alone it has borne
                ends.append({"estimator": name, "repeat": repeat, "why": str(error)})
                continue
            errors = {r: {m: f(gradient, references[r]) for m, f in METRICS.items()} for r in bench.settings.references}
            # The linear forward field goes with the force that the linear springs ask for
            asking = linear if linear is not None and name == OF_SPRINGS else lab
            strength = point["adjoint_force"] / asking.adjoint_magnitude
            rows.append(
                {
                    "estimator": name,
                    "repeat": repeat,
                    "strength": strength,
                    "stable": reach.stable(lab),
                    "gradient": gradient.tolist(),
                    "errors": errors,
                    "reached": reach.reached(lab, _of_springs(bench, linear)),
                }
            )
    lab.forget()
    if linear is not None:
        linear.forget()
    return Outcome({"forward_magnitude": float(np.linalg.norm(lab.force)), "estimates": rows, "ends": ends})


def _estimate(bench: Bench, point: Point, experiment: Experiment, name: str, scale: float) -> np.ndarray:
    """One estimate of dL/dk; without noise, one that needs no adjoint force is formed once for all strengths."""
    if name not in WITHOUT_ADJOINT_FORCE or bench.settings.noise > 0:
        return ESTIMATORS[name](experiment, scale)
    key = (point["case"], point["forward_force"], point["model"], name)
    if key not in bench.without_adjoint_force:
        bench.without_adjoint_force[key] = ESTIMATORS[name](experiment, scale)
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
