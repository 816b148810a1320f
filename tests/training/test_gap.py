"""The gap of a training, as a share of what training gains."""

import math

import pytest

from femnn.training.gap import relative_gap, steps_to_close

pytestmark = pytest.mark.serial


def test_the_gap_is_one_before_training_and_zero_at_the_optimum() -> None:
    assert relative_gap(5.0, 5.0, 1.0) == 1
    assert relative_gap(1.0, 5.0, 1.0) == 0
    assert relative_gap(9.0, 5.0, 1.0) == 2
    assert math.isnan(relative_gap(5.0, 5.0, 5.0))


@pytest.mark.parametrize(("gaps", "steps"), [([0.5, 0.1, 0.01, 0.2], 2), ([0.005], 0), ([0.5, math.nan], None)])
def test_a_gap_is_closed_where_it_is_first_within_the_tolerance(gaps: list[float], steps: int | None) -> None:
    assert steps_to_close(gaps, 0.01) == steps
