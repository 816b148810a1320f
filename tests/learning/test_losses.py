"""Losses and their derivatives."""

import numpy as np
import pytest
from reference import NETWORKS, each_dimension, loss

from femnn.errors import NetworkError
from femnn.learning.losses import SquaredError, squared_error


@pytest.fixture
def weighted():
    """A squared error with uneven weights."""
    return SquaredError(np.array([3, 0, 7]), np.array([0.1, -0.2, 0.3]), np.array([1.0, 2.0, 0.5]))


def test_the_loss_is_the_weighted_sum_of_squares(weighted):
    U = np.arange(8.0).reshape(4, 2)
    assert weighted.value(U) == pytest.approx(2.9**2 + 2 * 0.2**2 + 0.5 * 6.7**2)


def test_derivative_and_curvature_are_those_of_the_value(weighted):
    """Central differences of a quadratic are exact, so a large step may be taken."""
    U, h = np.random.default_rng(0).normal(size=(4, 2)), 0.5
    units = np.eye(U.size).reshape(-1, *U.shape)
    slopes = [(weighted.value(U + h * unit) - weighted.value(U - h * unit)) / (2 * h) for unit in units]
    np.testing.assert_allclose(weighted.derivative(U).ravel(), slopes, atol=1e-13)
    bends = [
        (weighted.derivative(U + h * unit) - weighted.derivative(U - h * unit)).ravel() / (2 * h) for unit in units
    ]
    np.testing.assert_allclose(
        weighted.curvature(U), np.array(bends)[np.ix_(weighted.reads, weighted.reads)], atol=1e-13
    )


@each_dimension
def test_targets_are_read_where_they_are_set(dimension):
    """The derivative vanishes but at the two components that have targets, and there too once they are met."""
    target, U = loss(dimension), np.zeros(NETWORKS[dimension].nodes.shape)
    assert set(np.flatnonzero(target.derivative(U))) == set(target.reads)
    U.reshape(-1)[target.reads] = target.targets
    assert target.value(U) == 0
    assert not target.derivative(U).any()


def test_two_targets_for_one_component_are_refused():
    with pytest.raises(NetworkError, match="two targets for the same component"):
        squared_error(NETWORKS["2D"], [(14, 1, 0.1), (13, 1, 0.1), (14, 1, 0.2)])


def test_a_target_on_an_unknown_node_is_refused():
    with pytest.raises(NetworkError, match="no node 15"):
        squared_error(NETWORKS["2D"], [(15, 1, 0.1)])
