"""Whether two networks are the same by content: nodes, bonds and supports by label, whatever the names of the files."""

import hashlib
from dataclasses import astuple
from functools import cache

import numpy as np
import numpy.typing as npt

from femnn.network.lattices import li2024
from femnn.network.network import Network

type Integers = npt.NDArray[np.int64]

SAME_PLACE = 1e-3
"""Distance of a node of one network from that of the other, as a share of the shortest bond, that is rounding."""
ALIKE = 3.0
"""Factor between the stiffnesses of a bond up to which the same forces suit both: trained widths stay within it."""


def difference(one: Network, other: Network) -> str | None:
    """Return in what a network differs from another, for a message; None where they are the same.

    The same are networks whose nodes have the same labels, places and supports and are joined by the same bonds, in any
    order. Sections, ports and names may differ: what names a node means the same node in both.

    Args:
        one: the network that is described.
        other: the network that it is held against.
    """
    if one.dimension != other.dimension:
        return f"it is {one.dimension}D, not {other.dimension}D"
    if len(one.nodes) != len(other.nodes):
        return f"it has {len(one.nodes)} nodes, not {len(other.nodes)}"
    order, wanted = np.argsort(one.labels), np.argsort(other.labels)
    labels = one.labels[order]
    if (odd := labels != other.labels[wanted]).any():
        return f"node {other.labels[wanted][odd][0]} is missing"
    apart = np.linalg.norm(one.nodes[order] - other.nodes[wanted], axis=1)
    if (apart > SAME_PLACE * other.lengths.min()).any():
        return f"node {labels[np.argmax(apart)]} is {_millimetres(float(apart.max()))} from where that has it"
    if extra := _pairs(one) ^ _pairs(other):
        p, q = min(extra)
        return f"bond {p}–{q} is in one of them only"
    if (held := (one.fixed[order] != other.fixed[wanted]).any(axis=1)).any():
        return f"node {labels[held][0]} is not supported alike"
    return None


def content_of(network: Network) -> str:
    """Return a digest of all that a network's equilibria depend on: nodes, labels, bonds, supports and sections."""
    arrays = (network.nodes, network.labels, network.bonds, network.fixed, *astuple(network.sections))
    digest = hashlib.sha256()
    for array in map(np.ascontiguousarray, arrays):
        digest.update(f"{array.dtype.str}{array.shape}".encode())
        digest.update(array.tobytes())
    return digest.hexdigest()


def same_forces_suit(one: Network, other: Network) -> bool:
    """Return whether two networks are the same and about as stiff, bond by bond, so that the same forces suit both."""
    if difference(one, other) is not None:
        return False
    k, of_other = _stiffness(one), _stiffness(other)
    return all(1 / ALIKE <= k[bond] / of_other[bond] <= ALIKE for bond in k)


def is_li2024(network: Network) -> bool:
    """Return whether a network is the lattice of Li & Mao (2024), whose forces the studies were written for."""
    return same_forces_suit(network, _published())


@cache
def _published() -> Network:
    return li2024()


def _pairs(network: Network) -> set[tuple[int, int]]:
    ends: Integers = np.sort(network.labels[network.bonds], axis=1)
    return {(int(p), int(q)) for p, q in ends}


def _stiffness(network: Network) -> dict[tuple[int, int], float]:
    """Stiffness of every bond (N/m) by the labels of its ends, the lesser first."""
    ends: Integers = np.sort(network.labels[network.bonds], axis=1)
    return {(int(p), int(q)): float(k) for (p, q), k in zip(ends, network.stiffness, strict=True)}


def _millimetres(length: float) -> str:
    return f"{1e3 * length:.3g} mm"
