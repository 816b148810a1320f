"""What ``femnn new`` makes of files that say much or little, and what it refuses."""

from collections.abc import Callable
from pathlib import Path

import ezdxf
import meshio
import numpy as np
import pytest
from mpi4py import MPI
from project_commands import femnn

from femnn.cli import main
from femnn.config.toml_files import read_toml
from femnn.errors import ConfigError, MechanismError, NetworkError
from femnn.insitu.load_cases import Case
from femnn.network.identity import content_of
from femnn.network.lattices import li2024, octet, square_with_diagonals
from femnn.network.network import Network
from femnn.network_files.csv_writer import write_csv
from femnn.network_files.mesh_formats import write_network
from femnn.network_files.specification import LATTICES, load_network
from femnn.projects.project import Request, new_project
from femnn.projects.project_crossings import crossing
from femnn.study.loading import load_study, read_settings

SQUARES = "node,x,y{held}\n1,0,0{a}\n2,{w},0{a}\n3,{w2},0{a}\n4,0,{w}{b}\n5,{w},{w}{b}\n6,{w2},{w}{b}\n"
BONDS = "first,second\n1,2\n2,3\n1,4\n2,5\n3,6\n4,5\n5,6\n"
BRACES = "1,5\n3,5\n"


def begun(request: Request) -> str:
    return new_project(request, MPI.COMM_SELF)


def table(folder: Path, unit: str = "", scale: float = 30, held: bool = False, braces: str = BRACES) -> Path:
    """Two squares on a base, as a table of numbers that say their unit or not."""
    w, w2 = (f"{scale * n:g}{unit}" for n in (1, 2))
    a, b = (",xy", ",") if held else ("", "")
    path = folder / "squares.csv"
    path.write_text(SQUARES.format(held=",fixed" if held else "", a=a, b=b, w=w, w2=w2) + "\n" + BONDS + braces)
    return path


def made(tmp_path: Path, **request: object) -> Network:
    begun(Request(tmp_path / "new", **request))  # type: ignore[arg-type]
    return load_network(tmp_path / "new" / "network.toml")


def settled(folder: Path) -> None:
    """Every file of settings is valid, and its case fits the network."""
    for name in ("gradient-error", "behaviour", "regression", "classification"):
        if (folder / f"{name}.toml").exists():
            place, values, where = read_settings(str(folder / f"{name}.toml"))
            study = load_study(place).settings(values, where)
            study.check(load_network(study.network))


@pytest.mark.serial
@pytest.mark.parametrize("kind", LATTICES)
def test_every_kind_of_lattice_is_a_project(kind: str, tmp_path: Path) -> None:
    """Also those that are registered later, and those that stand by rigid joints alone."""
    network = made(tmp_path, lattice=kind)
    settled(tmp_path / "new")
    assert len(network.inputs) >= 2
    assert (tmp_path / "new" / "classification.toml").exists()
    models = read_toml(tmp_path / "new" / "gradient-error.toml")["models"]
    assert models == (["beam"] if network.rigid_joints else ["spring", "bar"])


@pytest.mark.serial
@pytest.mark.parametrize("write", [write_csv, write_network], ids=["csv", "msh"])
@pytest.mark.parametrize("network", [li2024(), octet(1, 1, 1, 20e-3)], ids=["plane", "space"])
def test_a_network_that_is_whole_stays_what_it_is(
    write: Callable[[Network, Path], None], network: Network, tmp_path: Path
) -> None:
    """Its supports, sections and ports; a second file of settings is written from it, not another network."""
    file = tmp_path / ("whole.csv" if write is write_csv else "whole.msh")
    write(network, file)
    found = made(tmp_path, file=file)
    assert content_of(found) == content_of(network)
    assert dict(network.inputs).items() <= dict(found.inputs).items()
    settled(tmp_path / "new")


@pytest.mark.serial
@pytest.mark.parametrize(("unit", "scale"), [(" mm", 30), ("", 30), ("", 0.03)])
def test_a_unit_that_is_left_out_is_what_is_likely(unit: str, scale: float, tmp_path: Path) -> None:
    """Numbers that would make bonds of 30 m are millimetres, and the file says so."""
    told = begun(Request(tmp_path / "new", table(tmp_path, unit, scale)))
    network = load_network(tmp_path / "new" / "network.toml")
    assert network.lengths.min() == pytest.approx(0.03)
    assert ("taken for millimetres" in told) == (not unit and scale == 30)
    assert "uppermost" in told
    assert network.fixed.sum() == 6


@pytest.mark.serial
def test_supports_of_a_table_are_kept_where_its_bars_are_a_mechanism(tmp_path: Path) -> None:
    """Only beams carry it then, and the studies have beams alone."""
    network = made(tmp_path, file=table(tmp_path, " mm", held=True, braces=""))
    assert network.rigid_joints
    assert network.fixed[:3].all()
    assert not network.fixed[3:].any()
    assert read_toml(tmp_path / "new" / "behaviour.toml")["models"] == ["beam"]
    settled(tmp_path / "new")


@pytest.mark.serial
def test_layers_of_a_drawing_mark_supports_and_loads(tmp_path: Path) -> None:
    drawing = ezdxf.new(units=4)
    for start, end in [((0, 0), (20, 30)), ((40, 0), (20, 30)), ((20, 30), (60, 30)), ((40, 0), (60, 30))]:
        drawing.modelspace().add_line(start, end)
    for x, y, layer in [(0, 0, "Supports"), (40, 0, "Supports"), (60, 30, "weights")]:
        drawing.modelspace().add_point((x, y), dxfattribs={"layer": layer})
    drawing.saveas(tmp_path / "marked.dxf")
    network = made(tmp_path, file=tmp_path / "marked.dxf")
    held = network.nodes[network.fixed.all(axis=1)]
    np.testing.assert_allclose(held, [[0, 0], [0.04, 0]], atol=1e-12)
    first = next(iter(network.inputs.values()))
    np.testing.assert_allclose(network.nodes[network.index(first.node)], [0.06, 0.03], atol=1e-12)
    case = Case.model_validate(read_toml(tmp_path / "new" / "gradient-error.toml")["case"]["pull"])
    assert case.loads[0].node == first.node


@pytest.mark.serial
def test_nothing_is_written_over(tmp_path: Path) -> None:
    """A folder that holds something, and a file of the name."""
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "mine.txt").write_text("x")
    with pytest.raises(ConfigError, match="not empty; nothing is written over"):
        begun(Request(tmp_path / "new"))
    with pytest.raises(ConfigError, match="not empty"):
        begun(Request(tmp_path / "new" / "mine.txt"))
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["mine.txt"]


@pytest.mark.serial
def test_what_cannot_be_used_is_refused_by_its_cause_and_leaves_nothing(tmp_path: Path) -> None:
    """A kind or a suffix that is not known, no file, two sources, two parts, a triangle of nodes on one line."""
    apart = table(tmp_path, " mm")
    apart.write_text(apart.read_text().replace("6,60 mm,30 mm", "6,60 mm,30 mm\n7,90 mm,0\n8,90 mm,9 mm") + "7,8\n")
    (tmp_path / "line.csv").write_text("node,x,y\n1,0,0\n2,1 mm,0\n\nfirst,second\n1,2\n")
    (tmp_path / "a.txt").write_text("x")
    refused: list[tuple[dict[str, object], type[Exception], str]] = [
        ({"lattice": "octed"}, ConfigError, "did you mean 'octet'"),
        ({"file": tmp_path / "none.dxf"}, ConfigError, "no such file"),
        ({"file": tmp_path / "a.txt"}, ConfigError, "suffix must be one of"),
        ({"file": apart, "lattice": "octet"}, ConfigError, "not both"),
        ({"unit": "mm"}, ConfigError, "--unit is that of a file"),
        ({"file": apart}, NetworkError, "part"),
        ({"file": tmp_path / "line.csv"}, NetworkError, "not on one line"),
    ]
    for request, error, message in refused:
        with pytest.raises(error, match=message):
            made(tmp_path, **request)
        assert not (tmp_path / "new").exists()


@pytest.mark.serial
def test_bonds_that_cross_are_not_sent_to_the_printer(tmp_path: Path) -> None:
    """The README has no command for that, and says which ones they are."""
    crossed = table(tmp_path, " mm", braces="1,5\n2,4\n3,5\n")
    told = begun(Request(tmp_path / "new", crossed))
    assert "1–5" in told
    readme = (tmp_path / "new" / "README.md").read_text(encoding="utf-8")
    assert "--format stl" not in readme
    assert "lie over each other" in readme
    assert crossing(li2024()) is None
    assert crossing(octet(1, 1, 1, 20e-3)) is None


@pytest.mark.serial
def test_the_command_says_what_was_chosen(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    femnn("new", tmp_path / "new", "--from", table(tmp_path))
    told = capsys.readouterr().out
    assert told.count("note: ") >= 3
    assert "README.md" in told
    with pytest.raises(SystemExit) as end:
        main(["new", str(tmp_path / "new")])
    assert end.value.code == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_ranks_share_the_solves_of_one_project(comm_tmp_path: Path) -> None:
    """The folder is that of one rank."""
    told = new_project(Request(comm_tmp_path / "new", lattice="octet"), MPI.COMM_WORLD)
    assert "2 inputs" in told
    MPI.COMM_WORLD.barrier()
    assert len(load_network(comm_tmp_path / "new" / "network.toml").outputs) == 2


@pytest.mark.serial
@pytest.mark.parametrize("axes", ["xz", "yz"])
@pytest.mark.parametrize("marked", [True, False])
def test_a_drawing_in_another_plane_is_a_project_in_its_own_directions(axes: str, marked: bool, tmp_path: Path) -> None:
    """Held and loaded as the same drawing in x–y is, and said."""
    found = {}
    for name, (across, up) in {"xy": (0, 1), axes: ("xyz".index(axes[0]), "xyz".index(axes[1]))}.items():
        drawing = ezdxf.new("R2010", units=4)
        corners = np.zeros((4, 3))
        corners[:, across], corners[:, up] = [0, 30, 30, 0], [0, 0, 20, 20]
        for p, q in [(0, 1), (1, 2), (2, 3), (3, 0), (0, 2)]:
            drawing.modelspace().add_line(corners[p], corners[q])
        for corner in corners[:2] if marked else []:
            drawing.modelspace().add_point(corner, dxfattribs={"layer": "clamp"})
        drawing.saveas(tmp_path / f"{name}.dxf")
        said = begun(Request(tmp_path / name, tmp_path / f"{name}.dxf"))
        assert ("is the network's x–y" in said) == (name != "xy")
        settled(tmp_path / name)
        found[name] = load_network(tmp_path / name / "network.toml")
    one, other = found["xy"], found[axes]
    assert np.array_equal(one.fixed, other.fixed)
    assert one.inputs == other.inputs
    assert one.outputs == other.outputs


@pytest.mark.serial
@pytest.mark.parametrize("unit", ["kg", "", "0 mm"])
def test_a_unit_that_is_none_of_length_is_named(unit: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=f"--unit {unit}: .*; give a unit of length, as mm"):
        begun(Request(tmp_path / "new", table(tmp_path), unit=unit))


@pytest.mark.serial
def test_noise_across_a_flat_lattice_is_no_reason_for_rigid_joints(tmp_path: Path) -> None:
    """It would be a network in space that hardly anything holds; the noise is named."""
    flat = square_with_diagonals(3, 3, 16e-3)
    heights = np.random.default_rng(2).normal(0.0, 1e-5, len(flat.nodes))
    mesh = meshio.Mesh(np.column_stack([flat.nodes, heights]), [("line", flat.bonds)])
    mesh.write(tmp_path / "noisy.vtu")
    with pytest.raises(MechanismError, match=r"z varies by .* mm alone, 0\.0009 of the size: if that is noise"):
        begun(Request(tmp_path / "new", tmp_path / "noisy.vtu", unit="m"))
