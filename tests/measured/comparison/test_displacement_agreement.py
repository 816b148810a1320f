"""Models beside the displacements that were measured on the print."""

import numpy as np
import pytest

from femnn.measured.comparison.displacement_agreement import displacement_agreement
from femnn.measured.published import published_displacements

pytestmark = pytest.mark.serial

MEASURED = published_displacements()


def test_another_modulus_is_a_factor_and_changes_no_ratio() -> None:
    """What was measured, a little larger: the best factor takes it back, and nothing is left with it."""
    found = displacement_agreement({name: list(1.001 * own.values) for name, own in MEASURED.items()}, MEASURED)
    assert found.factor == pytest.approx(1 / 1.001)
    assert found.chi_squared(found.factor) < 1e-20
    by_hand = sum(float(np.sum((1e-3 * own.values / own.deviations) ** 2)) for own in MEASURED.values())
    assert found.chi_squared() == pytest.approx(by_hand)
    for ratio in found.ratios:
        assert ratio.ratio == pytest.approx(ratio.measured)
        assert abs(ratio.score) < 1e-10
    assert found.summary()["chi_squared_ratios"] < 1e-20


def test_the_ratio_is_that_of_the_larger_of_the_trained_and_of_its_mirror_image() -> None:
    """Published: 1.243 ± 0.033 trained, 1.187 ± 0.036 its mirror image."""
    found = displacement_agreement({name: list(own.values) for name, own in MEASURED.items()}, MEASURED)
    by_name = {ratio.experiment: ratio for ratio in found.ratios}
    assert by_name["trained"].measured == pytest.approx(0.6178 / 0.4971, rel=1e-4)
    assert by_name["mirror"].measured == pytest.approx(0.6160 / 0.5191, rel=1e-4)
    relative = np.hypot(0.0096 / 0.6160, 0.0134 / 0.5191)
    assert by_name["mirror"].deviation == pytest.approx(by_name["mirror"].measured * relative, rel=1e-3)


def test_outputs_come_in_the_order_that_is_nearer_to_the_measurement() -> None:
    """The paper does not say which displacement is that of which node: turning the model's outputs changes nothing."""
    computed = {name: list(1.01 * own.values) for name, own in MEASURED.items()}
    turned = {name: values[::-1] for name, values in computed.items()}
    assert list(displacement_agreement(turned, MEASURED).rows()) == list(
        displacement_agreement(computed, MEASURED).rows()
    )


def test_a_row_is_an_output_with_its_score() -> None:
    rows = list(
        displacement_agreement(
            {name: list(own.values + own.deviations) for name, own in MEASURED.items()}, MEASURED
        ).rows()
    )
    assert [(row["experiment"], row["output"]) for row in rows] == [(name, i) for name in MEASURED for i in (1, 2)]
    np.testing.assert_allclose([row["score"] for row in rows], 1.0)


def test_a_perfect_model_has_what_drawn_measurements_say() -> None:
    """Six values less one factor, of three repeats: the median is about 2.8, and 95 % are below about 17."""
    found = displacement_agreement({name: list(own.values) for name, own in MEASURED.items()}, MEASURED)
    median, most = found.by_chance(np.random.default_rng(0), 20_000)
    assert median == pytest.approx(2.81, rel=0.05)
    assert most == pytest.approx(17.1, rel=0.1)
