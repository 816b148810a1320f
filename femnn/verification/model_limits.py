"""Checks of models against each other where they must agree: springs, bars, beams and solids on the printed lattice.

Bars are springs under small loads, with a difference of first order in the load. Beams are bars where bonds are
slender, bending being softer than stretch by (w/L)². Solids are beams where bonds are slender, but with a difference of
first order in w/L only: the strips that meet at a node overlap and stiffen each other, so that every bond is shorter,
in effect, by a part of its width, of which beams know nothing.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from femnn.config.quantities import GRAM_FORCE
from femnn.geometry.strips import Shape
from femnn.mechanics.bar import Bar
from femnn.mechanics.beam import Beam
from femnn.mechanics.continuum import Continuum
from femnn.mechanics.materials import NeoHookean
from femnn.mechanics.model import Model
from femnn.mechanics.spring import Spring
from femnn.mechanics.structure import Structure
from femnn.network import lattices
from femnn.network.network import Network
from femnn.network.sections import AGILUS_SECTION
from femnn.runtime.stack import MPI
from femnn.solving.equilibrium import equilibrium
from femnn.verification.check import Check

type Floats = npt.NDArray[np.float64]

LENGTH = 16e-3
BUCKLING_SHARE = 0.05
"""Load by k L (w/L)²: a small part of what bonds carry before they buckle, 3.3 where both ends are clamped."""
SLENDER = (8, 20, 40, 80)
"""Length of the bonds by their width."""


def bars_as_springs(comm: MPI.Comm) -> Iterator[Check]:
    """The difference of bars from springs, and its order in the load."""
    network = lattices.li2024()
    grams = (1e-2, 1e-4)
    found = []
    for gram in grams:
        force = network.point_force(13, [0.0, -gram * GRAM_FORCE])
        found.append(difference(moved(Bar(), network, force, comm), moved(Spring(), network, force, comm)))
    yield Check(f"bars against springs at {grams[1]:g} gf: nodes", found[1], 0, 1e-5, "limit")
    yield Check("bars against springs: order in the load", _order(grams, found), 1, 0.02, "limit")


def beams_as_bars(comm: MPI.Comm) -> Iterator[Check]:
    """The difference of straight beams from bars, and its order in the width."""
    found = []
    for slenderness in SLENDER[-2:]:
        network, force = slender(slenderness)
        found.append(difference(moved(Beam(), network, force, comm), moved(Bar(), network, force, comm)))
    yield Check(f"beams against bars, w/L = 1/{SLENDER[-1]}: nodes", found[-1], 0, 5e-4, "limit")
    widths = tuple(1 / slenderness for slenderness in SLENDER[-2:])
    yield Check("beams against bars: order in the width", _order(widths, found), 2, 0.02, "limit")


def solids_as_beams(comm: MPI.Comm) -> Iterator[Check]:
    """The difference of solids from beams, and its limit for w/L → 0 by extrapolation."""
    stiffening = {}
    for slenderness in SLENDER:
        network, force = slender(slenderness)
        beam = moved(Beam(poisson_ratio=0.5), network, force, comm)
        solid = moved(padded(), network, force, comm)
        # Positive where the solid moves less than beams: the least-squares share of the displacement
        stiffening[slenderness] = 1 - float((solid * beam).sum() / (beam**2).sum())
        tolerance = 0.02 if slenderness >= 40 else math.inf
        case = f"continuum-2d against beams, w/L = 1/{slenderness}"
        yield Check(f"{case}: nodes", difference(solid, beam), 0, tolerance, "limit")
        if slenderness == 40:
            small = moved(padded(LENGTH / slenderness / 2), network, force, comm)
            yield Check(f"{case}, smallest pads: nodes", difference(small, beam), 0, 0.02, "limit")
    fine, coarse = stiffening[80], stiffening[40]
    yield Check("continuum-2d against beams, w/L → 0: stiffening", 2 * fine - coarse, 0, 1e-3, "extrapolation")
    yield Check("continuum-2d: bonds shorter in effect, by widths", 80 * fine, 0, math.inf, "w/L = 1/80")


def cells_across(comm: MPI.Comm) -> Iterator[Check]:
    """Displacements of the printed lattice's nodes at 20 gf by the cells across its bonds.

    Re-entrant corners and meshes that are not nested leave no clean order; the one reported is that of the differences
    from 1 to 2 to 4 cells.
    """
    network, force = _hung()
    one, two, four = (moved(Continuum(shape=Shape(cells_across=n)), network, force, comm) for n in (1, 2, 4))
    yield Check(
        "continuum-2d, li2024, 20 gf: nodes, 1 cell across against 4", difference(one, four), 0, 0.02, "refined"
    )
    yield Check(
        "continuum-2d, li2024, 20 gf: nodes, 2 cells across against 4", difference(two, four), 0, 5e-3, "refined"
    )
    order = math.log2(np.abs(one - two).max() / np.abs(two - four).max())
    yield Check("continuum-2d, li2024, 20 gf: observed order in the cells across", order, 2, math.inf, "smooth")


def solid_as_plane_stress(comm: MPI.Comm) -> Iterator[Check]:
    """The printed lattice at 20 gf as a solid of one layer against plane stress."""
    network, force = _hung()
    material = NeoHookean(poisson_ratio=0.5)
    solid = Continuum("solid", "width", material, "mixed", Shape(cells_across=1, layers=1), name="continuum-3d")
    found = difference(moved(solid, network, force, comm), moved(padded(), network, force, comm))
    yield Check("continuum-3d against continuum-2d, li2024, 20 gf: nodes", found, 0, 0.03, "plane stress")


def padded(radius: float | None = None) -> Continuum:
    """Solids of one cell across the bonds.

    Args:
        radius: of the pads at the nodes (m), half a bond's width at least; 0.55 of it where left out.
    """
    return Continuum(shape=Shape(pad_radius=radius, cells_across=1))


def slender(slenderness: float) -> tuple[Network, Floats]:
    """The lattice with straight bonds, and a load on it far below that at which bonds buckle.

    Args:
        slenderness: length of the bonds by their width.

    Returns:
        The network, and forces (N), shape (N, 2).
    """
    width = LENGTH / slenderness
    widths = {"width": width, "width_lower": width / 2, "width_upper": 2 * width}
    network = lattices.li2024(replace(AGILUS_SECTION, **{name: np.array(value) for name, value in widths.items()}))
    load = BUCKLING_SHARE * float(network.stiffness[0]) * LENGTH / slenderness**2
    return network, network.point_force(13, [0.0, -load])


def _hung() -> tuple[Network, Floats]:
    network = lattices.li2024()
    return network, network.point_force(13, [0.0, -20 * GRAM_FORCE])


def moved(model: Model, network: Network, force: Floats, comm: MPI.Comm) -> Floats:
    """Displacements of the nodes (m), shape (N, 2)."""
    return equilibrium(Structure(model, network, comm)).forward(force).displacements


def difference(found: Floats, reference: Floats) -> float:
    """Largest difference, by the largest displacement."""
    return float(np.abs(found - reference).max() / np.abs(reference).max())


def _order(sizes: tuple[float, ...], errors: list[float]) -> float:
    return math.log(errors[0] / errors[1]) / math.log(sizes[0] / sizes[1])
