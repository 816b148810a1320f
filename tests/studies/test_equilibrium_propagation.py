"""Equilibrium propagation against in situ gradients: what is counted, the errors, and that bad settings are refused."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from mpi4py import MPI

from femnn.errors import ConfigError
from femnn.study.runner import run
from femnn.training.batch_evaluator import Batch, BatchEvaluator
from femnn.training.task import Task

# What ranks share is tested in tests/learning and in test_classification.py
pytestmark = pytest.mark.serial

COMM = MPI.COMM_WORLD
STUDY = Path(__file__).parents[2] / "studies" / "equilibrium-propagation"
NAME = "equilibrium-propagation"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of a few steps, whose errors and costs at the start are those of the default."""
    path = COMM.bcast(tmp_path_factory.mktemp("propagation")) / "run"
    assert not run(NAME, ["training.epochs=2", "repeats=3"], path, False, COMM).failures
    return path


@pytest.fixture
def table(folder: Path) -> pd.DataFrame:
    """Errors and costs."""
    return pd.read_csv(folder / "table.csv")


def test_equilibria_are_those_that_the_estimators_look_at(table: pd.DataFrame) -> None:
    """Two for a product, three for what is centred, one more than there are bonds for finite differences."""
    counts = {
        "product": 2, "superposed-product": 2, "centred-product": 3, "nudged": 2, "nudged-centred": 3,
        "finite-difference": 29,
    }  # fmt: skip
    for source, rows in table[table["source"] != "adjoint"].groupby("source"):
        assert (rows["equilibria"] == counts[source]).all(), source
        # Three samples, two steps
        assert (rows["total_equilibria"] == 6 * counts[source]).all(), source
    nudged = table["source"].str.startswith("nudged")
    assert (table["solves"][nudged] > table["equilibria"][nudged]).all()
    assert (table["solves"][~nudged] == table["equilibria"][~nudged]).all()


def test_errors_at_the_start_are_the_expected_ones(table: pd.DataFrame) -> None:
    """expected.json: without noise; products of springs are exact."""
    expected = json.loads((STUDY / "expected.json").read_text())
    exact = table[table["noise"] == 0].set_index(["model", "source"])["relative_l2"]
    assert (exact["spring"][["product", "superposed-product", "centred-product"]] < 1e-12).all()
    assert exact["bar"]["centred-product"] < exact["bar"]["superposed-product"] < exact["bar"]["product"]
    for model, errors in expected["relative_l2"].items():
        for source, error in errors.items():
            assert exact[model][source] == pytest.approx(error, rel=1e-3), (model, source)


def test_noise_spoils_every_measured_gradient(table: pd.DataFrame) -> None:
    """The error with noise is larger than without it."""
    wide = table.pivot(index=["model", "source"], columns="noise", values="relative_l2").dropna()
    assert len(wide) == 12
    assert (wide[5e-6] > wide[0.0]).all()


def test_losses_fall_at_the_cost_that_is_counted(folder: Path) -> None:
    """Every source but none beyond its noise trains; equilibria grow in proportion to the steps."""
    history = pd.read_csv(folder / "history.csv")
    for (model, noise, source), rows in history.groupby(["model", "noise", "source"]):
        assert rows["training_loss"].iloc[-1] < rows["training_loss"].iloc[0], (model, noise, source)
        np.testing.assert_allclose(rows["equilibria"], rows["step"] * rows["equilibria"].iloc[-1] / 2)
    with xr.open_dataset(folder / "results.nc", engine="h5netcdf") as data:
        assert data["training_loss"].sizes["step"] == 3
    assert (folder / "skipped.csv").exists()
    drawn = {path.stem for path in (folder / "figures").glob("*.png")}
    assert drawn == {"loss-by-equilibria", "loss-by-step", "cost-and-error", "lattice", "fields"}


def test_a_smaller_beta_makes_nudging_more_exact(comm_tmp_path: Path) -> None:
    """One-sided in proportion to β, centred to its square."""
    errors = []
    for beta in (1.0, 0.1):
        settings = ("models=spring", "noises=0", "sources=nudged, nudged-centred", "training.epochs=0", f"beta={beta}")
        folder = comm_tmp_path / f"{beta}"
        assert not run(NAME, list(settings), folder, False, COMM).failures
        errors.append(pd.read_csv(folder / "table.csv").set_index("source")["relative_l2"])
    orders = np.log10(errors[0] / errors[1])
    assert orders["nudged"] == pytest.approx(1, abs=0.1)
    assert orders["nudged-centred"] == pytest.approx(2, abs=0.1)


def test_repeats_have_noise_of_their_own(comm_tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No sample is measured with the same random numbers twice, before training or in it."""
    asked: list[tuple[int, ...]] = []
    measure = BatchEvaluator.gradients

    def recorded(evaluator: BatchEvaluator, task: Task, samples: np.ndarray, step: int) -> Batch:
        asked.extend((step, sample) for sample in samples.tolist())
        return measure(evaluator, task, samples, step)

    monkeypatch.setattr(BatchEvaluator, "gradients", recorded)
    settings = ("models=spring", "sources=product", "noises=0.005 mm", "repeats=3", "training.epochs=2")
    assert not run(NAME, [*settings, "training.batch=2"], comm_tmp_path / "run", False, COMM).failures
    # The exact gradient, three repeats and two epochs of three samples
    measured = asked[3:]
    assert len(measured) == len(set(measured)) == 15


def test_a_run_reports_what_has_no_equilibrium(comm_tmp_path: Path) -> None:
    """Loads under which no bar is stable: a report of nothing but failures."""
    settings = ("models=bar", "task.largest_force=1e9 gf", "sources=adjoint, product", "noises=0")
    finished = run(NAME, list(settings), comm_tmp_path / "run", False, COMM)
    assert len(finished.failures) == 2
    assert "model bar" in finished.failures[0]
    assert finished.report.exists()
    assert pd.read_csv(comm_tmp_path / "run" / "table.csv").empty


def test_samples_without_an_equilibrium_are_left_out(comm_tmp_path: Path) -> None:
    """Of the first gradient as of the training; skipped.csv names them."""
    settings = ("models=bar", "task.largest_force=200 gf", "sources=product", "noises=0", "training.epochs=1")
    assert not run(NAME, list(settings), comm_tmp_path / "run", False, COMM).failures
    row = pd.read_csv(comm_tmp_path / "run" / "table.csv").iloc[0]
    assert 0 < row["relative_l2"] < 0.2
    assert row["equilibria"] == 2
    assert set(pd.read_csv(comm_tmp_path / "run" / "skipped.csv")["sample"]) == {1}
    findings = json.loads((comm_tmp_path / "run" / "summary.json").read_text())["findings"]
    assert any("skipped.csv" in line for line in findings)


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("sources=nudge", "did you mean 'nudged'"),
        ("noises=-1 um", "cannot be below 0"),
        ("beta=0", "beta"),
        ('training.optimiser={name="lbfgs"}', "searches along lines"),
        ("training.gradient=product", "training.gradient"),
        ("repeats=0", "repeats"),
    ],
)
def test_bad_settings_are_refused(comm_tmp_path: Path, setting: str, message: str) -> None:
    """By name, and before anything is written."""
    with pytest.raises(ConfigError, match=message):
        run(NAME, [setting], comm_tmp_path / "run", False, COMM)
    assert not (comm_tmp_path / "run").exists()
