"""The cross entropy of normalised magnitudes, where outputs are zero too."""

import numpy as np
import pytest

from femnn.losses import CrossEntropy
from femnn.losses.entropy import SMALLEST_PROBABILITY

pytestmark = pytest.mark.serial

READS = np.arange(3)


def test_the_loss_is_the_logarithm_of_the_share_of_the_output_wanted():
    U = np.array([[1e-3, -2e-3], [5e-3, 9.0]])
    assert CrossEntropy(READS, np.array(1), 3.0).value(U) == pytest.approx(-3 * np.log(2 / 8))


def test_the_loss_does_not_depend_on_scale_or_sign():
    U = np.random.default_rng(0).normal(size=(2, 2))
    loss = CrossEntropy(READS, np.array(1))
    assert loss.value(-1e-6 * U) == pytest.approx(loss.value(U))


def test_the_force_pulls_the_output_wanted_and_holds_the_others():
    """By hand: −w sign(U_c) (δ_ct/|U_t| − 1/Σ|U|) with |U| = 1, 2, 5 mm and t = 1."""
    U = np.array([[1e-3, -2e-3], [5e-3, 0.0]])
    derivative = CrossEntropy(READS, np.array(1)).derivative(U)
    np.testing.assert_allclose(derivative, [[125.0, 375.0], [125.0, 0.0]])


def test_forces_on_the_outputs_do_no_work_when_all_are_scaled():
    U = np.random.default_rng(0).normal(size=(10, 2, 2))
    derivative = CrossEntropy(READS, np.array(2)).derivative(U)
    np.testing.assert_allclose(np.sum(derivative * U, axis=(1, 2)), 0, atol=1e-14)


@pytest.mark.parametrize("first", [0.0, 1e-300, 1e-18, 1e-3])
@pytest.mark.parametrize("others", [0.0, 1e-300, 1e-3])
def test_whatever_is_zero_loss_and_derivatives_are_finite(first, others):
    U = np.array([[first, others], [others, 0.0]])
    loss = CrossEntropy(READS, np.array(0))
    assert 0 <= loss.value(U) <= 1 - np.log(SMALLEST_PROBABILITY)
    assert np.isfinite(loss.derivative(U)).all()
    assert np.isfinite(loss.curvature(U)).all()


def test_an_output_wanted_that_is_zero_has_a_large_loss_and_lets_the_others_be_pushed_back():
    U, loss = np.array([[0.0, 1e-3], [-1e-3, 0.0]]), CrossEntropy(READS, np.array(0))
    assert loss.value(U) == pytest.approx(28.63, abs=0.01)
    assert loss.derivative(U).ravel()[0] == 0
    moved = U + np.array([[1e-9, 0], [0, 0]])
    assert loss.value(moved) < loss.value(U)


def test_all_outputs_zero_have_no_derivative():
    assert not CrossEntropy(READS, np.array(0)).derivative(np.zeros((2, 2))).any()


def test_below_the_smallest_probability_the_derivative_is_still_that_of_the_value():
    loss, U, D = (
        CrossEntropy(READS, np.array(0)),
        np.array([[4e-13, 0.4], [0.6, 0.0]]),
        np.array([[1e-13, 0.1], [0, 0]]),
    )
    steps = 0.5 ** np.arange(2, 6)
    slope = np.sum(loss.derivative(U) * D)
    remainders = np.array([abs(loss.value(U + h * D) - loss.value(U) - h * slope) for h in steps])
    np.testing.assert_allclose(np.log2(remainders[:-1] / remainders[1:]), 2, atol=0.1)
    bend = np.array([(loss.derivative(U + h * D) - loss.derivative(U - h * D)).ravel()[1] / (2 * h) for h in steps])
    assert (loss.curvature(U) @ D.ravel()[:3])[1] == pytest.approx(bend[-1], rel=1e-3)
