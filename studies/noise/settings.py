"""Settings of the bench and of its material."""

from typing import Annotated, Self

import numpy as np
from pydantic import Field, model_validator

from femnn.config.limits_of_input import MOST
from femnn.config.quantities import Degrees, Duration, Force, Length, Pressure
from femnn.config.settings import Settings
from femnn.config.settings_paths import NamesFile
from femnn.mechanics.viscoelasticity import Prony, fitted, master_curve
from femnn.study.setting_types import Listed


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
