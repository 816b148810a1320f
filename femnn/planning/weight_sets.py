"""What a set of weights can make, and the strings that they hang on."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import numpy.typing as npt

from femnn.config.quantities import GRAM_FORCE
from femnn.errors import ConfigError
from femnn.network.network import Network

type Floats = npt.NDArray[np.float64]

MOST_PIECES = 14
"""Pieces of a set up to which all sums are formed."""
NOTHING = 1e-6
"""Share of the largest component of a load below which a component needs no string."""
SAME = 1e-9
"""Relative difference of two sums of weights that is rounding."""


class WeightSet:
    """Pieces of known weight, each of which hangs on one string at a time."""

    def __init__(self, pieces: Sequence[float]) -> None:
        """Form all sums.

        Raises:
            ConfigError: there are too many pieces.
        """
        if len(pieces) > MOST_PIECES:
            raise ConfigError(f"Plan: {len(pieces)} weights are too many to go through; give at most {MOST_PIECES}.")
        self.pieces = tuple(sorted(pieces, reverse=True))
        chosen = (c for count in range(len(pieces) + 1) for c in combinations(range(len(pieces)), count))
        self._subsets = {frozenset(c): sum(self.pieces[i] for i in c) for c in chosen}

    def sums(self, most: float) -> list[float]:
        """All weights above zero that can be made (N), ascending, up to some weight."""
        found = np.array(sorted(self._subsets.values()))
        found = found[(found > 0) & (found <= most * (1 + SAME))]
        new = np.diff(found, prepend=0.0) > SAME * found
        return [float(value) for value in found[new]]

    def hang(self, targets: Sequence[float], taken: Sequence[float] = ()) -> list[tuple[float, ...]]:
        """Pieces for several strings, those that carry most first, each as near to its target as what is left allows.

        Args:
            targets: weights wanted (N).
            taken: pieces that hang elsewhere already (N).

        Returns:
            The pieces of each string (N), none where that is nearest.
        """
        left = set(range(len(self.pieces)))
        for weight in taken:
            left.remove(next(i for i in sorted(left) if self.pieces[i] == weight))
        found: list[tuple[float, ...]] = [()] * len(targets)
        for string in np.argsort([-target for target in targets], kind="stable"):
            # Rounded, so that of sums that are equal except for rounding the one of fewest pieces is taken
            best = min(
                (subset for subset in self._subsets if subset <= left),
                key=lambda subset: (round(abs(self._subsets[subset] - targets[string]), 12), len(subset)),
            )
            found[string] = tuple(self.pieces[i] for i in sorted(best))
            left -= best
        return found


@dataclass(frozen=True)
class Hung:
    """What hangs on one string."""

    node: int
    """Label of the node."""
    axis: int
    """Component of the force."""
    sign: int
    pieces: tuple[float, ...]
    """Weights (N)."""

    @property
    def weight(self) -> float:
        """All of them together (N)."""
        return sum(self.pieces)

    def down(self, dimension: int) -> bool:
        """Whether it simply hangs: along −y in the plane, −z in space. Others need a pulley, or the lattice turned."""
        return self.axis == dimension - 1 and self.sign < 0

    def turned(self) -> "Hung":
        """The same weight pulling the other way."""
        return Hung(self.node, self.axis, -self.sign, self.pieces)


def hung(network: Network, force: Floats, weights: WeightSet, taken: Sequence[float] = ()) -> list[Hung]:
    """A load as weights on strings, a component of a node each.

    Args:
        network: for the labels of nodes.
        force: f (N), shape (N, d).
        weights: the pieces there are.
        taken: pieces that hang elsewhere already (N).
    """
    strings = np.argwhere(np.abs(force) > NOTHING * np.abs(force).max())
    pieces = weights.hang([abs(force[node, axis]) for node, axis in strings], taken)
    return [
        Hung(int(network.labels[node]), int(axis), int(np.sign(force[node, axis])), own)
        for (node, axis), own in zip(strings, pieces, strict=True)
    ]


def netted(strings: Sequence[Hung], weights: WeightSet) -> list[Hung]:
    """Strings that pull a node both ways along one axis as the one weight that is left, where the pieces make it.

    Args:
        strings: what hangs.
        weights: the pieces there are.
    """
    found: list[Hung] = []
    for place in dict.fromkeys((string.node, string.axis) for string in strings):
        own = [string for string in strings if (string.node, string.axis) == place]
        net = sum(string.sign * string.weight for string in own)
        if len({string.sign for string in own}) > 1:
            taken = [p for s in strings if (s.node, s.axis) != place for p in s.pieces]
            (pieces,) = weights.hang([abs(net)], taken)
            if abs(sum(pieces) - abs(net)) <= SAME * max(string.weight for string in own):
                own = [Hung(*place, 1 if net > 0 else -1, pieces)] if pieces else []
        found += own
    return found


def force_of(network: Network, strings: Sequence[Hung]) -> Floats:
    """The forces of what hangs (N), shape (N, d)."""
    force = np.zeros_like(network.nodes)
    for string in strings:
        force[network.index(string.node), string.axis] += string.sign * string.weight
    return force


def grams(force: float) -> str:
    """A weight as people say it: ``5 g``, ``12 kg``, ``10.2 t``."""
    mass = force / GRAM_FORCE
    unit, size = next((unit, size) for unit, size in (("t", 1e6), ("kg", 1e3), ("g", 0.0)) if abs(mass) >= size)
    return f"{mass / (size or 1.0):.3g} {unit}"
