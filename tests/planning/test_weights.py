"""Weights: what a set makes, piece by piece, and what hangs on which string."""

import numpy as np
import pytest
from reference import NETWORKS

from femnn.config.quantities import GRAM_FORCE
from femnn.errors import ConfigError
from femnn.planning.plan_settings import plan_settings
from femnn.planning.weight_sets import Hung, WeightSet, force_of, grams, hung, netted

pytestmark = pytest.mark.serial

PLANE = NETWORKS["2D"]


def test_sums_are_those_of_pieces_that_are_there_once():
    assert WeightSet([1, 2, 5]).sums(7) == [1, 2, 3, 5, 6, 7]
    assert WeightSet([2, 2]).sums(10) == [2, 4]
    np.testing.assert_allclose(np.array(WeightSet([0.1, 0.2, 0.3]).sums(1)), [0.1, 0.2, 0.3, 0.4, 0.5, 0.6])


def test_strings_share_the_pieces():
    """The heaviest is served first, nearest sums with the fewest pieces, and no piece hangs twice."""
    weights = WeightSet([1, 2, 2, 5, 10])
    assert weights.hang([10]) == [(10,)]
    assert weights.hang([5, 5]) == [(5,), (2, 2, 1)]
    assert weights.hang([10], taken=[10]) == [(5, 2, 2, 1)]
    assert weights.hang([0.4, 9.6]) == [(), (10,)]
    assert WeightSet([3]).hang([4, 4]) == [(3,), ()]


def test_a_load_hangs_on_a_string_a_component():
    """An oblique force takes two strings; what hangs gives the force back."""
    force = GRAM_FORCE * (PLANE.point_force(13, [3.0, -5.0]) + PLANE.point_force(14, [0.0, 2.0]))
    strings = hung(PLANE, force, WeightSet([GRAM_FORCE * g for g in (1, 2, 2, 5)]))
    assert [(s.node, s.axis, s.sign, grams(s.weight)) for s in strings] == [
        (13, 0, 1, "3 g"), (13, 1, -1, "5 g"), (14, 1, 1, "2 g")
    ]  # fmt: skip
    assert [s.down(2) for s in strings] == [False, True, False]
    np.testing.assert_allclose(force_of(PLANE, strings), force)


def test_strings_that_pull_both_ways_are_one_weight():
    """5 g down and 3 g up at a node are 2 g down, if there is such a piece; equal ones are nothing."""
    weights = WeightSet([1, 2, 2, 5])
    down, up, aside = Hung(13, 1, -1, (5,)), Hung(13, 1, 1, (2, 1)), Hung(14, 0, 1, (2,))
    assert netted([down, up, aside], weights) == [Hung(13, 1, -1, (2,)), aside]
    assert netted([down, Hung(13, 1, 1, (5,))], weights) == []
    assert netted([down, Hung(13, 1, 1, (2, 2))], WeightSet([2, 2, 5])) == [down, Hung(13, 1, 1, (2, 2))]


@pytest.mark.parametrize(
    "text",
    ["1,2,2,5 gf", "1,2,2,5gf", "1gf,2gf,2 gf,5 gf", "1 gf, 2 gf, 2 gf, 5 gf", '["1 gf", "2 gf", "2 gf", "5 gf"]'],
)
def test_a_set_may_name_its_unit_once(text):
    np.testing.assert_allclose(
        plan_settings("li2024", [f"weights={text}"]).weights, np.array([1, 2, 2, 5]) * GRAM_FORCE
    )


def test_a_set_of_too_many_pieces_is_refused():
    with pytest.raises(ConfigError, match="15 weights are too many"):
        WeightSet([1.0] * 15)
