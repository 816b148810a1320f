"""Damaged files of every format: what is read is whole, or a named error says in one line why it is not."""

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mutations import HOSTILE, KINDS, Mutation, mutated
from originals import FILES
from reader import Reader
from written_runs import WRITTEN

pytestmark = pytest.mark.serial

FORMATS = [*FILES, *WRITTEN]
SHARES = st.floats(0, 1, exclude_max=True)
MUTATIONS = st.lists(st.builds(Mutation, st.sampled_from(list(KINDS)), SHARES, SHARES), min_size=1, max_size=3)


@pytest.fixture(scope="module")
def reader() -> Iterator[Reader]:
    """A process for all files of this module."""
    with Reader() as started:
        yield started


@pytest.mark.parametrize("name", FORMATS)
def test_whole_files_are_read(name: str, reader: Reader) -> None:
    """What is damaged below can be read without the damage."""
    outcome = reader.read(name, [])
    assert outcome.kind == "accepted" or "its suffix must be one of" in outcome.said, outcome


@settings(max_examples=100, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
@given(st.sampled_from(FORMATS), MUTATIONS)
def test_damaged_files_are_refused_by_name_or_read_whole(reader: Reader, name: str, mutations: list[Mutation]) -> None:
    """Nothing crashes, hangs, is written elsewhere, or gives a number that is not finite."""
    outcome = reader.read(name, mutations)
    assert outcome.kind != "failed", f"{name}: {outcome.said}"


def test_every_kind_of_damage_changes_something() -> None:
    """Of the content of a file, for places in its middle."""
    content = b"first = 1.5\nsecond = [2, 3]\nthird = 'text'\n"
    places = [(0.3, share) for share in (0.2, 0.5, 0.8)]
    for kind in KINDS:
        assert any(mutated(content, [Mutation(kind, *place)]) != content for place in places), kind
        assert isinstance(mutated(b"", [Mutation(kind, 0.5, 0.5)]), bytes)
    assert len(HOSTILE) > 30


def test_a_reader_that_dies_is_a_failure_of_one_file(reader: Reader) -> None:
    """It stands for no other file: the next one is read by a new process."""
    reader.read("lattice", [])
    assert reader._process is not None
    reader._process.kill()
    outcome = reader.read("lattice", [])
    assert outcome.kind == "failed"
    assert "ended by itself" in outcome.said
    assert reader._process is None
