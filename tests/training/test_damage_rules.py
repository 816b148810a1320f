"""Damage by rules: which bonds are named, drawn or judged, and what a network cannot lose."""

from typing import Any

import numpy as np
import pytest
from mpi4py import MPI

from femnn import losses
from femnn.errors import ConfigError, MechanismError, NetworkError
from femnn.network.damage import bond_between, removable_bonds, without_bonds
from femnn.network.lattices import li2024
from femnn.network.network import Network
from femnn.runtime.streams import stream
from femnn.solving.continuation import LoadStepping
from femnn.solving.options import solver_options
from femnn.training.bond_importance import removals, sensitivities
from femnn.training.damage_rules import DamageRule
from femnn.training.task import Task
from femnn.training.trainer import Trainer


@pytest.fixture(scope="module")
def network() -> Network:
    """The lattice."""
    return li2024()


def pulled(network: Network) -> Task:
    """Node 14 is to sink under a load on node 13."""
    loss = losses.squared_error(network, [(14, 1, -1e-3)])
    return Task.from_load(network.point_force(13, [0.0, -0.05]), loss)


def removed(network: Network, draw: int = 0, **settings: Any) -> list[int]:
    """What a rule removes from springs with a stiffness of no symmetry."""
    trainer = Trainer(network, MPI.COMM_WORLD, solver_options("direct"), LoadStepping())
    lower, upper = network.stiffness_bounds
    stiffness = np.random.default_rng(4).uniform(lower, upper)
    task = pulled(network)
    rule = DamageRule.model_validate(settings)
    return rule.removed(trainer, "spring", task, stiffness, network, stream(0, "damage", draw))


def test_named_bonds_are_those_that_are_removed(network: Network) -> None:
    """In their order, whichever end is named first."""
    assert removed(network, rule="given", bonds=[(14, 13), (7, 11)]) == [
        bond_between(network, 13, 14),
        bond_between(network, 7, 11),
    ]


def test_drawn_bonds_leave_the_network_standing(network: Network) -> None:
    """As many as there are states of self stress, one after another; the same draws give the same bonds."""
    draws = [removed(network, draw, rule="random", count=4) for draw in range(4)]
    for bonds in draws:
        assert len(set(bonds)) == 4
        without_bonds(network, bonds)
        assert not removable_bonds(without_bonds(network, bonds)).size
    assert removed(network, 0, rule="random", count=4) == draws[0]
    assert len({tuple(bonds) for bonds in draws}) > 1
    with pytest.raises(NetworkError, match="no further bond can be removed"):
        removed(network, rule="random", count=5)


@pytest.mark.parametrize("importance", ["removal", "gradient"])
def test_the_most_important_bond_is_removed(network: Network, importance: str) -> None:
    """Of those without which the network stands, by either measure."""
    trainer = Trainer(network, MPI.COMM_WORLD, solver_options("direct"), LoadStepping())
    lower, upper = network.stiffness_bounds
    stiffness = np.random.default_rng(4).uniform(lower, upper)
    task = pulled(network)
    without = removals(trainer, "spring", task, stiffness, network)["loss"]
    values = without if importance == "removal" else sensitivities(trainer, "spring", task, stiffness, network)
    (bond,) = removed(network, rule="most-important", count=1, importance=importance)
    assert bond in removable_bonds(network)
    assert values[bond] == pytest.approx(values[removable_bonds(network)].max(), rel=1e-9)


@pytest.mark.parametrize(
    ("settings", "error", "message"),
    [
        ({"rule": "given", "bonds": [(10, 13), (11, 13)]}, MechanismError, "node 13"),
        ({"rule": "given", "bonds": [(1, 14)]}, NetworkError, "there is no bond 1–14"),
        ({"rule": "random", "count": 5}, NetworkError, "without more than 4 it is a mechanism"),
        ({"rule": "most-important", "count": 1}, ConfigError, "'beam' cannot tell what a bond's removal costs"),
    ],
)
def test_damage_that_cannot_be_is_refused(
    network: Network, settings: dict[str, Any], error: type[Exception], message: str
) -> None:
    """Before anything is trained."""
    models = ["beam"] if settings["rule"] == "most-important" else ["spring"]
    with pytest.raises(error, match=message):
        DamageRule.model_validate(settings).check("mine", network, models)
