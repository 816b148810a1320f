"""The calls that a full-batch optimiser makes: counted, scaled, and the best of them remembered."""

import numpy as np
import numpy.typing as npt

from femnn.training.optimisers.optimiser import Finished, Objective, evaluated

type Floats = npt.NDArray[np.float64]


class Evaluations:
    """An objective in units of its first loss.

    Libraries compare losses and gradients with numbers such as 1, which mean nothing for a loss in joules.

    Attributes:
        best: θ with the smallest loss so far, shape (B,).
        gradient_scale: largest component of the first gradient, as a share of the first loss.
    """

    def __init__(self, objective: Objective, start: Floats, most: int) -> None:
        """Evaluate the start, unless there are to be no evaluations.

        Args:
            objective: what is minimised.
            start: θ to begin with, shape (B,), within the bounds.
            most: largest number of calls of the objective.

        Raises:
            Finished: the objective ends the training at its first call.
            ConfigError: it gives NaN or another shape.
        """
        self.best = start.copy()
        self._objective, self._most, self._calls = objective, most, 0
        self._smallest, self._scale = np.inf, 1.0
        self._last: tuple[Floats, float, Floats] | None = None
        if most > 0:
            loss, gradient = self(start)
            self._scale = abs(loss) or 1.0
            self.gradient_scale = float(np.abs(gradient).max()) / self._scale

    def __call__(self, theta: Floats) -> tuple[float, Floats]:
        """Loss and gradient over the first loss; the same θ twice running is called once.

        Raises:
            Finished: the objective says so, or has been called as often as it may be.
        """
        if self._last is None or not np.array_equal(theta, self._last[0]):
            if self._calls >= self._most:
                raise Finished
            loss, gradient = evaluated(self._objective, theta, self._calls)
            self._calls += 1
            self._last = theta.copy(), loss, gradient
            if loss < self._smallest:
                self._smallest, self.best = loss, theta.copy()
        _, loss, gradient = self._last
        return loss / self._scale, gradient / self._scale
