"""Laws of elasticity fitted to Treloar's measurements of vulcanised rubber.

L. R. G. Treloar, Trans. Faraday Soc. 40, 1944, 59–70. St. Venant and Kirchhoff's law is left out: it is one of small
strains and has no incompressible form. Parameters are fitted by least squares of the relative residuals, each law's
stress being that of its compiled energy, in which the parameters are constants.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np
from scipy.optimize import least_squares

from femnn.mechanics.materials import ArrudaBoyce, Gent, Material, MooneyRivlin, NeoHookean, Ogden, Yeoh
from femnn.runtime.stack import fem
from femnn.verification.homogeneous import Floats, Stretching, points

KILOGRAM_FORCE_BY_SQUARE_CENTIMETRE = 98066.5
"""In pascals."""

UNIAXIAL = (
    (1.02, 0.26),
    (1.125, 1.37),
    (1.24, 2.30),
    (1.39, 3.23),
    (1.585, 4.16),
    (1.9, 5.10),
    (2.18, 6.0),
    (2.42, 6.9),
    (3.02, 8.8),
    (3.57, 10.7),
    (4.03, 12.5),
    (4.76, 16.2),
    (5.36, 19.9),
    (5.75, 23.6),
    (6.15, 27.4),
    (6.4, 31.0),
    (6.6, 34.8),
    (6.85, 38.5),
    (7.05, 42.1),
    (7.15, 45.8),
    (7.25, 49.6),
    (7.4, 53.3),
    (7.5, 57.0),
    (7.6, 64.4),
)
"""Stretch and nominal stress (kgf/cm²) in simple elongation."""

EQUIBIAXIAL = (
    (1.03, 0.95),
    (1.07, 1.6),
    (1.12, 2.42),
    (1.14, 2.62),
    (1.2, 3.32),
    (1.31, 4.43),
    (1.42, 5.18),
    (1.68, 6.6),
    (1.94, 7.78),
    (2.49, 9.79),
    (3.03, 12.6),
    (3.43, 14.7),
    (3.75, 17.4),
    (4.07, 20.1),
    (4.26, 22.5),
    (4.45, 24.7),
)
"""Stretch and nominal stress (kgf/cm²) in equal elongation of two directions."""

LARGEST_STRETCH = 6.0
"""Where the fit ends: above it the rubber crystallises, which no law of elasticity describes."""


@dataclass(frozen=True)
class Experiment:
    """One row of measurements."""

    loading: str
    stretch: Floats
    stress: Floats
    """Nominal stress (Pa)."""


def experiments() -> tuple[Experiment, Experiment]:
    """Uniaxial and equibiaxial measurements up to :data:`LARGEST_STRETCH`."""
    tables = {"uniaxial": np.array(UNIAXIAL), "equibiaxial": np.array(EQUIBIAXIAL)}
    used = {loading: table[table[:, 0] <= LARGEST_STRETCH] for loading, table in tables.items()}
    uniaxial, equibiaxial = (
        Experiment(loading, table[:, 0], KILOGRAM_FORCE_BY_SQUARE_CENTIMETRE * table[:, 1])
        for loading, table in used.items()
    )
    return uniaxial, equibiaxial


@dataclass(frozen=True)
class Family:
    """A law with its parameters free."""

    make: Callable[..., Material]
    """The law from its parameters, which follow Young's modulus in the lists below."""
    start: tuple[float, ...]
    least: tuple[float, ...]
    largest: tuple[float, ...]


def _ogden(*parameters: float) -> Ogden:
    """Three terms from their shares and exponents, in turn; the first share is 1, only proportions counting."""
    first, *others = parameters
    shares, exponents = (1.0, *others[::2]), (first, *others[1::2])
    return Ogden(terms=tuple(zip(shares, exponents, strict=True)))


FAMILIES: dict[str, Family] = {
    "neo-hookean": Family(NeoHookean, (), (), ()),
    "mooney-rivlin": Family(lambda share: MooneyRivlin(share=share), (0.2,), (0.0,), (1.0,)),
    "yeoh": Family(lambda second, third: Yeoh(second=second, third=third), (-0.005, 3e-4), (-0.1, 1e-6), (0.1, np.inf)),
    "gent": Family(lambda limit: Gent(limit=limit), (80.0,), (40.0,), (np.inf,)),
    "arruda-boyce": Family(lambda stretch: ArrudaBoyce(locking_stretch=stretch), (5.0,), (3.8,), (np.inf,)),
    "ogden": Family(_ogden, (1.3, 0.007, 5.0, 0.024, -2.0), (0.1, 0.0, 2.0, 0.0, -6.0), (2.0, 1.0, 12.0, 1.0, -0.1)),
}
"""The laws by name."""


@dataclass(frozen=True)
class Fit:
    """A law with the parameters that fit the measurements best."""

    law: Material
    modulus: float
    """Young's modulus of small strains (Pa)."""
    uniaxial: float
    """Root mean square of the relative residuals of the uniaxial measurements."""
    equibiaxial: float
    """The same for the equibiaxial measurements, a prediction unless both were fitted."""


def fits(joint: bool = False) -> Iterator[Fit]:
    """Each law fitted.

    Args:
        joint: to both experiments, instead of to the uniaxial one.
    """
    for family in FAMILIES.values():
        yield _fit(family, joint)


def _fit(family: Family, joint: bool) -> Fit:
    uniaxial, equibiaxial = experiments()
    domain = points(len(uniaxial.stretch) + len(equibiaxial.stretch))
    modulus, *constants = (fem.Constant(domain, 1.0) for _ in range(1 + len(family.start)))
    law = family.make(*constants)
    stretches = np.concatenate([uniaxial.stretch, equibiaxial.stretch])
    response = Stretching(stretches, partial(law.incompressible_energy, modulus=modulus), domain)
    parts = (uniaxial, slice(None, len(uniaxial.stretch))), (equibiaxial, slice(len(uniaxial.stretch), None))

    def residuals(parameters: Floats) -> list[Floats]:
        """Relative residuals of each experiment; E in MPa, so that all parameters are of like size."""
        modulus.value = 1e6 * parameters[0]
        for constant, value in zip(constants, parameters[1:], strict=True):
            constant.value = value
        return [response.stress(part.loading)[cells] / part.stress - 1 for part, cells in parts]

    found = least_squares(
        lambda parameters: np.concatenate(residuals(parameters)[: 2 if joint else 1]),
        (1.2, *family.start),
        bounds=((0.1, *family.least), (10.0, *family.largest)),
        x_scale=np.abs((1.2, *family.start)),
        xtol=1e-10,
        ftol=1e-10,
    )
    errors = [float(np.sqrt(np.mean(r**2))) for r in residuals(found.x)]
    return Fit(family.make(*map(float, found.x[1:])), 1e6 * float(found.x[0]), *errors)
