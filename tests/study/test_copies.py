"""A run's folder holds what the run needs: it is moved, and what settings named is deleted."""

import hashlib
import json
import shutil
from pathlib import Path

import pytest
from counting_study import write_study

from femnn.cli import main
from femnn.config import resources
from femnn.config.settings_paths import INPUTS
from femnn.config.toml_files import read_toml
from femnn.errors import ConfigError
from femnn.network_files.specification import load_network
from femnn.study.copies import SUMS, copy_inputs
from femnn.study.loading import load_study, read_settings
from femnn.study.referred_files import referred, with_names
from femnn.study.runner import rewrite_report

pytestmark = pytest.mark.serial

NODES = "node,x,y,fixed\n1,0,0,xy\n2,30 mm,0,xy\n3,0,-25 mm,\n4,32 mm,-26 mm,\n"
BONDS = "first,second\n1,3\n1,4\n2,3\n2,4\n3,4\n"
NETWORK = """file = "../drawn/lattice.csv"  # beside the project
[[supports]]
nodes = [1, 2]
[inputs]
a = { node = 3, direction = "x" }
b = { node = 4, direction = "-y" }
[outputs]
one = { node = 3, direction = "y" }
two = { node = 4, direction = "x" }
"""
LOSS = "def mine(U):\n    D = 0 * U\n    D[2, 1] = U[2, 1] - 1e-3\n    return D[2, 1] ** 2 / 2, D\n"
STUDY = """study = "{study}"
network = "nets/frame.toml"
models = ["spring"]
solver.name = "../my.petsc"
"""
DATA = "u,v,kind\n" + "".join(f"{i / 8},{i * i % 7},{'ab'[i > 4]}\n" for i in (3, 1, 4, 0, 2, 9, 7, 5, 8, 6))
CLASSIFICATION = """seeds = [0]
ports = ["mine"]
[training]
epochs = 2
[task]
data = "samples.csv"
[port.mine]
inputs = [{ node = 3, direction = "x" }, { node = 4, direction = "-y" }]
outputs = [{ node = 3, component = "y" }, { node = 4, component = "x" }]
"""
BEHAVIOUR = """behaviours = ["mine"]
[training]
epochs = 2
[behaviour.mine]
loads = [{ node = 4, direction = "-y", force = "1 gf" }]
outputs = [{ node = 3, component = "y" }]
loss = "losses/mine.py:mine"
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A user's folder with all that its studies name by relative paths."""
    folder = tmp_path / "project"
    files = {
        "studies/nets/frame.toml": NETWORK,
        "studies/drawn/lattice.csv": f"{NODES}\n{BONDS}",
        "studies/samples.csv": DATA,
        "studies/losses/mine.py": LOSS,
        "studies/classes.toml": STUDY.format(study="classification") + CLASSIFICATION,
        "studies/sag.toml": STUDY.format(study="behaviour") + BEHAVIOUR,
        "my.petsc": (resources.names("solvers")["direct"]).read_text(),
    }
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


def femnn(*arguments: object) -> int:
    try:
        main([str(argument) for argument in arguments])
    except SystemExit as end:
        return int(end.code or 0)
    return 0


@pytest.mark.parametrize(("study", "code"), [("classes", False), ("sag", True)])
def test_a_run_is_moved_and_its_originals_deleted(
    project: Path, study: str, code: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From another working folder; the report is made again and the run resumed, with the same table."""
    monkeypatch.chdir(tmp_path)
    run, moved = tmp_path / "run", tmp_path / "elsewhere" / "mailed"
    assert femnn("run", project / "studies" / f"{study}.toml", "--out", run) == 0
    assert str(tmp_path) not in (run / "config.toml").read_text()
    sums = json.loads((run / "provenance.json").read_text())["inputs"]
    assert {f"{INPUTS}/frame.toml", f"{INPUTS}/lattice.csv", f"{INPUTS}/my.petsc"} < set(sums)
    assert all(hashlib.sha256((run / name).read_bytes()).hexdigest() == digest for name, digest in sums.items())
    assert "# beside the project" in (run / INPUTS / "frame.toml").read_text()
    # The original command resumes the run, whose fingerprint does not depend on paths
    assert femnn("run", project / "studies" / f"{study}.toml", "--out", run, "--resume") == 0
    before = (run / "table.csv").read_bytes()
    moved.parent.mkdir()
    run.rename(moved)
    shutil.rmtree(project)
    trust = ["--trust"] if code else []
    (moved / "table.csv").unlink()
    monkeypatch.chdir(moved.parent)
    assert femnn("report", "mailed", *trust) == 0
    assert (moved / "table.csv").read_bytes() == before
    assert femnn("run", moved / "config.toml", "--resume", *trust) == 0
    assert (moved / "table.csv").read_bytes() == before
    assert femnn("run", moved / "config.toml", "--force", "--out", moved, *trust) == 0
    assert (moved / "table.csv").read_bytes() == before
    if code:
        assert femnn("run", moved / "config.toml", "--force", "--out", moved) == 2


def test_a_study_of_ones_own_goes_with_its_run(tmp_path: Path) -> None:
    """Its folder is copied without runs in it; it is run with --trust alone."""
    study = write_study(tmp_path / "mine", tmp_path / "seen")
    (study / "helper.csv").write_text("x\n")
    assert femnn("run", study, "--out", study / "out") == 0
    assert femnn("run", study, "--out", study / "out", "--resume") == 0
    shutil.move(study / "out", tmp_path / "moved")
    shutil.rmtree(study)
    copied = tmp_path / "moved" / INPUTS / "mine"
    assert {path.name for path in copied.iterdir()} >= {"study.py", "helper.csv"}
    assert not (copied / "out").exists()
    assert femnn("report", tmp_path / "moved") == 2
    assert femnn("report", tmp_path / "moved", "--trust") == 0


def test_a_copy_that_was_changed_is_named(project: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    assert femnn("run", project / "studies" / "classes.toml", "--out", run) == 0
    with (run / INPUTS / "samples.csv").open("a") as file:
        file.write("3,4,b\n")
    with pytest.raises(ConfigError, match=r"inputs/samples.csv was changed since the run began"):
        rewrite_report(run)


def test_sums_of_a_crafted_folder_lead_nowhere_else(project: Path, tmp_path: Path) -> None:
    """What they name outside of the run's inputs is neither read nor removed."""
    run, outside = tmp_path / "run", tmp_path / "outside.txt"
    assert femnn("run", project / "studies" / "classes.toml", "--out", run) == 0
    outside.write_text("mine")
    with (run / INPUTS / SUMS).open("a") as file:
        file.write(f"{'0' * 64}  ../../outside.txt\n{'0' * 64}  {outside}\n")
    assert femnn("run", project / "studies" / "classes.toml", "--out", run, "--force") == 0
    assert outside.read_text() == "mine"
    assert "outside" not in (run / INPUTS / SUMS).read_text()


def test_files_of_one_name_are_kept_apart(project: Path, tmp_path: Path) -> None:
    """A case of another network whose files have the names of the run's."""
    shutil.copytree(project / "studies" / "nets", project / "studies" / "other" / "nets")
    shutil.copytree(project / "studies" / "drawn", project / "studies" / "other" / "drawn")
    lattice = project / "studies" / "other" / "drawn" / "lattice.csv"
    lattice.write_text(lattice.read_text().replace("32 mm", "33 mm"))
    file = project / "studies" / "two.toml"
    file.write_text('study = "gradient-error"\nnetwork = "nets/frame.toml"\ncases = ["a"]\n'
                    '[case.a]\nnetwork = "other/nets/frame.toml"\n'
                    "loads = [{ node = 4, direction = 'x', force = 1 }]\n"
                    "targets = [{ node = 4, component = 'y', displacement = 1 }]\n")  # fmt: skip
    folder, values, where = read_settings(str(file))
    required = read_toml(folder / "study.toml")
    loaded, run = load_study(folder), tmp_path / "run"
    run.mkdir()
    _, copied = copy_inputs(run, loaded, loaded.settings({**required, **values}, where))
    one, other = (load_network(run / name) for name in (copied["network"], copied["case"]["a"]["network"]))
    assert other.nodes[3, 0] - one.nodes[3, 0] == pytest.approx(1e-3)


@pytest.mark.parametrize(
    ("name", "content", "other"),
    [
        ("net.toml", b"# file = \"no.csv\"\nfile = '/data/a b.csv'  # of the laser\n", "/data/a b.csv"),
        ("net.toml", b'description = """\nfile = "x.csv"\n"""\nfile = "sub/net.csv"\n', "sub/net.csv"),
        ("mesh.xdmf", b'<DataItem Format="HDF">parts/mesh.h5:/data0</DataItem>', "parts/mesh.h5"),
        ("mesh.geo", b'Merge "cad/part.step";\nMesh 2;', "cad/part.step"),
    ],
)
def test_files_that_belong_together_are_renamed_alike(name: str, content: bytes, other: str, tmp_path: Path) -> None:
    """In the text that names them, and nowhere else."""
    changed = with_names(content, Path(name).suffix, {other: Path(other).name})
    (tmp_path / name).write_bytes(changed)
    place = tmp_path / Path(other).name
    place.write_text("x")
    assert referred(tmp_path / name) == {place.name: place}


@pytest.mark.parametrize("data", ["../outside.csv", "inputs/../../outside.csv", "{folder}/outside.csv"])
def test_a_crafted_folder_reads_no_file_outside_of_it(
    project: Path, data: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What it took in would be mailed back with it; the user's own assignment names what he wants."""
    run, outside = tmp_path / "run", tmp_path / "outside.csv"
    outside.write_text(DATA)
    assert femnn("run", project / "studies" / "classes.toml", "--out", run) == 0
    config = (run / "config.toml").read_text()
    (run / "config.toml").write_text(config.replace("inputs/samples.csv", data.format(folder=tmp_path)))
    again = ["run", run / "config.toml", "--out", tmp_path / "again"]
    assert femnn(*again) == 2
    assert "outside of the run folder run; femnn reads it only with --trust" in capsys.readouterr().err
    assert femnn(*again, "--set", f"task.data={outside}") == 0
