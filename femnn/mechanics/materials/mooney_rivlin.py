"""The law of Mooney and Rivlin."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

from femnn.mechanics.materials.hyperelastic import Hyperelastic
from femnn.mechanics.materials.moduli import require
from femnn.mechanics.materials.strain import ChangeOfShape
from femnn.runtime.stack import Expr


@dataclass(frozen=True, kw_only=True)
class MooneyRivlin(Hyperelastic):
    """Ŵ = C₁ (Ī₁ − 3) + C₂ (Ī₂ − 3) with C₁ + C₂ = μ/2 (Mooney 1940, Rivlin 1948)."""

    share: float = 0.2
    """C₂/(C₁ + C₂)."""
    name: Literal["mooney-rivlin"] = "mooney-rivlin"
    published: ClassVar[Mapping[str, str]] = {
        "c10|c01|c1|c2": "share = C01/(C10 + C01), modulus = 4 (1 + ν) (C10 + C01) in the network's section",
    }

    def __post_init__(self) -> None:
        """Check the parameters.

        Raises:
            ConfigError: one of them has no physical meaning; the message names it.
        """
        super().__post_init__()
        require(self.name, "share", self.share, lambda share: 0 <= share <= 1, "at least 0 and at most 1")

    def shape_energy(self, shape: ChangeOfShape, mu: Expr) -> Expr:
        """C₁ (Ī₁ − 3) + C₂ (Ī₂ − 3)."""
        return mu / 2 * ((1 - self.share) * shape.first + self.share * shape.second)
