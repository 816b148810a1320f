"""What all tests share: folders that all ranks see, one report for all ranks, and MPI left tidy."""

import gc
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from matplotlib.figure import Figure as Drawing
from mpi4py import MPI

from femnn.report.figure import FIGURES, Figure
from femnn.runtime import stack
from femnn.study import store

COMM = MPI.COMM_WORLD


def pytest_configure(config: pytest.Config) -> None:
    """Under mpiexec rank 0 alone reports; the others speak up only where a test fails on them."""
    if COMM.rank != 0:
        config.option.verbose = -2
        reporter = config.pluginmanager.get_plugin("terminalreporter")
        if reporter is not None:
            config.pluginmanager.unregister(reporter)


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Print a failure of a rank that has no terminal reporter."""
    if COMM.rank != 0 and report.failed:
        print(f"\nrank {COMM.rank}: {report.nodeid}\n{report.longreprtext}", flush=True)


def pytest_collection_finish(session: pytest.Session) -> None:
    """Keep what importing made out of the collections between tests, which then take no time."""
    # The stack is imported at its first use, which is after this
    stack.require()
    import femnn.study.runner  # noqa: F401

    gc.collect()
    gc.freeze()


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Every rank ends with the worst status of all, so that mpiexec reports a failure of any."""
    session.exitstatus = max(COMM.allgather(int(exitstatus)))


@pytest.fixture(autouse=True, scope="module")
def _tidy_modules() -> Iterator[None]:
    """Keep what a file of tests has left behind out of the collections of the next ones, which then stay quick."""
    yield
    gc.unfreeze()
    gc.collect()
    COMM.barrier()
    gc.freeze()


@pytest.fixture(autouse=True)
def _tidy() -> Iterator[None]:
    """Free PETSc's and MPI's objects together: their destruction is collective, and garbage collection is not."""
    yield
    gc.collect()
    COMM.barrier()


@pytest.fixture(autouse=True)
def _small_pictures(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the figures of runs, but draw them small, except where a test looks at them: drawing takes most of a run.

    Runs that a file of tests shares are drawn as users have them.
    """
    if request.node.get_closest_marker("draws") is None:
        monkeypatch.setattr(store, "write_figures", small_figures)


def small_figures(folder: Path, figures: Sequence[Figure]) -> None:
    """Write an empty picture for each figure, as :func:`femnn.study.store.write_figures` would write a full one."""
    (folder / FIGURES).mkdir(exist_ok=True)
    for old in (folder / FIGURES).glob("*.png"):
        old.unlink()
    for figure in figures:
        Drawing(figsize=(0.1, 0.1)).savefig(store.figure_path(folder, figure), dpi=10)


@pytest.fixture
def comm_tmp_path(tmp_path: Path) -> Path:
    """A temporary folder that is the same on every rank."""
    return COMM.bcast(tmp_path)
