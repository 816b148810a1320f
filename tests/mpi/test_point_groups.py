"""A run gives the same bytes on any number of groups of ranks, also where it was cut off and resumed on other ones."""

import json
from pathlib import Path

import pytest
from counting_study import write_study
from mpi4py import MPI

from femnn.errors import ConfigError
from femnn.runtime.sealing import unsealed
from femnn.study.runner import Finished, run

COMM = MPI.COMM_WORLD

TABLES = ("table.csv", "results.nc")


@pytest.fixture
def study(comm_tmp_path: Path) -> Path:
    """The folder of a study of one's own."""
    if COMM.rank == 0:
        write_study(comm_tmp_path / "study", comm_tmp_path / "canary")
    COMM.barrier()
    return comm_tmp_path / "study"


def on_groups(study: Path, name: str, *assignments: str, resume: bool = False) -> Finished:
    """Run the study on groups of one rank, as many as there are ranks."""
    finished = run(str(study), assignments, study.parent / name, resume, COMM, ranks_per_group=1)
    COMM.barrier()
    return finished


def on_one(study: Path, name: str, *assignments: str, resume: bool = False) -> None:
    """Run the study on rank 0 alone."""
    if COMM.rank == 0:
        run(str(study), assignments, study.parent / name, resume, MPI.COMM_SELF)
    COMM.barrier()


def table(study: Path, name: str) -> bytes:
    return (study.parent / name / "table.csv").read_bytes()


def cut_off(folder: Path, every: int) -> int:
    """Remove some of the points that a run has measured; return how many."""
    lost = 0
    if COMM.rank == 0:
        for path in sorted(folder.glob("checkpoint*.jsonl")):
            header, *lines = path.read_bytes().splitlines(keepends=True)
            kept = [line for i, line in enumerate(lines) if i % every]
            lost += len(lines) - len(kept)
            path.write_bytes(header + b"".join(kept))
        for name in TABLES:
            (folder / name).unlink()
    COMM.barrier()
    return COMM.bcast(lost)


@pytest.mark.parametrize("shared", ["false", "true"])
def test_groups_give_the_bytes_of_one_rank(study: Path, shared: str) -> None:
    """Also where points need results that another group has computed, which need others in turn."""
    settings = ("count=7", f"shared={shared}")
    on_one(study, "one", *settings)
    finished = on_groups(study, "groups", *settings)
    assert finished.failures == []
    assert table(study, "groups") == table(study, "one")
    one, groups = (json.loads((study.parent / name / "summary.json").read_text()) for name in ("one", "groups"))
    assert one == groups


def test_every_point_and_every_shared_result_is_computed_once(study: Path) -> None:
    """Each group has a file of its own, and all have something to do."""
    on_groups(study, "groups", "count=7", "shared=true")
    files = sorted((study.parent / "groups").glob("checkpoint*.jsonl"))
    assert len(files) == COMM.size
    lines = [[unsealed(line) or {} for line in path.read_bytes().splitlines()[1:]] for path in files]
    keys = [line["key"] for own in lines for line in own]
    assert len(keys) == len(set(keys)) == 7 + 3
    assert all(lines)


@pytest.mark.parametrize("every", [2, 3])
def test_a_run_of_groups_resumes_on_one_rank_and_the_other_way_round(study: Path, every: int) -> None:
    settings = ("count=7", "shared=true")
    on_one(study, "whole", *settings)
    on_groups(study, "groups", *settings)
    assert cut_off(study.parent / "groups", every)
    on_one(study, "groups", *settings, resume=True)
    assert table(study, "groups") == table(study, "whole")
    # Of the groups' files that of the first is left, with all points
    assert [path.name for path in (study.parent / "groups").glob("checkpoint*.jsonl")] == ["checkpoint.jsonl"]
    assert cut_off(study.parent / "groups", every)
    finished = on_groups(study, "groups", *settings, resume=True)
    assert table(study, "groups") == table(study, "whole")
    assert finished.failures == []


@pytest.mark.parametrize("number", [1, 4, 7])
def test_a_point_that_fails_on_one_group_costs_that_point_alone(study: Path, number: int) -> None:
    """All ranks end with the line on it, and all others are measured."""
    settings = ("count=7", "shared=true", f"fail_at={number}")
    on_one(study, "one", *settings)
    assert on_groups(study, "groups", *settings).failures == [f"number {number}: three is too many"]
    assert table(study, "groups") == table(study, "one")
    assert len(table(study, "groups").splitlines()) == 1 + 7


def test_a_shared_result_that_fails_costs_the_points_of_every_group(study: Path) -> None:
    finished = on_groups(study, "groups", "count=7", "shared=true", "lost=0")
    assert finished.failures == [f"number {n}: there are no such numbers" for n in (2, 4, 6)]


@pytest.mark.skipif(COMM.size == 1, reason="one rank is one group")
def test_more_groups_than_points_are_refused_before_anything_is_written(study: Path) -> None:
    """An earlier run in the folder is as it was, although it may be written over."""
    on_one(study, "run", "count=3")
    before = {path: path.read_bytes() for path in (study.parent / "run").rglob("*") if path.is_file()}
    COMM.barrier()
    with pytest.raises(ConfigError, match=rf"{COMM.size} groups of ranks are more than the points of the study, 1;"):
        run(str(study), ["count=1"], study.parent / "run", False, COMM, force=True, ranks_per_group=1)
    COMM.barrier()
    assert {path: path.read_bytes() for path in (study.parent / "run").rglob("*") if path.is_file()} == before


@pytest.mark.skipif(COMM.size == 1, reason="one rank forms any group of one")
def test_groups_that_ranks_do_not_form_are_refused_on_all_ranks(study: Path) -> None:
    with pytest.raises(ConfigError, match=rf"cannot form groups of {COMM.size + 1}"):
        run(str(study), [], study.parent / "run", False, COMM, ranks_per_group=COMM.size + 1)
    assert not (study.parent / "run").exists()
