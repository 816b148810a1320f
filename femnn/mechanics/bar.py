"""Bars: springs that turn freely, with a linear law in their true change of length or in Green's strain."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from femnn.mechanics.axial import Axial, axial_energy, bond_vectors, rest_length
from femnn.mechanics.fields import BondFields
from femnn.mechanics.traits import Traits
from femnn.runtime.stack import fem, ufl


@dataclass(frozen=True)
class Bar(Axial):
    """Pin-jointed bars under finite rotation, Π = Σ ½ k e².

    With l = |R + Δ| the length and L = |R| the rest length of a bond, e is

    - "length": l − L, so that the tension is k times the true change of length;
    - "green": (l² − L²)/(2L), Green's strain times L (St. Venant–Kirchhoff).

    Both are evaluated from l² − L² = 2 R·Δ + Δ·Δ, which loses no digits at small displacements.
    """

    strain: Literal["length", "green"] = "length"
    name: str = "bar"
    linear: bool = False

    @property
    def traits(self) -> Traits:
        """Bonds turn; in Green's strain they also stiffen."""
        green = self.strain == "green"
        effects = ("bonds turn", "the law is linear in Green's strain") if green else ("bonds turn",)
        label = "bars in Green's strain" if green else "bars"
        return Traits(label, effects, energy_from_elongation=True, bonds_may_vanish=True)

    def energy(self, displacement: fem.Function, bond: BondFields) -> ufl.Form:
        """Σ ½ k e² with the elongation of the strain measure chosen."""
        rest, change = bond_vectors(displacement)
        L = rest_length(displacement)
        squares = 2 * ufl.dot(rest, change) + ufl.dot(change, change)
        length = ufl.sqrt(ufl.dot(rest + change, rest + change))
        elongation = squares / (length + L) if self.strain == "length" else squares / (2 * L)
        return axial_energy(elongation, displacement, bond.stiffness)
