"""The headline study: its published figures, its files and their columns, and that a kill costs nothing."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from mpi4py import MPI

from femnn.study.runner import run
from femnn.verification.published_cases import PUBLISHED_ERRORS, printed_gradients

COMM = MPI.COMM_WORLD
STUDY = Path(__file__).parents[2] / "studies" / "gradient-error"
GRAM_FORCE = 9.8e-3


def study(folder: Path, *assignments: str, resume: bool = False) -> Path:
    """Run the study with settings changed; gives the folder."""
    finished = run("gradient-error", list(assignments), folder, resume, COMM)
    assert not finished.failures
    return folder


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of both cases, both models and every estimator at the magnitudes of references and at exactly 5 gf."""
    folder = COMM.bcast(tmp_path_factory.mktemp("published"))
    forces = ", ".join([*(f"{grams} gf" for grams in PUBLISHED_ERRORS), "0.0049 gf", "0.049 gf", "0.49 gf", "5 gf"])
    return study(folder / "run", f"adjoint_forces={forces}", "models=spring,bar")


@pytest.fixture
def table(published: Path) -> pd.DataFrame:
    """Its errors."""
    return pd.read_csv(published / "table.csv")


@pytest.mark.parametrize("case", ["separate", "same"])
def test_gradients_of_springs_are_the_published_ones(published: Path, case: str) -> None:
    """With the adjoint force at exactly 5 gf every bond has the published gradient, to all printed digits."""
    gradients = pd.read_csv(published / "gradients.csv")
    rows = gradients[
        (gradients["case"] == case)
        & (gradients["model"] == "spring")
        & (gradients["estimator"] == "product")
        & np.isclose(gradients["adjoint_force"], 5 * GRAM_FORCE)
    ].sort_values(["node_p", "node_q"])
    assert [f"{value:.2e}" for value in rows["gradient"]] == printed_gradients(case)


@pytest.mark.parametrize(("grams", "expected"), PUBLISHED_ERRORS.items())
def test_errors_of_rotating_springs_are_the_published_ones(table: pd.DataFrame, grams: float, expected: float) -> None:
    """1 − Pearson of the linear forward field and the bars' adjoint field against the linear spring gradient."""
    rows = table[
        (table["case"] == "separate")
        & (table["model"] == "bar")
        & (table["estimator"] == "product-linear-forward")
        & (table["reference"] == "linear-spring")
        & np.isclose(table["adjoint_force"], grams * GRAM_FORCE)
    ]
    assert rows["one_minus_pearson"].item() == pytest.approx(expected, rel=1e-5)


def test_files_and_columns_are_those_of_the_contract(published: Path) -> None:
    """Others script against these names."""
    names = {
        "config.toml",
        "provenance.json",
        "table.csv",
        "gradients.csv",
        "results.nc",
        "summary.json",
        "report.html",
    }
    assert names <= {path.name for path in published.iterdir()}
    assert list((published / "figures").glob("*.png"))
    table = (
        "case model estimator reference adjoint_force repeat one_minus_pearson one_minus_cosine relative_l2 signs_right"
    )
    assert list(pd.read_csv(published / "table.csv").columns)[:10] == table.split()
    gradients = "case model estimator adjoint_force repeat bond node_p node_q gradient"
    assert list(pd.read_csv(published / "gradients.csv").columns)[:9] == gradients.split()
    provenance = json.loads((published / "provenance.json").read_text())
    assert {"femnn", "commit", "dolfinx", "petsc", "ranks", "seed", "wall_time_s"} <= set(provenance)
    assert provenance["ranks"] == COMM.size


def test_the_data_set_holds_what_the_tables_hold(published: Path, table: pd.DataFrame) -> None:
    """results.nc gives the same numbers by name, and the fields on the network's nodes."""
    with xr.open_dataset(published / "results.nc", engine="h5netcdf") as data:
        at = {"case": "same", "model": "bar", "estimator": "centred-product", "reference": "exact", "repeat": 0}
        rows = table[(table[list(at)] == pd.Series(at)).all(axis=1)]
        errors = data["relative_l2"].sel(at).sel(forward_force=20 * GRAM_FORCE, method="nearest")
        assert np.array_equal(errors.sel(adjoint_force=rows["adjoint_force"].to_numpy()), rows["relative_l2"])
        assert data["forward"].sel(node=1, case="same", model="bar").fillna(0).sum() == 0
        assert data["nodes"].attrs["units"] == "m"


def test_headline_figures_are_the_expected_ones(published: Path) -> None:
    """expected.json: errors of the linear spring gradient and of the estimators at 5 gf, and their orders."""
    expected = json.loads((STUDY / "expected.json").read_text())
    summary = json.loads((published / "summary.json").read_text())
    for name in ("linear_spring_gradient", "estimators"):
        keys = expected[name]["keys"]
        found = {tuple(entry[key] for key in keys): entry for entry in summary[name]}
        for row in expected[name]["rows"]:
            entry = found[tuple(row[key] for key in keys)]
            for quantity in set(row) - set(keys):
                assert entry[quantity] == pytest.approx(row[quantity], rel=1e-3), (row, quantity)


@pytest.mark.serial
def test_forward_forces_scale_the_data(comm_tmp_path: Path) -> None:
    """The floor of the product estimator grows with the forward load: 0.47, 2.3, 4.6, 9.0 % at 1, 5, 10, 20 gf."""
    folder = study(
        comm_tmp_path / "run",
        "cases=separate",
        "models=bar",
        "estimators=product",
        "references=exact",
        "adjoint_forces=0.001 gf",
        "forward_forces=1 gf, 5 gf, 10 gf, 20 gf",
    )
    floors = pd.read_csv(folder / "table.csv").set_index("forward_force")["relative_l2"]
    expected = {1: 0.0047, 5: 0.023, 10: 0.046, 20: 0.090}
    for grams, floor in expected.items():
        assert floors.loc[grams * GRAM_FORCE] == pytest.approx(floor, rel=0.03)


@pytest.fixture(scope="module")
def ladder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of all default models on a coarse mesh, at two strengths of which the beams do not carry the second."""
    folder = COMM.bcast(tmp_path_factory.mktemp("ladder"))
    return study(
        folder / "run",
        "cases=separate",
        "estimators=product,centred-product",
        "adjoint_forces=0.1 gf, 12 gf",
        "continuum-2d.cells_across=1",
    )


@pytest.mark.serial
def test_each_effect_is_told_from_the_others(ladder: Path) -> None:
    """Steps from springs to the solid; finite rotation moves the gradient as the linear spring gradient is off."""
    summary = json.loads((ladder / "summary.json").read_text())
    (bar,) = (entry for entry in summary["linear_spring_gradient"] if entry["model"] == "bar")
    assert summary["ladder"][0]["change"] == pytest.approx(bar["relative_l2"], rel=1e-9)
    expected = json.loads((STUDY / "expected.json").read_text())["ladder"]["rows"]
    for step, row in zip(summary["ladder"], (row for row in expected if row["case"] == "separate"), strict=True):
        # The mesh is coarser here than in the run that the figures are from
        allowed = 0.25 if "pads" in step["effect"] else 1e-3
        assert step["effect"] == row["effect"]
        assert [step[name] for name in ("change", "factor", "turned")] == pytest.approx(
            [row[name] for name in ("change", "factor", "turned")], rel=allowed
        )


@pytest.mark.serial
def test_what_buckles_is_said_and_what_no_state_bears_is_listed(ladder: Path) -> None:
    """Beams and solid buckle under the adjoint force reversed before 12 gf, where bars stand; the run goes on."""
    summary = json.loads((ladder / "summary.json").read_text())
    strength = {entry["model"]: entry.get("strength") for entry in summary["buckling"]}
    assert strength["bar"] is None
    assert 5 * GRAM_FORCE < strength["continuum-2d"] < strength["beam"] < 12 * GRAM_FORCE
    lost = pd.read_csv(ladder / "ends.csv")
    table = pd.read_csv(ladder / "table.csv")
    beyond = lost[lost["model"].isin(["beam", "continuum-2d"])]
    flagged = table[~table["stable"] & table["model"].isin(["beam", "continuum-2d"])]
    assert set(beyond["model"]) | set(flagged["model"]) == {"beam", "continuum-2d"}
    assert np.isclose(beyond["adjoint_force"], 12 * GRAM_FORCE).all()
    assert not summary["failures"]


@pytest.mark.serial
def test_stability_that_an_iterative_solver_cannot_tell_is_not_claimed(comm_tmp_path: Path) -> None:
    """No row is called stable, not those of the exact gradient and of differences either, and the findings say so."""
    iterative = [f"solver.options.femnn_forward_{o}" for o in ("ksp_type=cg", "pc_type=jacobi")]
    settings = ("cases=separate", "models=bar", "references=exact", "adjoint_forces=1 gf, 5 gf", "buckling=[]")
    folder = study(comm_tmp_path / "run", *settings, "estimators=adjoint,product,central-difference", *iterative)
    table = pd.read_csv(folder / "table.csv")
    assert len(table) == 6
    assert table["stable"].isna().all()
    assert table[table["estimator"] == "central-difference"]["relative_l2"].max() < 1e-6
    told = [line for line in json.loads((folder / "summary.json").read_text())["findings"] if "Stability" in line]
    assert len(told) == 1
    assert told[0].startswith("Stability of the states is not known with solver 'direct'")
    assert "in 6 of 6 rows" in told[0]


def test_states_are_written_for_paraview(comm_tmp_path: Path) -> None:
    """One file for the forward state and one for the adjoint force alone, of every model, by all ranks together."""
    settings = ("cases=separate", "models=spring,beam", "estimators=product", "adjoint_forces=1 gf", "buckling=[]")
    folder = study(comm_tmp_path / "run", *settings, "write_states=true")
    expected = {f"separate-{model}-{state}.bp" for model in ("spring", "beam") for state in ("forward", "adjoint")}
    assert {path.name for path in (folder / "states").iterdir()} == expected


NOISY = (
    "cases=separate",
    "models=spring,bar",
    "estimators=product, centred-product, nudged",
    "adjoint_forces=1 gf, 5 gf",
    "noise=5 um",
)


@pytest.mark.serial
def test_noise_is_drawn_anew_for_every_repeat_and_the_same_for_every_run(comm_tmp_path: Path) -> None:
    """Repeats differ, runs with one seed agree to the last bit, runs with another seed do not."""
    tables = [
        (study(comm_tmp_path / name, *NOISY, "repeats=3", f"seed={seed}") / "table.csv").read_text()
        for name, seed in (("a", 1), ("b", 1), ("c", 2))
    ]
    assert tables[0] == tables[1] != tables[2]
    table = pd.read_csv(comm_tmp_path / "a" / "table.csv")
    keys = ["model", "estimator", "reference", "adjoint_force"]
    assert (table.groupby(keys)["relative_l2"].nunique() == 3).all()


@pytest.mark.serial
def test_a_killed_run_resumes_with_the_same_result(tmp_path: Path) -> None:
    """Killed at an arbitrary point and resumed, a noisy run ends with the tables of one that was left alone."""
    settings = [*NOISY, "repeats=40"]
    whole = study(tmp_path / "whole", *settings)
    killed = tmp_path / "killed"
    command = [sys.executable, "-m", "femnn.cli", "run", "gradient-error", "--out", str(killed)]
    command += [part for setting in settings for part in ("--set", setting)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, env=os.environ)
    checkpoint = killed / "checkpoint.jsonl"
    while process.poll() is None and not (checkpoint.exists() and checkpoint.read_text().count("\n") > 2):
        time.sleep(0.001)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    assert not (killed / "table.csv").exists()
    with checkpoint.open("a") as file:
        file.write('{"point": {"case": "separ')  # what a kill in the middle of a write leaves
    study(killed, *settings, resume=True)
    for name in ("table.csv", "gradients.csv"):
        assert (killed / name).read_bytes() == (whole / name).read_bytes()


@pytest.mark.serial
@pytest.mark.parametrize(
    "damage",
    [b"not json", b"[1]", b'{"a": 1}', b"\xff\xfe", b'{"point": {}, "outcome": {}, "generator": {}}', b""],
    ids=["no JSON", "a list", "other keys", "no text", "another point", "empty"],
)
def test_a_damaged_checkpoint_loses_what_follows_and_nothing_else(tmp_path: Path, damage: bytes) -> None:
    """Points after a damaged line are measured again, with the random numbers that they had."""
    folder = study(tmp_path / "run", *NOISY)
    table, checkpoint = (folder / "table.csv").read_bytes(), folder / "checkpoint.jsonl"
    lines = checkpoint.read_bytes().split(b"\n")
    lines[3] = damage
    checkpoint.write_bytes(b"\n".join(lines))
    study(folder, *NOISY, resume=True)
    assert (folder / "table.csv").read_bytes() == table


@pytest.mark.serial
def test_a_checkpoint_of_other_settings_is_refused(comm_tmp_path: Path) -> None:
    """Resuming with another seed is an error, not a mixture of two runs."""
    study(comm_tmp_path / "run", *NOISY)
    with pytest.raises(Exception, match="other settings"):
        study(comm_tmp_path / "run", *NOISY, "seed=5", resume=True)


@pytest.mark.serial
def test_a_resolved_configuration_runs_again(comm_tmp_path: Path) -> None:
    """config.toml of a run is a settings file that gives the same tables."""
    first = study(comm_tmp_path / "first", *NOISY)
    run(str(first / "config.toml"), [], comm_tmp_path / "second", False, COMM)
    assert (first / "table.csv").read_text() == (comm_tmp_path / "second" / "table.csv").read_text()
