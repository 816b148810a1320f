"""Networks are told apart by what they consist of."""

from dataclasses import replace

import numpy as np

from femnn.lattices import li2024, triangular
from femnn.network import Network
from femnn.network_identity import is_li2024, same_forces_suit, same_network
from femnn.sections import PRINTED_SECTION


def test_names_ports_and_order_do_not_matter() -> None:
    """The published lattice with nodes and bonds in another order, bonds reversed, is still that lattice."""
    net, rng = li2024(), np.random.default_rng(1)
    nodes, bonds = rng.permutation(len(net.nodes)), rng.permutation(len(net.bonds))
    place = np.argsort(nodes)
    ends = place[net.bonds[bonds]][:, ::-1]
    mixed = Network(net.nodes[nodes], ends, net.fixed[nodes], PRINTED_SECTION, labels=net.labels[nodes], name="another")
    assert same_network(net, mixed)
    assert is_li2024(mixed)


def test_nodes_bonds_and_supports_do() -> None:
    """A moved node, a support less, a bond less, other labels: another network, whatever its name."""
    net = li2024()
    moved, fixed = net.nodes.copy(), net.fixed.copy()
    moved[6] += 1e-3
    fixed[0, 0] = False
    others = [
        replace(net, nodes=moved),
        replace(net, fixed=fixed),
        replace(net, labels=net.labels[::-1], inputs={}, outputs={}),
        replace(net, bonds=net.bonds[:-1], sections=PRINTED_SECTION),
        triangular(3, 2, 16e-3),
    ]
    assert not any(same_network(net, other) for other in others)


def test_forces_suit_a_lattice_with_other_widths_and_not_one_of_steel() -> None:
    """Stiffness within a factor of three; the published geometry in steel needs forces of its own."""
    net, width = li2024(), np.linspace(1e-3, 3e-3, 28)
    wide = net.with_width_bounds(1e-3, 3e-3)
    assert is_li2024(replace(wide, sections=replace(wide.sections, width=width)))
    steel = li2024(replace(PRINTED_SECTION, modulus=np.array(210e9)))
    assert same_network(net, steel)
    assert not same_forces_suit(net, steel)
    assert not is_li2024(steel)
