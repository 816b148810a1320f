"""Networks are the same by what they consist of: names, sections, ports, the order of nodes and bonds do not count."""

from dataclasses import replace

import numpy as np
import pytest

from femnn.network.identity import difference, is_li2024, same_forces_suit
from femnn.network.lattices import li2024, triangular
from femnn.network.network import Network
from femnn.network.sections import PRINTED_SECTION


def shuffled(network: Network) -> Network:
    """The network with nodes and bonds in another order, each node with its own label, and bonds turned."""
    order = np.random.default_rng(1).permutation(len(network.nodes))
    place = np.argsort(order)
    bonds = place[network.bonds][::-1, ::-1]
    return Network(network.nodes[order], bonds, network.fixed[order], labels=network.labels[order], name="another name")


def moved(network: Network, by: float) -> Network:
    nodes = network.nodes.copy()
    nodes[6, 0] += by
    return replace(network, nodes=nodes)


def test_names_order_sections_and_ports_do_not_count() -> None:
    network = li2024()
    assert difference(shuffled(network), network) is None
    assert difference(replace(network, inputs={}, outputs={}, rigid_joints=True), network) is None
    assert difference(moved(network, 1e-7), network) is None
    assert is_li2024(replace(network, inputs={}, outputs={}, name="another"))


@pytest.mark.parametrize(
    ("other", "what"),
    [
        (triangular(3, 2, 16e-3), "12 nodes, not 14"),
        (moved(li2024(), 1e-3), "node 7 is 1 mm"),
        (replace(li2024(), labels=np.arange(2, 16)), "node 1 is missing"),
        (replace(li2024(), fixed=np.roll(li2024().fixed, 1, axis=0)), "node 1 is not supported alike"),
        (replace(li2024(), bonds=li2024().bonds[1:], sections=li2024().sections.__class__(
            **{name: values[1:] for name, values in vars(li2024().sections).items()})), "bond 1–2"),
        (replace(li2024(), nodes=2 * li2024().nodes), "from where"),
    ],
    ids=["size", "place", "label", "support", "bond", "scale"],
)  # fmt: skip
def test_what_differs_is_named(other: Network, what: str) -> None:
    found = difference(other, li2024())
    assert found is not None
    assert what in found


def test_forces_suit_a_lattice_with_other_widths_and_not_one_of_steel() -> None:
    """Stiffness within a factor of three; the published geometry in steel needs forces of its own."""
    net, width = li2024(), np.linspace(1e-3, 3e-3, 28)
    wide = net.with_width_bounds(1e-3, 3e-3)
    assert is_li2024(replace(wide, sections=replace(wide.sections, width=width)))
    steel = li2024(replace(PRINTED_SECTION, modulus=np.array(210e9)))
    assert difference(net, steel) is None
    assert not same_forces_suit(net, steel)
    assert not is_li2024(steel)
