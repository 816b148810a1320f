"""The command line: every bad input ends all ranks with one line that names it, and the status that scripts expect."""

import json
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from mpi4py import MPI

from femnn.cli import main
from femnn.study.loading import load_study, read_settings

COMM = MPI.COMM_WORLD

QUICK = ["--set", "models=spring,bar", "--set", "estimators=adjoint,product", "--set", "adjoint_forces=5 gf"]

type Call = Callable[..., tuple[int, str, str]]


@pytest.fixture
def femnn(capfd: pytest.CaptureFixture[str]) -> Call:
    """Call the command line on all ranks; gives the status and what rank 0 printed."""

    def call(*arguments: str) -> tuple[int, str, str]:
        capfd.readouterr()
        try:
            main([str(argument) for argument in arguments])
            status = 0
        except SystemExit as end:
            status = int(end.code or 0)
        assert COMM.allgather(status) == [status] * COMM.size
        out, err = COMM.bcast(capfd.readouterr())
        return status, out, err

    return call


def written(folder: Path, name: str, text: str) -> Path:
    """A file that every rank sees."""
    if COMM.rank == 0:
        (folder / name).write_text(text, encoding="utf-8")
    COMM.barrier()
    return folder / name


NETWORK = """
nodes = [[0, 0], [1, 0], [0.5, 1]{node}]
bonds = [[1, 2], [2, 3], [1, 3]{bond}]
unit = "{unit}"
[[supports]]
nodes = [{held}]
"""

BAD_NETWORKS = {
    "duplicate bond": ({"bond": ", [3, 1]"}, "given more than once"),
    "zero-length bond": ({"node": ", [0.5, 1]", "bond": ", [3, 4]"}, "has no length"),
    "unknown node": ({"bond": ", [3, 9]"}, "no node 9"),
    "disconnected parts": ({"node": ", [5, 5], [6, 5]", "bond": ", [4, 5]"}, "2 parts"),
    "no support": ({"held": ""}, "no node is supported"),
    "mechanism": ({"node": ", [0.5, 2]", "bond": ", [3, 4]"}, "node 4 can move"),
    "NaN": ({"node": ", [nan, 2]", "bond": ", [3, 4], [2, 4]"}, "node"),
    "wrong unit": ({"unit": "kg"}, "wrong unit"),
    "unknown unit": ({"unit": "ell"}, "no quantity"),
}


@pytest.mark.parametrize(("change", "message"), BAD_NETWORKS.values(), ids=BAD_NETWORKS)
def test_a_bad_network_is_named(femnn: Call, comm_tmp_path: Path, change: dict[str, str], message: str) -> None:
    """Each ill-formed network ends with status 2 and one line that says what is wrong."""
    values = {"node": "", "bond": "", "unit": "m", "held": "1, 2"} | change
    path = written(comm_tmp_path, "network.toml", NETWORK.format(**values))
    status, _, err = femnn("mesh", path)
    assert status == 2
    assert len(err.strip().splitlines()) == 1
    assert message in err


def test_inverted_bounds_are_named(femnn: Call, comm_tmp_path: Path) -> None:
    """Width bounds the wrong way round name the bond."""
    text = NETWORK.format(node="", bond="", unit="m", held="1, 2")
    path = written(comm_tmp_path, "n.toml", text + '[section]\nwidth_bounds = ["2.5 mm", "1.5 mm"]\n')
    status, _, err = femnn("mesh", path)
    assert (status, "inverted" in err) == (2, True)


BAD_RUNS = {
    "unknown study": (["gradient-eror"], "no 'gradient-eror'"),
    "unknown key": (["gradient-error", "--set", "modles=bar"], "did you mean 'models'"),
    "unknown key in a table": (["gradient-error", "--set", "solver.nmae=direct"], "did you mean 'name'"),
    "unknown model": (["gradient-error", "--set", "models=barr"], "did you mean 'bar'"),
    "unknown estimator": (["gradient-error", "--set", "estimators=produkt"], "did you mean 'product'"),
    "unknown case": (["gradient-error", "--set", "cases=seperate"], "did you mean 'separate'"),
    "unknown network": (["gradient-error", "--set", "network=li2042"], "li2024"),
    "unknown solver": (["gradient-error", "--set", "solver.name=dierct"], "direct"),
    "PETSc refuses": (
        ["gradient-error", "--set", "solver.options={femnn_forward_pc_type='choleski'}"],
        "PETSc cannot set up solver 'direct'",
    ),
    "wrong unit": (["gradient-error", "--set", "adjoint_forces=5 mm"], "wrong unit"),
    "no quantity": (["gradient-error", "--set", "noise=plenty"], "no quantity"),
    "negative force": (["gradient-error", "--set", "adjoint_forces=-5 gf"], "above 0"),
    "negative noise": (["gradient-error", "--set", "noise=-1 um"], "noise"),
    "no assignment": (["gradient-error", "--set", "models"], "key=value"),
    "load on a fixed node": (
        ["gradient-error", "--set", 'case.separate.loads=[{node=1, direction="-y", force="10 gf"}]'],
        "node 1 is fixed",
    ),
    "load on an unknown node": (
        ["gradient-error", "--set", 'case.separate.loads=[{node=99, direction="-y", force="10 gf"}]'],
        "no node 99",
    ),
    "target on an unknown node": (
        ["gradient-error", "--set", 'case.separate.targets=[{node=99, component="y", displacement="1 mm"}]'],
        "no node 99",
    ),
    "no load": (
        ["gradient-error", "--set", 'case.separate.loads=[{node=13, direction="-y", force=0}]'],
        "add up to nothing",
    ),
    "option that PETSc does not know": (
        ["gradient-error", "--set", "solver.options={femnn_forward_snes_typo=1}"],
        "does not know the option 'femnn_forward_snes_typo'",
    ),
    "no study": ([], "Missing"),
    "unknown option": (["gradient-error", "--colour"], "No such option"),
    "resumed and dropped": (["gradient-error", "--resume", "--force"], "give one of them"),
}


@pytest.mark.parametrize(("arguments", "message"), BAD_RUNS.values(), ids=BAD_RUNS)
def test_a_bad_run_is_named(femnn: Call, comm_tmp_path: Path, arguments: list[str], message: str) -> None:
    """Each bad setting ends with status 2 and one line that says what is wrong."""
    status, _, err = femnn("run", *arguments, "--out", comm_tmp_path / "run")
    assert status == 2
    assert len(err.strip().splitlines()) == 1
    assert message in err


def test_an_option_that_is_no_number_is_named(femnn: Call) -> None:
    status, _, err = femnn("plan", "li2024", "--repeats", "some")
    assert (status, "'--repeats'" in err, len(err.strip().splitlines())) == (2, True, 1)


@pytest.mark.parametrize("suffix", [".msh", ".vtu", ".xdmf", ".stl"])
def test_an_unreadable_mesh_is_named(femnn: Call, comm_tmp_path: Path, suffix: str) -> None:
    """A file that is no mesh, whatever it calls itself, ends with one line."""
    path = written(comm_tmp_path, f"broken{suffix}", "no mesh at all\n")
    status, _, err = femnn("mesh", path)
    assert status == 2
    assert len(err.strip().splitlines()) == 1
    assert f"broken{suffix}" in err


def test_an_unwritable_folder_is_named(femnn: Call, comm_tmp_path: Path) -> None:
    """A folder that cannot be made ends the run before anything is computed."""
    file = written(comm_tmp_path, "file", "")
    status, _, err = femnn("run", "gradient-error", *QUICK, "--out", file / "run")
    assert status == 2
    assert "Cannot write" in err


def test_a_folder_of_something_else_is_left_alone(femnn: Call, comm_tmp_path: Path) -> None:
    """A run does not write among files that are not a run's."""
    file = written(comm_tmp_path, "thesis.tex", "")
    status, _, err = femnn("run", "gradient-error", *QUICK, "--out", comm_tmp_path)
    assert status == 2
    assert "holds no run" in err
    assert sorted(comm_tmp_path.iterdir()) == [file]


def test_a_force_that_snaps_the_structure_keeps_the_rest(femnn: Call, comm_tmp_path: Path) -> None:
    """A load beyond the limit point gives status 3, its reason, and all results below it."""
    truss = """
study = "gradient-error"
network = "two-bar-truss"
cases = ["push"]
models = ["spring", "bar"]
estimators = ["adjoint", "product"]
references = ["exact"]
adjoint_forces = ["0.1 gf", "5 gf"]
shown_adjoint_force = "5 gf"
[case.push]
loads = [{ node = 2, direction = "-y", force = "0.1 gf" }]
targets = [{ node = 2, component = "y", displacement = "-1 mm" }]
"""
    settings = written(comm_tmp_path, "truss.toml", truss)
    out = comm_tmp_path / "run"
    status, _, err = femnn("run", settings, "--out", out)
    assert status == 3
    assert "no equilibrium beyond" in err
    assert len(err.strip().splitlines()) == 1
    table = pd.read_csv(out / "table.csv")
    assert set(table[table["model"] == "spring"]["adjoint_force"]) == {0.1 * 9.8e-3, 5 * 9.8e-3}
    bars = table[(table["model"] == "bar") & (table["estimator"] == "product")]
    assert list(bars["adjoint_force"]) == [0.1 * 9.8e-3]
    assert len(json.loads((out / "summary.json").read_text())["failures"]) >= 1
    assert "could not be computed" in (out / "report.html").read_text(encoding="utf-8")


def test_a_forward_load_that_snaps_still_ends_in_a_report(femnn: Call, comm_tmp_path: Path) -> None:
    """When nothing at all could be computed for a model, the report says so and the status is 3."""
    loads = 'case.separate.loads=[{node=13, direction="y", force="500 N"}]'
    arguments = ["--set", loads, "--set", "cases=separate", "--set", "models=bar", *QUICK[2:]]
    status, _, err = femnn("run", "gradient-error", *arguments, "--out", comm_tmp_path / "run")
    assert status == 3
    assert "no equilibrium" in err
    assert (comm_tmp_path / "run" / "report.html").exists()


def test_run_names_the_report_and_a_second_run_takes_its_place(femnn: Call, comm_tmp_path: Path) -> None:
    """The last line is the report's path; running again into the same folder replaces the run where that is forced."""
    out = comm_tmp_path / "run"
    for forces, count, force in (("5 gf", 1, []), ("1 gf, 5 gf", 2, ["--force"])):
        settings = [*QUICK[:4], "--set", f"adjoint_forces={forces}"]
        status, text, _ = femnn("run", "gradient-error", *settings, "--out", out, *force)
        assert status == 0
        assert text.strip().splitlines()[-1] == f"Report: {out / 'report.html'}"
        assert pd.read_csv(out / "table.csv")["adjoint_force"].nunique() == count


@pytest.mark.parametrize(
    "spelling",
    [
        "5 gf",
        "5gf",
        "0.049",
        "[0.049]",
        '["5 gf"]',
        "[5 gf]",
        "5 gf, 0.049 N",
        "5, 5 gf",
        "49 mN",
        '["5 gf", "0.049 N"]',
    ],
)
def test_settings_are_read_in_every_spelling(spelling: str) -> None:
    """One force is one force, whatever unit, brackets and repetitions it is given with."""
    folder, values, where = read_settings("gradient-error", [f"adjoint_forces={spelling}", "models=bar,bar"])
    settings = load_study(folder).settings(values, where)
    assert settings.adjoint_forces == [0.049]
    assert settings.models == ["bar"]


REFUSED = {
    "other settings": ["--resume", "--set", "seed=7"],
    "a load on a fixed node": ["--force", "--set", 'case.separate.loads=[{node=1, direction="-y", force="10 gf"}]'],
    "neither resumed nor forced": [],
}


@pytest.mark.parametrize("arguments", REFUSED.values(), ids=REFUSED)
def test_a_refused_run_leaves_an_earlier_one_as_it_was(femnn: Call, comm_tmp_path: Path, arguments: list[str]) -> None:
    """Nothing that was computed is lost to a mistyped command."""
    out = comm_tmp_path / "run"
    assert femnn("run", "gradient-error", *QUICK, "--out", out)[0] == 0
    COMM.barrier()
    before = {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}
    assert femnn("run", "gradient-error", *QUICK, *arguments, "--out", out)[0] == 2
    COMM.barrier()
    assert {path: path.read_bytes() for path in out.rglob("*") if path.is_file()} == before


def test_a_study_that_cannot_be_imported_is_named(femnn: Call, comm_tmp_path: Path) -> None:
    """A user's own study that raises is reported with its line, without a traceback."""
    settings = written(comm_tmp_path, "study.toml", "")
    written(comm_tmp_path, "study.py", "class Mine: pass\nraise ValueError('half finished')\n")
    status, _, err = femnn("run", settings, "--out", comm_tmp_path / "run")
    assert status == 2
    assert "ValueError at line 2: half finished" in err
    assert len(err.strip().splitlines()) == 1


def test_report_is_made_again_from_the_checkpoint(femnn: Call, comm_tmp_path: Path) -> None:
    """`femnn report` gives the same tables without solving anything."""
    out = comm_tmp_path / "run"
    assert femnn("run", "gradient-error", *QUICK, "--out", out)[0] == 0
    before = (out / "table.csv").read_bytes()
    COMM.barrier()
    if COMM.rank == 0:
        (out / "table.csv").unlink()
        (out / "report.html").unlink()
    COMM.barrier()
    assert femnn("report", out)[0] == 0
    assert (out / "table.csv").read_bytes() == before
    assert (out / "report.html").exists()


def test_list_names_everything(femnn: Call) -> None:
    """What studies take by name is listed."""
    status, out, _ = femnn("list")
    assert status == 0
    for name in ("gradient-error", "finite-difference", "li2024", "octet", "direct", "bar", "centred-product"):
        assert name in out
    assert "[E(1, s)" in out


def test_mesh_describes_and_writes(femnn: Call, comm_tmp_path: Path) -> None:
    """A network is meshed, described, written and drawn."""
    out, figure = comm_tmp_path / "li2024.vtu", comm_tmp_path / "li2024.png"
    status, text, _ = femnn("mesh", "li2024", "--out", out, "--figure", figure)
    assert status == 0
    assert "14 nodes, 28 bonds, 2D" in text
    assert "28 cells and 14 vertices" in text
    assert out.stat().st_size > 0
    assert figure.stat().st_size > 0


def test_verify_prints_and_reports_a_section(femnn: Call, comm_tmp_path: Path) -> None:
    """The sections whose title contains a text are checked, in a table and in a report of one file."""
    out = comm_tmp_path / "new" / "verification.html"
    status, text, _ = femnn("verify", "--only", "springs AND", "--out", out)
    assert status == 0
    assert "5 of 5 checks passed" in text
    assert "Springs and bars" in text
    assert "Gradients" not in text
    assert text.strip().splitlines()[-1] == f"Report: {out}"
    page = out.read_text(encoding="utf-8")
    assert "5 of 5 checks passed" in page
    assert "limit load of the two-bar truss" in page


BAD_VERIFICATIONS = {
    "unknown section": (["--only", "plasticity"], "Springs and bars"),
    "unwritable report": (["--only", "springs", "--out", "."], "Cannot write"),
}


@pytest.mark.parametrize(("arguments", "message"), BAD_VERIFICATIONS.values(), ids=BAD_VERIFICATIONS)
def test_a_bad_verification_is_named(femnn: Call, arguments: list[str], message: str) -> None:
    """A mistyped section or file ends with status 2 and one line, before anything is computed."""
    status, out, err = femnn("verify", *arguments)
    assert (status, out) == (2, "")
    assert len(err.strip().splitlines()) == 1
    assert message in err
