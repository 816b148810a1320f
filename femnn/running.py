"""Running a study: points one after another, each into the checkpoint, then tables, figures and the report."""

import shutil
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from mpi4py import MPI

from femnn import checkpoint
from femnn.config import read_toml, with_units
from femnn.errors import ConfigError
from femnn.learning_study import LearningSettings
from femnn.meshing.specification import load_network
from femnn.network import Network
from femnn.notices import collected, gathered
from femnn.parallel import on_root
from femnn.plausibility import warn_of
from femnn.progress import progress
from femnn.provenance import provenance
from femnn.results import store
from femnn.results.paraview import write_state
from femnn.results.report import write_report
from femnn.results.training_animation import write_animations
from femnn.study import Outcome, Point, Run, Study, StudySettings, load_study, read_settings

REPORT = "report.html"
SUMMARY = "summary.json"
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
    """Run a study, or what is left of it, and write its folder; warnings are shown, and kept in summary and report.

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
    with collected(comm) as warned:
        return _run(name, assignments, folder, resume, comm, warned)


def _run(
    name: str, assignments: Sequence[str], folder: Path, resume: bool, comm: MPI.Comm, warned: list[str]
) -> Finished:
    start = time.monotonic()
    study, written, network = _read(name, assignments, comm)
    fitting = written.fitting(network, comm, assignments)
    settings = written.fitted(fitting)
    asked = checkpoint.digest(study.name, _plain(settings))
    began = on_root(comm, lambda: checkpoint.fingerprints(folder)) if resume else None
    if began is not None and asked == began[1] != began[0]:
        # What is relative to the network was resolved when the run began, and is not computed again
        settings = _stored(study, folder, comm)
    settings = settings.resolved(network, comm)
    notes = [*network.notes, *fitting.notes, *on_root(comm, settings.input_notes)]
    on_root(comm, lambda: _tell(study.name, notes))
    warn_of(network, settings)
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
    on_root(comm, lambda: store.write_config(folder, study.name, with_units(settings)))
    if not resume:
        on_root(comm, lambda: shutil.rmtree(folder / UNDER_WAY, ignore_errors=True))
    outcomes = _measured(study, bench, points, folder, settings.seed, (fingerprint, asked), kept, comm)
    if settings.write_states:
        _write_states(study, bench, points, folder, comm)
    on_root(comm, lambda: shutil.rmtree(folder / UNDER_WAY, ignore_errors=True))
    wall_time = time.monotonic() - start
    facts = provenance(comm, settings.seed, wall_time)
    made = Run(study, settings, network, outcomes, gathered(warned, comm), notes)
    return on_root(comm, lambda: _written(made, folder, facts))


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
    facts, earlier = (store.read_json(folder / name) for name in ("provenance.json", SUMMARY))
    # The inputs may have changed since they were read
    notes = earlier.get("notes", []) if earlier else settings.input_notes()
    return _written(Run(study, settings, network, outcomes, earlier.get("warnings", []), notes), folder, facts)


def _read(name: str, assignments: Sequence[str], comm: MPI.Comm) -> tuple[Study, StudySettings, Network]:
    folder, values, where = on_root(comm, lambda: read_settings(name, assignments))
    study = load_study(folder)
    settings = study.settings(values, where)
    return study, settings, on_root(comm, lambda: settings.as_meshed(load_network(settings.network)))


def _plain(settings: StudySettings) -> dict[str, Any]:
    return settings.model_dump(mode="json", by_alias=True, exclude_none=True)


def _stored(study: Study, folder: Path, comm: MPI.Comm) -> StudySettings:
    """The resolved settings of the run in a folder."""
    path = folder / store.CONFIG
    values = on_root(comm, lambda: read_toml(path))
    return study.settings({key: value for key, value in values.items() if key != "study"}, str(path))


def _tell(name: str, notes: Sequence[str]) -> None:
    """Print what a run has to state of its inputs."""
    for note in notes:
        print(f"{name}: note: {note}", flush=True)


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
            advance(_label(point, study.units))
    for writer in writers:
        writer.close()
    return outcomes


def _write_states(study: Study, bench: Any, points: Sequence[Point], folder: Path, comm: MPI.Comm) -> None:
    assert study.states is not None
    on_root(comm, lambda: (folder / STATES).mkdir(exist_ok=True))
    for name, structure, state in study.states(bench, points):
        structure.set_values(state.values)
        write_state(structure, folder / STATES / f"{name}.bp")


def _label(point: Point, units: Mapping[str, str]) -> str:
    """The point for a log: ``case same, model bar, adjoint_force 0.049 N``."""
    values = {
        key: f"{value:.4g} {units.get(key, '')}".rstrip() if isinstance(value, float) else value
        for key, value in point.items()
    }
    return ", ".join(f"{key} {value}" for key, value in values.items() if value is not None)


def _written(run: Run, folder: Path, facts: dict[str, Any]) -> Finished:
    tables = run.study.tables(run)
    for name, table in tables.items():
        store.write_table(folder / f"{name}.csv", table)
    store.write_dataset(folder / "results.nc", run.study.dataset(run, tables))
    summary = run.study.summary(run, tables) | ({"notes": list(run.notes)} if run.notes else {})
    store.write_json(folder / SUMMARY, summary | {"failures": run.failures, "warnings": list(run.warnings)})
    store.write_json(folder / "provenance.json", facts)
    figures = run.study.figures(run, tables)
    store.write_figures(folder, figures)
    if isinstance(run.settings, LearningSettings) and run.settings.animation:
        write_animations(run, run.settings.animation, folder)
    report = folder / REPORT
    write_report(report, run, summary, figures, facts)
    return Finished(report, run.failures)
