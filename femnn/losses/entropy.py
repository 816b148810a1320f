"""The cross entropy of normalised magnitudes.

After Li & Mao, Nat. Commun. 15, 10528 (2024): the magnitudes of the outputs, divided by their sum, are taken as the
probabilities of the classes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from femnn.losses.classes import Classification, ClassLoss
from femnn.losses.components import components, plain, require_one_sample, spread
from femnn.network.network import Network

type Floats = npt.NDArray[np.float64]

SMALLEST_PROBABILITY = 1e-12
"""Below it −log p goes on along its tangent, so that an output of zero has a finite loss, 28.6 w."""
SMALLEST_SUM = 1e-30
"""Sum of the magnitudes (m) by which they are divided at least: outputs that are all zero have p = 0."""


@dataclass(frozen=True, eq=False)
class CrossEntropy(Classification):
    """L = −w log p_t, with p_c = |U_c| / Σ |U| over the outputs and t the class wanted.

    w is in N·m, so that ∂L/∂U is in newtons. Where an output is zero, |U| is taken to have the derivative 0.

    Raises:
        ConfigError: fewer than two outputs, a target that is no class, or a weight that is not positive.
    """

    def value(self, displacements: Floats) -> Any:
        """L(U): a float, or an array (n,) for n samples."""
        p = self._parts(displacements).probability
        floored = np.maximum(p, SMALLEST_PROBABILITY)
        return plain(self.weight * (1 - np.log(floored) - p / floored))

    def derivative(self, displacements: Floats) -> Floats:
        """∂L/∂U_c = −w sign(U_c) (δ_ct / |U_t| − 1 / Σ |U|), of the shape of U."""
        p, slopes = self._parts(displacements)
        return spread(-self.weight / np.maximum(p, SMALLEST_PROBABILITY)[..., None] * slopes, self.reads, displacements)

    def curvature(self, displacements: Floats) -> Floats:
        """∂²L/∂U_a∂U_b = w sign(U_a) sign(U_b) (δ_at δ_bt / |U_t|² − 1 / (Σ |U|)²), shape (m, m)."""
        require_one_sample(self.samples, displacements)
        p, slopes = self._parts(displacements)
        outputs = self.outputs(displacements)
        signs, total = np.sign(outputs), _total(outputs)
        # ∂²p/∂U_a∂U_b = −(s_a ∂p/∂U_b + s_b ∂p/∂U_a)/Σ|U|, as p = |U_t|/Σ|U|
        bends = -(np.outer(signs, slopes) + np.outer(slopes, signs)) / total
        first = -self.weight / np.maximum(p, SMALLEST_PROBABILITY)
        second = self.weight / p**2 if p >= SMALLEST_PROBABILITY else 0.0
        return second * np.outer(slopes, slopes) + first * bends

    def _parts(self, displacements: Floats) -> "_Parts":
        outputs, wanted = self.outputs(displacements), self.wanted
        magnitudes, total = np.abs(outputs), _total(outputs)
        p = np.where(wanted, magnitudes, 0.0).sum(axis=-1) / total
        return _Parts(p, np.sign(outputs) * (wanted - p[..., None]) / total[..., None])


class _Parts(NamedTuple):
    """The probability p of the class wanted, and its slopes ∂p/∂U_c (1/m) for all outputs."""

    probability: Floats
    slopes: Floats


def _total(outputs: Floats) -> Floats:
    return np.maximum(np.abs(outputs).sum(axis=-1), SMALLEST_SUM)


def cross_entropy(
    network: Network, outputs: Sequence[tuple[int, int]], target: npt.ArrayLike, weight: float = 1.0
) -> CrossEntropy:
    """The cross entropy of components of nodes.

    Args:
        network: the network.
        outputs: label of a node and component (0 for x, 1 for y, 2 for z), for each class.
        target: class wanted, 0 to m − 1, or one for each sample, shape (n,).
        weight: w (N·m).

    Raises:
        NetworkError: a node is unknown, has no such component or is held by a support there, or a component is given
            twice.
        ConfigError: fewer than two outputs, a target that is no class, or a weight that is not positive.
    """
    return CrossEntropy(components(network, outputs), np.asarray(target), weight)


CLASS_LOSSES: dict[str, ClassLoss] = {
    "cross-entropy": lambda network, outputs, wanted, _: cross_entropy(network, outputs, wanted)
}
