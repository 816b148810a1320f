"""Optimisers behind one seam: each minimises an objective from a start within bounds."""

from femnn.learning.optimisers.adam import Adam
from femnn.learning.optimisers.lbfgs import LimitedMemoryBFGS
from femnn.learning.optimisers.optimiser import Finished, Objective, Optimiser
from femnn.learning.optimisers.schedules import SCHEDULES, AnySchedule, Constant, Cosine, Exponential, Schedule, Step
from femnn.learning.optimisers.settings import (
    OPTIMISERS,
    AdamSettings,
    BoundedQuasiNewtonSettings,
    LimitedMemoryBFGSSettings,
    OptimiserSettings,
    StochasticGradientDescentSettings,
)
from femnn.learning.optimisers.sgd import StochasticGradientDescent
from femnn.learning.optimisers.tao import BoundedQuasiNewton

__all__ = [
    "OPTIMISERS",
    "SCHEDULES",
    "Adam",
    "AdamSettings",
    "AnySchedule",
    "BoundedQuasiNewton",
    "BoundedQuasiNewtonSettings",
    "Constant",
    "Cosine",
    "Exponential",
    "Finished",
    "LimitedMemoryBFGS",
    "LimitedMemoryBFGSSettings",
    "Objective",
    "Optimiser",
    "OptimiserSettings",
    "Schedule",
    "Step",
    "StochasticGradientDescent",
    "StochasticGradientDescentSettings",
]
