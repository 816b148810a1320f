"""Differences of the loss on networks of any stiffness."""

from dataclasses import replace

import numpy as np
import pytest
from mpi4py import MPI

from femnn.insitu.bench import ExperimentBench
from femnn.insitu.difference_steps import CENTRAL, ONE_SIDED, default_steps, stiffness_steps
from femnn.insitu.estimator_kinds import EstimatorInputs
from femnn.insitu.estimators import ESTIMATORS
from femnn.insitu.load_cases import Case
from femnn.insitu.metrics import relative_l2
from femnn.network.lattices import li2024, triangular
from femnn.network.sections import AGILUS_SECTION
from femnn.solving.continuation import LoadStepping
from femnn.solving.options import solver_options


@pytest.mark.parametrize("model", ["spring", "bar"])
@pytest.mark.parametrize("modulus", [0.55e6, 210e9])
def test_default_steps_give_the_exact_gradient(model: str, modulus: float) -> None:
    """Of rubber and of steel, where a step of 7e-7 N is less than rounding."""
    section = replace(AGILUS_SECTION, modulus=np.array(modulus))
    net = triangular(3, 2, 16e-3, section=section)
    port, read = net.inputs["load"].node, net.outputs["response"].node
    load = 0.002 * modulus * 4e-6
    bench = ExperimentBench(net, MPI.COMM_WORLD, solver_options(), LoadStepping())
    case = Case(
        loads=({"node": port, "force": load, "direction": "-y"},),
        targets=({"node": read, "component": "y", "displacement": "-1 mm"},),
    )
    experiment = bench.experiment(model, case)
    for name, most in (("finite-difference", 1e-5), ("central-difference", 1e-7)):
        assert (
            relative_l2(ESTIMATORS[name](EstimatorInputs(experiment, experiment), 1.0), experiment.exact_gradient)
            < most
        )


def test_steps_are_newtons_on_the_published_lattice_and_shares_on_others() -> None:
    """Bond by bond: h/L, or a share of k."""
    net = li2024()
    assert default_steps(net) == (7e-7, 1e-4)
    assert default_steps(triangular(2, 1, 16e-3)) == (ONE_SIDED, CENTRAL)
    np.testing.assert_allclose(stiffness_steps(net, net.stiffness, 1e-4), 1e-4 / net.lengths)
    np.testing.assert_allclose(stiffness_steps(net, net.stiffness, CENTRAL), 1e-5 * net.stiffness)
