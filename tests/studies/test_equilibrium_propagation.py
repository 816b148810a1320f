"""Equilibrium propagation against in situ gradients: what is counted, the errors, and that bad settings are refused."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from mpi4py import MPI

from femnn.errors import ConfigError
from femnn.running import run

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
    assert {"loss-by-equilibria.png", "loss-by-step.png", "cost-and-error.png"} <= {
        path.name for path in (folder / "figures").iterdir()
    }


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
