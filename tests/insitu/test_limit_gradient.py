"""What estimators tend to."""

import numpy as np

from femnn.insitu.estimator_kinds import EstimatorInputs
from femnn.insitu.estimators import READINGS
from femnn.insitu.limit_gradient import limit_gradient


def test_estimators_tend_to_their_limit(bars: EstimatorInputs) -> None:
    """Without noise, as the adjoint force vanishes."""
    experiment = bars.experiment
    for name, how in READINGS.items():
        s = 1e-4
        states = [experiment.state(a, b * s) for a, b in how.loads]
        e = np.array([experiment.computed_elongation(state) for state in states])
        E = np.array([experiment.computed_energy(state) for state in states])
        limit = limit_gradient(experiment, name)
        assert np.linalg.norm(how.combine(e, E, s) - limit) < 1e-4 * np.linalg.norm(limit)
