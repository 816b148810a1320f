"""Settings of the study, and what is measured with: what was hung, what it weighs, and the trained springs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Self

import numpy as np
import numpy.typing as npt
from pydantic import Field, model_validator

from femnn.config.quantities import Length
from femnn.config.settings import nearest, one_of
from femnn.measured.calibration.misfit_weights import Observed, observed
from femnn.measured.calibration.parameters import NAMES, Priors
from femnn.measured.comparison.protocol import Protocol, predicted, protocol
from femnn.measured.measured_gradient import MeasuredGradient
from femnn.mechanics.carrying import carriers
from femnn.mechanics.models import SPRINGS
from femnn.network.network import Network
from femnn.runtime.stack import MPI
from femnn.study.study_settings import Listed, MeasuredSettings, ModelName
from femnn.training.trainer import Trainer
from femnn.training.training_settings import TrainingSettings

type Floats = npt.NDArray[np.float64]

INITIAL = "initial"
"""The experiment on displacements before training."""


class Settings(MeasuredSettings):
    """Settings of the study."""

    models: Listed[ModelName] = Field(min_length=1)
    fits: Listed[str] = Field(min_length=1)
    """Cases that are fitted, each by itself; all other cases are judged."""
    floor: Length = Field(default=0.0, ge=0)
    """Error of the camera's reading of one elongation (m)."""
    sets: Listed[str] = Field(min_length=1)
    """Names of the sets of parameters that are fitted."""
    set: dict[str, Listed[Annotated[str, one_of("parameter", NAMES)]]]
    """Sets of parameters by name."""
    priors: Priors = Field(default_factory=Priors)
    training: TrainingSettings = Field(default_factory=TrainingSettings)
    """How springs are trained to the behaviours."""

    @model_validator(mode="after")
    def _names_exist(self) -> Self:
        for names, known, what in ((self.fits, self.cases, "case"), (self.sets, self.set, "set of parameters")):
            for name in names:
                if name not in known:
                    raise ValueError(f"there is no {what} {name!r}; {nearest(name, known).rstrip('.')}")
        return self


@dataclass
class Bench:
    """Measurements, what was hung, and the springs trained for the experiments on displacements."""

    settings: Settings
    network: Network
    comm: MPI.Comm
    protocols: dict[str, Protocol]
    data: dict[str, Observed]
    """Measurements with the floor under their deviations, by case."""
    raw: dict[str, Observed]
    """The same without it; not a number where a bond has no deviation."""
    trainer: Trainer
    ratios: dict[str, Floats] = field(default_factory=dict)
    """Stiffness over that of the network in each experiment on displacements, once it is known."""

    def trained(self) -> dict[str, Floats]:
        """Stiffness over that of the network in each experiment on displacements, shape (B,)."""
        s = self.settings
        if s.experiments and not self.ratios:
            self.ratios[INITIAL] = np.ones(len(self.network.bonds))
            for name, behaviour in s.experiments.items():
                found = self.trainer.train("spring", behaviour.task(self.network), s.training, s.seed, name)
                self.ratios[name] = found.stiffness / self.network.stiffness
        return self.ratios


def prepare(settings: Settings, network: Network, comm: MPI.Comm) -> Bench:
    """Check cases and behaviours against the network, and the network against the measurements.

    Raises:
        NetworkError: another network was measured, or a case does not fit the network.
        ConfigError: nothing was measured of a case, or its weights are not known.
    """
    settings.check(network)
    measured = settings.gradients(network)
    models = settings.models_by_name()
    trainer = Trainer(network, comm, settings.solver.resolved(), settings.loading, models, settings.training.groups)
    protocols = {name: protocol(settings.case[name], network, settings.adjoint_force) for name in settings.cases}
    # The same weights for all models: elongations of springs are near enough for an error of an error; where springs do
    # not carry the lattice, those of the first model
    base = SPRINGS if SPRINGS in carriers({SPRINGS: models[SPRINGS]}, network) else settings.models[0]
    linear = {name: predicted(trainer.solver(base), asked).elongations for name, asked in protocols.items()}
    data = {name: observed(measured[name], linear[name], settings.floor, network) for name in settings.cases}
    raw = {name: _without_floor(measured[name]) for name in settings.cases}
    return Bench(settings, network, comm, protocols, data, raw, trainer)


def _without_floor(measured: MeasuredGradient) -> Observed:
    return Observed(measured.value, np.where(measured.deviation > 0, measured.deviation, np.nan))
