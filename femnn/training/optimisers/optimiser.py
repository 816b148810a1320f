"""What an optimiser is, what it minimises, and the checks that all share.

An optimiser is a function of the pairs of loss and gradient that it is given, and of nothing else: a training is
resumed by replaying its pairs.
"""

from typing import Protocol

import numpy as np
import numpy.typing as npt

from femnn.errors import ConfigError

type Floats = npt.NDArray[np.float64]


class Finished(Exception):  # noqa: N818 (no error: what is sought has been reached)
    """Raised by an objective to end the training; the optimiser then returns as it does at its last step."""


class Objective(Protocol):
    """What an optimiser minimises: a function of the parameters θ, shape (B,)."""

    def __call__(self, theta: Floats) -> tuple[float, Floats]:
        """Loss and gradient ∂L/∂θ, shape (B,). Each call is one step of the training.

        Raises:
            Finished: the training is to end.
        """


class Optimiser(Protocol):
    """A method of minimisation.

    Whatever the objective raises comes through as it is, except Finished.
    """

    @property
    def full_batch(self) -> bool:
        """Whether the objective must be the same function at every call, as line searches need it."""

    def minimise(self, objective: Objective, start: Floats, steps: int, bounds: tuple[Floats, Floats]) -> Floats:
        """The parameters at which the minimisation ends.

        Args:
            objective: loss and gradient.
            start: θ to begin with, shape (B,); projected onto the bounds.
            steps: number of calls of the objective; with ``full_batch`` the largest number.
            bounds: smallest and largest θ, each of shape (B,), ±∞ where there is none.

        Raises:
            ConfigError: start, steps or bounds are ill-formed, or the objective gives NaN or another shape.
        """


def checked_start(start: Floats, steps: int, bounds: tuple[Floats, Floats]) -> Floats:
    """The start within the bounds, shape (B,).

    Raises:
        ConfigError: start, steps or bounds are ill-formed; the message says what is wrong.
    """
    theta = np.asarray(start, dtype=np.float64)
    if theta.ndim != 1 or not theta.size or not np.isfinite(theta).all():
        raise ConfigError("A training starts from finite parameters of shape (B,); check the initial stiffness.")
    lower, upper = bounds
    if np.shape(lower) != theta.shape or np.shape(upper) != theta.shape:
        raise ConfigError(
            f"Bounds of the parameters must be of shape {theta.shape} as these are, not {np.shape(lower)} and "
            f"{np.shape(upper)}."
        )
    ordered = np.asarray(lower) <= np.asarray(upper)
    if not ordered.all():
        raise ConfigError(f"Bounds of parameter {np.flatnonzero(~ordered)[0] + 1} are inverted or NaN.")
    if steps < 0:
        raise ConfigError(f"A training takes 0 steps or more, not {steps}.")
    return np.clip(theta, lower, upper)


def evaluated(objective: Objective, theta: Floats, step: int) -> tuple[float, Floats]:
    """Loss and gradient, checked.

    Args:
        objective: what is called.
        theta: θ, shape (B,); the objective gets a copy of its own.
        step: how many calls have come before, for the message.

    Raises:
        ConfigError: they are NaN or infinite, or the gradient is of another shape.
    """
    loss, gradient = objective(theta.copy())
    gradient = np.asarray(gradient, dtype=np.float64)
    if gradient.shape != theta.shape:
        raise ConfigError(
            f"The gradient at step {step + 1} of the training is of shape {gradient.shape}, but the parameters are of "
            f"shape {theta.shape}."
        )
    if not (np.isfinite(loss) and np.isfinite(gradient).all()):
        raise ConfigError(
            f"Loss or gradient at step {step + 1} of the training is NaN or infinite; use a smaller learning rate, or "
            "check the loss."
        )
    return float(loss), gradient
