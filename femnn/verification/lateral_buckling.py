"""Lateral buckling of a cantilever strip under a load at its tip, with the bending before buckling.

The strip of length L bends in its stiff plane by the angle θ(s) under the dead load P, EI₁ θ″ = P cos θ. A small
rotation w(s) of its sections about axes in that plane then obeys, with t and b along and across the bent strip
(Kirchhoff's rod, linearised about the bent state; Hodges & Peters, Int. J. Solids Struct. 11, 1975, for small θ),

    m′ = P (w₂ cos θ − w₁ sin θ) e₁,     w′ = t (m − w × m₀)·t / GJ + b (m − w × m₀)·b / EI₂,     m₀ = EI₁ θ′ e₃,

w(0) = 0, m(L) = 0. The smallest P that allows w ≠ 0 is found by shooting; it is independent of femnn's own elements.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
from scipy.integrate import solve_ivp
from scipy.optimize import brentq

from femnn.mechanics.beam import Beam
from femnn.mechanics.structure import Structure
from femnn.network.network import Network
from femnn.network.sections import Sections
from femnn.runtime.stack import MPI
from femnn.solving.critical import critical_point
from femnn.solving.path import ArcStepping
from femnn.verification.check import Check

type Floats = npt.NDArray[np.float64]

LENGTH, WIDTH, MODULUS = 20.0, 1.0, 1e6
RATIOS = (20.0, 2.9)
"""Width over thickness: a strip that hardly bends before it buckles, and one that bends much."""
TOLERANCES = {"rtol": 1e-10, "atol": 1e-12}


def buckling_load(weak: float, torsion: float) -> float:
    """Return P L²/√(EI₂ GJ), the smallest load under which the strip buckles sideways.

    Args:
        weak: EI₂/EI₁.
        torsion: GJ/EI₁.
    """
    scale = float(np.sqrt(weak * torsion))
    found = np.linspace(3.9, 12.0, 55)
    values = [_determinant(value * scale, weak, torsion) for value in found]
    first = int(np.argmax(np.sign(values) != np.sign(values[0])))
    return float(brentq(lambda x: _determinant(x * scale, weak, torsion), found[first - 1], found[first], xtol=1e-8))


def _determinant(load: float, weak: float, torsion: float) -> float:
    """Zero where a rotation that is not zero leaves the tip without moments; lengths in L, stiffness in EI₁."""

    def bent(_: float, y: Floats) -> Floats:
        return np.array([y[1], load * np.cos(y[0])])

    def at_tip(curvature: float) -> float:
        return float(solve_ivp(bent, (0, 1), [0.0, curvature], **TOLERANCES).y[1, -1])

    def change(_: float, y: Floats) -> Floats:
        angle, curvature = y[:2]
        t, b = np.array([np.cos(angle), np.sin(angle)]), np.array([-np.sin(angle), np.cos(angle)])
        parts = [curvature, load * np.cos(angle)]
        for w, m in (y[2:].reshape(2, 2, 2)[i] for i in range(2)):
            strain = m - curvature * np.array([w[1], -w[0]])
            slope = (strain @ t) / torsion * t + (strain @ b) / weak * b
            parts += [*slope, load * (w[1] * t[0] - w[0] * t[1]), 0.0]
        return np.array(parts)

    root = brentq(at_tip, -1.01 * load, 0.0)
    start = [0.0, root, 0, 0, 1, 0, 0, 0, 0, 1]
    end = solve_ivp(change, (0, 1), start, **TOLERANCES).y[:, -1]
    return float(end[4] * end[9] - end[5] * end[8])


def strip(ratio: float, comm: MPI.Comm, model: Beam | None = None) -> tuple[Structure, Floats, float]:
    """Return the strip as beams, its load √(EI₂ GJ)/L² at the tip, shape (2, 3), and the load factor at buckling.

    Args:
        ratio: width over thickness.
        comm: ranks that share the structure.
        model: beams; 8 cells and the default parameters unless given.
    """
    model = model or Beam()
    thickness = WIDTH / ratio
    section = Sections(*(np.array(v) for v in (MODULUS, thickness, WIDTH, WIDTH / 2, 2 * WIDTH)))
    nodes = np.array([[0.0, 0.0, 0.0], [LENGTH, 0.0, 0.0]])
    fixed = np.array([[True] * 3, [False] * 3])
    network = Network(nodes, np.array([[0, 1]]), fixed, section, rigid_joints=True, name="strip")
    strong, weak = thickness * WIDTH**3 / 12, WIDTH * thickness**3 / 12
    shear_modulus = MODULUS / (2 * (1 + model.poisson_ratio))
    J = _torsion_constant(WIDTH, thickness)
    force = network.point_force(2, [0.0, -np.sqrt(MODULUS * weak * shear_modulus * J) / LENGTH**2, 0.0])
    return Structure(model, network, comm), force, buckling_load(weak / strong, shear_modulus * J / (MODULUS * strong))


def _torsion_constant(long: float, short: float) -> float:
    """J of a rectangle (Timoshenko & Goodier, Theory of Elasticity, section 109)."""
    n = np.arange(1, 100, 2)
    series = float(np.sum(np.tanh(n * np.pi * long / (2 * short)) / n**5))
    return long * short**3 / 3 * (1 - 192 / np.pi**5 * short / long * series)


def lateral_buckling(comm: MPI.Comm) -> Iterator[Check]:
    """Compare the critical points of strips with the shooting method."""
    for ratio in RATIOS:
        structure, force, expected = strip(ratio, comm)
        found = critical_point(structure, force, ArcStepping(highest=2 * expected)).load_factor
        name = f"beams: lateral buckling of a strip, width {ratio:g} times its thickness, P L²/√(EI₂ GJ)"
        yield Check(name, found, expected, 1e-2, "shooting method on the bent strip")
