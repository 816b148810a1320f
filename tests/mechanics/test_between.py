"""Models between others, by their effects."""

import pytest

from femnn.mechanics.between import with_models_between
from femnn.mechanics.models import MODELS


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["spring", "bar", "beam"], ["spring", "bar", "beam-straight", "beam"]),
        (["bar", "beam", "continuum-2d"], ["bar", "beam-straight", "beam", "continuum-2d"]),
        (["bar", "beam-straight", "beam"], ["bar", "beam-straight", "beam"]),
        (["spring", "beam"], ["spring", "beam"]),
        (["bar-green", "beam"], ["bar-green", "beam"]),
        (["bar", "continuum-2d"], ["bar", "continuum-2d"]),
    ],
)
def test_straight_beams_stand_between_bars_and_beams(names: list[str], expected: list[str]) -> None:
    """Nothing stands between springs and others, between what is no part of the other, or before solids."""
    assert with_models_between(names, MODELS) == expected
