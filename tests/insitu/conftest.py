"""The experiments that the tests of estimators work in."""

import pytest
from mpi4py import MPI

from femnn.insitu.bench import ExperimentBench
from femnn.insitu.estimator_kinds import EstimatorInputs
from femnn.verification.gradient_checks import experiment_bench, inputs
from femnn.verification.published_cases import published_case


@pytest.fixture(scope="session")
def bench() -> ExperimentBench:
    """Experiments on the printed lattice without noise."""
    return experiment_bench(MPI.COMM_WORLD)


@pytest.fixture
def bars(bench) -> EstimatorInputs:
    """Rotating bars in the case "separate" of Li & Mao (2024), Fig. 1."""
    return inputs(bench, "bar", published_case("separate"))


@pytest.fixture
def springs(bench) -> EstimatorInputs:
    """Linear springs in the same case."""
    return inputs(bench, "spring", published_case("separate"))
