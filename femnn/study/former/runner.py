"""Running a study: points one after another, each into the checkpoint, then tables, figures and the report."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from femnn.config import resources
from femnn.config.settings import read_toml, with_units
from femnn.config.trust import CONFIG, settings_from
from femnn.config.trust import run_folder as run_folder_of
from femnn.errors import ConfigError
from femnn.network.network import Network
from femnn.network.plausibility import warn_of
from femnn.network_files.specification import load_network
from femnn.runtime.notices import collected, gathered
from femnn.runtime.progress import progress
from femnn.runtime.ranks import for_root, on_root
from femnn.runtime.stack import MPI
from femnn.study import run_folder, store
from femnn.study.former import checkpoint
from femnn.study.former.loading import load_study, read_settings
from femnn.study.former.study import Outcome, Point, Run, Study
from femnn.study.former.writing import Results, write_summary
from femnn.study.lock import locked
from femnn.study.provenance import provenance
from femnn.study.run_folder import PROVENANCE, REPORT, UNDER_WAY
from femnn.study.state_files import write_states
from femnn.study.study_settings import StudySettings

NOT_YET = "states are not written yet"
"""What a report says that is written before the states are."""


@dataclass(frozen=True)
class Finished:
    """What a run ends with."""

    report: Path
    failures: list[str]
    """What could not be computed or written, a line each."""
    missing: int = 0
    """Number of points that are not measured."""


def run(
    name: str,
    assignments: Sequence[str],
    folder: Path,
    resume: bool,
    comm: MPI.Comm,
    force: bool = False,
    trust: bool = False,
) -> Finished:
    """Run a study, or what is left of it, and write its folder; warnings are shown, and kept in summary and report.

    Args:
        name: a study or a settings file; see :func:`femnn.study.study.read_settings`.
        assignments: ``"key=value"``, laid over the settings.
        folder: where everything is written.
        resume: go on from the checkpoint in the folder.
        comm: ranks that share the work; all of them call.
        force: write over an earlier run in the folder.
        trust: run code of one's own that lies in a run folder or is named by one.

    Raises:
        ConfigError: settings, study or folder cannot be used; the folder holds a run, or one is under way there.
        NetworkError: the network or a load on it is ill-formed.
        WritingError: some ranks cannot write states, and others wait for them.
    """
    start = time.monotonic()
    # Everything that may be refused comes before the first write, so that an earlier run in the folder is not lost
    on_root(comm, lambda: run_folder.check_folder(folder, resume, force))
    source = on_root(comm, lambda: run_folder_of(resources.find("studies", name)))
    with settings_from(source, trust), collected(comm) as warned, ExitStack() as trusted:
        study, settings, network, notes, fingerprints = _prepared(
            name, assignments, folder, resume, comm, trusted, trust
        )
        bench = study.prepare(settings, network, comm)
        points = study.points(settings)
        on_root(comm, lambda: run_folder.make_folder(folder))
        with _held(folder, comm):
            # Another run may have come and gone while this one was prepared
            on_root(comm, lambda: run_folder.check_folder(folder, resume, force))
            begun = Run(study, settings, network, [], len(points), gathered(warned, comm), notes)
            kept = on_root(comm, lambda: _begun(begun, points, folder, fingerprints[0], resume))
            outcomes = _measured(begun, bench, points, folder, fingerprints, kept, comm)
            on_root(comm, lambda: shutil.rmtree(folder / UNDER_WAY, ignore_errors=True))
            facts = provenance(comm, settings.seed, time.monotonic() - start)
            made = replace(begun, outcomes=outcomes, warnings=gathered(warned, comm))
            results = Results(made, folder, facts, measured_now=True)
            for_root(comm, results.write)
            failures = on_root(comm, lambda: results.report([NOT_YET] if settings.write_states else []))
            if settings.write_states and study.states is not None:
                # After all else, which a disk that is full then does not cost
                unwritten = write_states(study.states(bench, points), folder, comm)
                failures = on_root(comm, lambda: results.report(unwritten))
    return Finished(folder / REPORT, failures)


def _prepared(
    name: str,
    assignments: Sequence[str],
    folder: Path,
    resume: bool,
    comm: MPI.Comm,
    trusted: ExitStack,
    trust: bool,
) -> tuple[Study, StudySettings, Network, list[str], tuple[str, str]]:
    """Study, settings for the network of the run, that network, what the run states of its inputs, and fingerprints.

    The fingerprints are those of the settings, and of what they were before relative values were resolved.
    """
    study, written, network = _read(name, assignments, comm)
    if written.write_states and study.states is None:
        raise ConfigError(f"Study {study.name} has no states to write; leave write_states out.")
    fitting = written.fitting(network, comm, assignments)
    settings = written.fitted(fitting)
    asked = checkpoint.digest(study.name, _plain(settings))
    began = on_root(comm, lambda: checkpoint.fingerprints(folder)) if resume else None
    if began is not None and asked == began[1] != began[0]:
        # What is relative to the network was resolved when the run began, and is not computed again
        trusted.enter_context(settings_from(folder, trust))
        settings = _stored(study, folder, comm)
    settings = settings.resolved(network, comm)
    notes = [*network.notes, *fitting.notes, *on_root(comm, settings.input_notes)]
    on_root(comm, lambda: _tell(study.name, notes))
    warn_of(network, settings)
    fingerprint = _fingerprint(study, settings)
    asked = began[1] if began is not None and fingerprint == began[0] else asked
    return study, settings, network, notes, (fingerprint, asked)


def rewrite_report(folder: Path, trust: bool = False) -> Finished:
    """Make tables, figures and report of a run again, from its checkpoint; points may be missing.

    Args:
        folder: of the run.
        trust: run code of one's own that the folder names.

    Raises:
        ConfigError: the folder holds no run or what does not fit its study, or a run is under way there.
    """
    if not (folder / CONFIG).is_file():
        raise ConfigError(f"{folder} holds no run of femnn: there is no {CONFIG} in it.")
    run_folder.refuse_links(folder)
    with locked(folder, _note), settings_from(folder, trust):
        study, settings, network = _read(str(folder / CONFIG), [], MPI.COMM_SELF)
        points = study.points(settings)
        kept = checkpoint.read(folder, _fingerprint(study, settings), points)
        outcomes = [(point, outcome) for point, outcome, _ in kept]
        if not outcomes:
            raise ConfigError(f"There is no measured point in {folder}; run the study first.")
        warned, notes = run_folder.stated(folder)
        run = Run(study, settings, network, outcomes, len(points), warned, notes)
        results = Results(run, folder, run_folder.read_facts(folder / PROVENANCE), measured_now=False)
        results.write()
        return Finished(folder / REPORT, results.report(run_folder.states_missing(folder)), run.missing)


@contextmanager
def _held(folder: Path, comm: MPI.Comm) -> Iterator[None]:
    """Hold the lock of a folder, by rank 0 for all."""
    with ExitStack() as stack:
        on_root(comm, lambda: stack.enter_context(locked(folder, _note)))
        yield


def _note(text: str) -> None:
    print(f"femnn: note: {text}", file=sys.stderr, flush=True)


def _begun(run: Run, points: Sequence[Point], folder: Path, fingerprint: str, resume: bool) -> list[checkpoint.Kept]:
    """The points that a run has already; its folder is made ready for the others."""
    kept = checkpoint.read(folder, fingerprint, points) if resume else []
    if not resume:
        run_folder.clear(folder)
    store.write_config(folder, run.study.reference, with_units(run.settings))
    if len(kept) < len(points):
        write_summary(folder, len(kept), len(points), run.stated)
    return kept


def _fingerprint(study: Study, settings: StudySettings) -> str:
    return checkpoint.digest(study.name, _plain(settings))


def _plain(settings: StudySettings) -> dict[str, Any]:
    return settings.model_dump(mode="json", by_alias=True, exclude_none=True)


def _read(name: str, assignments: Sequence[str], comm: MPI.Comm) -> tuple[Study, StudySettings, Network]:
    folder, values, where = on_root(comm, lambda: read_settings(name, assignments))
    study = load_study(folder)
    settings = study.settings(values, where)
    return study, settings, on_root(comm, lambda: settings.as_meshed(load_network(settings.network)))


def _stored(study: Study, folder: Path, comm: MPI.Comm) -> StudySettings:
    """The resolved settings of the run in a folder."""
    path = folder / CONFIG
    values = on_root(comm, lambda: read_toml(path))
    return study.settings({key: value for key, value in values.items() if key != "study"}, str(path))


def _tell(name: str, notes: Sequence[str]) -> None:
    """Print what a run has to state of its inputs."""
    for note in notes:
        print(f"{name}: note: {note}", flush=True)


def _measured(
    run: Run,
    bench: Any,
    points: Sequence[Point],
    folder: Path,
    fingerprints: tuple[str, str],
    kept: Sequence[checkpoint.Kept],
    comm: MPI.Comm,
) -> list[tuple[Point, Outcome]]:
    study, generator = run.study, np.random.default_rng(run.settings.seed)
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
                write_summary(folder, len(outcomes), len(points), run.stated)
            advance(_label(point, study.units))
    for writer in writers:
        writer.close()
    return outcomes


def _label(point: Point, units: Mapping[str, str]) -> str:
    """The point for a log: ``case same, model bar, adjoint_force 0.049 N``."""
    values = {
        key: f"{value:.4g} {units.get(key, '')}".rstrip() if isinstance(value, float) else value
        for key, value in point.items()
    }
    return ", ".join(f"{key} {value}" for key, value in values.items() if value is not None)


def is_former(name: str, assignments: Sequence[str]) -> bool:
    """Return whether a study is a module of functions yet."""
    with settings_from(None, True):
        try:
            return "\nTITLE" in (read_settings(name, assignments)[0] / "study.py").read_text(encoding="utf-8")
        except ConfigError:
            return False
