"""Stochastic gradient descent with momentum."""

from typing import Annotated, ClassVar, Literal

import numpy as np
import numpy.typing as npt
from pydantic import Field

from femnn.config.checked_parameters import parameters
from femnn.training.optimisers.optimiser import Finished, Objective, checked_start, evaluated
from femnn.training.optimisers.schedules import CONSTANT, AnySchedule

type Floats = npt.NDArray[np.float64]


@parameters
class StochasticGradientDescent:
    """θ ← θ − α b with b ← μ b + ∇L, projected onto the bounds after every step.

    Nesterov's form goes along ∇L + μ b instead (Sutskever, Martens, Dahl & Hinton, ICML 2013, as in PyTorch).
    """

    full_batch: ClassVar[bool] = False

    learning_rate: Annotated[float, Field(gt=0)]
    """α, before the schedule; in units of θ² over those of the loss."""
    momentum: Annotated[float, Field(ge=0, lt=1)] = 0.0
    """μ."""
    nesterov: bool = False
    schedule: AnySchedule = CONSTANT
    name: Literal["sgd"] = "sgd"

    def minimise(self, objective: Objective, start: Floats, steps: int, bounds: tuple[Floats, Floats]) -> Floats:
        """θ after so many calls of the objective, or θ of the call that raised Finished.

        Raises:
            ConfigError: start, steps or bounds are ill-formed, or the objective gives NaN or another shape.
        """
        theta = checked_start(start, steps, bounds)
        velocity = np.zeros_like(theta)
        for step in range(steps):
            try:
                _, gradient = evaluated(objective, theta, step)
            except Finished:
                break
            velocity = self.momentum * velocity + gradient
            direction = gradient + self.momentum * velocity if self.nesterov else velocity
            theta = np.clip(theta - self.learning_rate * self.schedule.share(step, steps) * direction, *bounds)
        return theta
