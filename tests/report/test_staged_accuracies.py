"""Accuracies along stages: where dots and arrows are."""

import numpy as np
import pytest

from femnn.report.accuracies import staged_panel
from femnn.report.marks import Arrow, Band, Dots

pytestmark = pytest.mark.serial

COLOURS = {"trained": "grey", "damaged": "red", "retrained": "blue"}


def test_an_arrow_leads_from_the_damage_to_what_comes_after() -> None:
    """Between means over the seeds, in percent, a row a group; a group that was not retrained has none."""
    groups = {
        "one": {"trained": np.array([0.9, 1.0]), "damaged": np.array([0.3, 0.5]), "retrained": np.array([0.8, 0.9])},
        "two": {"trained": np.array([0.9]), "damaged": np.array([]), "retrained": np.array([])},
    }
    panel = staged_panel(groups, COLOURS, "accuracy (%)", {(0.0, 0.6): "red"})
    (arrow,) = [mark for mark in panel.marks if isinstance(mark, Arrow)]
    assert arrow.start == pytest.approx((40.0, 0.0))
    assert arrow.end == pytest.approx((85.0, 0.0))
    (band,) = [mark for mark in panel.marks if isinstance(mark, Band)]
    assert (band.low, band.high) == (0.0, 60.0)
    dots = [mark for mark in panel.marks if isinstance(mark, Dots)]
    assert [mark.colour for mark in dots] == ["grey", "grey", "red", "red", "blue", "blue", "grey", "grey"]
    assert panel.y.ticks == [(0, "one"), (1, "two")]
