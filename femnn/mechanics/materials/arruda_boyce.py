"""The eight-chain law of Arruda and Boyce.

    Ŵ = n k T N ∫ L⁻¹(y) dy,     y² = u = Ī₁/(3N)

with L⁻¹ the inverse Langevin function and √N the stretch at which a chain locks (Arruda & Boyce, J. Mech. Phys. Solids
41, 1993). L⁻¹ is taken as Kröger's fraction (J. Non-Newton. Fluid Mech. 223, 2015), within 0.28 % on 0 ≤ y < 1,

    L⁻¹(y) ≈ (3y − y (6y² + y⁴ − 2y⁶)/5)/(1 − y²),

whose integral is φ(u) = u/2 − u²/20 − u³/15 − ln(1 − u) up to a constant. A truncated series in Ī₁, the other common
choice, does not lock. From 2 dŴ/dĪ₁ = μ at rest, Ŵ = 3 μ N (φ(u) − φ(1/N))/(2 φ'(1/N)).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

from femnn.mechanics.materials.hyperelastic import Hyperelastic
from femnn.mechanics.materials.moduli import require
from femnn.mechanics.materials.strain import ChangeOfShape
from femnn.runtime.stack import Expr, ufl


@dataclass(frozen=True, kw_only=True)
class ArrudaBoyce(Hyperelastic):
    """Eight chains from the centre of a cell to its corners; not a number from Ī₁ = 3N on."""

    locking_stretch: float = 5.0
    """√N, the stretch of a chain that is straight."""
    name: Literal["arruda-boyce"] = "arruda-boyce"
    published: ClassVar[Mapping[str, str]] = {
        "n": "locking_stretch = N^(1/2)",
        "lambdam|lambdal|lambdalock": "locking_stretch = λ_m",
        "nkt|cr|mur": "modulus = 2 (1 + ν) μ in the network's section, μ = n k T (1 + 3/(5N) + 99/(175N²) + …)",
    }

    def __post_init__(self) -> None:
        """Check the parameters.

        Raises:
            ConfigError: one of them has no physical meaning; the message names it.
        """
        super().__post_init__()
        require(self.name, "locking_stretch", self.locking_stretch, lambda stretch: stretch > 1, "above 1")

    def shape_energy(self, shape: ChangeOfShape, mu: Expr) -> Expr:
        """3 μ N (φ(u) − φ(1/N))/(2 φ'(1/N)), with the difference formed from w = u − 1/N = (Ī₁ − 3)/(3N)."""
        N = self.locking_stretch**2
        rest, w = 1 / N, shape.first / (3 * N)
        polynomial = w * (0.5 - (2 * rest + w) / 20 - (3 * rest**2 + 3 * rest * w + w**2) / 15)
        slope = 0.5 - rest / 10 - rest**2 / 5 + 1 / (1 - rest)
        return 1.5 * mu * N * (polynomial - ufl.ln(1 - w / (1 - rest))) / slope
