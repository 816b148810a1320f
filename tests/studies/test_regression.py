"""Regression: the published losses, what widths allow, and that bad settings are refused."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from mpi4py import MPI

from femnn.errors import ConfigError, NetworkError
from femnn.study.runner import run

# What ranks share is tested in tests/learning and in test_classification.py
pytestmark = pytest.mark.serial

COMM = MPI.COMM_WORLD
STUDY = Path(__file__).parents[2] / "studies" / "regression"
WIDER = 'variants=["wider, L-BFGS"]'


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run by L-BFGS alone, with both ends of the range of widths."""
    path = COMM.bcast(tmp_path_factory.mktemp("regression")) / "run"
    finished = run("regression", [WIDER, "reach=0.25, 0.5", "training.evaluate_every=10"], path, False, COMM)
    assert not finished.failures
    return path


@pytest.fixture
def table(folder: Path) -> pd.DataFrame:
    """Its final losses."""
    return pd.read_csv(folder / "table.csv")


@pytest.fixture
def expected() -> dict[str, float]:
    """Headline figures."""
    return json.loads((STUDY / "expected.json").read_text())


def test_every_seed_reaches_the_published_loss_of_exact_targets(table: pd.DataFrame) -> None:
    """The mean over the training samples is below 3.75e-10, and new samples are answered as well."""
    exact = table[table["noise"] == 0]
    assert len(exact) == 5
    assert (exact["training_loss"] <= 3.75e-10).all()
    assert (exact["test_loss"] <= 3.75e-10).all()


def test_with_errors_of_the_targets_the_published_loss_is_that_of_the_errors(
    table: pd.DataFrame, expected: dict[str, float]
) -> None:
    """Divided as published, the mean over seeds is 1.73e-8 or less, near ½·4 outputs·(1e-4 m)²·70/80 = 1.75e-8."""
    noisy = table[table["noise"] == 1e-4]
    assert noisy["loss_as_published"].mean() <= 1.73e-8
    assert noisy["loss_as_published"].mean() == pytest.approx(expected["loss_as_published"], rel=1e-3)
    np.testing.assert_allclose(noisy["loss_as_published"], noisy["training_loss"] * 70 / 80)
    # A force on each sample and some thirty parameters can fit but little of the errors
    assert (noisy["training_loss"] < noisy["loss_of_errors"]).all()
    assert (noisy["training_loss"] > 0.95 * noisy["loss_of_errors"]).all()


def test_no_springs_of_the_published_widths_reach_the_published_loss(folder: Path, expected: dict[str, float]) -> None:
    """Within ±25 % the proved bound and the best found are above it; within ±50 % nothing is in the way."""
    narrow, wide = pd.read_csv(folder / "reach.csv").sort_values("share").to_dict("records")
    assert 3.75e-10 < narrow["unreachable"] < narrow["found"]
    assert narrow["unreachable"] == pytest.approx(expected["unreachable"], rel=1e-3)
    assert narrow["found"] == pytest.approx(expected["found"], rel=1e-3)
    assert wide["unreachable"] == 0
    assert wide["found"] < 1e-18


def test_the_bound_holds_for_any_stiffness_within_the_widths(comm_tmp_path: Path, folder: Path) -> None:
    """Trained by the published optimiser, springs of the published widths stay above the bound."""
    settings = ('variants=["published widths"]', "noises=0", "runs=1", "reach=0.25", "training.epochs=40")
    assert not run("regression", list(settings), comm_tmp_path / "run", False, COMM).failures
    table = pd.read_csv(comm_tmp_path / "run" / "table.csv")
    bound = pd.read_csv(comm_tmp_path / "run" / "reach.csv")["unreachable"].item()
    assert bound < table["training_loss"].item() < 1.2e-7
    stiffness = pd.read_csv(comm_tmp_path / "run" / "stiffness.csv")
    assert stiffness["width"].between(1.5e-3, 2.5e-3).all()
    assert stiffness["width"].std() > 1e-4


def test_the_published_optimiser_reaches_the_loss_with_wider_widths(comm_tmp_path: Path) -> None:
    """Adam as published, of one seed, within 200 of the 5000 epochs."""
    settings = ('variants=["wider widths"]', "noises=0", "runs=1", "reach=", "training.epochs=200")
    assert not run("regression", list(settings), comm_tmp_path / "run", False, COMM).failures
    assert pd.read_csv(comm_tmp_path / "run" / "table.csv")["training_loss"].item() <= 3.75e-10


def test_files_are_those_that_others_script_against(folder: Path) -> None:
    """Tables, data set, figures and findings."""
    predictions = pd.read_csv(folder / "predictions.csv")
    assert set(predictions["stage"]) == {"before", "trained"}
    assert len(predictions) == 2 * 5 * 2 * 30 * 4
    exact = predictions[(predictions["stage"] == "trained") & (predictions["noise"] == 0)]
    np.testing.assert_allclose(exact["displacement"], exact["wanted"], atol=1e-8)
    with xr.open_dataset(folder / "results.nc", engine="h5netcdf") as data:
        assert data["training_loss"].sizes == {"variant": 1, "noise": 2, "model": 1, "run": 5}
        assert data["stiffness"].attrs["units"] == "N/m"
    assert {"losses.png", "predictions.png", "reach.png", "fields.png"} <= {
        path.name for path in (folder / "figures").iterdir()
    }
    assert any("proved" in line for line in json.loads((folder / "summary.json").read_text())["findings"])


def test_a_training_is_animated_on_request(comm_tmp_path: Path) -> None:
    """One file for the first seed of each kind; the frames are those of the evaluations."""
    settings = (WIDER, "noises=0", "runs=2", "reach=", "training.epochs=2")
    assert not run("regression", [*settings, "animation=gif"], comm_tmp_path / "run", False, COMM).failures
    (file,) = (comm_tmp_path / "run" / "animations").iterdir()
    assert file.name == "wider, L-BFGS-0.0-spring.gif"
    assert file.read_bytes().startswith(b"GIF8")


def test_variants_of_similar_names_are_trained_apart(comm_tmp_path: Path) -> None:
    """What one of them has reached is not taken for the other's."""
    variants = (
        'variant={"fast 1"={optimiser={name="adam", learning_rate=0.1}}, '
        '"fast-1"={optimiser={name="adam", learning_rate=0.01}}}'
    )
    settings = ("variants=fast 1, fast-1", variants, "noises=0", "runs=1", "reach=", "training.epochs=2")
    assert not run("regression", list(settings), comm_tmp_path / "run", False, COMM).failures
    first, second = pd.read_csv(comm_tmp_path / "run" / "table.csv")["training_loss"]
    assert first != second


def test_test_samples_may_be_left_out(comm_tmp_path: Path) -> None:
    """Figures and findings are then of the training samples alone."""
    settings = (WIDER, "task.test_share=0", "noises=0", "runs=1", "reach=", "published.losses=[]", "training.epochs=3")
    finished = run("regression", list(settings), comm_tmp_path / "run", False, COMM)
    assert not finished.failures
    assert pd.read_csv(comm_tmp_path / "run" / "predictions.csv").empty
    assert pd.read_csv(comm_tmp_path / "run" / "table.csv")["test_loss"].isna().all()
    assert "nan" not in " ".join(json.loads((comm_tmp_path / "run" / "summary.json").read_text())["findings"])
    drawn = {path.stem for path in (comm_tmp_path / "run" / "figures").iterdir()}
    assert "losses" in drawn
    assert "predictions" not in drawn


def test_a_run_reports_what_has_no_equilibrium(comm_tmp_path: Path) -> None:
    """Loads under which no bar is stable: a report of nothing but failures."""
    settings = (
        WIDER, "models=bar", "task.largest_force=1e9 gf", "task.count=4", "noises=0", "runs=1", "reach=",
    )  # fmt: skip
    finished = run("regression", list(settings), comm_tmp_path / "run", False, COMM)
    assert len(finished.failures) == 1
    assert "model bar" in finished.failures[0]
    assert finished.report.exists()
    assert pd.read_csv(comm_tmp_path / "run" / "table.csv").empty


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ('variants=["wider width"]', "did you mean 'wider widths'"),
        ("noises=-1 mm", "cannot be below 0"),
        ("task.noise=1 mm", "in noises"),
        ("runs=0", "runs"),
        ("reach=1.5", "reach"),
        ("animation=avi", "animation"),
        ('variant={"wider, L-BFGS"={width_bounds=["3 mm", "1 mm"]}}', "smallest width"),
        ('variant={"wider, L-BFGS"={optimizer={name="lbfgs"}}}', "optimiser"),
    ],
)
def test_bad_settings_are_refused(comm_tmp_path: Path, setting: str, message: str) -> None:
    """By name, and before anything is written."""
    with pytest.raises(ConfigError, match=message):
        run("regression", [WIDER, setting], comm_tmp_path / "run", False, COMM)
    assert not (comm_tmp_path / "run").exists()


def test_widths_that_the_bonds_do_not_have_are_refused(comm_tmp_path: Path) -> None:
    """Bounds that leave out the network's own widths."""
    bounds = 'variant={"wider, L-BFGS"={width_bounds=["2.5 mm", "3 mm"]}}'
    with pytest.raises(NetworkError, match=r"bond 1.2 is 2 mm wide"):
        run("regression", [WIDER, bounds], comm_tmp_path / "run", False, COMM)
    assert not (comm_tmp_path / "run").exists()
