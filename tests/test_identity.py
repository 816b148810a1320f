"""Networks are the same by what they consist of: names, sections, ports, the order of nodes and bonds do not count."""

from dataclasses import replace

import numpy as np
import pytest

from femnn.identity import difference
from femnn.lattices import li2024, triangular
from femnn.network import Network


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
