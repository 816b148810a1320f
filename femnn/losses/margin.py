"""The hinge loss of magnitudes: the output wanted is to lead all others by a margin."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from femnn.errors import ConfigError
from femnn.losses.classes import Classification, ClassLoss
from femnn.losses.components import components, plain, require_one_sample, spread
from femnn.network.network import Network

type Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Margin(Classification):
    """L = w Σ_{c≠t} max(0, margin − (|U_t| − |U_c|)), with t the class wanted; after Weston & Watkins (ESANN 1999).

    Squared, each term is max(0, …)². w is in N for the plain form and in N/m for the squared one. At a kink of the
    hinge the derivative is that from inside, where the loss is above zero; where an output is zero, |U| is taken to
    have the derivative 0.

    Raises:
        ConfigError: fewer than two outputs, a target that is no class, or a weight or margin that is not positive.
    """

    margin: float = 1e-3
    """Lead of the magnitude of the output wanted over each other (m)."""
    squared: bool = False

    def __post_init__(self) -> None:
        """Check the fields."""
        super().__post_init__()
        if not (np.isfinite(self.margin) and self.margin > 0):
            raise ConfigError(f"The margin must be a length above 0, in metres, not {self.margin}.")

    def value(self, displacements: Floats) -> Any:
        """L(U): a float, or an array (n,) for n samples."""
        shortfalls = np.maximum(self._shortfalls(displacements), 0.0)
        return plain(self.weight * (shortfalls**2 if self.squared else shortfalls).sum(axis=-1))

    def derivative(self, displacements: Floats) -> Floats:
        """∂L/∂U_c, of the shape of U.

        With a_c = w where output c ≠ t falls inside the margin and 0 elsewhere (squared, 2 w times the shortfall), it
        is sign(U_c) a_c for the others and −sign(U_t) Σ a for the output wanted.
        """
        pulls = self._pulls(displacements)
        pushes = np.where(self.wanted, -pulls.sum(axis=-1, keepdims=True), pulls)
        return spread(np.sign(self.outputs(displacements)) * pushes, self.reads, displacements)

    def curvature(self, displacements: Floats) -> Floats:
        """Zero; squared, 2 w Σ_c ∇s_c ∇s_cᵀ over the shortfalls s_c inside the margin, shape (m, m)."""
        require_one_sample(self.samples, displacements)
        if not self.squared:
            return np.zeros((len(self.reads), len(self.reads)))
        inside = self._shortfalls(displacements) >= 0
        slopes = (np.eye(len(self.reads)) - self.wanted) * np.sign(self.outputs(displacements))
        return 2 * self.weight * slopes[inside].T @ slopes[inside]

    def _pulls(self, displacements: Floats) -> Floats:
        shortfalls = self._shortfalls(displacements)
        slope = 2 * np.maximum(shortfalls, 0.0) if self.squared else 1.0
        return self.weight * np.where(shortfalls >= 0, slope, 0.0)

    def _shortfalls(self, displacements: Floats) -> Floats:
        """What the lead over each output lacks (m), negative where it lacks nothing and −∞ for the output wanted."""
        magnitudes, wanted = np.abs(self.outputs(displacements)), self.wanted
        best = np.where(wanted, magnitudes, 0.0).sum(axis=-1, keepdims=True)
        return np.where(wanted, -np.inf, self.margin - (best - magnitudes))


def margin_loss(
    network: Network,
    outputs: Sequence[tuple[int, int]],
    target: npt.ArrayLike,
    margin: float = 1e-3,
    weight: float = 1.0,
    squared: bool = False,
) -> Margin:
    """The hinge loss of components of nodes.

    Args:
        network: the network.
        outputs: label of a node and component (0 for x, 1 for y, 2 for z), for each class.
        target: class wanted, 0 to m − 1, or one for each sample, shape (n,).
        margin: lead of the output wanted over each other (m).
        weight: w (N, or N/m where squared).
        squared: whether the terms are squared.

    Raises:
        NetworkError: a node is unknown, has no such component or is held by a support there, or a component is given
            twice.
        ConfigError: fewer than two outputs, a target that is no class, or a weight or margin that is not positive.
    """
    return Margin(components(network, outputs), np.asarray(target), weight, margin, squared)


CLASS_LOSSES: dict[str, ClassLoss] = {"margin": margin_loss}
