"""The laboratories that the tests of estimators work in."""

import pytest
from mpi4py import MPI

from femnn.learning.gradients import Experiment
from femnn.learning.workbench import Workbench
from femnn.verification.gradients import experiment, workbench
from femnn.verification.published import published_case


@pytest.fixture(scope="session")
def bench() -> Workbench:
    """Laboratories on the printed lattice without noise."""
    return workbench(MPI.COMM_WORLD)


@pytest.fixture
def bars(bench) -> Experiment:
    """Rotating bars in the case "separate" of Li & Mao (2024), Fig. 1."""
    return experiment(bench, "bar", published_case("separate"))


@pytest.fixture
def springs(bench) -> Experiment:
    """Linear springs in the same case."""
    return experiment(bench, "spring", published_case("separate"))
