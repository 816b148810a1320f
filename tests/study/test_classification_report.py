"""What studies of classification draw alike: sums over seeds, first seeds, and figures that have nothing to show."""

import numpy as np
import pandas as pd
import pytest

from femnn.network.lattices import li2024
from femnn.study.classification_report import (
    confusion_figure,
    deep_limits,
    first_seeds,
    port_marks,
    sample_figure,
    summed,
    training_and_test,
    training_figure,
)
from femnn.study.points import Point
from femnn.study.records import Record
from femnn.study.results import Results
from femnn.study.study import Study
from femnn.training.tasks import Input, Output

pytestmark = pytest.mark.serial


def history(test: float) -> pd.DataFrame:
    """Losses and accuracies of two seeds."""
    rows = [
        {"seed": seed, "epoch": epoch, "training_loss": 10.0**-epoch, "training_accuracy": 0.5 + 0.1 * seed}
        for seed in (0, 1)
        for epoch in (0, 1, 2)
    ]
    return pd.DataFrame(rows).assign(test_loss=test, test_accuracy=test)


def test_curves_are_of_the_samples_that_there_are() -> None:
    """Where nothing is kept back there is no curve of the test; accuracies are shown in percent."""
    assert [curve.name for curve in training_and_test(history(0.5), "accuracy")] == ["training", "test"]
    (curve,) = training_and_test(history(np.nan), "accuracy", 100)
    np.testing.assert_allclose(curve.mean, 55.0)
    figure = training_figure("curves", "A title", history(np.nan))
    assert figure is not None
    assert [panel.title for panel in figure.panels[0]] == ["accuracy", "loss"]
    assert training_figure("curves", "A title", history(np.nan).iloc[:0]) is None


def test_a_loss_at_rounding_leaves_room_for_others() -> None:
    """The axis ends at a share of the largest loss, or below the smallest one."""
    losses = history(0.5)
    low, high = deep_limits(training_and_test(losses, "loss"))
    assert low < 0.01 < 1.0 < high
    losses.loc[losses["epoch"] == 2, "training_loss"] = 1e-30
    assert deep_limits(training_and_test(losses, "loss"))[0] == pytest.approx(1e-9)


def test_confusion_matrices_are_summed_over_seeds() -> None:
    """By what they are of; those that count no sample are not drawn."""
    one, none = [[2, 1], [0, 3]], [[0, 0], [0, 0]]
    sums = summed([("bar", one), ("spring", none), ("bar", one)])
    assert list(sums) == ["bar"]
    np.testing.assert_array_equal(sums["bar"], 2 * np.array(one))
    figure = confusion_figure("confusion", "A title", sums, ["a", "b"])
    assert figure is not None
    assert [panel.title for panel in figure.panels[0]] == ["bar"]
    assert confusion_figure("confusion", "A title", summed([("spring", none)]), ["a", "b"]) is None


def test_the_first_seed_that_has_a_value_stands_for_its_kind() -> None:
    """A seed that failed is passed over."""
    points = [Point({"model": model, "seed": seed}) for model in ("bar", "beam") for seed in (0, 1, 2)]
    records = {point.key: Record(values={"history": point["seed"]}) for point in points}
    records[points[0].key] = Record(failures=["no equilibrium"])
    found = first_seeds(Results(Study(), li2024(), points, records), "history", "model")
    assert [(point["model"], point["seed"], values["history"]) for point, values in found] == [
        ("bar", 1, 1),
        ("beam", 0, 0),
    ]


def test_ports_are_named_by_feature_and_class() -> None:
    """Or by force and components, where one node has several of these."""
    inputs = [Input.model_validate({"node": node, "direction": "-x"}) for node in (3, 14)]
    outputs = [Output(node=node, component="x") for node in (8, 2)]
    pushed, read = port_marks(inputs, outputs, 2)
    assert (list(pushed), list(read)) == (["feature 1", "feature 2"], ["class 1", "class 2"])
    assert pushed["feature 2"].node == 14
    pushed, read = port_marks(inputs[:1], [outputs[0], Output(node=8, component="y")], 2)
    assert (list(pushed), list(read)) == (["force"], ["ux of 8", "uy of 8"])


def test_a_sample_that_is_classified_perfectly_has_no_fields() -> None:
    """Its error sets no adjoint force."""
    network = li2024()
    some = np.full(network.nodes.shape, 1e-3)
    example = {"class": "setosa", "forward": some, "adjoint": some, "force": some, "adjoint_force": some}
    figure = sample_figure("fields", " (bar)", network, example, "Seed 0.")
    assert figure is not None
    assert figure.title == "Forward and adjoint field of a sample of setosa (bar)"
    assert sample_figure("fields", "", network, example | {"adjoint_force": 0 * some}, "") is None
