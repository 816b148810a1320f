"""Checks of beams: the elastica, the circle that an end moment makes, the bend that twists out of its plane."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from femnn.mechanics.beam import Beam
from femnn.mechanics.structure import Structure
from femnn.network.network import Network
from femnn.network.sections import Sections
from femnn.runtime.stack import MPI
from femnn.solving.continuation import LoadStepping
from femnn.solving.equilibrium import equilibrium
from femnn.verification.check import Check

ELASTICA = {
    1: (0.30172, 0.05643, 0.46135),
    2: (0.49346, 0.16064, 0.78175),
    3: (0.60325, 0.25442, 0.98602),
    4: (0.66996, 0.32894, 1.12124),
    5: (0.71379, 0.38763, 1.21537),
    6: (0.74457, 0.43459, 1.28370),
    7: (0.76737, 0.47293, 1.33496),
    8: (0.78498, 0.50483, 1.37443),
    9: (0.79906, 0.53182, 1.40547),
    10: (0.81061, 0.55500, 1.43029),
}
"""Deflection w/L, shortening u/L and end rotation of the inextensible cantilever by P L²/EI (Mattiasson 1981)."""

BENDS = {0.141: ((46.90, 15.56, 53.60), "EXUDYN"), 1 / 6: ((47.23, 15.79, 53.37), "Simo & Vu-Quoc 1986")}
"""Tip of the 45° bend under a load of 600, and its source, by torsion constant."""


def cantilever(length: float, width: float, dimension: int = 2) -> Network:
    """One bond along x, held at its first node, with E t w³/12 = 1 N·m²."""
    nodes, fixed = np.zeros((2, dimension)), np.zeros((2, dimension), dtype=np.bool_)
    nodes[1, 0], fixed[0] = length, True
    section = Sections(*(np.array(v) for v in (12 / width**3, 1.0, width, width / 2, 2 * width)))
    return Network(nodes, np.array([[0, 1]]), fixed, section, rigid_joints=True, name="cantilever")


def end_rotation(structure: Structure) -> float:
    """Rotation of the last node about z at the structure's state."""
    nodal = structure.measure_all(structure.displacement.x.petsc_vec)
    return float(nodal[-1, {3: 2, 6: 5}[nodal.shape[1]]] / structure.network.lengths.mean())


def elastica_errors(dimension: int, comm: MPI.Comm) -> Iterator[tuple[int, float]]:
    """Largest relative error of deflection, shortening and rotation for each load of the table, 8 cells."""
    structure = Structure(Beam(), cantilever(1.0, 1e-3, dimension), comm)
    solver, state = equilibrium(structure), None
    for load, row in ELASTICA.items():
        force = np.zeros((2, dimension))
        force[1, 1] = load
        state = solver.forward(force, start=state)
        structure.set_values(state.values)
        x, y = state.displacements[1, :2]
        found = np.array([y, -x, end_rotation(structure)])
        yield load, float(np.abs(found / np.array(row) - 1).max())


def elastica(comm: MPI.Comm) -> Iterator[Check]:
    """The cantilever in the plane and in space."""
    for dimension in (2, 3):
        for load, error in elastica_errors(dimension, comm):
            yield Check(
                f"beams, {dimension}D: elastica, PL²/EI = {load}, largest error", error, 0, 1e-3, "Mattiasson 1981"
            )


def roll_up(comm: MPI.Comm) -> Iterator[Check]:
    """The end moment 2πEI/L bends a beam of 10 cells into a circle; shear is as stiff as stretch."""
    length = 10.0
    beam = Beam(cells_per_bond=10, poisson_ratio=0.0, shear_factor=2.0)
    structure = Structure(beam, cantilever(length, 0.1), comm)
    moment = np.zeros((2, 3))
    # A force on the third component does work on the rotation times the bond's length
    moment[1, 2] = 2 * np.pi / length / length
    state = equilibrium(structure, stepping=LoadStepping(initial=0.2, growth=1.0)).forward(moment)
    gap = np.linalg.norm(state.displacements[1] + [length, 0]) / length
    yield Check("beams: gap of the rolled-up cantilever, of its length", float(gap), 0, 1e-3, "closed form")
    yield Check("beams: load steps of the roll-up, above 5", max(state.load_steps - 5, 0), 0, 0, "closed form")


def bend(comm: MPI.Comm) -> Iterator[Check]:
    """The 45° bend of radius 100, E = 1e7, ν = 0, unit square section, out-of-plane load of 600."""
    angle = np.linspace(0, np.pi / 4, 9)
    nodes = 100 * np.column_stack([np.sin(angle), 1 - np.cos(angle), 0 * angle])
    fixed = np.zeros(nodes.shape, dtype=np.bool_)
    fixed[0] = True
    bonds = np.column_stack([np.arange(8), np.arange(1, 9)])
    section = Sections(*(np.array(v) for v in (1e7, 1.0, 1.0, 0.5, 2.0)))
    network = Network(nodes, bonds, fixed, section, rigid_joints=True, name="bend")
    force = np.zeros_like(nodes)
    force[-1, 2] = 600.0
    for torsion, (tip, source) in BENDS.items():
        model = Beam(cells_per_bond=2, poisson_ratio=0.0, torsion_constant=torsion)
        state = equilibrium(Structure(model, network, comm)).forward(force)
        for axis, found, expected in zip("xyz", nodes[-1] + state.displacements[-1], tip, strict=True):
            yield Check(f"beams: 45° bend, J = {torsion:.3f}, tip {axis}", float(found), expected, 5e-3, source)
