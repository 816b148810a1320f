"""Supports of solids that are pins."""

from dataclasses import replace

import numpy as np
import pytest
from mpi4py import MPI

from femnn.errors import ConfigError, MeshError
from femnn.geometry.strips import Shape
from femnn.mechanics.continuum import Continuum
from femnn.mechanics.materials import NeoHookean
from femnn.mechanics.structure import Structure
from femnn.network_files.specification import load_network
from femnn.solving.equilibrium import equilibrium

NETWORK = load_network("two-bar-truss")
SOLID = Continuum(shape=Shape(cells_across=1))


def answer(solid: Continuum) -> np.ndarray:
    """Displacements of the truss under a small push."""
    solver = equilibrium(Structure(solid, NETWORK, MPI.COMM_WORLD))
    return solver.forward(NETWORK.point_force(2, [0.0, -1e-3])).displacements


def test_a_pin_as_large_as_the_node_holds_all_of_it() -> None:
    """Such a solid is the clamped one; a smaller pin lets the node turn and give way."""
    clamped, all_held, pinned = (answer(replace(SOLID, pin_radius=radius)) for radius in (None, 0.05, 0.5e-3))
    np.testing.assert_array_equal(all_held, clamped)
    assert pinned[1, 1] < 1.01 * clamped[1, 1] < 0


def test_a_pin_must_hold_something() -> None:
    """A pin between the points of the mesh holds nothing; the message says what to do."""
    with pytest.raises(MeshError, match="make it larger"):
        answer(replace(SOLID, pin_radius=1e-9))


@pytest.mark.serial
def test_pins_are_not_for_solids_with_pressure() -> None:
    """Pressures within a pin would mean nothing."""
    with pytest.raises(ConfigError, match="pin_radius"):
        Continuum("solid", "width", NeoHookean(poisson_ratio=0.5), "mixed", pin_radius=1e-3)
    with pytest.raises(ConfigError, match="above 0"):
        replace(SOLID, pin_radius=0.0)
