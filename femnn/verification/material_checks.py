"""Checks of the laws of elasticity in homogeneous states, against closed forms and Treloar's rubber."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from functools import partial

import numpy as np
from scipy.optimize import brentq

from femnn.mechanics.materials import (
    MATERIALS,
    ArrudaBoyce,
    Gent,
    Hyperelastic,
    Material,
    MooneyRivlin,
    NeoHookean,
    Ogden,
    StVenantKirchhoff,
    Yeoh,
)
from femnn.runtime.stack import MPI, ufl
from femnn.verification.check import Check
from femnn.verification.homogeneous import LOADINGS, Floats, States, Stretching, points
from femnn.verification.treloar import fits

E = 3.0
"""Young's modulus of the checks (Pa)."""
NU = 0.4
KNOWN = (NeoHookean, MooneyRivlin, Yeoh, Gent, ArrudaBoyce, Ogden, StVenantKirchhoff)
"""Laws whose stress is written here in closed form; laws of further files have it in tests of their own."""
STRETCHES = np.concatenate([np.geomspace(1 / 3, 3, 10), [0.999, 1.001]])


def moduli_at_rest(comm: MPI.Comm) -> Iterator[Check]:
    """The tangent at rest is Hooke's, λ 1⊗1 + 2μ I, and the stress there is zero."""
    one = np.eye(3)
    products = [np.einsum(pair, one, one) for pair in ("ij,kl->ijkl", "ik,jl->ijkl", "il,jk->ijkl")]
    mu, lamé = E / (2 * (1 + NU)), E * NU / ((1 + NU) * (1 - 2 * NU))
    hooke = lamé * products[0] + mu * (products[1] + products[2])
    for name, law in MATERIALS.items():
        states = compressible(law(poisson_ratio=NU), 1)
        states.set(one[None])
        error = max(np.abs(states.tangent() - hooke).max(), np.abs(states.stress()).max())
        yield Check(f"{name}: moduli and stress at rest, by E", error / E, 0, 1e-8, "Hooke's law")


def frame_indifference(comm: MPI.Comm) -> Iterator[Check]:
    """W(QF) = W(F) and W(FQ) = W(F) for rotations Q: the laws are objective and isotropic."""
    generator = np.random.default_rng(0)
    F = np.eye(3) + 0.3 * generator.uniform(-1, 1, (8, 3, 3))
    Q = rotations(generator, len(F))
    for name, law in MATERIALS.items():
        states = compressible(law(poisson_ratio=NU), len(F))
        energies = []
        for gradients in (F, Q @ F, F @ Q):
            states.set(gradients)
            energies.append(states.energy())
        error = np.abs(np.array(energies[1:]) / energies[0] - 1).max()
        yield Check(f"{name}: change of energy by rotations", float(error), 0, 1e-12, "objectivity, isotropy")


def incompressible_loadings(comm: MPI.Comm) -> Iterator[Check]:
    """Nominal stress at stretches from 1/3 to 3: uniaxial, pure shear and equibiaxial."""
    for name, kind in MATERIALS.items():
        if kind is StVenantKirchhoff or kind not in KNOWN:
            continue
        law = kind()
        response = Stretching(STRETCHES, partial(law.incompressible_energy, modulus=ufl.as_ufl(E)))
        expected = {loading: nominal_stress(law, E / 3, STRETCHES, loading) for loading in LOADINGS}
        error = max(np.abs(response.stress(way) / P - 1).max() for way, P in expected.items())
        yield Check(f"{name}: stress in three loadings, stretch 1/3 to 3", float(error), 0, 1e-8, "closed form")


def compressible_loadings(comm: MPI.Comm) -> Iterator[Check]:
    """Nominal stress in uniaxial strain and dilatation, stretch 0.7 to 1.5, and the lateral stretch in tension."""
    stretch = np.array([0.7, 0.9, 0.999, 1.001, 1.1, 1.5])
    for name, kind in MATERIALS.items():
        if kind not in KNOWN:
            continue
        law = kind(poisson_ratio=NU)
        states = compressible(law, len(stretch))
        expected = closed_forms(law, stretch)
        errors = []
        for lateral, P in ((np.ones_like(stretch), expected[0]), (stretch, expected[1])):
            states.set(diagonal(stretch, lateral))
            errors.append(np.abs(states.stress()[:, 0, 0] / P - 1).max())
        yield Check(f"{name}: uniaxial strain and dilatation", float(max(errors)), 0, 1e-8, "closed form")
    yield from lateral_contraction()


def lateral_contraction() -> Iterator[Check]:
    """Bars with free sides, of the laws that have a closed form for them."""
    stretch = np.array([0.8, 0.95, 1.05, 1.3])
    mu, lamé = E / (2 * (1 + NU)), E * NU / ((1 + NU) * (1 - 2 * NU))

    def free_side(a: float) -> float:
        """The lateral stretch b at which μ (b² − 1) + λ ln(a b²) = 0."""
        return float(brentq(lambda b: mu * (b**2 - 1) + lamé * math.log(a * b**2), 0.1, 3, xtol=1e-14))

    contracted = np.array([free_side(a) for a in stretch])
    bars: list[tuple[Material, Floats, Floats]] = [
        (NeoHookean(poisson_ratio=NU), contracted, mu * (stretch - contracted**2 / stretch)),
        (
            StVenantKirchhoff(poisson_ratio=NU),
            np.sqrt(1 - NU * (stretch**2 - 1)),
            E / 2 * (stretch**2 - 1) * stretch,
        ),
    ]
    for law, lateral, tension in bars:
        states = compressible(law, len(stretch))
        states.set(diagonal(stretch, lateral))
        expected = np.zeros((len(stretch), 3, 3))
        expected[:, 0, 0] = tension
        error = np.abs(states.stress() - expected).max() / E
        yield Check(f"{law.name}: bar with free sides", float(error), 0, 1e-8, "closed form")


def treloar(comm: MPI.Comm) -> Iterator[Check]:
    """Root mean square of the relative residuals of laws fitted to rubber in tension, stretch 1 to 6."""
    source = "Treloar 1944"
    found = {fit.law.name: fit.uniaxial for fit in fits()}
    best = min(found["ogden"], found["yeoh"])
    yield Check("Treloar's rubber: residual of the better of Ogden and Yeoh", best, 0, 0.05, source)
    for name, residual in found.items():
        yield Check(f"Treloar's rubber: residual of {name}", residual, 0, math.inf, source)


def compressible(law: Material, count: int) -> States:
    """A compressible law at ``count`` states."""
    return States(points(count), partial(law.energy, modulus=ufl.as_ufl(E)))


def rotations(generator: np.random.Generator, count: int) -> Floats:
    """Random rotations, shape (count, 3, 3)."""
    Q, _ = np.linalg.qr(generator.normal(size=(count, 3, 3)))
    return np.asarray(Q * np.linalg.det(Q)[:, None, None])


def diagonal(first: Floats, others: Floats) -> Floats:
    """Deformation gradients with these principal stretches, the second twice."""
    return np.einsum("ni,ij->nij", np.column_stack([first, others, others]), np.eye(3))


def nominal_stress(law: Material, mu: float, stretch: Floats, loading: str) -> Floats:
    """Stress of an incompressible law by stretch, from Rivlin's formulas in ∂W/∂I₁ and ∂W/∂I₂ and from Ogden's.

    Args:
        law: which; its parameters are taken, and none of its functions.
        mu: shear modulus (Pa).
        stretch: λ.
        loading: uniaxial, pure shear or equibiaxial.
    """
    if isinstance(law, Ogden):
        total = sum(share for share, _ in law.terms)
        power = {"uniaxial": 1 / 2, "pure shear": 1, "equibiaxial": 2}[loading]
        parts = [(2 * mu * share / (total * alpha), alpha) for share, alpha in law.terms]
        return np.asarray(sum(m * (stretch ** (a - 1) - stretch ** (-power * a - 1)) for m, a in parts))
    I1, ratio, factor = {
        "uniaxial": (stretch**2 + 2 / stretch, stretch**-2, 1 / stretch),
        "pure shear": (stretch**2 + 1 + 1 / stretch**2, stretch**-3, np.ones_like(stretch)),
        "equibiaxial": (2 * stretch**2 + 1 / stretch**4, stretch**-5, stretch**2),
    }[loading]
    by_first, by_second = slopes(law, mu)
    return 2 * (stretch - ratio) * (by_first(I1) + by_second * factor)


def slopes(law: Material, mu: float) -> tuple[Callable[[Floats], Floats], float]:
    """∂W/∂I₁ by I₁, and ∂W/∂I₂."""
    match law:
        case MooneyRivlin():
            return lambda I1: mu / 2 * (1 - law.share) + 0 * I1, mu / 2 * law.share
        case Yeoh():
            return lambda I1: mu / 2 * (1 + 2 * law.second * (I1 - 3) + 3 * law.third * (I1 - 3) ** 2), 0.0
        case Gent():
            return lambda I1: mu / 2 * law.limit / (law.limit - I1 + 3), 0.0
        case ArrudaBoyce():

            def chain(I1: Floats) -> Floats:
                """Force of a chain by its stretch, L⁻¹(y)/y."""
                y = np.sqrt(I1 / 3) / law.locking_stretch
                return (3 - (6 * y**2 + y**4 - 2 * y**6) / 5) / (1 - y**2)

            return lambda I1: mu / 2 * chain(I1) / chain(np.array(3.0)), 0.0
    return lambda I1: mu / 2 + 0 * I1, 0.0


def closed_forms(law: Hyperelastic | StVenantKirchhoff, stretch: Floats) -> tuple[Floats, Floats]:
    """Nominal stress in uniaxial strain, F = diag(λ, 1, 1), and in dilatation, F = λ 1.

    In the first, the change of shape is that of uniaxial tension by λ^⅔; the second is a change of volume alone.
    """
    mu, kappa = E / (2 * (1 + NU)), E / (3 * (1 - 2 * NU))
    lamé, logarithm = kappa - 2 * mu / 3, np.log(stretch)
    if isinstance(law, StVenantKirchhoff):
        green = (stretch**2 - 1) / 2
        return (lamé + 2 * mu) * green * stretch, (3 * lamé + 2 * mu) * green * stretch
    if law.volumetric == "coupled":
        shear = mu * (stretch - 1 / stretch)
        return shear + lamé * logarithm / stretch, shear + 3 * lamé * logarithm / stretch
    volumetric: dict[str, Callable[[Floats], Floats]] = {
        "simo-taylor": lambda J: kappa / 2 * (J - 1 / J),
        "logarithmic": lambda J: kappa * np.log(J) / J,
        "quadratic": lambda J: kappa * (J - 1),
    }
    pressure = volumetric[law.volumetric]
    shape = nominal_stress(law, mu, stretch ** (2 / 3), "uniaxial") * 2 / 3 / stretch ** (1 / 3)
    return shape + pressure(stretch), pressure(stretch**3) * stretch**2
