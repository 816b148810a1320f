"""Finite rotations in UFL: the rotation matrix and the curvature of a field of rotation vectors.

With ψ the rotation vector and ψ = |ψ| (Rodrigues' formula; Simo & Vu-Quoc, Comput. Methods Appl. Mech. Engng 58, 1986):

    R = 1 + a ψ̂ + b ψ̂²                a = sin ψ/ψ,  b = (1 − cos ψ)/ψ²,  c = (ψ − sin ψ)/ψ³
    κ = Tᵀ ψ',  T = 1 + b ψ̂ + c ψ̂²    components of the curvature in the turned frame

Near ψ = 0 the three functions are taken from their series in ψ², so that their derivatives exist there.
"""

from __future__ import annotations

from femnn.runtime.stack import Expr, ufl

SERIES_BELOW = 1e-2
"""ψ² below which the series are used; their first term left out is then below rounding."""


def _coefficients(square: Expr) -> tuple[Expr, Expr, Expr]:
    safe = ufl.conditional(ufl.lt(square, SERIES_BELOW), 1.0, square)
    angle = ufl.sqrt(safe)
    closed = (ufl.sin(angle) / angle, (1 - ufl.cos(angle)) / safe, (angle - ufl.sin(angle)) / (safe * angle))
    series = (
        _series(square, (1, -6, 120, -5040, 362880, -39916800)),
        _series(square, (2, -24, 720, -40320, 3628800, -479001600)),
        _series(square, (6, -120, 5040, -362880, 39916800, -6227020800)),
    )
    small = ufl.lt(square, SERIES_BELOW)
    a, b, c = (ufl.conditional(small, s, f) for s, f in zip(series, closed, strict=True))
    return a, b, c


def _series(square: Expr, denominators: tuple[int, ...]) -> Expr:
    total: Expr = 0
    for denominator in reversed(denominators):
        total = 1.0 / denominator + square * total
    return total


def rotated(psi: Expr, vector: Expr) -> Expr:
    """R(ψ) v."""
    a, b, _ = _coefficients(ufl.dot(psi, psi))
    once = ufl.cross(psi, vector)
    return vector + a * once + b * ufl.cross(psi, once)


def turning_back(psi: Expr, unit: Expr) -> Expr:
    """t·R(ψ) t − 1 for a unit vector t, without the difference of nearly equal numbers: b ((ψ·t)² − ψ²)."""
    square = ufl.dot(psi, psi)
    return _coefficients(square)[1] * (ufl.dot(psi, unit) ** 2 - square)


def curvature(psi: Expr, change: Expr) -> Expr:
    """Tᵀ(ψ) ψ', the curvature in the turned frame."""
    _, b, c = _coefficients(ufl.dot(psi, psi))
    once = ufl.cross(psi, change)
    return change - b * once + c * ufl.cross(psi, once)
