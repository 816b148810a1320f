"""The law of St. Venant and Kirchhoff."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NoReturn

from femnn.errors import ConfigError
from femnn.mechanics.materials.moduli import bulk_modulus, require, shear_modulus
from femnn.runtime.stack import Expr, ufl

ADVICE = "Use neo-hookean, which is the same law at small strains."


@dataclass(frozen=True, kw_only=True)
class StVenantKirchhoff:
    """W = λ/2 (tr E)² + μ E:E with E = (C − 1)/2: Hooke's law for large rotations and small strains.

    It softens in compression and gives way below a stretch of 1/√3, so that it serves stiff materials only. It does not
    tell the change of shape from that of volume, and has no incompressible form.
    """

    poisson_ratio: float = 0.49
    name: Literal["st-venant-kirchhoff"] = "st-venant-kirchhoff"

    def __post_init__(self) -> None:
        """Check the Poisson ratio.

        Raises:
            ConfigError: it is not above -1 and below 0.5.
        """
        condition = f"above -1 and below 0.5. {ADVICE.removesuffix('.')}"
        require(self.name, "poisson_ratio", self.poisson_ratio, lambda nu: -1 < nu < 0.5, condition)

    def energy(self, C: Expr, modulus: Expr) -> Expr:
        """λ/2 (tr E)² + μ E:E."""
        mu = self.shear_modulus(modulus)
        lamé = self.bulk_modulus(modulus) - 2 * mu / 3
        E = ufl.as_matrix([[(C[i, j] - (i == j)) / 2 for j in range(3)] for i in range(3)])
        squares = sum(E[i, i] ** 2 for i in range(3)) + 2 * (E[0, 1] ** 2 + E[0, 2] ** 2 + E[1, 2] ** 2)
        return lamé / 2 * ufl.tr(E) ** 2 + mu * squares

    def incompressible_energy(self, C: Expr, modulus: Expr) -> NoReturn:
        """There is none: ConfigError."""
        raise ConfigError(f"{self.name} has no incompressible form. {ADVICE}")

    def distortional(self, C: Expr, modulus: Expr) -> NoReturn:
        """There is none: ConfigError."""
        raise ConfigError(f"{self.name} does not tell the change of shape from that of volume. {ADVICE}")

    def mixed_energy(self, C: Expr, J: Expr, pressure: Expr, modulus: Expr) -> NoReturn:
        """There is none: ConfigError."""
        raise ConfigError(f'{self.name} has no form with a pressure. {ADVICE[:-1]}, or formulation = "displacement".')

    def shear_modulus(self, modulus: Expr) -> Expr:
        """μ = E/(2(1 + ν)) (Pa)."""
        return shear_modulus(modulus, self.poisson_ratio)

    def bulk_modulus(self, modulus: Expr) -> Expr:
        """κ = E/(3(1 − 2ν)) (Pa)."""
        return bulk_modulus(self.name, modulus, self.poisson_ratio)
