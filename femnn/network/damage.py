"""Damage: networks without some of their bonds, and which bonds a network can lose and still stand."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from femnn.errors import MechanismError, NetworkError
from femnn.network.network import Network
from femnn.network.sections import Sections

type Integers = npt.NDArray[np.int64]

MOST_NAMED = 8
"""Bonds that a name or a message lists at most."""


def bond_between(network: Network, p: int, q: int) -> int:
    """Index of the bond between two nodes, given by their labels in either order.

    Raises:
        NetworkError: a node is unknown, or no bond joins the two.
    """
    ends = sorted((network.index(p), network.index(q)))
    found = np.flatnonzero((np.sort(network.bonds, axis=1) == ends).all(axis=1))
    if not found.size:
        raise NetworkError(f"{network.name}: there is no bond {p}–{q}; name two nodes that a bond joins.")
    return int(found[0])


def kept_bonds(network: Network, removed: Sequence[int]) -> Integers:
    """Indices of the bonds that stay, ascending: what arrays of one entry a bond are to be indexed with.

    Raises:
        NetworkError: a bond is named twice, or there is none of its index.
    """
    indices = np.array(removed, dtype=np.int64)
    count = len(network.bonds)
    unknown = indices[(indices < 0) | (indices >= count)]
    if unknown.size:
        raise NetworkError(f"{network.name}: there is no bond {unknown[0]} to remove; indices are 0 to {count - 1}.")
    bonds, times = np.unique(indices, return_counts=True)
    if (times > 1).any():
        twice = network.bond_name(int(bonds[times > 1][0]))
        raise NetworkError(f"{network.name}: bond {twice} is removed twice; name it once.")
    return np.setdiff1d(np.arange(count), indices)


def without_bonds(network: Network, removed: Sequence[int]) -> Network:
    """The network without some bonds; nodes, supports, ports, and the sections of the other bonds stay.

    Args:
        network: the network.
        removed: indices of the bonds.

    Raises:
        NetworkError: a bond is named twice or does not exist, or what is left is in several parts.
        MechanismError: what is left is a mechanism, and the joints transmit no moments.
    """
    kept = kept_bonds(network, removed)
    if len(kept) == len(network.bonds):
        return network
    sections = Sections(**{name: values[kept] for name, values in vars(network.sections).items()})
    name = f"{network.name} without {bond_names(network, removed)}"
    try:
        return replace(network, bonds=network.bonds[kept], sections=sections, name=name)
    except MechanismError as error:
        raise MechanismError(f"{error} Or remove other bonds.", error.nodes) from error


def bond_names(network: Network, bonds: Sequence[int]) -> str:
    """Bonds by the labels of their nodes, as in "1–2, 3–7"."""
    names = ", ".join(network.bond_name(bond) for bond in bonds[:MOST_NAMED])
    return f"{names} and {len(bonds) - MOST_NAMED} more" if len(bonds) > MOST_NAMED else names


def removable_bonds(network: Network) -> Integers:
    """Indices of the bonds without any one of which the network still stands in one part."""
    return np.array([bond for bond in range(len(network.bonds)) if _stands_without(network, bond)], dtype=np.int64)


def states_of_self_stress(network: Network) -> int:
    """Bonds that a network without mechanisms has more than it needs, B − free components (Maxwell's count).

    So many bonds, one after another, can be removed before the first mechanism, if the right ones are.

    Raises:
        MechanismError: the network is a mechanism, for which the count says nothing.
    """
    network.require_rigid()
    return len(network.bonds) - int((~network.fixed).sum())


def _stands_without(network: Network, bond: int) -> bool:
    try:
        without_bonds(network, [bond])
    except NetworkError:
        return False
    return True
