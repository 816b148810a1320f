"""The checkpoint gives back all bits, and what is lost or damaged costs its own points alone."""

import errno
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from femnn.errors import ConfigError
from femnn.runtime.sealing import sealed
from femnn.study import checkpoint
from femnn.study.checkpoint import Writer, files, fingerprints, read
from femnn.study.points import Point
from femnn.study.records import Record, Row, Value

pytestmark = pytest.mark.serial

RUN, OTHER = checkpoint.digest("counting", {"count": 4}), checkpoint.digest("counting", {"count": 5})
POINTS = [Point({"number": n}) for n in range(4)]


def record(n: int) -> Record:
    made = Record(seconds=0.1 * n, failures=["too many"] if n == 3 else [])
    made.add([Row({"square": n**2}), Value("powers", n ** np.arange(3.0)), Value("name", f"№ {n}")])
    return made


def write(folder: Path, numbers: Iterable[int] = range(4), run: str = RUN, **how: Any) -> None:
    writer = Writer(folder, (run, run), **how)
    for n in numbers:
        writer.add(POINTS[n].key, record(n))
    writer.close()


def numbers(folder: Path) -> list[int]:
    """Points that are read, in the order in which they are; each is as it was written."""
    order = {point.key: n for n, point in enumerate(POINTS)}
    found = {order[key]: read for key, read in read(folder, RUN, POINTS).items()}
    for n, each in found.items():
        assert repr(each) == repr(record(n))
    return list(found)


VALUES: dict[str, Any] = {
    "floats": [0.1 + 0.2, -0.0, 5e-324, 1.7976931348623157e308],
    "not numbers": [float("nan"), float("inf"), -float("inf")],
    "integers": [0, -1, 2**70],
    "truth": [True, False, None],
    "texts": ["", "№ ∂L/∂k", "\ud800", "<array>"],
    "tables": {"a": {"b": [1, [2.0]]}, "": []},
    "array": np.array([0.1 + 0.2, -0.0, 5e-324, np.nan, np.inf]),
    "array of truth": np.array([[True], [False]]),
    "array of integers": np.arange(6, dtype=np.int32).reshape(2, 3),
    "Fortran's order": np.asfortranarray(np.arange(6.0).reshape(2, 3)),
    "every second": np.arange(10.0)[::2],
    "empty": np.zeros((0, 3)),
    "of no dimension": np.array(2.5),
    "texts in an array": np.array(["a", "bond (1, 2)"]),
    "arrays in tables": {"fields": [np.ones(2), {"k": np.zeros((2, 0))}], "count": 2},
}


def same(one: Any, other: Any) -> bool:
    """Whether two values are of one type and agree in every bit."""
    if isinstance(one, np.ndarray):
        return one.dtype == other.dtype and one.shape == other.shape and one.tobytes() == other.tobytes()
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list):
        return len(one) == len(other) and all(map(same, one, other))
    return type(one) is type(other) and repr(one) == repr(other)


@pytest.mark.parametrize("name", VALUES)
def test_all_bits_survive(tmp_path: Path, name: str) -> None:
    """What is read is what the record in memory holds, and what the study has yielded."""
    made = Record()
    made.add([Value("value", VALUES[name])])
    writer = Writer(tmp_path, (RUN, RUN))
    writer.add(POINTS[0].key, made)
    writer.close()
    (found,) = read(tmp_path, RUN, POINTS).values()
    assert same(found.values["value"], made.values["value"])
    assert same(found.values["value"], VALUES[name])


def test_numbers_of_numpy_and_tuples_are_plain_at_once() -> None:
    """A run that is not cut off works with what one that resumes reads."""
    made = Record()
    made.add([Row({"a": np.float64(0.1), "b": np.int64(2), "c": np.True_, "d": (1, np.float32(0.5))})])
    assert same(made.rows["table"], [{"a": 0.1, "b": 2, "c": True, "d": [1, 0.5]}])


def test_what_a_study_does_with_an_array_later_changes_no_record() -> None:
    array, made = np.zeros(2), Record()
    made.add([Value("field", array)])
    array += 1
    assert made.values["field"].tolist() == [0, 0]


def test_arrays_of_objects_are_refused() -> None:
    """At once, on every rank: a checkpoint runs nothing when it is read."""
    with pytest.raises(TypeError, match="not objects"):
        Record().add([Value("field", np.array([{}, None]))])


@pytest.mark.parametrize("lost", [1, 2, 4])
def test_a_line_that_is_lost_costs_its_own_point(tmp_path: Path, lost: int) -> None:
    write(tmp_path)
    path = tmp_path / checkpoint.FILE
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:lost] + lines[lost + 1 :]))
    assert numbers(tmp_path) == [n for n in range(4) if n != lost - 1]


@pytest.mark.parametrize("damage", [b"", b"\n", b"{}\n", b"[1]\n", b"\xff\x00\n", b"[" * 5000 + b"\n"])
def test_a_line_that_is_damaged_costs_its_own_point(tmp_path: Path, damage: bytes) -> None:
    """Also where the end of the line is gone and the next one runs into it, which costs that one too."""
    write(tmp_path)
    path = tmp_path / checkpoint.FILE
    lines = path.read_bytes().splitlines(keepends=True)
    lines[2] = damage or lines[2][:20]
    path.write_bytes(b"".join(lines))
    assert numbers(tmp_path) == ([0, 2, 3] if damage else [0, 3])


def test_a_line_without_end_is_not_taken(tmp_path: Path) -> None:
    """As a kill in the middle of a write leaves it."""
    write(tmp_path)
    path = tmp_path / checkpoint.FILE
    path.write_bytes(path.read_bytes()[:-5])
    assert numbers(tmp_path) == [0, 1, 2]


def test_arrays_that_are_damaged_cost_their_own_point(tmp_path: Path) -> None:
    """A byte that is changed, and a file that was cut off or is gone."""
    write(tmp_path)
    path = tmp_path / checkpoint.ARRAYS
    content = bytearray(path.read_bytes())
    third = len(content) * 5 // 8
    content[third] ^= 1
    path.write_bytes(content)
    assert numbers(tmp_path) == [0, 1, 3]
    path.write_bytes(content[: third - 100])
    assert numbers(tmp_path) == [0, 1]
    path.unlink()
    assert numbers(tmp_path) == []


def test_files_of_several_groups_are_read_together(tmp_path: Path) -> None:
    """Whatever order the groups write in; those of one's own group first."""
    write(tmp_path, [2])
    write(tmp_path, [3, 0], group=2)
    write(tmp_path, [1], group=1)
    assert len(files(tmp_path)) == 6
    assert checkpoint.count(tmp_path) == 4
    assert sorted(numbers(tmp_path)) == [0, 1, 2, 3]
    assert numbers(tmp_path)[0] == 2


def test_a_point_that_two_groups_measured_is_there_once(tmp_path: Path) -> None:
    write(tmp_path, [0, 1])
    write(tmp_path, [1, 2], group=1)
    assert numbers(tmp_path) == [0, 1, 2]


def test_points_that_are_not_wanted_are_left_out(tmp_path: Path) -> None:
    write(tmp_path)
    assert [*read(tmp_path, RUN, POINTS[1:2])] == [POINTS[1].key]


@pytest.mark.parametrize("group", [0, 1])
def test_a_record_of_other_settings_is_refused(tmp_path: Path, group: int) -> None:
    write(tmp_path, [0])
    write(tmp_path, [1], run=OTHER, group=group)
    with pytest.raises(ConfigError, match="of a run with other settings"):
        read(tmp_path, RUN, POINTS)


@pytest.mark.parametrize("content", [b"x\n", b"{}\n", b'{"run": "a"}\n{}\n'])
def test_a_first_line_that_is_damaged_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / checkpoint.FILE).write_bytes(content)
    with pytest.raises(ConfigError, match=r"checkpoint\.jsonl is damaged or of another version"):
        read(tmp_path, RUN, POINTS)


def test_nothing_and_an_empty_file_hold_no_point(tmp_path: Path) -> None:
    assert (read(tmp_path, RUN, POINTS), checkpoint.count(tmp_path), fingerprints(tmp_path)) == ({}, 0, None)
    (tmp_path / checkpoint.FILE).touch()
    assert (read(tmp_path, RUN, POINTS), checkpoint.count(tmp_path), fingerprints(tmp_path)) == ({}, 0, None)


def test_both_fingerprints_are_kept(tmp_path: Path) -> None:
    """Of the settings of the run, and of those that were asked for, where the two differ."""
    Writer(tmp_path, (RUN, OTHER)).close()
    assert fingerprints(tmp_path) == (RUN, OTHER)
    Writer(tmp_path, (RUN, RUN)).close()
    assert fingerprints(tmp_path) == (RUN, RUN)


def test_a_run_that_resumes_keeps_the_order_and_goes_on(tmp_path: Path) -> None:
    """All groups' points come into the first file, in their order; new ones after them."""
    write(tmp_path, [2])
    write(tmp_path, [0], group=1)
    (tmp_path / "checkpoint-1.jsonl.new").touch()
    write(tmp_path, [3, 1], kept=read(tmp_path, RUN, POINTS))
    assert [path.name for path in files(tmp_path)] == [checkpoint.FILE, "checkpoint.1.npzs"]
    assert numbers(tmp_path) == [2, 0, 3, 1]
    assert not [*tmp_path.glob("*.new")]


@pytest.mark.parametrize("damaged", [False, True])
def test_a_kill_while_a_run_resumes_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, damaged: bool
) -> None:
    """Before the new lines are there, the old ones have their own arrays, also where those before were damaged."""
    write(tmp_path, [2, 3])
    write(tmp_path, [0, 1], group=1)
    if damaged:
        path = tmp_path / checkpoint.FILE
        path.write_bytes(path.read_bytes().replace(b'"square": 4', b'"square": 5'))
    left = [0, 1, 3] if damaged else [0, 1, 2, 3]
    kept, move = read(tmp_path, RUN, POINTS), Path.replace

    def killed(path: Path, target: Path) -> Path:
        if target.name == checkpoint.FILE:
            raise KeyboardInterrupt
        return move(path, target)

    monkeypatch.setattr(Path, "replace", killed)
    with pytest.raises(KeyboardInterrupt):
        Writer(tmp_path, (RUN, RUN), kept)
    assert sorted(numbers(tmp_path)) == left
    monkeypatch.undo()
    write(tmp_path, [], kept=read(tmp_path, RUN, POINTS))
    assert sorted(numbers(tmp_path)) == left
    assert len(files(tmp_path)) == 2


def test_a_kill_at_any_byte_costs_the_last_point_at_most(tmp_path: Path) -> None:
    """Whatever of the last line and of its arrays has reached the disk."""
    write(tmp_path, [0, 1])
    sizes = {path: path.stat().st_size for path in files(tmp_path)}
    write_more = Writer(tmp_path, (RUN, RUN), read(tmp_path, RUN, POINTS))
    write_more.add(POINTS[2].key, record(2))
    write_more.close()
    lines, chunks = files(tmp_path)
    before = dict(zip((lines, chunks), sizes.values(), strict=True))
    content = {path: path.read_bytes() for path in before}
    for path in before:
        first = before[path] + (len(chunks.name) - len(checkpoint.ARRAYS) if path == lines else 0)
        for size in range(first, len(content[path]), 7):
            path.write_bytes(content[path][:size])
            assert numbers(tmp_path) == [0, 1]
        path.write_bytes(content[path])
    assert numbers(tmp_path) == [0, 1, 2]


def test_arrays_elsewhere_are_not_read(tmp_path: Path) -> None:
    """A first line from anywhere cannot name a file outside the folder."""
    (tmp_path / "run").mkdir()
    write(tmp_path / "run")
    lines, chunks = files(tmp_path / "run")
    chunks.rename(tmp_path / chunks.name)
    rest = lines.read_bytes().split(b"\n", 1)[1]
    facts = {"run": RUN, "arrays": f"../{chunks.name}"}
    lines.write_bytes(sealed(facts).encode() + rest)
    assert numbers(tmp_path / "run") == []


@pytest.mark.parametrize("record", [
    3, [], {"rows": []}, {"rows": {"table": 3}}, {"rows": {"table": [3]}}, {"values": []}, {"failures": [3]},
    {"failures": "no"}, {"warnings": 3}, {"warnings": [None]}, {"seconds": "1"}, {"more": 3},
], ids=str)  # fmt: skip
def test_a_record_of_another_shape_is_measured_again(tmp_path: Path, record: Any) -> None:
    """Also where its digest is right: whoever can write the file can write that too."""
    write(tmp_path, [0])
    with (tmp_path / checkpoint.FILE).open("a", encoding="utf-8") as file:
        file.write(sealed({"key": POINTS[1].key, "record": record, "arrays": None}))
    assert numbers(tmp_path) == [0]


def test_points_and_shared_results_are_counted_apart_as_they_come(tmp_path: Path) -> None:
    """Of all groups, whichever wrote them."""
    first = Writer(tmp_path, (RUN, RUN), shared={POINTS[0].key})
    second = Writer(tmp_path, (RUN, RUN), group=1)
    tally = checkpoint.Tally(tmp_path)
    first.add(POINTS[0].key, record(0))
    assert (tally.update(), tally.shared) == (0, 1)
    first.add(POINTS[1].key, record(1))
    second.add(POINTS[2].key, record(2))
    assert (tally.update(), tally.shared) == (2, 1)
    assert checkpoint.count(tmp_path) == 2
    for writer in (first, second):
        writer.close()


def test_a_full_disk_names_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Which the error of a write to an open file does not."""

    def full(file: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    writer = Writer(tmp_path, (RUN, RUN))
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match=r"No space left on device: '.*checkpoint\.jsonl'"):
        writer.add(POINTS[0].key, record(0))
    writer.close()
