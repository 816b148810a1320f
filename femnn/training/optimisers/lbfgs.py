"""The quasi-Newton method L-BFGS-B of SciPy (Byrd, Lu, Nocedal & Zhu, SIAM J. Sci. Comput. 16, 1995)."""

from contextlib import suppress
from typing import Annotated, ClassVar, Literal

import numpy as np
import numpy.typing as npt
import scipy
from pydantic import Field

from femnn.config.checked_parameters import parameters
from femnn.config.limits_of_input import MOST
from femnn.training.optimisers.evaluations import Evaluations
from femnn.training.optimisers.optimiser import Finished, Objective, checked_start

type Floats = npt.NDArray[np.float64]


@parameters
class LimitedMemoryBFGS:
    """Quasi-Newton steps with a line search, within the bounds. Ends too where a line search finds nothing better."""

    full_batch: ClassVar[bool] = True

    memory: Annotated[int, Field(ge=1, le=MOST)] = 10
    """Pairs of steps and changes of the gradient that are kept."""
    gradient_tolerance: Annotated[float, Field(ge=0)] = 1e-8
    """Largest component of the projected gradient, as a share of the first gradient's, at which it ends."""
    decrease_tolerance: Annotated[float, Field(ge=0)] = 0.0
    """Decrease of the loss in a step, as a share of the first loss or the present, at which it ends."""
    name: Literal["lbfgs"] = "lbfgs"

    def minimise(self, objective: Objective, start: Floats, steps: int, bounds: tuple[Floats, Floats]) -> Floats:
        """The best θ of all that the objective was called with, ``steps`` of them at most.

        Raises:
            ConfigError: start, steps or bounds are ill-formed, or the objective gives NaN or another shape.
        """
        best = checked_start(start, steps, bounds)
        if steps == 0:
            return best
        with suppress(Finished):
            evaluations = Evaluations(objective, best, steps)
            with suppress(Finished):
                options = {
                    "maxcor": self.memory,
                    "gtol": self.gradient_tolerance * evaluations.gradient_scale,
                    "ftol": self.decrease_tolerance,
                    # The evaluations count and end it themselves
                    "maxfun": 2 * steps + 1,
                    "maxiter": steps,
                }
                limits = scipy.optimize.Bounds(*bounds)
                scipy.optimize.minimize(evaluations, best, method="L-BFGS-B", jac=True, bounds=limits, options=options)
            best = evaluations.best
        return best
