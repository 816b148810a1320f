"""Settings of the study."""

from typing import Annotated, Self

import numpy as np
from pydantic import Field, model_validator

from femnn.config import Settings as Table
from femnn.config import one_of
from femnn.learning.schemes import SCHEMES
from femnn.quantities import Degrees, Duration, Force, Length, Pressure
from femnn.study import CaseSettings, Forces, Listed, ModelName
from femnn.viscoelasticity import Prony, fitted, master_curve


class BenchSettings(Table):
    """What a laboratory has."""

    noise: Annotated[Length, Field(gt=0)] = 20e-6
    """Standard deviation of the camera's reading of each displacement (m)."""
    weight: Annotated[Force, Field(ge=0)] = 9.8e-3
    """Smallest weight (N), to multiples of which every load is rounded: it is off by up to half of it."""
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


class Settings(CaseSettings):
    """Settings of the study."""

    models: Listed[ModelName] = Field(min_length=1)
    estimators: Listed[Annotated[str, one_of("estimator", SCHEMES)]] = Field(min_length=1)
    adjoint_forces: Forces = Field(min_length=5)
    """Strengths of the adjoint force, its norm over all nodes (N), ascending."""
    noises: Listed[Length] = Field(min_length=1)
    """Standard deviations of the camera's reading of each displacement (m)."""
    shown_adjoint_force: Annotated[Force, Field(gt=0)] = 0.049
    """Adjoint force at which the sources of error are compared (N); the nearest of the sweep is taken."""
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
        if min([*self.adjoint_forces, *self.noises]) <= 0:
            raise ValueError("adjoint_forces and noises must be above 0")
        if list(self.adjoint_forces) != sorted(self.adjoint_forces):
            raise ValueError("adjoint_forces must be ascending")
        if self.creep.longest <= self.creep.shortest:
            raise ValueError("creep.longest must be above creep.shortest")
        return self
