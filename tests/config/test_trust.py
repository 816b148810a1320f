"""A crafted run folder runs no code and writes nothing outside of itself, unless the user says that he trusts it."""

import json
import os
import pickle
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import tomli_w
from counting_study import write_study

from femnn.cli import main
from femnn.config.toml_files import read_toml
from femnn.config.trust import run_folder, settings_from
from femnn.errors import ConfigError
from femnn.meshing.solid_files import read_solid
from femnn.network_files.specification import load_network
from femnn.solving.options import solver_options
from femnn.training import kept_states
from femnn.training.record import TrainingRecord

pytestmark = pytest.mark.serial

QUICK = ["models=spring", "cases=separate", "steps=0.001, 0.0001"]

type Call = Callable[..., tuple[int, str]]


@pytest.fixture
def femnn(capfd: pytest.CaptureFixture[str]) -> Call:
    """Call the command line; gives the status and what it complains of, which is one line at most."""

    def call(*arguments: object) -> tuple[int, str]:
        capfd.readouterr()
        try:
            main([str(argument) for argument in arguments])
            status = 0
        except SystemExit as end:
            status = int(end.code or 0)
        err = capfd.readouterr().err
        assert len(err.strip().splitlines()) <= 1, err
        return status, err

    return call


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of a study that ships."""
    folder = tmp_path_factory.mktemp("whole") / "run"
    with pytest.raises(SystemExit) as end:
        main(["run", "finite-difference", *(p for s in QUICK for p in ("--set", s)), "--out", str(folder)])
    assert end.value.code == 0
    return folder


@pytest.fixture
def crafted(whole: Path, tmp_path: Path) -> Path:
    """A copy of the run, to be tampered with."""
    return Path(shutil.copytree(whole, tmp_path / "run"))


@pytest.fixture
def canary(tmp_path: Path) -> Iterator[Path]:
    """A file that code of the crafted folder would make."""
    path = tmp_path / "canary"
    yield path
    assert not path.exists()


def changed(folder: Path, **settings: object) -> None:
    """Change settings of a run; None takes one out."""
    values = {**read_toml(folder / "config.toml"), **settings}
    kept = {key: value for key, value in values.items() if value is not None}
    (folder / "config.toml").write_text(tomli_w.dumps(kept), encoding="utf-8")


def commands(folder: Path) -> list[list[object]]:
    """Every way in which a run folder is read."""
    out = folder.parent / "out"
    return [
        ["report", folder],
        ["run", folder / "config.toml", "--out", out],
        ["run", folder / "config.toml", "--resume", "--out", folder],
        ["run", folder / "config.toml", "--force", "--out", folder],
    ]


def test_a_folder_that_was_not_touched_needs_no_trust(femnn: Call, crafted: Path) -> None:
    for command in commands(crafted)[:2]:
        assert femnn(*command)[0] == 0


@pytest.mark.parametrize("named", ["beside", "relative", "absolute"])
def test_a_study_of_ones_own_in_a_run_folder_is_refused(
    femnn: Call, crafted: Path, canary: Path, named: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It lies beside config.toml, or is named by its path."""
    monkeypatch.chdir(crafted.parent)
    evil = write_study(crafted if named == "beside" else crafted.parent / "evil", canary)
    study = {"beside": None, "relative": "evil", "absolute": str(evil)}[named]
    (crafted / "config.toml").write_text("" if study is None else tomli_w.dumps({"study": study}))
    for command in commands(crafted):
        status, err = femnn(*command)
        assert status == 2
        assert "--trust" in err
        assert "study.py" in err
    if named == "beside":
        assert "--trust" in femnn("run", crafted, "--out", crafted.parent / "out")[1]
        inner = write_study(crafted / "figures" / "inner", canary)
        assert "--trust" in femnn("run", inner, "--out", crafted.parent / "out")[1]


def test_a_study_near_by_does_not_take_the_place_of_one_that_ships(
    femnn: Call, crafted: Path, canary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run folder says finite-difference, and there is such a folder where the user happens to work."""
    write_study(crafted / "finite-difference", canary)
    monkeypatch.chdir(crafted)
    assert femnn("report", ".")[0] == 0


def test_the_users_own_study_needs_no_trust_but_its_run_folder_does(femnn: Call, tmp_path: Path) -> None:
    """He names it himself in a command; in a run folder it may be anybody's."""
    seen, out = tmp_path / "seen", tmp_path / "run"
    study = write_study(tmp_path / "mine", seen)
    assert femnn("run", study, "--out", out)[0] == 0
    seen.unlink()
    status, err = femnn("report", out)
    assert (status, "--trust" in err, str(out / "inputs" / "mine" / "study.py") in err, seen.exists()) == (
        2,
        True,
        True,
        False,
    )
    assert femnn("run", study, "--resume", "--out", out)[0] == 0
    for arguments in (["report", out], ["run", out / "config.toml", "--out", tmp_path / "again"]):
        seen.unlink()
        assert femnn(*arguments, "--trust")[0] == 0
        assert seen.exists()


def test_a_loss_of_ones_own_is_refused(femnn: Call, tmp_path: Path, canary: Path) -> None:
    """Behaviours name Python files too."""
    loss = tmp_path / "loss.py"
    loss.write_text(f"from pathlib import Path\nPath({str(canary)!r}).touch()\n")
    folder = tmp_path / "run"
    folder.mkdir()
    behaviour = {"loads": [{"node": 13, "force": 0.1, "direction": "-y"}], "outputs": [{"node": 14, "component": "y"}]}
    values = {"study": "behaviour", "models": ["spring"], "behaviours": ["x"]}
    values["behaviour"] = {"x": behaviour | {"loss": f"{loss}:f"}}
    (folder / "config.toml").write_text(tomli_w.dumps(values))
    for command in commands(folder)[1:]:
        status, err = femnn(*command)
        assert (status, "--trust" in err, "loss.py" in err) == (2, True, True), err


@pytest.mark.parametrize("suffix", [".geo", ".msh"])
def test_a_mesh_starts_no_program(tmp_path: Path, canary: Path, suffix: str) -> None:
    """Gmsh runs scripts, and takes for one whatever does not begin as a mesh."""
    file = tmp_path / f"mesh{suffix}"
    network = load_network("li2024")
    for beginning in ("", "\n", "$Foo\n$EndFoo\n", "// $MeshFormat\n"):
        file.write_text(f'{beginning}SystemCall "touch {canary}";\n')
        with settings_from(tmp_path, trusted=False), pytest.raises(ConfigError, match=r"--trust|has no \$MeshFormat"):
            read_solid(network, str(file), 2, "continuum-2d")
    if suffix == ".msh":
        with pytest.raises(ConfigError, match="has no "):
            read_solid(network, str(file), 2, "continuum-2d")


OPTIONS = {
    "femnn_forward_pc_type": "python",
    "femnn_forward_pc_python_type": "os.path.Evil",
    "femnn_forward_snes_monitor_python": "os.system",
    "femnn_forward_ksp_view": "ascii:out",
    "femnn_forward_ksp_view_mat": "binary",
    "femnn_forward_snes_converged_reason": "ascii",
    "femnn_forward_mat_mumps_ooc_tmpdir": "somewhere",
    "femnn_forward_mat_mumps_icntl_3": "20",
    "femnn_forward_ksp_type": "a:b",
    "femnn_forward_ksp_VIEW_mat": "binary",
    "femnn_forward_Mat_Mumps_Icntl_3": "20",
    "femnn_forward_PC_PYTHON_TYPE": "evil.Evil",
    "femnn_critical_eps_error_relative": "binary",
}


@pytest.mark.parametrize(("key", "value"), OPTIONS.items(), ids=OPTIONS)
def test_options_that_run_code_or_write_files_are_refused(tmp_path: Path, key: str, value: str) -> None:
    """From the settings of a run folder and from a file that they name; in the user's own settings they are his."""
    file = tmp_path / "mine.petsc"
    file.write_text(f"-{key} {value}\n")
    for arguments in (("direct", {key: value}), (str(file), {})):
        with settings_from(tmp_path, trusted=False), pytest.raises(ConfigError, match=f"{key} .*--trust"):
            solver_options(*arguments)
        with settings_from(tmp_path, trusted=True):
            assert solver_options(*arguments).values[key] == value
        with settings_from(None, trusted=False):
            assert solver_options(*arguments).values[key] == value


def test_harmless_options_of_a_run_folder_are_taken(tmp_path: Path) -> None:
    given = {"femnn_forward_snes_max_it": 30, "femnn_forward_ksp_type": "gmres", "femnn_forward_ksp_rtol": 1e-9}
    with settings_from(tmp_path, trusted=False):
        assert solver_options("direct", given).values["femnn_forward_ksp_rtol"] == "1e-09"


def test_options_are_refused_before_anything_is_computed(femnn: Call, crafted: Path, canary: Path) -> None:
    changed(crafted, solver={"name": "direct", "options": {"femnn_forward_ksp_view": f"ascii:{canary}"}})
    for command in commands(crafted)[1:]:
        status, err = femnn(*command)
        assert status == 2
        assert "femnn_forward_ksp_view" in err or "other settings" in err


def test_a_plan_file_of_a_run_folder_gives_no_orders(femnn: Call, crafted: Path) -> None:
    plan = crafted / "plan.toml"
    plan.write_text('network = "li2024"\nsolver.options.femnn_forward_ksp_view_mat = "binary"\n')
    status, err = femnn("plan", plan)
    assert (status, "--trust" in err, "ksp_view_mat" in err) == (2, True, True)


class Evil:
    """Makes a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, ...]:
        return os.mkdir, (str(self.path),)


def test_nothing_is_unpickled(tmp_path: Path, canary: Path) -> None:
    """States of a training are arrays; a pickle by that name, or inside of the arrays, counts as damaged."""
    record = TrainingRecord(tmp_path, {"name": "x"}, 2, warm=True)
    record.step(1.0, np.array([2.0, 3.0]))
    record.keep([{0: np.array([4.0, 5.0])}])
    record.close()
    kept = TrainingRecord(tmp_path, {"name": "x"}, 2, warm=True).kept
    np.testing.assert_array_equal(kept.steps, [[1.0, 2.0, 3.0]])
    assert kept.states is not None
    np.testing.assert_array_equal(kept.states[0][0], [4.0, 5.0])
    whole = (tmp_path / "states.npz").read_bytes()
    with np.load(tmp_path / "states.npz") as file:
        arrays = dict(file)
    np.savez(tmp_path / "objects.npz", **{name: np.array(Evil(canary)) for name in arrays})
    for content in (
        pickle.dumps((1, Evil(canary))), (tmp_path / "objects.npz").read_bytes(), b"", b"PK", whole[:-30],
        whole.replace(np.array([4.0, 5.0]).tobytes(), np.array([4.0, 6.0]).tobytes()),
    ):  # fmt: skip
        for name in ("states.npz", "states.pickle"):
            (tmp_path / name).write_bytes(content)
        assert kept_states.read(tmp_path / "states.npz", b"") == (0, None)
        assert not len(TrainingRecord(tmp_path, {"name": "x"}, 2, warm=True).kept.steps)


def test_states_of_another_training_are_not_taken(tmp_path: Path) -> None:
    kept_states.write(tmp_path / "states.npz", b"one", 3, [{7: np.ones(2)}, {}])
    assert kept_states.read(tmp_path / "states.npz", b"another") == (0, None)
    count, states = kept_states.read(tmp_path / "states.npz", b"one")
    assert (count, [list(values) for values in states or []]) == (3, [[7], []])


@pytest.mark.draws
@pytest.mark.parametrize("name", ["table.csv", "figures", "under-way", "report.html", "summary.json.new", "run.lock"])
def test_links_lead_nowhere(femnn: Call, crafted: Path, tmp_path: Path, name: str) -> None:
    """What a link in a run folder leads to is neither written over nor cleared."""
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "precious.png").write_text("mine")
    target = outside if name in ("figures", "under-way") else outside / "precious.png"
    shutil.rmtree(crafted / name, ignore_errors=True)
    (crafted / name).unlink(missing_ok=True)
    (crafted / name).symlink_to(target)
    for command in [*commands(crafted)[:1], *commands(crafted)[2:]]:
        status, err = femnn(*command)
        assert (status, f"{name} is a link to {target}" in err) == (2, True), err
    assert [path.read_text() for path in outside.iterdir()] == ["mine"]


@pytest.mark.draws
def test_other_names_of_a_file_keep_their_content(femnn: Call, crafted: Path, tmp_path: Path) -> None:
    """A file in a run folder may be one of the user's under a second name."""
    files = [path for path in crafted.rglob("*") if path.is_file()]
    for i, path in enumerate(files):
        (tmp_path / f"{i}").write_bytes(path.read_bytes() + b"\n")
        path.unlink()
        path.hardlink_to(tmp_path / f"{i}")
    before = [(tmp_path / f"{i}").read_bytes() for i in range(len(files))]
    for command in commands(crafted)[2:]:
        assert femnn(*command)[0] == 0
    assert [(tmp_path / f"{i}").read_bytes() for i in range(len(files))] == before


def test_names_never_become_paths(femnn: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Cases and networks that are called like folders, with states written for each."""
    work = tmp_path / "deep" / "work"
    work.mkdir(parents=True)
    monkeypatch.chdir(work)
    case = {
        "loads": [{"node": 13, "direction": "-y", "force": 0.1}],
        "targets": [{"node": 14, "component": "y", "displacement": -1e-3}],
    }
    names = ["../../../up", f"{tmp_path}/absolute"]
    values = {"study": "gradient-error", "models": ["spring"], "estimators": ["product"], "adjoint_forces": [0.05]}
    values |= {
        "buckling": [],
        "references": ["exact"],
        "write_states": True,
        "cases": names,
        "case": dict.fromkeys(names, case),
    }
    (work / "mine.toml").write_text(tomli_w.dumps(values))
    before = sorted(tmp_path.rglob("*"))
    assert femnn("run", "mine.toml", "--out", "run")[0] == 0
    assert [path for path in sorted(tmp_path.rglob("*")) if (work / "run") not in (path, *path.parents)] == before
    assert len(list((work / "run" / "states").iterdir())) == 2 * len(names)
    assert json.loads((work / "run" / "summary.json").read_text())["complete"] is True


def test_a_working_folder_gives_no_orders_to_libraries(
    femnn: Call, crafted: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Matplotlib and DOLFINx read settings from where the user works, which may be the run folder."""
    (crafted / "matplotlibrc").write_text("animation.ffmpeg_path: ./evil\n")
    monkeypatch.chdir(crafted)
    status, err = femnn("report", ".")
    assert (status, "matplotlibrc" in err, "--trust" in err) == (2, True, True)
    assert femnn("report", ".", "--trust")[0] == 0


def test_run_folders_are_known_from_inside(whole: Path, tmp_path: Path) -> None:
    assert run_folder(whole) == run_folder(whole / "figures") == run_folder(whole / "config.toml") == whole
    assert run_folder(tmp_path) is None
    (tmp_path / "link").symlink_to(whole / "figures")
    assert run_folder(tmp_path / "link") == whole
