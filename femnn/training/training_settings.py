"""Training as study files describe it: table [training]."""

import math
from typing import Annotated, Any, Literal

from pydantic import Field, field_validator, model_validator

from femnn.config.limits_of_input import MOST
from femnn.config.quantities import Force, Length
from femnn.config.settings import one_of, validated
from femnn.errors import ConfigError
from femnn.insitu.estimators import ESTIMATORS
from femnn.insitu.relative_loads import RelativeForce, Share
from femnn.network.network import Network
from femnn.training.gradient_sources import EXACT, Exact, InSitu, Source
from femnn.training.optimisers.adam import Adam
from femnn.training.optimisers.optimiser_settings import OptimiserSettings
from femnn.training.parametrisation import PARAMETRISATIONS, Parametrisation, parametrisation
from femnn.training.schedule import TrainingSchedule


class TrainingSettings(TrainingSchedule):
    """How a network is trained."""

    optimiser: OptimiserSettings = Field(default_factory=Adam)
    parametrisation: Annotated[str, one_of("parametrisation", PARAMETRISATIONS)] = "sigmoid"
    beta: float = Field(default=5.0, gt=0)
    """Steepness of the sigmoid."""
    chain_rule: bool = True
    """Whether dL/dk is multiplied by dk/dθ; Li & Mao (2024) leave it as it is."""
    gradient: Annotated[str, one_of("gradient", [EXACT, *ESTIMATORS])] = EXACT
    """The exact gradient, which is computed, or an estimator, which is measured as the next four say."""
    adjoint_force: RelativeForce | None = None
    """Norm of the adjoint force that an estimator applies (N), or a share of the load of 1 % strain, of 0.1 rad of
    rotation, or of the lesser of them ("least") at each sample's forward state. Where None, 5 gf on the lattice of Li &
    Mao (2024), and 0.3 of the lesser load on other networks."""
    noise: Annotated[Length, Field(ge=0)] = 0.0
    """Standard deviation of the camera's reading of each displacement (m)."""
    weight: Annotated[Force, Field(ge=0)] = 0.0
    """Smallest weight (N), to multiples of which forces are rounded; 0 for no rounding."""
    repeats: int = Field(default=1, ge=1, le=MOST)
    """Measurements of each gradient under one adjoint force, of which the mean is taken."""
    nudging: float | None = Field(default=None, gt=0)
    """Factor β of "nudged" and "nudged-centred", in which the loss itself pulls; where left out it is such that it
    pulls with ``adjoint_force`` at first, and so grows as the loss falls."""
    on_failure: Literal["skip", "stop"] = "skip"
    """Whether a sample without an equilibrium is left out of its step, or ends the training."""
    groups: int | None = Field(default=None, ge=1, le=MOST)
    """Groups into which the ranks are split, each with the whole structure; one a rank where left out."""

    @field_validator("adjoint_force")
    @classmethod
    def _no_critical_load(cls, force: RelativeForce | None) -> RelativeForce | None:
        if isinstance(force, Share) and force.relative_to == "critical":
            raise ValueError('no critical load is looked for in training; set relative_to to "strain", "rotation" or '
                             '"least"')  # fmt: skip
        return force

    @model_validator(mode="after")
    def _fits_together(self) -> "TrainingSettings":
        if self.optimiser.full_batch and self.batch is not None:
            raise ValueError(f"optimiser {self.optimiser.name} needs all samples at every step; leave out batch")
        try:
            self.source()
        except ConfigError as error:
            raise ValueError(str(error)) from error
        return self

    def changed(self, **updates: Any) -> "TrainingSettings":
        """The same settings except for some.

        Raises:
            ConfigError: they do not fit together.
        """
        given = {name: getattr(self, name) for name in type(self).model_fields}
        return validated(TrainingSettings, given | updates, "training")

    def source(self) -> Source:
        """Where gradients come from.

        Raises:
            ConfigError: the estimator cannot be had with weights.
        """
        if self.gradient == EXACT:
            return Exact()
        return InSitu(self.gradient, self.adjoint_force, self.noise, self.weight, self.repeats, self.nudging)

    def divided_share(self, samples: int) -> float:
        """Return what an epoch's batches come to in the mean, each summed and divided by the divisor.

        Args:
            samples: number of training samples.

        Returns:
            The mean over the batches, as a share of the mean over the samples: below 1 where the last batch is smaller
            than the divisor.
        """
        batch = self.batch or samples
        return 1.0 if self.divisor is None else samples / (math.ceil(samples / batch) * self.divisor)

    def parameters_of(self, network: Network) -> Parametrisation:
        """How the network's stiffness follows from parameters."""
        return parametrisation(self.parametrisation, network, self.beta, self.chain_rule)
