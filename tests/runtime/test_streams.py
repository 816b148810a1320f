"""Random numbers depend on what they are for, and on nothing that was drawn before."""

import numpy as np
import pytest

from femnn.runtime.streams import stream

pytestmark = pytest.mark.serial


def test_one_purpose_has_one_sequence_whatever_else_is_drawn() -> None:
    first = stream(1, "noise", "same", 3).random(4)
    stream(1, "noise", "same", 2).random(100)
    np.testing.assert_array_equal(stream(1, "noise", "same", 3).random(4), first)


def test_seed_and_every_part_of_the_identity_count() -> None:
    """Also their order, where one part ends, and what type a part is of."""
    identities = [
        (1, "noise", "same"), (2, "noise", "same"), (1, "same", "noise"), (1, "noisesame"), (1, "noise", "same", 0),
        (1, "noise", "same", "0"), (1, "noise", ["same"]), (1, "noise"), (1,), (1, None), (1, 0.5), (1, 0.25),
    ]  # fmt: skip
    drawn = {tuple(stream(seed, *parts).random(3)) for seed, *parts in identities}
    assert len(drawn) == len(identities)


def test_tables_are_alike_in_any_order_of_their_keys() -> None:
    one, other = stream(0, {"case": "same", "force": 0.1}), stream(0, {"force": 0.1, "case": "same"})
    assert one.random() == other.random()


def test_purposes_are_independent() -> None:
    """Correlations of a hundred sequences are those of chance."""
    drawn = np.array([stream(0, "noise", repeat).normal(size=2000) for repeat in range(100)])
    correlations = np.corrcoef(drawn)[np.triu_indices(100, 1)]
    assert np.abs(correlations).max() < 5 / np.sqrt(2000)
    assert abs(drawn.mean()) < 4 / np.sqrt(drawn.size)


def test_numbers_are_the_same_on_every_machine() -> None:
    """A run resumes with them: a change here changes results."""
    np.testing.assert_array_equal(stream(0, "noise", "same", 1).integers(0, 1000, 4), [869, 253, 238, 729])
