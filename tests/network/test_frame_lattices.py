"""Lattices that stand by rigid joints have the nodes and bonds of their kind, and are mechanisms on hinges."""

from itertools import product

import numpy as np
import pytest

from femnn.errors import MechanismError, NetworkError
from femnn.mechanics.bar import Bar
from femnn.mechanics.beam import Beam
from femnn.mechanics.carrying import carriers
from femnn.mechanics.continuum import Continuum
from femnn.mechanics.spring import Spring
from femnn.network.frame_lattices import cubic, honeycomb
from femnn.network.lattices import cubic_with_diagonals
from femnn.solving.problem import Problem

A = 16e-3
SIZES = [(1, 1), (1, 4), (4, 1), (2, 3), (5, 4)]
SUPPORTS = ["top", "bottom", "left", "corners"]
MODELS = {model.name: model for model in (Spring(), Bar(), Beam(), Continuum())}


@pytest.mark.serial
@pytest.mark.parametrize(("m", "n"), SIZES)
def test_a_honeycomb_has_as_many_hexagons_as_are_asked_for(m, n):
    """By Euler's formula; all bonds are sides of hexagons, and none hangs loose."""
    network = honeycomb(m, n, A)
    degree = np.bincount(network.bonds.ravel())
    assert len(network.bonds) - len(network.nodes) + 1 == m * n
    assert set(degree) <= {2, 3}
    np.testing.assert_allclose(network.lengths, A, rtol=1e-12)
    assert (np.lexsort(np.round(network.nodes / A, 6).T) == np.arange(len(network.nodes))).all()


@pytest.mark.serial
@pytest.mark.parametrize(("m", "n"), SIZES)
def test_the_boundary_of_a_honeycomb_is_what_the_outer_hexagons_do_not_share(m, n):
    """Each node inside is of three hexagons, so that three bonds meet there at 120 degrees."""
    if m == 1 or n == 1:
        with pytest.raises(NetworkError, match="hold every node"):
            honeycomb(m, n, A, supports="boundary")
        return
    network = honeycomb(m, n, A, supports="boundary")
    held = network.fixed.all(axis=1)
    row, column = np.divmod(np.arange(m * n), m)
    centres = A * np.column_stack([(2 * column + row % 2 + 1) * np.sqrt(3) / 2, (3 * row + 2) / 2])
    distances = np.linalg.norm(network.nodes[:, None] - centres, axis=2)
    hexagons = np.isclose(distances, A).sum(axis=1)
    np.testing.assert_array_equal(held, hexagons < 3)


@pytest.mark.serial
@pytest.mark.parametrize("cells", list(product((1, 2), (1, 3), (1, 2))))
def test_a_cubic_lattice_is_that_with_diagonals_without_its_diagonals(cells):
    plain, braced = cubic(*cells, A), cubic_with_diagonals(*cells, A)
    np.testing.assert_array_equal(plain.nodes, braced.nodes)
    np.testing.assert_array_equal(plain.bonds, braced.bonds[braced.lengths < 1.2 * A])
    assert plain.inputs == braced.inputs


@pytest.mark.serial
@pytest.mark.parametrize("supports", SUPPORTS)
@pytest.mark.parametrize("size", SIZES)
def test_they_are_mechanisms_on_hinges(size, supports):
    for network in (honeycomb(*size, A, supports=supports), cubic(*size, 2, A, supports=supports)):
        assert network.rigid_joints
        assert network.fixed.any()
        with pytest.raises(MechanismError, match="a mechanism"):
            network.require_rigid()


@pytest.mark.serial
def test_models_that_transmit_moments_carry_them():
    assert carriers(MODELS, honeycomb(3, 2, A)) == ["beam", "continuum-2d"]
    assert carriers(MODELS, cubic(2, 2, 2, A)) == ["beam"]
    assert carriers(MODELS, cubic(2, 2, 2, A, supports="boundary")) == ["spring", "bar", "beam"]


@pytest.mark.parametrize("network", [honeycomb(2, 2, A), cubic(1, 1, 1, A)], ids=["honeycomb", "cubic"])
def test_beams_give_way_to_the_load_at_its_port(network):
    """By no more than their size, as a mechanism would."""
    port = network.inputs["load"]
    state = Problem(network, Beam()).solve(network.point_force(port.node, 1e-4 * np.array(port.direction)))
    moved = state.displacements[network.index(port.node)] @ port.direction
    assert 0 < moved < 0.1 * A


@pytest.mark.serial
@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: honeycomb(0, 2, A), "honeycomb: columns must be at least 1"),
        (lambda: honeycomb(2, 2, -1.0), "spacing must be above 0"),
        (lambda: cubic(1, 1, 0, A), "cubic: nz must be at least 1"),
        (lambda: cubic(1, 1, 1, A, supports="boundary"), "hold every node"),
        (lambda: cubic(1, 1, 1, A, supports="right"), "no supports 'right'"),
    ],
)
def test_bad_parameters_are_refused(make, message):
    with pytest.raises(NetworkError, match=message):
        make()


def test_counts_of_cells_are_whole():
    """Half a cell would be another lattice."""
    with pytest.raises(NetworkError, match=r"cubic: nx must be a whole number, not 2.5"):
        cubic(2.5, 2, 2, 0.016)
