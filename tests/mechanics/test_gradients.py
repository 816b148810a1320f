"""Exact gradients of every model, by every parameter that k acts through and with two laws, at large deformation."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pytest
from deformation import joint_rotations, largest_strain
from lattice_solids import SOLIDS
from mpi4py import MPI
from small_networks import PULL, spatial_frame, strip

from femnn.losses import squared_error
from femnn.mechanics.bar import Bar
from femnn.mechanics.beam import Beam
from femnn.mechanics.model import Model
from femnn.mechanics.structure import Structure
from femnn.network import lattices
from femnn.network.network import Network
from femnn.solving.equilibrium import equilibrium
from femnn.solving.options import solver_options

pytestmark = pytest.mark.serial

PARAMETERS = ("modulus", "thickness", "width")


@dataclass(frozen=True)
class Case:
    """A model of a network under a load."""

    name: str
    model: Model
    network: Network
    force: np.ndarray


def _cases() -> Iterator[Case]:
    printed, frame = lattices.li2024(), spatial_frame()
    in_plane, in_space = printed.point_force(13, [0.0, -0.4]), frame.point_force(3, [0.0, 0.02, 0.0])
    yield Case("bar", Bar(), printed, in_plane)
    yield Case("bar-green", Bar(strain="green"), printed, in_plane)
    for parameter in PARAMETERS:
        beam = Beam(parameter=parameter, cells_per_bond=4)
        yield Case(f"beam {parameter}", beam, printed, in_plane)
        hinged = Beam(parameter=parameter, cells_per_bond=4, hinges=(7, 8, 11))
        yield Case(f"hinged beam {parameter}", hinged, printed, in_plane)
        yield Case(f"beam in space {parameter}", beam, frame, in_space)
    yield Case("hinged beam in space", Beam(cells_per_bond=4, hinges=(4, 5)), frame, in_space)
    for name, model in SOLIDS.items():
        yield Case(name, model, strip(), PULL)


@pytest.mark.parametrize("case", list(_cases()), ids=lambda case: case.name)
def test_the_gradient_is_exact(case: Case) -> None:
    """Taylor rates 1 and 2, and central differences to 1e-6 on five bonds, at strains of 10 % or rotations of 20°."""
    network = case.network
    structure = Structure(case.model, network, MPI.COMM_WORLD)
    # To the last digit: bending is so soft that a residual of 1e-12 of the load would show in the differences
    solver = equilibrium(structure, solver_options("direct", {"femnn_forward_snes_rtol": 1e-15}))
    state = solver.forward(case.force)
    U, k = state.displacements, structure.stiffness
    assert largest_strain(network, U) > 0.1 or joint_rotations(network, U).max() > np.radians(20)
    loaded = int(network.labels[np.flatnonzero(case.force.any(axis=1))[-1]])
    loss = squared_error(network, [(loaded, i, 0.0) for i in range(network.dimension)])
    gradient = solver.gradient(state, loss.derivative(U))

    def loss_at(stiffness: np.ndarray) -> float:
        structure.set_stiffness(stiffness)
        return loss.value(solver.forward(case.force, start=state).displacements)

    direction = k * np.random.default_rng(0).uniform(-1, 1, len(k))
    steps = np.array([1e-2, 1e-3])
    changes = np.array([loss_at(k + h * direction) for h in steps]) - loss.value(U)
    for order, remainders in enumerate((changes, changes - steps * (gradient @ direction)), start=1):
        assert np.log10(np.abs(remainders[0] / remainders[1])) == pytest.approx(order, abs=0.05)
    for bond in np.random.default_rng(1).choice(len(k), 5, replace=False):
        step = np.zeros(len(k))
        step[bond] = 1e-5 * k[bond]
        difference = (loss_at(k + step) - loss_at(k - step)) / (2 * step[bond])
        assert abs(difference - gradient[bond]) < 1e-6 * np.abs(gradient).max()
