"""Confusion matrices and accuracies show their numbers."""

import numpy as np
import pandas as pd
import pytest

from femnn.errors import ConfigError
from femnn.report.accuracies import accuracy_panel
from femnn.report.confusion import confusion
from femnn.report.figure import Figure, Panel
from femnn.report.marks import Confusion
from femnn.report.plots import drawing
from femnn.report.printed import printed

pytestmark = pytest.mark.serial

CLASSES = ["setosa", "versicolor", "virginica"]


def drawn(panel):
    """The axes of a figure of one panel."""
    return printed(Figure("name", "", "", [[panel]], (5, 3))).axes[0]


@pytest.fixture
def axes():
    return drawing(1, 1, 5, 3)[1][0, 0]


def test_a_confusion_matrix_shows_counts_and_shares_of_rows(axes):
    confusion(Confusion(counts=[[15, 0, 0], [0, 12, 3], [0, 0, 0]], classes=CLASSES), axes)
    written = {(int(t.get_position()[0]), round(t.get_position()[1])): [] for t in axes.texts}
    for text in axes.texts:
        written[int(text.get_position()[0]), round(text.get_position()[1])].append(text.get_text())
    assert written[0, 0] == ["15", "100 %"]
    assert written[2, 1] == ["3", "20 %"]
    assert written[1, 0] == written[2, 2] == ["0"]
    assert [t.get_text() for t in axes.get_xticklabels()] == CLASSES
    assert [t.get_text() for t in axes.get_yticklabels()] == CLASSES
    np.testing.assert_allclose(axes.images[0].get_array(), [[1, 0, 0], [0, 0.8, 0.2], [0, 0, 0]])


def test_means_of_counts_keep_a_digit(axes):
    confusion(Confusion(counts=[[1.5, 0.5], [0, 2]], classes=["a", "b"]), axes)
    assert [t.get_text() for t in axes.texts][:3] == ["1.5", "75 %", "0.5"]


def test_dark_cells_are_written_on_in_white(axes):
    confusion(Confusion(counts=[[9, 1], [1, 9]], classes=["a", "b"]), axes)
    assert [t.get_color() == "white" for t in axes.texts] == [True, True, False, False, False, False, True, True]


@pytest.mark.parametrize(
    ("matrix", "message"),
    [([[1, 2]], "does not fit 2"), ([[1, -2], [0, 1]], "not negative"), ([[1, np.nan], [0, 1]], "finite")],
)
def test_a_bad_confusion_matrix_is_refused(axes, matrix, message):
    with pytest.raises(ConfigError, match=message):
        confusion(Confusion(counts=matrix, classes=["a", "b"]), axes)


def test_no_classes_are_refused(axes):
    with pytest.raises(ConfigError, match="does not fit 0"):
        confusion(Confusion(counts=np.empty((0, 0)), classes=[]), axes)


def rows(training, test=np.nan):
    return pd.DataFrame({"training_accuracy": training, "test_accuracy": test})


def test_accuracies_are_dots_with_a_mean():
    groups = {"exact": rows([0.9, 1.0, np.nan], [0.8, 0.9, 0.85]), "product": rows([0.7])}
    axes = drawn(accuracy_panel(groups, chance=1 / 3))
    dots = [line.get_xdata() for line in axes.lines if line.get_marker() == "o"]
    means = [line.get_xdata()[0] for line in axes.lines if line.get_marker() == "|"]
    assert [len(values) for values in dots] == [2, 3, 1]
    np.testing.assert_allclose(means, [95, 85, 70])
    texts = [t.get_text() for t in axes.texts]
    assert texts == ["95.0 %", "85.0 %", "70.0 %", "training", "test", "guessing"]
    assert [t.get_text() for t in axes.get_yticklabels()] == ["exact", "product"]
    assert axes.get_ylim()[0] > axes.get_ylim()[1]


def test_without_test_samples_there_is_one_column():
    axes = drawn(accuracy_panel({"exact": rows([0.9])}))
    assert [t.get_text() for t in axes.texts] == ["90.0 %", "accuracy"]


@pytest.mark.parametrize("groups", [{}, {"exact": rows([np.nan])}])
def test_no_accuracies_are_refused(groups):
    with pytest.raises(ConfigError, match="no groups"):
        accuracy_panel(groups)


def test_the_matrix_of_a_panel_leaves_its_heading():
    axes = drawn(Panel([Confusion(counts=[[1, 0], [0, 1]], classes=["a", "b"])], "Test"))
    assert "Test" in {axes.get_title(loc) for loc in ("left", "center", "right")}
