"""Sums of powers of the principal stretches, smooth where stretches coincide.

Σ x_i^s over the eigenvalues x_i of C̄ = C/(det C)^⅓ is a smooth function of C, while each x_i is none where two of them
meet, as they do at rest and in uniaxial tension. With v = Ī₁ − 3 and t = Ī₁ − Ī₂ it is put together from what
is smooth:

- near rest, a polynomial in v and t: Σ (1 + ξ_i)^s by powers of the ξ_i, whose elementary symmetric polynomials are v,
  −(v + t) and t;
- else the eigenvalue y that stands apart, and the mean and the product of the pair of the two others, of which
  mean^s ((1 + √e)^s + (1 − √e)^s) is a series in e = 1 − product/mean² where the pair meets.

With m = Ī₁/3, y = m + 2 (a/3)^½ cos(φ/3) is the largest eigenvalue, where cos φ = b/(2 (a/3)^(3/2)) and a = 3m² − Ī₂,
b = det(C̄ − m). It stands apart, and cos(φ/3) is smooth, where b ≥ 0; for b < 0 it is the smallest that does, so that
C̄⁻¹ takes the place of C̄. The thresholds leave every branch exact to some 1e-11 in the second derivatives.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from femnn.mechanics.materials.strain import ChangeOfShape
from femnn.runtime.stack import Expr, ufl

NEAR_REST = 1e-4
"""Value of v below which the polynomial is used."""
NEAR_REST_ORDER = 8
"""Order in the strain to which the polynomial goes; v is of second order and t of third."""
NEAR_PAIR = 1e-3
"""Value of e below which the series is used."""
NEAR_PAIR_TERMS = 5
THIRD_OF_ANGLE_TERMS = 7


def power_sums(shape: ChangeOfShape, terms: Sequence[tuple[Expr, Expr]]) -> Expr:
    """Σ w (Σ_i x_i^s − 3) over terms (w, s), with x_i the eigenvalues of C̄, the squares of the principal stretches.

    Args:
        shape: the change of shape. With zeros written out for C₁₃ and C₂₃, C₃₃ is known to stand apart.
        terms: weight w and exponent s of each term.
    """
    C = shape.C
    if isinstance(C[0, 2], ufl.constantvalue.Zero) and isinstance(C[1, 2], ufl.constantvalue.Zero):
        mean = (C[0, 0] + C[1, 1]) / 2
        e = (((C[0, 0] - C[1, 1]) / 2) ** 2 + C[0, 1] ** 2) / mean**2
        ratio = (C[0, 0] * C[1, 1] - C[0, 1] ** 2) / mean**2
        return _Apart(C[2, 2] / shape.scale, mean / shape.scale, e, ratio).power_sums(terms)
    v = shape.first
    t = v - shape.second
    near = ufl.lt(v, NEAR_REST)
    # Away from the branch's own range, where nothing is divided by zero
    apart = _apart(ufl.conditional(near, 1.0, v), ufl.conditional(near, 0.0, t))
    return ufl.conditional(near, _near_rest(v, t, terms), apart.power_sums(terms))


@dataclass(frozen=True)
class _Apart:
    """The eigenvalue that stands apart and the pair of the two others."""

    single: Expr
    mean: Expr
    """Mean of the pair."""
    e: Expr
    """1 − product/mean² of the pair."""
    ratio: Expr
    """product/mean²; not formed from e, which would cost digits."""

    def power_sums(self, terms: Sequence[tuple[Expr, Expr]]) -> Expr:
        close = ufl.lt(self.e, NEAR_PAIR)
        larger = 1 + ufl.sqrt(ufl.conditional(close, 0.25, self.e))
        smaller = self.ratio / larger
        total = 0
        for weight, s in terms:
            series = 2 * _horner(_binomials(s, 2 * NEAR_PAIR_TERMS)[::2], self.e)
            pair = ufl.conditional(close, series, larger**s + smaller**s)
            total += weight * (self.single**s + self.mean**s * pair - 3)
        return total


def _apart(v: Expr, t: Expr) -> _Apart:
    swapped = ufl.lt(_deviator_determinant(v, t), 0)
    v, t = ufl.conditional(swapped, v - t, v), ufl.conditional(swapped, -t, t)
    a = v + t + v**2 / 3
    radius = ufl.sqrt(a / 3)
    y = 1 + v / 3 + 2 * radius * _third_of_angle(_deviator_determinant(v, t) / (2 * radius**3))
    mean = (3 + v - t - 1 / y) / (2 * y)
    ratio = 1 / (y * mean**2)
    return _Apart(ufl.conditional(swapped, 1 / y, y), ufl.conditional(swapped, mean * y, mean), 1 - ratio, ratio)


def _deviator_determinant(v: Expr, t: Expr) -> Expr:
    """Determinant of C̄ − m, b."""
    return t + v * (t / 3 + v / 3 + 2 * v**2 / 27)


def _third_of_angle(cosine: Expr) -> Expr:
    """Cos(φ/3) by cos φ from 0 to 1: the series cos 2νψ = F(−ν, ν; ½; sin² ψ) with ψ = φ/16 and ν = 8/3."""
    nu = 8 / 3
    coefficients = [1.0]
    for k in range(THIRD_OF_ANGLE_TERMS):
        coefficients.append(coefficients[-1] * (k - nu) * (k + nu) / ((k + 1 / 2) * (k + 1)))
    for _ in range(3):
        cosine = ufl.sqrt((1 + cosine) / 2)
    return _horner(coefficients, (1 - cosine) / 2)


def _near_rest(v: Expr, t: Expr, terms: Sequence[tuple[Expr, Expr]]) -> Expr:
    """Σ w Σ_k binomial(s, k) p_k with the power sums p_k = v p_{k−1} + (v + t) p_{k−2} + t p_{k−3} of the ξ_i."""
    by_power = []
    for j in range(NEAR_REST_ORDER // 3 + 1):
        coefficients = [_near_rest_coefficient(i, j, terms) for i in range((NEAR_REST_ORDER - 3 * j) // 2 + 1)]
        by_power.append(_horner(coefficients, v))
    return _horner(by_power, t)


def _near_rest_coefficient(i: int, j: int, terms: Sequence[tuple[Expr, Expr]]) -> Expr:
    """Factor of v^i t^j."""
    if i == j == 0:
        return 0
    found = [power[i, j] for power in POWER_SUMS]
    return sum(w * sum(c * b for c, b in zip(found, _binomials(s, len(found) - 1), strict=True) if c) for w, s in terms)


def _power_sum_polynomials(order: int) -> list[defaultdict[tuple[int, int], int]]:
    """Coefficients by v^i t^j of the power sums p_0 to p_order."""
    sums: list[defaultdict[tuple[int, int], int]] = [defaultdict(int) for _ in range(3)]
    sums[0][0, 0], sums[1][1, 0] = 3, 1
    sums[2] |= {(2, 0): 1, (1, 0): 2, (0, 1): 2}
    for k in range(3, order + 1):
        one, two, three = sums[k - 1], sums[k - 2], sums[k - 3]
        exponents = ((i, j) for i in range(k + 1) for j in range(k + 1 - i))
        new = {(i, j): one[i - 1, j] + two[i - 1, j] + two[i, j - 1] + three[i, j - 1] for i, j in exponents}
        sums.append(defaultdict(int, new))
    return sums


POWER_SUMS = _power_sum_polynomials(NEAR_REST_ORDER)


def _binomials(s: Expr, count: int) -> list[Expr]:
    """Coefficients of (1 + x)^s up to x^count."""
    found = [1.0]
    for k in range(count):
        found.append(found[-1] * (s - k) / (k + 1))
    return found


def _horner(coefficients: Sequence[Expr], x: Expr) -> Expr:
    """The polynomial with these coefficients, the constant first."""
    total: Expr = coefficients[-1]
    for coefficient in reversed(coefficients[:-1]):
        total = coefficient + x * total
    return total
