"""The study of the errors of a measured gradient."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from itertools import product
from typing import Annotated, Any, ClassVar, Self

import numpy as np
import pandas as pd
import xarray as xr
from pydantic import Field, model_validator

from femnn.config.limits_of_input import MOST
from femnn.config.quantities import Degrees, Duration, Force, Length, Pressure
from femnn.config.settings import Settings, one_of
from femnn.config.settings_paths import NamesFile
from femnn.errors import ConvergenceError, InstabilityError
from femnn.insitu.best_force import optimum
from femnn.insitu.camera import Camera
from femnn.insitu.creeping import crept_estimate, protocols
from femnn.insitu.error_sources import SOURCES, BenchErrors, ErrorSources
from femnn.insitu.estimator_kinds import EstimatorInputs
from femnn.insitu.estimators import READINGS
from femnn.insitu.expected_error import expected_estimate
from femnn.insitu.experiment import Experiment
from femnn.insitu.limit_gradient import limit_gradient
from femnn.insitu.metrics import relative_l2
from femnn.insitu.relative_loads import Share
from femnn.insitu.repeated_measurements import errors_of_measurements
from femnn.mechanics.viscoelasticity import Creep, Prony, fitted, master_curve
from femnn.network.network import Network
from femnn.study.adjoint_study import AdjointStudy, in_words, reference
from femnn.study.api import Bench, Content, Layout, Listed, Point, Results, Row, found, headlines, merged

from . import bench_report, noise_report

FEWEST_FORCES = 5
FEWEST_CARRIED = 3
"""Adjoint forces that must be carried for one of them to be the best."""
DELAYS = 13
"""Delays for which the error by creep is drawn."""
PLACE = ["case", "model", "estimator"]
ERRORS = ["relative_l2", "uncertainty", "one_minus_pearson", "one_minus_cosine"]
BY_NOISE = [*PLACE, "reference", "adjoint_force", "noise"]


class BenchSettings(Settings):
    """What a laboratory has."""

    noise: Annotated[Length, Field(gt=0)] = 20e-6
    """Standard deviation of the camera's reading of each displacement (m)."""
    weight: Annotated[Force, Field(ge=0)] = 9.8e-3
    """Smallest weight (N), to multiples of which every load is rounded: its error is up to half of it."""
    angle: Degrees = Field(default=2.0, ge=0)
    """Standard deviation of the angle by which a weight hangs askew (degrees)."""
    delay: Duration = Field(default=60.0, gt=0)
    """Time between one reading and the next (s)."""


class CreepSettings(Settings):
    """How the material creeps."""

    wait: Duration = Field(default=60.0, gt=0)
    """Time from hanging the data's load to its first reading (s); the network's modulus is that of this time."""
    delays: Listed[Annotated[Duration, Field(gt=0)]] = Field(default=[10.0, 60.0, 600.0], min_length=1)
    """Times between one reading and the next (s)."""
    master_curve: Annotated[str, NamesFile("measurements", inside=True)] = "agilus30/master-curve.csv"
    """File in measurements/, or a path."""
    equilibrium_modulus: Annotated[Pressure, Field(gt=0)] | None = None
    """E∞ (Pa); fitted to the master curve where None."""
    shortest: Duration = Field(default=1e-4, gt=0)
    """Shortest relaxation time of the Prony series (s)."""
    longest: Duration = Field(default=1e4, gt=0)
    """Longest relaxation time (s)."""
    terms_per_decade: int = Field(default=1, ge=1, le=MOST)

    @model_validator(mode="after")
    def _of_some_decades(self) -> Self:
        if self.longest <= self.shortest:
            raise ValueError("creep.longest must be above creep.shortest")
        return self

    def prony(self, equilibrium: float | None) -> Prony:
        """Return the series fitted to the master curve with this E∞ (Pa), or with one that is fitted.

        Raises:
            ConfigError: the master curve cannot be read.
        """
        decades = np.log10(self.longest / self.shortest)
        times = np.geomspace(self.shortest, self.longest, round(decades * self.terms_per_decade) + 1)
        return fitted(master_curve(self.master_curve), times, equilibrium)


class Noise(AdjointStudy):
    """What keeps a measured gradient from being exact?

    The smaller the adjoint force, the more the camera's noise is in the way; the larger, the more the lattice is not
    what it was. Which adjoint force is best, how good can a gradient get, and what do weights and creep add?

    At each adjoint force every state is solved for once and seen many times; beside these drawn measurements is the
    error that is expected in closed form. Weights that are rounded and hang askew, and a material that creeps between
    one reading and the next, are added one by one and all together. Creep is followed over delays, too, at the adjoint
    force that is best with the noise of the bench.
    """

    li2024_forces: ClassVar = ({"from": "0.005 gf", "to": "8 gf", "count": 25}, "5 gf")
    units: ClassVar = {"adjoint_force": "N", "noise": "m", "delay": "s"}
    tables: ClassVar = {
        "table": Layout([*BY_NOISE, "without_noise", "expected", *ERRORS], BY_NOISE),
        "sources": Layout([*PLACE, "source", "adjoint_force", *ERRORS], [*PLACE, "source", "adjoint_force"],
                          prefix="source_"),
        "creep": Layout([*PLACE, "protocol", "adjoint_force", "delay", "best", *ERRORS],
                        ["case", "model", "protocol", "adjoint_force", "delay"], ERRORS, "creep_"),
    }  # fmt: skip

    estimators: Listed[Annotated[str, one_of("estimator", READINGS)]] = Field(min_length=1)
    noises: Listed[Length] = Field(min_length=1)
    """Standard deviations of the camera's reading of each displacement (m)."""
    repeats: int = Field(default=400, ge=2, le=MOST)
    """Measurements that are drawn at each adjoint force and noise."""
    correlation_length: Length = Field(default=0.0, ge=0)
    """Distance over which the camera's errors at two nodes are alike (m)."""
    shake: Length = Field(default=0.0, ge=0)
    """Standard deviation of each component by which the whole picture is off (m)."""
    bench: BenchSettings = BenchSettings()
    creep: CreepSettings = CreepSettings()

    @model_validator(mode="after")
    def _above_zero(self) -> Self:
        if min(self.noises) <= 0:
            raise ValueError("noises must be above 0")
        given = self.adjoint_forces
        for forces in [] if given is None else given.values() if isinstance(given, Mapping) else [given]:
            absolute = [force for force in forces if not isinstance(force, Share)]
            if len(forces) < FEWEST_FORCES:
                raise ValueError(f"adjoint_forces must be {FEWEST_FORCES} at least, of which one is the best")
            if absolute != sorted(absolute):
                raise ValueError("adjoint_forces must be ascending")
        return self

    @property
    def all_noises(self) -> list[float]:
        """The noises, that of the bench among them, ascending (m)."""
        return sorted({*self.noises, self.bench.noise})

    def seen(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Leave out energy forms on models whose energies a camera on the nodes does not see."""
        models = self.models_by_name()
        known = rows["model"].map(lambda name: models[name].traits.energy_from_elongation).astype(bool)
        return rows[known | rows["estimator"].map(lambda name: READINGS[name].product).astype(bool)]

    def called(self, model: Any) -> str:
        """Return what bonds of a model are called, at the beginning of a sentence."""
        label = self.models_by_name()[str(model)].traits.label
        return label[0].upper() + label[1:]

    def material(self) -> Creep:
        """Return the creep of the material."""
        return self.creep.prony(self.creep.equilibrium_modulus).creep

    def check(self, network: Network) -> None:
        """Refuse cases that do not fit the network, and a material that is not known."""
        super().check(network)
        self.material()

    def points(self) -> Iterator[Point]:
        """Each adjoint force and estimator, for each case and model; and creep at the best force, which is None."""
        for case, model in product(self.cases, self.models):
            forces = self.forces_of(case)
            for force, name in product([*forces, None], self.estimators):
                place = {"case": case, "model": model, "estimator": name, "adjoint_force": force}
                yield Point(place, [model], cost=1.0 if force is not None else len(forces))

    def measure(self, bench: Bench, point: Point) -> Iterator[Row]:
        """All errors of an estimator at one adjoint force, or its errors by creep against the delay."""
        experiment = bench.experiment(point["model"], self.case[point["case"]])
        force = point["adjoint_force"]
        if force is not None:
            s = force / experiment.adjoint_magnitude
            yield from self._by_noise(bench, experiment, point, s)
            yield from self._by_creep(bench, experiment, point["estimator"], s, self.creep.delays)
            yield from self._by_source(bench, experiment, point, s)
            return
        best = self._best_force(bench, experiment, point)
        if best is not None:
            delays = np.geomspace(min(self.creep.delays) / 3, 3 * max(self.creep.delays), DELAYS).tolist()
            s = best / experiment.adjoint_magnitude
            for row in self._by_creep(bench, experiment, point["estimator"], s, sorted({*delays, *self.creep.delays})):
                yield Row({**row.values, "adjoint_force": best, "best": True}, "creep")

    def _camera(self, bench: Bench, noise: float, point: Point, *purpose: Any) -> Camera:
        """A camera that takes all pictures at once; its draws are the same for every model."""
        generator = bench.stream(*purpose, *(point[name] for name in ("case", "adjoint_force", "estimator")))
        return Camera(noise, generator, self.correlation_length, self.shake, bench.network.nodes, self.repeats)

    def _by_noise(self, bench: Bench, experiment: Experiment, point: Point, s: float) -> Iterator[Row]:
        """Expected and drawn errors at each noise, against the exact gradient and the estimator's own limit."""
        how = READINGS[point["estimator"]]
        references = {"exact": experiment.exact_gradient, "limit": limit_gradient(experiment, point["estimator"])}
        for noise in self.all_noises:
            camera = self._camera(bench, noise, point, "camera", noise)
            predicted = expected_estimate(experiment, how, s, camera)
            drawn = how(EstimatorInputs(experiment, camera=camera), s)
            for kind, gradient in references.items():
                known = {"without_noise": relative_l2(predicted.clean, gradient), "expected": predicted.error(gradient)}
                yield Row({"noise": noise, "reference": kind} | known | errors_of_measurements(drawn, gradient))

    def _by_creep(
        self, bench: Bench, experiment: Experiment, estimator: str, s: float, delays: list[float]
    ) -> Iterator[Row]:
        """Errors without noise of the protocols of an estimator, with some delays between readings."""
        creep = bench.once("creep", self.material)
        for name, how in protocols([estimator]).items():
            for delay in delays:
                estimate = crept_estimate(experiment, how, creep, self.creep.wait, delay, s)
                errors = errors_of_measurements(estimate, experiment.exact_gradient)
                yield Row({"protocol": name, "delay": delay, "best": False} | errors, "creep")

    def _by_source(self, bench: Bench, experiment: Experiment, point: Point, s: float) -> Iterator[Row]:
        """Errors by each source alone, and by all."""
        b, creep = self.bench, bench.once("creep", self.material)
        sources = ErrorSources(
            experiment, point["estimator"], s, BenchErrors(b.weight, b.angle, creep, self.creep.wait, b.delay)
        )
        for source in SOURCES:
            estimates = sources.estimates(source, self._camera(bench, b.noise, point, "source", source))
            yield Row({"source": source} | errors_of_measurements(estimates, experiment.exact_gradient), "sources")

    def _best_force(self, bench: Bench, experiment: Experiment, point: Point) -> float | None:
        """The adjoint force that is best with the noise of the bench (N); None where too few are carried."""
        how, camera, errors = READINGS[point["estimator"]], self._camera(bench, self.bench.noise, point), {}
        for force in self.forces_of(point["case"]):
            # Forces that the lattice does not carry are reported at their own points
            with suppress(ConvergenceError, InstabilityError):
                predicted = expected_estimate(experiment, how, force / experiment.adjoint_magnitude, camera)
                errors[force] = predicted.error(experiment.exact_gradient)
        if len(errors) < FEWEST_CARRIED:
            return None
        return optimum(np.array([*errors]), np.array([*errors.values()])).force

    def derived(self, results: Results) -> Iterator[tuple[str, pd.DataFrame]]:
        """Best adjoint force and least error at each noise."""
        yield "optima", noise_report.optima(self, results)

    def dataset(self, results: Results) -> xr.Dataset:
        """All errors but those at the best adjoint force, which is no coordinate."""
        creep = results.table("creep")
        tables = {**results.tables, "creep": creep[~creep["best"].astype(bool)]}
        return merged({name: (tables[name], layout) for name, layout in self.tables.items()}, self.units)

    def report(self, results: Results) -> Iterator[Content | Iterator[Content]]:
        """Noise and the best adjoint force, sources, exponents, creep."""
        yield from headlines(reference(self))
        yield from found(in_words(self))
        for part in (
            noise_report.best_forces, noise_report.error_against_force, noise_report.estimators,
            noise_report.exponents, noise_report.against_noise, bench_report.sources, bench_report.bars,
            bench_report.creep, bench_report.creep_figures, bench_report.material,
        ):  # fmt: skip
            yield part(self, results)
