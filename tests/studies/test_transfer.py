"""The study transfer: no gap between springs and springs, one between springs and beams, and steps that close it."""

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
STUDY = Path(__file__).parents[2] / "studies" / "transfer"
FEW = "loading.most_attempts=15"
"""Load steps that are tried before an equilibrium counts as not there."""
QUICK = ["models=spring,beam", "sources=exact,product", "behaviours=left,left 0.6 mm"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Springs and beams, a side and two displacements that are wanted."""
    path = COMM.bcast(tmp_path_factory.mktemp("transfer")) / "run"
    assert not run("transfer", QUICK, path, False, COMM).failures
    return path


@pytest.fixture
def summary(folder: Path) -> dict:
    return json.loads((folder / "summary.json").read_text())


@pytest.fixture
def gaps(summary: dict) -> dict:
    """By behaviour and model."""
    return {(row["behaviour"], row["model"]): row for row in summary["gaps"]}


def test_springs_on_springs_have_no_gap(gaps: dict) -> None:
    for behaviour in ("left", "left 0.6 mm"):
        assert gaps[behaviour, "spring"]["gap"] == 0
        assert gaps[behaviour, "spring"]["steps"] == {"exact": 0, "product": 0}


def test_beams_with_thinned_ends_are_softer_at_every_output(gaps: dict) -> None:
    """By one factor, that of ends which are half as wide over a fifth of the length: 1.2, less what bending carries."""
    beam, spring = (np.array(gaps["left", model]["outputs"]["before"]) for model in ("beam", "spring"))
    factors = beam / spring
    np.testing.assert_allclose(factors, factors[0], rtol=1e-6)
    assert 1.1 < factors[0] < 1.2
    trained = np.array(gaps["left", "beam"]["outputs"]["springs' widths"]) / gaps["left", "spring"]["outputs"]["before"]
    assert trained[0] > factors[0] > trained[1]


def test_widths_of_springs_miss_displacements_that_are_wanted_of_beams(gaps: dict) -> None:
    """The gap is worse than no training at all, and both sources close it."""
    row = gaps["left 0.6 mm", "beam"]
    assert row["gap"] > 1
    np.testing.assert_allclose(row["outputs"]["own optimum"], [-0.6e-3, -0.5e-3], rtol=1e-4)
    for source in ("exact", "product"):
        assert 0 < row["steps"][source] <= 15
        assert row["left"][source] < 0.05
    assert row["left"]["exact"] < 1e-3


def test_nothing_is_gained_where_every_bond_is_at_the_right_bound(gaps: dict, folder: Path) -> None:
    """The ratio is the model's, and no training is done."""
    row = gaps["left", "beam"]
    assert 0 <= row["gap"] < 1e-3
    assert row["steps"] == {"exact": 0, "product": 0}
    assert row["ratio"]["own optimum"] == pytest.approx(row["ratio"]["springs' widths"], rel=1e-3)
    assert set(pd.read_csv(folder / "history.csv")["behaviour"]) == {"left 0.6 mm"}


def test_figures_are_those_expected(gaps: dict, summary: dict) -> None:
    """expected.json, except for the solid."""
    expected = json.loads((STUDY / "expected.json").read_text())
    for row in expected["gaps"]:
        if (row["behaviour"], row["model"]) not in gaps:
            continue
        found = gaps[row["behaviour"], row["model"]]
        assert found["gap"] == pytest.approx(row["gap"], rel=1e-3, abs=1e-5)
        assert found["ratio"]["springs' widths"] == pytest.approx(row["ratio"], abs=1e-4)
        assert found["steps"]["exact"] == row["steps"]["exact"]
        # Camera errors are drawn alike on every machine, but steps of a noisy training hang on the last digits
        assert found["steps"]["product"] == pytest.approx(row["steps"]["product"], abs=2)
    chi = {row["model"]: row for row in expected["measured"]}
    for row in summary["measured"]:
        for name in ("chi_squared", "factor", "chi_squared_scaled", "chi_squared_ratios"):
            assert row[name] == pytest.approx(chi[row["model"]][name], rel=1e-3)


def test_springs_are_as_far_from_the_print_as_by_hand(folder: Path) -> None:
    """(Published simulated − measured)/deviation of the first trained network and its mirror image."""
    table = pd.read_csv(folder / "measured.csv")
    rows = table[(table["model"] == "spring") & (table["experiment"] != "initial")]
    by_hand = [
        (-0.625333 + 0.6178) / 0.0101,
        (-0.479973 + 0.4971) / 0.0103,
        (-0.479973 + 0.5191) / 0.0134,
        (-0.625333 + 0.6160) / 0.0096,
    ]
    np.testing.assert_allclose(rows["score"], by_hand, rtol=1e-3)


def test_files_are_those_of_the_contract(folder: Path) -> None:
    names = {"table.csv", "measured.csv", "history.csv", "widths.csv", "skipped.csv", "results.nc", "report.html"}
    assert names <= {path.name for path in folder.iterdir()}
    assert {path.stem for path in (folder / "figures").glob("*.png")} == {"print", "gap", "steps", "lattice"}
    widths = pd.read_csv(folder / "widths.csv")
    assert widths["width"].between(1.5e-3 * (1 - 1e-9), 2.5e-3 * (1 + 1e-9)).all()
    with xr.open_dataset(folder / "results.nc") as data:
        assert data["displacement"].attrs["units"] == "m"


def test_an_adjoint_force_that_buckles_is_reported(comm_tmp_path: Path) -> None:
    """5 gf upwards on a lattice that sags too far; what exact gradients do is kept."""
    changes = ["models=beam", "sources=exact,product", "behaviours=left 0.6 mm", "tuning.adjoint_force=5 gf", FEW]
    finished = run("transfer", changes, comm_tmp_path / "run", False, COMM)
    assert len(finished.failures) == 1
    what = "behaviour left 0.6 mm, model beam, source product"
    assert f"{what}: behaviour: no sample has an equilibrium" in finished.failures[0]
    row = json.loads((comm_tmp_path / "run" / "summary.json").read_text())["gaps"][0]
    assert list(row["steps"]) == ["exact"]
    assert finished.report.exists()


def test_loads_that_no_beam_bears_leave_a_report(comm_tmp_path: Path) -> None:
    load = 'behaviour.left.loads=[{node=11, direction="-y", force="500000 gf"}]'
    changes = ["models=beam", "sources=exact", "behaviours=left", load, FEW]
    finished = run("transfer", changes, comm_tmp_path / "run", False, COMM)
    assert len(finished.failures) == 1
    assert finished.report.exists()
    assert pd.read_csv(comm_tmp_path / "run" / "table.csv").empty


def test_a_shared_result_that_is_lost_is_computed_again(comm_tmp_path: Path) -> None:
    """A checkpoint without a line, be it of a training that others need: the resumed run has the same tables."""
    path, changes = comm_tmp_path / "run", ["models=bar", "sources=exact", "behaviours=left 0.6 mm"]
    changes += ["training.epochs=4", "tuning.epochs=2", "tolerance=1e-6"]
    assert not run("transfer", changes, path, False, COMM).failures
    whole = {file.name: file.read_bytes() for file in path.glob("*.csv")}
    lines = (path / "checkpoint.jsonl").read_text().splitlines(keepends=True)
    assert len(lines) == 4
    for lost in range(1, len(lines)):
        (path / "checkpoint.jsonl").write_text("".join(lines[:lost] + lines[lost + 1 :]))
        assert not run("transfer", changes, path, True, COMM).failures
        assert {file.name: file.read_bytes() for file in path.glob("*.csv")} == whole


def test_another_network_is_not_compared(comm_tmp_path: Path) -> None:
    behaviour = (
        'behaviour.left={loads=[{node=30, direction="-y", force="2 gf"}], '
        'outputs=[{node=2, component="y"}, {node=8, component="y"}], largest=2}'
    )
    changes = ["network=triangular-patch", "models=spring", "sources=exact", "behaviours=left", behaviour]
    assert not run("transfer", changes, comm_tmp_path / "run", False, COMM).failures
    assert pd.read_csv(comm_tmp_path / "run" / "measured.csv").empty
    assert json.loads((comm_tmp_path / "run" / "summary.json").read_text())["gaps"][0]["gap"] == 0


@pytest.mark.parametrize(
    ("assignments", "error", "message"),
    [
        (["behaviours=up"], ConfigError, "no behaviour 'up'"),
        (["compared=up"], ConfigError, "no behaviour 'up'"),
        (["behaviour.left.outputs=[{node=14, component='y'}]"], ConfigError, "'left', which needs two outputs"),
        (["sources=produkt"], ConfigError, "did you mean 'product'"),
        (["sources=nudged", "tuning.weight=1 gf"], ConfigError, "set no weights"),
        (["tolerance=0"], ConfigError, "tolerance"),
        (
            ['behaviour.left.loads=[{node=1, direction="-y", force="5 gf"}]'],
            NetworkError,
            "node 1 is fixed in the direction of the load",
        ),
    ],
)
def test_bad_settings_are_named(assignments: list[str], error: type[Exception], message: str, comm_tmp_path) -> None:
    with pytest.raises(error, match=message):
        run("transfer", assignments, comm_tmp_path / "run", False, COMM)
