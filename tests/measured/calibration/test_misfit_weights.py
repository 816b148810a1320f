"""Weights of what was measured, and what its scatter makes of a difference of two models."""

import numpy as np
import pytest

from femnn.measured.calibration.misfit_weights import Observed, chi_squared_change, without_floor
from femnn.measured.measured_gradient import MeasuredGradient

pytestmark = pytest.mark.serial


def test_the_change_of_chi_squared_scatters_as_means_do() -> None:
    """The deviation is that of the change over means that are drawn again."""
    generator = np.random.default_rng(2)
    m, w = generator.normal(size=12), np.full(12, 0.3)
    other, one = m + 0.2 * generator.normal(size=12), m + 0.1 * generator.normal(size=12)
    change, deviation = chi_squared_change(other, one, Observed(m, w), 3)
    assert change == pytest.approx(np.sum((other - m) ** 2 - (one - m) ** 2) / 0.09)
    drawn = [
        chi_squared_change(other, one, Observed(m + w / np.sqrt(3) * generator.normal(size=12), w), 3)[0]
        for _ in range(4000)
    ]
    assert np.std(drawn) == pytest.approx(deviation, rel=0.05)


def test_bonds_without_a_deviation_have_no_weight_without_a_floor() -> None:
    measured = MeasuredGradient("case", np.ones(3), np.array([0.1, 0.0, np.nan]), np.full(3, np.nan))
    assert np.isfinite(without_floor(measured).deviation).tolist() == [True, False, False]
