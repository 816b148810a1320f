"""Yeoh's law."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

from femnn.mechanics.materials.hyperelastic import Hyperelastic
from femnn.mechanics.materials.moduli import require
from femnn.mechanics.materials.strain import ChangeOfShape
from femnn.runtime.stack import Expr


@dataclass(frozen=True, kw_only=True)
class Yeoh(Hyperelastic):
    """Ŵ = c₁ x + c₂ x² + c₃ x³ with x = Ī₁ − 3 and c₁ = μ/2 (Yeoh, Rubber Chem. Technol. 66, 1993)."""

    second: float = -0.01
    """c₂/c₁."""
    third: float = 2e-4
    """c₃/c₁."""
    name: Literal["yeoh"] = "yeoh"
    published: ClassVar[Mapping[str, str]] = {
        "c10|c20|c30|c1|c2|c3": "second = C20/C10, third = C30/C10, modulus = 4 (1 + ν) C10 in the network's section",
    }

    def __post_init__(self) -> None:
        """Check the parameters; dŴ/dx = c₁ + 2 c₂ x + 3 c₃ x² must be positive at all x ≥ 0.

        Raises:
            ConfigError: one of them has no physical meaning; the message names it.
        """
        super().__post_init__()
        require(self.name, "third", self.third, lambda c3: 0 <= c3 < math.inf, "at least 0")
        if not hasattr(self.third, "ufl_shape"):
            least = -math.sqrt(3 * self.third)
            condition = f"at least 0 or above -(3 third)^(1/2) = {least:.6g}, for the stress to grow with stretch"
            require(self.name, "second", self.second, lambda c2: least < c2 < math.inf or c2 == 0, condition)

    def shape_energy(self, shape: ChangeOfShape, mu: Expr) -> Expr:
        """c₁ x + c₂ x² + c₃ x³."""
        x = shape.first
        return mu / 2 * x * (1 + x * (self.second + self.third * x))
