"""Values of models over bands of measured ones."""

import numpy as np
import pytest

from femnn.report.figure import Figure
from femnn.report.marks import Bars, Dots
from femnn.report.measured_panels import MEASURED, measured_panel, model_dots
from femnn.report.printed import printed

pytestmark = pytest.mark.serial


def test_bands_reach_one_deviation_to_each_side_and_dots_are_at_the_values() -> None:
    computed = {"spring": np.array([1.0, 2.0]), "beam": np.array([1.5, 2.5])}
    panel = measured_panel(computed, [("first", 1.2, 0.1), ("second", 2.2, 0.3)])
    bars = next(mark for mark in panel.marks if isinstance(mark, Bars))
    np.testing.assert_allclose(bars.start, [1.1, 1.9])
    np.testing.assert_allclose(bars.values, [0.2, 0.6])
    dots = [mark for mark in panel.marks if isinstance(mark, Dots)]
    assert [list(each.x) for each in dots] == [[1.0, 2.0], [1.5, 2.5]]
    assert np.all(np.asarray(dots[0].y) < np.asarray(dots[1].y))
    assert [text for _, text in panel.y.ticks or ()] == ["first", "second"]
    drawing = printed(Figure("f", "", "", [[panel]], (5, 3), legend=[*model_dots(list(computed)), MEASURED]))
    assert [text.get_text() for text in drawing.legends[0].get_texts()] == ["spring", "beam", MEASURED.name]


def test_models_are_told_apart_without_colours() -> None:
    dots = model_dots(["spring", "bar", "beam"])
    assert len({each.marker for each in dots}) == len({each.colour for each in dots}) == 3
