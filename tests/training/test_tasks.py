"""Tasks as study files describe them: data, scaling, ports and splits, and what is wrong with them."""

from pathlib import Path

import numpy as np
import pytest

from femnn.config.quantities import GRAM_FORCE
from femnn.errors import ConfigError, NetworkError
from femnn.network_files.specification import load_network
from femnn.training.task import Task
from femnn.training.tasks import BehaviourSettings, ClassificationSettings, Ports, RegressionSettings
from femnn.training.tasks.samples import read_samples
from femnn.training.tasks.scaling import scaled
from femnn.training.tasks.splitting import split

pytestmark = pytest.mark.serial

NETWORK = load_network("li2024")
INPUTS = [{"node": node, "direction": "-y"} for node in (14, 12, 13, 10)]
OUTPUTS = [{"node": node, "component": "x"} for node in (8, 2, 3)]


def classification(inputs=INPUTS, outputs=OUTPUTS, seed=0, **settings) -> Task:
    return ClassificationSettings(**settings).task(NETWORK, Ports(inputs=inputs, outputs=outputs), seed)


def csv(folder: Path, text: str) -> str:
    path = folder / "data.csv"
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_iris_is_the_published_task():
    """Features divided by their largest push four nodes down by at most 5 g."""
    task = classification()
    assert task.forces.shape == (150, 14, 2)
    assert (len(task.training), len(task.test)) == (105, 45)
    assert sorted([*task.training, *task.test]) == list(range(150))
    loaded = [NETWORK.index(node) for node in (14, 12, 13, 10)]
    assert not np.delete(task.forces, loaded, axis=1).any()
    assert not task.forces[:, :, 0].any()
    np.testing.assert_allclose(task.forces[task.training][:, loaded, 1].min(axis=0), -5 * GRAM_FORCE, rtol=1e-12)
    # Sepal and petal of the first iris, in units of the largest of the training samples
    largest = read_samples("iris", None, None, "refuse").features[task.training].max(axis=0)
    np.testing.assert_allclose(
        task.forces[0, loaded, 1], -5 * GRAM_FORCE * np.array([5.1, 3.5, 1.4, 0.2]) / largest, rtol=1e-12
    )


def test_the_class_is_that_of_the_output_that_moves_most():
    task = classification()
    U = np.zeros((2, 14, 2))
    U[0, NETWORK.index(2), 0] = -1e-3
    U[1, NETWORK.index(8), 0] = 1e-3
    first_of_each = np.array([0, 0])
    np.testing.assert_array_equal(task.metrics["accuracy"](U, first_of_each), [0.0, 1.0])
    assert task.measured(U, first_of_each)["accuracy"] == 0.5


def test_samples_without_an_answer_are_left_out_of_means():
    task = classification()
    U = np.full((2, 14, 2), np.nan)
    assert np.isnan(task.measured(U, np.array([0, 1]))["accuracy"])
    U[1] = 1e-3
    assert np.isfinite(task.measured(U, np.array([0, 1]))["loss"])


def test_penguins_have_rows_that_are_dropped_openly():
    with pytest.raises(ConfigError, match=r'2 rows have an empty cell \(rows 5, 273\).*missing = "drop"'):
        read_samples("penguins", None, None, "refuse")
    samples = read_samples("penguins", None, None, "drop")
    assert samples.dropped == 2
    assert samples.features.shape == (342, 4)
    assert samples.classes == ("Adelie", "Chinstrap", "Gentoo")


@pytest.mark.parametrize(
    ("scaling", "lowest", "highest"), [("maximum", 0.25, 1.0), ("range", 0.0, 1.0), ("standard", -1.0, 1.0)]
)
def test_features_are_scaled_by_the_training_samples(scaling, lowest, highest):
    features = np.array([[1.0, 7.0], [4.0, 7.0], [8.0, 7.0]])
    result = scaled(features, np.array([0, 1]), scaling)
    np.testing.assert_allclose(result[:2, 0], [lowest, highest])
    assert result[2, 0] > 1
    assert np.isfinite(result).all()


def test_a_split_takes_every_sample_once():
    training, test = split(10, 0.3, 5)
    assert (len(training), len(test)) == (7, 3)
    assert sorted([*training, *test]) == list(range(10))
    np.testing.assert_array_equal(training, split(10, 0.3, 5)[0])
    assert not np.array_equal(training, split(10, 0.3, 6)[0])
    assert len(split(10, 0.0, 5)[1]) == 0


def test_a_csv_file_of_ones_own(tmp_path):
    """The last column is the class unless another is named."""
    rows = "\n".join(f"{i % 4},{10 - i * i % 7},{'ab'[i % 2]}" for i in range(10))
    samples = read_samples(csv(tmp_path, f"first,second,kind\n{rows}\n"), None, None, "refuse")
    assert samples.names == ("first", "second")
    assert samples.classes == ("a", "b")
    np.testing.assert_array_equal(samples.features[3], [3, 8])
    assert not samples.notes
    assert read_samples(csv(tmp_path, f"first,second,kind\n{rows}\n"), ["second"], "kind", "refuse").names == (
        "second",
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x y kind\n1 2 a\n3 4 b\n", "there is one column, 'x y kind'; part cells by commas or semicolons"),
        ("x,y,kind\n1,2,a\n3,low,b\n", "'low' in column 'y', row 3, is no finite number"),
        ("x,y,kind\n1,2,a\n3,,b\n", r"1 rows have an empty cell \(rows 3\)"),
        ("x,y,kind\n1,inf,a\n3,2,b\n", "'inf' in column 'y', row 2"),
        ("x,y,kind\n1,2,a\n3,2,a\n", "one class alone, a"),
        ("x,y,kind\n", "has no rows"),
        ("", "has no rows"),
        ("x,y,kind\n0,1,2,a\n1,3,4,b\n", "row 2 has more values than the header has names"),
        ("x,kind\n1,5,a\n2,5,b\n", "write decimals with points"),
        ('x,y,kind\n1,2,a\n3,2,"b\n1,2,3,4,5\n', "row 3: its quotation marks do not pair"),
    ],
)
def test_bad_files_are_named(tmp_path, text, message):
    with pytest.raises(ConfigError, match=message):
        read_samples(csv(tmp_path, text), None, None, "refuse")


def test_unknown_data_and_columns_are_named(tmp_path):
    with pytest.raises(ConfigError, match="no data 'irris': did you mean 'iris'"):
        read_samples("irris", None, None, "refuse")
    path = csv(tmp_path, "x,y,kind\n1,2,a\n3,2,b\n")
    with pytest.raises(ConfigError, match="no column 'z'"):
        read_samples(path, ["z"], None, "refuse")
    with pytest.raises(ConfigError, match="no column 'class'"):
        read_samples(path, None, "class", "refuse")
    with pytest.raises(ConfigError, match="every row has an empty cell"):
        read_samples(csv(tmp_path, "x,y,kind\n1,,a\n,3,b\n"), None, None, "drop")


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"outputs": OUTPUTS[:2]}, ConfigError, r"3 classes \(setosa, versicolor, virginica\) need as many outputs"),
        ({"inputs": INPUTS[:3]}, ConfigError, "4 features .* need as many inputs, not 3"),
        ({"inputs": [*INPUTS[:3], {"node": 1, "direction": "-y"}]}, NetworkError, "node 1 is fixed in the direction"),
        ({"outputs": [*OUTPUTS[:2], {"node": 5, "component": "x"}]}, NetworkError, "node 5, which a support holds"),
        ({"outputs": [*OUTPUTS[:2], {"node": 55, "component": "x"}]}, NetworkError, "no node 55"),
        ({"outputs": [*OUTPUTS[:2], OUTPUTS[0]]}, NetworkError, "reads component 0 of node 8 twice"),
        ({"outputs": [*OUTPUTS[:2], {"node": 7, "component": "z"}]}, NetworkError, "has no component z"),
        ({"inputs": [*INPUTS[:3], INPUTS[0]]}, NetworkError, "two features push node 14"),
        ({"inputs": [*INPUTS[:3], {"node": 10, "direction": "z"}]}, NetworkError, "points along z"),
    ],
)
def test_ports_that_do_not_go_with_the_data_are_named(changes, error, message):
    with pytest.raises(error, match=message):
        classification(**changes)


def test_a_class_without_training_samples_is_named(tmp_path):
    rows = "\n".join(["1,a"] * 8 + ["2,b", "1,b"])
    seed = next(seed for seed in range(10) if split(10, 0.9, seed)[0].max() < 8)
    path = csv(tmp_path, f"x,kind\n{rows}\n")
    with pytest.raises(ConfigError, match="class 'b' has no training sample"):
        classification(INPUTS[:1], OUTPUTS[:2], seed, data=path, test_share=0.9)


def test_regression_draws_forces_and_asks_for_displacements():
    outputs = [{"node": 13, "component": "y", "slope": 0.016}, {"node": 14, "component": "x", "slope": 0.004}]
    settings = RegressionSettings(inputs=[{"node": 11, "direction": "y"}], outputs=outputs, largest_force="20 gf")
    task = settings.task(NETWORK, 3)
    F = task.forces[:, NETWORK.index(11), 1]
    assert (np.abs(F).max() <= 20 * GRAM_FORCE) & (np.abs(F).max() > 18 * GRAM_FORCE)
    U = np.zeros((100, 14, 2))
    U[:, NETWORK.index(13), 1], U[:, NETWORK.index(14), 0] = 0.016 * F, 0.004 * F
    everything = np.arange(100)
    assert task.measured(U, everything) == {"loss": 0.0, "accuracy": 1.0}
    U[:, NETWORK.index(13), 1] += 1e-3
    assert task.measured(U, everything)["loss"] == pytest.approx(0.5e-6)
    noisy = RegressionSettings(**(settings.model_dump() | {"noise": 1e-4})).task(NETWORK, 3)
    np.testing.assert_array_equal(noisy.forces, task.forces)
    U[:, NETWORK.index(13), 1] -= 1e-3
    assert noisy.measured(U, everything)["loss"] == pytest.approx(1e-8, rel=0.2)


def test_regression_on_a_file(tmp_path):
    path = csv(tmp_path, "a,b,u\n1,2,1e-3\n2,4,2e-3\n4,1,3e-3\n")
    settings = RegressionSettings(
        data=path, features=("a", "b"), inputs=INPUTS[:2], test_share=0,
        outputs=[{"node": 13, "component": "y", "column": "u"}],
    )  # fmt: skip
    task = settings.task(NETWORK, 0)
    assert task.forces.shape == (3, 14, 2)
    np.testing.assert_allclose(task.forces[2, NETWORK.index(12), 1] / task.forces[1, NETWORK.index(12), 1], 1 / 4)
    with pytest.raises(ConfigError, match="no column 'v'"):
        RegressionSettings(**(settings.model_dump() | {"features": ("a", "v")})).task(NETWORK, 0)


def test_behaviours_want_displacements_or_an_order_or_what_a_function_says(tmp_path):
    load = [{"node": 11, "direction": "-y", "force": "5 gf"}]
    ports = [{"node": node, "component": "y"} for node in (13, 14)]
    order = BehaviourSettings(loads=load, outputs=ports, largest=14).task(NETWORK)
    U = np.zeros((1, 14, 2))
    U[0, NETWORK.index(13), 1], U[0, NETWORK.index(14), 1] = -1e-4, -3e-4
    assert order.loss[0].value(U[0]) == pytest.approx(-np.log(0.75))
    wanted = [port | {"displacement": "-0.5 mm"} for port in ports]
    assert BehaviourSettings(loads=load, outputs=wanted).task(NETWORK).loss.value(U[0]) == pytest.approx(2e-7)
    (tmp_path / "own.py").write_text(
        "def first(U):\n    d = 0 * U\n    d[12, 1] = 3 * U[12, 1] ** 2\n    return U[12, 1] ** 3, d\n"
    )
    own = BehaviourSettings(loads=load, outputs=ports, loss=f"{tmp_path / 'own.py'}:first").task(NETWORK)
    assert own.loss[0].value(U[0]) == pytest.approx(-1e-12)
    for wrong in ({"outputs": ports}, {"outputs": wanted, "largest": 14}, {"outputs": ports, "largest": 12},
                  {"outputs": ports, "largest": 13, "loss": "own.py:first"}):  # fmt: skip
        with pytest.raises(ValueError, match="largest"):
            BehaviourSettings(loads=load, **wrong)
