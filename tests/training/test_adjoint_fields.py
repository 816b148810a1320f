"""Fields of one sample, and gradients whose equilibria and solves are counted."""

import numpy as np
import pytest
from mpi4py import MPI

from femnn.config.quantities import GRAM_FORCE
from femnn.insitu.counting import Tally
from femnn.mechanics.bar import Bar
from femnn.mechanics.elongation import elongations
from femnn.mechanics.spring import Spring
from femnn.mechanics.structure import Structure
from femnn.network_files.specification import load_network
from femnn.solving.equilibrium import Equilibrium, equilibrium
from femnn.training.adjoint_fields import adjoint_fields
from femnn.training.gradient_sources import InSitu
from femnn.training.tasks import RegressionSettings

pytestmark = pytest.mark.serial

NETWORK = load_network("li2024")
SETTINGS = RegressionSettings(
    inputs=[{"node": 11, "direction": "y"}],
    outputs=[{"node": 13, "component": "y", "slope": 0.012}, {"node": 14, "component": "x", "slope": 0.002}],
    count=4,
    largest_force=10 * GRAM_FORCE,
    test_share=0.25,
)
TASK = SETTINGS.task(NETWORK, 0)


def solver(model) -> Equilibrium:
    return equilibrium(Structure(model, NETWORK, MPI.COMM_SELF))


def test_the_fields_of_springs_make_the_gradient():
    """The product of their elongations, of the training sample with the largest load."""
    fields = adjoint_fields(solver(Spring()), TASK, NETWORK.stiffness, as_asked=True)
    sizes = np.linalg.norm(TASK.forces[TASK.training], axis=(1, 2))
    assert np.linalg.norm(fields["force"]) == sizes.max()
    forward, adjoint = (elongations(NETWORK, fields[name], "projected") for name in ("forward", "adjoint"))
    np.testing.assert_allclose(forward * adjoint, fields["gradient"], rtol=1e-9, atol=1e-12 * np.abs(forward).max())


def test_the_adjoint_force_has_the_size_that_is_applied():
    """Along what the loss asks for; the gradient stays that of the loss."""
    springs = solver(Spring())
    asked = adjoint_fields(springs, TASK, NETWORK.stiffness, 1, as_asked=True)
    applied = adjoint_fields(springs, TASK, NETWORK.stiffness, 1, adjoint_force=0.02)
    assert np.linalg.norm(applied["adjoint_force"]) == pytest.approx(0.02)
    scale = 0.02 / np.linalg.norm(asked["adjoint_force"])
    np.testing.assert_allclose(applied["adjoint"], scale * asked["adjoint"], rtol=1e-9, atol=1e-15)
    np.testing.assert_allclose(applied["gradient"], asked["gradient"])


@pytest.mark.parametrize(
    ("estimator", "equilibria", "solves", "linear"),
    [("adjoint", 1, 1, 1), ("product", 2, 2, 0), ("centred-product", 3, 3, 0), ("finite-difference", 29, 29, 0)],
)
def test_what_a_gradient_takes_is_counted(estimator: str, equilibria: int, solves: int, linear: int):
    """And counting changes nothing: random numbers are drawn as without it."""
    bars, noise = solver(Bar()), 0.0 if estimator == "adjoint" else 1e-6
    tally = Tally()
    gradients = []
    for counted in (None, tally):
        source = InSitu(estimator, 0.01, noise, difference_step=0.1, tally=counted)
        _, gradient = source.gradient(bars, TASK.forces[0], TASK.loss[0], None, np.random.default_rng(3))
        gradients.append(gradient)
    np.testing.assert_array_equal(*gradients)
    assert tally.counts() == {"equilibria": equilibria, "solves": solves, "linear_solves": linear}


def test_a_nudged_equilibrium_is_looked_at_once_and_takes_several_solves():
    tally = Tally()
    source = InSitu("nudged", 0.01, 1e-6, nudging=1.0, tally=tally)
    source.gradient(solver(Bar()), TASK.forces[0], TASK.loss[0], None, np.random.default_rng(3))
    assert tally.equilibria == 2
    assert tally.solves > 2


def test_ports_have_the_names_of_features_and_of_displacements():
    inputs, outputs = SETTINGS.ports(NETWORK)
    assert {name: (port.node, port.direction) for name, port in inputs.items()} == {"force": (11, (0.0, 1.0))}
    assert {name: (port.node, port.direction) for name, port in outputs.items()} == {
        "13 y": (13, (0.0, 1.0)), "14 x": (14, (1.0, 0.0)),
    }  # fmt: skip
