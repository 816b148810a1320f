"""Checks of convergence: the order in which the error of beams falls with the length of their cells.

Displacement and rotation are quadratic along a cell and integrated with two points. At the nodes of the network, where
experiments read and load, both then converge with order 4, one more than a quadratic field does in between.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from femnn.config.quantities import GRAM_FORCE
from femnn.mechanics.beam import Beam
from femnn.mechanics.structure import Structure
from femnn.network import lattices
from femnn.network.network import Network
from femnn.network.sections import AGILUS_SECTION
from femnn.runtime.stack import MPI
from femnn.solving.equilibrium import equilibrium
from femnn.verification.beam_checks import cantilever
from femnn.verification.check import Check

type Floats = npt.NDArray[np.float64]

CELLS = (2, 4, 8, 16)
"""Cells of a bond from which the order is fitted."""
FINE = 64
"""Cells of a bond that stand for the exact solution: an error 256 times smaller than the smallest that is fitted."""
ORDER = 4


def beam_convergence(comm: MPI.Comm) -> Iterator[Check]:
    """Orders of displacement and rotation: elastica at PL²/EI = 5 in the plane and in space, lattice at 20 gf."""
    for dimension in (2, 3):
        network = cantilever(1.0, 1e-3, dimension)
        force = network.point_force(2, [0.0, 5.0, 0.0][:dimension])
        yield from _orders(f"beams, {dimension}D: elastica, PL²/EI = 5", network, force, comm)
    lattice = lattices.li2024(AGILUS_SECTION)
    yield from _orders("beams: li2024, 20 gf", lattice, lattice.point_force(13, [0.0, -20 * GRAM_FORCE]), comm)


def _orders(case: str, network: Network, force: Floats, comm: MPI.Comm) -> Iterator[Check]:
    for quantity, errors in zip(("displacement", "rotation"), beam_errors(network, force, comm), strict=True):
        yield Check(f"{case}, order of {quantity} in the cells", fitted_order(errors), ORDER, 0.05, "fit")


def beam_errors(network: Network, force: Floats, comm: MPI.Comm) -> tuple[Floats, Floats]:
    """Largest errors of displacement and of rotation at the nodes by the number of cells.

    Args:
        network: the bonds, straight.
        force: forces (N), shape (N, d).
        comm: ranks that share the mesh.

    Returns:
        Errors by the largest displacement and by the largest rotation, each of shape (len(CELLS),).
    """
    fine = nodal_state(network, force, FINE, comm)
    states = np.array([nodal_state(network, force, cells, comm) for cells in CELLS])
    scaled = np.abs(states - fine).max(axis=1)
    d = network.dimension
    displacement, rotation = (
        scaled[:, part].max(axis=1) / np.abs(fine[:, part]).max() for part in (slice(None, d), slice(d, None))
    )
    return displacement, rotation


def nodal_state(network: Network, force: Floats, cells: int, comm: MPI.Comm) -> Floats:
    """Displacements and rotations, as lengths, of the nodes (m), shape (N, 3) in the plane and (N, 6) in space."""
    structure = Structure(Beam(cells_per_bond=cells), network, comm)
    structure.set_values(equilibrium(structure).forward(force).values)
    return structure.measure_all(structure.displacement.x.petsc_vec)


def fitted_order(errors: Floats) -> float:
    """Slope of the straight line through log(error) over log(length of a cell)."""
    return float(-np.polyfit(np.log(CELLS), np.log(errors), 1)[0])
