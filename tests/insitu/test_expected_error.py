"""The error that is expected of a measured gradient is that of measurements that are drawn."""

import numpy as np
import pytest
from reference import NETWORKS, load, loss, solver

from femnn.errors import ConfigError
from femnn.insitu.camera import Camera
from femnn.insitu.estimator_kinds import EstimatorInputs
from femnn.insitu.estimators import ESTIMATORS, READINGS, reading_estimator
from femnn.insitu.expected_error import expected, expected_estimate, noiseless_readings
from femnn.insitu.experiment import Experiment
from femnn.insitu.metrics import relative_l2

# What a camera sees is drawn alike on every rank
pytestmark = pytest.mark.serial

NOISE, DRAWN = 2e-5, 4000
each_scheme = pytest.mark.parametrize("name", READINGS)
CAMERAS = {
    "each node of its own": {},
    "nodes alike": {"correlation_length": 20e-3, "nodes": NETWORKS["2D"].nodes},
    "a shake too": {"shake": 3e-5},
}


def experiment_of(model: str, camera: Camera | None = None) -> Experiment:
    return Experiment(solver(model, "2D"), load("2D", 10), loss("2D"), camera=camera)


@each_scheme
@pytest.mark.parametrize("model", ["spring", "bar", "beam"])
def test_schemes_are_the_estimators(model, name):
    """The same gradient to rounding, from the states that the estimator asks for."""
    experiment, s = experiment_of(model), 0.3
    states = [experiment.state(a, b * s) for a, b in READINGS[name].loads]
    found = expected(READINGS[name], noiseless_readings(experiment, states, Camera()), s)
    np.testing.assert_allclose(
        found.clean, ESTIMATORS[name](EstimatorInputs(experiment, experiment), s), rtol=1e-9, atol=1e-22
    )
    np.testing.assert_array_equal(expected_estimate(experiment, READINGS[name], s, Camera()).clean, found.clean)
    assert not found.shift.any()
    assert not found.variance.any()
    assert found.error(experiment.exact_gradient) == pytest.approx(relative_l2(found.clean, experiment.exact_gradient))


@each_scheme
@pytest.mark.parametrize("kind", CAMERAS)
@pytest.mark.parametrize(("model", "s"), [("spring", 0.02), ("bar", 0.02), ("bar", 2.0), ("beam", 1.0)])
def test_mean_and_variance_are_those_of_drawn_measurements(model, s, kind, name):
    """Bond by bond within the statistics, also where noise times noise rules, which it does at small forces."""
    camera = Camera(NOISE, np.random.default_rng(0), looks=DRAWN, **CAMERAS[kind])
    experiment = experiment_of(model, camera)
    states = [experiment.state(a, b * s) for a, b in READINGS[name].loads]
    found = expected(READINGS[name], noiseless_readings(experiment, states, camera), s)
    drawn = ESTIMATORS[name](EstimatorInputs(experiment, experiment), s)
    scores = (drawn.mean(axis=0) - found.clean - found.shift) / np.sqrt(found.variance / DRAWN)
    assert np.abs(scores).max() < 4.5
    np.testing.assert_allclose(drawn.var(axis=0), found.variance, rtol=0.15)
    error = np.sqrt(((drawn - experiment.exact_gradient) ** 2).sum(axis=1).mean()) / np.linalg.norm(
        experiment.exact_gradient
    )
    assert found.error(experiment.exact_gradient) == pytest.approx(error, rel=0.03)


def test_noise_of_one_reading_that_enters_twice_shifts_the_mean():
    """The forward elongation of a superposed product is in both factors: −V/s, which no repeat takes away."""
    experiment, s = experiment_of("bar"), 0.1
    states = [experiment.state(a, b * s) for a, b in READINGS["superposed-product"].loads]
    read = noiseless_readings(experiment, states, Camera(NOISE))
    found = expected(READINGS["superposed-product"], read, s)
    np.testing.assert_allclose(found.shift, -read.variances[0] / s)
    many = found.error(experiment.exact_gradient, repeats=10**9)
    bias = found.clean + found.shift
    assert many == pytest.approx(relative_l2(bias, experiment.exact_gradient), rel=1e-6)
    assert many > relative_l2(found.clean, experiment.exact_gradient)


def test_repeats_take_the_square_root():
    """Where noise rules, four repeats halve the error."""
    experiment, s = experiment_of("spring"), 0.05
    states = [experiment.state(a, b * s) for a, b in READINGS["centred-energy"].loads]
    found = expected(READINGS["centred-energy"], noiseless_readings(experiment, states, Camera(NOISE)), s)
    assert found.error(experiment.exact_gradient, 4) == pytest.approx(
        found.error(experiment.exact_gradient) / 2, rel=1e-6
    )


def test_covariance_of_a_camera_is_the_one_asked_for():
    """σ² exp(−r/ℓ) between the same component of two nodes, τ² between all, nothing between components."""
    network, sigma, shake, length = NETWORKS["2D"], 2e-5, 1e-5, 16e-3
    camera = Camera(sigma, np.random.default_rng(1), length, shake, network.nodes, looks=20000)
    free = ~network.fixed.any(axis=1)
    seen = camera.see(np.zeros_like(network.nodes), network.fixed)
    assert not seen[:, ~free].any()
    x, y = seen[:, free, 0], seen[:, free, 1]
    distance = np.linalg.norm(network.nodes[free][:, None] - network.nodes[free], axis=-1)
    wanted = sigma**2 * np.exp(-distance / length) + shake**2
    np.testing.assert_allclose(np.cov(x.T), wanted, atol=0.04 * sigma**2)
    np.testing.assert_allclose(np.cov(y.T), wanted, atol=0.04 * sigma**2)
    across = np.cov(x.T, y.T)[: free.sum(), free.sum() :]
    np.testing.assert_allclose(across, 0, atol=0.04 * sigma**2)


def test_a_shake_spares_bonds_between_free_nodes():
    """The whole picture moves: only bonds to a support, which is known to rest, seem to stretch."""
    network = NETWORKS["2D"]
    directions = network.bond_vectors / network.lengths[:, None]
    variances = Camera(shake=1e-5).variances(network, directions)
    held = network.fixed.any(axis=1)[network.bonds].any(axis=1)
    assert not variances[~held].any()
    np.testing.assert_allclose(variances[held], 1e-10)


def test_what_is_no_camera_is_refused():
    with pytest.raises(ConfigError, match="cannot be below 0"):
        Camera(-1e-6)
    with pytest.raises(ConfigError, match="needs the places of the nodes"):
        Camera(1e-6, correlation_length=1e-3)


def test_estimators_that_do_more_than_look_have_no_scheme():
    with pytest.raises(ConfigError, match="no estimator 'nudged' that only loads and looks"):
        reading_estimator("nudged")
