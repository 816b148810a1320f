"""Nodes that settings name are those of the network that they were written for, in every study that ships.

On other networks settings resolve to the network's own ports, or are refused. The networks here have labels from 101
on, so that whatever still names a node of the published lattice would be seen.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from mpi4py import MPI
from pydantic import BaseModel

from femnn.config import resources
from femnn.errors import ConfigError, FemnnError, MechanismError, NetworkError
from femnn.insitu import fitting
from femnn.insitu.fitting import Fitting
from femnn.network.lattices import li2024
from femnn.network_files.specification import load_network
from femnn.study.loading import load_study, read_settings
from femnn.study.runner import require_acting
from femnn.study.study import Study

pytestmark = pytest.mark.serial

COMM = MPI.COMM_WORLD
FILES = sorted(
    f"{name}/{file.stem}" if file.stem != "study" else name
    for name, folder in resources.names("studies").items()
    for file in folder.glob("*.toml")
)
OPEN = {"classification/beam", "classification/continuum", "classification/in-situ", "classification/penguins"}
"""Settings files that name no node."""

NODES = (
    "node,x,y,fixed\n101,0,0,xy\n102,20 mm,0,xy\n103,40 mm,0,xy\n104,10 mm,-17 mm,\n105,30 mm,-17 mm,\n"
    "106,20 mm,-34 mm,\n107,0,-34 mm,\n108,40 mm,-34 mm,\n"
)
PAIRS = "104,101 104,102 105,102 105,103 104,105 106,104 106,105 107,104 107,101 107,106 108,105 108,103 108,106"
BONDS = "first,second\n" + "\n".join(PAIRS.split()) + "\n"
FRAME = "first,second\n101,104\n102,104\n104,105\n105,103\n104,107\n105,108\n107,106\n106,108\n"
"""Of the same nodes, but it stands by rigid joints alone."""
ONE = "port,kind,node,x,y\npush,input,106,0,-1\nanswer,output,107,0,1\n"
MANY = (
    "port,kind,node,x,y\na,input,104,1,0\nb,input,105,-1,0\nc,input,106,0,-1\nd,input,107,0,-1\n"
    "one,output,108,1,0\ntwo,output,107,1,0\nthree,output,104,0,-1\n"
)


@pytest.fixture
def sized(monkeypatch: pytest.MonkeyPatch) -> None:
    """Loads without a solve: what suits a network is tested elsewhere."""
    monkeypatch.setattr(Fitting, "sized", lambda self, pattern: 0.25)
    monkeypatch.setattr(Fitting, "reached", lambda self, force: np.full(force.shape, 1e-3))


def written(folder: Path, ports: str = "", bonds: str = BONDS, rigid: bool = False, name: str = "own") -> str:
    """A table of nodes 101 to 108; gives its path."""
    path = folder / f"{name}.csv"
    path.write_text("\n".join([f"setting,value\nrigid_joints,{str(rigid).lower()}\n", NODES, bonds, ports]))
    return str(path)


STUDIES = {name: load_study(folder) for name, folder in resources.names("studies").items()}
"""Imported when tests are collected: what garbage collection then has to go through between tests is less."""


def resolved(file: str, network: str, *assignments: str) -> tuple[Study, list[str]]:
    """Settings of a shipped file on a network, as a run takes them, and what the user is told."""
    given = [f"network={network}", *assignments]
    folder, values, where = read_settings(file, given)
    settings = STUDIES[folder.name].settings(values, where)
    fit = settings.fitting(load_network(network), COMM, given)
    return settings.fitted(fit), fit.notes


def check_models(file: str, *assignments: str) -> None:
    """Refuse what acts on no model of a shipped file on the published lattice, as a run does."""
    given = ["network=li2024", *assignments]
    folder, values, where = read_settings(file, given)
    settings, network = STUDIES[folder.name].settings(values, where), load_network("li2024")
    fit = settings.fitting(network, COMM, given)
    require_acting(list(settings.fitted(fit).resolved(network, COMM).points()), fit)


def named(values: Any) -> Iterator[int]:
    """Labels of all nodes that settings name."""
    if isinstance(values, BaseModel):
        yield from named({key: getattr(values, key) for key in type(values).model_fields})
    elif isinstance(values, Mapping):
        for key, value in values.items():
            if key in ("node", "largest") and value is not None:
                yield value
            elif key == "bonds":
                yield from (label for bond in value for label in bond)
            else:
                yield from named(value)
    elif isinstance(values, Sequence) and not isinstance(values, str):
        for value in values:
            yield from named(value)


@pytest.mark.parametrize("file", FILES)
def test_shipped_settings_name_nodes_of_their_own_network_alone(file: str) -> None:
    """As they ship they stay as they are, with nothing to tell; each that names nodes names them."""
    settings, notes = resolved(file, "li2024")
    assert not notes
    labels = set(named(settings))
    assert (not labels) == (file in OPEN)
    assert labels <= set(range(1, 15))


def refused(ports: str) -> set[str]:
    """Settings files that need ports which a network has not."""
    if ports == MANY:
        return set()
    classifying = {file for file in FILES if file.split("/")[0] in ("importance", "retraining")}
    named_alone = {"classification/noisy"} | classifying
    return named_alone if ports else {file for file in FILES if file not in OPEN} - {"classification"}


@pytest.mark.usefixtures("sized")
@pytest.mark.parametrize("ports", [ONE, MANY, ""], ids=["one port", "many ports", "no ports"])
@pytest.mark.parametrize("file", FILES)
def test_nothing_of_the_published_lattice_acts_on_another(file: str, ports: str, comm_tmp_path: Path) -> None:
    """Own ports, or a refusal that says what to write; never a node of li2024, and never without a word."""
    network = written(comm_tmp_path, ports)
    study = file.split("/")[0]
    if study in ("fidelity", "calibration"):
        with pytest.raises(NetworkError, match=r"were made on another network.*gradient\.csv"):
            resolved(file, network)
        return
    if file in refused(ports):
        with pytest.raises(ConfigError, match=r"names nodes of li2024, and own is another network .* node = 10"):
            resolved(file, network)
        return
    settings, notes = resolved(file, network)
    assert set(named(settings)) <= set(range(101, 109))
    assert notes or file in OPEN
    assert ports or not list(named(settings))
    if list(named(settings)):
        assert any("own is another network" in note for note in notes)


@pytest.mark.parametrize("file", ["gradient-error", "behaviour", "regression", "fidelity"])
def test_a_renamed_copy_is_the_same_network_and_a_namesake_is_not(file: str, comm_tmp_path: Path) -> None:
    lattice = li2024()
    nodes = "".join(
        f"{label},{x!r},{y!r},{'xy' if held.all() else ''}\n"
        for label, (x, y), held in zip(lattice.labels, lattice.nodes.tolist(), lattice.fixed, strict=True)
    )
    bonds = "".join(f"{p + 1},{q + 1}\n" for p, q in lattice.bonds)
    copy = comm_tmp_path / "copy.csv"
    copy.write_text(f"node,x,y,fixed\n{nodes}\nfirst,second\n{bonds}")
    _, notes = resolved(file, str(copy))
    assert not notes
    namesake = comm_tmp_path / "li2024.csv"
    namesake.write_text(copy.read_text().replace(repr(float(lattice.nodes[12, 1])), "-0.05", 1))
    assert load_network(str(namesake)).name == "li2024"
    with pytest.raises(FemnnError, match="another network"):
        resolved(file, str(namesake))


@pytest.mark.usefixtures("sized")
def test_a_case_of_ones_own_is_used_as_it_stands(comm_tmp_path: Path) -> None:
    """In a file with its network, and on the command line with the run's; half a case on the command line is not."""
    network = written(comm_tmp_path, ONE)
    mine = '{loads=[{node=104,direction="x",force=1}],targets=[{node=105,component="y",displacement=1e-3}]}'
    own = comm_tmp_path / "own.toml"
    shipped = resources.find("studies", "finite-difference") / "study.toml"
    text = shipped.read_text().split("[case.separate]")[0].replace('"li2024"', repr(network))
    own.write_text(
        'study = "finite-difference"\n' + text.replace('"separate", "same"', '"mine"') + f"\n[case]\nmine = {mine}\n"
    )
    folder, values, where = read_settings(str(own))
    settings = STUDIES[folder.name].settings(values, where)
    fit = settings.fitting(load_network(network), COMM)
    assert settings.fitted(fit).cases == ["mine"]
    assert not fit.notes
    given, notes = resolved("finite-difference", network, "cases=mine", f"case.mine={mine}")
    assert given.cases == ["mine"]
    assert [note.partition(":")[0] for note in notes] == ["steps"]
    loads = 'case.separate.loads=[{node=104,direction="x",force=1}]'
    half, notes = resolved("finite-difference", network, "cases=separate", loads)
    assert half.cases == ["ports"]
    assert "names nodes of li2024" in notes[-1]
    # And the file's own case is one of another network where the command line names that
    other, notes = resolved(str(own), "triangular-patch")
    assert other.cases == ["ports"]
    assert network in notes[0]


@pytest.mark.usefixtures("sized")
def test_what_a_run_resolved_to_can_be_run_again(comm_tmp_path: Path) -> None:
    """config.toml holds the case of the ports with its numbers, and belongs to the network of the run."""
    network = written(comm_tmp_path, ONE)
    settings, _ = resolved("gradient-error", network, "models=bar")
    plain = settings.model_dump(mode="json", by_alias=True, exclude_none=True)
    again = STUDIES["gradient-error"].settings(plain, "config.toml")
    fit = again.fitting(load_network(network), COMM)
    assert again.fitted(fit) == settings
    assert not fit.notes
    assert settings.case["ports"].loads[0].force == 0.25


@pytest.mark.usefixtures("sized")
@pytest.mark.parametrize("file", ["gradient-error", "behaviour"])
def test_loads_for_another_stiffness_are_said(file: str, comm_tmp_path: Path) -> None:
    """The published lattice of steel: a few grams move it by nothing."""
    own = comm_tmp_path / "steel.toml"
    own.write_text('lattice = { kind = "li2024" }\nsection = { modulus = "210 GPa" }\n')
    notes = resolved(file, str(own))[1]
    assert any("has the nodes and bonds of li2024 but other stiffnesses" in note for note in notes)
    assert not any("other stiffnesses" in note for note in resolved(file, "li2024")[1])


@pytest.mark.usefixtures("sized")
def test_a_learning_rate_that_depends_on_the_loss_is_not_taken_over(comm_tmp_path: Path) -> None:
    """A rate of sgd for losses of 1e-8 m² makes a steel truss diverge; one that is asked for stays."""
    network = written(comm_tmp_path, ONE)
    settings, notes = resolved("transfer", network)
    assert settings.tuning.optimiser.name == "adam"  # type: ignore[attr-defined]
    assert any("the learning rate 2e+07 of sgd suits losses on li2024" in note for note in notes)
    asked, _ = resolved("transfer", network, "tuning.optimiser.learning_rate=3e5")
    assert asked.tuning.optimiser.learning_rate == 3e5  # type: ignore[attr-defined]
    published, _ = resolved("transfer", "li2024")
    assert published.tuning.optimiser.name == "sgd"  # type: ignore[attr-defined]


@pytest.mark.usefixtures("sized")
@pytest.mark.parametrize("file", FILES)
def test_models_that_carry_a_frame_run_on_it(file: str, comm_tmp_path: Path) -> None:
    """Springs and bars are usual models of other networks, and left out; no study is left without a model."""
    network = written(comm_tmp_path, MANY, FRAME, rigid=True)
    if file == "importance":
        with pytest.raises(MechanismError, match="rigid joints alone"):
            resolved(file, network)
        return
    if file in ("fidelity", "calibration"):
        return
    settings, notes = resolved(file, network)
    models = settings.models  # type: ignore[attr-defined]
    assert models
    assert not {"spring", "bar"} & set(models)
    assert set(named(settings)) <= set(range(101, 109))
    assert notes


@pytest.mark.parametrize(
    ("file", "setting"),
    [
        ("gradient-error", "models=spring,beam"),
        ("gradient-error", "references=linear-spring"),
        ("gradient-error", "estimators=product-linear-forward"),
        ("classification", "ports=searched"),
        ("regression", "reach=0.3"),
        ("transfer", "first=bar"),
    ],
)
@pytest.mark.usefixtures("sized")
def test_springs_that_are_asked_for_are_refused_on_a_frame(file: str, setting: str, comm_tmp_path: Path) -> None:
    network = written(comm_tmp_path, MANY, FRAME, rigid=True)
    with pytest.raises(MechanismError, match=r"transmits no moments.* take models that carry it: beam, "):
        resolved(file, network, setting)


def test_plane_solids_are_left_out_in_space() -> None:
    with pytest.raises(ConfigError, match="'continuum-2d' is for networks in the plane"):
        resolved("gradient-error", "octet", "models=bar,continuum-2d")


def test_hinges_of_another_network_are_refused(comm_tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fitting, "suitable_load", lambda solver, pattern: 1.0)
    network = written(comm_tmp_path, ONE)
    folder, values, where = read_settings("gradient-error", [f"network={network}"])
    settings = STUDIES[folder.name].settings(values | {"beam": {"hinges": [3, 4]}}, where)
    with pytest.raises(ConfigError, match="hinges names nodes of li2024"):
        settings.fitted(settings.fitting(load_network(network), COMM, [f"network={network}"]))


@pytest.mark.parametrize(
    ("file", "assignments"),
    [
        ("gradient-error", ["models=bar", "beam.hinges=all"]),
        ("gradient-error", ["models=spring,bar,beam", "continuum-2d.pad_radius=2 mm"]),
        ("classification", ["models=spring", "beam.cells_per_bond=4"]),
        ("fidelity", ["models=spring", "effects=[]", "beam.cells_per_bond=4"]),
    ],
)
def test_parameters_of_models_that_do_not_run_are_refused(file: str, assignments: list[str]) -> None:
    """Every setting acts, or is refused by its table and the models of the run."""
    with pytest.raises(ConfigError, match=r"^\[(beam|continuum-2d)\] has no effect: the models of this run are"):
        check_models(file, *assignments)


def test_parameters_of_models_that_run_are_taken(tmp_path: Path) -> None:
    """Also of models that stand behind others: effects, and loads of networks of one's own."""
    check_models("gradient-error", "models=bar,beam-straight", "beam.cells_per_bond=4")
    check_models("fidelity", "models=spring", "effects=bending", "beam.cells_per_bond=4")
