"""Curves of trainings: means over seeds that end at different epochs, their spread, and names at the ends."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.collections import LineCollection, PolyCollection

from femnn.errors import ConfigError
from femnn.report.curves import MOST_SINGLE, SeededCurve, seeded_panel, training_panel
from femnn.report.figure import Figure
from femnn.report.marks import Curve
from femnn.report.plots import drawing, name_ends
from femnn.report.printed import printed

pytestmark = pytest.mark.serial

EPOCHS = np.arange(4.0)


def curve(values, name="exact", epochs=EPOCHS):
    return SeededCurve(name, epochs, np.array(values, dtype=float), "#0b6e99")


def drawn(panel):
    """The axes of a figure of one panel."""
    return printed(Figure("name", "", "", [[panel]], (5, 3))).axes[0]


@pytest.fixture
def axes():
    return drawing(1, 1, 5, 3)[1][0, 0]


def test_a_seed_that_ended_early_keeps_its_last_value_in_the_mean():
    ended = curve([[4, 2, np.nan, np.nan], [4, 4, 4, 6]])
    np.testing.assert_array_equal(ended.mean, [4, 3, 3, 4])


def bands(axes):
    """The spreads over seeds."""
    return [each for each in axes.collections if isinstance(each, PolyCollection)]


def test_the_mean_ends_with_the_longest_seed():
    ended = curve([[4, 2, np.nan, np.nan], [4, 4, 8, np.nan]])
    np.testing.assert_array_equal(ended.mean, [4, 3, 5, np.nan])


def test_a_gap_is_not_filled_and_a_seed_without_values_does_not_count():
    np.testing.assert_array_equal(curve([[4, np.nan, 2, 2], [6, 6, 6, 6], [np.nan] * 4]).mean, [5, 6, 4, 4])


def test_few_seeds_are_drawn_singly_with_a_dot_where_one_ended():
    axes = drawn(training_panel([curve([[4, 2, np.nan, np.nan], [4, 4, 4, 6]])], "loss", "Loss"))
    dots = [line for line in axes.lines if line.get_marker() == "o"]
    assert [(float(x), float(y)) for x, y in (dot.get_xydata()[0] for dot in dots)] == [(1.0, 2.0)]
    assert len(axes.lines) == 2 + 1 + 1
    assert len(bands(axes)) == 1
    assert axes.get_ylabel() == "loss"
    assert axes.get_title(loc="left") == "Loss"


def test_many_seeds_are_drawn_as_quartiles():
    values = np.linspace(0, 100, MOST_SINGLE + 1)[:, None] + np.zeros(4)
    axes = drawn(training_panel([curve(values)], "loss", ""))
    assert len(axes.lines) == 1
    heights = bands(axes)[0].get_paths()[0].vertices[:, 1]
    np.testing.assert_allclose([heights.min(), heights.max()], [25, 75])


def test_one_seed_has_no_spread():
    axes = drawn(training_panel([curve([[4, 3, 2, 1]])], "loss", "", logarithmic=True))
    assert (len(axes.lines), len(bands(axes)), axes.get_yscale()) == (1, 0, "log")


@pytest.mark.parametrize("logarithmic", [False, True])
def test_names_are_apart_and_start_where_the_curves_end(logarithmic):
    curves = [curve([[4, 3, 2, 1.0]], "exact"), curve([[4, 3, 2.01, np.nan]], "product"), curve([[4, 3, 2, 1.0]], "c")]
    axes = drawn(training_panel(curves, "loss", "", logarithmic))
    axes.figure.draw_without_rendering()
    names = {text.get_text(): text for text in axes.texts}
    assert set(names) == {"exact", "product", "c"}
    places = np.sort([text.get_position()[1] for text in names.values()])
    assert np.diff(places).min() >= 0.06 - 1e-9
    shown = axes.transAxes.inverted().transform(axes.transData.transform([(2.0, 2.01), (3.0, 1.0)]))
    (leaders,) = [each for each in axes.collections if isinstance(each, LineCollection)]
    starts = {text: line[0] for text, line in zip(names, leaders.get_segments(), strict=True)}
    np.testing.assert_allclose([starts["product"], starts["exact"]], shown, atol=1e-9)


def test_what_cannot_be_drawn_is_not_named(axes):
    axes.set_yscale("log")
    name_ends(axes, [Curve(x=EPOCHS, y=np.zeros(4), name="zero"), Curve(x=EPOCHS, y=np.ones(4), name="one")])
    assert [text.get_text() for text in axes.texts] == ["one"]


def test_limits_are_kept():
    axes = drawn(training_panel([curve([[4, 3, 2, 1]])], "loss", "", limits=(0, 5)))
    assert axes.get_ylim() == (0, 5)


@pytest.mark.parametrize(
    ("epochs", "values", "message"),
    [
        (EPOCHS, [1.0, 2.0, 3.0, 4.0], "exact: .* do not go together"),
        (EPOCHS, [[1.0, 2.0]], "do not go together"),
        (EPOCHS, np.empty((0, 4)), "do not go together"),
        (EPOCHS[::-1], [[1.0, 2.0, 3.0, 4.0]], "do not rise"),
    ],
)
def test_shapes_are_checked(epochs, values, message):
    with pytest.raises(ConfigError, match=message):
        curve(values, epochs=epochs)


def test_no_curves_are_refused():
    with pytest.raises(ConfigError, match="Loss: there are no curves"):
        training_panel([], "loss", "Loss")


def test_a_panel_has_a_curve_for_each_group_that_has_values():
    """The mean over the seeds, which a column of any name tells apart."""
    rows = pd.DataFrame({"run": [0, 0, 1, 1], "epoch": [0, 5, 0, 5], "loss": [4.0, 2.0, 6.0, 4.0]})
    panel = seeded_panel({"a": rows, "none": rows.assign(loss=np.nan)}, "loss", "loss (J)", factor=10.0, seeds="run")
    (mean,) = [mark for mark in panel.marks if isinstance(mark, Curve) and mark.name]
    assert mean.name == "a"
    np.testing.assert_allclose(mean.x, [0, 5])
    np.testing.assert_allclose(mean.y, [50, 30])
    with pytest.raises(ConfigError, match="no curves"):
        seeded_panel({}, "loss", "loss (J)")
