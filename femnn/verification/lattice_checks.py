"""Checks of lattices of beams: elastic moduli of the triangular lattice with rigid joints.

Under a uniform strain ε the nodes of the lattice move with it and, by symmetry, do not turn. With k = EA/L, a bond
along n then stores ½ k L² [(n·ε·n)² + η (n·ε·m)²], m across n, where a beam held at both ends gives η = 12 EI/(EA L²);
for a rectangle of width w, η = (w/L)². The mean over three directions gives the moduli of the plane (N/m)

    K = √3 k/2,  G = √3 k (1 + η)/4,  E = 4KG/(K + G) = 2k/√3 · (1 + η)/(1 + η/3),  ν = (K − G)/(K + G).

Beams that shear have η/(1 + Φ) for η, Φ = 12 EI/(GA_s L²) (Timoshenko). As η → 0 the lattice is one of bars.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from femnn.mechanics.beam import Beam
from femnn.mechanics.structure import Structure
from femnn.network.network import Network
from femnn.network.sections import Sections
from femnn.runtime.stack import MPI
from femnn.solving.equilibrium import Equilibrium, equilibrium
from femnn.verification.check import Check

type Floats = npt.NDArray[np.float64]

SLENDERNESS = (4, 8, 20, 40, 100)
"""Length of the bonds by their width; those of Li & Mao (2024) have 8."""
LENGTH, MODULUS, THICKNESS = 16e-3, 0.55e6, 2e-3
STRAIN = 1e-8
"""So small that what the energy has of third order does not show."""
WITHOUT_SHEAR = Beam(parameter="modulus", shear_factor=1e6)
STRETCH = STRAIN * np.array([[1.0, 0.0], [0.0, 0.0]])
SLIDE = STRAIN * np.array([[0.0, 0.5], [0.5, 0.0]])


@dataclass(frozen=True)
class Moduli:
    """What a lattice shows under uniform strain."""

    young: float
    """Young's modulus of the plane by 2k/√3."""
    poisson: float
    """Poisson's ratio of the plane."""
    off: float
    """Largest displacement or rotation, of all nodes, beside those of uniform strain, by the largest of these."""


def beam_lattice_moduli(comm: MPI.Comm) -> Iterator[Check]:
    """The closed forms above by slenderness, without shear and with it, and the limit of bars."""
    for slenderness in SLENDERNESS:
        found, case = moduli(WITHOUT_SHEAR, slenderness, comm), f"L/w = {slenderness}"
        yield from _against_closed_form(found, slenderness**-2, case)
        if slenderness == max(SLENDERNESS):
            yield Check(f"beams, {case}: Young's modulus by that of bars, 2k/√3", found.young, 1.0, 1e-4, "2k/√3")
            yield Check(f"beams, {case}: Poisson's ratio, against that of bars", found.poisson, 1 / 3, 2e-4, "1/3")
    beam = Beam(parameter="modulus")
    Phi = 2 * (1 + beam.poisson_ratio) / beam.shear_factor / SLENDERNESS[0] ** 2
    found, case = moduli(beam, SLENDERNESS[0], comm), f"L/w = {SLENDERNESS[0]} with shear"
    yield from _against_closed_form(found, SLENDERNESS[0] ** -2 / (1 + Phi), case)


def _against_closed_form(found: Moduli, eta: float, case: str) -> Iterator[Check]:
    young, poisson = (1 + eta) / (1 + eta / 3), (1 - eta) / (3 + eta)
    of = f"beams, {case}: %s of the triangular lattice"
    yield Check(of % "Young's modulus by 2k/√3", found.young, young, 1e-7, "closed form")
    yield Check(of % "Poisson's ratio", found.poisson, poisson, 1e-7, "closed form")
    yield Check(f"beams, {case}: nodes off the uniform strain", found.off, 0, 1e-6, "symmetry")


def star(slenderness: float) -> Network:
    """A node of the triangular lattice, its six neighbours, one of them clamped, and the bonds between all of these."""
    angle = np.pi / 3 * np.arange(6)
    nodes = LENGTH * np.vstack([[0.0, 0.0], np.column_stack([np.cos(angle), np.sin(angle)])])
    around = np.arange(1, 7)
    bonds = np.vstack([np.column_stack([0 * around, around]), np.column_stack([around, around % 6 + 1])])
    fixed = np.zeros(nodes.shape, dtype=np.bool_)
    fixed[1] = True
    width = LENGTH / slenderness
    section = Sections(*(np.array(v) for v in (MODULUS, THICKNESS, width, width / 2, 2 * width)))
    return Network(nodes, bonds, fixed, section, rigid_joints=True, name="star")


def moduli(model: Beam, slenderness: float, comm: MPI.Comm) -> Moduli:
    """Moduli of the triangular lattice of straight beams, from its energy under a stretch and a shear.

    Args:
        model: the beams; ``parameter`` one in which their energy is linear, "modulus" or "thickness".
        slenderness: length by width.
        comm: ranks that share the mesh.
    """
    network = star(slenderness)
    solver = equilibrium(Structure(model, network, comm))
    compliance = boundary_compliance(solver)
    (stretch, off), (slide, off_too) = (energy_density(solver, strain, compliance) for strain in (STRETCH, SLIDE))
    C11, C66 = 2 * stretch / STRAIN**2, 2 * slide / STRAIN**2
    poisson = 1 - 2 * C66 / C11
    young = C11 * (1 - poisson**2) / (2 * float(network.stiffness[0]) / math.sqrt(3))
    return Moduli(young, poisson, max(off, off_too))


def boundary_compliance(solver: Equilibrium) -> Floats:
    """Displacements and rotations of the five free neighbours by forces and moments on them (m/N), shape (15, 15).

    A rotation counts as the rotation times the length of a bond, as the model carries it; a moment by that length.
    """
    network = solver.structure.network
    # Bending is softer than stretch by (w/L)²: with so small a force rotations stay as small as the strain
    force = STRAIN * float((network.stiffness * network.sections.width**2 / network.lengths).mean())
    return np.column_stack([_boundary(_moved(solver, unit * force)) / force for unit in np.eye(15)])


def energy_density(solver: Equilibrium, strain: Floats, compliance: Floats) -> tuple[float, float]:
    """Energy by area (N/m) of the cell that the first three bonds make, and how far nodes are off the strain.

    The neighbours are brought to where the strain moves them, without rotation, by forces and moments; the node in the
    middle and all of the bonds' interior find their equilibrium.

    Args:
        solver: of the star.
        strain: shape (2, 2), symmetric and small.
        compliance: of the boundary, shape (15, 15).
    """
    structure = solver.structure
    target = _target(structure.network, strain)
    forces = np.linalg.solve(compliance, _boundary(target))
    # The compliance was found with finite, if small, forces
    forces += np.linalg.solve(compliance, _boundary(target - _moved(solver, forces)))
    off = np.abs(_moved(solver, forces) - target).max() / np.abs(target).max()
    cell = (structure.stiffness * structure.energy_by_stiffness())[:3]
    return float(cell.sum() / (LENGTH**2 * math.sqrt(3) / 2)), float(off)


def _target(network: Network, strain: Floats) -> Floats:
    """Displacements under the strain and no rotation, shape (7, 3)."""
    return np.pad((network.nodes - network.nodes[1]) @ strain.T, ((0, 0), (0, 1)))


def _boundary(nodal: Floats) -> Floats:
    """The components of the five free neighbours, shape (15,)."""
    return nodal[2:].ravel()


def _moved(solver: Equilibrium, forces: Floats) -> Floats:
    """Displacements and rotations of the nodes, shape (7, 3), under forces on the five free neighbours, shape (15,)."""
    structure = solver.structure
    structure.set_values(solver.forward(np.vstack([np.zeros((2, 3)), forces.reshape(5, 3)])).values)
    return structure.measure_all(structure.displacement.x.petsc_vec)
