"""A new user's way, without editing: a hand-drawn frame in the plane, and a lattice in space made in Python."""

import json
import re
import shutil
from pathlib import Path

import ezdxf
import numpy as np
import pandas as pd
import pytest
import trimesh
import xarray as xr
from numpy_springs import NumpyNetwork
from project_commands import commands, femnn, run_all

import femnn as fm
from femnn.config.toml_files import read_toml
from femnn.insitu.load_cases import Case
from femnn.network.network import Network
from femnn.network_files.specification import load_network

pytestmark = pytest.mark.serial

FRAME = [(0, 0), (31, 0), (60, 1), (-1, 25), (30, 27), (61, 25), (15, 50), (45, 49)]
LINES = [(0, 1), (1, 2), (0, 3), (1, 4), (2, 5), (3, 4), (4, 5), (0, 4), (1, 5), (3, 6), (4, 6), (4, 7), (5, 7), (6, 7)]


def drawn(folder: Path) -> Path:
    """A frame with uneven corners, drawn in a program that writes no unit."""
    drawing = ezdxf.new(units=0)
    for p, q in LINES:
        drawing.modelspace().add_line(FRAME[p], FRAME[q])
    drawing.saveas(folder / "frame.dxf")
    return folder / "frame.dxf"


def tower(folder: Path) -> Path:
    """Two cells of a cube with diagonals, moved by hand and written as a table."""
    cube = np.array([[x, y, z] for z in (0, 1, 2) for y in (0, 1) for x in (0, 1)], dtype=float)
    nodes = 18e-3 * (cube + 0.05 * np.sin(np.arange(36)).reshape(12, 3))
    apart = ((cube[:, None] - cube[None]) ** 2).sum(axis=2)
    even = cube.sum(axis=1) % 2 == 0
    bonds = [(p, q) for p in range(12) for q in range(p + 1, 12) if apart[p, q] == 1 or (apart[p, q] == 2 and even[p])]
    rows = [
        "node,x,y,z",
        *(f"{n},{x * 1e3:.3f} mm,{y * 1e3:.3f} mm,{z * 1e3:.3f} mm" for n, (x, y, z) in enumerate(nodes, 1)),
    ]
    (folder / "tower.csv").write_text("\n".join([*rows, "", "first,second", *(f"{p + 1},{q + 1}" for p, q in bonds)]))
    return folder / "tower.csv"


@pytest.fixture(scope="module", params=[drawn, tower], ids=["drawn, 2D", "Python, 3D"])
def project(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project, in which all commands of its README have been run; the file that it began with is gone."""
    place = tmp_path_factory.mktemp("user")
    file = request.param(place)
    femnn("new", place / "mine", "--from", file)
    file.unlink()
    run_all(place / "mine")
    return place / "mine"


@pytest.fixture
def network(project: Path) -> Network:
    return load_network(project / "network.toml")


def springs(network: Network, law: str = "spring") -> NumpyNetwork:
    return NumpyNetwork(network.nodes, network.bonds, network.fixed, law)


def pulled(project: Path) -> Case:
    return Case.model_validate(read_toml(project / "gradient-error.toml")["case"]["pull"])


def test_the_commands_are_those_of_a_whole_project(project: Path) -> None:
    """A report, a plan, trained networks and an STL, which is closed and of the network's size."""
    assert [line[0] for line in commands(project)] == ["mesh", "run", "plan", "run", "run", "run", "export"]
    for name in ("gradient-error", "behaviour", "classification", "regression"):
        summary = json.loads((project / "runs" / name / "summary.json").read_text())
        assert summary["complete"], name
        assert summary["warnings"] == []
    assert "gf" in (project / "plan.html").read_text(encoding="utf-8")
    (stl,) = (project / "print").glob("*.stl")
    solid = trimesh.load(stl)
    network = load_network(project / "network.toml")
    assert solid.is_watertight
    assert np.ptp(solid.vertices, axis=0)[: network.dimension] == pytest.approx(
        1e3 * np.ptp(network.nodes, axis=0), abs=1e3 * 4 * network.sections.width.max()
    )


def test_no_report_has_a_number_that_is_none(project: Path) -> None:
    """Neither NaN nor infinity in what readers see, in page or summary."""
    for page in (project / "runs").glob("*/report.html"):
        text = re.sub(
            r"data:image/[^\"]*|<details>.*?</details>", "", page.read_text(encoding="utf-8"), flags=re.DOTALL
        )
        assert not re.search(r"\b(nan|inf|infinity)\b", text, re.IGNORECASE), page
        summary = (page.parent / "summary.json").read_text(encoding="utf-8")
        assert not re.search(r"\b(NaN|Infinity)\b|\bnan\b", summary), page


@pytest.mark.parametrize("law", ["spring", "bar"])
def test_the_gradient_is_that_of_springs_in_numpy(project: Path, network: Network, law: str) -> None:
    """Of ideal springs and of bars that turn, at the load and the targets of the file."""
    case, own = pulled(project), springs(network, law)
    k = network.stiffness
    U = own.solve(k, case.force(network))
    expected = own.gradient(U, k, case.loss(network).derivative(U))
    with xr.open_dataset(project / "runs" / "gradient-error" / "results.nc", engine="h5netcdf") as data:
        found = data["exact_gradient"].sel(model=law).squeeze().to_numpy()
    np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-9 * np.abs(expected).max())


def test_the_load_suits_the_network(project: Path, network: Network) -> None:
    """No node moves by more than a twentieth of a bond, no bond is strained by more than 1 %, and something moves."""
    U = springs(network).solve(network.stiffness, pulled(project).force(network))
    moved = np.linalg.norm(U, axis=1).max() / np.median(network.lengths)
    strain = np.abs(springs(network).elongations(U) / network.lengths).max()
    assert moved <= 0.0501
    assert strain <= 0.0101
    assert moved > 1e-4


def test_training_reaches_what_is_wanted(project: Path, network: Network) -> None:
    """The displacements of the table are those of springs with the trained stiffness, and they are those wanted."""
    run = project / "runs" / "behaviour"
    stiffness, table = pd.read_csv(run / "stiffness.csv"), pd.read_csv(run / "table.csv")
    behaviour = read_toml(project / "behaviour.toml")["behaviour"]["answer"]
    force = pulled(project).force(network)
    k = stiffness[stiffness["model"] == "spring"]["stiffness"].to_numpy()
    U = springs(network).solve(k, force)
    rows = table[(table["model"] == "spring") & (table["stage"] == "trained")]
    expected = [U[network.index(o["node"]), "xyz".index(o["component"])] for o in behaviour["outputs"]]
    np.testing.assert_allclose(rows["displacement"], expected, rtol=1e-8, atol=1e-12)
    np.testing.assert_allclose(rows["displacement"], rows["wanted"], rtol=1e-3)
    lower, upper = network.stiffness_bounds
    assert ((k >= lower * (1 - 1e-9)) & (k <= upper * (1 + 1e-9))).all()


def test_classes_are_learnt_and_forces_are_followed(project: Path) -> None:
    """On data that are the project's own."""
    table = pd.read_csv(project / "runs" / "classification" / "table.csv")
    assert (table[[c for c in table if "test" in c and "accuracy" in c]].to_numpy() >= 0.75).all()
    losses = pd.read_csv(project / "runs" / "regression" / "table.csv")
    assert (losses["accuracy"] > 0.98).all()


def test_camera_positions_in_pixels_give_the_gradient(project: Path, network: Network, tmp_path: Path) -> None:
    """Of a camera that is turned, with the y axis down in the plane; measured and with what NumPy says of springs."""
    own, case, k = springs(network), pulled(project), network.stiffness
    forward = own.solve(k, case.force(network))
    adjoint = own.linear_solve(0 * forward, k, -case.loss(network).derivative(forward) / 10)
    turn = np.eye(network.dimension)
    turn[:2, :2] = [[np.cos(0.1), -np.sin(0.1)], [np.sin(0.1), np.cos(0.1)]]
    rows = []
    for state, U in {"rest": 0 * forward, "forward": forward, "adjoint": adjoint}.items():
        pixels = 20_000 * (network.nodes + U) @ turn.T + 300
        rows += [[state, label, *place] for label, place in zip(network.labels, pixels, strict=True)]
    positions, out = tmp_path / "positions.csv", tmp_path / "gradient.csv"
    pd.DataFrame(rows, columns=["state", "node", *"xyz"[: network.dimension]]).to_csv(positions, index=False)
    femnn("measured", positions, "--network", project / "network.toml", "--case", "pull", "--unit", "px", "--out", out)
    measured = pd.read_csv(out)["measured"].to_numpy()
    expected = own.elongations(forward) * own.elongations(adjoint)
    share = measured @ expected / np.sqrt((measured @ measured) * (expected @ expected))
    assert share > 1 - 1e-3
    assert measured @ expected / (expected @ expected) == pytest.approx(1, abs=0.05)


def test_runs_stand_without_their_project(project: Path, tmp_path: Path) -> None:
    """A copy of a run makes its report again where nothing else is."""
    for name in ("gradient-error", "regression"):
        moved = tmp_path / name
        shutil.copytree(project / "runs" / name, moved)
        assert str(project) not in (moved / "config.toml").read_text()
        before = (moved / "table.csv").read_bytes()
        hidden = project.rename(project.with_name("hidden"))
        try:
            femnn("report", moved)
        finally:
            hidden.rename(project)
        assert (moved / "table.csv").read_bytes() == before


def test_the_network_is_usable_from_python(project: Path) -> None:
    assert len(fm.load_network(project / "network.toml").bonds) >= len(LINES)
