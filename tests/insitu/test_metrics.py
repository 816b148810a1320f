"""Metrics tell how far two gradients are apart, down to rounding."""

from fractions import Fraction

import numpy as np
import pytest

from femnn.insitu.metrics import (
    METRICS,
    all_metrics,
    change,
    one_minus_cosine,
    one_minus_pearson,
    relative_l2,
    signs_right,
)


@pytest.fixture
def gradient():
    return np.random.default_rng(0).normal(size=28)


def exact_one_minus_pearson(x: np.ndarray, y: np.ndarray) -> float:
    """1 − ρ as (1 − ρ²)/(1 + ρ), with sums in fractions, where 1 − ρ² does not cancel."""
    x, y = ([Fraction(v) - sum(map(Fraction, z)) / len(z) for v in z.tolist()] for z in (x, y))
    xx, yy, xy = (sum(p * q for p, q in zip(a, b, strict=True)) for a, b in ((x, x), (y, y), (x, y)))
    return float(1 - xy**2 / (xx * yy)) / (1 + float(xy) / float(xx * yy) ** 0.5)


@pytest.mark.parametrize("size", [1e-7, 1e-4, 0.3, 3.0])
def test_one_minus_pearson_keeps_its_digits_near_zero(gradient, size):
    """At 1e-14, where 1 minus the correlation coefficient is rounding, six digits are right."""
    other = gradient + size * np.random.default_rng(1).normal(size=28)
    exact = exact_one_minus_pearson(other, gradient)
    assert exact < 3 * size**2
    np.testing.assert_allclose(one_minus_pearson(other, gradient), exact, rtol=1e-6)


def test_one_minus_pearson_is_that_of_numpy_where_nothing_cancels(gradient):
    other = np.random.default_rng(1).normal(size=28)
    np.testing.assert_allclose(one_minus_pearson(other, gradient), 1 - np.corrcoef(other, gradient)[0, 1], rtol=1e-13)


def test_correlations_do_not_know_scale_nor_pearson_an_offset(gradient):
    """One field of adjoint displacements may be measured in any unit and under any strength of the force."""
    other = gradient + 0.1 * np.random.default_rng(1).normal(size=28)
    for metric in (one_minus_pearson, one_minus_cosine):
        np.testing.assert_allclose(metric(1e-9 * other, 1e6 * gradient), metric(other, gradient), rtol=1e-10)
    np.testing.assert_allclose(
        one_minus_pearson(other + 5, gradient - 2), one_minus_pearson(other, gradient), rtol=1e-10
    )
    assert one_minus_cosine(other + 5, gradient) != pytest.approx(one_minus_cosine(other, gradient), rel=0.1)


def test_metrics_know_opposite_gradients(gradient):
    found = {name: metric(-gradient, gradient) for name, metric in METRICS.items()}
    assert found == pytest.approx({"one_minus_pearson": 2, "one_minus_cosine": 2, "relative_l2": 2, "signs_right": 0})


def test_metrics_of_a_gradient_with_itself_are_perfect(gradient):
    found = {name: metric(gradient, gradient) for name, metric in METRICS.items()}
    assert found == {"one_minus_pearson": 0, "one_minus_cosine": 0, "relative_l2": 0, "signs_right": 1}


def test_signs_right_is_a_share_of_the_bonds(gradient):
    assert signs_right(np.where(np.arange(28) < 7, -1, 1) * gradient, gradient) == 0.75


@pytest.mark.parametrize("name", ["one_minus_pearson", "one_minus_cosine", "relative_l2"])
def test_a_reference_that_vanishes_gives_no_number(gradient, name):
    assert np.isnan(METRICS[name](gradient, np.zeros(28)))


def test_an_estimate_that_vanishes_has_no_direction_but_an_error(gradient):
    zero = np.zeros(28)
    assert np.isnan(one_minus_pearson(zero, gradient))
    assert np.isnan(one_minus_cosine(zero, gradient))
    assert relative_l2(zero, gradient) == 1


def test_a_change_is_told_in_size_and_in_direction(gradient):
    """A factor alone leaves nothing after rescaling; what is across the gradient stays."""
    scaled = change(gradient, 1.5 * gradient)
    assert scaled.factor == pytest.approx(1.5)
    assert scaled.change == pytest.approx(1 / 3)
    assert max(scaled.turned, scaled.pearson) < 1e-15
    across = np.random.default_rng(1).normal(size=28)
    across -= gradient * (across @ gradient) / (gradient @ gradient)
    turned = change(gradient, gradient + across)
    assert turned.factor == pytest.approx(1.0)
    assert turned.turned == pytest.approx(np.linalg.norm(across) / np.linalg.norm(gradient + across))
    assert all_metrics(gradient, gradient) == dict.fromkeys(METRICS, 0.0) | {"signs_right": 1.0}
