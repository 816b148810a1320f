"""Elongations of bonds from displacements of nodes."""

from decimal import Decimal, localcontext

import numpy as np
import pytest
from reference import NETWORKS, each_dimension

from femnn.mechanics.elongation import elongations
from femnn.network.network import Network


def displacements(network: Network, size: float) -> np.ndarray:
    return size * network.lengths.mean() * np.random.default_rng(0).uniform(-1, 1, network.nodes.shape)


def true_elongations(network: Network, U: np.ndarray) -> np.ndarray:
    """|x_q − x_p| − L in 60 digits."""
    with localcontext() as context:
        context.prec = 60
        X, u = np.vectorize(Decimal)(network.nodes), np.vectorize(Decimal)(U)
        rest, moved = (Y[network.bonds[:, 1]] - Y[network.bonds[:, 0]] for Y in (X, X + u))
        lengths = [[(vector @ vector).sqrt() for vector in vectors] for vectors in (rest, moved)]
        return np.array([float(new - old) for old, new in zip(*lengths, strict=True)])


@each_dimension
@pytest.mark.parametrize("size", [1e-12, 1e-6, 0.1, 10.0])
def test_true_elongations_keep_their_digits_at_any_size(dimension, size):
    """|x_q − x_p| − L to 14 digits of the displacement, though it is 1e-12 of the length."""
    network = NETWORKS[dimension]
    U = displacements(network, size)
    error = elongations(network, U, "true") - true_elongations(network, U)
    assert np.abs(error).max() <= 1e-14 * np.abs(U).max()


@each_dimension
def test_projected_elongations_are_linear_and_the_limit_of_true_ones(dimension):
    """t·Δ; true elongations depart from it as the square of the displacement."""
    network = NETWORKS[dimension]
    U = displacements(network, 1e-3)
    projected = elongations(network, U, "projected")
    np.testing.assert_allclose(elongations(network, 7 * U, "projected"), 7 * projected, rtol=1e-13)
    departures = [np.abs(elongations(network, s * U, "true") - s * projected).max() for s in (1, 0.1)]
    assert departures[0] / departures[1] == pytest.approx(100, rel=0.01)


def test_a_stack_of_displacements_gives_a_stack_of_elongations():
    network = NETWORKS["2D"]
    stack = np.stack([displacements(network, size) for size in (0.01, 0.1, 1.0)])
    for kind in ("true", "projected"):
        each = [elongations(network, U, kind) for U in stack]
        np.testing.assert_array_equal(elongations(network, stack, kind), each)
