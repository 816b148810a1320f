"""Ideal springs: the linear model in which the in situ gradient is exact."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from femnn.mechanics.axial import Axial, axial_energy, bond_vectors, rest_length
from femnn.mechanics.fields import BondFields
from femnn.mechanics.traits import Traits
from femnn.runtime.stack import fem, ufl


@dataclass(frozen=True)
class Spring(Axial):
    """Linear springs, Π = Σ ½ k e² with e = t·(u_q − u_p), t the bond's direction at rest (Li & Mao 2024)."""

    product_exact: ClassVar[bool] = True
    traits: ClassVar[Traits] = Traits("springs", energy_from_elongation=True, bonds_may_vanish=True)
    name: str = "spring"
    linear: bool = True

    def energy(self, displacement: fem.Function, bond: BondFields) -> ufl.Form:
        """Σ ½ k (t·Δ)² with Δ = u_q − u_p."""
        rest, change = bond_vectors(displacement)
        return axial_energy(ufl.dot(rest, change) / rest_length(displacement), displacement, bond.stiffness)
