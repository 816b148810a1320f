"""Pruning: bonds are removed in the order asked for, until the network is a mechanism."""

import numpy as np
import pytest
from mpi4py import MPI

from femnn import losses
from femnn.network import rigidity
from femnn.network.lattices import li2024
from femnn.network.network import Network
from femnn.runtime.streams import stream
from femnn.solving.continuation import LoadStepping
from femnn.solving.options import solver_options
from femnn.training.history import History
from femnn.training.pruning import Pruner, Remaining
from femnn.training.task import Task
from femnn.training.trainer import Trainer
from femnn.training.training_settings import TrainingSettings


@pytest.fixture(scope="module")
def network() -> Network:
    """The lattice."""
    return li2024()


@pytest.fixture(scope="module")
def trainer(network: Network) -> Trainer:
    """Where it is trained."""
    return Trainer(network, MPI.COMM_WORLD, solver_options("direct"), LoadStepping())


def task(network: Network) -> Task:
    """Node 14 is to sink under a load on node 13."""
    loss = losses.squared_error(network, [(14, 1, -1e-3)])
    return Task.from_load(network.point_force(13, [0.0, -0.05]), loss)


def pruned(pruner: Pruner, network: Network, order: str) -> list[Remaining]:
    """What remains of springs with a stiffness of no symmetry."""
    lower, upper = network.stiffness_bounds
    stiffness = np.random.default_rng(4).uniform(lower, upper)
    return list(pruner.steps(network, stiffness, order, stream(0, "pruning")))


@pytest.mark.parametrize("order", ["least-important", "most-important", "random"])
def test_pruning_ends_at_the_first_mechanism(trainer: Trainer, network: Network, order: str) -> None:
    """Four bonds go, one after another; the fifth leaves modes that stretch no bond that is left."""
    pruner = Pruner(trainer, "spring", task)
    steps = pruned(pruner, network, order)
    assert [len(step.removed) for step in steps] == [0, 1, 2, 3, 4]
    whole = steps[0].stiffness
    for step in steps:
        # Removed bonds are known by their place in the whole network
        left = np.delete(np.arange(len(network.bonds)), step.removed)
        np.testing.assert_array_equal(step.network.bonds, network.bonds[left])
        np.testing.assert_array_equal(step.stiffness, whole[left])
        assert step.zero_modes == 0
    end = pruner.mechanism(network, steps[-1])
    assert end.removed[:-1] == steps[-1].removed
    left = np.delete(network.bonds, end.removed, axis=0)
    C = rigidity.compatibility(network.nodes, left)
    assert len(end.modes) == 1
    assert np.abs(C @ end.modes[0].ravel()).max() < 1e-9
    moved = np.linalg.norm(end.modes[0], axis=1) > 1e-6
    assert set(end.floppy) == set(network.labels[moved])


def test_the_order_is_that_of_the_loss(trainer: Trainer, network: Network) -> None:
    """The first removal by either order encloses what a removal at random costs."""
    first = {
        order: pruned(Pruner(trainer, "spring", task), network, order)[1].performance["loss"]
        for order in ("least-important", "random", "most-important")
    }
    assert first["least-important"] <= first["random"] <= first["most-important"]
    assert first["least-important"] < first["most-important"]


def test_training_between_removals_goes_on_from_the_stiffness_that_is_left(trainer: Trainer, network: Network) -> None:
    """What is trained is the network without the bond, and what it is trained to is what is pruned next."""
    begun = []

    def retrain(left: Network, stiffness: np.ndarray, gone: int) -> History:
        begun.append((gone, len(stiffness)))
        settings = TrainingSettings(epochs=1)
        start = settings.parameters_of(left).parameters(stiffness)
        return trainer.train("spring", task(left), settings, 0, f"after {gone}", start, left)

    steps = pruned(Pruner(trainer, "spring", task, retrain), network, "least-important")
    assert begun == [(1, 27), (2, 26), (3, 25), (4, 24)]
    for step in steps[1:]:
        assert step.training is not None
        np.testing.assert_array_equal(step.stiffness, step.training.stiffness)


def test_the_smallest_eigenvalue_is_zero_for_a_mechanism(network: Network) -> None:
    """It falls with every bond, and is that of the stiffness matrix of a spring in line."""
    nodes, fixed = np.array([[0.0, 0.0], [1.0, 0.0]]), np.array([[True, True], [False, True]])
    assert rigidity.smallest_eigenvalue(nodes, np.array([[0, 1]]), fixed, np.array([7.0])) == pytest.approx(7.0)
    left = np.delete(np.arange(len(network.bonds)), [0])
    args = network.nodes, network.fixed, network.stiffness
    whole = rigidity.smallest_eigenvalue(args[0], network.bonds, args[1], args[2])
    assert 0 < rigidity.smallest_eigenvalue(args[0], network.bonds[left], args[1], args[2][left]) < whole
    loose = np.flatnonzero(~(network.bonds == network.index(13)).any(axis=1))
    mechanism = rigidity.smallest_eigenvalue(args[0], network.bonds[loose], args[1], args[2][loose])
    assert mechanism == pytest.approx(0.0, abs=1e-9 * whole)
