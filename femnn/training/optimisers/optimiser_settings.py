"""Optimisers as study files describe them: ``{name = "adam", learning_rate = 0.01}``."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from femnn.config.settings import Settings
from femnn.training.optimisers.adam import PUBLISHED_OFFSET, Adam
from femnn.training.optimisers.lbfgs import LimitedMemoryBFGS
from femnn.training.optimisers.schedules import CONSTANT, AnySchedule
from femnn.training.optimisers.sgd import StochasticGradientDescent
from femnn.training.optimisers.tao import BoundedQuasiNewton, Method


class AdamSettings(Settings):
    """Adam."""

    name: Literal["adam"] = "adam"
    learning_rate: float = Field(default=1e-3, gt=0)
    beta1: float = Field(default=0.9, ge=0, lt=1)
    beta2: float = Field(default=0.999, ge=0, lt=1)
    offset: float = Field(default=PUBLISHED_OFFSET, gt=0)
    """ε, outside the root; that of Li & Mao (2024) unless given."""
    schedule: AnySchedule = CONSTANT

    def optimiser(self) -> Adam:
        """The optimiser."""
        return Adam(self.learning_rate, self.beta1, self.beta2, self.offset, self.schedule)


class StochasticGradientDescentSettings(Settings):
    """Stochastic gradient descent."""

    name: Literal["sgd"] = "sgd"
    learning_rate: float = Field(gt=0)
    """In units of θ² over those of the loss."""
    momentum: float = Field(default=0.0, ge=0, lt=1)
    nesterov: bool = False
    schedule: AnySchedule = CONSTANT

    def optimiser(self) -> StochasticGradientDescent:
        """The optimiser."""
        return StochasticGradientDescent(self.learning_rate, self.momentum, self.nesterov, self.schedule)


class LimitedMemoryBFGSSettings(Settings):
    """SciPy's L-BFGS-B."""

    name: Literal["lbfgs"] = "lbfgs"
    memory: int = Field(default=10, ge=1)
    gradient_tolerance: float = Field(default=1e-8, ge=0)
    """As a share of the first gradient."""
    decrease_tolerance: float = Field(default=0.0, ge=0)
    """As a share of the first loss or the present."""

    def optimiser(self) -> LimitedMemoryBFGS:
        """The optimiser."""
        return LimitedMemoryBFGS(self.memory, self.gradient_tolerance, self.decrease_tolerance)


class BoundedQuasiNewtonSettings(Settings):
    """A bounded quasi-Newton method of PETSc's TAO."""

    name: Literal["tao"] = "tao"
    method: Method = "bqnls"
    gradient_tolerance: float = Field(default=1e-8, ge=0)
    """As a share of the first gradient."""

    def optimiser(self) -> BoundedQuasiNewton:
        """The optimiser."""
        return BoundedQuasiNewton(self.method, self.gradient_tolerance)


def _named(value: object) -> object:
    """Parameters with the name of the optimiser that they are for, Adam where it is left out."""
    return {"name": "adam", **value} if isinstance(value, Mapping) else value


type OptimiserSettings = Annotated[
    AdamSettings | StochasticGradientDescentSettings | LimitedMemoryBFGSSettings | BoundedQuasiNewtonSettings,
    Field(discriminator="name"),
    BeforeValidator(_named),
]
"""An optimiser by its name, with its parameters."""

OPTIMISERS: dict[
    str,
    type[AdamSettings]
    | type[StochasticGradientDescentSettings]
    | type[LimitedMemoryBFGSSettings]
    | type[BoundedQuasiNewtonSettings],
] = {
    "adam": AdamSettings,
    "sgd": StochasticGradientDescentSettings,
    "lbfgs": LimitedMemoryBFGSSettings,
    "tao": BoundedQuasiNewtonSettings,
}
"""The settings of the optimisers by the names that studies use; ``optimiser()`` of each makes it."""
