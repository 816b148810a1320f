"""Optimisers as study files describe them: ``{name = "adam", learning_rate = 0.01}``."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import BeforeValidator, Field

from femnn.training.optimisers.adam import Adam
from femnn.training.optimisers.lbfgs import LimitedMemoryBFGS
from femnn.training.optimisers.sgd import StochasticGradientDescent
from femnn.training.optimisers.tao import BoundedQuasiNewton

OPTIMISERS: dict[
    str, type[Adam] | type[StochasticGradientDescent] | type[LimitedMemoryBFGS] | type[BoundedQuasiNewton]
] = {"adam": Adam, "sgd": StochasticGradientDescent, "lbfgs": LimitedMemoryBFGS, "tao": BoundedQuasiNewton}
"""The optimisers by the names that studies use."""


def _named(value: object) -> object:
    """Parameters with the name of the optimiser that they are for, Adam where it is left out."""
    return {"name": "adam", **value} if isinstance(value, Mapping) else value


type OptimiserSettings = Annotated[
    Adam | StochasticGradientDescent | LimitedMemoryBFGS | BoundedQuasiNewton,
    Field(discriminator="name"),
    BeforeValidator(_named),
]
"""An optimiser by its name, with its parameters."""
