"""Networks of one's own are loaded at their inputs and read at their outputs, with loads that suit them."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from mpi4py import MPI

from femnn.cli import main
from femnn.config.quantities import GRAM_FORCE
from femnn.config.toml_files import read_toml
from femnn.errors import ConfigError, MechanismError
from femnn.insitu.experiment import Experiment
from femnn.insitu.scales import fibre_strains, turns
from femnn.network.network import Network
from femnn.network_files.specification import load_network
from femnn.planning.plan import plan
from femnn.planning.plan_settings import plan_settings
from femnn.study.loading import load_study, read_settings
from femnn.study.records import Value
from femnn.study.runner import run
from femnn.study.study_bench import Bench

pytestmark = pytest.mark.serial

COMM = MPI.COMM_WORLD
PATCH = '[lattice]\nkind = "triangular"\ncolumns = 3\nrows = 2\nspacing = "20 mm"\nsupports = "left"\n'
CELL = '[lattice]\nkind = "octet"\ncells_x = 1\ncells_y = 1\ncells_z = 1\nsize = "30 mm"\nsupports = "bottom"\n'
PORTAL = """
unit = "mm"
rigid_joints = true
nodes = [[0, 0], [0, 50], [70, 50], [70, 0]]
bonds = [[1, 2], [2, 3], [3, 4]]
supports = [{ nodes = [1, 4] }]
[inputs]
wind = { node = 3, direction = "-x" }
[outputs]
corner = { node = 2, direction = [-3, -1] }
"""
TRUSS = """
nodes = [[0, 0], [3, 0], [6, 0], [9, 0], [3, 2], [6, 2]]
bonds = [[1, 2], [2, 3], [3, 4], [1, 5], [5, 2], [5, 3], [5, 6], [6, 3], [6, 4]]
supports = [{ nodes = [1] }, { nodes = [4], fixed = "y" }]
[section]
modulus = "210 GPa"
width = "0.1 m"
thickness = "0.1 m"
[inputs]
first = { node = 2, direction = "-y" }
second = { node = 3, direction = "-y" }
[outputs]
sag = { node = 3, direction = "-y" }
slip = { node = 4, direction = "x" }
"""
NETWORKS = {"patch": (PATCH, "bar"), "cell": (CELL, "bar"), "portal": (PORTAL, "beam"), "truss": (TRUSS, "beam")}


def written(folder: Path, name: str) -> str:
    path = folder / f"{name}.toml"
    path.write_text(NETWORKS[name][0])
    return str(path)


def experiment_of(path: str, *assignments: str) -> Experiment:
    """The experiment of the last model of gradient-error on a network."""
    given = [f"network={path}", *assignments]
    folder, values, where = read_settings("gradient-error", given)
    study, network = load_study(folder), load_network(path)
    settings = study.settings(values, where)
    settings = settings.fitted(settings.fitting(network, COMM, given))
    return Bench(settings, network, COMM).experiment(settings.models[-1], settings.case["ports"])  # type: ignore[attr-defined]


def test_ports_are_loaded_and_gradients_are_those_of_differences(comm_tmp_path: Path) -> None:
    """Small strains, a loss above its minimum, and dL/dk as by central differences, to 1e-6 of its norm."""
    for name, (_, model) in NETWORKS.items():
        experiment = experiment_of(written(comm_tmp_path, name), f"models={model}")
        network: Network = experiment.solver.structure.network
        loaded = {network.index(port.node): port.direction for port in network.inputs.values()}
        assert set(np.flatnonzero(experiment.force.any(axis=1))) == set(loaded), name
        for node, direction in loaded.items():
            force = experiment.force[node]
            np.testing.assert_allclose(force / np.linalg.norm(force), direction, atol=1e-12)
        read = {network.index(port.node) for port in network.outputs.values()}
        assert set(experiment.loss.reads // network.dimension) == read, name
        U = experiment.forward.displacements
        assert (
            1e-4
            < max(fibre_strains(network, U, experiment.solver.structure.model).max(), turns(network, U).max())
            < 0.12
        )
        k, exact = experiment.solver.structure.stiffness, experiment.exact_gradient
        steps = 1e-4 * k

        def moved(bond: int, by: float, k: np.ndarray = k, experiment: Experiment = experiment) -> float:
            return experiment.loss_at(k + by * (np.arange(len(k)) == bond))

        found = [(moved(bond, step) - moved(bond, -step)) / (2 * step) for bond, step in enumerate(steps)]
        assert np.linalg.norm(found - exact) < 1e-6 * np.linalg.norm(exact), name


def test_a_frame_runs_without_springs(comm_tmp_path: Path) -> None:
    """On the model that carries it; the report tells what has been left out, and has no hole where springs were."""
    given = [f"network={written(comm_tmp_path, 'portal')}", "models=beam", "adjoint_forces=0.001 gf"]
    given += ["estimators=product,centred-energy", "shown_adjoint_force=0.001 gf"]
    finished = run("gradient-error", given, comm_tmp_path / "run", False, COMM)
    assert not finished.failures
    table = pd.read_csv(comm_tmp_path / "run" / "table.csv")
    assert set(table["reference"]) == {"exact"}
    assert np.isfinite(table["relative_l2"]).all()
    config = read_toml(comm_tmp_path / "run" / "config.toml")
    assert list(config["case"]) == config["cases"] == ["ports"]
    report = (comm_tmp_path / "run" / "report.html").read_text()
    assert "names nodes of li2024, and portal is another network" in report
    assert ">nan<" not in report
    with xr.open_dataset(comm_tmp_path / "run" / "results.nc", engine="h5netcdf") as data:
        assert "linear_spring_gradient" not in data


def test_springs_are_built_only_where_they_are_asked_for() -> None:
    folder, values, where = read_settings("gradient-error", ["models=beam", "references=exact", "estimators=adjoint"])
    study, network = load_study(folder), load_network("li2024")
    settings = study.settings(values, where).resolved(network, COMM)
    bench = Bench(settings, network, COMM)
    fields, estimates = list(settings.points())[:2]
    assert (fields["adjoint_force"], estimates["model"], estimates.models) == (None, "beam", ["beam"])
    measured = [item for point in (fields, estimates) for item in settings.measure(bench, point)]
    assert {item.name for item in measured if isinstance(item, Value)} >= {"fields", "gradients"}
    built = bench.once(("experiments", None), pytest.fail)
    assert {model for model, _ in built._solvers} == {"beam"}


@pytest.mark.parametrize("name", NETWORKS)
def test_a_plan_loads_the_ports_with_weights_that_suit(name: str, comm_tmp_path: Path) -> None:
    found = plan(plan_settings(written(comm_tmp_path, name), ["estimators=centred-energy,product"]), COMM)
    network = found.network
    assert found.case == "ports"
    inputs = {port.node for port in network.inputs.values()}
    outputs = {port.node for port in network.outputs.values()}
    assert {string.node for strings in found.best.hung for string in strings} <= inputs | outputs
    assert any("names nodes of li2024" in note for note in found.notes)
    assert found.settings.model == ("beam" if name == "portal" else "bar")
    assert found.settings.weights[0] < max(1.0, 1e-2 * np.abs(found.best.experiment.force).max() / GRAM_FORCE)


def test_a_plan_keeps_weights_and_models_that_are_given(comm_tmp_path: Path) -> None:
    patch = written(comm_tmp_path, "patch")
    network = load_network(patch)
    settings, name, notes = plan_settings(patch, ["case=same", "weights=1, 2, 2, 5 gf"]).fitted(network, COMM)
    assert name == "ports"
    assert settings.weights == pytest.approx([grams * GRAM_FORCE for grams in (1, 2, 2, 5)])
    assert GRAM_FORCE <= settings.resolved_case().loads[0].force <= 5 * GRAM_FORCE
    assert "case 'same' names nodes of li2024" in notes[0]
    portal = written(comm_tmp_path, "portal")
    with pytest.raises(MechanismError, match="take models that carry it: beam"):
        plan_settings(portal, ["model=bar"]).fitted(load_network(portal), COMM)


def test_a_plan_without_ports_says_what_to_write(comm_tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """And what it says works."""
    path = comm_tmp_path / "bare.toml"
    path.write_text(TRUSS.split("[inputs]")[0])
    with pytest.raises(ConfigError, match="names nodes of li2024") as refused:
        plan(plan_settings(str(path)), COMM)
    option = str(refused.value).split("--set case='")[1].rsplit("'", 1)[0]
    _, name, notes = plan_settings(str(path), [f"case={option}"]).fitted(load_network(str(path)), COMM)
    assert (name, notes) == ("of the plan file", [])
    with pytest.raises(SystemExit) as ended:
        main(["run", "finite-difference", "--set", f"network={path}", "--out", str(comm_tmp_path / "run")])
    assert ended.value.code == 2
    if COMM.rank == 0:
        told = capfd.readouterr().err
        assert "inputs = { load = { node = " in told
        assert "--set cases=mine --set case.mine=" in told
