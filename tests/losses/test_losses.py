"""Losses and their derivatives."""

import numpy as np
import pytest
from reference import NETWORKS, each_dimension, loss

from femnn.errors import ConfigError, NetworkError
from femnn.losses import (
    CrossEntropy,
    Margin,
    SquaredError,
    WeightedSum,
    cross_entropy,
    margin_loss,
    squared_error,
    squared_errors,
)

pytestmark = pytest.mark.serial


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


SAMPLES = 5
READS = np.array([3, 0, 7])
CLASSES = np.array([0, 2, 1, 1, 0])
TARGETS = np.random.default_rng(3).normal(size=(SAMPLES, 3))


def scaled_random(*shape: int, seed: int = 0) -> np.ndarray:
    """Displacements of some millimetres."""
    return 4e-3 * np.random.default_rng(seed).normal(size=shape)


LOSSES = {
    "squared": SquaredError(READS, 1e-3 * TARGETS, np.array([1.0, 2.0, 0.5])),
    "entropy": CrossEntropy(READS, CLASSES, 2e-3),
    "margin": Margin(READS, CLASSES, 0.7, 5e-3),
    "squared margin": Margin(READS, CLASSES, 0.7, 5e-3, squared=True),
    "sum": WeightedSum(
        [CrossEntropy(READS, CLASSES, 2e-3), SquaredError(np.array([1, 3]), np.zeros(2), np.ones(2))],
        np.array([0.3, 1.7]),
    ),
}
each_loss = pytest.mark.parametrize("loss_of_samples", LOSSES.values(), ids=LOSSES)


@each_loss
def test_samples_at_once_are_samples_one_by_one(loss_of_samples):
    U = scaled_random(SAMPLES, 4, 2)
    values, derivatives = loss_of_samples.value(U), loss_of_samples.derivative(U)
    assert values.shape == (SAMPLES,)
    assert derivatives.shape == U.shape
    for sample in range(SAMPLES):
        one = loss_of_samples[sample]
        assert isinstance(one.value(U[sample]), float)
        assert one.value(U[sample]) == pytest.approx(values[sample], rel=1e-14)
        np.testing.assert_allclose(one.derivative(U[sample]), derivatives[sample], rtol=1e-14)


@each_loss
def test_chosen_samples_keep_their_targets(loss_of_samples):
    U, index = scaled_random(SAMPLES, 4, 2), np.array([4, 1, 1])
    np.testing.assert_array_equal(loss_of_samples[index].value(U[index]), loss_of_samples.value(U)[index])


@each_loss
def test_the_remainder_of_taylor_falls_with_the_second_power(loss_of_samples):
    """The plain hinge is linear between its kinks, so its remainder is rounding."""
    loss, U, D = loss_of_samples[1], scaled_random(4, 2), scaled_random(4, 2, seed=1)
    steps = 1e-2 * 0.5 ** np.arange(5)
    slope = np.sum(loss.derivative(U) * D)
    remainders = np.array([abs(loss.value(U + h * D) - loss.value(U) - h * slope) for h in steps])
    if remainders.max() > 1e-15 * loss.value(U):
        np.testing.assert_allclose(np.log2(remainders[:-1] / remainders[1:]), 2, atol=0.1)


@each_loss
def test_the_curvature_is_that_of_the_derivative(loss_of_samples):
    loss, U = loss_of_samples[1], scaled_random(4, 2)
    units, h = np.eye(U.size).reshape(-1, *U.shape), 1e-7
    bends = [(loss.derivative(U + h * unit) - loss.derivative(U - h * unit)).ravel() / (2 * h) for unit in units]
    expected = np.array(bends)[np.ix_(loss.reads, loss.reads)]
    np.testing.assert_allclose(loss.curvature(U), expected, rtol=1e-6, atol=1e-6 * np.abs(expected).max())


@each_loss
def test_no_samples_have_no_values(loss_of_samples):
    none, U = loss_of_samples[np.empty(0, dtype=np.int64)], np.empty((0, 4, 2))
    assert np.shape(none.value(U)) == (0,)
    assert none.derivative(U).shape == U.shape


def test_a_loss_without_targets_of_its_own_takes_any_number_of_samples(weighted):
    U = np.random.default_rng(0).normal(size=(SAMPLES, 4, 2))
    assert weighted[3] is weighted
    assert weighted[np.array([3, 1])] is weighted
    np.testing.assert_allclose(weighted.value(U), [weighted.value(sample) for sample in U])


def test_a_column_major_array_gets_its_derivative_in_the_right_place(weighted):
    U = np.random.default_rng(0).normal(size=(4, 2))
    np.testing.assert_array_equal(weighted.derivative(np.asfortranarray(U)), weighted.derivative(U))


def test_the_hinge_adds_up_what_the_lead_lacks():
    U = np.array([[3e-3, -2.5e-3], [1e-3, 0.0]])
    assert Margin(np.arange(3), 0, 2.0, 1e-3).value(U) == pytest.approx(2 * 0.5e-3)
    assert Margin(np.arange(3), 0, 2.0, 1e-3, squared=True).value(U) == pytest.approx(2 * 0.5e-3**2)
    np.testing.assert_allclose(Margin(np.arange(3), 0, 2.0, 1e-3).derivative(U), [[-2, -2], [0, 0]])


def test_at_its_kink_the_hinge_still_pulls():
    U = np.array([[2.0, -1.0]])
    np.testing.assert_array_equal(Margin(np.arange(2), 0, 1.0, 1.0).derivative(U), [[-1, -1]])


def test_a_sum_reads_what_its_losses_read():
    np.testing.assert_array_equal(LOSSES["sum"].reads, [0, 1, 3, 7])


def test_squared_errors_of_samples_are_read_where_they_are_set():
    loss = squared_errors(NETWORKS["2D"], [(14, 1), (11, 0)], [[1e-3, 2e-3], [3e-3, 4e-3]], weight=2.0)
    one = squared_error(NETWORKS["2D"], [(14, 1, 1e-3), (11, 0, 2e-3)])
    U = scaled_random(*NETWORKS["2D"].nodes.shape)
    assert loss[0].value(U) == pytest.approx(2 * one.value(U))


NETWORK = NETWORKS["2D"]
HELD = int(NETWORK.labels[np.flatnonzero(NETWORK.fixed[:, 1])[0]])


@pytest.mark.parametrize(
    ("outputs", "message"),
    [
        ([(14, 1), (15, 0)], "no node 15"),
        ([(14, 1), (14, 1)], "component 1 of node 14 twice"),
        ([(14, 1), (14, 2)], "output 2 of the loss is component 2 of node 14; components are 0 to 1"),
        ([(HELD, 1), (14, 1)], f"output 1 of the loss is component 1 of node {HELD}, which a support holds"),
        ([], "reads nothing"),
    ],
)
@pytest.mark.parametrize("make", [cross_entropy, margin_loss])
def test_outputs_that_cannot_be_read_are_refused(make, outputs, message):
    with pytest.raises(NetworkError, match=message):
        make(NETWORK, outputs, 0)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: SquaredError(np.array([0, 0]), np.zeros(2), np.ones(2)), "reads a component twice"),
        (lambda: SquaredError(np.array([0.5]), np.zeros(1), np.ones(1)), "list of indices"),
        (lambda: SquaredError(np.array([0, 1]), np.zeros(3), np.ones(2)), r"targets are of shape \(3,\), but 2"),
        (lambda: SquaredError(np.array([0, 1]), np.zeros(2), np.ones(1)), r"weights are of shape \(1,\), but 2"),
        (lambda: SquaredError(np.array([0]), np.array([np.nan]), np.ones(1)), "targets must be finite"),
        (lambda: CrossEntropy(READS, np.array([0, 3])), "no class 3: with 3 outputs they are 0 to 2"),
        (lambda: CrossEntropy(READS, np.array(-1)), "no class -1"),
        (lambda: CrossEntropy(READS, np.array([0.5])), "one whole number"),
        (lambda: CrossEntropy(READS[:1], np.array(0)), "two classes at least"),
        (lambda: CrossEntropy(READS, np.array(0), 0.0), "weight of a loss must be above 0"),
        (lambda: Margin(READS, np.array(0), 1.0, -1e-3), "margin must be a length above 0"),
        (lambda: WeightedSum([], np.array([])), "at least one loss"),
        (lambda: WeightedSum([LOSSES["entropy"]], np.ones(2)), "as many finite weights"),
        (lambda: LOSSES["entropy"][SAMPLES], "targets for 5 samples, 0 to 4"),
        (lambda: LOSSES["entropy"].value(np.zeros((4, 2))), r"targets for 5 samples, but .* shape \(4, 2\)"),
        (lambda: LOSSES["squared"].derivative(np.zeros((4, 4, 2))), r"targets for 5 samples, but .* \(4, 4, 2\)"),
        (lambda: LOSSES["squared"][0].value(np.zeros((3, 2))), "reads component 7, but 3 nodes have 6"),
        (lambda: LOSSES["squared"][0].value(np.zeros(8)), r"shape \(N, d\) or \(n, N, d\), not \(8,\)"),
        (lambda: LOSSES["sum"].curvature(np.zeros((5, 4, 2))), "curvature of a loss is that of one sample"),
        (lambda: LOSSES["margin"].curvature(np.zeros((4, 2))), "curvature of a loss is that of one sample"),
    ],
)
def test_what_does_not_fit_is_refused(make, message):
    with pytest.raises(ConfigError, match=message):
        make()
