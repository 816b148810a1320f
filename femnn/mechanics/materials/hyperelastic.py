"""What isotropic laws share whose energy is one of the change of shape plus one of the change of volume.

    W(C) = Ŵ(C̄) + U(J),     C̄ = C/(det C)^⅓,     J = (det C)^½

so that μ and κ of small strains are those of Ŵ and U exactly (Holzapfel, Nonlinear Solid Mechanics, 2000, section 6.4).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

from femnn.errors import ConfigError
from femnn.mechanics.materials.moduli import bulk_modulus, require, shear_modulus
from femnn.mechanics.materials.strain import ChangeOfShape, volume_ratio
from femnn.mechanics.materials.volumetric import VOLUMETRIC, Volumetric, mixed
from femnn.runtime.stack import Expr


@dataclass(frozen=True, kw_only=True)
class Hyperelastic(ABC):
    """A :class:`~femnn.mechanics.materials.material.Material` that states Ŵ alone."""

    poisson_ratio: float = 0.5
    """ν of small strains."""
    volumetric: Volumetric = "simo-taylor"
    """Form of U(J), for materials that are compressible."""

    @property
    @abstractmethod
    def name(self) -> str:
        """Name by which settings call the law."""

    @abstractmethod
    def shape_energy(self, shape: ChangeOfShape, mu: Expr) -> Expr:
        """Ŵ (J/m³).

        Args:
            shape: invariants of C̄.
            mu: shear modulus of small strains (Pa).
        """

    def __post_init__(self) -> None:
        """Check the Poisson ratio and the volumetric form.

        Raises:
            ConfigError: one of them has no meaning for this law; or volume is kept, and a volumetric form given.
        """
        condition = "above -1 and at most 0.5"
        require(self.name, "poisson_ratio", self.poisson_ratio, lambda nu: -1 < nu <= 0.5, condition)
        require(self.name, "volumetric", self.volumetric, VOLUMETRIC.__contains__, f"one of {', '.join(VOLUMETRIC)}")
        if self.poisson_ratio == 0.5 and self.volumetric != type(self).volumetric:
            raise ConfigError(
                f"{self.name}: volumetric = {self.volumetric!r} has no effect with poisson_ratio = 0.5, which keeps "
                "the volume; leave it out, or give a poisson_ratio below 0.5."
            )

    def energy(self, C: Expr, modulus: Expr) -> Expr:
        """Ŵ(C̄) + U(J)."""
        kappa = self.bulk_modulus(modulus)
        return self.distortional(C, modulus) + kappa * VOLUMETRIC[self.volumetric](volume_ratio(C))

    def incompressible_energy(self, C: Expr, modulus: Expr) -> Expr:
        """Ŵ(C) with μ = E/3."""
        return self.shape_energy(ChangeOfShape(C, volume_kept=True), modulus / 3)

    def distortional(self, C: Expr, modulus: Expr) -> Expr:
        """Ŵ(C̄)."""
        return self.shape_energy(ChangeOfShape(C), self.shear_modulus(modulus))

    def mixed_energy(self, C: Expr, J: Expr, pressure: Expr, modulus: Expr) -> Expr:
        """Ŵ(C̄) + p g(J) − U*(p), see :mod:`~femnn.mechanics.materials.volumetric`; Ŵ(C̄) + p (J − 1) with ν = 0.5."""
        shape = self.distortional(C, modulus)
        if self.poisson_ratio == 0.5:
            return shape + pressure * (J - 1)
        return shape + mixed(self.volumetric, J, pressure, 1 / self.bulk_modulus(modulus))

    def shear_modulus(self, modulus: Expr) -> Expr:
        """μ = E/(2(1 + ν)) (Pa)."""
        return shear_modulus(modulus, self.poisson_ratio)

    def bulk_modulus(self, modulus: Expr) -> Expr:
        """κ = E/(3(1 − 2ν)) (Pa); ConfigError where ν = 0.5."""
        return bulk_modulus(self.name, modulus, self.poisson_ratio)
