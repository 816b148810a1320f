"""Energies of a change of volume, U(J) with U(1) = U'(1) = 0 and U''(1) = κ, so that κ is the bulk modulus at rest."""

from collections.abc import Callable
from typing import Literal

import ufl
from ufl.core.expr import Expr

type Volumetric = Literal["simo-taylor", "logarithmic", "quadratic", "coupled"]
"""Names of the forms. ``coupled`` is no U(J) but a form of the neo-Hookean law, which no other law has."""

VOLUMETRIC: dict[str, Callable[[Expr], Expr]] = {
    "simo-taylor": lambda J: (J**2 - 1 - 2 * ufl.ln(J)) / 4,
    "logarithmic": lambda J: ufl.ln(J) ** 2 / 2,
    "quadratic": lambda J: (J - 1) ** 2 / 2,
}
"""U/κ by name.

The first is convex and grows without bound as J → 0 and J → ∞ (Simo & Taylor, Comput. Methods Appl. Mech. Engng 33,
1982). The second is not convex above J = e, the third is finite at J = 0.
"""
