"""The study of noise: exponents of theory, what loads and creep do against solves and closed forms, bad settings."""

import importlib
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from mpi4py import MPI

from femnn.config.quantities import GRAM_FORCE
from femnn.errors import ConfigError
from femnn.insitu.camera import Camera
from femnn.insitu.estimators import READINGS
from femnn.insitu.experiment import Experiment
from femnn.study.loading import load_study
from femnn.study.runner import run
from femnn.verification.gradient_checks import experiment_bench
from femnn.verification.published_cases import published_case

# What ranks share is tested with the solvers
pytestmark = pytest.mark.serial

COMM = MPI.COMM_WORLD
STUDY = Path(__file__).parents[2] / "studies" / "noise"
PACKAGE = load_study(STUDY).prepare.__module__
SMALL = [
    'adjoint_forces=[{from="0.005 gf", to="4 gf", count=12}, "5 gf"]', "repeats=60", "creep.delays=[60, 120]",
    'noises=["0.1 nm", "0.4 nm", "1.6 nm", "6.4 nm", "25 nm"]',
]  # fmt: skip


def part(name: str):
    """A file of the study."""
    return importlib.import_module(f"{PACKAGE}.{name}")


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
    creeping, errors = part("creeping"), part("statistics").errors
    creep = part("settings").CreepSettings().prony(0.55e6).creep
    best = {row["estimator"]: row["adjoint_force"] for row in wanted["best"] if row["model"] == "bar"}
    rows = [row for row in wanted["creep"] if row["model"] == "bar"]
    assert {row["delay"] for row in rows} == {10, 60, 600}
    for row in rows:
        name = creeping.BASIS.get(row["protocol"], row["protocol"])
        how, s = creeping.protocols([name])[row["protocol"]], best[name] / bars.adjoint_magnitude
        found = errors(creeping.crept_estimate(bars, how, creep, 60.0, row["delay"], s), bars.exact_gradient)
        for kind in ("relative_l2", "one_minus_cosine"):
            assert found[kind] == pytest.approx(row[kind], rel=5e-3)


def test_the_sources_see_by_the_camera_of_the_settings(bars: Experiment) -> None:
    """Errors that are alike all over the picture spare the bonds between free nodes."""
    sources, settings = part("sources"), part("settings")
    creep = settings.CreepSettings().prony(0.55e6).creep
    camera = Camera(0.0, np.random.default_rng(0), shake=1e-4, looks=50)
    found = sources.Sources(bars, settings.BenchSettings(), creep, 60.0, camera).measured(
        "product", 1.0, camera.generator
    )
    scatter = {one.source: one.estimates for one in found if one.source in ("nonlinearity", "camera")}
    held = bars.solver.structure.network.fixed.any(axis=1)[bars.solver.structure.network.bonds].any(axis=1)
    np.testing.assert_allclose(
        scatter["camera"][:, ~held], np.repeat(scatter["nonlinearity"][:, ~held], 50, axis=0), atol=1e-20
    )
    assert (scatter["camera"][:, held].std(axis=0) > 0).all()


def test_forces_that_no_lattice_bears_leave_the_others(tmp_path: Path) -> None:
    """Creep is followed at the best of the forces that are carried."""
    few = ['adjoint_forces={from="5 gf", to="60 gf", count=6}', "models=bar", "estimators=centred-product"]
    few += ['noises=["20 µm"]', "repeats=10", "creep.delays=60", "loading.most_attempts=15"]
    finished = run("noise", few, tmp_path / "run", False, COMM)
    assert finished.failures
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
    material = part("settings").CreepSettings(equilibrium_modulus=0.55e6).prony(0.55e6).creep
    crept = [float(material.compliance(60 + d) - material.compliance(60)) for d in least.index]
    np.testing.assert_allclose(least / least.iloc[0], np.array(crept) / crept[0], rtol=0.02)


def test_a_rested_lattice_is_off_by_a_factor_only(bars: Experiment) -> None:
    """Each state of a product has crept alike; a delay of the wait leaves the product as it is."""
    creeping, settings = part("creeping"), part("settings").CreepSettings(equilibrium_modulus=0.55e6)
    creep, how = settings.prony(0.55e6).creep, creeping.EXTRA[creeping.RESTED]
    np.testing.assert_allclose(creeping.crept_loads(how, creep, 60.0, 60.0), [(1.0, 0.0), (0.0, 1.0)])
    (_, first), (_, second) = (creeping.crept_loads(how, creep, 60.0, delay)[1] for delay in (60.0, 120.0))
    assert second == pytest.approx(float(creep.compliance(120) / creep.compliance(60)) * first)


def test_readings_that_alternate_cancel_a_steady_creep() -> None:
    """+ − + takes away what grows with time alone: with J linear in time the data's load drops out."""
    creeping = part("creeping")
    steady = type("Steady", (), {"compliance": lambda self, t: np.maximum(np.asarray(t, dtype=float), 0.0)})()
    for protocol, left in (
        (creeping.EXTRA[creeping.BRACKETED], 0.0),
        (creeping.Protocol(READINGS["centred-product"]), -0.5),
    ):
        loads = creeping.crept_loads(protocol, steady, 60.0, 60.0)
        assert np.dot(protocol.scheme.differences, [a for a, _ in loads]) == pytest.approx(left)


@pytest.mark.parametrize("model", ["bar", "beam"])
def test_loads_that_are_off_are_followed_as_solved(model: str) -> None:
    """A weight askew by 2°, and one that is rounded as a laboratory does, against equilibria under those loads."""
    experiment = experiment_bench(COMM).experiment(model, published_case("separate"))
    strings = part("hanging").Strings.of(experiment.force)
    answer = strings.answer(experiment, experiment.forward)
    e, E = experiment.computed_elongation(experiment.forward), experiment.computed_energy(experiment.forward)
    angle = np.deg2rad(2)
    turned = np.cos(angle) * experiment.force + np.sin(angle) * strings.carried[0] * strings.across[0]
    heavier = experiment.force + 0.4 * GRAM_FORCE * strings.along[0]
    for force, change, row in ((turned, angle * strings.carried[0], 1), (heavier, 0.4 * GRAM_FORCE, 0)):
        state = experiment.under(force, start=experiment.forward)
        solved, energies = experiment.computed_elongation(state) - e, experiment.computed_energy(state) - E
        assert np.linalg.norm(change * answer.elongations[row] - solved) < 0.05 * np.linalg.norm(solved)
        assert np.linalg.norm(change * answer.energies[row] - energies) < 0.05 * np.linalg.norm(energies)
    rounded = Experiment(experiment.solver, heavier, experiment.loss, weight=GRAM_FORCE)
    np.testing.assert_allclose(rounded.forward.force, experiment.force, atol=1e-15)


def test_estimators_tend_to_their_limit(bars: Experiment) -> None:
    """Without noise, as the adjoint force vanishes."""
    for name, how in READINGS.items():
        s = 1e-4
        states = [bars.state(a, b * s) for a, b in how.loads]
        e = np.array([bars.computed_elongation(state) for state in states])
        E = np.array([bars.computed_energy(state) for state in states])
        limit = part("limits").limit_gradient(bars, name)
        assert np.linalg.norm(how.combine(e, E, s) - limit) < 1e-4 * np.linalg.norm(limit)


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
