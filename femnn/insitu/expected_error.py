"""The error that a gradient measured with a camera will have, before anything is measured.

An estimator (:mod:`femnn.insitu.schemes`) is quadratic in the elongations ê_j = e_j + δ_j of the states it reads,

    ĝ = g(e) + Σ_j m_j δ_j + ½ Σ_jk M_jk δ_j δ_k,     m = ∂g/∂e,   M = ∂²g/∂e∂e,

and the errors δ_j of different readings are independent. Of a camera with Gaussian errors they are Gaussian with
variance V_j: exactly for projected elongations, and for true ones about the state, as long as they are small beside the
bond's length. Then (moments of quadratic forms, Mathai & Provost, Quadratic Forms in Random Variables, 1992)

    mean(ĝ) = g(e) + ½ Σ_j M_jj V_j,     var(ĝ) = Σ_j m_j² V_j + ½ Σ_jk M_jk² V_j V_k.

The second term of the mean is what noise times noise leaves where one reading enters twice: no repeat takes it away.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from femnn.insitu.camera import Camera
from femnn.insitu.estimator_kinds import ReadingEstimator
from femnn.insitu.experiment import Experiment
from femnn.mechanics.elongation import elongation_directions
from femnn.solving.state import State

type Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class NoiselessReadings:
    """States as they are, and how far a camera is off; one row a state, shape (states, B)."""

    elongations: Floats
    """e_j (m)."""
    energies: Floats
    """E_j (m²)."""
    variances: Floats
    """V_j (m²)."""


def noiseless_readings(experiment: Experiment, states: list[State], camera: Camera) -> NoiselessReadings:
    """What a camera is to read in some states of an experiment, without reading."""
    network, kind = experiment.solver.structure.network, experiment.elongation
    directions = [elongation_directions(network, state.displacements, kind) for state in states]
    return NoiselessReadings(
        np.array([experiment.computed_elongation(state) for state in states]),
        np.array([experiment.computed_energy(state) for state in states]),
        np.array([camera.variances(network, direction) for direction in directions]),
    )


@dataclass(frozen=True, eq=False)
class Expected:
    """What an estimate comes to: bond by bond, shape (B,)."""

    clean: Floats
    """The estimate without noise."""
    shift: Floats
    """What noise adds to its mean."""
    variance: Floats
    """Its variance in one measurement."""

    def error(self, reference: Floats, repeats: int = 1) -> float:
        """Root of the mean square relative L2 error, √(E‖ĝ − g‖²)/‖g‖, of the mean of some measurements."""
        bias = self.clean + self.shift - reference
        return float(np.sqrt(bias @ bias + self.variance.sum() / repeats) / np.linalg.norm(reference))


def expected(scheme: ReadingEstimator, read: NoiselessReadings, s: float) -> Expected:
    """What an estimate comes to.

    Args:
        scheme: the estimator.
        read: the states that it reads, in its order.
        s: strength of the adjoint force, in units of the loss's own.
    """
    q, e, V = np.array(scheme.differences) / s, read.elongations, read.variances
    if scheme.factors is None:
        m, M = q[:, None] * e, np.diag(q)
    else:
        p = np.array(scheme.factors)
        m, M = np.outer(p, q @ e) + np.outer(q, p @ e), np.outer(p, q) + np.outer(q, p)
    clean = scheme.combine(e, read.energies, s)
    shift = 0.5 * np.diag(M) @ V
    of_squares = 0.5 * np.einsum("jk,jb,kb->b", M**2, V, V)
    return Expected(clean, shift, (m**2 * V).sum(axis=0) + of_squares)


def expected_estimate(experiment: Experiment, scheme: ReadingEstimator, s: float, camera: Camera) -> Expected:
    """Return what an estimate in an experiment comes to, with the states that it reads solved for.

    Args:
        experiment: of a model and a case.
        scheme: the estimator.
        s: strength of the adjoint force, in units of the loss's own.
        camera: of which the noise is expected; nothing is drawn.

    Raises:
        ConvergenceError, InstabilityError: a state is not carried.
    """
    states = [experiment.state(a, b * s) for a, b in scheme.loads]
    return expected(scheme, noiseless_readings(experiment, states, camera), s)
