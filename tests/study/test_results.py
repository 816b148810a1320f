"""Results of a run: tables, values and failures, in the order of the points, whatever order they were measured in."""

from collections.abc import Iterator
from typing import ClassVar

import numpy as np
import pandas as pd
import pytest

from femnn.network import lattices
from femnn.study.layout import Layout
from femnn.study.points import Point
from femnn.study.records import Measured, Record, Row, Value
from femnn.study.results import Results
from femnn.study.study import Study

pytestmark = pytest.mark.serial

BASE = Point({"shared": "base"})
POINTS = [Point({"case": case, "number": n}, needs=[BASE]) for case in "ab" for n in (1, 2, 3)]


class Squares(Study):
    """Squares

    How large?
    """

    units: ClassVar = {"square": "m²", "number": "m"}
    tables: ClassVar = {
        "table": Layout(["case", "number", "square", "late"], ["case", "number"], ["square"]),
        "steps": Layout([], ["case", "number", "step"], prefix="step_"),
    }

    def derived(self, results: Results) -> Iterator[tuple[str, pd.DataFrame]]:
        """Means by case, and the largest of these; and the table without a column."""
        yield "means", results.table().groupby("case", as_index=False)["square"].mean()
        yield "largest", results.table("means").nlargest(1, "square")
        yield "table", results.table().drop(columns="late")


def record(point: Point, *failures: str) -> Record:
    made = Record(failures=list(failures))
    items: list[Measured] = [Row({"square": point["number"] ** 2})]
    items += [Row({"step": step, "at": 10.0 * step}, "steps") for step in range(point["number"])]
    items += [Value("field", np.full(2, point["number"]))] * (point["number"] > 1)
    made.add(items)
    return made


def results(*numbers: int) -> Results:
    """Results of some points, measured last to first."""
    records = {POINTS[i].key: record(POINTS[i]) for i in reversed(numbers or range(6))}
    base = Record(values={"base": [1, 2]}, failures=["no base"])
    return Results(Squares(), lattices.li2024(), POINTS, {**records, BASE.key: base})


def test_rows_have_the_values_of_their_points() -> None:
    """In the order of the points, with the columns that the layout states; those that no row has are empty."""
    study = Results(Study(), lattices.li2024(), [])
    assert study.tables == {}
    table = results().tables["steps"]
    assert list(table.columns) == ["case", "number", "step", "at"]
    assert table["number"].tolist() == 2 * [1, 2, 2, 3, 3, 3]
    assert table["at"].tolist() == 2 * [0, 0, 10, 0, 10, 20]


def test_derived_tables_follow_those_before_them() -> None:
    """They may take the place of one that was measured; all are made once."""
    made = results()
    assert list(made.tables) == ["table", "steps", "means", "largest"]
    assert list(made.table().columns) == ["case", "number", "square"]
    assert made.table("means")["square"].tolist() == pytest.approx(2 * [14 / 3])
    assert len(made.table("largest")) == 1
    assert made.table() is made.table()


def test_a_derived_table_that_cannot_be_made_leaves_no_half_of_the_tables() -> None:
    class Broken(Squares):
        """Broken

        Why?
        """

        def derived(self, results: Results) -> Iterator[tuple[str, pd.DataFrame]]:
            yield "one", results.table()
            raise KeyError("two")

    made = Results(Broken(), lattices.li2024(), POINTS, {})
    for _ in range(2):
        with pytest.raises(KeyError, match="two"):
            _ = made.tables


def test_points_that_are_missing_are_not_in_tables() -> None:
    made = results(5, 0, 1)
    assert (made.measured, made.missing, made.complete) == (3, 3, False)
    assert made.table()[["case", "number"]].to_numpy().tolist() == [["a", 1], ["a", 2], ["b", 3]]
    assert [point["number"] for point, _ in made] == [1, 2, 3]


def test_values_come_with_their_points() -> None:
    made = results()
    assert [(point["case"], value[0]) for point, value in made.values("field")] == [
        ("a", 2),
        ("a", 3),
        ("b", 2),
        ("b", 3),
    ]
    assert made.value("field", case="b", number=3).tolist() == [3, 3]
    assert made.value("field", case="b").tolist() == [2, 2]
    assert made.value("field", number=1) is None
    assert made.value("other") is None


def test_shared_results_are_no_points_and_their_failures_are_those_of_points() -> None:
    made = results()
    assert made.shared(BASE) == {"base": [1, 2]}
    assert made.shared(Point({"shared": "other"})) == {}
    assert made.failures == []
    assert made.complete


def test_failures_are_in_the_order_of_the_points() -> None:
    """And not in that of measuring, which depends on the number of groups."""
    records = {point.key: record(point, f"{point.label({})}: a", "b") for point in reversed(POINTS[1:3])}
    made = Results(Squares(), lattices.li2024(), POINTS[1:3], records)
    assert made.failures == ["case a, number 2: a", "b", "case a, number 3: a", "b"]
    assert (made.missing, made.complete) == (0, False)


def test_the_data_set_has_tables_by_their_coordinates() -> None:
    """With units; two tables may have variables of one name; what is missing is not a number."""
    made = results(0, 1, 2, 4)
    dataset = made.study.dataset(made)
    assert dict(dataset.sizes) == {"case": 2, "number": 3, "step": 3}
    assert set(map(str, dataset.data_vars)) == {"square", "step_at"}
    assert dataset["square"].sel(case="a").values.tolist() == [1, 4, 9]
    assert np.isnan(dataset["square"].sel(case="b", number=3))
    assert (dataset["square"].attrs["units"], dataset["number"].attrs["units"]) == ("m²", "m")
