"""An experiment prepares each state once and reads it as often as it is asked to, each time with new noise."""

import numpy as np
import pytest
from reference import NETWORKS, each_model, load, loss, solver

from femnn.insitu.estimator_kinds import EstimatorInputs
from femnn.insitu.estimators import ESTIMATORS
from femnn.insitu.experiment import Camera, Experiment
from femnn.insitu.metrics import relative_l2

NOISE = 2e-5
"""Of the order of a hundredth of the displacements (m)."""


def experiment_of(model: str, camera: Camera | None = None, **settings) -> Experiment:
    return Experiment(solver(model, "2D"), load("2D", 10), loss("2D"), camera=camera, **settings)


def noisy(model: str, seed: int = 0) -> Experiment:
    return experiment_of(model, Camera(NOISE, np.random.default_rng(seed)))


@pytest.mark.parametrize("model", ["spring", "bar"])
def test_each_state_is_solved_for_once(model, monkeypatch):
    """All estimators by loading need five states of two loads; a second round of them needs no solve."""
    experiment, count, solve = experiment_of(model), [], solver(model, "2D").forward
    monkeypatch.setattr(
        experiment.solver, "forward", lambda *load, **start: (count.append(1), solve(*load, **start))[1]
    )
    inputs = EstimatorInputs(experiment, experiment_of("spring") if model == "bar" else experiment)
    names = ["product", "superposed-product", "superposed-energy", "centred-product", "centred-energy"]
    names += ["three-point-product", "three-point-energy", "adjoint"]
    first = [ESTIMATORS[name](inputs, 0.5) for name in names]
    assert len(count) == 5
    second = [ESTIMATORS[name](inputs, 0.5) for name in names]
    assert len(count) == 5
    np.testing.assert_array_equal(second, first)
    experiment.forget()
    ESTIMATORS["centred-product"](inputs, 0.5)
    assert len(count) == 7


@each_model
def test_finite_differences_leave_the_stiffness_as_it_was(model):
    """Also after a stiffness that is refused; what is solved afterwards is the same as before."""
    experiment = experiment_of(model)
    k, before = experiment.solver.structure.stiffness, experiment.exact_gradient
    moved = experiment.loss_at(1.1 * k)
    assert moved != experiment.loss_seen(experiment.forward)
    np.testing.assert_allclose(experiment.loss_at(k), experiment.loss_seen(experiment.forward), rtol=1e-11)
    np.testing.assert_array_equal(experiment.solver.structure.stiffness, k)
    np.testing.assert_allclose(experiment_of(model).exact_gradient, before, rtol=0, atol=1e-12 * np.abs(before).max())


def test_energy_and_elongation_of_a_reading_belong_together():
    """Energy by stiffness is ½e² with e the model's own elongation: projected for springs, true for bars."""
    for model, kind in (("spring", "projected"), ("bar", "true")):
        experiment = experiment_of(model)
        assert experiment.elongation == kind
        for camera in (Camera(), Camera(NOISE, np.random.default_rng(0))):
            seen = experiment_of(model, camera).read(experiment.forward)
            np.testing.assert_allclose(seen.energy, seen.elongation**2 / 2, rtol=0, atol=1e-12 * seen.energy.max())


def test_a_reading_of_a_state_is_of_that_state_whatever_was_solved_since():
    experiment = experiment_of("bar")
    experiment.exact_gradient  # noqa: B018  (solves for the forward and the adjoint state)
    experiment.state(0, 3)
    seen = experiment.read(experiment.forward)
    np.testing.assert_allclose(seen.energy, seen.elongation**2 / 2, rtol=0, atol=1e-12 * seen.energy.max())


def test_a_computed_forward_field_has_no_noise():
    """The linear springs of "product-linear-forward" are computed: a camera on them sees nothing and draws nothing."""
    bars, clean, filmed = experiment_of("bar"), experiment_of("spring"), noisy("spring")
    state = filmed.camera.generator.bit_generator.state
    with_camera, without = (
        ESTIMATORS["product-linear-forward"](EstimatorInputs(bars, x), 1.0) for x in (filmed, clean)
    )
    np.testing.assert_array_equal(with_camera, without)
    assert filmed.camera.generator.bit_generator.state == state


def test_without_noise_nothing_is_drawn():
    """The run's random numbers are the same whether a camera without noise looked or not."""
    generator = np.random.default_rng(0)
    state = generator.bit_generator.state
    experiment = experiment_of("bar", Camera(0.0, generator))
    experiment.read(experiment.forward)
    experiment.loss_seen(experiment.forward)
    assert generator.bit_generator.state == state


def test_noise_is_that_of_the_generator():
    """The same seed gives the same readings on every rank, another reading differs, another seed too."""
    first, again, other = noisy("bar"), noisy("bar"), noisy("bar", seed=1)
    seen = first.read(first.forward).elongation
    np.testing.assert_array_equal(again.read(again.forward).elongation, seen)
    assert not np.isclose(first.read(first.forward).elongation, seen).any()
    assert not np.isclose(other.read(other.forward).elongation, seen).any()


def test_a_camera_sees_supports_where_they_are():
    """Free components scatter with the standard deviation set, independently; fixed ones do not."""
    fixed = NETWORKS["2D"].fixed
    camera = Camera(NOISE, np.random.default_rng(0))
    seen = np.array([camera.see(np.zeros(fixed.shape), fixed) for _ in range(4000)])
    assert not seen[:, fixed].any()
    covariance = np.cov(seen[:, ~fixed].T) / NOISE**2
    np.testing.assert_allclose(covariance, np.eye(len(covariance)), atol=0.1)


@pytest.mark.parametrize("model", ["spring", "bar"])
def test_the_mean_over_repeats_tends_to_the_gradient_without_noise(model):
    """The two readings of a product are independent: 2000 repeats are within their own statistics of the mean."""
    clean, experiment, repeats = experiment_of(model), noisy(model), 2000
    springs = experiment_of("spring") if model == "bar" else clean
    expected = ESTIMATORS["product"](EstimatorInputs(clean, springs), 1.0)
    estimates = np.array([ESTIMATORS["product"](EstimatorInputs(experiment, springs), 1.0) for _ in range(repeats)])
    scores = (estimates.mean(axis=0) - expected) / (estimates.std(axis=0) / np.sqrt(repeats))
    assert np.abs(scores).max() < 4
    assert 0.5 < np.sqrt((scores**2).mean()) < 1.5
    assert relative_l2(estimates.mean(axis=0), expected) < 0.1 * relative_l2(estimates[0], expected)


def test_the_elongation_that_is_asked_for_is_read():
    """Projected elongations of bars are another measurement than true ones."""
    true, projected = experiment_of("bar"), experiment_of("bar", elongation="projected")
    assert relative_l2(projected.read(projected.forward).elongation, true.read(true.forward).elongation) > 1e-3


def test_forces_are_hung_as_weights():
    """Every load of every state is a multiple of the smallest weight, and the strength says what was asked for."""
    weight = 9.8e-3
    experiment = experiment_of("bar", weight=weight)
    experiment.force = 1.26 * experiment.force
    for state in (experiment.forward, experiment.state(1, 0.8), experiment.state(0, 3.3)):
        np.testing.assert_allclose(state.force / weight, np.round(state.force / weight), rtol=0, atol=1e-9)
    np.testing.assert_allclose(
        experiment.state(0, 3.3).force, 3.3 * experiment.adjoint_force, rtol=0, atol=weight / 2 + 1e-12
    )


def test_the_forward_state_is_reached_from_where_one_is():
    """A start saves load steps and leads to the same equilibrium."""
    usual = experiment_of("bar")
    near = experiment_of("bar", start=usual.state(1.02, 0))
    np.testing.assert_allclose(near.forward.displacements, usual.forward.displacements, rtol=0, atol=1e-12)
    assert near.forward.newton_iterations < usual.forward.newton_iterations


def test_the_adjoint_force_may_be_that_of_what_is_seen():
    """It then has the camera's errors, and the exact gradient has not."""
    usual = experiment_of("bar")
    seen = experiment_of("bar", Camera(NOISE, np.random.default_rng(0)), adjoint_as_seen=True)
    change = seen.adjoint_force - usual.adjoint_force
    reads = usual.loss.reads
    assert 0 < np.abs(change.ravel()[reads]).max() < 20 * NOISE
    np.testing.assert_array_equal(np.delete(change.ravel(), reads), 0.0)
    np.testing.assert_allclose(seen.exact_gradient, usual.exact_gradient, rtol=1e-12)


@pytest.mark.serial
@pytest.mark.parametrize("name", [name for name, estimator in ESTIMATORS.items() if estimator.reads])
def test_a_camera_of_the_inputs_stands_in_for_that_of_the_experiment(name):
    """The same gradient as by an experiment that has this camera; the experiment itself stays without noise."""
    clean, springs = experiment_of("bar"), experiment_of("spring")
    other = EstimatorInputs(clean, springs, camera=Camera(NOISE, np.random.default_rng(0)))
    seen = ESTIMATORS[name](other, 0.5)
    np.testing.assert_array_equal(seen, ESTIMATORS[name](EstimatorInputs(noisy("bar"), springs), 0.5))
    assert not np.array_equal(seen, ESTIMATORS[name](EstimatorInputs(clean, springs), 0.5))
    assert clean.camera.noise == 0
