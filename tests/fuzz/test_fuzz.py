"""What `make fuzz` counts and keeps."""

from pathlib import Path

import pytest
from fuzz import Result, Summary, main

pytestmark = pytest.mark.serial


def test_failures_are_counted_and_kept(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each with what it was, and the table has a line for each group and one for all."""
    summary = Summary(tmp_path / "kept")
    summary.add(Result("input-0", "tracked", "refused", 0.1, "no such column"))
    summary.add(Result("input-1", "tracked", "failed", 2.0, "KeyError", "a mutation"))
    summary.add(Result("network-0", "bar", "converged", 0.2))
    assert [result.name for result in summary.failed] == ["input-1"]
    assert "input-1: tracked: KeyError" in capsys.readouterr().out
    assert "a mutation" in (tmp_path / "kept" / "input-1.txt").read_text()
    rows = {line[:30].strip(): line[30:].split() for line in summary.table().splitlines()}
    assert rows["tracked"] == ["1", "1", "0", "2.0"]
    assert rows["all"] == ["1", "1", "1", "2.0"]


def test_what_is_made_again_has_a_name(capsys: pytest.CaptureFixture[str]) -> None:
    """Anything else is refused."""
    with pytest.raises(SystemExit, match="--only takes input-N, network-N or kills-STUDY"):
        main(["--only", "file-3"])


def test_nothing_asked_for_is_no_failure() -> None:
    assert main(["--inputs", "0", "--networks", "0", "--kills", "0"]) == 0
