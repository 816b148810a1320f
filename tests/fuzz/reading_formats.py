"""What reads each format, and what must hold of anything that was accepted.

A reader ends with a named error of femnn or with what it has read; that holds finite numbers alone, a network comes
back the same from the file that it is written into, and a damaged run shows no other result than the whole one did.
"""

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
from exported_networks import assert_same
from mpi4py import MPI
from originals import FILES
from small_networks import strip
from written_runs import FACTS, PARAMETERS, RUN, WRITTEN, Writer, states, steps

from femnn.errors import ConfigError
from femnn.exporting.trained_widths import trained
from femnn.measured.measured_gradient import read_gradients
from femnn.measured.tracked import read_tracked
from femnn.measured.workbook import read_workbook
from femnn.mechanics.viscoelasticity import master_curve
from femnn.meshing.solid_files import read_solid
from femnn.network.lattices import li2024
from femnn.network.network import Network
from femnn.network_files.specification import load_network
from femnn.network_files.writers import write_network
from femnn.planning.plan_settings import plan_settings
from femnn.runtime.stack import PETSc
from femnn.solving.options import solver_options
from femnn.study import lock
from femnn.study.loading import load_study, read_settings
from femnn.study.runner import rewrite_report, run
from femnn.training.record import TrainingRecord
from femnn.training.tasks.regression import RegressionSettings
from femnn.training.tasks.samples import read_samples

LARGEST = 20_000
"""Bonds of a network up to which it is written and read again."""


def finite(*arrays: np.ndarray) -> None:
    """Require finite numbers."""
    for array in arrays:
        assert np.isfinite(array).all(), "a number that is not finite was accepted"


def check_network(network: Network, folder: Path) -> None:
    """Require a network that is whole and comes back the same from a table and a mesh file."""
    sections = network.sections
    finite(network.nodes, network.stiffness, *(np.asarray(value) for value in vars(sections).values()))
    assert network.fixed.any(), "nothing is supported"
    assert (network.stiffness > 0).all()
    if len(network.bonds) > LARGEST:
        return
    for suffix in (".csv", ".msh"):
        path = folder / f"again{suffix}"
        try:
            write_network(network, path)
        except ConfigError:
            continue
        assert_same(load_network(path), network)


def _network(path: Path) -> None:
    beside = path.parent / "network.toml"
    target = beside if beside.is_file() else path
    check_network(load_network(target), path.parent)


def _study(path: Path) -> None:
    folder, values, where = read_settings(str(path))
    study = load_study(folder).settings(values, where)
    network = study.as_meshed(load_network(study.network))
    fitting = study.fitting(network, MPI.COMM_SELF, [])
    if fitting.unsuited:
        # What is fitted to networks of one's own is solved for, which takes long
        return
    study = study.fitted(fitting).resolved(network, MPI.COMM_SELF)
    study.check(network)
    assert len(list(study.points())) < 1_000_000


def _samples(path: Path) -> None:
    samples = read_samples(str(path), None, None, "drop")
    finite(samples.features)
    assert samples.features.shape == (len(samples.labels), len(samples.names))
    assert set(samples.labels) <= set(range(len(samples.classes)))


def _targets(path: Path) -> None:
    push = {"node": 13, "direction": "-y"}
    settings = RegressionSettings.model_validate({
        "data": str(path), "features": ("first", "second"), "missing": "drop",
        "inputs": [push, push | {"node": 12}], "outputs": [{"node": 14, "component": "y", "column": "moved"}],
    })  # fmt: skip
    task = settings.task(li2024(), 1)
    finite(task.forces, task.loss.value(np.zeros((len(task.forces), 14, 2))))


def _tracked(path: Path) -> None:
    tracked = read_tracked(path, li2024(), "mm")
    finite(*tracked.displacements.values(), *tracked.rest.values(), np.array(tracked.scale))
    if {"forward", "adjoint"} <= tracked.displacements.keys():
        finite(tracked.gradient().value)


def _gradients(path: Path) -> None:
    for gradient in read_gradients(path, li2024()).values():
        finite(gradient.value, gradient.deviation)


def _workbook(path: Path) -> None:
    for found in read_workbook(path, li2024()).values():
        finite(found.gradient.value, found.gradient.deviation)


def _stiffness(path: Path) -> None:
    network = trained(li2024(), path, [])
    finite(network.sections.width)
    assert (network.sections.width > 0).all()


def _curve(path: Path) -> None:
    finite(*vars(master_curve(str(path))).values())


def _solver(path: Path) -> None:
    before = PETSc.Options().getAll()
    solver_options(str(path))
    assert PETSc.Options().getAll() == before, "options of a file stay in PETSc's database"


def _plan(path: Path) -> None:
    settings = plan_settings(str(path))
    if isinstance(settings.case, str) and settings.case != "ports":
        settings.resolved_case()
    load_network(settings.network)


def _solid(path: Path) -> None:
    # What holds the arrays of an .xdmf is damaged, and read by way of it
    mesh = path.with_suffix(".xdmf") if path.suffix == ".h5" else path
    regions = read_solid(strip(), str(mesh), 2, "continuum-2d")
    finite(regions.points)
    assert len(regions.cell_bonds) == len(regions.cells) == len(regions.cell_nodes)
    corners = regions.points[regions.cells]
    assert (np.linalg.det(corners[:, 1:] - corners[:, :1]) != 0).all(), "a flat cell was accepted"


def _table(folder: Path) -> pd.DataFrame:
    # As text: to the last digit
    return pd.read_csv(folder / "table.csv", dtype=str)


def _run(path: Path) -> None:
    """The report made again shows no row that the run has not measured; resumed, it has all of them or is refused."""
    folder = path.parents[1] / RUN
    lock.PATIENCE = 0.05
    before = _table(folder)
    again = folder.parent / "again"
    shutil.copytree(folder, again)
    try:
        rewrite_report(folder, trust=True)
        assert _table(folder).merge(before).shape == _table(folder).shape, "rows of the report have changed"
    except ConfigError:
        pass
    run(str(again / "config.toml"), [], again, True, MPI.COMM_SELF, trust=True)
    pd.testing.assert_frame_equal(_table(again), before)


def _training(path: Path) -> None:
    kept = TrainingRecord(path.parent, FACTS, PARAMETERS, warm=True)
    kept.close()
    found = kept.kept
    np.testing.assert_array_equal(found.steps, steps()[: len(found.steps)])
    for whole, own in zip(states(), found.states or [], strict=False):
        assert own.keys() == whole.keys()
        assert all(np.array_equal(own[sample], whole[sample]) for sample in own)


_READERS: dict[str, Callable[[Path], None]] = {
    "study": _study, "plan": _plan, "classes": _samples, "targets": _targets, "tracked": _tracked,
    "gradients": _gradients, "workbook": _workbook, "stiffness": _stiffness, "master": _curve, "solver": _solver,
    "solid": _solid, "run": _run, "training": _training,
}  # fmt: skip

FORMATS: dict[str, tuple[str, Writer, Callable[[Path], None]]] = {
    name: (file, write, _READERS.get(name.split()[0], _network)) for name, (file, write) in (FILES | WRITTEN).items()
}
"""Name of the file, its writer and its reader, by format."""
