"""Networks without bonds: what stays, what is refused, and how many bonds can go."""

from dataclasses import replace

import numpy as np
import pytest

from femnn.errors import MechanismError, NetworkError
from femnn.network.damage import (
    bond_between,
    bond_names,
    kept_bonds,
    removable_bonds,
    states_of_self_stress,
    without_bonds,
)
from femnn.network.network import Network
from femnn.network_files.specification import load_network

pytestmark = pytest.mark.serial


@pytest.fixture
def network() -> Network:
    """The lattice of Li & Mao (2024), every bond of its own width."""
    plain = load_network("li2024")
    widths = np.linspace(1.6e-3, 2.4e-3, len(plain.bonds))
    return replace(plain, sections=replace(plain.sections, width=widths))


def test_the_other_bonds_stay_as_they_were(network: Network) -> None:
    """Bonds, stiffness and bounds of the damaged network are those of the whole one at the bonds that are kept."""
    gone = [bond_between(network, 14, 13), bond_between(network, 7, 11)]
    kept, damaged = kept_bonds(network, gone), without_bonds(network, gone)
    assert len(kept) == 26
    np.testing.assert_array_equal(damaged.bonds, network.bonds[kept])
    np.testing.assert_array_equal(damaged.stiffness, network.stiffness[kept])
    np.testing.assert_array_equal(damaged.stiffness_bounds, np.array(network.stiffness_bounds)[:, kept])
    np.testing.assert_array_equal(damaged.labels, network.labels)
    assert (damaged.inputs, damaged.outputs) == (network.inputs, network.outputs)


def test_nothing_removed_is_the_network_itself(network: Network) -> None:
    """So that it keeps its name and its solvers."""
    assert without_bonds(network, []) is network


def test_a_bond_is_found_by_its_labels_in_either_order(network: Network) -> None:
    """Users name bonds by their nodes."""
    assert bond_between(network, 3, 7) == bond_between(network, 7, 3)
    assert bond_names(network, [bond_between(network, 7, 3)]) == "3–7"


def test_long_lists_of_bonds_are_cut_short(network: Network) -> None:
    """Messages stay on one line."""
    assert bond_names(network, range(11)).endswith("and 3 more")


@pytest.mark.parametrize(
    ("remove", "message"),
    [
        (lambda n: bond_between(n, 1, 14), "there is no bond 1–14"),
        (lambda n: bond_between(n, 1, 99), "there is no node 99"),
        (lambda n: without_bonds(n, [28]), "no bond 28 to remove; indices are 0 to 27"),
        (lambda n: without_bonds(n, [-1]), "no bond -1"),
        (lambda n: without_bonds(n, [3, 3]), "is removed twice"),
    ],
    ids=["no bond", "no node", "no index", "negative", "twice"],
)
def test_bad_bonds_are_named(network: Network, remove: object, message: str) -> None:
    """Each with what it is."""
    with pytest.raises(NetworkError, match=message):
        remove(network)


def test_a_mechanism_is_refused_with_the_nodes_that_move(network: Network) -> None:
    """Node 13 hangs by one bond when two of its three are gone."""
    gone = [bond_between(network, 13, 10), bond_between(network, 13, 11)]
    with pytest.raises(MechanismError, match=r"without 10–13, 11–13: a mechanism: .*remove other bonds") as caught:
        without_bonds(network, gone)
    assert caught.value.nodes == (13,)


def test_removable_bonds_are_all_but_the_two_at_the_supports(network: Network) -> None:
    """Without 1–6 or 5–9 the lattice turns about the other support."""
    held = np.setdiff1d(np.arange(28), removable_bonds(network))
    assert bond_names(network, held.tolist()) == "1–6, 5–9"


def test_so_many_bonds_can_go_as_there_are_states_of_self_stress(network: Network) -> None:
    """Maxwell: 28 bonds, 24 free components; after four removals, whichever they are, none is left to remove."""
    generator, left = np.random.default_rng(1), network
    for spare in (4, 3, 2, 1):
        assert states_of_self_stress(left) == spare
        left = without_bonds(left, [int(generator.choice(removable_bonds(left)))])
    assert states_of_self_stress(left) == 0
    assert removable_bonds(left).size == 0


def test_the_count_is_refused_for_a_mechanism() -> None:
    """A square of bars has as many bonds as it needs by number, and yet moves."""
    nodes = np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]])
    fixed = np.array([[True, True], [True, True], [False, False], [False, False]])
    square = Network(nodes, np.array([[0, 3], [1, 2], [2, 3]]), fixed, rigid_joints=True)
    with pytest.raises(MechanismError, match="nodes 3, 4 can move"):
        states_of_self_stress(square)
