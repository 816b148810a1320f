"""Groups of ranks, and which points each of them takes."""

from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

from femnn.errors import ConfigError
from femnn.study.groups import Groups, require_work, shares, split
from femnn.study.points import Point

pytestmark = pytest.mark.serial


def ranks(size: int, rank: int = 0) -> Any:
    """A communicator as far as it is looked at here."""
    return SimpleNamespace(size=size, rank=rank, Split=lambda colour, key: (colour, key))


def work(costs: dict[str, list[float]]) -> list[Point]:
    """Points of several structures, one of each in turn, so that those of one are not neighbours."""
    longest = max(map(len, costs.values()))
    return [
        Point({"n": n, "model": model}, [model], cost=own[n])
        for n in range(longest)
        for model, own in costs.items()
        if n < len(own)
    ]


def load(points: list[Point]) -> float:
    return sum(point.cost for point in points)


@pytest.mark.parametrize(("size", "of"), [(4, 3), (4, 8), (3, 2), (1, 2), (4, 0), (4, -2)])
def test_groups_that_ranks_do_not_form_are_refused(size: int, of: int) -> None:
    with pytest.raises(ConfigError, match=rf"{size} ranks? cannot form groups of {of}; give --ranks-per-group"):
        split(ranks(size), of)


@pytest.mark.parametrize("of", [None, 4])
def test_all_ranks_are_one_group_unless_said_otherwise(of: int | None) -> None:
    comm = ranks(4, 2)
    assert split(comm, of) == Groups(comm, comm, 0, 1)


def test_neighbours_come_into_one_group() -> None:
    """They share a node, and its memory."""
    found = [split(ranks(6, rank), 2) for rank in range(6)]
    assert [(each.index, each.count) for each in found] == [(0, 3), (0, 3), (1, 3), (1, 3), (2, 3), (2, 3)]
    assert [each.group for each in found] == [(each.index, rank) for rank, each in enumerate(found)]


def test_groups_without_a_point_are_refused() -> None:
    groups = Groups(cast(Any, None), cast(Any, None), 0, 3)
    require_work(groups, work({"bar": [1, 1, 1]}))
    with pytest.raises(ConfigError, match="3 groups of ranks are more than the points of the study, 2"):
        require_work(groups, work({"bar": [1, 1]}))


def test_one_group_takes_all_in_order() -> None:
    points = work({"bar": [1, 2], "beam": [5, 3]})
    assert shares(points, 1) == [points]


@pytest.mark.parametrize("count", [2, 3, 5])
@pytest.mark.parametrize("seed", range(4))
def test_nothing_is_lost_or_doubled_and_all_have_as_much(seed: int, count: int) -> None:
    """No group has more than its fair share and one piece, and each piece is at most a fair share or one point."""
    generator = np.random.default_rng(seed)
    models = {name: generator.uniform(0.1, 10, generator.integers(1, 12)).tolist() for name in "abcdef"}
    points = work(models)
    taken = shares(points, count)
    assert len(taken) == count
    assert sorted(p.key for own in taken for p in own) == sorted(p.key for p in points)
    fair = load(points) / count
    assert max(map(load, taken)) <= fair + max(fair, *(point.cost for point in points))
    assert max(map(load, taken)) <= 1.6 * fair
    assert taken == shares(points, count)


def test_points_of_one_structure_come_to_one_group() -> None:
    """Where the structures are enough for all groups, none is built twice."""
    taken = shares(work({"spring": [1] * 4, "bar": [1] * 5, "beam": [1] * 5, "solid": [1] * 4}), 2)
    models = [{point["model"] for point in own} for own in taken]
    assert not models[0] & models[1]
    for own in taken:
        for model in {point["model"] for point in own}:
            assert [p["n"] for p in own if p["model"] == model] == sorted(p["n"] for p in own if p["model"] == model)


def test_one_structure_is_shared_by_all_groups() -> None:
    """As few pieces as groups, each of points that follow one another."""
    taken = shares(work({"beam": [1.0] * 12}), 3)
    assert sorted([p["n"] for p in own] for own in taken) == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9, 10, 11]]


def test_the_longest_come_first() -> None:
    """A long point that begins last would have all others wait."""
    taken = shares(work({"spring": [0.1], "bar": [1], "beam": [2], "plane": [4], "solid": [50]}), 2)
    assert [[point["model"] for point in own] for own in taken] == [["solid"], ["plane", "beam", "bar", "spring"]]


def test_networks_of_other_widths_are_other_structures() -> None:
    points = [Point({"n": n}, ["beam"], network="wide" if n % 2 else "") for n in range(8)]
    assert sorted([p["n"] for p in own] for own in shares(points, 2)) == [[0, 2, 4, 6], [1, 3, 5, 7]]


def test_there_may_be_fewer_points_than_groups() -> None:
    """As in the round of a shared result that all need."""
    assert sorted(map(len, shares(work({"bar": [1.0]}), 3))) == [0, 0, 1]
    assert shares([], 2) == [[], []]
