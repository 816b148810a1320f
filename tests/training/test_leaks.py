"""Columns that number the rows or tell the class are left out by name; what a sample is measured by stays."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from femnn.errors import ConfigError
from femnn.network.lattices import li2024
from femnn.training.tasks import ClassificationSettings, Ports, RegressionSettings
from femnn.training.tasks.leaks import leaks, numbering
from femnn.training.tasks.samples import read_samples

pytestmark = pytest.mark.serial

COUNT = 60
ORDER = np.arange(COUNT)


def noise(count: int = COUNT) -> pd.DataFrame:
    """Two columns that say nothing, and classes in the order of the rows."""
    generator = np.random.default_rng(4)
    columns = {name: generator.normal(size=count).round(4) for name in ("a", "b")}
    return pd.DataFrame(columns | {"kind": np.array(["ant", "bee", "cat"])[np.arange(count) * 3 // count]})


def codes(**of_class: object) -> Callable[[pd.DataFrame], object]:
    return lambda table: table["kind"].map(of_class)


def drawn(low: int, high: int, repeated: bool) -> np.ndarray:
    return np.random.default_rng(7).choice(np.arange(low, high), COUNT, replace=repeated)


LEAKS = {
    "from 0": ORDER,
    "from 1": ORDER + 1,
    "by tens": 10 * ORDER + 3,
    "downwards": COUNT - ORDER,
    "as a share, rounded": (ORDER / COUNT).round(3),
    "as text": [f"sample {i:03d}" for i in ORDER],
    "shuffled": np.random.default_rng(0).permutation(COUNT) + 1,
    "a part of a longer file": drawn(0, 130, repeated=False),
    "with a gap": np.delete(np.arange(COUNT + 9), np.arange(20, 29)),
    "copy": lambda table: table["kind"],
    "copy in capitals": lambda table: table["kind"].str.upper(),
    "code": codes(ant=2, bee=0, cat=1),
    "one against the rest": lambda table: table["kind"] == "bee",
    "codes of several values": lambda table: table["kind"].map({"ant": 0, "bee": 1, "cat": 2}) + 3 * (ORDER % 2),
    "code with noise": lambda table: codes(ant=0.0, bee=1.0, cat=2.0)(table) + np.random.default_rng(2).random(COUNT),
}


@pytest.mark.parametrize("leak", LEAKS)
def test_a_column_that_numbers_the_rows_or_tells_the_class_is_found(leak: str) -> None:
    table, column = noise(), LEAKS[leak]
    table["extra"] = column(table) if callable(column) else column
    assert list(leaks(table, ["a", "extra", "b"], "kind")) == ["extra"]


@pytest.mark.parametrize("leak", ["code", "copy", "code with noise"])
def test_a_copy_of_the_class_is_found_in_any_order_of_the_rows(leak: str) -> None:
    table = noise()
    table["extra"] = LEAKS[leak](table)
    table = table.sample(frac=1, random_state=1)
    assert list(leaks(table, ["a", "extra", "b"], "kind")) == ["extra"]


def test_a_column_with_empty_cells_is_found_too() -> None:
    table = noise()
    table["n"], table["copy"] = ORDER.astype(float), table["kind"].map({"ant": 5.0, "bee": 6.0, "cat": 7.0})
    table.loc[[3, 30], ["n", "copy"]] = np.nan
    assert list(leaks(table, ["a", "n", "copy"], "kind")) == ["n", "copy"]


@pytest.mark.parametrize("name", ["Unnamed: 0", "Unnamed: 0.1", "id", "ID", "sample_id", "Row"])
def test_names_of_indices_are_enough_where_values_are_whole_and_different(name: str) -> None:
    """Four rows, whose order would prove nothing."""
    table = pd.DataFrame({name: [7, 102, 55, 31], "a": [0.3, 0.1, 0.2, 0.4], "kind": list("xyxy")})
    assert list(leaks(table, [name, "a"], "kind")) == [name]


def test_an_index_that_starts_again_is_one_if_it_has_no_name() -> None:
    """As of files that were joined."""
    table = noise().assign(**{"Unnamed: 0": ORDER % 20, "level": ORDER % 20})
    assert list(leaks(table, ["Unnamed: 0", "level", "a"], "kind")) == ["Unnamed: 0"]


HONEST = {
    "counts": drawn(0, 40, repeated=True),
    "masses in grams": drawn(2500, 6000, repeated=True),
    "the same for all": np.ones(COUNT),
    "sorted": np.sort(np.random.default_rng(1).normal(size=COUNT)) * np.where(ORDER % 2, 1, -1),
    "an even grid, again and again": ORDER % 10,
    "one value twice as often": np.where(ORDER < 40, 1, 2) * np.where(ORDER == 5, 2, 1),
}


@pytest.mark.parametrize("column", HONEST)
def test_what_samples_are_measured_by_stays(column: str) -> None:
    table = noise().assign(measured=HONEST[column])
    assert not leaks(table, ["a", "measured", "b"], "kind")


@pytest.mark.parametrize("set_", ["iris", "wine", "breast_cancer"])
def test_no_column_of_real_data_is_taken_for_a_leak(set_: str) -> None:
    """Petals tell one iris from the others, not all of them."""
    from sklearn import datasets

    table = getattr(datasets, f"load_{set_}")(as_frame=True).frame
    assert not leaks(table, [name for name in table if name != "target"], "target")


def test_few_samples_that_a_column_separates_are_chance() -> None:
    """Of six samples one order in ten separates two classes; of sixty none that is seen."""
    for count, separated in ((6, False), (12, False), (60, True)):
        kinds = np.repeat(["x", "y"], count // 2)
        values = np.random.default_rng(3).random(count) + 2.0 * (kinds == "y")
        table = pd.DataFrame({"a": values, "kind": kinds}).sample(frac=1, random_state=2)
        assert bool(leaks(table, ["a"], "kind")) == separated


def test_shipped_sets_have_no_leaks() -> None:
    for name in ("iris", "penguins"):
        samples = read_samples(name, None, None, "drop")
        assert len(samples.names) == 4
        assert not [note for note in samples.notes if "column" in note]


def written(folder: Path, table: pd.DataFrame, index: bool = False) -> str:
    table.to_csv(folder / "data.csv", index=index)
    return str(folder / "data.csv")


def test_the_index_of_pandas_is_left_out_unless_it_is_asked_for(tmp_path: Path) -> None:
    path = written(tmp_path, noise(), index=True)
    samples = read_samples(path, None, None, "refuse")
    assert samples.names == ("a", "b")
    assert samples.features.shape == (COUNT, 2)
    assert samples.notes == (
        f"{path}: column 'Unnamed: 0' is left out: it only numbers the rows (0, 1 … 59); "
        "name it in features to use it.",
    )
    asked = read_samples(path, ["Unnamed: 0", "b"], None, "refuse")
    np.testing.assert_array_equal(asked.features[:, 0], ORDER)
    assert "column 'Unnamed: 0' is used as features ask for it, but it only numbers the rows" in asked.notes[0]


def test_a_column_that_is_left_out_may_hold_text_and_empty_cells(tmp_path: Path) -> None:
    """Nothing is asked of it."""
    table = noise().assign(who=[f"s{i}" for i in ORDER], copy=lambda t: t["kind"].str.upper())
    table.loc[4, "who"] = None
    table = table[["who", "a", "copy", "b", "kind"]]
    samples = read_samples(written(tmp_path, table), None, None, "refuse")
    assert samples.names == ("a", "b")
    assert (len(samples.features), samples.dropped, len(samples.notes)) == (COUNT, 0, 2)


def test_a_table_of_nothing_but_leaks_says_how_to_use_them(tmp_path: Path) -> None:
    table = noise()[["kind"]].assign(n=ORDER, copy=noise()["kind"])[["n", "copy", "kind"]]
    path = written(tmp_path, table)
    with pytest.raises(
        ConfigError, match=r"no column is left as a feature .'n': it only numbers .*name those to be used"
    ):
        read_samples(path, None, None, "refuse")
    assert read_samples(path, ["n"], None, "refuse").names == ("n",)


def test_ports_for_a_column_that_is_left_out_are_refused_with_the_reason(tmp_path: Path) -> None:
    inputs = [{"node": node, "direction": "-y"} for node in (14, 12, 13)]
    outputs = [{"node": node, "component": "x"} for node in (8, 2, 3)]
    settings = ClassificationSettings(data=written(tmp_path, noise(), index=True))
    with pytest.raises(ConfigError, match=r"2 features .a, b. need as many inputs, not 3.*'Unnamed: 0' is left out"):
        settings.task(li2024(), Ports(inputs=inputs, outputs=outputs), 0)
    assert settings.notes() == list(settings.samples().notes) != []


def regression(path: str, *features: str) -> RegressionSettings:
    return RegressionSettings(
        data=path, features=features, inputs=[{"node": n, "direction": "-y"} for n in (12, 13)[: len(features)]],
        outputs=[{"node": 14, "component": "y", "column": "u"}],
    )  # fmt: skip


def test_features_of_a_regression_that_number_rows_or_repeat_the_target_are_named(tmp_path: Path) -> None:
    """They are asked for by name, and used."""
    table = noise().assign(n=ORDER, u=lambda t: 1e-3 * t["a"], copy=lambda t: t["u"])
    path = written(tmp_path, table)
    (scale,) = regression(path, "a", "b").notes()
    assert f"(largest of all rows: a {table['a'].abs().max():.6g}, b {table['b'].abs().max():.6g})" in scale
    notes = regression(path, "n", "copy").notes()
    assert "column 'n' is used as features ask for it, but it only numbers the rows" in notes[0]
    assert (
        "column 'copy' is used as features ask for it, but it repeats what is wanted of node 14, column 'u'" in notes[1]
    )
    assert "repeats what is wanted of node 14" in regression(path, "u").notes()[0]
    assert regression(path, "u").task(li2024(), 0).forces.shape == (COUNT, 14, 2)


@pytest.mark.parametrize(
    ("cells", "names"),
    [
        ([f"exp1-{row}" for row in range(6)], True),
        (["2024-01-25", "2024-02-03", "2024-02-09", "2024-03-01", "2024-03-02", "2024-05-30"], True),
        (["1,5", "2,25", "3,75", "4,5", "5,25", "6,75"], False),
        (["1.5 mm", "2.2 mm", "3.7 mm", "4.5 mm", "5.2 mm", "6.7 mm"], False),
        (["red", "green", "red", "blue", "blue", "red"], False),
    ],
)
def test_texts_that_only_name_the_rows(cells: list[str], names: bool) -> None:
    """Names and dates, and not numbers that cannot be read."""
    assert ("only names the rows" in numbering(pd.Series(cells, name="when"))) == names


def test_what_is_swept_in_fractions_is_a_feature(tmp_path: Path) -> None:
    """Row numbers are whole; a voltage in steps of 0.25 is measured."""
    table = noise()
    table["kind"] = np.random.default_rng(3).permutation(table["kind"])
    table.insert(0, "volt", 0.25 * np.arange(1, COUNT + 1))
    samples = read_samples(written(tmp_path, table), None, None, "refuse")
    assert samples.names[0] == "volt"
