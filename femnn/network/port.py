"""Ports: where a network takes data in and gives its answer."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Port:
    """A node and a direction, through which a network takes data in or gives an answer."""

    node: int
    """Label of the node."""
    direction: tuple[float, ...]
    """Direction in which a positive value acts, of length 1."""
