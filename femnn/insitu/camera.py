"""A camera that tracks the nodes of a network, with its errors.

A component of the displacement of node p is seen with the error n_p + m: n_p of standard deviation σ, correlated
between nodes as exp(−r/ℓ) with their distance r, as by a lens or by moving air; m of standard deviation τ, the same for
the whole picture, as by a camera that shakes. Components, and pictures, are independent of each other. Supports are
taken to be where they are, so that a shake is not mistaken for a motion of theirs and does not cancel.
"""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import scipy

from femnn.errors import ConfigError
from femnn.network.network import Network

type Floats = npt.NDArray[np.float64]


@dataclass(repr=False)
class Camera:
    """Tracks the network's nodes with Gaussian errors on the components that are free to move.

    Raises:
        ConfigError: an error or a length below zero, or a correlation between nodes whose places are not given.
    """

    noise: float = 0.0
    """Standard deviation σ of each component of a node (m)."""
    generator: np.random.Generator = field(default_factory=np.random.default_rng)
    """The run's random numbers; in the same state on every rank."""
    correlation_length: float = 0.0
    """Distance ℓ over which errors of two nodes are alike (m); 0 where each node has its own."""
    shake: float = 0.0
    """Standard deviation τ of each component of the whole picture (m)."""
    nodes: Floats | None = None
    """Coordinates of the nodes (m), shape (N, d); needed for a correlation length."""
    looks: int | None = None
    """How many pictures are taken at once, each with its own errors; what is seen then has a leading axis of them."""

    def __post_init__(self) -> None:
        """Check the figures, and factorise the correlation of the nodes once."""
        if min(self.noise, self.shake, self.correlation_length) < 0:
            raise ConfigError("Camera: noise, shake and correlation length cannot be below 0.")
        if self.correlation_length > 0 and self.nodes is None:
            raise ConfigError("Camera: a correlation length needs the places of the nodes; give them.")
        self._factor: Floats | None = None
        if self.correlation_length > 0 and self.nodes is not None:
            self._factor = np.linalg.cholesky(
                np.exp(-scipy.spatial.distance.cdist(self.nodes, self.nodes) / self.correlation_length)
            )

    def __repr__(self) -> str:
        shake = f", shake {1e6 * self.shake:.4g} µm" if self.shake else ""
        return f"Camera(noise {1e6 * self.noise:.4g} µm{shake})"

    def see(self, displacements: Floats, fixed: npt.NDArray[np.bool_]) -> Floats:
        """The displacements as tracked, shape (N, d), or (looks, N, d)."""
        if self.noise == 0 and self.shake == 0:
            return displacements
        shape = displacements.shape if self.looks is None else (self.looks, *displacements.shape)
        errors = np.zeros(shape)
        if self.noise > 0:
            errors = self.generator.normal(0.0, self.noise, shape)
        if self._factor is not None:
            errors = self._factor @ errors
        if self.shake > 0:
            errors = errors + self.generator.normal(0.0, self.shake, (*shape[:-2], 1, shape[-1]))
        return displacements + np.where(fixed, 0.0, errors)

    def variances(self, network: Network, directions: Floats) -> Floats:
        """Variance of d_b·(n_q − n_p) over the pictures, the error of an elongation, of each bond (m²), shape (B,).

        Args:
            network: the network, with bonds (p, q).
            directions: d, by how much an elongation changes with the displacement of its end, shape (B, d).
        """
        free = (~network.fixed).astype(np.float64)
        p, q = free[network.bonds[:, 0]], free[network.bonds[:, 1]]
        alike = np.exp(-network.lengths / self.correlation_length) if self.correlation_length > 0 else 0.0
        shared = self.noise**2 * np.asarray(alike)[..., None] + self.shake**2
        of_components = (self.noise**2 + self.shake**2) * (p + q) - 2 * p * q * shared
        return np.asarray((directions**2 * of_components).sum(axis=1))
