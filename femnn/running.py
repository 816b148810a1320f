"""Running a study: points one after another, each into the checkpoint, then tables, figures and the report."""

import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from mpi4py import MPI

from femnn import checkpoint
from femnn.config import read_toml
from femnn.errors import ConfigError
from femnn.learning_study import LearningSettings
from femnn.meshing.specification import load_network
from femnn.network import Network
from femnn.parallel import on_root
from femnn.progress import progress
from femnn.provenance import provenance
from femnn.results import store
from femnn.results.paraview import write_state
from femnn.results.report import write_report
from femnn.results.training_animation import write_animations
from femnn.study import Outcome, Point, Run, Study, StudySettings, load_study, read_settings, shipped_for
from femnn.written_for import suits, without

REPORT = "report.html"
STATES = "states"
UNDER_WAY = "under-way"
"""Folder of what a study records within a point, removed at the end of the run."""


@dataclass(frozen=True)
class Finished:
    """What a run ends with."""

    report: Path
    failures: list[str]
    """What could not be computed, a line each."""


def run(name: str, assignments: Sequence[str], folder: Path, resume: bool, comm: MPI.Comm) -> Finished:
    """Run a study, or what is left of it, and write its folder.

    Args:
        name: a study or a settings file; see :func:`femnn.study.read_settings`.
        assignments: ``"key=value"``, laid over the settings.
        folder: where everything is written.
        resume: go on from the checkpoint in the folder.
        comm: ranks that share the work; all of them call.

    Raises:
        ConfigError: settings, study or folder cannot be used.
        NetworkError: the network or a load on it is ill-formed.
    """
    start = time.monotonic()
    study, settings, network = _read(name, assignments, comm)
    asked = checkpoint.digest(study.name, _plain(settings))
    began = on_root(comm, lambda: checkpoint.fingerprints(folder)) if resume else None
    if began is not None and asked == began[1] != began[0]:
        # What is relative to the network was resolved when the run began, and is not computed again
        settings = on_root(comm, lambda: _stored(folder, study))
    settings = settings.resolved(network, comm)
    plain = _plain(settings)
    fingerprint = checkpoint.digest(study.name, plain)
    if began is not None and fingerprint == began[0]:
        asked = began[1]
    # Everything that may be refused comes before the first write, so that an earlier run in the folder is not lost
    if settings.write_states and study.states is None:
        raise ConfigError(f"Study {study.name} has no states to write; leave write_states out.")
    bench = study.prepare(settings, network, comm)
    on_root(comm, lambda: store.check_folder(folder, resume))
    points = study.points(settings)
    kept = on_root(comm, lambda: checkpoint.read(folder, fingerprint, points)) if resume else []
    on_root(comm, lambda: store.write_config(folder, study.name, plain))
    if not resume:
        on_root(comm, lambda: shutil.rmtree(folder / UNDER_WAY, ignore_errors=True))
    outcomes = _measured(study, bench, points, folder, settings.seed, (fingerprint, asked), kept, comm)
    if settings.write_states:
        _write_states(study, bench, points, folder, comm)
    on_root(comm, lambda: shutil.rmtree(folder / UNDER_WAY, ignore_errors=True))
    wall_time = time.monotonic() - start
    facts = provenance(comm, settings.seed, wall_time)
    return on_root(comm, lambda: _written(Run(study, settings, network, outcomes), folder, facts))


def rewrite_report(folder: Path) -> Finished:
    """Make tables, figures and report of a finished run again, from its checkpoint.

    Raises:
        ConfigError: the folder holds no run.
    """
    study, settings, network = _read(str(folder / store.CONFIG), [], MPI.COMM_SELF)
    fingerprint = checkpoint.digest(study.name, _plain(settings))
    kept = checkpoint.read(folder, fingerprint, study.points(settings))
    outcomes = [(point, outcome) for point, outcome, _ in kept]
    if not outcomes:
        raise ConfigError(f"There is no measured point in {folder}; run the study first.")
    facts = store.read_json(folder / "provenance.json")
    return _written(Run(study, settings, network, outcomes), folder, facts)


def _read(name: str, assignments: Sequence[str], comm: MPI.Comm) -> tuple[Study, StudySettings, Network]:
    folder, values, where = on_root(comm, lambda: read_settings(name, assignments))
    study = load_study(folder)
    settings = study.settings(values, where)
    network = on_root(comm, lambda: load_network(settings.network))
    keys = study.settings_type.for_network
    written_for = on_root(comm, lambda: shipped_for(name))
    if keys and written_for not in (None, settings.network) and not on_root(comm, lambda: suits(written_for, network)):
        settings = study.settings(without(values, keys, (text.partition("=")[0] for text in assignments)), where)
    return study, settings, network


def _plain(settings: StudySettings) -> dict[str, Any]:
    return settings.model_dump(mode="json", by_alias=True, exclude_none=True)


def _stored(folder: Path, study: Study) -> StudySettings:
    """The resolved settings of the run in a folder."""
    values = read_toml(folder / store.CONFIG)
    values.pop("study", None)
    return study.settings(values, str(folder / store.CONFIG))


def _measured(
    study: Study,
    bench: Any,
    points: Sequence[Point],
    folder: Path,
    seed: int,
    fingerprints: tuple[str, str],
    kept: Sequence[checkpoint.Kept],
    comm: MPI.Comm,
) -> list[tuple[Point, Outcome]]:
    generator = np.random.default_rng(seed)
    if kept:
        generator.bit_generator.state = kept[-1][2]
    outcomes = [(point, outcome) for point, outcome, _ in kept]
    writers: list[checkpoint.Writer] = []
    on_root(comm, lambda: writers.append(checkpoint.Writer(folder, fingerprints, kept)))
    with progress(comm, study.name, len(points), len(outcomes)) as advance:
        if study.attach is not None:
            study.attach(bench, folder / UNDER_WAY, advance.tell)
        for point in points[len(outcomes) :]:
            outcome = study.measure(bench, point, generator)
            outcomes.append((point, outcome))
            for writer in writers:
                writer.add(point, outcome, generator)
            advance(_label(point))
    for writer in writers:
        writer.close()
    return outcomes


def _write_states(study: Study, bench: Any, points: Sequence[Point], folder: Path, comm: MPI.Comm) -> None:
    assert study.states is not None
    on_root(comm, lambda: (folder / STATES).mkdir(exist_ok=True))
    for name, structure, state in study.states(bench, points):
        structure.set_values(state.values)
        write_state(structure, folder / STATES / f"{name}.bp")


def _label(point: Point) -> str:
    """The point for a log: ``case same, model bar, adjoint_force 0.049``."""
    values = {key: f"{value:.4g}" if isinstance(value, float) else value for key, value in point.items()}
    return ", ".join(f"{key} {value}" for key, value in values.items() if value is not None)


def _written(run: Run, folder: Path, facts: dict[str, Any]) -> Finished:
    tables = run.study.tables(run)
    for name, table in tables.items():
        store.write_table(folder / f"{name}.csv", table)
    store.write_dataset(folder / "results.nc", run.study.dataset(run, tables))
    summary = run.study.summary(run, tables)
    store.write_json(folder / "summary.json", summary | {"failures": run.failures})
    store.write_json(folder / "provenance.json", facts)
    figures = run.study.figures(run, tables)
    store.write_figures(folder, figures)
    if isinstance(run.settings, LearningSettings) and run.settings.animation:
        write_animations(run, run.settings.animation, folder)
    report = folder / REPORT
    write_report(report, run, summary, figures, facts)
    return Finished(report, run.failures)
