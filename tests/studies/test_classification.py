"""The study classification: what it reports, and that a kill within a training costs nothing."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from mpi4py import MPI

from femnn.errors import ConfigError, NetworkError
from femnn.study.runner import rewrite_report, run

COMM = MPI.COMM_WORLD
SHORT = ["ports=published", "seeds=0,1", "training.epochs=3"]
QUICK_SEARCH = [
    "search.candidates=200",
    "search.rounds=[{candidates=20, epochs=5, learning_rate=0.05}, {candidates=3, epochs=5, learning_rate=0.05}]",
]


def study(folder: Path, *assignments: str, resume: bool = False) -> Path:
    """Run the study with settings changed; gives the folder."""
    assert not run("classification", list(assignments), folder, resume, COMM).failures
    return folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Both kinds of ports, springs and bars, exact and measured gradients."""
    path = COMM.bcast(tmp_path_factory.mktemp("classification")) / "run"
    changes = ["ports=searched,published", "seeds=0,1", "models=spring", "gradients=exact,product"]
    return study(path, *changes, "training.noise=5 um", "training.epochs=12", "training.optimiser.learning_rate=0.05",
                 *QUICK_SEARCH)  # fmt: skip


@pytest.mark.serial
def test_training_on_searched_ports_tells_most_samples(folder: Path) -> None:
    """Even a quick search and a short training leave guessing far behind."""
    table = pd.read_csv(folder / "table.csv")
    searched = table[(table["ports"] == "searched") & (table["gradient"] == "exact")]
    assert len(searched) == 2
    assert searched["test_accuracy"].min() > 0.75
    assert (searched["cross_validated"] > 0.75).all()
    assert table[table["ports"] == "published"]["cross_validated"].isna().all()


@pytest.mark.serial
def test_confusion_adds_up_to_the_samples(folder: Path) -> None:
    cells = pd.read_csv(folder / "confusion.csv")
    keys = ["ports", "model", "gradient", "seed"]
    sums = cells.groupby([*keys, "part"])["count"].sum()
    assert set(sums.xs("training", level="part")) == {105}
    assert set(sums.xs("test", level="part")) == {45}
    right = cells[cells["true"] == cells["told"]].groupby([*keys, "part"])["count"].sum()
    table = pd.read_csv(folder / "table.csv").set_index(keys)
    np.testing.assert_allclose(right.xs("test", level="part") / 45, table["test_accuracy"].reindex(
        right.xs("test", level="part").index))  # fmt: skip


@pytest.mark.serial
def test_files_figures_and_findings(folder: Path) -> None:
    if COMM.rank == 0:
        summary = json.loads((folder / "summary.json").read_text())
        assert len(summary["accuracies"]) == 4
        assert any("product" in sentence and "exact gradient" in sentence for sentence in summary["findings"])
        assert {path.stem for path in (folder / "figures").glob("*.png")} >= {
            "accuracies",
            "curves",
            "confusion",
            "fields",
        }


def test_trainings_are_animated_on_request(comm_tmp_path: Path) -> None:
    """One file for the first seed of each kind."""
    folder = study(comm_tmp_path / "run", *SHORT, "animation=gif")
    if COMM.rank == 0:
        assert [path.name for path in (folder / "animations").iterdir()] == ["published-spring-exact.gif"]


@pytest.mark.serial
def test_a_column_that_numbers_the_rows_is_left_out_and_named(comm_tmp_path: Path, capfd) -> None:
    """Once on the console, in summary.json and in the report, also in one that is rewritten."""
    generator = np.random.default_rng(0)
    table = pd.DataFrame({"wing": generator.random(36), "kind": np.repeat(["ant", "bee"], 18)})
    if COMM.rank == 0:
        table.to_csv(comm_tmp_path / "insects.csv")
    COMM.barrier()
    ports = ["port.own.inputs=[{node=14, direction='-y'}]",
             "port.own.outputs=[{node=8, component='x'}, {node=2, component='x'}]"]  # fmt: skip
    settings = [f"task.data={comm_tmp_path / 'insects.csv'}", "ports=own", *ports, "seeds=0", "training.epochs=1"]
    folder = study(comm_tmp_path / "run", *settings)
    printed = capfd.readouterr().out
    if COMM.rank == 0:
        (note,) = json.loads((folder / "summary.json").read_text())["notes"]
        assert "column 'Unnamed: 0' is left out: it only numbers the rows (0, 1 … 35)" in note
        assert printed.count(note) == 1
        assert "column &#39;Unnamed: 0&#39; is left out" in (folder / "report.html").read_text()
        rewrite_report(folder)
        assert json.loads((folder / "summary.json").read_text())["notes"] == [note]
        assert "column &#39;Unnamed: 0&#39; is left out" in (folder / "report.html").read_text()


def test_bars_may_start_from_trained_springs(comm_tmp_path: Path) -> None:
    """Their loss before training is then that of the springs' stiffness, far below that of the network's own."""
    common = ["ports=published", "seeds=0", "models=bar", "training.epochs=2"]
    losses = []
    for name, start in (("own", []), ("springs", ["start.epochs=20", "start.optimiser.learning_rate=0.1"])):
        folder = study(comm_tmp_path / name, *common, *start)
        losses.append(pd.read_csv(folder / "history.csv")["training_loss"].to_numpy())
    own, springs = losses
    assert springs[0] < 0.8 * own[0]
    assert springs[-1] < springs[0]


@pytest.mark.serial
def test_a_run_killed_within_a_training_resumes_with_the_same_result(tmp_path: Path) -> None:
    """Killed twice at arbitrary steps of a training on bars, it ends with the tables of one that was left alone."""
    settings = ["ports=published", "seeds=0", "models=bar", "training.epochs=4", "training.keep_every=3"]
    whole, killed = study(tmp_path / "whole", *settings), tmp_path / "killed"
    command = [sys.executable, "-m", "femnn.cli", "run", "classification", "--out", str(killed)]
    command += [part for setting in settings for part in ("--set", setting)]
    steps = killed / "under-way" / "0-bar-exact-0" / "steps.bin"
    reached = 0
    for resume in ([], ["--resume"]):
        process = subprocess.Popen([*command, *resume], stdout=subprocess.DEVNULL, env=os.environ)
        wanted = reached + random.randint(1, 8) * 8 * 29
        while process.poll() is None and not (steps.exists() and steps.stat().st_size > wanted):
            time.sleep(0.001)
        process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL
        reached = steps.stat().st_size
        assert not (killed / "table.csv").exists()
    study(killed, *settings, resume=True)
    for name in ("table.csv", "history.csv", "stiffness.csv", "confusion.csv"):
        assert (killed / name).read_bytes() == (whole / name).read_bytes()


@pytest.mark.parametrize(
    ("assignments", "error", "message"),
    [
        (["ports=publishd"], ConfigError, "no ports 'publishd'; did you mean 'published'"),
        (["task.data=irris"], ConfigError, "no data 'irris'"),
        (["task.data=penguins"], ConfigError, "rows have an empty cell"),
        (["training.batch=200"], ConfigError, "larger than the 105 training samples"),
        (['port.published.outputs=[{node=8, component="x"}, {node=2, component="x"}]'],
         ConfigError, "3 classes .* need as many outputs"),
        (['port.published.outputs=[{node=8, component="x"}, {node=2, component="x"}, {node=1, component="x"}]'],
         NetworkError, "node 1, which a support holds"),
        (["gradients=product", "training.weight=1 gf", "gradients=nudged"], ConfigError, "no weight does"),
        (["training.groups=7"], ConfigError, "cannot form 7 equal groups"),
    ],
)  # fmt: skip
def test_bad_settings_are_named(assignments: list[str], error: type[Exception], message: str, comm_tmp_path) -> None:
    with pytest.raises(error, match=message):
        run("classification", [*SHORT, *assignments], comm_tmp_path / "run", False, COMM)


def test_a_network_whose_bounds_let_a_bond_vanish_is_refused(comm_tmp_path: Path) -> None:
    text = '[lattice]\nkind = "li2024"\n\n[section]\nmodulus = "0.55 MPa"\nthickness = "2 mm"\nwidth = "2 mm"\n'
    path = comm_tmp_path / "vanishing.toml"
    if COMM.rank == 0:
        path.write_text(text + 'width_bounds = ["0 mm", "2.5 mm"]\n', encoding="utf-8")
    COMM.barrier()
    with pytest.raises((ConfigError, NetworkError), match="width"):
        run("classification", [*SHORT, f"network={path}"], comm_tmp_path / "run", False, COMM)
