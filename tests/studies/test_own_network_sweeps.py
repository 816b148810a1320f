"""Sweeps on networks of one's own: relative to what the network carries, resolved once, and said in every row."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from mpi4py import MPI

from femnn.config.quantities import parse_quantity
from femnn.config.toml_files import read_toml
from femnn.errors import FemnnError
from femnn.insitu.relative_loads import StiffnessShare
from femnn.network_files.specification import load_network
from femnn.study import adjoint_study, runner
from femnn.study.loading import load_study, read_settings
from femnn.study.runner import run
from femnn.study.study import Study

COMM = MPI.COMM_WORLD
DATA = 2500.0
"""The data's load in the settings below (N)."""
TOGGLE = """
nodes = [[-1, 0], [0, 0.1], [1, 0]]
bonds = [[1, 2], [2, 3]]
section = { modulus = "210 GPa", thickness = "10 mm", width = "10 mm" }
supports = [{ nodes = [1, 3] }]
"""
SETTINGS = """
study = "gradient-error"
network = "{network}"
cases = ["sag"]
models = ["spring", "bar"]
estimators = ["adjoint", "product", "superposed-product", "centred-product", "central-difference"]
references = ["exact"]
{more}
[case.sag]
loads = [{{ node = 2, direction = "-y", force = "2.5 kN" }}]
targets = [{{ node = 2, component = "y", displacement = "-20 mm" }}]
"""


def _load(sag: np.ndarray) -> np.ndarray:
    """P(w) = 2 k (L₀ − L)(h − w)/L of the toggle (N)."""
    L, L0 = np.hypot(1, 0.1 - sag), np.hypot(1, 0.1)
    return 2 * (210e9 * 1e-4 / L0) * (L0 - L) * (0.1 - sag) / L


SAGS = np.linspace(0, 0.1, 200_001)
LIMIT = float(_load(SAGS).max())


def write(folder: Path, more: str = "") -> Path:
    """Write the network and a settings file with some more lines."""
    path = folder / "own.toml"
    if COMM.rank == 0:
        (folder / "toggle.toml").write_text(TOGGLE)
        path.write_text(SETTINGS.format(network=(folder / "toggle.toml").as_posix(), more=more))
    COMM.barrier()
    return path


def resolved(path: Path | str, *assignments: str) -> Study:
    """Settings as a run has them."""
    study, written, network = runner._read(str(path), assignments, COMM)
    assert study.name == "gradient-error"
    return written.fitted(written.fitting(network, COMM, assignments)).resolved(network, COMM)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of the settings file, and its folder."""
    folder = COMM.bcast(tmp_path_factory.mktemp("own"))
    assert not run(str(write(folder)), [], folder / "run", False, COMM).failures
    return folder / "run"


def test_the_sweep_of_an_own_network_is_relative_and_every_row_says_how_far_it_goes(whole: Path) -> None:
    """Up to the limit load, which is the least here; rotation, strain and share are those of the closed form."""
    table = pd.read_csv(whole / "table.csv")
    forces = np.sort(table["adjoint_force"].unique())
    assert forces[-1] == pytest.approx(LIMIT, rel=1e-6)
    assert forces[-1] / forces[0] == pytest.approx(1e4)
    bars = table[table["model"] == "bar"]
    alone = bars[bars["estimator"] == "product"].set_index("adjoint_force")["critical_share"]
    # The data's load is the farther leg until the adjoint force is more
    np.testing.assert_allclose(alone, np.maximum(DATA, alone.index) / LIMIT, rtol=1e-6)
    top = bars[bars["estimator"] == "superposed-product"].set_index("adjoint_force")["critical_share"]
    np.testing.assert_allclose(top, np.maximum(DATA / LIMIT, top.index / (LIMIT - DATA)), rtol=1e-6)
    # The strongest is more than stands on top of the data's load: no row of it says it was stable
    ends = pd.read_csv(whole / "ends.csv")
    assert (table[table["stable"]]["critical_share"].dropna() <= 1 + 1e-6).all()
    assert forces[-1] in set(ends["adjoint_force"])
    assert table[table["model"] == "spring"]["critical_share"].isna().all()
    forward = bars[bars["estimator"] == "adjoint"].iloc[0]
    # The data's load presses the apex down by w, from which rotation and strain of both bars follow
    rising = SAGS[: int(_load(SAGS).argmax())]
    w = np.interp(DATA, _load(rising), rising)
    assert forward["largest_rotation"] == pytest.approx(np.arctan(0.1) - np.arctan(0.1 - w), rel=1e-6)
    assert forward["largest_strain"] == pytest.approx(1 - np.hypot(1, 0.1 - w) / np.hypot(1, 0.1), rel=1e-6)
    assert bars[bars["estimator"] == "central-difference"]["relative_l2"].max() < 1e-6
    smallest = bars[bars["adjoint_force"] == forces[0]].set_index("estimator")["relative_l2"]
    assert smallest["centred-product"] < 1e-7


def test_what_was_resolved_is_written_down_and_never_computed_again(
    whole: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """config.toml, summary.json and the points have the newtons; resuming and running config.toml take them."""
    config, summary = read_toml(whole / "config.toml"), json.loads((whole / "summary.json").read_text())
    table = (whole / "table.csv").read_bytes()
    forces = [parse_quantity(force, "N") for force in config["adjoint_forces"]["sag"]]
    assert all(force.endswith(" N") for force in config["adjoint_forces"]["sag"])
    assert sorted(set(pd.read_csv(whole / "table.csv")["adjoint_force"])) == forces
    assert summary["adjoint_forces"]["sag"] == forces
    written = dict(config["reference_loads"]["sag"])
    written |= {name: parse_quantity(written[name], "N") for name in ("strain", "rotation", "critical")}
    assert summary["reference_loads"]["sag"] == written
    assert summary["reference_loads"]["sag"]["critical"] == pytest.approx(LIMIT, rel=1e-6)
    assert "the first critical load is" in " ".join(summary["findings"])
    monkeypatch.setattr(adjoint_study, "reference_loads", _never)
    again = resolved(whole / "config.toml")
    assert [again.forces_of("sag"), again.shown_of("sag")] == [
        forces, parse_quantity(config["shown_adjoint_force"]["sag"], "N")
    ]  # fmt: skip
    checkpoint = whole / "checkpoint.jsonl"
    if COMM.rank == 0:
        checkpoint.write_bytes(b"".join(line + b"\n" for line in checkpoint.read_bytes().split(b"\n")[:-3]))
    COMM.barrier()
    run(str(whole.parent / "own.toml"), [], whole, True, COMM)
    assert (whole / "table.csv").read_bytes() == table


def _never(*_: object, **__: object) -> None:
    raise AssertionError("reference loads are computed again")


def test_forces_that_are_given_win_whatever_the_network(comm_tmp_path: Path) -> None:
    """Absolute ones, shares of one load, and each case's own."""
    path = write(comm_tmp_path, 'adjoint_forces = ["10 N", "20 N"]')
    assert resolved(path).forces_of("sag") == [10.0, 20.0]
    half = resolved(path, 'adjoint_forces={share=0.5, relative_to="critical"}')
    assert half.forces_of("sag") == pytest.approx([LIMIT / 2], rel=1e-6)
    own = resolved(write(comm_tmp_path, 'adjoint_forces = { sag = ["30 N"] }'))
    assert own.forces_of("sag") == [30.0]


def test_forces_of_a_file_that_ships_hold_for_its_network(comm_tmp_path: Path) -> None:
    """With --set network they are left out, as are steps; what --set gives itself stays; li2024 keeps its own."""
    write(comm_tmp_path)
    other = [f"network={(comm_tmp_path / 'toggle.toml').as_posix()}", "models=bar", "cases=sag",
             "case.sag.loads=[{node=2, direction='-y', force='2 kN'}]",
             "case.sag.targets=[{node=2, component='y', displacement='-3 mm'}]"]  # fmt: skip
    found = resolved("gradient-error", *other)
    assert max(found.forces_of("sag")) == pytest.approx(LIMIT, rel=1e-6)
    assert found.central_difference_step == StiffnessShare(share=1e-5, relative_to="stiffness")
    assert resolved("gradient-error", *other, "adjoint_forces=5 N").forces_of("sag") == [5.0]
    published = resolved("gradient-error", "network=li2024", "models=bar")
    assert (len(published.forces_of("same")), published.finite_difference_step) == (26, 7e-7)


@pytest.mark.parametrize("name", ["gradient-error", "noise", "finite-difference", "equilibrium-propagation"])
def test_what_is_usual_on_the_published_lattice_is_what_its_files_say(name: str) -> None:
    """Settings without forces and steps resolve to those with them, to the last bit."""
    folder, values, where = read_settings(name)
    study, net = load_study(folder), load_network("li2024")
    without = {key: value for key, value in values.items() if key not in study.kind.for_network}
    given, usual = (study.settings(v, where).resolved(net, COMM) for v in (values, without))
    assert usual == given


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ('adjoint_forces = { other = ["1 N"] }', "adjoint_forces has none for case 'sag'"),
        ("adjoint_forces = []", "adjoint_forces is empty"),
        ('adjoint_forces = [{ share = 0.1, relative_to = "weight" }]', "relative_to"),
        ('adjoint_forces = [{ share = -0.1, relative_to = "strain" }]', "share"),
        ('adjoint_forces = ["1 mm"]', "wrong unit"),
        ("adjoint_forces = [0]", "above 0"),
        ('shown_adjoint_force = { from = 0.1, to = 1, count = 3, relative_to = "strain" }', "one force is needed"),
        ('finite_difference_step = { share = 0.1, relative_to = "strain" }', "relative_to"),
    ],
)
def test_forces_that_cannot_be_used_are_refused_in_a_line(comm_tmp_path: Path, more: str, message: str) -> None:
    """What is wrong, by key."""
    with pytest.raises(FemnnError, match=message) as refused:
        resolved(write(comm_tmp_path, more))
    assert "\n" not in str(refused.value)
