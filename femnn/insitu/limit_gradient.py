"""What an estimator tends to as noise and adjoint force vanish together."""

import numpy as np
import numpy.typing as npt

from femnn.insitu.estimators import ADJOINT, reading_estimator
from femnn.insitu.experiment import Experiment
from femnn.mechanics.elongation import elongation_directions

type Floats = npt.NDArray[np.float64]

AT_REST = 1e-6
"""Strength of the adjoint force alone at which a lattice is as good as at rest."""


def limit_gradient(experiment: Experiment, name: str) -> Floats:
    """Return the estimate without noise as s → 0, shape (B,).

    Energy forms tend to dE/ds, which is the exact gradient. Product forms tend to e·de/ds along the response to the
    adjoint force, at the forward state, or at rest where the adjoint force is applied alone; that is the exact gradient
    where a bond's energy is ½ k e² and no adjoint force is applied alone.

    Args:
        experiment: of a model and a case; its forward state is solved for.
        name: one of :data:`femnn.insitu.estimators.READINGS`.

    Raises:
        ConfigError: there is no such estimator.
        ConvergenceError, InstabilityError: the forward state cannot be reached, or is not stable.
    """
    how = reading_estimator(name)
    if not how.product:
        return experiment.exact_gradient
    alone = ADJOINT in how.loads
    state = experiment.state(0, AT_REST) if alone else experiment.forward
    network = experiment.solver.structure.network
    moved = experiment.solver.response(state, [experiment.adjoint_force])[0]
    directions = elongation_directions(network, state.displacements, experiment.elongation)
    stretched = (directions * (moved[network.bonds[:, 1]] - moved[network.bonds[:, 0]])).sum(axis=1)
    return np.asarray(experiment.computed_elongation(experiment.forward) * stretched)
