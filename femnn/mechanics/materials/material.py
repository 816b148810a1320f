"""What a law of elasticity states: strain energies of the right Cauchy–Green tensor."""

from __future__ import annotations

from typing import Protocol

from femnn.runtime.stack import Expr


class Material(Protocol):
    """A hyperelastic law. Implementations are frozen and hold dimensionless parameters only.

    Stiffness comes with each call as the Young's modulus of small strains (Pa), which may vary by cell. UFL constants
    may stand for parameters, to be varied without compiling again; they are not checked.

    Energies are by reference volume (J/m³) and are functions of C = FᵀF, a 3×3 expression:

    - they cannot tell a cell that is turned inside out (det F < 0) from its mirror image, which the caller must refuse;
    - det C loses digits as the fourth power of the ratio of the largest to the smallest stretch, the unavoidable cost
      of C: some five digits of sixteen at a uniaxial stretch of 7;
    - for planar states C is best an ``as_matrix`` with zeros written out for C₁₃ and C₂₃, which shortens what is
      compiled, for Ogden's law by far.
    """

    @property
    def name(self) -> str:
        """Name by which settings call the law."""

    @property
    def poisson_ratio(self) -> float:
        """ν of small strains; 0.5 for incompressible."""

    def energy(self, C: Expr, modulus: Expr) -> Expr:
        """Strain energy of a compressible material.

        Args:
            C: right Cauchy–Green tensor, 3×3.
            modulus: Young's modulus E of small strains (Pa).

        Raises:
            ConfigError: the Poisson ratio is 0.5.
        """

    def incompressible_energy(self, C: Expr, modulus: Expr) -> Expr:
        """Strain energy at det C = 1, which the caller sees to; the shear modulus is E/3 whatever the Poisson ratio.

        Raises:
            ConfigError: the law has no incompressible form.
        """

    def distortional(self, C: Expr, modulus: Expr) -> Expr:
        """Strain energy of the change of shape alone, a function of C/(det C)^⅓, with the shear modulus E/(2(1 + ν)).

        Raises:
            ConfigError: the law does not tell the change of shape from that of volume.
        """

    def mixed_energy(self, C: Expr, J: Expr, pressure: Expr, modulus: Expr) -> Expr:
        """Energy of displacements and a pressure, which is :meth:`energy` where it is stationary in the pressure.

        Args:
            C: right Cauchy–Green tensor, 3×3.
            J: volume by that at rest, det F.
            pressure: p (Pa), positive in tension; which stress it is depends on the law.
            modulus: Young's modulus E of small strains (Pa).

        Raises:
            ConfigError: the law has no such form.
        """

    def shear_modulus(self, modulus: Expr) -> Expr:
        """μ = E/(2(1 + ν)) (Pa)."""

    def bulk_modulus(self, modulus: Expr) -> Expr:
        """κ = E/(3(1 − 2ν)) (Pa).

        Raises:
            ConfigError: the Poisson ratio is 0.5.
        """
