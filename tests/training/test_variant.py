"""Ways to train: variants of settings and widths, and what an epoch's batches come to."""

import pytest

from femnn.errors import NetworkError
from femnn.network_files.specification import load_network
from femnn.training.training_settings import TrainingSettings
from femnn.training.variant import Variant

pytestmark = pytest.mark.serial

NETWORK = load_network("li2024")
USUAL = TrainingSettings(batch=16, divisor=16, beta=10)


def test_what_a_variant_leaves_out_is_as_usual():
    assert Variant().training(USUAL) == USUAL
    assert Variant().network(NETWORK) is NETWORK
    changed = Variant(chain_rule=False, parametrisation="box").training(USUAL)
    assert (changed.chain_rule, changed.parametrisation, changed.batch, changed.beta) == (False, "box", 16, 10)


def test_a_line_search_has_the_full_batch():
    changed = Variant(optimiser={"name": "lbfgs"}, parametrisation="box").training(USUAL)
    assert changed.batch is None
    assert changed.divisor is None


def test_widths_of_a_variant_bound_the_stiffness():
    lower, upper = Variant(width_bounds=(1e-3, 3e-3)).network(NETWORK).stiffness_bounds
    assert lower == pytest.approx(NETWORK.stiffness / 2)
    assert upper == pytest.approx(1.5 * NETWORK.stiffness)
    with pytest.raises(NetworkError, match="wide"):
        Variant(width_bounds=(2.5e-3, 3e-3)).network(NETWORK)
    with pytest.raises(ValueError, match="smallest width"):
        Variant(width_bounds=(3e-3, 1e-3))


def test_the_last_batch_of_an_epoch_may_be_smaller_than_the_divisor():
    """Of 70 samples in batches of 16, the fifth has 6: 70/(5·16)."""
    assert USUAL.divided_share(70) == pytest.approx(70 / 80)
    assert USUAL.divided_share(64) == 1.0
    assert TrainingSettings(batch=16).divided_share(70) == 1.0
