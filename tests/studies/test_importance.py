"""The study of importance: its headline figures, Maxwell's count, and what it refuses."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from mpi4py import MPI

from femnn.errors import ConfigError
from femnn.network import rigidity
from femnn.network_files.specification import load_network
from femnn.study.runner import run

# What ranks share is tested in tests/learning and in test_classification.py
pytestmark = pytest.mark.serial

COMM = MPI.COMM_WORLD
STUDY = Path(__file__).parents[2] / "studies" / "importance"


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of two seeds."""
    folder = COMM.bcast(tmp_path_factory.mktemp("importance")) / "run"
    assert not run("importance", ["runs=2"], folder, False, COMM).failures
    return folder


def test_the_headline_figures_are_the_expected_ones(finished: Path) -> None:
    """Those of the folder, of the first two seeds."""
    expected = json.loads((STUDY / "expected.json").read_text())
    summary = json.loads((finished / "summary.json").read_text())
    assert summary["states_of_self_stress"] == expected["states_of_self_stress"]
    found = {row["pruning"]: row for row in summary["prunings"]}
    assert set(found) == {row["pruning"] for row in expected["prunings"]}
    for row in expected["prunings"]:
        mine = found[row["pruning"]]
        np.testing.assert_allclose(mine["accuracy"], row["accuracy"], atol=0.02)
        np.testing.assert_allclose(mine["smallest_eigenvalue"], row["smallest_eigenvalue"], rtol=1e-3)


def test_every_pruning_ends_where_maxwell_says(finished: Path) -> None:
    """Four bonds can go, and the fifth leaves one zero mode that moves the nodes that are told."""
    network = load_network("li2024")
    steps, ends = (pd.read_csv(finished / name) for name in ("pruning.csv", "mechanisms.csv"))
    names = [network.bond_name(bond) for bond in range(len(network.bonds))]
    for _, end in ends.iterrows():
        mine = steps[(steps["pruning"] == end["pruning"]) & (steps["seed"] == end["seed"])]
        assert len(mine) == end["gone"] == 5
        gone = [names.index(bond) for bond in (*mine["bond"].dropna(), end["bond"])]
        bonds = np.delete(network.bonds, gone, axis=0)
        assert len(bonds) == 23
        assert len(rigidity.zero_modes(network.nodes, bonds, network.fixed)) == end["zero_modes"] == 1
        floppy = network.labels[rigidity.floppy_nodes(network.nodes, bonds, network.fixed)]
        assert " ".join(map(str, floppy)) == str(end["floppy"])


def test_a_network_never_stiffens_as_it_loses_bonds(finished: Path) -> None:
    """K without a bond is smaller; retraining, which changes the stiffness of the others, is left out."""
    steps = pd.read_csv(finished / "pruning.csv")
    plain = steps[~steps["pruning"].str.contains("retrained")]
    for _, rows in plain.groupby(["pruning", "seed"]):
        assert (np.diff(rows["smallest_eigenvalue"]) <= 1e-9).all()
    assert (steps["smallest_eigenvalue"] > 1).all()
    assert (steps["zero_modes"] == 0).all()


def test_the_least_important_bond_is_the_first_to_go(finished: Path) -> None:
    """Orders follow the rise of the loss, and what pruning loses agrees with it."""
    table, steps = pd.read_csv(finished / "table.csv"), pd.read_csv(finished / "pruning.csv")
    for seed, rows in table.groupby("seed"):
        rises = rows.set_index("bond")["rise_of_loss"].dropna()
        for pruning, bond in (("least important first", rises.idxmin()), ("most important first", rises.idxmax())):
            mine = steps[(steps["pruning"] == pruning) & (steps["seed"] == seed)].set_index("gone")
            rise = mine["loss"][1] - mine["loss"][0]
            assert rise == pytest.approx(rises[bond], rel=1e-6, abs=1e-9)


def test_files_are_those_of_a_run(finished: Path) -> None:
    """The data set holds what the tables hold; every figure is in the report."""
    table = pd.read_csv(finished / "table.csv").set_index(["seed", "bond"])
    with xr.open_dataset(finished / "results.nc", engine="h5netcdf") as data:
        kept = data["rise_of_loss"].sel(model="spring", seed=1, bond="7–10")
        assert float(kept) == table.loc[(1, "7–10"), "rise_of_loss"]
    figures = {path.stem for path in (finished / "figures").glob("*.png")}
    assert figures == {
        "importance-spring",
        "pruning-spring",
        "mechanisms-spring",
        "curves-spring",
        "confusion",
        "lattice-spring",
        "fields-spring",
    }


def test_retraining_between_removals_is_told_apart_from_the_first_training(finished: Path) -> None:
    """The losses before the first removal end where those of the whole network do, seed by seed."""
    history, steps = pd.read_csv(finished / "history.csv"), pd.read_csv(finished / "pruning.csv")
    whole = history[(history["pruning"] == "none") & history["stage"].isna()].groupby("seed")["training_loss"]
    assert set(history["pruning"]) == {"none", "least important first, retrained"}
    before = steps[steps["gone"] == 0].groupby("seed")["loss"]
    np.testing.assert_allclose(before.min(), whole.last(), rtol=1e-9)
    np.testing.assert_allclose(before.max(), whole.last(), rtol=1e-9)


# Every load is given up at its first step: a force of 50 N has no equilibrium that bars would be led to
FAILING = [
    "models=bar",
    "runs=1",
    "classification.largest_force=5000 gf",
    "training.epochs=1",
    "training.batch=1",
    "training.on_failure=stop",
    "loading.most_attempts=1",
]


def test_a_run_in_which_nothing_converges_is_reported(comm_tmp_path: Path) -> None:
    """Each point is a failure by name, and the report is written."""
    ended = run("importance", [*FAILING, "prunings=at random"], comm_tmp_path / "run", False, COMM)
    assert len(ended.failures) == 2
    assert all("no equilibrium" in failure for failure in ended.failures)
    assert ended.report.exists()
    assert pd.read_csv(comm_tmp_path / "run" / "table.csv").empty
    assert not list((comm_tmp_path / "run" / "figures").glob("*.png"))


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("models=beam", "'beam' cannot tell what a bond's removal costs"),
        ("prunings=at radom", "did you mean 'at random'"),
        ("pruning.at random.order=alphabetical", "least-important"),
        ("runs=0", "runs"),
        ("pruning.at random.epochs=-1", "epochs"),
        ('ports.outputs=[{node=8, component="x"}, {node=2, component="x"}]', "need as many outputs"),
    ],
)
def test_bad_settings_are_refused(comm_tmp_path: Path, setting: str, message: str) -> None:
    """Before anything is written."""
    with pytest.raises(ConfigError, match=message):
        run("importance", [setting], comm_tmp_path / "run", False, COMM)
    assert not (comm_tmp_path / "run").exists()


def test_a_pruning_cannot_be_called_as_the_whole_network(comm_tmp_path: Path) -> None:
    """Its points would be taken for those of the importances."""
    settings = ["prunings=none", 'pruning.none={order="random"}']
    with pytest.raises(ConfigError, match="'none' stands for the whole network"):
        run("importance", settings, comm_tmp_path / "run", False, COMM)
