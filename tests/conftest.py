"""What all tests share: folders that all ranks see, one report for all ranks, and MPI left tidy."""

import gc
from collections.abc import Iterator
from pathlib import Path

import pytest
from mpi4py import MPI

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
    gc.collect()
    gc.freeze()


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Every rank ends with the worst status of all, so that mpiexec reports a failure of any."""
    session.exitstatus = max(COMM.allgather(int(exitstatus)))


@pytest.fixture(autouse=True)
def _tidy() -> Iterator[None]:
    """Free PETSc's and MPI's objects together: their destruction is collective, and garbage collection is not."""
    yield
    gc.collect()
    COMM.barrier()


@pytest.fixture
def comm_tmp_path(tmp_path: Path) -> Path:
    """A temporary folder that is the same on every rank."""
    return COMM.bcast(tmp_path)
