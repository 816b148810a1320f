"""Settings that name nodes, and the network whose nodes they name."""

from typing import ClassVar

from femnn.config.settings import Settings
from femnn.config.settings_paths import NetworkName
from femnn.errors import FemnnError
from femnn.network import lattices
from femnn.network.identity import difference, same_forces_suit
from femnn.network.network import Network
from femnn.network_files.specification import load_network

PUBLISHED = {"li2024": lattices.li2024}
"""Networks that shipped settings and measurements are for, as they were published, whatever a file of the name says."""


class NamesNodes(Settings):
    """Settings that name nodes of one network, and mean nothing on another."""

    naming: ClassVar[tuple[str, ...]] = ()
    """Fields in which nodes are named."""

    network: NetworkName | None = None
    """Network whose nodes are named, by name or path; that of the settings where left out."""


def published_difference(network: Network, name: str) -> str | None:
    """Return in what a network differs from a published one, by content; None where it is the same."""
    return difference(network, PUBLISHED[name]())


def stranger(network: Network, owner: str) -> str | None:
    """Return in what a network differs from the one that settings were written for; None where it is the same.

    Args:
        network: of the run.
        owner: name or path of the other. One that cannot be read cannot be vouched for, and counts as another.
    """
    try:
        return difference(network, _owner(owner))
    except FemnnError as error:
        return f"that cannot be read: {str(error).rstrip('.')}"


def suits(network: Network, owner: str) -> bool:
    """Return whether forces that suit the network which settings were written for suit another too.

    Args:
        network: of the run.
        owner: name or path of the other, as for :func:`stranger`.
    """
    try:
        return same_forces_suit(network, _owner(owner))
    except FemnnError:
        return False


def _owner(name: str) -> Network:
    return PUBLISHED[name]() if name in PUBLISHED else load_network(name)
