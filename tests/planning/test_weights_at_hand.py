"""Weights that a plan proposes where none are given."""

import numpy as np
import pytest

from femnn.config.quantities import GRAM_FORCE
from femnn.errors import ConfigError
from femnn.network.lattices import li2024, triangular
from femnn.planning.plan_settings import plan_settings
from femnn.planning.weight_sets import WeightSet, grams

NET = triangular(3, 2, 1.0)


def test_the_published_lattice_keeps_its_set() -> None:
    """1, 2, 2, 5 and 10 g, of which 20 g hang at once; also with weights of one's own."""
    force = li2024().point_force(13, [0, -0.098])
    usual = plan_settings("li2024").at_hand(li2024(), force)[0]
    assert usual.weights == [piece * GRAM_FORCE for piece in (1, 2, 2, 5, 10)]
    assert usual.largest == 20 * GRAM_FORCE
    assert plan_settings("li2024", ["weights=1, 5 gf"]).at_hand(li2024(), force)[0].largest == 20 * GRAM_FORCE


def test_on_another_network_weights_make_the_load_whatever_its_size() -> None:
    """A load of 100 kN at one node and 20 kN at another: a piece each, and four for the adjoint force."""
    force = NET.point_force(1, [0, -1e5]) + NET.point_force(2, [2e4, 0])
    found = plan_settings("x").at_hand(NET, force)[0]
    assert found.weights == pytest.approx([1e4, 2e4, 2e4, 2e4, 5e4, 1e5])
    assert found.largest == pytest.approx(2.4e5)
    pieces = WeightSet(found.weights or []).hang([1e5, 2e4])
    assert [sum(own) for own in pieces] == pytest.approx([1e5, 2e4])


def test_what_is_given_is_at_hand_and_may_hang_all_at_once() -> None:
    """Weights alone, or the most that may hang alone."""
    force = NET.point_force(1, [0, -1e5])
    given = plan_settings("x", ["weights=50 kN, 60 kN"]).at_hand(NET, force)[0]
    assert (given.weights, given.largest) == ([5e4, 6e4], 1.1e5)
    assert plan_settings("x", ["largest=150 kN"]).at_hand(NET, force)[0].largest == 1.5e5


def test_a_load_in_too_many_places_needs_weights() -> None:
    """No set of few pieces makes it."""
    force = np.where(NET.fixed, 0.0, -1.0)
    with pytest.raises(ConfigError, match="in 16 places; give the weights"):
        plan_settings("x").at_hand(NET, force)


@pytest.mark.parametrize(("mass", "text"), [(5, "5 g"), (999, "999 g"), (12e3, "12 kg"), (10.2e6, "10.2 t")])
def test_a_weight_is_told_in_a_unit_of_its_size(mass: float, text: str) -> None:
    """Grams, kilograms, tonnes."""
    assert grams(mass * GRAM_FORCE) == text
