"""Files that femnn writes for itself: a run's folder, the record of a training, solids with groups."""

import json
import shutil
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
from counting_study import write_study
from mpi4py import MPI
from small_networks import strip

from femnn.geometry.strips import Shape
from femnn.meshing.regions import Regions
from femnn.meshing.solid_files import write_solid
from femnn.meshing.solid_meshes import build_solid, session
from femnn.runtime.stack import gmsh
from femnn.study.lock import LOCK, locked
from femnn.study.runner import run
from femnn.training.record import TrainingRecord

PARAMETERS = 3
FACTS = {"study": "none", "ranks": 1}
RUN = "run"
"""Folder of the run, beside the study that it is of."""

type Writer = Callable[[Path, str], Path]


@cache
def _made() -> tempfile.TemporaryDirectory[str]:
    """A folder that goes with the process."""
    return tempfile.TemporaryDirectory(prefix="fuzz-run-")


@cache
def _ran() -> Path:
    """A finished run of a study of one's own, and that study beside it."""
    folder = Path(_made().name)
    study = write_study(folder / "study", folder / "canary")
    run(str(study), ["shared=true"], folder / RUN, False, MPI.COMM_SELF)
    return folder


def of_run(folder: Path, name: str) -> Path:
    """Copy the run and its study; the file of the run is the one that is damaged."""
    ran = _ran()
    shutil.copytree(ran, folder, dirs_exist_ok=True)
    config = folder / RUN / "config.toml"
    config.write_text(config.read_text(encoding="utf-8").replace(str(ran), str(folder)), encoding="utf-8")
    path = folder / RUN / name
    if name == "run.lock":
        path.write_bytes(_lock_of_a_killed_run())
    return path


@cache
def _lock_of_a_killed_run() -> bytes:
    with tempfile.TemporaryDirectory() as name, locked(Path(name), print):
        held = json.loads((Path(name) / LOCK).read_bytes())
    # A number that Linux gives to no process
    return json.dumps(held | {"pid": 2**22 + 1}).encode()


def steps() -> np.ndarray:
    """Loss and gradient of every step of the recorded training."""
    return np.random.default_rng(6).normal(size=(5, 1 + PARAMETERS))


def states() -> list[dict[int, np.ndarray]]:
    """What its next solves would start from."""
    return [{0: np.arange(4.0), 1: np.ones(3)}]


def of_training(folder: Path, name: str) -> Path:
    """Write the record of a training; its file of this name is damaged."""
    record = TrainingRecord(folder / "record", FACTS, PARAMETERS, warm=True)
    for number, values in enumerate(steps()):
        record.step(values[0], values[1:])
        record.note(number, {"loss": values[0]})
    record.keep(states())
    record.close()
    return folder / "record" / name


@cache
def solid() -> Regions:
    """The strip of :mod:`small_networks` as triangles."""
    return build_solid(strip(), Shape(cells_across=1), solid=False)


def of_solid(folder: Path, name: str) -> Path:
    """Write the solid into a file of its suffix."""
    import meshio

    path = folder / name
    if path.suffix in (".msh", ".vtu"):
        write_solid(strip(), solid(), path)
    elif path.suffix in (".inp", ".med"):
        whole = path.with_name("whole.msh")
        write_solid(strip(), solid(), whole)
        # Names of some formats have nothing beyond ASCII
        whole.write_text(whole.read_text(encoding="utf-8").replace("–", "-"), encoding="utf-8")
        with session("solid"):
            gmsh.option.setNumber("Mesh.SaveGroupsOfElements", 1)
            gmsh.merge(str(whole))
            gmsh.write(str(path))
        whole.unlink()
    else:
        whole = path.with_name("whole.vtu")
        write_solid(strip(), solid(), whole)
        mesh = meshio.read(whole)
        whole.unlink()
        if path.suffix == ".vtk":
            # Names have no spaces there
            mesh.cell_data = {
                name.replace(" ", "_"): [values[0].astype(float)] for name, values in mesh.cell_data.items()
            }
        mesh.write(path, **({"binary": False} if path.suffix == ".vtk" else {}))
    return path.with_suffix(".h5") if path.suffix == ".xdmf" and path.with_suffix(".h5").exists() else path


RUN_FILES = ("config.toml", "checkpoint.jsonl", "checkpoint.npzs", "provenance.json", "summary.json", "run.lock")
WRITTEN: dict[str, tuple[str, Writer]] = {
    **{f"run {name}": (name, of_run) for name in RUN_FILES},
    **{f"training {name}": (name, of_training) for name in ("steps.bin", "notes.jsonl", "states.npz")},
    **{f"solid {suffix}": (f"solid.{suffix}", of_solid) for suffix in ("msh", "vtu", "vtk", "xdmf", "inp", "med")},
}
"""Name of the file and its writer, by format."""
