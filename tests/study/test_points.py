"""Points of a study: their keys, what they need, and how readers see them."""

import pytest

from femnn.study.points import Point, every_need, rounds

pytestmark = pytest.mark.serial


def keys(points: list[Point]) -> list[str]:
    return [point.key for point in points]


def test_a_key_depends_on_the_values_alone() -> None:
    """Not on their order, nor on what a point works on, needs or costs; each value counts."""
    point = Point({"case": "same", "force": 0.1})
    assert point.key == Point({"force": 0.1, "case": "same"}, ["bar"], [Point({"shared": 1})], 7.0, network="wide").key
    others = [
        {"case": "same"},
        {"case": "same", "force": 0.2},
        {"case": "same", "force": None},
        {"case": 1, "force": 0.1},
    ]
    assert len({point.key, *(Point(values).key for values in others)}) == 5


def test_floats_that_differ_in_the_last_bit_have_two_keys() -> None:
    assert Point({"force": 0.1 + 0.2}).key != Point({"force": 0.3}).key


def test_values_are_read_by_name() -> None:
    point = Point({"case": "same"})
    assert (point["case"], point.get("case"), point.get("force")) == ("same", "same", None)
    with pytest.raises(KeyError):
        point["force"]


def test_the_structure_is_models_and_network() -> None:
    bar, wide = Point({"n": 1}, ["bar"]), Point({"n": 1}, ["bar"], network="wide")
    assert bar.structure == Point({"n": 2}, ["bar"]).structure != wide.structure
    assert bar.structure != Point({"n": 1}, ["beam"]).structure


def test_a_label_has_units_and_leaves_out_what_is_not_there() -> None:
    point = Point({"case": "same", "repeat": 3, "force": 0.0490333, "limit": None, "share": 0.25})
    assert point.label({"force": "N", "repeat": "m"}) == "case same, repeat 3, force 0.04903 N, share 0.25"
    assert point.label({}, " ") == "case same repeat 3 force 0.04903 share 0.25"


def test_what_is_needed_comes_in_an_earlier_round_and_once() -> None:
    """Chains, and needs that points share although each makes its own object of them."""
    deep, flat = Point({"shared": "deep"}), Point({"shared": "flat"})
    middle = Point({"shared": "middle"}, needs=[deep])
    first, second = Point({"n": 1}, needs=[middle, flat]), Point({"n": 2}, needs=[Point({"shared": "flat"})])
    alone = Point({"n": 3})
    found = [keys(each) for each in rounds([first, second, alone])]
    assert found == [keys([deep, flat, alone]), keys([middle, second]), keys([first])]
    assert sorted(keys(every_need([first, second, alone]))) == sorted(keys([deep, flat, middle, first, second, alone]))


def test_without_needs_all_points_are_one_round_in_their_order() -> None:
    points = [Point({"n": n}) for n in (3, 1, 2)]
    assert rounds(points) == [points]
    assert rounds([]) == []


def test_two_points_of_one_key_are_refused() -> None:
    with pytest.raises(ValueError, match="one key"):
        rounds([Point({"n": 1}), Point({"n": 1}, ["bar"])])
