"""The study behaviour: the published displacements, every bond at a bound, and models beside springs."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from mpi4py import MPI

from femnn.errors import ConfigError, NetworkError
from femnn.network_files.specification import load_network
from femnn.study.runner import run

# What ranks share is tested in tests/learning and in test_classification.py
pytestmark = pytest.mark.serial

COMM = MPI.COMM_WORLD
PLAIN = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")
PUBLISHED = {13: -0.625333116e-3, 14: -0.479973464e-3}
"""Trained displacements of Li & Mao (2024), Fig. 2 (m)."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Both sides on springs and bars, and one row of displacements."""
    path = COMM.bcast(tmp_path_factory.mktemp("behaviour")) / "run"
    finished = run("behaviour", ["behaviours=right,left,left 0.6 mm", "models=spring,bar"], path, False, COMM)
    assert not finished.failures
    return path


@pytest.fixture
def table(folder: Path) -> pd.DataFrame:
    return pd.read_csv(folder / "table.csv")


@pytest.mark.parametrize(("behaviour", "mirror"), [("right", False), ("left", True)])
def test_springs_reach_the_published_displacements(table: pd.DataFrame, behaviour: str, mirror: bool) -> None:
    rows = table[(table["behaviour"] == behaviour) & (table["model"] == "spring")]
    for stage, wanted in (("before", {13: -0.524292929e-3, 14: -0.524292929e-3}), ("trained", PUBLISHED)):
        for node, displacement in wanted.items():
            at = 27 - node if mirror else node
            found = rows[(rows["stage"] == stage) & (rows["output"] == f"node {at} y")]["displacement"].item()
            assert found == pytest.approx(displacement, rel=1e-6)


def test_every_bond_ends_at_a_bound(folder: Path) -> None:
    stiffness = pd.read_csv(folder / "stiffness.csv")
    rows = stiffness[stiffness["behaviour"].isin(["right", "left"])]
    lower, upper = (bound[0] for bound in load_network("li2024").stiffness_bounds)
    assert np.isclose(rows["stiffness"], lower).sum() + np.isclose(rows["stiffness"], upper).sum() == len(rows)
    np.testing.assert_allclose(np.sort(rows["width"].round(9).unique()), [1.5e-3, 2.5e-3])


def test_a_model_trained_itself_is_no_worse_than_with_the_widths_of_springs(folder: Path) -> None:
    trained = json.loads((folder / "summary.json").read_text())["trained"]
    bars = [row for row in trained if row["model"] == "bar"]
    assert len(bars) == 3
    for row in bars:
        assert row["loss"]["trained"] <= row["loss"]["as springs"] * (1 + 1e-9)
        assert row["loss"]["trained"] < row["loss"]["before"]


def test_displacements_within_reach_are_reached(table: pd.DataFrame) -> None:
    rows = table[(table["behaviour"] == "left 0.6 mm") & (table["stage"] == "trained")]
    assert len(rows) == 4
    np.testing.assert_allclose(rows["displacement"], rows["wanted"], rtol=1e-6)


def test_files_are_those_of_the_contract(folder: Path) -> None:
    if COMM.rank == 0:
        names = {
            "table.csv",
            "history.csv",
            "stiffness.csv",
            "skipped.csv",
            "results.nc",
            "summary.json",
            "report.html",
            "config.toml",
        }
        assert names <= {path.name for path in folder.iterdir()}
        assert not (folder / "under-way").exists()
        drawn = {path.stem for path in (folder / "figures").glob("*.png")}
        assert drawn == {"answers", "losses", "lattice-spring", "lattice-bar", "fields"}


def test_behaviours_of_similar_names_are_trained_apart(comm_tmp_path: Path) -> None:
    """What one of them has learnt is not taken for the other's."""
    common = (
        'loads=[{node=11, direction="-y", force="5 gf"}], outputs=[{node=14, component="y"}, {node=13, component="y"}]'
    )
    behaviours = f'behaviour={{"left 1"={{{common}, largest=14}}, "left-1"={{{common}, largest=13}}}}'
    path = comm_tmp_path / "run"
    assert not run("behaviour", ["behaviours=left 1, left-1", behaviours, "models=spring"], path, False, COMM).failures
    trained = {row["behaviour"]: row for row in json.loads((path / "summary.json").read_text())["trained"]}
    assert trained["left 1"]["ratio"]["trained"] > 1.3
    assert trained["left-1"]["ratio"]["trained"] == pytest.approx(1 / trained["left 1"]["ratio"]["trained"], rel=1e-6)


def test_any_number_of_wanted_displacements_stands_beside_what_is_reached(comm_tmp_path: Path) -> None:
    """One that is to stay has an error and no share; nothing is said of ratios, nor of the published task."""
    load = 'loads=[{node=11, direction="-y", force="5 gf"}]'
    wanted = {(14, "y"): -0.55, (13, "y"): -0.5, (8, "x"): 0.0}
    outputs = ", ".join(f'{{node={n}, component="{c}", displacement="{u} mm"}}' for (n, c), u in wanted.items())
    still = 'behaviour.still={ loads=[{node=11, direction="-y", force="5 gf"}], outputs=[{node=8, component="x", ' \
            "displacement=0}] }"  # fmt: skip
    given = ["behaviours=mine, still", f"behaviour.mine={{ {load}, outputs=[{outputs}] }}", still, "models=spring,bar"]
    path = comm_tmp_path / "run"
    assert not run("behaviour", given, path, False, COMM).failures
    summary = json.loads((path / "summary.json").read_text())
    shown = next(table for table in summary["tables"] if table["title"] == "Wanted and reached")
    rows = [dict(zip(shown["header"], row, strict=True)) for row in shown["rows"]]
    assert [(row["model"], row["output"], row["wanted"]) for row in rows if row["behaviour"] == "mine"] == [
        (model, f"node {n} {c}", f"{u:g}".replace("-", "−"))
        for model in ("spring", "bar")
        for (n, c), u in wanted.items()
    ]
    table = pd.read_csv(path / "table.csv").set_index(["behaviour", "model", "stage", "output"])
    for row in rows:
        found = table.loc[(row["behaviour"], row["model"], "trained", row["output"])]
        reached = float(row["trained"].replace("−", "-").replace(" × 10", "e").translate(PLAIN))
        assert reached == pytest.approx(1e3 * found["displacement"], rel=1e-3)
        error = float(row["error"].split(" (")[0].replace("−", "-").replace(" × 10", "e").translate(PLAIN))
        assert error == pytest.approx(1e3 * (found["displacement"] - found["wanted"]), rel=1e-2, abs=1e-7)
        assert ("%" in row["error"]) == (found["wanted"] != 0)
    assert all("ratio" not in row for row in summary["trained"])
    text = (path / "report.html").read_text(encoding="utf-8")
    assert "nan" not in text.split("<details>")[0]
    assert not any(word in text for word in ("Li &amp; Mao", "ratio of the outputs"))


def test_the_published_task_stands_beside_what_is_published(folder: Path) -> None:
    """On springs of the published lattice, under the published load, and nowhere else."""
    findings = json.loads((folder / "summary.json").read_text())["findings"]
    published = [text for text in findings if "Li & Mao (2024) publish" in text]
    assert [text.split(":")[0] for text in published] == ["right, spring", "left, spring"]
    assert all("as reached here" in text for text in published)


@pytest.mark.parametrize("models", ["bar", "spring,bar"])
def test_a_run_reports_what_has_no_equilibrium(comm_tmp_path: Path, models: str) -> None:
    """Loads under which no bar is stable: a report with what is left, be it nothing."""
    load = 'behaviour.right.loads=[{node=11, direction="-y", force="500000 gf"}]'
    finished = run("behaviour", ["behaviours=right", load, f"models={models}"], comm_tmp_path / "run", False, COMM)
    assert len(finished.failures) == 1
    assert "behaviour right, model bar" in finished.failures[0]
    assert finished.report.exists()
    rows = pd.read_csv(comm_tmp_path / "run" / "table.csv")
    assert set(rows["model"]) == {"spring", "bar"} & set(models.split(",")) - {"bar"}


@pytest.mark.parametrize(
    ("assignments", "error", "message"),
    [
        (["behaviours=up"], ConfigError, "no behaviour 'up'"),
        (["behaviour.right.largest=7"], ConfigError, "node 7, which is no output"),
        (
            ['behaviour.right.loads=[{node=1, direction="-y", force="5 gf"}]'],
            NetworkError,
            "node 1 is fixed in the direction of the load",
        ),
        (["training.batch=5"], ConfigError, "leave out batch"),
        (["training.optimiser.name=adamant"], ConfigError, "adam"),
    ],
)
def test_bad_settings_are_named(assignments: list[str], error: type[Exception], message: str, comm_tmp_path) -> None:
    with pytest.raises(error, match=message):
        run("behaviour", assignments, comm_tmp_path / "run", False, COMM)
