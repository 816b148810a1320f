"""Importance of bonds, against networks that are built without them and against differences of the loss."""

import numpy as np
import pytest
from mpi4py import MPI

from femnn.errors import ConfigError
from femnn.network.damage import bond_between, kept_bonds, removable_bonds, without_bonds
from femnn.network.network import Network
from femnn.network_files.specification import load_network
from femnn.solving.continuation import LoadStepping
from femnn.solving.options import solver_options
from femnn.training.bond_importance import performance, removals, sensitivities
from femnn.training.task import Task
from femnn.training.tasks import ClassificationSettings, Ports
from femnn.training.trainer import Trainer

PORTS = Ports.model_validate(
    {
        "inputs": [{"node": n, "direction": d} for n, d in ((3, "-x"), (14, "-x"), (10, "+x"), (11, "+x"))],
        "outputs": [{"node": n, "component": "x"} for n in (8, 2, 7)],
    }
)


@pytest.fixture(scope="module")
def network() -> Network:
    """The lattice."""
    return load_network("li2024")


@pytest.fixture(scope="module")
def trainer(network: Network) -> Trainer:
    """Where it would be trained."""
    return Trainer(network, MPI.COMM_WORLD, solver_options("direct"), LoadStepping())


@pytest.fixture(scope="module")
def stiffness(network: Network) -> np.ndarray:
    """A stiffness of no symmetry (N/m)."""
    lower, upper = network.stiffness_bounds
    return np.random.default_rng(4).uniform(lower, upper)


def task(network: Network) -> Task:
    """Iris on a network."""
    return ClassificationSettings().task(network, PORTS, 0)


@pytest.mark.parametrize("ends", [(13, 14), (7, 10), (1, 2)])
def test_a_removal_costs_what_the_network_without_the_bond_shows(
    trainer: Trainer, network: Network, stiffness: np.ndarray, ends: tuple[int, int]
) -> None:
    """A bond of no stiffness is judged as if the network had been built without it."""
    bond = bond_between(network, *ends)
    found = removals(trainer, "spring", task(network), stiffness, network)
    smaller = without_bonds(network, [bond])
    kept = stiffness[kept_bonds(network, [bond])]
    expected = performance(trainer, "spring", task(smaller), kept, smaller)
    assert found["loss"][bond] == pytest.approx(expected["loss"], rel=1e-8)
    assert found["accuracy"][bond] == expected["accuracy"]


def test_removals_that_leave_a_mechanism_have_no_figure(
    trainer: Trainer, network: Network, stiffness: np.ndarray
) -> None:
    """They are not taken for harmless, nor for infinitely harmful."""
    loss = removals(trainer, "spring", task(network), stiffness, network)["loss"]
    assert [network.bond_name(int(bond)) for bond in np.flatnonzero(np.isnan(loss))] == ["1–6", "5–9"]


def test_samples_without_an_equilibrium_are_failures(
    trainer: Trainer, network: Network, stiffness: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The loss is infinite however many others answer, and the accuracy counts them as told wrong."""
    iris = task(network)
    whole = performance(trainer, "spring", iris, stiffness, network)
    U = trainer.displacements("spring", iris, stiffness, network)
    told = iris.metrics["accuracy"](U[iris.training], iris.training)
    lost = iris.training[:5]
    U[lost] = np.nan
    monkeypatch.setattr(trainer, "displacements", lambda *_: U.copy())
    found = performance(trainer, "spring", iris, stiffness, network)
    assert np.isfinite(whole["loss"])
    assert found["loss"] == np.inf
    assert found["accuracy"] == pytest.approx(told[5:].sum() / len(told))
    U[:] = np.nan
    assert performance(trainer, "spring", iris, stiffness, network) == {"loss": np.inf, "accuracy": 0.0}


def test_a_bond_without_which_samples_fail_is_the_most_important(
    trainer: Trainer, network: Network, stiffness: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is never the least important one, as NaN would make it."""
    iris, fatal = task(network), bond_between(network, 7, 10)
    usual = trainer.displacements

    def failing(model: str, task: Task, k: np.ndarray, network: Network) -> np.ndarray:
        U = usual(model, task, k, network)
        if k[fatal] < 1e-6 * stiffness[fatal]:
            U[iris.training[3]] = np.nan
        return U

    monkeypatch.setattr(trainer, "displacements", failing)
    loss = removals(trainer, "spring", iris, stiffness, network)["loss"]
    candidates = removable_bonds(network)
    assert candidates[np.argmax(loss[candidates])] == fatal
    assert candidates[np.argmin(loss[candidates])] != fatal
    assert np.isfinite(np.delete(loss[candidates], np.flatnonzero(candidates == fatal))).all()


def test_sensitivities_are_those_of_the_mean_training_loss(
    trainer: Trainer, network: Network, stiffness: np.ndarray
) -> None:
    """|k dL/dk| against the central difference of the loss by log k, bond by bond."""
    exact, iris, step = sensitivities(trainer, "spring", task(network), stiffness, network), task(network), 1e-5
    for bond in range(0, 28, 5):
        losses = []
        for sign in (1, -1):
            k = stiffness.copy()
            k[bond] *= np.exp(sign * step)
            losses.append(performance(trainer, "spring", iris, k, network)["loss"])
        assert exact[bond] == pytest.approx(abs(losses[0] - losses[1]) / (2 * step), rel=1e-4, abs=1e-9)


def test_models_that_bend_are_refused(trainer: Trainer, network: Network, stiffness: np.ndarray) -> None:
    """Their bonds of no stiffness are not the same as none."""
    with pytest.raises(ConfigError, match="'beam' cannot tell what a bond's removal costs; take spring or bar"):
        removals(trainer, "beam", task(network), stiffness, network)
