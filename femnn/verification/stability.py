"""Checks of paths past limit points and of buckling loads: Lee's frame, the two-bar truss, Euler's columns."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from femnn.mechanics.bar import Bar
from femnn.mechanics.beam import Beam
from femnn.mechanics.structure import Structure
from femnn.network.network import Network
from femnn.network.sections import Sections
from femnn.runtime.stack import MPI
from femnn.solving.critical import critical_point
from femnn.solving.path import ArcStepping, trace
from femnn.verification.check import Check
from femnn.verification.truss_checks import truss_limit_load, two_bar_truss

type Floats = npt.NDArray[np.float64]

CORNER, LOADED = 1, 2
"""Nodes of Lee's frame."""


@dataclass(frozen=True)
class GuidedBeam(Beam):
    """Beams whose last node, free to slide as its supports let it, does not turn."""

    def held(self, network: Network) -> npt.NDArray[np.bool_]:
        """What the supports hold, and the rotation of the last node."""
        held = super().held(network)
        held[-1, network.dimension :] = True
        return held


def lee_structure(comm: MPI.Comm, cells_per_bond: int = 8) -> Structure:
    """Lee's frame: two legs of 120 at a right angle, their ends hinged, E = 720, A = 6, I = 2, hardly any shear.

    The load is to act downwards at node 2, 24 from the corner on the horizontal leg (Schweizerhof & Wriggers, Comput.
    Methods Appl. Mech. Engng 59, 1986).
    """
    nodes = np.array([[0.0, 0.0], [0.0, 120.0], [24.0, 120.0], [120.0, 120.0]])
    fixed = np.zeros(nodes.shape, dtype=np.bool_)
    fixed[[0, 3]] = True
    section = Sections(*(np.array(v) for v in (720.0, 3.0, 2.0, 1.0, 4.0)))
    bonds = np.array([[0, CORNER], [CORNER, LOADED], [LOADED, 3]])
    network = Network(nodes, bonds, fixed, section, rigid_joints=True, name="Lee's frame")
    model = Beam(supports="pinned", poisson_ratio=0.3, cells_per_bond=cells_per_bond)
    return Structure(model, network, comm)


def lee_frame(comm: MPI.Comm) -> Iterator[Check]:
    """The first limit load, and the path through the snap-back to the last stable branch."""
    structure = lee_structure(comm)
    # Labels of nodes begin at 1
    force = structure.network.point_force(LOADED + 1, [0.0, -1.0])
    limit = critical_point(structure, force).load_factor
    source = "Schweizerhof & Wriggers 1986"
    yield Check("beams: first limit load of Lee's frame", limit, 1.855, 5e-3, source)
    path = trace(structure, force, ArcStepping(highest=3.0))
    vertical = path.displacements[:, LOADED, 1]
    yield Check("beams: limit points of Lee's frame", _turns(path.load_factors), 2, 0, source)
    yield Check("beams: turning points of its deflection", _turns(vertical), 2, 0, source)
    yield Check("beams: sign of its second limit load", float(np.sign(path.load_factors.min())), -1, 0, source)
    yield Check(
        "beams: unstable eigenvalues at the end of its path", float(path.negative_eigenvalues[-1]), 0, 0, source
    )
    yield Check(
        "beams: unstable eigenvalues between its limit points", float(path.negative_eigenvalues.max()), 1, 0, source
    )


def _turns(values: Floats) -> int:
    return int(np.count_nonzero(np.diff(np.sign(np.diff(values)))))


def truss_load(network: Network, heights: Floats) -> Floats:
    """Downward load (N) that holds the truss with its apex at some heights, P = 2 EA y (1/√(b² + y²) − 1/L₀)."""
    b, L0 = network.nodes[2, 0], network.lengths[0]
    return 2 * network.stiffness[0] * L0 * heights * (1 / np.hypot(b, heights) - 1 / L0)


def two_bar_path(comm: MPI.Comm) -> Iterator[Check]:
    """The path of the shallow truss through both limit points, and the limit point itself."""
    network = two_bar_truss()
    limit = truss_limit_load(network)
    structure = Structure(Bar(), network, comm)
    force = network.point_force(2, [0.0, -limit])
    path = trace(structure, force, ArcStepping(highest=2.0))
    expected = truss_load(network, network.nodes[1, 1] + path.displacements[:, 1, 1]) / limit
    error = float(np.abs(path.load_factors - expected).max())
    yield Check("bars: path of the two-bar truss, largest error of its limit load", error, 0, 1e-6, "closed form")
    yield Check("bars: limit points on the path of the two-bar truss", _turns(path.load_factors), 2, 0, "closed form")
    first = critical_point(structure, force)
    yield Check(
        "bars: limit load of the two-bar truss (N), located", first.load_factor * limit, limit, 1e-6, "closed form"
    )


def column(model: Beam, comm: MPI.Comm) -> Structure:
    """A column of length 1 with EI = 1 and a slenderness of 1/100, whose second end is free to slide along it."""
    width = 1e-2
    fixed = np.array([[True, True], [False, True]])
    section = Sections(*(np.array(v) for v in (12 / width**3, 1.0, width, width / 2, 2 * width)))
    nodes = np.array([[0.0, 0.0], [1.0, 0.0]])
    return Structure(model, Network(nodes, np.array([[0, 1]]), fixed, section, rigid_joints=True, name="column"), comm)


def euler_loads(comm: MPI.Comm) -> Iterator[Check]:
    """Columns of 8 cells, along the path."""
    force = np.array([[0.0, 0.0], [-1.0, 0.0]])
    cases = (("pinned", Beam(supports="pinned"), np.pi**2), ("clamped", GuidedBeam(), 4 * np.pi**2))
    for ends, model, load in cases:
        structure = column(model, comm)
        found = critical_point(structure, load * force, ArcStepping(highest=2.0)).load_factor
        yield Check(f"beams: Euler load, {ends} ends", found * load, load, 1e-2, "closed form")
