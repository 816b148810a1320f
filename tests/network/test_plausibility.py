# ruff: noqa: RUF012
"""Sizes that are hardly meant are named with their value in SI, and what is plausible raises no alarm."""

import json
import warnings
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import numpy as np
import pytest
from mpi4py import MPI
from pydantic import Field

from femnn.cli import main
from femnn.config.quantities import Density, Force, Length, Pressure
from femnn.config.resources import names
from femnn.config.settings import Settings
from femnn.errors import FemnnWarning, ImplausibleWarning
from femnn.insitu.load_cases import Case
from femnn.network import lattices
from femnn.network.network import Network
from femnn.network.plausibility import implausible, implausible_settings, warn_of
from femnn.network.sections import Sections
from femnn.network_files.specification import load_network
from femnn.runtime.notices import collected, gathered
from femnn.study.loading import load_study, read_settings
from femnn.training.tasks import RegressionSettings

pytestmark = pytest.mark.serial

STUDIES = Path(__file__).parents[2] / "studies"


def section(modulus: float = 0.55e6, width: float = 2e-3, thickness: float = 2e-3) -> Sections:
    return Sections(*map(np.array, (modulus, thickness, width, 0.5 * width, 2 * width)))


def patch(spacing: float = 16e-3, columns: int = 2, **given: float) -> Network:
    return lattices.triangular(columns, 2, spacing, section=section(**given))


def octet(size: float, **given: float) -> Network:
    return lattices.octet(1, 1, 1, size, section=section(**given))


PORTAL = Network(
    [[0, 0], [0, 4], [6, 4], [6, 0]],
    [[0, 1], [1, 2], [2, 3]],
    [[True, True], [False, False], [False, False], [True, True]],
    section(210e9, 0.2, 0.1),
    rigid_joints=True,
)

IMPLAUSIBLE = {
    "32 m": (patch(16.0), ["width 0.002 m is very little for its length 16 m in a lattice of 40 m"]),
    "32 m of short bonds": (patch(0.5, columns=64), ["width 0.002 m is very little for its length 0.5 m"]),
    "32 m in space": (octet(32.0), ["width 0.002 m is very little for its length 22.63 m"]),
    "wider than long": (patch(1.6e-3), ["width 0.002 m is more than its length 0.0016 m"]),
    "wider than long in space": (octet(2e-3), ["width 0.002 m is more than its length 0.001414 m"]),
    "0.55 Pa": (patch(modulus=0.55), ["modulus 0.55 Pa is outside"]),
    "milli": (patch(modulus=0.55e-3), ["modulus 0.00055 Pa is outside"]),
    "beyond diamond": (patch(modulus=1e13), ["modulus 1e+13 Pa is outside"]),
    "below 1 µm": (patch(1e-7, width=1e-8, thickness=1e-8), ["length 1e-07 m is outside"]),
    "above 1 km": (patch(2e3, width=100.0, thickness=100.0), ["length 2000 m is outside"]),
    "thin": (patch(thickness=1e-6), ["thickness 1e-06 m is very little for its length 0.016 m"]),
    "thick": (patch(thickness=2.0), ["thickness 2 m is very much for its length 0.016 m"]),
    "thread": (patch(width=1e-6), ["width 1e-06 m is very little for its length 0.016 m"]),
    "two": (patch(16.0, modulus=0.55), ["modulus 0.55 Pa", "width 0.002 m"]),
}


@pytest.mark.parametrize(("network", "messages"), IMPLAUSIBLE.values(), ids=IMPLAUSIBLE)
def test_implausible_networks_are_named_with_values_in_si(network, messages):
    found = implausible(network)
    assert len(found) == len(messages)
    for line, message in zip(found, messages, strict=True):
        assert line.startswith(f"{network.name}: bond 1–")
        assert message in line


def test_the_bond_that_is_implausible_is_named():
    network = patch()
    widths = np.array(network.sections.width)
    widths[[3, 5]] = 0.02
    network = replace(network, sections=replace(network.sections, width=widths))
    (line,) = implausible(network)
    assert f"bond {network.bond_name(3)}: width 0.02 m is more than its length 0.016 m, and so for 1 more of" in line


PLAUSIBLE = {
    "steel portal in metres": PORTAL,
    "steel truss": patch(3.0, modulus=210e9, width=0.05, thickness=0.05),
    "large truss": patch(5.0, columns=40, modulus=210e9, width=0.05, thickness=0.05),
    "MEMS": patch(10e-6, modulus=100e9, width=1e-6, thickness=1e-6),
    "nanolattice": octet(5e-6, modulus=70e9, width=0.5e-6, thickness=0.5e-6),
    "gel": patch(modulus=1e3),
    "soft gel": patch(modulus=100.0),
    "diamond": patch(modulus=1.2e12),
    "foil": patch(thickness=10e-6),
    "stubby": patch(4e-3),
    "many small bonds": patch(16e-3, columns=300),
}


@pytest.mark.parametrize("network", PLAUSIBLE.values(), ids=PLAUSIBLE)
def test_plausible_networks_raise_no_alarm(network):
    assert implausible(network) == []


@pytest.mark.parametrize("name", names("meshes"))
def test_networks_that_ship_raise_no_alarm(name):
    assert implausible(load_network(name)) == []


@pytest.mark.parametrize("file", sorted(STUDIES.glob("*/*.toml")), ids=lambda file: f"{file.parent.name}/{file.stem}")
def test_studies_that_ship_raise_no_alarm_and_show_units(file):
    """All their settings go with their network; values of points have a unit, unless they are shares."""
    folder, values, where = read_settings(str(file))
    settings, network = load_study(folder).settings(values, where), load_network(str(values.get("network", "li2024")))
    assert implausible_settings(settings, network) == []
    points = settings.resolved(network, MPI.COMM_SELF).points()
    measured = {key for point in points for key, value in point.values.items() if isinstance(value, float)}
    assert measured - {"reach"} <= settings.units.keys()


class Measurement(Settings):
    """Settings of a study of one's own."""

    cases: list[str] = ["own"]
    case: dict[str, Case] = {}
    adjoint_forces: list[Force] = []
    adjoint_force: Force = 0.0
    noises: list[Length] = []
    pad_radius: Length | None = None
    correlation_length: Length = 0.0
    difference_step: Force = 1.0
    modulus: Pressure | None = None
    density: Annotated[Density, Field(gt=0)] = 1140.0
    task: RegressionSettings | None = None
    gradient: str = "product"


def measurement(force: object = "5 gf", displacement: object = "-2 mm", **given: object) -> Measurement:
    case = {
        "loads": [{"node": 8, "force": force, "direction": "-y"}],
        "targets": [{"node": 8, "component": "y", "displacement": displacement}],
    }
    return Measurement(**{"case": {"own": case, "other": case}} | given)


def task(slope: object, force: object) -> dict[str, object]:
    output = {"node": 8, "component": "y", "slope": slope}
    return {"largest_force": force, "inputs": [{"node": 8, "direction": "-y"}], "outputs": [output]}


@pytest.mark.parametrize(
    ("settings", "messages"),
    [
        (
            measurement(force=25),
            ["case.own.loads.force at node 8 is 25 N: it strains a bond that carries it alone by 11.4"],
        ),
        (measurement(force="-5 kgf"), ["is -49 N: it strains"]),
        (measurement(displacement=-25), ["case.own.targets.displacement at node 8 is -25 m, 625 times"]),
        (measurement(displacement="200 mm"), ["is 0.2 m, 5 times the lattice's size of 0.04 m"]),
        (measurement(noises=["1 µm", 20, 30]), ["noises is 30 m, more than the shortest bond is long (0.016 m)"]),
        (measurement(adjoint_forces=["1 gf", 100]), ["adjoint_forces is 100 N: it strains"]),
        (
            measurement(force="1 nN", adjoint_forces=["2 mN"]),
            ["adjoint_forces is 0.002 N, 2e+06 times the data's load of 1e-09 N"],
        ),
        (measurement(pad_radius=1), ["pad_radius is 1 m, 25 times the lattice's size"]),
        (measurement(modulus=0.55), ["modulus is 0.55 Pa, outside 10 to 2e+12 Pa"]),
        (measurement(density=1.14), ["density is 1.14 kg/m**3, outside"]),
        (measurement(task=task(16.0, "20 gf")), ["slope at node 8 is 16 m/N: at 0.196 N that asks for 3.136 m"]),
        (
            measurement(task=task("16 mm/N", 40)),
            ["task.largest_force is 40 N: it strains", "at 40 N that asks for 0.64 m"],
        ),
        (measurement(), []),
        (measurement(force="1 N", displacement="50 mm", noises=["10 mm"], adjoint_forces=["10 N"]), []),
        (measurement(correlation_length=1, difference_step=1e3), []),
        (measurement(force=25, cases=["other"], case={"own": measurement(force=25).case["own"]}), []),
        (measurement(adjoint_force=100, gradient="product"), ["adjoint_force is 100 N"]),
        (measurement(adjoint_force=100, gradient="exact"), []),
    ],
)
def test_implausible_settings_are_named_by_their_key(settings, messages):
    found = implausible_settings(settings, patch())
    assert len(found) == len(messages)
    for line, message in zip(found, messages, strict=True):
        assert message in line
        assert line.endswith("; check its unit")


@pytest.mark.parametrize("network", [PLAUSIBLE["steel truss"], PLAUSIBLE["MEMS"], PLAUSIBLE["gel"]])
def test_the_same_shares_of_size_and_stiffness_raise_no_alarm_at_any_size(network):
    """A load of 5 % strain, a target of a tenth of the lattice and noise of a hundredth of a bond."""
    size = float(np.ptp(network.nodes, axis=0).max())
    force = 0.05 * float((network.stiffness * network.lengths).mean())
    settings = measurement(force, 0.1 * size, adjoint_forces=[force], noises=[0.01 * network.lengths.min()])
    assert implausible_settings(settings, network) == []


def test_warnings_are_shown_once_and_kept(capsys):
    with collected(MPI.COMM_SELF) as kept:
        for _ in range(2):
            warn_of(patch(modulus=0.55))
        warnings.warn("of another kind", FemnnWarning, stacklevel=1)
        assert gathered(kept, MPI.COMM_SELF) == kept
    lines = capsys.readouterr().err.splitlines()
    assert lines == [f"warning: {text}" for text in kept]
    assert [("0.55 Pa" in line, "other" in line) for line in lines] == [(True, False), (False, True)]


def test_other_warnings_and_later_ones_go_where_they_went():
    with collected(MPI.COMM_SELF) as kept, pytest.warns(DeprecationWarning, match="old"):
        warnings.warn("old", DeprecationWarning, stacklevel=1)
    assert kept == []
    with pytest.warns(ImplausibleWarning, match=r"0\.55 Pa"):
        warn_of(patch(modulus=0.55))


@pytest.fixture
def soft(tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "soft.toml"
    path.write_text(
        '[lattice]\nkind = "triangular"\ncolumns = 2\nrows = 2\nspacing = "16 mm"\n[section]\nmodulus = 0.55\n'
    )
    return path


def test_commands_show_warnings_on_the_console(soft, capsys):
    for command in (["mesh", str(soft)], ["export", str(soft), "--out", str(soft.parent / "soft.csv")]):
        with pytest.raises(SystemExit) as ended:
            main(command)
        assert ended.value.code == 0
        printed = capsys.readouterr()
        assert printed.err.startswith("warning: soft: bond 1–2: modulus 0.55 Pa is outside")
        assert printed.err.count("\n") == 1


def test_a_run_shows_warnings_and_its_summary_and_report_keep_them(tmp_path, capsys):
    out = tmp_path / "run"
    case = ["loads=[{node=13,direction='-y',force='1 gf'}]", "targets=[{node=14,component='y',displacement=-25}]"]
    settings = ["models=spring", "estimators=central-difference", "steps=0.0001", "cases=own"]
    options = [part for text in (*settings, *(f"case.own.{text}" for text in case)) for part in ("--set", text)]
    with pytest.raises(SystemExit) as ended:
        main(["run", "finite-difference", *options, "--out", str(out)])
    assert ended.value.code == 0
    printed = capsys.readouterr()
    said = "li2024: case.own.targets.displacement at node 14 is -25 m, 391 times the lattice's size of 0.064 m"
    assert printed.err.splitlines() == [f"warning: {said}; check its unit"]
    assert "step 0.0001 N" in printed.out
    config = (out / "config.toml").read_text()
    assert '"0.0098 N"' in config
    assert '"-25.0 m"' in config
    assert json.loads((out / "summary.json").read_text())["warnings"] == [f"{said}; check its unit"]
    assert "391 times" in (out / "report.html").read_text()
    with pytest.raises(SystemExit):
        main(["report", str(out)])
    assert json.loads((out / "summary.json").read_text())["warnings"] == [f"{said}; check its unit"]
    assert "391 times" in (out / "report.html").read_text()
