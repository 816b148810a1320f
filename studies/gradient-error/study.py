"""The study of in situ gradients: every model, every estimator, every strength of the adjoint force."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from typing import Annotated, ClassVar, Literal, Self

import numpy as np
import pandas as pd
import xarray as xr
from pydantic import AfterValidator, Field

from femnn.config.limits_of_input import MOST
from femnn.config.quantities import GRAM_FORCE, Length
from femnn.config.settings import one_of
from femnn.errors import ConfigError
from femnn.insitu.camera import Camera
from femnn.insitu.difference_steps import default_steps
from femnn.insitu.estimator_kinds import EstimatorInputs
from femnn.insitu.estimators import ESTIMATORS, takes_springs
from femnn.insitu.experiment import Experiment
from femnn.insitu.fitting import Fitting
from femnn.insitu.load_paths import REVERSED, critical_loads, critical_reversed, reached
from femnn.insitu.metrics import all_metrics
from femnn.insitu.relative_loads import Step
from femnn.insitu.sweeps import Forces
from femnn.mechanics.between import with_models_between
from femnn.mechanics.drawn import drawn
from femnn.mechanics.models import SPRINGS
from femnn.mechanics.structure import Structure
from femnn.network.network import Floats, Network
from femnn.runtime.stack import MPI
from femnn.solving.equilibrium import reactions
from femnn.solving.state import State
from femnn.study.adjoint_study import AdjointStudy, in_words, reference
from femnn.study.api import Bench, Layout, Listed, Measured, ModelName, Point, Results, Row, Value
from femnn.study.contents import Content, found, headlines

from . import errors, places, states
from .places import ENDS, ERRORS, LINEAR, REACTIONS, UNITS, Run


def _positive(forces: list[float]) -> list[float]:
    if min(forces, default=1.0) <= 0:
        raise ValueError("forces must be above 0")
    return forces


class GradientError(AdjointStudy):
    """How wrong is an in situ gradient?

    A lattice is loaded with the data, then with the adjoint force, and the elongations of each bond are multiplied.
    That is exact for ideal linear springs. How far off is it in other models, at which adjoint force, read how?

    Every model of the network is loaded with the data's force; each estimator forms dL/dk of all bonds from what it
    reads at each strength of the adjoint force; the result is held against the gradient of the linear spring model,
    which the in situ method is exact for, and against the exact adjoint gradient of the model itself.
    """

    li2024_forces: ClassVar = ({"from": "0.0005 gf", "to": "25 gf", "count": 25}, "5 gf")
    for_network: ClassVar = (
        *AdjointStudy.for_network, "forward_forces", "finite_difference_step", "central_difference_step",
    )  # fmt: skip
    units: ClassVar = UNITS
    tables: ClassVar = {"table": ERRORS, "ends": Layout(ENDS), "reactions": Layout(REACTIONS)}

    models: Listed[ModelName] = Field(min_length=1)
    """Models whose gradient is estimated in situ, each with more effects than the one before it."""
    buckling: Listed[ModelName] = Field(default_factory=list)
    """Models of which, if they are run, it is found out at which adjoint force, reversed, they buckle."""
    estimators: Listed[Annotated[str, one_of("estimator", ESTIMATORS)]] = Field(min_length=1)
    references: Listed[Annotated[str, one_of("reference", (LINEAR, "exact"))]] = Field(min_length=1)
    forward_forces: Annotated[Forces, AfterValidator(_positive)] = Field(default_factory=list)
    """Strengths to which the data's load of every case is scaled (N); as the case has it where empty."""
    noise: Length = Field(default=0.0, ge=0)
    """Standard deviation of the camera's reading of each displacement (m)."""
    repeats: int = Field(default=1, ge=1, le=MOST)
    elongation: Literal["own", "true", "projected"] = "own"
    """How elongations are formed from displacements; "own" is projected for springs and true for other models."""
    finite_difference_step: Step | None = None
    """In E·A (N), or as a share of each bond's stiffness; where None, that which suits the network."""
    central_difference_step: Step | None = None

    def fitted(self, fitting: Fitting) -> Self:
        """Return the settings for the network of the run, without springs where it stands by rigid joints alone."""
        settings = super().fitted(fitting)
        changed = {
            "buckling": [name for name in self.buckling if fitting.carries(name)],
            "references": fitting.without_springs(self.references, "references", lambda name: name == LINEAR),
            "estimators": fitting.without_springs(self.estimators, "estimators", takes_springs),
        }
        if not (changed["references"] and changed["estimators"]):
            raise ConfigError('There is nothing left to compare; take references = ["exact"] and other estimators.')
        return settings.model_copy(update=changed)

    def resolved(self, network: Network, comm: MPI.Comm) -> Self:
        """The same with all forces in newtons, and with steps of differences."""
        one_sided, central = default_steps(network)
        steps = {
            "finite_difference_step": self.finite_difference_step or one_sided,
            "central_difference_step": self.central_difference_step or central,
        }
        return super().resolved(network, comm).model_copy(update=steps)

    @property
    def ladder(self) -> list[str]:
        """The models, and between bars and beams those with straight ends: exact gradients are compared in steps."""
        return with_models_between(self.models, self.models_by_name())

    @property
    def applies_of_springs(self) -> bool:
        """Whether an estimator applies the adjoint force that linear springs ask for."""
        return any(map(takes_springs, self.estimators))

    @property
    def needs_springs(self) -> bool:
        """Whether a model, a reference or an estimator asks for linear springs."""
        return SPRINGS in (*self.models, *self.buckling) or LINEAR in self.references or self.applies_of_springs

    def points(self) -> Iterator[Point]:
        """For each case, forward force and model: its fields, then each adjoint force."""
        for case, forward_force, model in product(self.cases, self.forward_forces or (None,), self.ladder):
            # Of the models between those asked for, no estimate is made that could be near its critical load
            forces = self.forces_of(case) if model in self.models else []
            for adjoint_force in [None, *forces]:
                at = {"case": case, "forward_force": forward_force, "model": model, "adjoint_force": adjoint_force}
                yield Point(at, [model, SPRINGS] if self.needs_springs else [model])

    def measure(self, bench: Bench, point: Point) -> Iterator[Measured]:
        """The fields of a model, or all estimates at one strength of the adjoint force."""
        yield from (self._fields if point["adjoint_force"] is None else self._estimates)(bench, point)

    def _experiments(self, bench: Bench, point: Point) -> tuple[Experiment, Experiment | None]:
        """That of the model, and that of linear springs where something asks for them."""
        elongation = None if self.elongation == "own" else self.elongation
        load = self.case[point["case"]], point["forward_force"], elongation
        linear = bench.experiment(SPRINGS, *load) if self.needs_springs else None
        return bench.experiment(point["model"], *load), linear

    def _adjoint_alone(self, case: str, experiment: Experiment) -> State:
        return experiment.state(0, self.shown_of(case) / experiment.adjoint_magnitude)

    def _fields(self, bench: Bench, point: Point) -> Iterator[Measured]:
        """Displacements, exact gradients, reactions, the deformed shape, and critical loads."""
        experiment, linear = self._experiments(bench, point)
        structure, case, forward = experiment.solver.structure, point["case"], experiment.forward
        size = float(np.linalg.norm(experiment.force))
        for row in reactions(experiment.solver, forward).rows(bench.network):
            yield Row({"forward_force": size} | row, "reactions")
        yield Value("fields", {
            "forward_magnitude": size,
            "adjoint_magnitude": experiment.adjoint_magnitude,
            "adjoint_force": experiment.adjoint_force,
            "force": experiment.force,
            "forward": forward.displacements,
            "adjoint": self._adjoint_alone(case, experiment).displacements,
            "exact": experiment.exact_gradient,
            **({} if linear is None else {LINEAR: linear.exact_gradient}),
        })  # fmt: skip
        structure.set_values(forward.values)
        shape, d = drawn(structure), structure.network.dimension
        yield Value("shape", {"rest": shape.rest[:, :, :d], "moved": shape.moved[:, :, :d], "bonds": shape.bonds})
        strongest = max(self.forces_of(case))
        known: dict[str, float] = {}
        if point["model"] in self.buckling and not structure.model.linear:
            found = critical_reversed(experiment, strongest)
            known = {} if found is None else {REVERSED: found[0]}
            yield Value("buckling", {"strength": found[0], "kind": found[1].kind} if found else {"borne": strongest})
        if point["model"] in self.models:
            of_springs = linear if self.applies_of_springs else None
            yield Value("critical", critical_loads(experiment, of_springs, strongest, known))

    def _estimates(self, bench: Bench, point: Point) -> Iterator[Measured]:
        """Errors of every estimate against every reference, and the estimates themselves."""
        experiment, linear = self._experiments(bench, point)
        inputs = EstimatorInputs(experiment, linear, self.finite_difference_step, self.central_difference_step)
        references = {"exact": experiment.exact_gradient} | ({LINEAR: linear.exact_gradient} if linear else {})
        gradients = []
        for name, repeat in product(self.estimators, range(self.repeats)):
            at = {"estimator": name, "repeat": repeat, "forward_force": float(np.linalg.norm(experiment.force))}
            experiment.seen.clear()
            try:
                gradient = self._estimate(bench, point, inputs, name, repeat)
            except self.expected_errors as error:
                # That a structure cannot carry the adjoint force is a finding; the data's load alone it has carried
                yield Row(at | {"why": str(error)}, "ends")
                continue
            gradients.append(gradient)
            # The linear forward field goes with the force that the linear springs ask for
            asking = linear if linear and takes_springs(name) else experiment
            at |= {"strength": point["adjoint_force"] / asking.adjoint_magnitude}
            at |= reached(experiment, linear if self.applies_of_springs else None)._asdict()
            for against in self.references:
                yield Row(at | {"reference": against} | all_metrics(gradient, references[against]))
        for used in filter(None, (experiment, linear)):
            used.forget()
        yield Value("gradients", np.reshape(gradients, (len(gradients), len(bench.network.bonds))))

    def _estimate(self, bench: Bench, point: Point, inputs: EstimatorInputs, name: str, repeat: int) -> Floats:
        """One estimate of dL/dk; without noise, one that needs no adjoint force is formed once for all strengths."""
        case, forward_force, model, adjoint_force = point.values.values()
        experiment = inputs.experiment
        s = adjoint_force / experiment.adjoint_magnitude
        if not ESTIMATORS[name].applies_adjoint_force and self.noise == 0:
            return bench.once((case, forward_force, model, name), lambda: ESTIMATORS[name](inputs, s))
        # The model is left out: all are seen with the same errors
        camera = Camera(self.noise, bench.stream("camera", case, forward_force, adjoint_force, name, repeat))
        return ESTIMATORS[name](replace(inputs, camera=camera), s)

    def states(self, bench: Bench, points: list[Point]) -> Iterator[tuple[str, Structure, State]]:
        """The forward state and that under the adjoint force alone, of every case and model."""
        for point in points:
            if point["adjoint_force"] is None:
                experiment, force = self._experiments(bench, point)[0], point["forward_force"]
                name = f"{point['case']}{'' if force is None else f'-{force / GRAM_FORCE:.4g}gf'}-{point['model']}"
                alone = self._adjoint_alone(point["case"], experiment)
                for which, state in (("forward", experiment.forward), ("adjoint", alone)):
                    yield f"{name}-{which}", experiment.solver.structure, state

    def derived(self, results: Results) -> Iterator[tuple[str, pd.DataFrame]]:
        """Errors with shares of critical loads, and the estimates bond by bond."""
        yield "table", places.with_critical_shares(results)
        yield "gradients", places.gradients(results)

    def dataset(self, results: Results) -> xr.Dataset:
        """Errors, gradients and fields by all their coordinates, and the network."""
        return places.with_fields(super().dataset(results), results)

    def report(self, results: Results) -> Iterator[Content | Iterator[Content]]:
        """Errors, what each effect does, how far the lattice was pushed, and the fields behind it."""
        yield from headlines(reference(self))
        yield from found(in_words(self))
        parts = (
            errors.headline, errors.findings, errors.effects, states.shapes, states.pushed, states.buckling,
            errors.details, states.fields, states.by_bond,
        )  # fmt: skip
        yield from (part(Run(self, results)) for part in parts)
