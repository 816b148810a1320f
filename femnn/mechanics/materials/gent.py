"""Gent's law."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

from femnn.mechanics.materials.hyperelastic import Hyperelastic
from femnn.mechanics.materials.moduli import require
from femnn.mechanics.materials.strain import ChangeOfShape
from femnn.runtime.stack import Expr, ufl


@dataclass(frozen=True, kw_only=True)
class Gent(Hyperelastic):
    """Ŵ = −μ J_m/2 ln(1 − (Ī₁ − 3)/J_m) (Gent, Rubber Chem. Technol. 69, 1996).

    Not a number from Ī₁ = 3 + J_m on, where the chains are stretched out.
    """

    limit: float = 80.0
    """J_m, the largest Ī₁ − 3."""
    name: Literal["gent"] = "gent"
    published: ClassVar[Mapping[str, str]] = {
        "jm|jlim|im": "limit = J_m",
    }

    def __post_init__(self) -> None:
        """Check the parameters.

        Raises:
            ConfigError: one of them has no physical meaning; the message names it.
        """
        super().__post_init__()
        require(self.name, "limit", self.limit, lambda limit: limit > 0, "above 0")

    def shape_energy(self, shape: ChangeOfShape, mu: Expr) -> Expr:
        """−μ J_m/2 ln(1 − (Ī₁ − 3)/J_m)."""
        return -mu * self.limit / 2 * ufl.ln(1 - shape.first / self.limit)
