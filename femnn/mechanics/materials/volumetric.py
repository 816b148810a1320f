"""Energies of a change of volume, U(J) with U(1) = U'(1) = 0 and U''(1) = κ, so that κ is the bulk modulus at rest.

In the mixed form U is given by a pressure p: p g(J) − U*(p), stationary in p, is U(J) where U* is the Legendre
transform of U as a function of g. With 1/κ in it, and not κ, it stays finite up to incompressible materials.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from femnn.runtime.stack import Expr, ufl

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


def mixed(form: Volumetric, J: Expr, pressure: Expr, compliance: Expr) -> Expr:
    """Return p g(J) − U*(p), which is U(J) where it is stationary in p.

    With x = 2p/κ: g = J − 1 and U* = p²/(2κ) for ``quadratic``, g = ln J and U* = p²/(2κ) for ``logarithmic``, g = ln J
    and U* = κ/4 ((1 + x) ln(1 + x) − x) for ``simo-taylor``.

    Args:
        form: name of U, other than ``coupled``.
        J: volume by that at rest, det F.
        pressure: p (Pa), the stress dU/dg.
        compliance: 1/κ (1/Pa), above 0.
    """
    if form == "quadratic":
        return pressure * (J - 1) - pressure**2 * compliance / 2
    if form == "logarithmic":
        return pressure * ufl.ln(J) - pressure**2 * compliance / 2
    x = 2 * pressure * compliance
    return pressure * ufl.ln(J) - ((1 + x) * ufl.ln(1 + x) - x) / (4 * compliance)
