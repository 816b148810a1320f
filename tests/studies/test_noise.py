"""The study of noise: exponents of theory, expected beside drawn errors, creep, bad settings."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from mpi4py import MPI

from femnn.config.quantities import GRAM_FORCE
from femnn.config.toml_files import read_toml
from femnn.errors import ConfigError
from femnn.insitu.creeping import BASIS, crept_estimate, protocols
from femnn.insitu.experiment import Experiment
from femnn.insitu.repeated_measurements import errors_of_measurements
from femnn.study.loading import load_study
from femnn.study.runner import run
from femnn.verification.gradient_checks import experiment_bench
from femnn.verification.published_cases import published_case

# What ranks share is tested with the solvers
pytestmark = pytest.mark.serial

COMM = MPI.COMM_WORLD
STUDY = Path(__file__).parents[2] / "studies" / "noise"
CREEP = load_study(STUDY).settings(read_toml(STUDY / "study.toml"), "study.toml").creep
SMALL = [
    'adjoint_forces=[{from="0.005 gf", to="4 gf", count=12}, "5 gf"]', "repeats=60", "creep.delays=[60, 120]",
    'noises=["0.1 nm", "0.4 nm", "1.6 nm", "6.4 nm", "25 nm"]',
]  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small run on bars and beams."""
    path = COMM.bcast(tmp_path_factory.mktemp("noise")) / "run"
    assert not run("noise", SMALL, path, False, COMM).failures
    return path


@pytest.fixture(scope="module")
def bars() -> Experiment:
    """Bars in the case "separate"."""
    return experiment_bench(COMM).experiment("bar", published_case("separate"))


def test_exponents_are_those_of_theory(folder: Path) -> None:
    """Least error σ^½ and σ^⅔, best force σ^½ and σ^⅓, within 0.1.

    Energy forms against the exact gradient, products against their own limit; on beams products have a floor and no
    exponent against the exact gradient.
    """
    found = pd.DataFrame(json.loads((folder / "summary.json").read_text())["exponents"])
    assert set(found["model"]) == {"bar", "beam"}
    own = found[(found["reference"] == "exact") == found["estimator"].str.endswith("energy")]
    for kind in ("error", "force"):
        np.testing.assert_allclose(own[kind], own[f"theory_{kind}"], rtol=0, atol=0.1)
        np.testing.assert_allclose(own[f"drawn_{kind}"], own[f"theory_{kind}"], rtol=0, atol=0.1)
    assert (own["error_uncertainty"] < 0.02).all()
    floor = found[(found["reference"] == "exact") & (found["model"] == "beam")].set_index("estimator")["error"]
    assert np.isnan(floor[["superposed-product", "centred-product"]].astype(float)).all()


def test_expected_errors_are_those_that_are_drawn(folder: Path) -> None:
    table = pd.read_csv(folder / "table.csv")
    scores = (table["relative_l2"] - table["expected"]) / table["uncertainty"]
    assert scores.abs().max() < 6
    assert scores.std() == pytest.approx(1, abs=0.25)


def test_figures_are_the_expected_ones(folder: Path) -> None:
    """expected.json: exponents, best forces with 20 µm where they are inside, the Prony series."""
    wanted = json.loads((STUDY / "expected.json").read_text())
    summary = json.loads((folder / "summary.json").read_text())
    keys = ["model", "estimator", "reference"]
    found, known = (pd.DataFrame(x["exponents"]).set_index(keys)["error"] for x in (summary, wanted))
    np.testing.assert_allclose(found[known.index], known, atol=0.02)
    for kind, series in wanted["prony"].items():
        for name in ("equilibrium", "misfit"):
            assert summary["prony"][kind][name] == pytest.approx(series[name], rel=1e-3)
    best = pd.DataFrame(summary["best"]).set_index(["model", "estimator"])["error"]
    for row in wanted["best"]:
        if row["estimator"] == "superposed-energy":
            assert best[row["model"], row["estimator"]] == pytest.approx(row["error"], rel=0.02)


def test_errors_by_creep_are_the_expected_ones(bars: Experiment) -> None:
    """expected.json, of bars: at the best force with 20 µm, 10, 60 and 600 s after the data's load was read."""
    wanted = json.loads((STUDY / "expected.json").read_text())
    creep = CREEP.prony(0.55e6).creep
    best = {row["estimator"]: row["adjoint_force"] for row in wanted["best"] if row["model"] == "bar"}
    rows = [row for row in wanted["creep"] if row["model"] == "bar"]
    assert {row["delay"] for row in rows} == {10, 60, 600}
    for row in rows:
        name = BASIS.get(row["protocol"], row["protocol"])
        how, s = protocols([name])[row["protocol"]], best[name] / bars.adjoint_magnitude
        found = errors_of_measurements(crept_estimate(bars, how, creep, 60.0, row["delay"], s), bars.exact_gradient)
        for kind in ("relative_l2", "one_minus_cosine"):
            assert found[kind] == pytest.approx(row[kind], rel=5e-3)


def test_forces_that_no_lattice_bears_leave_the_others(tmp_path: Path) -> None:
    """Creep is followed at the best of the forces that are carried."""
    few = ['adjoint_forces={from="5 gf", to="60 gf", count=6}', "models=bar", "estimators=centred-product"]
    few += ['noises=["20 µm"]', "repeats=10", "creep.delays=60", "loading.most_attempts=15"]
    finished = run("noise", few, tmp_path / "run", False, COMM)
    assert finished.failures
    assert all("estimator centred-product" in line for line in finished.failures)
    creep = pd.read_csv(tmp_path / "run" / "creep.csv")
    assert set(creep[creep["best"]]["protocol"]) == {"centred-product", "centred-product (+ − +)"}


def test_creep_between_readings_is_taken_for_an_answer(folder: Path) -> None:
    """Of the superposed product: ∝ 1/s, and in proportion to what the data's load creeps in the delay."""
    creep = pd.read_csv(folder / "creep.csv")
    own = creep[(creep["protocol"] == "superposed-product") & (creep["model"] == "bar") & ~creep["best"]]
    small = own[own["adjoint_force"] < 0.05 * GRAM_FORCE]
    for _, rows in small.groupby("delay"):
        np.testing.assert_allclose(rows["relative_l2"] * rows["adjoint_force"],
                                   (rows["relative_l2"] * rows["adjoint_force"]).mean(), rtol=0.02)  # fmt: skip
    least = small[small["adjoint_force"] == small["adjoint_force"].min()].set_index("delay")["relative_l2"]
    material = CREEP.prony(0.55e6).creep
    crept = [float(material.compliance(60 + d) - material.compliance(60)) for d in least.index]
    np.testing.assert_allclose(least / least.iloc[0], np.array(crept) / crept[0], rtol=0.02)


@pytest.mark.parametrize(
    ("assignment", "message"),
    [
        ("estimators=nudged", "there is no estimator 'nudged'"),
        ('noises=["0 m"]', "must be above 0"),
        ("creep.delays=[]", "creep.delays"),
        ("creep.longest=1e-6", "creep.longest must be above creep.shortest"),
        ("creep.master_curve=none.csv", "no master curve 'none.csv'"),
        ("bench.angel=3", "did you mean 'angle'"),
    ],
)
def test_bad_settings_are_refused(tmp_path: Path, assignment: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        run("noise", [assignment], tmp_path / "run", False, COMM)
