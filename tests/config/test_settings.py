"""Configuration is refused with one line that names the key, and the nearest one where it is unknown."""

import pytest
from mpi4py import MPI

from femnn.config.quantities import Length
from femnn.config.settings import Settings, assigned, nearest, validated
from femnn.config.toml_files import read_toml, toml_value
from femnn.errors import ConfigError


class Beam(Settings):
    """An inner table."""

    length: Length
    cells: int = 1


class Example(Settings):
    """An outer table."""

    beam: Beam
    beams: tuple[Beam, ...] = ()
    named: dict[str, Beam] | None = None
    tolerance: float = 1e-10


def refusal(values: dict) -> str:
    with pytest.raises(ConfigError) as caught:
        validated(Example, values, "study.toml")
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_values_arrive_in_si():
    example = validated(Example, {"beam": {"length": "2 mm", "cells": 3}}, "study.toml")
    assert example.beam == Beam(length=2e-3, cells=3)


@pytest.mark.parametrize(
    "values",
    [
        {"beam": {"lenght": 1}},
        {"beam": {"length": 1}, "beams": [{"length": 1}, {"lenght": 1}]},
        {"beam": {"length": 1}, "named": {"a": {"length": 1, "lenght": 1}}},
    ],
)
def test_an_unknown_key_names_the_nearest_at_its_level(values):
    message = refusal(values)
    assert message.startswith("study.toml: unknown key")
    assert "lenght" in message
    assert "did you mean 'length'?" in message


def test_an_unknown_key_unlike_all_others_lists_them():
    assert "known are beam, beams, named, tolerance." in refusal({"beam": {"length": 1}, "xyzzy": 1})


def test_an_unknown_key_comes_before_the_missing_one_that_it_stands_for():
    assert "unknown key 'baem'" in refusal({"baem": {"length": 1}})


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({}, "beam: Field required."),
        ({"beam": {"length": "2 kg"}}, "beam.length: '2 kg' has the wrong unit; m or a multiple of it is expected."),
        ({"beam": {"length": "long"}}, "beam.length: 'long' is no quantity"),
        ({"beam": {"length": float("nan")}}, "beam.length: Input should be a finite number."),
        ({"beam": {"length": "nan"}}, "beam.length: "),
        ({"beam": {"length": 1}, "tolerance": float("inf")}, "tolerance: Input should be a finite number."),
        ({"beam": {"length": 1, "cells": 1.5}}, "beam.cells: "),
        ({"beam": 3}, "beam: "),
    ],
)
def test_bad_values_are_named_by_their_key(values, message):
    assert refusal(values).startswith(f"study.toml: {message}")


def test_settings_do_not_change():
    with pytest.raises(ValueError, match="frozen"):
        Beam(length=1).cells = 2


@pytest.mark.parametrize(
    ("content", "message"), [(b"a = ", "is no valid TOML"), (b"\xff\xfe", "Cannot read"), (None, "No such file")]
)
def test_unreadable_files_are_named(comm_tmp_path, content, message):
    path = comm_tmp_path / "study.toml"
    if MPI.COMM_WORLD.rank == 0 and content is not None:
        path.write_bytes(content)
    MPI.COMM_WORLD.barrier()
    with pytest.raises(ConfigError, match=message) as caught:
        read_toml(path)
    assert str(path) in str(caught.value)


def test_a_folder_is_no_file(comm_tmp_path):
    with pytest.raises(ConfigError, match="Cannot read"):
        read_toml(comm_tmp_path)


def test_assignments_lie_over_tables_without_touching_them():
    values = {"load": "5 gf", "solver": {"tolerance": 1e-10, "name": "lu"}}
    changed = assigned(values, ["load=10 gf", "solver.tolerance = 1e-8", "new.deep.key=[1, 2]"])
    assert changed == {
        "load": "10 gf",
        "solver": {"tolerance": 1e-8, "name": "lu"},
        "new": {"deep": {"key": [1, 2]}},
    }
    assert values == {"load": "5 gf", "solver": {"tolerance": 1e-10, "name": "lu"}}


@pytest.mark.parametrize(("assignment", "message"), [("load", "key=value"), ("=3", "key=value"), ("a.b=3", "no table")])
def test_bad_assignments_are_refused(assignment, message):
    with pytest.raises(ConfigError, match=message):
        assigned({"a": 1}, [assignment])


@pytest.mark.parametrize(
    ("text", "value"),
    [("5", 5), ("true", True), ('"a"', "a"), ("5 gf", "5 gf"), ("bar", "bar"), ("[1, 2]", [1, 2]), ("1e-3", 1e-3)],
)
def test_values_of_the_command_line_are_toml_or_text(text, value):
    assert toml_value(text) == value


def test_the_nearest_word_is_offered():
    assert nearest("spaceing", ["spacing", "rows"]) == "did you mean 'spacing'?"
    assert nearest("zzz", ["spacing", "rows"]) == "known are spacing, rows."
