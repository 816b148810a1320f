"""Schedules of the learning rate: its share of the rate that is set, step after step.

A schedule knows the index of the step, from 0 on, and the number of all steps. A warm-up lets the share grow linearly
over its steps, to the full one at its last; the schedule's own steps count from the very first.
"""

import math
from abc import ABC, abstractmethod
from typing import Annotated, Literal

from pydantic import Field

from femnn.config.limits_of_input import MOST
from femnn.config.settings import Settings


class Schedule(Settings, ABC):
    """What the schedules share."""

    warm_up: int = Field(default=0, ge=0, le=MOST)
    """Steps over which the learning rate grows from nothing."""

    def share(self, step: int, steps: int) -> float:
        """Share of the learning rate at a step.

        Args:
            step: index of the step, from 0 on.
            steps: number of all steps.
        """
        warm = (step + 1) / self.warm_up if step < self.warm_up else 1.0
        return warm * self._share(step, steps)

    @abstractmethod
    def _share(self, step: int, steps: int) -> float:
        """The share without the warm-up."""


class Constant(Schedule):
    """The same learning rate throughout."""

    name: Literal["constant"] = "constant"

    def _share(self, step: int, steps: int) -> float:
        return 1.0


CONSTANT = Constant()
"""The schedule unless another is given."""


class Step(Schedule):
    """The learning rate times ``factor`` after every so many steps: factor^⌊step/every⌋."""

    name: Literal["step"] = "step"
    every: int = Field(ge=1, le=MOST)
    factor: float = Field(default=0.1, gt=0, le=1)

    def _share(self, step: int, steps: int) -> float:
        return float(self.factor ** (step // self.every))


class Exponential(Schedule):
    """The learning rate falls steadily, to ``factor`` after so many steps: factor^(step/every)."""

    name: Literal["exponential"] = "exponential"
    factor: float = Field(gt=0, le=1)
    every: int = Field(default=1, ge=1, le=MOST)

    def _share(self, step: int, steps: int) -> float:
        return float(self.factor ** (step / self.every))


class Cosine(Schedule):
    """The learning rate falls to a final share over all steps: final + (1 − final)(1 + cos(π step/steps))/2.

    After Loshchilov & Hutter, ICLR 2017, without restarts.
    """

    name: Literal["cosine"] = "cosine"
    final: float = Field(default=0.0, ge=0, le=1)

    def _share(self, step: int, steps: int) -> float:
        return self.final + (1 - self.final) * 0.5 * (1 + math.cos(math.pi * step / steps))


type AnySchedule = Annotated[Constant | Step | Exponential | Cosine, Field(discriminator="name")]
"""A schedule by its name, with its parameters: ``{name = "cosine", final = 0.01}``."""

SCHEDULES: dict[str, type[Schedule]] = {
    "constant": Constant,
    "step": Step,
    "exponential": Exponential,
    "cosine": Cosine,
}
"""The schedules by the names that studies use."""
