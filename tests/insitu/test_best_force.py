"""The adjoint force at which an error is least, against errors whose least is known."""

import numpy as np
import pytest

from femnn.insitu.best_force import exponent, optimum, scattered_optimum

FORCES = np.geomspace(1e-4, 1e-1, 25)


@pytest.mark.parametrize(("order", "force", "error"), [(1, 1 / 2, 1 / 2), (2, 1 / 3, 2 / 3)])
def test_least_error_and_best_force_grow_with_the_noise_as_in_theory(order: int, force: float, error: float) -> None:
    """error² = sⁿ² + (σ/s)², sampled, and with a scatter of 1 %."""
    noises, generator = np.geomspace(1e-6, 1e-4, 9), np.random.default_rng(0)
    errors = [np.hypot((10 * FORCES) ** order, noise / FORCES) for noise in noises]
    best = [optimum(FORCES, values) for values in errors]
    drawn = [
        scattered_optimum(FORCES, values * generator.normal(1, 0.01, values.shape), found.force)
        for values, found in zip(errors, best, strict=True)
    ]
    assert all(found.inside for found in (*best, *drawn))
    for found, within in ((best, 0.01), (drawn, 0.05)):
        for values, wanted in (([x.force for x in found], force), ([x.error for x in found], error)):
            fit = exponent(noises, np.array(values))
            assert fit is not None
            assert fit.value == pytest.approx(wanted, abs=within)
            assert fit.count == 9


def test_the_least_at_an_end_of_the_sweep_is_not_inside() -> None:
    found = optimum(FORCES, 1 / FORCES)
    assert found.force == pytest.approx(FORCES[-1])
    assert not found.inside


def test_two_points_have_no_exponent() -> None:
    assert exponent(np.array([1.0, 2.0]), np.array([1.0, 2.0])) is None
