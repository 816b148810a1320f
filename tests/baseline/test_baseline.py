"""The stored baseline: every study is in it, quick runs are as stored, and what is changed on purpose is found."""

from dataclasses import replace
from functools import cache
from pathlib import Path

import baseline
import numpy as np
import pandas as pd
import pytest
from baseline import LARGEST, LARGEST_FILE, Options, compare_run, compared_tables
from comparison import differing, failing
from execution import Executed, executed, read_csv
from specification import HERE, Draws, Run, chosen, inline, specified
from storing import STORED, described, read_manifest, read_stored, store

pytestmark = pytest.mark.serial

RUNS = specified()
FAST = [name for name, run in RUNS.items() if run.fast]
QUICK = RUNS["finite-difference"]
NOISY = Run(
    "noisy",
    "gradient-error",
    {
        "cases": ["separate"], "models": ["spring"], "buckling": [], "estimators": ["product", "adjoint"],
        "references": ["exact"], "adjoint_forces": ["2 gf"], "noise": "5 um", "repeats": 40,
    },
    Draws(over=("repeat",)),
    tables=RUNS["gradient-error-noise"].tables,
)  # fmt: skip


@cache
def stored_tables(name: str) -> dict[str, pd.DataFrame]:
    """The stored tables of a run, read once."""
    return read_stored(RUNS[name])


def test_every_study_is_in_the_baseline() -> None:
    """A study that is added has to be added here too."""
    studies = {path.parent.name for path in (HERE.parents[1] / "studies").glob("*/study.py")}
    assert {run.folder for run in RUNS.values()} == studies
    assert {run.folder for run in RUNS.values() if run.draws is None} >= studies - {"noise", "classification"}


@pytest.mark.parametrize("name", RUNS)
def test_what_is_stored_is_what_is_specified(name: str) -> None:
    """The manifest says what is stored, of the settings of runs.toml, and compared as columns.toml says."""
    run, entry = RUNS[name], read_manifest()["runs"][name]
    tables = stored_tables(name)
    assert not differing(entry, run.described())
    assert set(entry["tables"]) == set(tables)
    for table, frame in tables.items():
        if table in run.tables:
            # Of a table without rows the file does not tell what its columns would hold
            told, own = entry["tables"][table], described(run, frame, run.tables[table])
            assert told["rows"] == own["rows"]
            assert told["compared"].get("key", []) == own["compared"].get("key", [])
            assert told["compared"] == own["compared"] or frame.empty


def test_the_columns_that_are_named_are_there() -> None:
    """A column that is renamed would be compared in the usual way, and its own would be lost."""
    for study, name in {(run.folder, table) for run in RUNS.values() for table in run.tables}:
        runs = [run for run in RUNS.values() if run.folder == study]
        there = {column for run in runs for column in stored_tables(run.name).get(name, pd.DataFrame()).columns}
        columns = runs[0].tables[name]
        over = {column for run in runs if run.draws for column in run.draws.over}
        named = {*columns.keys, *columns.vectors, *columns.errors} - over
        assert not named - there, (study, name)
        assert set(columns.along) <= set(columns.keys)


def test_little_is_stored_and_nothing_else() -> None:
    sizes = {path: path.stat().st_size for path in STORED.rglob("*") if path.is_file()}
    assert sum(sizes.values()) < LARGEST
    assert max(sizes.values()) < LARGEST_FILE
    assert {path.name for path in STORED.iterdir() if path.is_dir()} == set(RUNS)


@pytest.mark.parametrize("name", FAST)
def test_quick_runs_are_as_stored(name: str) -> None:
    """Of springs and bars; `make baseline` compares all."""
    tables, failures = compare_run(RUNS[name], Options())
    assert tables
    assert not failures


@pytest.fixture(scope="module")
def found() -> Executed:
    """What a quick run without draws has written."""
    return executed(QUICK, 0)


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory, found: Executed) -> Path:
    """A place where that is stored, and a run with noise."""
    folder = tmp_path_factory.mktemp("stored")
    store(QUICK, found, 0, folder)
    baseline.record([NOISY], 0, folder)
    return folder


def test_noise_that_is_drawn_again_passes_and_other_noise_does_not(recorded: Path) -> None:
    """With other seeds, of gradients and errors of a whole run; less noise is found in the mean errors."""
    tables, failures = compare_run(NOISY, Options(first_seed=1000, stored=recorded))
    assert not failures
    assert {each.worst > 0 for each in tables["gradients"].deviations if each.column == "gradient"} == {True}
    quieter = replace(NOISY, set={**NOISY.set, "noise": "2 um"})
    lines = list(failing(compared_tables(quieter, executed(quieter, 1000), Options(stored=recorded)), False))
    assert any("table.relative_l2 (drawn error): 1 of 2 rows" in line for line in lines)


def test_what_is_stored_reads_back_to_the_last_bit(recorded: Path, found: Executed, tmp_path: Path) -> None:
    """And storing it twice gives the same files."""
    store(QUICK, found, 0, tmp_path)
    assert set(read_stored(QUICK, tmp_path)) == set(found.tables)
    for name, frame in read_stored(QUICK, tmp_path).items():
        pd.testing.assert_frame_equal(frame, found.tables[name], check_exact=True)
        path = f"{QUICK.name}/{name}.csv.gz"
        assert (tmp_path / path).read_bytes() == (recorded / path).read_bytes()


def test_each_change_of_what_is_stored_is_found(
    recorded: Path, found: Executed, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As if the code had changed: a number, a row, a column, a table, an exit status, the settings."""
    run = QUICK
    options = Options(stored=recorded)

    def failures(table: pd.DataFrame | None = None, **changes: object) -> str:
        tables = {"table": table} if table is not None else {}
        now = replace(found, tables=found.tables | tables)
        now = replace(now, **changes)
        monkeypatch.setattr(baseline, "executed", lambda *_: now)
        return "\n".join(compare_run(run, options)[1])

    table = found.tables["table"]
    assert not failures()
    assert "table.relative_l2 (error): 12 of 24" in failures(
        table.assign(relative_l2=np.where(table["model"] == "bar", 1.001, 1) * table["relative_l2"])
    )
    assert "1 of 24 rows are gone, as 'case=separate, model=spring, estimator=finite-" in failures(table[1:])
    assert "column 'relative_l2' is gone" in failures(table.rename(columns={"relative_l2": "error"}))
    assert "column 'strain' is new" in failures(table.assign(strain=0.0))
    assert "summary: the table is gone" in failures(tables={"table": table})
    assert "statuses were [0] and are [3]" in failures(statuses=[3])
    assert "failures were [0] and are [1]" in failures(failures=[1])
    options = replace(options, allow_news=True)
    assert not failures(table.assign(strain=0.0))
    run = replace(run, set={**run.set, "models": ["bar"]})
    assert "set in runs.toml is not as recorded" in failures()


def test_bad_usage_is_refused(recorded: Path) -> None:
    """A name that is none, a run that ends badly, draws that are too few."""
    with pytest.raises(SystemExit, match="no run and no study 'transfr'"):
        chosen(RUNS, ["transfr"])
    wrong = replace(NOISY, set={**NOISY.set, "models": ["sprin"]})
    with pytest.raises(SystemExit, match=r"noisy cannot be recorded: femnn: .*did you mean 'spring'"):
        store(wrong, executed(wrong, 0), 0, recorded)
    few = replace(NOISY, set={**NOISY.set, "repeats": 3})
    with pytest.raises(SystemExit, match="3 draws are too few"):
        store(few, executed(few, 0), 0, recorded)


def test_settings_are_written_as_toml() -> None:
    value = {"node": 3, "on": True, "names": ["a b", "c"], "inner": {"x": 1e-3}}
    assert inline(value) == '{ node = 3, on = true, names = ["a b", "c"], inner = { x = 0.001 } }'


def test_a_table_without_columns_is_empty(tmp_path: Path) -> None:
    (tmp_path / "empty.csv").write_text("\n")
    assert read_csv(tmp_path / "empty.csv").empty
