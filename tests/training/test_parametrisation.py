"""Parameters of the stiffness: bounds, derivatives, inverses, and the gradient with and without the chain rule."""

import numpy as np
import pytest
from reference import NETWORKS, uneven_stiffness

from femnn.errors import ConfigError, NetworkError
from femnn.training.parametrisation import PARAMETRISATIONS, Box, Logarithmic, Sigmoid, parametrisation

pytestmark = pytest.mark.serial

NETWORK = NETWORKS["2D"]
LOWER, UPPER = np.array([10.0, 20.0, 30.0, 40.0]), np.array([20.0, 60.0, 33.0, 40.0])
"""Bounds of four bonds, the last of them fixed."""
EACH = {
    "sigmoid": Sigmoid(LOWER, UPPER),
    "sigmoid 5": Sigmoid(LOWER, UPPER, 5.0),
    "box": Box(LOWER, UPPER),
    "logarithmic": Logarithmic(LOWER, UPPER),
}
each = pytest.mark.parametrize("chosen", EACH.values(), ids=EACH)
INSIDE = np.array([0.1, 0.45, 0.8, 0.3])


def test_the_formulas():
    np.testing.assert_allclose(EACH["sigmoid 5"].stiffness(INSIDE), LOWER + (UPPER - LOWER) / (1 + np.exp(-5 * INSIDE)))
    np.testing.assert_allclose(EACH["box"].stiffness(INSIDE), LOWER + (UPPER - LOWER) * INSIDE)
    np.testing.assert_allclose(EACH["logarithmic"].stiffness(INSIDE), LOWER * (UPPER / LOWER) ** INSIDE)


@each
def test_the_remainder_of_taylor_falls_with_the_second_power(chosen):
    """The box is linear, so its remainder is rounding, as is that of the fixed bond."""
    steps = 0.02 * 0.5 ** np.arange(5)
    base, slope = chosen.stiffness(INSIDE), chosen.derivative(INSIDE)
    remainders = np.array([np.abs(chosen.stiffness(INSIDE + h) - base - h * slope) for h in steps])
    curved = remainders.max(axis=0) > 1e-12
    np.testing.assert_allclose(np.log2(remainders[:-1, curved] / remainders[1:, curved]), 2, atol=0.1)
    assert curved.sum() == (0 if isinstance(chosen, Box) else 3)


@each
def test_the_inverse_leads_back(chosen):
    k = 0.3 * LOWER + 0.7 * UPPER
    np.testing.assert_allclose(chosen.stiffness(chosen.parameters(k)), k, rtol=1e-14)


@each
def test_bounds_of_the_stiffness_are_reached_and_kept(chosen):
    """The sigmoid comes to them within 1e-6 of the range, at a finite parameter."""
    for bound in (LOWER, UPPER):
        theta = chosen.parameters(bound)
        assert np.isfinite(theta).all()
        np.testing.assert_allclose(chosen.stiffness(theta), bound, atol=1.1e-6 * np.ptp([LOWER, UPPER]))
    for extreme in (-1e3, -1.0, 0.0, 1.0, 1e3):
        k = chosen.stiffness(np.full(4, extreme))
        assert (k >= LOWER).all()
        assert (k <= UPPER).all()
        assert np.isfinite(chosen.derivative(np.full(4, extreme))).all()


def test_the_sigmoid_stops_short_of_its_bounds():
    np.testing.assert_allclose(EACH["sigmoid"].parameters(UPPER)[:3], np.log(1e6 - 1) / 10)
    np.testing.assert_allclose(EACH["sigmoid"].parameters(LOWER)[:3], -np.log(1e6 - 1) / 10)


@each
def test_projection_leads_into_the_bounds_of_the_parameters(chosen):
    theta = np.array([-3.0, 0.4, 2.0, 1.0])
    expected = theta if isinstance(chosen, Sigmoid) else [0, 0.4, 1, 1]
    np.testing.assert_array_equal(chosen.project(theta), expected)
    lower, upper = chosen.bounds
    assert (lower < upper).all()
    assert lower.shape == upper.shape == (4,)


@each
def test_a_fixed_bond_has_no_gradient(chosen):
    gradient = np.array([1.0, 2.0, 3.0, 4.0])
    assert chosen.derivative(INSIDE)[3] == 0
    assert chosen.gradient_in_parameters(INSIDE, gradient)[3] == 0
    assert chosen.stiffness(INSIDE)[3] == 40
    assert chosen.fixed.tolist() == [False, False, False, True]


@each
def test_the_gradient_follows_the_chain_rule_unless_told_not_to(chosen):
    gradient = np.array([1.0, -2.0, 3.0, 0.0])
    np.testing.assert_allclose(chosen.gradient_in_parameters(INSIDE, gradient), gradient * chosen.derivative(INSIDE))
    without = type(chosen)(LOWER, UPPER, chain_rule=False)
    np.testing.assert_array_equal(without.gradient_in_parameters(INSIDE, gradient), gradient)


@pytest.mark.parametrize("name", PARAMETRISATIONS)
def test_a_network_sets_the_bounds(name):
    found = parametrisation(name, NETWORK, beta=5.0, chain_rule=False)
    np.testing.assert_array_equal(found.lower, NETWORK.stiffness_bounds[0])
    assert isinstance(found, PARAMETRISATIONS[name])
    assert not found.chain_rule
    assert getattr(found, "beta", 5.0) == 5.0
    k = uneven_stiffness(NETWORK)
    np.testing.assert_allclose(found.stiffness(found.parameters(k)), k)
    found.parameters(NETWORK.stiffness)


@pytest.mark.parametrize(
    ("lower", "upper", "message"),
    [
        ([1.0, 0.0], [2.0, 2.0], "bond 2 is to be 0.0 to 2.0 N/m: the bond could vanish"),
        ([1.0, 3.0], [2.0, 2.0], "bond 2 .* inverted"),
        ([np.nan, 1.0], [2.0, 2.0], "bond 1 .* finite"),
        ([1.0, 1.0], [2.0], r"not \(2,\) and \(1,\)"),
    ],
)
@pytest.mark.parametrize("kind", PARAMETRISATIONS.values())
def test_ill_formed_bounds_are_refused(kind, lower, upper, message):
    with pytest.raises(NetworkError, match=message):
        kind(np.array(lower), np.array(upper))


@each
def test_ill_formed_arguments_are_refused(chosen):
    with pytest.raises(NetworkError, match="bond 2 is 61 N/m, outside its bounds 20 to 60 N/m"):
        chosen.parameters(np.array([15.0, 61.0, 31.0, 40.0]))
    with pytest.raises(NetworkError, match="Stiffness must be of shape"):
        chosen.parameters(np.array([15.0]))
    with pytest.raises(ConfigError, match=r"θ must be of shape \(4,\)"):
        chosen.stiffness(np.zeros(3))
    with pytest.raises(ConfigError, match="θ of bond 2 is NaN; use a smaller learning rate"):
        chosen.derivative(np.array([0, np.nan, 0, 0]))
    with pytest.raises(ConfigError, match="gradient must be of shape"):
        chosen.gradient_in_parameters(INSIDE, np.zeros(3))


def test_unknown_names_and_steepness_are_refused():
    with pytest.raises(ConfigError, match="no parametrisation 'sigmod'; did you mean 'sigmoid'"):
        parametrisation("sigmod", NETWORK)
    with pytest.raises(ConfigError, match="β of the sigmoid must be above 0"):
        Sigmoid(LOWER, UPPER, 0.0)
