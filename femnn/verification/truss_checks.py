"""Checks of the models: limit load of a truss, elastic moduli of a lattice."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from femnn.errors import ConvergenceError
from femnn.mechanics.bar import Bar
from femnn.mechanics.model import Model
from femnn.mechanics.spring import Spring
from femnn.mechanics.structure import Structure
from femnn.network import lattices
from femnn.network.network import Network
from femnn.runtime.stack import MPI
from femnn.solving.equilibrium import equilibrium
from femnn.verification.check import Check

type Floats = npt.NDArray[np.float64]


def two_bar_truss(half_span: float = 50e-3, height: float = 10e-3) -> Network:
    """Two bars that meet at an apex above the line of their fixed ends (von Mises truss)."""
    nodes = np.array([[-half_span, 0.0], [0.0, height], [half_span, 0.0]])
    fixed = np.array([[True, True], [False, False], [True, True]])
    return Network(nodes, np.array([[0, 1], [1, 2]]), fixed, name="two-bar truss")


def truss_limit_load(network: Network) -> float:
    """Largest load (N) that the truss carries before it snaps through, P = 2 EA y (1/√(b² + y²) − 1/L₀).

    Taken at the limit point, where b² + y² = (L₀ b²)^⅔.
    """
    b, height = network.nodes[2, 0], network.nodes[1, 1]
    L0 = np.hypot(b, height)
    EA = network.stiffness[0] * L0
    y = np.sqrt((L0 * b**2) ** (2 / 3) - b**2)
    return float(2 * EA * y * (1 / np.hypot(b, y) - 1 / L0))


def snap_through(comm: MPI.Comm) -> Iterator[Check]:
    """Load at which the loading of the shallow truss ends."""
    network = two_bar_truss()
    limit = truss_limit_load(network)
    try:
        equilibrium(Structure(Bar(), network, comm)).forward(network.point_force(2, [0.0, -1.5 * limit]))
        reached = float("nan")
    except ConvergenceError as error:
        reached = 1.5 * limit * error.load_factor
    yield Check("bars: limit load of the two-bar truss (N)", reached, limit, 1e-4, "closed form")


def lattice_moduli(comm: MPI.Comm) -> Iterator[Check]:
    """Young's modulus 2k/√3 and Poisson's ratio 1/3 of the triangular lattice, both of the plane."""
    for model in (Spring(), Bar()):
        k, stretch, shear = 137.5, np.array([[1e-8, 0], [0, 0]]), np.array([[0, 0.5e-8], [0.5e-8, 0]])
        C11 = 2 * energy_density(model, stretch, k, comm) / 1e-8**2
        C66 = 2 * energy_density(model, shear, k, comm) / 1e-8**2
        ratio = 1 - 2 * C66 / C11
        modulus = C11 * (1 - ratio**2)
        yield Check(
            f"{model.name}: Young's modulus of the triangular lattice (N/m)", modulus, 2 * k / np.sqrt(3), 1e-6, "2k/√3"
        )
        yield Check(f"{model.name}: Poisson's ratio of the triangular lattice", ratio, 1 / 3, 1e-6, "1/3")


def energy_density(model: Model, strain: Floats, stiffness: float, comm: MPI.Comm) -> float:
    """Energy of the triangular lattice by area (N/m) under a uniform small strain.

    The three bonds that start at an inner node are one cell of the lattice, of area a²√3/2.

    Args:
        model: spring or bar.
        strain: shape (2, 2).
        stiffness: of all bonds (N/m).
        comm: ranks that share the mesh.
    """
    spacing = 16e-3
    network = lattices.triangular(6, 6, spacing, supports="top")
    structure = Structure(model, network, comm)
    vector = structure.vector()
    structure.load(network.nodes @ strain.T, vector)
    structure.set_displacement(vector)
    inner = int(np.argmin(np.linalg.norm(network.nodes - network.nodes.mean(axis=0), axis=1)))
    cell = network.bonds[:, 0] == inner
    return float(stiffness * structure.energy_by_stiffness()[cell].sum() / (spacing**2 * np.sqrt(3) / 2))
