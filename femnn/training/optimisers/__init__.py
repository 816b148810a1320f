"""Optimisers behind one seam: each minimises an objective from a start within bounds."""

from femnn.training.optimisers.adam import Adam
from femnn.training.optimisers.lbfgs import LimitedMemoryBFGS
from femnn.training.optimisers.optimiser import Finished, Objective, Optimiser
from femnn.training.optimisers.optimiser_settings import (
    OPTIMISERS,
    OptimiserSettings,
)
from femnn.training.optimisers.schedules import SCHEDULES, AnySchedule, Constant, Cosine, Exponential, Schedule, Step
from femnn.training.optimisers.sgd import StochasticGradientDescent
from femnn.training.optimisers.tao import BoundedQuasiNewton

__all__ = [
    "OPTIMISERS",
    "SCHEDULES",
    "Adam",
    "AnySchedule",
    "BoundedQuasiNewton",
    "Constant",
    "Cosine",
    "Exponential",
    "Finished",
    "LimitedMemoryBFGS",
    "Objective",
    "Optimiser",
    "OptimiserSettings",
    "Schedule",
    "Step",
    "StochasticGradientDescent",
]
