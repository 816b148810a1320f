"""Whether two networks are the same one, by what they consist of and not by their names.

Settings that name nodes, forces or steps are written for one network. Whoever runs them on another network asks here.
"""

from functools import cache

import numpy as np

from femnn.lattices import li2024
from femnn.network import Network

PLACE = 1e-6
"""Distance of two nodes, as a share of the network's size, up to which they are at one place."""
STIFFNESS = 3.0
"""Factor between the stiffnesses of a bond up to which the same forces suit both: trained widths stay within it."""


def same_network(one: Network, other: Network) -> bool:
    """Return whether two networks have the same nodes, by label and place, the same bonds and the same supports.

    The order of nodes and bonds, names, ports and sections do not matter.
    """
    if one.nodes.shape != other.nodes.shape or one.bonds.shape != other.bonds.shape:
        return False
    first, second = np.argsort(one.labels), np.argsort(other.labels)
    size = float(np.ptp(one.nodes, axis=0).max())
    return bool(
        np.array_equal(one.labels[first], other.labels[second])
        and np.allclose(one.nodes[first], other.nodes[second], rtol=0, atol=PLACE * size)
        and np.array_equal(one.fixed[first], other.fixed[second])
        and _by_bond(one).keys() == _by_bond(other).keys()
    )


def same_forces_suit(one: Network, other: Network) -> bool:
    """Return whether two networks are the same and about as stiff, bond by bond, so that the same forces suit both."""
    if not same_network(one, other):
        return False
    k, of_other = _by_bond(one), _by_bond(other)
    return all(1 / STIFFNESS <= k[bond] / of_other[bond] <= STIFFNESS for bond in k)


def is_li2024(network: Network) -> bool:
    """Return whether a network is the lattice of Li & Mao (2024), whose forces the studies were written for."""
    return same_forces_suit(network, _published())


@cache
def _published() -> Network:
    return li2024()


def _by_bond(network: Network) -> dict[tuple[int, int], float]:
    """Stiffness of every bond (N/m) by the labels of its ends, the lesser first."""
    ends = np.sort(network.labels[network.bonds], axis=1)
    return {(int(p), int(q)): float(k) for (p, q), k in zip(ends, network.stiffness, strict=True)}
