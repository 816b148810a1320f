"""The change of shape that a right Cauchy–Green tensor holds, in invariants that vanish at rest.

With m = tr C/3, the deviator A = C − m, g = (det C)^⅓, S = ½ A:A and Q = m³ − det C = m S − det A,

    Ī₁ − 3 = tr C/g − 3     = 3 Q/(g (m² + m g + g²)),
    Ī₂ − 3 = g tr C⁻¹ − 3   = (3 (m + g) Q/(m² + m g + g²) − S)/g².

Both are of second order in A and are formed from A: no difference of nearly equal numbers is taken, so that energies
keep their digits at small strains.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from femnn.runtime.stack import Expr, ufl


@dataclass(frozen=True)
class ChangeOfShape:
    """Invariants of C̄ = C/(det C)^⅓, which no change of volume alters."""

    C: Expr
    """Right Cauchy–Green tensor, 3×3."""
    volume_kept: bool = False
    """Whether det C = 1 is known, which saves its evaluation."""

    @cached_property
    def mean(self) -> Expr:
        """A third of the trace, m = tr C/3."""
        return (self.C[0, 0] + self.C[1, 1] + self.C[2, 2]) / 3

    @cached_property
    def scale(self) -> Expr:
        """Cube root of the determinant, g."""
        return ufl.as_ufl(1.0) if self.volume_kept else determinant(self.C) ** (1 / 3)

    @cached_property
    def deviator(self) -> Expr:
        """A = C − m, entry by entry so that zeros written out in C stay zeros."""
        C, m = self.C, self.mean
        return ufl.as_matrix([[C[i, j] - (m if i == j else 0) for j in range(3)] for i in range(3)])

    @cached_property
    def half_square(self) -> Expr:
        """S = ½ A:A."""
        A = self.deviator
        return (A[0, 0] ** 2 + A[1, 1] ** 2 + A[2, 2] ** 2) / 2 + A[0, 1] ** 2 + A[0, 2] ** 2 + A[1, 2] ** 2

    @cached_property
    def excess(self) -> Expr:
        """Q = m³ − det C."""
        return self.mean * self.half_square - determinant(self.deviator)

    @cached_property
    def first(self) -> Expr:
        """Ī₁ − 3."""
        m, g = self.mean, self.scale
        return 3 * self.excess / (g * (m**2 + m * g + g**2))

    @cached_property
    def second(self) -> Expr:
        """Ī₂ − 3."""
        m, g = self.mean, self.scale
        return (3 * (m + g) * self.excess / (m**2 + m * g + g**2) - self.half_square) / g**2


def determinant(C: Expr) -> Expr:
    """Determinant of a symmetric 3×3 tensor, in which zeros that are written out shorten the expression."""
    off_diagonal = 2 * (C[0, 1] * C[0, 2] * C[1, 2]) - C[1, 1] * C[0, 2] ** 2 - C[0, 0] * C[1, 2] ** 2
    return C[2, 2] * (C[0, 0] * C[1, 1] - C[0, 1] ** 2) + off_diagonal


def volume_ratio(C: Expr) -> Expr:
    """J = (det C)^½, the volume by that at rest."""
    return ufl.sqrt(determinant(C))
