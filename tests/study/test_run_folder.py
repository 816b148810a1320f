"""Run folders: nothing that was computed is lost, and a run that is not whole says so."""

import json
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from counting_study import write_study
from mpi4py import MPI

from femnn.cli import main
from femnn.config import resources
from femnn.errors import ConfigError
from femnn.study.lock import LOCK, locked
from femnn.study.runner import Finished, rewrite_report, run

COMM = MPI.COMM_WORLD


@pytest.fixture
def study(comm_tmp_path: Path) -> Path:
    """The folder of a study of one's own."""
    if COMM.rank == 0:
        write_study(comm_tmp_path / "study", comm_tmp_path / "canary")
    COMM.barrier()
    return comm_tmp_path / "study"


def counted(study: Path, *assignments: str, resume: bool = False, force: bool = False) -> Finished:
    """Run the study into the folder "run" beside it."""
    finished = run(str(study), assignments, study.parent / "run", resume, COMM, force)
    COMM.barrier()
    return finished


def content(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def summary(folder: Path) -> dict[str, object]:
    return dict(json.loads((folder / "summary.json").read_text()))


def first_line(folder: Path) -> str:
    page = (folder / "report.html").read_text(encoding="utf-8")
    return page.split("<body>")[1].strip().splitlines()[0]


@pytest.mark.parametrize("assignments", [[], ["count=2"]], ids=["same settings", "other settings"])
def test_a_finished_run_is_not_written_over(study: Path, assignments: list[str]) -> None:
    counted(study)
    before = content(study.parent / "run")
    with pytest.raises(ConfigError, match=r"holds a finished run.*--resume.*--force.*--out"):
        counted(study, *assignments)
    COMM.barrier()
    assert content(study.parent / "run") == before


def test_force_leaves_nothing_of_the_run_before(study: Path) -> None:
    """Tables that the new run does not write are gone; what the user put there is not."""
    folder = study.parent / "run"
    counted(study)
    if COMM.rank == 0:
        facts = json.loads((folder / "provenance.json").read_text())
        facts["tables"] += ["old.csv", "../outside.csv"]
        (folder / "provenance.json").write_text(json.dumps(facts))
        for path in (folder / "old.csv", folder / "mine.csv", folder.parent / "outside.csv"):
            path.write_text("x\n")
    COMM.barrier()
    counted(study, "count=2", force=True)
    assert len(pd.read_csv(folder / "table.csv")) == 2
    assert not (folder / "old.csv").exists()
    assert (folder / "mine.csv").exists()
    assert (folder.parent / "outside.csv").exists()


def test_resume_and_force_contradict_each_other(study: Path) -> None:
    with pytest.raises(ConfigError, match="give one of them"):
        counted(study, resume=True, force=True)
    assert not (study.parent / "run").exists()


@pytest.mark.parametrize("how", ["run", "resume", "force"])
def test_a_second_run_at_the_same_time_is_refused_on_all_ranks(study: Path, how: str) -> None:
    """The one under way goes on undisturbed."""
    folder = study.parent / "run"
    if how != "run":
        counted(study)
    before = content(folder)
    COMM.barrier()
    if COMM.rank == 0:
        folder.mkdir(exist_ok=True)
        lock = locked(folder, pytest.fail)
        lock.__enter__()
    COMM.barrier()
    with pytest.raises(ConfigError, match="in use by another run"):
        counted(study, resume=how == "resume", force=how == "force")
    COMM.barrier()
    if COMM.rank == 0:
        with pytest.raises(ConfigError, match="in use by another run" if how != "run" else "holds no run"):
            rewrite_report(folder, trust=True)
        lock.__exit__(None, None, None)
    COMM.barrier()
    assert content(folder) == before


@pytest.mark.serial
def test_a_whole_run_says_so(study: Path) -> None:
    finished = counted(study)
    assert finished.failures == []
    assert summary(study.parent / "run") == {
        "complete": True, "points_done": 4, "points_total": 4, "largest": 16, "failures": [],
        "warnings": [], "notes": [], "network": "li2024", "findings": ["4 numbers are squared."], "tables": [],
    }  # fmt: skip
    assert "Incomplete" not in finished.report.read_text(encoding="utf-8")
    assert not (study.parent / "run" / LOCK).exists()


@pytest.mark.serial
def test_a_run_with_failures_says_so_first(study: Path) -> None:
    counted(study, "fail_at=3")
    folder = study.parent / "run"
    assert summary(folder)["complete"] is False
    assert summary(folder)["failures"] == ["number 3: three is too many"]
    assert "Incomplete run: 1 result could not be computed." in first_line(folder)
    # What came before the error is kept
    assert pd.read_csv(folder / "table.csv")["square"].tolist() == [1, 4, 9, 16]


@pytest.mark.serial
def test_a_shared_result_that_fails_costs_the_points_that_need_it(study: Path) -> None:
    """The line on each says why; what was lost stays lost when the run is resumed."""
    folder = study.parent / "run"
    for resume in (False, True):
        finished = counted(study, "shared=true", "lost=1", resume=resume)
        assert finished.failures == [f"number {n}: there are no such numbers" for n in (1, 3)]
        assert pd.read_csv(folder / "table.csv")["number"].tolist() == [2, 4]
        assert (summary(folder)["points_done"], summary(folder)["complete"]) == (4, False)


@pytest.mark.serial
@pytest.mark.parametrize("shared", ["false", "true"])
def test_a_run_that_was_killed_says_so_and_resumes(study: Path, shared: str) -> None:
    """The folder, its report and its summary; resumed it ends as one that was left alone."""
    folder = study.parent / "run"
    (study.parent / "stop").touch()
    settings = ["stop_at=3", f"shared={shared}"]
    assigned = [part for setting in settings for part in ("--set", setting)]
    command = [sys.executable, "-m", "femnn.cli", "run", str(study), *assigned, "--out", str(folder)]
    stopped = subprocess.run(command, cwd=study.parent, capture_output=True, text=True, check=False)
    assert stopped.returncode == -signal.SIGKILL
    assert (folder / LOCK).exists()
    assert not (folder / "report.html").exists()
    assert {key: summary(folder)[key] for key in ("complete", "points_done", "points_total")} == {
        "complete": False, "points_done": 2, "points_total": 4
    }  # fmt: skip
    with pytest.raises(ConfigError, match="holds a run of which 2 of 4 points are measured"):
        counted(study, *settings)
    finished = rewrite_report(folder, trust=True)
    assert (finished.missing, summary(folder)["complete"], summary(folder)["points_done"]) == (2, False, 2)
    assert "Incomplete run: 2 of 4 points are measured" in first_line(folder)
    assert any("findings and figures cannot be made while points are missing" in line for line in finished.failures)
    # What the study said before it came to a point that is missing
    assert summary(folder)["findings"] == ["2 numbers are squared."]
    assert len(pd.read_csv(folder / "table.csv")) == 2
    counted(study, *settings, resume=True)
    assert summary(folder)["complete"] is True
    shutil.move(folder, study.parent / "resumed")
    counted(study, *settings)
    assert (folder / "table.csv").read_bytes() == (study.parent / "resumed" / "table.csv").read_bytes()
    assert "Incomplete" not in (study.parent / "resumed" / "report.html").read_text(encoding="utf-8")


def lose(folder: Path, number: int) -> None:
    """Remove one point from a checkpoint."""
    path = folder / "checkpoint.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(line for line in lines if f'number\\": {number}}}'.encode() not in line))


@pytest.mark.serial
@pytest.mark.parametrize("what", ["network", "data"])
def test_a_run_is_not_resumed_on_a_file_of_another_content(study: Path, what: str) -> None:
    """What was measured on one network or from one file is not mixed with what another of the same name gives."""
    file = study.parent / f"mine.{'toml' if what == 'network' else 'csv'}"
    text = Path(resources.find("meshes", "triangular-patch")).read_text()
    file.write_text(text if what == "network" else "a\n1\n")
    setting = f"{what}={file}"
    counted(study, setting)
    folder = study.parent / "run"
    lose(folder, 2)
    file.write_text(file.read_text().replace("16 mm", "17 mm") if what == "network" else "a\n2\n")
    with pytest.raises(ConfigError, match="another content of the network or a file"):
        counted(study, setting, resume=True)
    # The report is made from the folder alone, which has the files as they were
    rewrite_report(folder, trust=True)


@pytest.mark.serial
def test_warnings_of_points_are_kept_with_them(study: Path) -> None:
    """Also where the point is not measured again, and the run resumed or its report made again."""
    folder = study.parent / "run"
    counted(study, "warn_at=1")
    assert summary(folder)["warnings"] == ["that is many"]
    lose(folder, 3)
    counted(study, "warn_at=1", resume=True)
    assert summary(folder)["warnings"] == ["that is many"]
    (folder / "summary.json").unlink()
    rewrite_report(folder, trust=True)
    assert summary(folder)["warnings"] == ["that is many"]


@pytest.mark.serial
def test_states_that_cannot_be_written_cost_nothing_else(study: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """The disk is full: tables and report are there and say so, and the status is 3."""
    folder = study.parent / "run"
    with pytest.raises(SystemExit) as end:
        main(["run", str(study), "--set", "write_states=true", "--out", str(folder)])
    assert end.value.code == 3
    assert "No space left on device" in capfd.readouterr().err
    assert len(pd.read_csv(folder / "table.csv")) == 4
    assert summary(folder)["largest"] == 16
    assert "Incomplete run: 1 result" in first_line(folder)
    # Also once the report is made again
    assert any("no state is written" in line for line in rewrite_report(folder, trust=True).failures)


@pytest.mark.serial
@pytest.mark.parametrize("byte", [b"1", b"9"])
def test_a_digit_that_was_changed_in_the_checkpoint_is_not_taken_for_a_result(study: Path, byte: bytes) -> None:
    """That point alone is computed again."""
    counted(study)
    folder = study.parent / "run"
    table, path = (folder / "table.csv").read_bytes(), folder / "checkpoint.jsonl"
    path.write_bytes(path.read_bytes().replace(b'"square": 4', b'"square": ' + byte))
    assert rewrite_report(folder, trust=True).missing == 1
    assert summary(folder)["complete"] is False
    counted(study, resume=True)
    assert (folder / "table.csv").read_bytes() == table


@pytest.mark.serial
def test_a_forged_checkpoint_is_named(study: Path) -> None:
    """One that has its digests right, but not what the study measures."""
    from femnn.runtime.sealing import sealed, unsealed

    counted(study)
    folder = study.parent / "run"
    path = folder / "checkpoint.jsonl"
    lines = [unsealed(line) for line in path.read_bytes().splitlines()]
    for line in lines[1:]:
        assert line is not None
        line["record"]["rows"] = {"table": [{"cube": 27}]}
    path.write_text("".join(sealed(line) for line in lines if line is not None))
    with pytest.raises(ConfigError, match=r"checkpoint.jsonl holds does not fit the study study \(KeyError"):
        rewrite_report(folder, trust=True)
    path.write_text("{}\n")
    with pytest.raises(ConfigError, match=r"checkpoint.jsonl is damaged or of another version"):
        rewrite_report(folder, trust=True)


@pytest.mark.serial
@pytest.mark.parametrize("text", ["no json", "[1, 2]", "[" * 5000, "\udcff"])
@pytest.mark.parametrize("name", ["provenance.json", "summary.json"])
def test_other_files_of_a_run_may_be_damaged(study: Path, name: str, text: str) -> None:
    """They are written again."""
    counted(study)
    folder = study.parent / "run"
    (folder / name).write_bytes(text.encode("utf-8", "surrogateescape"))
    rewrite_report(folder, trust=True)
    assert summary(folder)["complete"] is True
