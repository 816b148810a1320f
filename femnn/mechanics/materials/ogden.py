"""Ogden's law."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

from femnn.mechanics.materials.hyperelastic import Hyperelastic
from femnn.mechanics.materials.moduli import require
from femnn.mechanics.materials.powers import power_sums
from femnn.mechanics.materials.strain import ChangeOfShape
from femnn.runtime.stack import Expr


@dataclass(frozen=True, kw_only=True)
class Ogden(Hyperelastic):
    """Ŵ = Σ μ_i/α_i (λ̄₁^α_i + λ̄₂^α_i + λ̄₃^α_i − 3) (Ogden, Proc. R. Soc. Lond. A 326, 1972).

    The terms are given by their shares of the initial shear modulus, φ_i = μ_i α_i/(2μ), so that μ_i = 2 μ φ_i/α_i.
    """

    terms: tuple[tuple[float, float], ...] = ((0.9692, 1.3), (0.0071, 5.0), (0.0237, -2.0))
    """Share φ_i and exponent α_i of each term. Only the shares' proportions count: they are taken by their sum."""
    name: Literal["ogden"] = "ogden"
    published: ClassVar[Mapping[str, str]] = {
        "(mu|alpha)[0-9]+|mus?|alphas?": "terms = [[share, α_i], …], the shares in proportion to μ_i α_i where "
        "μ = Σ μ_i α_i/2, as Ogden writes them, or to μ_i where μ = Σ μ_i, as Abaqus does; "
        "modulus = 2 (1 + ν) μ in the network's section",
    }

    def __post_init__(self) -> None:
        """Check the parameters; every μ_i α_i must be positive.

        Raises:
            ConfigError: one of them has no physical meaning; the message names it.
        """
        super().__post_init__()
        require(self.name, "terms", self.terms, lambda terms: len(terms) > 0, "one pair (share, exponent) at least")
        for i, (share, exponent) in enumerate(self.terms):
            require(self.name, f"terms[{i}], share", share, lambda x: 0 < x < math.inf, "above 0")
            require(self.name, f"terms[{i}], exponent", exponent, lambda x: 0 < abs(x) < math.inf, "other than 0")

    def shape_energy(self, shape: ChangeOfShape, mu: Expr) -> Expr:
        """Σ 2 μ φ_i/α_i² (Σ λ̄^α_i − 3); for exponents of 2 and −2 from Ī₁ and Ī₂."""
        total = sum(share for share, _ in self.terms)
        weighted = [(2 * share / (total * exponent**2), exponent) for share, exponent in self.terms]
        invariants = [w * (shape.first if alpha > 0 else shape.second) for w, alpha in weighted if _is_invariant(alpha)]
        others = [(w, alpha / 2) for w, alpha in weighted if not _is_invariant(alpha)]
        return mu * (sum(invariants) + (power_sums(shape, others) if others else 0))


def _is_invariant(exponent: Expr | float) -> bool:
    return not hasattr(exponent, "ufl_shape") and abs(exponent) == 2
