"""Estimators of dL/dk that load and look, as figures: which states are read, and how they are put together.

What :mod:`femnn.insitu.estimators` says in words for one reading, written so that errors of readings can be followed
through it. With e_j and E_j the elongation and the energy per stiffness of a bond in the state under a_j f + b_j s g,

    product forms   dL/dk = (Σ_j p_j e_j) (Σ_j q_j e_j)/s,     energy forms   dL/dk = Σ_j q_j E_j/s.

Both are quadratic in what a camera sees.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from femnn.config.settings import nearest
from femnn.errors import ConfigError

type Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Scheme:
    """What is read, and what is made of it."""

    loads: tuple[tuple[float, float], ...]
    """(a_j, b_j) of each state: the data's load, and the adjoint force in units of s, in the order of reading."""
    differences: tuple[float, ...]
    """q_j."""
    factors: tuple[float, ...] | None = None
    """p_j of a product form; None for an energy form."""

    def estimate(self, elongations: Floats, energies: Floats, s: float) -> Floats:
        """dL/dk of all bonds.

        Args:
            elongations: e_j (m), shape (states, ..., B).
            energies: E_j (m²), of the same shape.
            s: strength of the adjoint force, in units of the loss's own.
        """
        read = energies if self.factors is None else elongations
        difference = np.tensordot(self.differences, read, 1) / s
        return difference if self.factors is None else np.tensordot(self.factors, read, 1) * difference


FORWARD, ADJOINT, PLUS, MINUS, TWICE = (1.0, 0.0), (0.0, 1.0), (1.0, 1.0), (1.0, -1.0), (1.0, 2.0)

SCHEMES: dict[str, Scheme] = {
    "product": Scheme((FORWARD, ADJOINT), (0, 1), (1, 0)),
    "superposed-product": Scheme((FORWARD, PLUS), (-1, 1), (1, 0)),
    "superposed-energy": Scheme((FORWARD, PLUS), (-1, 1)),
    "centred-product": Scheme((FORWARD, PLUS, MINUS), (0, 0.5, -0.5), (1, 0, 0)),
    "centred-energy": Scheme((PLUS, MINUS), (0.5, -0.5)),
    "three-point-product": Scheme((FORWARD, PLUS, TWICE), (-1.5, 2, -0.5), (1, 0, 0)),
    "three-point-energy": Scheme((FORWARD, PLUS, TWICE), (-1.5, 2, -0.5)),
}
"""The estimators whose every state is read by a camera, by the names of :data:`femnn.insitu.estimators.ESTIMATORS`."""


def scheme(name: str) -> Scheme:
    """The scheme of an estimator.

    Raises:
        ConfigError: it has none.
    """
    if name not in SCHEMES:
        raise ConfigError(f"There is no estimator {name!r} that only loads and looks; {nearest(name, SCHEMES)}")
    return SCHEMES[name]
