"""Steps between the ticks of an axis."""

import numpy as np
import pytest

from femnn.report.figure import Axis, Figure, Panel
from femnn.report.marks import Curve
from femnn.report.printed import printed

pytestmark = pytest.mark.serial


@pytest.mark.parametrize("most", [2, 4, 6])
def test_an_axis_has_no_more_steps_than_it_may(most: int) -> None:
    panel = Panel([Curve(x=[0.0, 0.97], y=[0.0, 1.0])], x=Axis(most_steps=most))
    axes = printed(Figure("f", "", "", [[panel]], (8, 3))).axes[0]
    low, high = axes.get_xlim()
    within = [tick for tick in axes.get_xticks() if low <= tick <= high]
    assert 1 <= len(within) <= most + 1
    assert np.ptp(within) > 0
