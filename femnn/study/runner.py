"""Running a study: its points into the checkpoint, then tables, figures and the report."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

from femnn.config import resources
from femnn.config.limits_of_input import MOST_POINTS
from femnn.config.plain_text import one_line
from femnn.config.settings_paths import placed, written_in
from femnn.config.toml_files import read_toml
from femnn.config.trust import CONFIG, settings_from
from femnn.config.trust import run_folder as run_folder_of
from femnn.errors import ConfigError
from femnn.insitu.fitting import Fitting
from femnn.mechanics.models import BEAMS, MODELS
from femnn.network.network import Network
from femnn.network.plausibility import warn_of
from femnn.network_files.specification import load_network
from femnn.runtime.notices import collected, gathered
from femnn.runtime.ranks import for_root, on_root
from femnn.runtime.stack import MPI
from femnn.study import checkpoint, copies, run_folder, store
from femnn.study.groups import Groups, require_work, split
from femnn.study.inputs import by_content, own_files, own_paths, with_own_files
from femnn.study.loading import Loaded, load_study, read_settings
from femnn.study.lock import locked
from femnn.study.measure_points import Measuring
from femnn.study.model_settings import MODEL_TABLES
from femnn.study.points import Point, every_need
from femnn.study.provenance import provenance
from femnn.study.records import Record
from femnn.study.results import Results
from femnn.study.run_folder import PROVENANCE, REPORT, UNDER_WAY
from femnn.study.state_files import write_states
from femnn.study.study import Study
from femnn.study.writing import Writing, stated_of, write_summary

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


@dataclass(frozen=True)
class Prepared:
    """What is settled before anything is measured."""

    loaded: Loaded
    study: Study
    """With numbers for all that is relative to the network."""
    network: Network
    points: list[Point]
    notes: list[str]
    fingerprint: str
    """Of the settings."""
    asked: str
    """Of the settings before relative values were resolved."""


def run(
    name: str,
    assignments: Sequence[str],
    folder: Path,
    resume: bool,
    comm: MPI.Comm,
    force: bool = False,
    trust: bool = False,
    ranks_per_group: int | None = None,
) -> Finished:
    """Run a study, or what is left of it, and write its folder; warnings are shown, and kept in summary and report.

    Args:
        name: a study or a settings file; see :func:`femnn.study.loading.read_settings`.
        assignments: ``"key=value"``, laid over the settings.
        folder: where everything is written.
        resume: go on from the checkpoint in the folder.
        comm: ranks that share the work; all of them call.
        force: write over an earlier run in the folder.
        trust: run code of one's own that lies in a run folder or is named by one.
        ranks_per_group: ranks that measure a point together; all of them where None.

    Raises:
        ConfigError: settings, study or folder cannot be used; the folder holds a run, or one is under way there.
        NetworkError: the network or a load on it is ill-formed.
        WritingError: some ranks cannot write states, and others wait for them.
    """
    start = time.monotonic()
    # Everything that may be refused comes before the first write, so that an earlier run in the folder is not lost
    on_root(comm, lambda: run_folder.check_folder(folder, resume, force))
    groups = split(comm, ranks_per_group)
    source = on_root(comm, lambda: run_folder_of(resources.find("studies", name)))
    with settings_from(source, trust), collected(comm) as warned, ExitStack() as trusted:
        made = _prepared(name, assignments, folder, resume, comm, trusted, trust)
        require_work(groups, made.points)
        results = Results(made.study, made.network, made.points, {}, gathered(warned, comm), made.notes)
        on_root(comm, lambda: run_folder.make_folder(folder))
        with _held(folder, comm):
            # Another run may have come and gone while this one was prepared
            on_root(comm, lambda: run_folder.check_folder(folder, resume, force))
            if resume:
                on_root(comm, lambda: _tell_nothing_kept(folder))
            kept = on_root(comm, lambda: _begun(made, results, folder, resume))
            measuring = _measuring(made, results, folder, groups, kept)
            bench, records = measuring.all()
            on_root(comm, lambda: shutil.rmtree(folder / UNDER_WAY, ignore_errors=True))
            facts = provenance(comm, made.study.seed, time.monotonic() - start) | {"inputs": copies.digests(folder)}
            results = replace(results, records=records)
            gathered(warned, comm)
            writing = Writing(made.loaded, results, folder, facts, measured_now=not kept)
            for_root(comm, writing.write)
            failures = on_root(comm, lambda: writing.report([NOT_YET] if made.study.write_states else []))
            if made.study.write_states:
                # After all else, which a disk that is full then does not cost
                unwritten = _write_states(made, bench, folder, groups)
                failures = on_root(comm, lambda: writing.report(unwritten))
    return Finished(folder / REPORT, failures)


def _prepared(
    name: str,
    assignments: Sequence[str],
    folder: Path,
    resume: bool,
    comm: MPI.Comm,
    trusted: ExitStack,
    trust: bool,
) -> Prepared:
    """Settle everything for the network of the run."""
    loaded, written, network = _read(name, assignments, comm)
    if written.write_states and type(written).states is Study.states:
        raise ConfigError(f"Study {loaded.name} has no states to write; leave write_states out.")
    fitting = written.fitting(network, comm, assignments)
    study = written.fitted(fitting)
    asked = on_root(comm, lambda: _fingerprint(loaded, study, network))
    began = on_root(comm, lambda: checkpoint.fingerprints(folder)) if resume else None
    if began is not None and asked == began[1] != began[0]:
        # What is relative to the network was resolved when the run began, and is not computed again
        own = on_root(comm, lambda: own_files(study))
        trusted.enter_context(settings_from(folder, trust, on_root(comm, lambda: own_paths(own))))
        study = _stored(loaded, folder, comm, own)
    study = study.resolved(network, comm)
    notes = [*network.notes, *fitting.notes, *on_root(comm, study.input_notes)]
    on_root(comm, lambda: _tell(loaded.name, notes))
    warn_of(network, study)
    study.check(network)
    points = list(islice(study.points(), MOST_POINTS + 1))
    if len(points) > MOST_POINTS:
        raise ConfigError(
            f"Study {loaded.name} has more than {MOST_POINTS} points; ask for fewer cases, models or values."
        )
    require_acting(points, fitting)
    resolved = study
    fingerprint = on_root(comm, lambda: _fingerprint(loaded, resolved, network))
    asked = began[1] if began is not None and fingerprint == began[0] else asked
    return Prepared(loaded, study, network, points, notes, fingerprint, asked)


def require_acting(points: Sequence[Point], fitting: Fitting) -> None:
    """Refuse parameters of models on the command line of which the run has none.

    Args:
        points: of the run.
        fitting: the network, and what was set on the command line.

    Raises:
        ConfigError: a table of parameters has no effect.
    """
    used = {model for point in every_need(points) for model in point.models}
    # Loads of networks of one's own are found on beams where a study has solids alone
    used |= {BEAMS} if fitting.unsuited and not any(MODELS[name].traits.lines for name in used) else set()
    for table, names in MODEL_TABLES.items():
        if fitting.given(table) and not names & used:
            raise ConfigError(
                f"[{table}] has no effect: the models of this run are {', '.join(sorted(used)) or 'none'}; add "
                f"{' or '.join(sorted(names))} to its models, or leave the setting out."
            )


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
        loaded, study, network = _read(str(folder / CONFIG), [], MPI.COMM_SELF)
        points = list(study.points())
        records = copies.read_checkpoint(folder, _fingerprint(loaded, study, network), every_need(points))
        warned, notes = run_folder.stated(folder)
        results = Results(study, network, points, records, warned, notes)
        if not results.measured:
            raise ConfigError(f"There is no measured point in {folder}; run the study first.")
        writing = Writing(loaded, results, folder, run_folder.read_facts(folder / PROVENANCE), measured_now=False)
        writing.write()
        return Finished(folder / REPORT, writing.report(run_folder.states_missing(folder)), results.missing)


def _tell_nothing_kept(folder: Path) -> None:
    if checkpoint.fingerprints(folder) is None:
        _note(f"there is nothing to resume in {folder} yet; the run starts there.")


@contextmanager
def _held(folder: Path, comm: MPI.Comm) -> Iterator[None]:
    """Hold the lock of a folder, by rank 0 for all."""
    with ExitStack() as stack:
        on_root(comm, lambda: stack.enter_context(locked(folder, _note)))
        yield


def _note(text: str) -> None:
    print(f"femnn: note: {one_line(text)}", file=sys.stderr, flush=True)


def _begun(made: Prepared, results: Results, folder: Path, resume: bool) -> dict[str, Record]:
    """What a run has already; its folder is made ready for the rest."""
    kept = copies.read_checkpoint(folder, made.fingerprint, every_need(made.points)) if resume else {}
    if not resume:
        run_folder.clear(folder)
    store.write_config(folder, *copies.copy_inputs(folder, made.loaded, made.study))
    done = sum(point.key in kept for point in made.points)
    if done < len(made.points):
        write_summary(folder, done, len(made.points), stated_of(results))
    return kept


def _measuring(made: Prepared, results: Results, folder: Path, groups: Groups, kept: dict[str, Record]) -> Measuring:
    total, stated = len(made.points), stated_of(results)
    return Measuring(
        made.loaded.name, made.study, made.network, made.points, folder, (made.fingerprint, made.asked), groups, kept,
        lambda done: write_summary(folder, done, total, stated),
    )  # fmt: skip


def _write_states(made: Prepared, bench: Any, folder: Path, groups: Groups) -> list[str]:
    """Write states, by the first group; return what could not be written, on all ranks."""
    unwritten: list[str] = []
    if groups.index == 0:
        unwritten = write_states(made.study.states(bench, made.points) or iter(()), folder, groups.group)
    return list(groups.comm.bcast(unwritten))


def _fingerprint(loaded: Loaded, study: Study, network: Network) -> str:
    """By what a checkpoint knows its run: settings, and what they name by content; called on one rank."""
    return checkpoint.digest(loaded.name, by_content(study, network))


def _read(name: str, assignments: Sequence[str], comm: MPI.Comm) -> tuple[Loaded, Study, Network]:
    folder, values, where = on_root(comm, lambda: read_settings(name, assignments))
    loaded = load_study(folder)
    study = loaded.settings(values, where)
    return loaded, study, on_root(comm, lambda: study.as_meshed(load_network(study.network)))


def _stored(loaded: Loaded, folder: Path, comm: MPI.Comm, own: Mapping[str, str]) -> Study:
    """The resolved settings of the run in a folder, with the user's own files."""
    path = folder / CONFIG
    values = on_root(comm, lambda: placed(written_in(read_toml(path), folder), folder))
    stored = loaded.settings({key: value for key, value in values.items() if key != "study"}, str(path))
    return on_root(comm, lambda: with_own_files(stored, own))


def _tell(name: str, notes: Sequence[str]) -> None:
    """Print what a run has to state of its inputs."""
    for note in notes:
        print(one_line(f"{name}: note: {note}"), flush=True)
