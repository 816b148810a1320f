"""Agreement of predictions with measurements, and what scatter does to it."""

import numpy as np
import pytest
from scipy.stats import chi2, t

from femnn.measured.comparison.agreement import agreement, best_factor, chance, change, difference, scatter
from femnn.measured.measured_gradient import MeasuredGradient
from femnn.measured.published import published_gradients
from femnn.network_files.specification import load_network

pytestmark = pytest.mark.serial


def measured(deviation: float = 0.1) -> MeasuredGradient:
    """A gradient of 40 bonds, measured three times with one deviation."""
    value = np.random.default_rng(3).normal(size=40)
    return MeasuredGradient("case", value, np.full(40, deviation), np.full(40, np.nan))


def test_linear_springs_agree_as_published() -> None:
    """Li & Mao's simulated gradients against the measured means: 0.0070 and 0.0205; relative L2 0.134 and 0.180."""
    found = published_gradients(load_network("li2024"))
    for case, pearson, relative in (("separate", 0.0070, 0.134), ("same", 0.0205, 0.180)):
        result = agreement(found[case].simulated, found[case])
        assert result.one_minus_pearson == pytest.approx(pearson, abs=5e-5)
        assert result.relative_l2 == pytest.approx(relative, abs=5e-4)


def test_a_factor_is_found_and_taken_away() -> None:
    """A prediction that is twice too large has the factor ½, and no error that is left with it."""
    data = measured()
    result = agreement(2 * data.value, data)
    assert result.factor == pytest.approx(0.5)
    assert result.relative_l2_scaled < 1e-15
    assert result.relative_l2 == pytest.approx(1.0)
    assert result.one_minus_pearson < 1e-15


def test_chi_squared_of_single_trials_is_one() -> None:
    """About what is right, weighted by a deviation that is known."""
    data = measured()
    generator = np.random.default_rng(0)
    scores = [
        agreement(data.value, MeasuredGradient("", value, data.deviation, data.simulated)).chi_squared
        for value in data.value + 0.1 * generator.standard_normal((400, 40))
    ]
    assert np.mean(scores) == pytest.approx(1.0, abs=0.05)


def test_chi_squared_of_a_right_model_is_students() -> None:
    """Of means of n trials by their own deviations: one value is t²/n with n − 1 degrees, many trials make it 1/n."""
    generator = np.random.default_rng(4)
    one = chance(np.ones(1), np.full(1, 0.1), 3, 20000, generator)
    np.testing.assert_allclose(one, t.ppf([0.75, 0.975], 2) ** 2 / 3, rtol=0.1)
    many = chance(np.ones(40), np.full(40, 0.1), 100, 2000, generator)
    assert many[0] == pytest.approx(0.01, rel=0.05)
    values = np.linspace(1, 2, 6)
    plain, fitted = (chance(values, 0.1 * values, 100, 4000, generator, fit)[0] for fit in (False, True))
    assert fitted / plain == pytest.approx(chi2.median(5) / chi2.median(6), rel=0.05)
    assert scatter(measured(), 2000, generator).chi_squared[0] == pytest.approx(1.2, abs=0.2)
    assert np.isnan(chance(values, values, 1, 10, generator)).all()


def test_scatter_of_a_right_model_is_that_of_means_of_three() -> None:
    """To first order the relative L2 error is σ√(n/3)/‖g‖, and 1 − Pearson half its square."""
    data = measured(0.03)
    found = scatter(data, 4000, np.random.default_rng(1))
    expected = 0.03 * np.sqrt(40 / 3) / np.linalg.norm(data.value)
    assert found.relative_l2[0] == pytest.approx(expected, rel=0.05)
    centred = 0.03**2 * 38 / 3 / ((data.value - data.value.mean()) ** 2).sum() / 2
    assert found.one_minus_pearson[0] == pytest.approx(centred, rel=0.05)


def test_what_scatter_does_to_both_models_alike_cancels() -> None:
    """The standard error of a difference is that of repeated measurements, and nothing for models that are alike."""
    data, generator = measured(), np.random.default_rng(2)
    one, other = (data.value + 0.2 * generator.normal(size=40) for _ in range(2))
    assert difference(one, 3 * one + 1, data, 200, generator)[1] < 1e-12
    change, error = difference(one, other, data, 4000, generator)
    repeated = [
        difference(one, other, MeasuredGradient("", v, data.deviation, data.simulated), 2, generator)[0]
        for v in data.value + 0.1 / np.sqrt(3) * generator.standard_normal((2000, 40))
    ]
    assert error == pytest.approx(np.std(repeated), rel=0.1)
    assert change == pytest.approx(np.mean(repeated), abs=5 * error)


def test_a_change_of_size_alone_turns_nothing() -> None:
    """A prediction twice as large has the factor 2, has moved by 1 of itself, and agrees as well in its pattern."""
    data = measured()
    x = data.value + 0.1 * np.random.default_rng(5).normal(size=40)
    found = change(x, 2 * x, data, 100, np.random.default_rng(1))
    assert found.factor == pytest.approx(2) == best_factor(x, 2 * x)
    assert found.moved == pytest.approx(1)
    assert found.turned < 1e-14
    assert abs(found.one_minus_pearson_change) < 1e-14
    assert found.relative_l2_change > 0.5
