"""Forward and adjoint fields are drawn side by side, large enough to be seen."""

import numpy as np
import pytest
from matplotlib.quiver import Quiver

from femnn.errors import NetworkError
from femnn.mechanics.elongation import elongations
from femnn.network import lattices
from femnn.report.example_fields import SEEN, field_panels, magnification
from femnn.report.figure import Figure
from femnn.report.printed import printed

pytestmark = pytest.mark.serial

SIZE = 64e-3


@pytest.fixture
def network():
    return lattices.li2024()


@pytest.fixture
def example(network):
    forward = 1e-3 * np.random.default_rng(0).normal(size=network.nodes.shape)
    return forward, 0.01 * forward, network.point_force(13, (0, -0.05)), network.point_force(2, (0.001, 0))


def drawn(network, *example, **gradient):
    names = ("forward", "adjoint", "force", "adjoint_force")
    panels = field_panels(network, dict(zip(names, example, strict=True)) | gradient)
    return printed(Figure("fields", "", "", [panels], (4.6 * len(panels), 3.9)))


def values(axes):
    return next(c.get_array() for c in axes.collections if c.get_array() is not None)


def test_fields_are_elongations_on_deformed_lattices(network, example):
    figure = drawn(network, *example)
    assert len(figure.axes) == 4
    for axes, field in zip(figure.axes[:2], example[:2], strict=True):
        np.testing.assert_allclose(values(axes), 1e6 * elongations(network, field, "true"))
    titles = [axes.get_title(loc="left") for axes in figure.axes[:2]]
    assert titles == ["forward: the example's load", "adjoint: the error as a load (drawn × 100)"]
    arrows = [[each for each in axes.collections if isinstance(each, Quiver)] for axes in figure.axes[:2]]
    assert [[each.N for each in found] for found in arrows] == [[1], [1]]


def test_the_gradient_is_scaled_to_its_largest(network, example):
    figure = drawn(network, *example, gradient=np.linspace(-4e-9, 2e-9, 28))
    np.testing.assert_allclose(values(figure.axes[2]), np.linspace(-1, 0.5, 28))


def test_magnification_is_round_and_makes_displacements_seen(network):
    for largest in (1e-9, 3.3e-7, 1e-5, 1e-3, 3.84e-3, 0.1):
        factor = magnification(network, np.array([0.0, -largest]))
        assert factor == 1 or 0.4 * SEEN * SIZE <= factor * largest <= 1.001 * SEEN * SIZE
        assert float(f"{factor:.0e}") == factor
    assert magnification(network, np.zeros((14, 2))) == 1


@pytest.mark.parametrize(
    ("place", "what"), [(0, "forward field"), (1, "adjoint field"), (2, "forces"), (3, "adjoint forces")]
)
def test_arrays_that_do_not_fit_are_refused(network, example, place, what):
    bad = [*example[:place], np.full((14, 2), np.nan), *example[place + 1 :]]
    with pytest.raises(NetworkError, match=f"li2024: the {what} to draw must be finite"):
        drawn(network, *bad)


def test_a_gradient_that_does_not_fit_is_refused(network, example):
    with pytest.raises(NetworkError, match="the gradient to draw"):
        drawn(network, *example, gradient=np.ones(27))
