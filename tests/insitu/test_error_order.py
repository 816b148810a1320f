"""Orders of errors in the adjoint force."""

import numpy as np
import pytest

from femnn.insitu.error_order import error_order, nearest_force, over_forces

FORCES = np.geomspace(1e-4, 1e-1, 13)


@pytest.mark.parametrize("order", [1, 2])
def test_the_order_is_that_of_the_leading_term(order: int) -> None:
    """Rounding below and further terms above do not count."""
    errors = np.maximum(1e-12, 5 * FORCES**order + np.where(FORCES > 0.05, 1.0, 0.0))
    assert error_order(FORCES, errors) == pytest.approx(order, rel=1e-6)


def test_no_order_is_told_of_few_points_or_a_level_above() -> None:
    """Nor over less than a decade."""
    assert error_order(FORCES, np.full(13, 0.3)) is None
    assert error_order(FORCES[:3], FORCES[:3]) is None
    near = np.geomspace(1e-3, 5e-3, 8)
    assert error_order(near, near) is None


def test_an_error_over_forces_is_read_at_the_shown_the_smallest_and_the_best() -> None:
    """The nearest force is that by ratio."""
    errors = 1e-3 * (FORCES / 1e-2 + 1e-2 / FORCES)
    found = over_forces(FORCES, errors, 0.09)
    assert found["adjoint_force"] == FORCES[-1]
    assert found["best_adjoint_force"] == pytest.approx(1e-2)
    assert found["smallest_force_relative_l2"] == errors[0]
    assert nearest_force(np.array([1.0, 10.0]), 4.0) == 1
