"""Adam: gradient descent with adaptive moments (Kingma & Ba, ICLR 2015)."""

import math
from typing import Annotated, ClassVar, Literal

import numpy as np
import numpy.typing as npt
from pydantic import Field

from femnn.config.checked_parameters import parameters
from femnn.training.optimisers.optimiser import Finished, Objective, checked_start, evaluated
from femnn.training.optimisers.schedules import CONSTANT, AnySchedule

type Floats = npt.NDArray[np.float64]

PUBLISHED_OFFSET = math.sqrt(2.2e-16)
"""Offset ε of Li & Mao (2024)."""


@parameters
class Adam:
    """θ ← θ − α m̂ / (√v̂ + ε), projected onto the bounds after every step.

    m and v are the means of gradients and of their squares, decaying by β₁ and β₂; m̂ and v̂ are these divided by
    1 − β₁ᵗ and 1 − β₂ᵗ, t the number of the step from 1 on.
    """

    full_batch: ClassVar[bool] = False

    learning_rate: Annotated[float, Field(gt=0)] = 1e-3
    """α, before the schedule."""
    beta1: Annotated[float, Field(ge=0, lt=1)] = 0.9
    beta2: Annotated[float, Field(ge=0, lt=1)] = 0.999
    offset: Annotated[float, Field(gt=0)] = PUBLISHED_OFFSET
    """ε, outside the root; that of Li & Mao (2024) unless given."""
    schedule: AnySchedule = CONSTANT
    name: Literal["adam"] = "adam"

    def minimise(self, objective: Objective, start: Floats, steps: int, bounds: tuple[Floats, Floats]) -> Floats:
        """θ after so many calls of the objective, or θ of the call that raised Finished.

        Raises:
            ConfigError: start, steps or bounds are ill-formed, or the objective gives NaN or another shape.
        """
        theta = checked_start(start, steps, bounds)
        mean, square = np.zeros_like(theta), np.zeros_like(theta)
        for step in range(steps):
            try:
                _, gradient = evaluated(objective, theta, step)
            except Finished:
                break
            mean = self.beta1 * mean + (1 - self.beta1) * gradient
            square = self.beta2 * square + (1 - self.beta2) * gradient**2
            unbiased_mean = mean / (1 - self.beta1 ** (step + 1))
            unbiased_square = square / (1 - self.beta2 ** (step + 1))
            rate = self.learning_rate * self.schedule.share(step, steps)
            theta = np.clip(theta - rate * unbiased_mean / (np.sqrt(unbiased_square) + self.offset), *bounds)
        return theta
