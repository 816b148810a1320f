"""Settings of the study."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Self

import numpy as np
from pydantic import Field, model_validator

from femnn.config.quantities import Degrees, Duration, Force, Length, Pressure
from femnn.config.settings import Settings as Table
from femnn.config.settings import one_of
from femnn.insitu.estimators import READINGS
from femnn.insitu.relative_loads import Share
from femnn.mechanics.viscoelasticity import Prony, fitted, master_curve
from femnn.study.study_settings import AdjointSettings, Listed

FEWEST_FORCES = 5


class BenchSettings(Table):
    """What a laboratory has."""

    noise: Annotated[Length, Field(gt=0)] = 20e-6
    """Standard deviation of the camera's reading of each displacement (m)."""
    weight: Annotated[Force, Field(ge=0)] = 9.8e-3
    """Smallest weight (N), to multiples of which every load is rounded: its error is up to half of it."""
    angle: Degrees = Field(default=2.0, ge=0)
    """Standard deviation of the angle by which a weight hangs askew (degrees)."""
    delay: Duration = Field(default=60.0, gt=0)
    """Time between one reading and the next (s)."""


class CreepSettings(Table):
    """How the material creeps."""

    wait: Duration = Field(default=60.0, gt=0)
    """Time from hanging the data's load to its first reading (s); the network's modulus is that of this time."""
    delays: Listed[Annotated[Duration, Field(gt=0)]] = Field(default=[10.0, 60.0, 600.0], min_length=1)
    """Times between one reading and the next (s)."""
    master_curve: str = "agilus30/master-curve.csv"
    """File in measurements/, or a path."""
    equilibrium_modulus: Annotated[Pressure, Field(gt=0)] | None = None
    """E∞ (Pa); fitted to the master curve where None."""
    shortest: Duration = Field(default=1e-4, gt=0)
    """Shortest relaxation time of the Prony series (s)."""
    longest: Duration = Field(default=1e4, gt=0)
    """Longest relaxation time (s)."""
    terms_per_decade: int = Field(default=1, ge=1)

    def prony(self, equilibrium: float | None) -> Prony:
        """The series fitted to the master curve with this E∞ (Pa), or with one that is fitted."""
        decades = np.log10(self.longest / self.shortest)
        times = np.geomspace(self.shortest, self.longest, round(decades * self.terms_per_decade) + 1)
        return fitted(master_curve(self.master_curve), times, equilibrium)


class Settings(AdjointSettings):
    """Settings of the study."""

    li2024_forces: ClassVar[tuple[Any, ...]] = ({"from": "0.005 gf", "to": "8 gf", "count": 25}, "5 gf")

    estimators: Listed[Annotated[str, one_of("estimator", READINGS)]] = Field(min_length=1)
    noises: Listed[Length] = Field(min_length=1)
    """Standard deviations of the camera's reading of each displacement (m)."""
    repeats: int = Field(default=400, ge=2)
    """Measurements that are drawn at each adjoint force and noise."""
    correlation_length: Length = Field(default=0.0, ge=0)
    """Distance over which the camera's errors at two nodes are alike (m)."""
    shake: Length = Field(default=0.0, ge=0)
    """Standard deviation of each component by which the whole picture is off (m)."""
    bench: BenchSettings = BenchSettings()
    creep: CreepSettings = CreepSettings()

    @property
    def all_noises(self) -> list[float]:
        """The noises, that of the bench among them, ascending (m)."""
        return sorted({*self.noises, self.bench.noise})

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
        if self.creep.longest <= self.creep.shortest:
            raise ValueError("creep.longest must be above creep.shortest")
        return self
