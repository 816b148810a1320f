"""The fit: parameters that make the sum of the squares of weighted misfits and of p/prior least.

This is the most probable p where scatter and priors are Gaussian (maximum a posteriori; Tarantola, Inverse Problem
Theory, 2005, section 3.2). The method is Gauss–Newton's in a trust region, with the exact Jacobian.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import least_squares

from femnn.errors import ConvergenceError, MeshError, NetworkError
from femnn.measured.calibration.calibrated_lattice import CalibratedLattice
from femnn.measured.calibration.misfit_weights import Observed
from femnn.measured.calibration.parameter_derivatives import jacobian
from femnn.measured.comparison.protocol import Prediction, Protocol

type Floats = npt.NDArray[np.float64]

TOLERANCE = 1e-6
"""Relative change of the sum of squares, or of the parameters in units of their priors, at which the fit ends."""
MOST_EVALUATIONS = 40


@dataclass(frozen=True)
class Fit:
    """Parameters found, and what is known of them."""

    values: Floats
    """The parameters p, shape (n,)."""
    products: Floats
    """Products of elongations with them (m²), shape (B,)."""
    jacobian: Floats
    """Derivatives of the scores by p/prior, shape (B, n)."""
    evaluations: int
    """Predictions that it took."""
    converged: bool
    """Whether it has come to an end by itself."""


class _Problem:
    """Residuals and their Jacobian, in units in which scatter and priors have deviation 1."""

    def __init__(self, calibrated: CalibratedLattice, experiment: Protocol, data: Observed) -> None:
        self.calibrated, self.experiment, self.data = calibrated, experiment, data
        self.prior = calibrated.parameters.prior
        self._last: tuple[Floats, Prediction] | None = None

    def prediction(self, scaled: Floats) -> Prediction:
        if self._last is None or not np.array_equal(scaled, self._last[0]):
            self._last = scaled.copy(), self.calibrated.predicted(scaled * self.prior, self.experiment)
        return self._last[1]

    def residuals(self, scaled: Floats) -> Floats:
        known = self._last is not None
        try:
            return np.concatenate([self.data.scores(self.prediction(scaled).gradient), scaled])
        except (ConvergenceError, MeshError, NetworkError):
            if not known:
                raise
            # Not a number has the trust region shrink and another step be tried
            return np.full(len(self.data.value) + len(scaled), np.nan)

    def scores_jacobian(self, scaled: Floats) -> Floats:
        values = scaled * self.prior
        columns = jacobian(self.calibrated, values, self.prediction(scaled), self.experiment)
        return columns * self.prior / self.data.deviation[:, None]

    def jacobian(self, scaled: Floats) -> Floats:
        return np.vstack([self.scores_jacobian(scaled), np.eye(len(scaled))])


def fit(calibrated: CalibratedLattice, experiment: Protocol, data: Observed) -> Fit:
    """Fit the parameters of a lattice to one measurement.

    Args:
        calibrated: the lattice; with no parameters it is taken as it is stated.
        experiment: what was hung on it.
        data: what was measured.

    Raises:
        ConvergenceError: the model has no stable equilibrium under the load as it is stated.
    """
    problem = _Problem(calibrated, experiment, data)
    scaled, evaluations, converged = np.zeros(calibrated.parameters.size), 1, True
    problem.residuals(scaled)
    if scaled.size:
        found = least_squares(
            problem.residuals,
            scaled,
            problem.jacobian,
            xtol=TOLERANCE,
            ftol=TOLERANCE,
            gtol=None,
            max_nfev=MOST_EVALUATIONS,
        )
        scaled, evaluations, converged = found.x, int(found.nfev), bool(found.success)
    return Fit(
        scaled * calibrated.parameters.prior,
        problem.prediction(scaled).gradient,
        problem.scores_jacobian(scaled),
        evaluations,
        converged,
    )
