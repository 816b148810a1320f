"""The neo-Hookean law, in its coupled form and in those split into change of shape and change of volume."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

from femnn.errors import ConfigError
from femnn.mechanics.materials.hyperelastic import Hyperelastic
from femnn.mechanics.materials.moduli import require
from femnn.mechanics.materials.strain import ChangeOfShape, volume_ratio
from femnn.mechanics.materials.volumetric import Volumetric
from femnn.runtime.stack import Expr, ufl


@dataclass(frozen=True, kw_only=True)
class NeoHookean(Hyperelastic):
    """Ŵ = μ/2 (Ī₁ − 3), or coupled, W = μ/2 (tr C − 3) − μ ln J + λ/2 (ln J)² (Simo & Pister 1984).

    The forms are one law where volume is kept and part with its change, so that published figures of compressible
    rubber are met with the form only that they were computed with.
    """

    volumetric: Volumetric = "coupled"
    name: Literal["neo-hookean"] = "neo-hookean"
    published: ClassVar[Mapping[str, str]] = {
        "c10|c1": "modulus = 4 (1 + ν) C10 in the network's section",
    }

    def __post_init__(self) -> None:
        """Check the Poisson ratio and the volumetric form.

        Raises:
            ConfigError: one of them has no meaning, or the coupled form is asked for with ν < 0: with λ < 0 its energy
                falls without bound as J → 0.
        """
        if self.volumetric != "coupled":
            super().__post_init__()
            return
        condition = "at least 0 and at most 0.5 with volumetric = 'coupled'"
        require(self.name, "poisson_ratio", self.poisson_ratio, lambda nu: 0 <= nu <= 0.5, condition)

    def energy(self, C: Expr, modulus: Expr) -> Expr:
        """The coupled form, or Ŵ(C̄) + U(J)."""
        if self.volumetric != "coupled":
            return super().energy(C, modulus)
        mu = self.shear_modulus(modulus)
        lamé = self.bulk_modulus(modulus) - 2 * mu / 3
        logarithm = ufl.ln(volume_ratio(C))
        strain = sum(C[i, i] - 1 for i in range(3)) / 2
        return mu * (strain - logarithm) + lamé / 2 * logarithm**2

    def mixed_energy(self, C: Expr, J: Expr, pressure: Expr, modulus: Expr) -> Expr:
        """Coupled, μ/2 (tr C − 3) + (p − μ) ln J − p²/(2λ); with ν = 0.5 all forms are one, Ŵ(C̄) + p (J − 1).

        Raises:
            ConfigError: the coupled form is asked for with ν = 0, where λ = 0 leaves it without a pressure.
        """
        if self.volumetric != "coupled" or self.poisson_ratio == 0.5:
            return super().mixed_energy(C, J, pressure, modulus)
        if self.poisson_ratio == 0:
            raise ConfigError(
                f"{self.name}: with poisson_ratio = 0 and volumetric = 'coupled' there is no pressure; choose "
                'formulation = "displacement".'
            )
        mu = self.shear_modulus(modulus)
        lamé = self.bulk_modulus(modulus) - 2 * mu / 3
        strain = sum(C[i, i] - 1 for i in range(3)) / 2
        return mu * strain + (pressure - mu) * ufl.ln(J) - pressure**2 / (2 * lamé)

    def shape_energy(self, shape: ChangeOfShape, mu: Expr) -> Expr:
        """μ/2 (Ī₁ − 3)."""
        return mu / 2 * shape.first
