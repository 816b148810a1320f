"""Every estimator of the gradient errs as much as it must, and in the order of the adjoint force that it must."""

import numpy as np
import pytest
from reference import numpy_network

from femnn.config.quantities import GRAM_FORCE
from femnn.insitu.estimators import ESTIMATORS
from femnn.insitu.metrics import one_minus_pearson, relative_l2
from femnn.verification.gradient_checks import inputs
from femnn.verification.published_cases import PUBLISHED_ERRORS, printed_gradients, published_case

RECOMPUTED = {
    "product": (3.8e-2, 4.5e-2),
    "superposed-product": (9.9e-3, 1.0e-3),
    "superposed-energy": (0.40, 4.1e-2),
    "centred-product": (2.6e-4, 2.6e-6),
    "centred-energy": (7.8e-3, 7.8e-5),
    "three-point-energy": (1.5e-2, 1.5e-4),
}
"""Relative L2 errors of bars at the loss's own adjoint force and at a tenth of it, from an independent calculation."""

FLOORS = {1: (0.47e-2, 0.66e-2), 5: (2.3e-2, 3.3e-2), 10: (4.6e-2, 6.5e-2), 20: (9.0e-2, 12.7e-2)}
"""By forward load (gf): error of the product under a vanishing adjoint force, and of the gradient of linear springs."""

ORDERS = {
    "superposed-product": 1,
    "superposed-energy": 1,
    "nudged": 1,
    "centred-product": 2,
    "centred-energy": 2,
    "three-point-product": 2,
    "three-point-energy": 2,
    "nudged-centred": 2,
}

EXACT_FOR_SPRINGS = [
    "product",
    "product-linear-forward",
    "superposed-product",
    "centred-product",
    "centred-energy",
    "three-point-product",
    "three-point-energy",
]
"""Springs superpose, so that these have nothing to err by; their energies are quadratic in the adjoint force."""


def errors(x, name: str, strengths) -> np.ndarray:
    """Relative L2 errors against the exact gradient of the model, by strength of the adjoint force."""
    return np.array([relative_l2(ESTIMATORS[name](x, s), x.experiment.exact_gradient) for s in strengths])


@pytest.mark.parametrize("name", RECOMPUTED)
def test_errors_of_bars_are_those_of_an_independent_calculation(bars, name):
    """Forward load 10 gf, adjoint force 4.9 gf and a tenth of it: each entry to 3 %."""
    np.testing.assert_allclose(errors(bars, name, (1, 0.1)), RECOMPUTED[name], rtol=0.03)


@pytest.mark.parametrize("grams", FLOORS)
def test_the_product_has_a_floor_that_the_forward_load_sets(bench, grams):
    """However small the adjoint force, bars turn under the forward load; linear springs do not know of it either."""
    case, newtons = published_case("separate"), grams * GRAM_FORCE
    bars, springs = (bench.experiment(model, case, newtons) for model in ("bar", "spring"))
    product = bars.read(bars.forward).elongation * bars.read(bars.state(0, 1e-4)).elongation / 1e-4
    found = [relative_l2(product, bars.exact_gradient), relative_l2(springs.exact_gradient, bars.exact_gradient)]
    np.testing.assert_allclose(found, FLOORS[grams], rtol=0.03)


@pytest.mark.parametrize("name", ORDERS)
def test_errors_fall_in_the_order_of_the_estimator(bars, name):
    """Slope of the error over two decades of the adjoint force, fitted on a logarithmic scale."""
    strengths = np.geomspace(1e-3, 1e-1, 4)
    slope = np.polyfit(np.log(strengths), np.log(errors(bars, name, strengths)), 1)[0]
    assert slope == pytest.approx(ORDERS[name], abs=0.05)


@pytest.mark.parametrize("name", EXACT_FOR_SPRINGS)
def test_loading_gives_the_exact_gradient_of_springs(springs, name):
    """At the loss's own adjoint force, above it and below it."""
    assert errors(springs, name, (0.1, 1, 5)).max() < 1e-9


@pytest.mark.parametrize("name", ["superposed-energy", "nudged", "nudged-centred"])
def test_one_sided_energies_and_nudging_err_for_springs_too(springs, name):
    """What they err by is the energy of the adjoint field and the change of the loss, not that bars turn."""
    found = errors(springs, name, (0.1, 0.01))
    assert np.log10(found[0] / found[1]) == pytest.approx(ORDERS[name], abs=0.05)


@pytest.mark.parametrize("name", ["finite-difference", "central-difference"])
@pytest.mark.parametrize("model", ["spring", "bar"])
def test_finite_differences_are_right_to_their_step(bench, model, name):
    """At the steps that are set by default: 1 − Pearson below 1e-14 one-sided for springs, as published for them."""
    x = inputs(bench, model, published_case("separate"))
    estimate = ESTIMATORS[name](x, 1.0)
    limit = 1e-14 if (model, name) == ("spring", "finite-difference") else 1e-13
    assert one_minus_pearson(estimate, x.experiment.exact_gradient) < limit


@pytest.mark.parametrize("name", ["separate", "same"])
def test_gradients_of_springs_are_the_published_ones(bench, name):
    """All 28 bonds to all printed digits, under an adjoint force of exactly 5 gf."""
    x = inputs(bench, "spring", published_case(name))
    s = 5 * GRAM_FORCE / x.experiment.adjoint_magnitude
    printed = [f"{value:.2e}" for value in s * ESTIMATORS["product"](x, s)]
    assert printed == printed_gradients(name)


@pytest.mark.parametrize("grams", PUBLISHED_ERRORS)
def test_errors_of_rotating_springs_are_the_published_ones(bars, grams):
    """1 − Pearson with the forward field of linear springs, to 1e-5."""
    estimate = ESTIMATORS["product-linear-forward"](bars, grams * GRAM_FORCE / bars.experiment.adjoint_magnitude)
    error = one_minus_pearson(estimate, bars.linear.exact_gradient)
    np.testing.assert_allclose(error, PUBLISHED_ERRORS[grams], rtol=1e-5)


def test_the_published_curve_is_that_of_the_reference(bars):
    """1 − Pearson over adjoint forces from 0.0005 to 25 gf, against springs and bars in NumPy."""
    network, experiment = bars.experiment.solver.structure.network, bars.experiment
    k, (springs, turning) = network.stiffness, (numpy_network(network, law) for law in ("spring", "bar"))
    forward = springs.elongations(springs.solve(k, experiment.force))
    for grams in np.geomspace(5e-4, 25, 12):
        pull = network.point_force(14, [0, -grams * GRAM_FORCE])
        linear, adjoint = (n.elongations(n.solve(k, pull, steps=2)) for n in (springs, turning))
        estimate = ESTIMATORS["product-linear-forward"](bars, grams * GRAM_FORCE / experiment.adjoint_magnitude)
        expected = one_minus_pearson(forward * adjoint, forward * linear)
        error = one_minus_pearson(estimate, bars.linear.exact_gradient)
        np.testing.assert_allclose(error, expected, rtol=1e-5)
