"""The study of retraining: what comes back after another task and after damage, and what is refused."""

import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from mpi4py import MPI

from femnn.config.toml_files import read_toml
from femnn.errors import ConfigError, FemnnError, MechanismError
from femnn.network_files.specification import load_network
from femnn.study import checkpoint
from femnn.study.loading import load_study, read_settings
from femnn.study.points import every_need
from femnn.study.runner import run

# What ranks share is tested in tests/learning and in test_classification.py
pytestmark = pytest.mark.serial

COMM = MPI.COMM_WORLD
STUDY = Path(__file__).parents[2] / "studies" / "retraining"
GIVEN = "13–14 given"
SHORT = [
    "runs=1",
    'switchings=["target that the printed widths allow"]',
    f"damages={GIVEN}",
    f"damage.{GIVEN}.runs=2",
    "training.evaluate_every=50",
    "regression_training.epochs=100",
]
NONE = ["switchings=[]"]
SWITCHINGS = ["published target, wider widths", "target that the printed widths allow"]


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of one switching with a short regression, and of one damage."""
    folder = COMM.bcast(tmp_path_factory.mktemp("retraining")) / "run"
    assert not run("retraining", SHORT, folder, False, COMM).failures
    return folder


@pytest.fixture
def table(finished: Path) -> pd.DataFrame:
    """Its accuracies by seed and stage."""
    return pd.read_csv(finished / "table.csv").set_index(["name", "seed", "stage"]).sort_index()


def test_the_headline_figures_are_the_expected_ones(table: pd.DataFrame) -> None:
    """Accuracies of the first seeds, those of the whole run in expected.json; the regression is shorter here."""
    expected = json.loads((STUDY / "expected.json").read_text())
    compared = 0
    for row in expected["rows"]:
        key = (row["name"], row["seed"], row["stage"])
        if key not in table.index or row["stage"] in ("regression", "forgotten", "again"):
            continue
        # One sample of 105 or of 45 more or less
        assert table.loc[key, "training_accuracy"] == pytest.approx(row["training_accuracy"], abs=0.011)
        assert table.loc[key, "test_accuracy"] == pytest.approx(row["test_accuracy"], abs=0.025)
        compared += 1
    assert compared == 7


def test_the_first_accuracy_is_regained_after_the_regression(table: pd.DataFrame) -> None:
    """Within 0.02, and though the regression has moved the stiffness."""
    stages = table.loc["target that the printed widths allow"].loc[0]
    assert stages.loc["regression", "training_accuracy"] > 0.97
    for part in ("training", "test"):
        assert stages.loc["again", f"{part}_accuracy"] >= stages.loc["first", f"{part}_accuracy"] - 0.02


def test_damage_is_learnt_round(table: pd.DataFrame) -> None:
    """Without bond 13–14 accuracy is below 0.60, and 0.85 or more after retraining, in the mean of two seeds."""
    stages = table.loc[GIVEN].groupby("stage")[["training_accuracy", "test_accuracy"]].mean()
    assert (stages.loc["damaged", ["training_accuracy", "test_accuracy"]] < 0.60).all()
    assert (stages.loc["retrained", ["training_accuracy", "test_accuracy"]] >= 0.85).all()


def test_the_stiffness_is_what_is_carried_over(finished: Path) -> None:
    """The network without the bond begins with the losses of the trained one's other bonds, and keeps 27 of 28."""
    stiffness = pd.read_csv(finished / "stiffness.csv")
    mine = stiffness[(stiffness["name"] == GIVEN) & (stiffness["seed"] == 0)]
    bonds = {stage: set(rows["bond"]) for stage, rows in mine.groupby("stage")}
    assert bonds["trained"] - bonds["retrained"] == {"13–14"}
    assert (len(bonds["trained"]), len(bonds["retrained"])) == (28, 27)
    lower, upper = (bounds.min() for bounds in load_network("li2024").stiffness_bounds)
    assert mine["stiffness"].between(lower * (1 - 1e-9), upper * (1 + 1e-9)).all()


def test_files_are_those_of_a_run(finished: Path, table: pd.DataFrame) -> None:
    """The data set holds what the table holds; the figures show every switching and damage."""
    with xr.open_dataset(finished / "results.nc", engine="h5netcdf") as data:
        point = {"kind": "damage", "name": GIVEN, "model": "spring", "seed": 0, "stage": "retrained"}
        assert float(data["test_accuracy"].sel(point)) == table.loc[(GIVEN, 0, "retrained"), "test_accuracy"]
        assert np.isnan(data["stiffness"].sel(point | {"bond": "13–14"}))
    figures = {path.stem for path in (finished / "figures").glob("*.png")}
    confusions = {"confusion-switching-1-spring", "confusion-damage-1-spring"}
    assert figures == {"stages-1-spring", "lattices-1-spring", "recovery", "damage-1-spring", "fields", *confusions}


def test_confusion_matrices_agree_with_the_accuracies(finished: Path, table: pd.DataFrame) -> None:
    """Of the test samples, stage by stage: one seed of the switching and two of the damage."""
    values = read_toml(finished / "config.toml")
    values.pop("study")
    points = list(load_study(STUDY).settings(values, "config.toml").points())
    records = checkpoint.read(finished, checkpoint.fingerprints(finished)[0], every_need(points))
    compared = 0
    for point in points:
        for stage, matrix in records[point.key].values["confusion"].items():
            accuracy = table.loc[(point["name"], point["seed"], stage), "test_accuracy"]
            assert np.sum(matrix) == 45
            assert np.trace(matrix) / 45 == pytest.approx(accuracy, abs=1e-12)
            compared += 1
    assert compared == 8


def test_points_share_a_classifier_where_it_is_the_same() -> None:
    """Ports, widths, optimiser, model and seed tell them apart, and not the name of a damage."""
    _, values, where = read_settings("retraining", ["runs=2", f"damage.{GIVEN}.runs=2"])
    values["damage"]["7–11 and 13–14 given"]["optimiser"] = {"name": "adam", "learning_rate": 0.02}
    needs = {}
    for point in load_study(STUDY).settings(values, where).points():
        (need,) = point.needs
        needs[point["name"], point["seed"]] = need.key
    assert needs[GIVEN, 1] == needs["one at random", 1] == needs["most important by removal", 1]
    assert needs[GIVEN, 0] != needs[GIVEN, 1]
    own = {needs[name, 0] for name in (GIVEN, "7–11 and 13–14 given", *SWITCHINGS)}
    assert len(own) == 4


# Every load is given up at its first step: a force of 50 N has no equilibrium that bars would be led to
FAILING = [
    "models=bar",
    "classification.largest_force=5000 gf",
    "training.epochs=1",
    "training.batch=1",
    "training.on_failure=stop",
    "loading.most_attempts=1",
]


def test_a_run_in_which_nothing_converges_is_reported(comm_tmp_path: Path) -> None:
    """Each point is a failure by name, and the report is written."""
    ended = run("retraining", [*SHORT, *FAILING], comm_tmp_path / "run", False, COMM)
    assert len(ended.failures) == 3
    assert all("no equilibrium" in failure for failure in ended.failures)
    assert ended.report.exists()
    assert pd.read_csv(comm_tmp_path / "run" / "table.csv").empty
    assert not list((comm_tmp_path / "run" / "figures").glob("*.png"))


RULES = ["one at random", "most important by removal", "most important by gradient"]
BRIEF = [*NONE, "runs=1", "training.epochs=2", f"damages={','.join(RULES)}"]


@pytest.fixture(scope="module")
def brief(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of the rules, hardly trained."""
    folder = COMM.bcast(tmp_path_factory.mktemp("rules")) / "run"
    assert not run("retraining", BRIEF, folder, False, COMM).failures
    return folder


def test_rules_choose_bonds_that_leave_the_network_standing(brief: Path) -> None:
    """None of the two without which it is a mechanism; by removal, no other bond costs more."""
    table = pd.read_csv(brief / "table.csv").set_index(["name", "stage"])
    damaged = table.xs("damaged", level="stage")
    assert set(damaged.index) == set(RULES)
    assert not damaged["removed"].isin(["1–6", "5–9"]).any()
    assert damaged["training_loss"].idxmax() == "most important by removal"
    # The three networks were one and the same before
    assert table.xs("trained", level="stage")["training_loss"].nunique() == 1


@pytest.mark.serial
def test_a_run_that_is_cut_off_goes_on_with_the_same_result(brief: Path, comm_tmp_path: Path) -> None:
    """The classification is trained again for the point that is left."""
    cut = comm_tmp_path / "cut"
    shutil.copytree(brief, cut)
    kept = cut / "checkpoint.jsonl"
    lines = kept.read_bytes().splitlines(keepends=True)
    # Without the classifier, which stands first, and without the last point
    kept.write_bytes(b"".join([lines[0], *lines[2:-1]]))
    run("retraining", BRIEF, cut, True, COMM)
    assert (cut / "table.csv").read_bytes() == (brief / "table.csv").read_bytes()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ([*NONE, "damages=[]"], "there is nothing to run"),
        (["damages=13–14 gven"], "there is no damage '13–14 gven'; did you mean"),
        ([*NONE, f"damages={GIVEN}", f"damage.{GIVEN}.count=2"], 'rule "given" needs bonds and no count'),
        ([*NONE, f"damages={GIVEN}", f"damage.{GIVEN}.ports=hangng"], "no ports 'hangng'; did you mean 'hanging'"),
        ([*NONE, f"damages={GIVEN}", f"damage.{GIVEN}.bonds=[[1, 14]]"], "there is no bond 1–14"),
        ([*NONE, f"damages={GIVEN}", f"damage.{GIVEN}.bonds=[[13, 14], [14, 13]]"], "13–14 is removed twice"),
        ([*NONE, "damages=one at random", "damage.one at random.count=5"], "without more than 4 it is a mechanism"),
        ([*NONE, "damages=most important by removal", "models=beam"], "or judge bonds by the gradient"),
        ([*NONE, f"damages={GIVEN}", f'damage.{GIVEN}.optimiser={{name="lbfgs"}}'], "lbfgs needs all samples at every"),
        (["switching.published target, wider widths.width_bounds=[0.003, 0.001]"], "the smallest width, above 0"),
        (["switching.published target, wider widths.width_bounds=[0.003, 0.004]"], "outside the bounds of the widths"),
    ],
)
def test_bad_settings_are_refused(comm_tmp_path: Path, settings: list[str], message: str) -> None:
    """By a named error, before anything is written."""
    with pytest.raises(FemnnError, match=message):
        run("retraining", settings, comm_tmp_path / "run", False, COMM)
    assert not (comm_tmp_path / "run").exists()


def test_a_given_list_that_leaves_a_mechanism_is_refused(comm_tmp_path: Path) -> None:
    """The message names the node that would hang loose."""
    bonds = f"damage.{GIVEN}.bonds=[[10, 13], [11, 13]]"
    with pytest.raises(MechanismError, match="without 10–13, 11–13: a mechanism: node 13"):
        run("retraining", [*NONE, f"damages={GIVEN}", bonds], comm_tmp_path / "run", False, COMM)


def test_an_unknown_rule_is_refused(comm_tmp_path: Path) -> None:
    """With those that there are."""
    with pytest.raises(ConfigError, match="'given', 'random' or 'most-important'"):
        run("retraining", [f"damage.{GIVEN}.rule=worst"], comm_tmp_path / "run", False, COMM)
