"""Zero modes are counted as statics counts them, by growth from the supports as well as by the null space."""

import numpy as np
import pytest

from femnn.errors import MechanismError
from femnn.network import lattices, rigidity
from femnn.network.network import Network

pytestmark = pytest.mark.serial

SQUARE = np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]])
SIDES = np.array([[0, 1], [1, 2], [2, 3], [3, 0]])
BASE_HELD = np.array([[True, True], [True, True], [False, False], [False, False]])


def squares(columns: int, rows: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Nodes, bonds and supports of a square lattice without diagonals whose lowest line is held."""
    network = lattices.square_with_diagonals(columns, rows, 1.0, supports="bottom")
    return network.nodes, network.bonds[network.lengths < 1.2], network.fixed


def test_compatibility_is_the_derivative_of_the_lengths():
    network = lattices.octet(1, 1, 1, 1.0)
    direction = np.random.default_rng(1).standard_normal(network.nodes.shape)

    def lengths(step):
        nodes = network.nodes + step * direction
        return np.linalg.norm(nodes[network.bonds[:, 1]] - nodes[network.bonds[:, 0]], axis=1)

    centred = (lengths(1e-6) - lengths(-1e-6)) / 2e-6
    elongations = rigidity.compatibility(network.nodes, network.bonds) @ direction.ravel()
    np.testing.assert_allclose(elongations, centred, rtol=1e-8, atol=1e-9)


@pytest.mark.parametrize("dimension", [2, 3])
def test_a_free_rigid_solid_has_its_rigid_motions_alone(dimension):
    network = lattices.octet(1, 1, 1, 1.0) if dimension == 3 else lattices.triangular(3, 2, 1.0)
    modes = rigidity.zero_modes(network.nodes, network.bonds, np.zeros_like(network.fixed), most=20)
    assert len(modes) == dimension * (dimension + 1) // 2


def test_zero_modes_stretch_no_bond_and_respect_the_supports():
    nodes, bonds, fixed = squares(3, 4)
    modes = rigidity.zero_modes(nodes, bonds, fixed)
    stretched = rigidity.compatibility(nodes, bonds) @ modes.reshape(len(modes), -1).T
    assert np.abs(stretched).max() < 1e-12
    assert np.abs(modes[:, fixed]).max() == 0
    np.testing.assert_allclose(np.tensordot(modes, modes, ([1, 2], [1, 2])), np.eye(len(modes)), atol=1e-12)


@pytest.mark.parametrize(("columns", "rows"), [(1, 1), (2, 3), (5, 2), (4, 6)])
def test_a_square_lattice_on_its_base_shears_once_a_row(columns, rows):
    assert len(rigidity.zero_modes(*squares(columns, rows), most=20)) == rows


def test_a_square_without_diagonals_is_a_mechanism():
    with pytest.raises(MechanismError) as caught:
        Network(SQUARE, SIDES, BASE_HELD)
    assert caught.value.nodes == (3, 4)
    assert rigidity.floppy_nodes(SQUARE, np.vstack([SIDES, [[0, 2]]]), BASE_HELD).size == 0


def test_a_hinged_bar_swings():
    """Only the direction along the bar is held: the free component takes part in no elongation at all."""
    nodes, bonds = np.array([[0.0, 0.0], [1.0, 0.0]]), np.array([[0, 1]])
    assert rigidity.floppy_nodes(nodes, bonds, np.array([[True, True], [True, False]])).tolist() == [1]
    assert rigidity.floppy_nodes(nodes, bonds, np.array([[True, True], [False, True]])).size == 0


def test_growth_stops_at_what_is_not_determined():
    nodes = np.array([[0.0, 0.0], [1.0, 0.0], [0.5, 1.0], [0.5, 2.0]])
    bonds = np.array([[0, 2], [1, 2], [2, 3]])
    fixed = np.array([[True, True], [True, True], [False, False], [False, False]])
    assert rigidity.nodes_at_rest(nodes, bonds, fixed).tolist() == [True, True, True, False]
    assert rigidity.floppy_nodes(nodes, bonds, fixed).tolist() == [3]


@pytest.mark.parametrize("supports", ["top", "left", "corners"])
def test_nodes_at_rest_are_in_no_zero_mode(monkeypatch, supports):
    """The growth is a shortcut: without it the null space gives the same."""
    network = lattices.disordered(6, 5, 1.0, 0.3, 3)
    low, high = network.nodes.argmin(axis=0)[0], network.nodes.argmax(axis=0)[0]
    bonds = network.bonds[~np.isin(network.bonds, [low, high]).any(axis=1)]
    held = np.isin(np.arange(len(network.nodes)), [low, high])
    fixed = np.repeat((network.fixed.any(axis=1) | held)[:, None], 2, axis=1)
    short = rigidity.floppy_nodes(network.nodes, bonds[::2], fixed)
    monkeypatch.setattr(rigidity, "nodes_at_rest", lambda nodes, bonds, fixed: fixed.all(axis=1))
    assert short.size
    assert short.tolist() == rigidity.floppy_nodes(network.nodes, bonds[::2], fixed).tolist()


def test_the_sparse_null_space_finds_each_of_several_mechanisms():
    """Three separate nodes inside a large lattice lose all bonds across one direction."""
    network = lattices.triangular(25, 25, 1.0, supports="corners")
    loose = [node for node in (200, 333, 500) if not network.fixed[node].any()]
    level = np.abs(network.bond_vectors[:, 1]) < 1e-9
    touches = np.isin(network.bonds, loose).any(axis=1)
    bonds = network.bonds[level | ~touches]
    assert (~network.fixed).sum() > rigidity.DENSE_LIMIT
    assert rigidity.floppy_nodes(network.nodes, bonds, network.fixed).tolist() == loose


def test_softness_of_a_slender_lattice_is_no_mechanism():
    """The first bending eigenvalue falls with the fourth power of the slenderness, below any fixed limit."""
    assert len(lattices.triangular(2000, 1, 1e-2, supports="left").bonds) == 8001


def test_parts_are_told_apart():
    assert rigidity.connected_parts(5, np.array([[0, 2], [1, 3]])).tolist() == [0, 1, 0, 1, 2]
