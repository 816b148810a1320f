"""Errors of many measurements are those of each, put together."""

import numpy as np
import pytest

from femnn.insitu.metrics import one_minus_cosine, one_minus_pearson, relative_l2
from femnn.insitu.repeated_measurements import errors_of_measurements


def test_errors_are_those_of_single_measurements() -> None:
    generator = np.random.default_rng(0)
    reference, estimates = generator.normal(size=30), generator.normal(1.0, 2.0, (200, 30))
    found = errors_of_measurements(estimates, reference)
    each = np.array([relative_l2(estimate, reference) for estimate in estimates])
    assert found["relative_l2"] == pytest.approx(np.sqrt(np.mean(each**2)))
    for name, metric in (("one_minus_cosine", one_minus_cosine), ("one_minus_pearson", one_minus_pearson)):
        assert found[name] == pytest.approx(np.mean([metric(estimate, reference) for estimate in estimates]))


def test_the_uncertainty_is_the_scatter_of_the_error() -> None:
    """Of many sets of measurements."""
    generator = np.random.default_rng(0)
    reference = generator.normal(size=10)
    sets = [errors_of_measurements(reference + generator.normal(size=(50, 10)), reference) for _ in range(400)]
    scatter = np.std([found["relative_l2"] for found in sets])
    assert np.mean([found["uncertainty"] for found in sets]) == pytest.approx(scatter, rel=0.15)


def test_one_measurement_has_no_uncertainty() -> None:
    found = errors_of_measurements(np.array([1.0, 2.0, 4.0]), np.array([1.0, 2.0, 3.0]))
    assert found["uncertainty"] == 0
    assert found["relative_l2"] == pytest.approx(1 / np.sqrt(14))
    assert np.isnan(errors_of_measurements(np.zeros(3), np.array([1.0, 2.0, 3.0]))["one_minus_cosine"])
