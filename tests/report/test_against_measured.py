"""Predictions against what was measured."""

import numpy as np
import pytest

from femnn.report.figure import Figure
from femnn.report.marks import Curve, Dots
from femnn.report.measured_panels import against_measured
from femnn.report.printed import printed

pytestmark = pytest.mark.serial


def test_a_perfect_prediction_lies_on_the_diagonal_and_all_is_in_the_panel() -> None:
    """Also where deviations are not known."""
    x = np.array([-1.0, 2.0, 5.0])
    unknown = np.full(3, np.nan)
    panel = against_measured([x, unknown, unknown], {"bar": x, "beam": 2 * x}, ["1–2", "2–3", "3–4"], "", ("x", "y"))
    perfect, double = (mark for mark in panel.marks if isinstance(mark, Dots))
    assert np.array_equal(perfect.x, perfect.y)
    assert not np.array_equal(double.x, double.y)
    diagonal = next(mark for mark in panel.marks if isinstance(mark, Curve))
    assert list(diagonal.x) == list(diagonal.y) == list(panel.x.limits) == list(panel.y.limits)
    assert diagonal.x[0] < -2
    assert diagonal.x[1] > 10
    printed(Figure("a", "", "", [[panel]], (3, 3))).canvas.draw()
