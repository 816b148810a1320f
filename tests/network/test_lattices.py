"""Lattices have the nodes and bonds of their kind, and are rigid for every size."""

import time
from itertools import product

import numpy as np
import pytest

from femnn.errors import MechanismError, NetworkError
from femnn.network import lattices
from femnn.network.network import Network

pytestmark = pytest.mark.serial

LI2024_BONDS = """
1-2 1-6 2-3 2-6 2-7 3-4 3-7 3-8 4-5 4-8 4-9 5-9 6-7 6-10 7-8 7-10 7-11 8-9 8-11 8-12 9-12 10-11 10-13 11-12 11-13 11-14
12-14 13-14
"""
"""The 28 bonds of Fig. 1 of Li & Mao (2024)."""

A = 16e-3
KINDS = {
    "triangular": lambda m, n, **k: lattices.triangular(m, n, A, **k),
    "square_with_diagonals": lambda m, n, **k: lattices.square_with_diagonals(m, n, A, **k),
    "disordered": lambda m, n, **k: lattices.disordered(m, n, A, 0.3, 7, **k),
    "octet": lambda m, n, **k: lattices.octet(m, n, 2, A, **k),
    "cubic_with_diagonals": lambda m, n, **k: lattices.cubic_with_diagonals(m, n, 2, A, **k),
}
SIZES = [(1, 1), (1, 4), (4, 1), (2, 3), (5, 4)]


def maxwell(network: Network) -> int:
    """Free components less bonds (Maxwell 1864): zero modes less states of self-stress."""
    return int((~network.fixed).sum()) - len(network.bonds)


def bonds_by_label(network: Network) -> set[str]:
    return {f"{p}-{q}" for p, q in network.labels[network.bonds]}


def test_li2024_has_the_bonds_of_the_paper():
    network = lattices.li2024()
    assert bonds_by_label(network) == set(LI2024_BONDS.split())
    assert [f"{p}-{q}" for p, q in network.labels[network.bonds]] == LI2024_BONDS.split()


def test_li2024_has_the_nodes_of_the_paper():
    """Rows of 5, 4, 3 and 2 nodes from the top, each from right to left, the next row half a spacing further left."""
    nodes = lattices.li2024().nodes
    height = A * np.sqrt(3) / 2
    row_of = {1: (0.0, 5), 6: (-0.5, 4), 10: (-1.0, 3), 13: (-1.5, 2)}
    for row, (first, (start, count)) in enumerate(row_of.items()):
        for place in range(count):
            np.testing.assert_allclose(nodes[first - 1 + place], [(start - place) * A, -row * height], atol=1e-15)


def test_li2024_is_held_at_the_top_corners():
    network = lattices.li2024()
    assert network.labels[network.fixed.any(axis=1)].tolist() == [1, 5]
    assert network.fixed[[0, 4]].all()


def test_li2024_has_the_stiffness_of_the_paper():
    network = lattices.li2024()
    lower, upper = network.stiffness_bounds
    np.testing.assert_allclose(network.stiffness, 137.5, rtol=1e-12)
    np.testing.assert_allclose(lower, 103.125, rtol=1e-12)
    np.testing.assert_allclose(upper, 171.875, rtol=1e-12)


def test_li2024_ports_load_downwards_and_read_left_and_right():
    network = lattices.li2024()
    assert network.inputs["load-13"] == lattices.Port(13, (0.0, -1.0))
    assert (network.outputs["left"].node, network.outputs["right"].node) == (14, 13)
    assert network.nodes[network.index(14), 0] < network.nodes[network.index(13), 0]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("supports", ["top", "bottom", "left", "corners"])
@pytest.mark.parametrize("kind", KINDS)
def test_lattices_are_rigid_for_every_size(kind, supports, size):
    """A network is checked when it is made; rigidity asks for at least as many bonds as free components."""
    network = KINDS[kind](*size, supports=supports)
    assert maxwell(network) <= 0
    assert network.fixed.any()


@pytest.mark.parametrize("kind", KINDS)
def test_bonds_are_sorted_and_lead_upwards(kind):
    bonds = KINDS[kind](3, 4).bonds
    assert (bonds[:, 0] < bonds[:, 1]).all()
    assert bonds.tolist() == sorted(bonds.tolist())


@pytest.mark.parametrize(("m", "n"), SIZES)
def test_triangular_counts(m, n):
    network = lattices.triangular(m, n, A, supports="corners")
    assert len(network.nodes) == (m + 1) * (n + 1)
    assert len(network.bonds) == m * (n + 1) + n * (2 * m + 1)
    assert maxwell(network) == 2 * (m + 1) * (n + 1) - 4 - (3 * m * n + m + n)
    np.testing.assert_allclose(network.lengths, A, rtol=1e-12)


@pytest.mark.parametrize(("m", "n"), SIZES)
def test_square_counts_and_no_bonds_cross(m, n):
    network = lattices.square_with_diagonals(m, n, A)
    assert len(network.nodes) == (m + 1) * (n + 1)
    assert len(network.bonds) == 3 * m * n + m + n
    middles = network.nodes[network.bonds].mean(axis=1)
    assert len(np.unique(np.round(middles / A, 6), axis=0)) == len(middles)


@pytest.mark.parametrize(("m", "n"), SIZES)
def test_four_bonds_meet_at_each_free_node_of_the_kagome_lattice(m, n):
    """Twice the dimension: what Maxwell's count asks for on average, not one bond more."""
    network = lattices.kagome(m, n, A)
    free = ~network.fixed.any(axis=1)
    degree = np.bincount(network.bonds.ravel())
    assert (degree[free] == 4).all()
    assert degree.max() == 4
    assert len(network.nodes) == (2 * m + 1) * (n + 1) + sum((2 * m - row % 2 + 1) // 2 for row in range(n))
    np.testing.assert_allclose(network.lengths, A, rtol=1e-12)


@pytest.mark.parametrize("supports", ["top", "bottom", "left", "corners"])
def test_kagome_with_less_support_is_a_mechanism(supports):
    with pytest.raises(MechanismError):
        lattices.kagome(3, 3, A, supports=supports)


@pytest.mark.parametrize("cells", list(product((1, 2), (1, 3), (1, 2))))
def test_octet_counts(cells):
    x, y, z = cells
    network = lattices.octet(x, y, z, A)
    faces = x * y * (z + 1) + x * (y + 1) * z + (x + 1) * y * z
    assert len(network.nodes) == (x + 1) * (y + 1) * (z + 1) + faces
    # Each face holds four half-diagonals, each cell the twelve edges of its octahedron
    assert len(network.bonds) == 4 * faces + 12 * x * y * z
    np.testing.assert_allclose(network.lengths, A / np.sqrt(2), rtol=1e-12)


def test_twelve_bonds_meet_inside_an_octet_truss():
    assert lattices.octet(2, 2, 2, A).largest_degree == 12


def test_one_octet_cell_and_one_cube_are_isostatic():
    """As many bonds as 3N − 6: rigid as free solids without one bond to spare."""
    for network in (lattices.octet(1, 1, 1, A), lattices.cubic_with_diagonals(1, 1, 1, A)):
        assert len(network.bonds) == 3 * len(network.nodes) - 6


@pytest.mark.parametrize("cells", list(product((1, 2), (1, 3), (1, 2))))
def test_cubic_counts(cells):
    x, y, z = cells
    network = lattices.cubic_with_diagonals(x, y, z, A)
    edges = x * (y + 1) * (z + 1) + (x + 1) * y * (z + 1) + (x + 1) * (y + 1) * z
    faces = x * y * (z + 1) + x * (y + 1) * z + (x + 1) * y * z
    assert len(network.bonds) == edges + faces


@pytest.mark.parametrize("size", SIZES)
def test_disordered_without_jitter_is_the_triangular_patch(size):
    """The Delaunay triangulation bridges the notches of the sides; these bonds must be gone."""
    ordered, network = lattices.triangular(*size, A), lattices.disordered(*size, A, 0.0, 1)
    np.testing.assert_array_equal(network.bonds, ordered.bonds)
    np.testing.assert_allclose(network.nodes, ordered.nodes, atol=1e-15)


@pytest.mark.parametrize("jitter", [0.1, 0.3, 0.499])
@pytest.mark.parametrize("seed", range(5))
def test_disordered_is_rigid_and_compact(jitter, seed):
    network = lattices.disordered(12, 12, A, jitter, seed, supports="corners")
    ordered = lattices.triangular(12, 12, A, supports="corners")
    assert len(network.nodes) == len(ordered.nodes)
    assert len(network.bonds) >= 2 * len(network.nodes) - 3
    assert network.lengths.max() < (1 + 2 * jitter) * 1.8 * A
    assert np.linalg.norm(network.nodes - ordered.nodes, axis=1).max() <= jitter * A


def test_disordered_is_reproduced_by_its_seed():
    first, again, other = (lattices.disordered(8, 8, A, 0.3, seed) for seed in (4, 4, 5))
    np.testing.assert_array_equal(first.nodes, again.nodes)
    np.testing.assert_array_equal(first.bonds, again.bonds)
    assert not np.array_equal(first.nodes, other.nodes)


def test_a_hundred_thousand_bonds_take_seconds():
    start = time.perf_counter()
    network = lattices.disordered(180, 183, A, 0.3, 1)
    assert len(network.bonds) > 95_000
    assert time.perf_counter() - start < 20


@pytest.mark.parametrize("kind", [*KINDS, "kagome"])
def test_default_ports_are_free_and_apart(kind):
    network = lattices.kagome(4, 4, A) if kind == "kagome" else KINDS[kind](4, 4)
    load, response = network.inputs["load"], network.outputs["response"]
    assert load.node != response.node
    assert load.direction[-1] == -1
    assert response.direction[-1] == 1
    assert not network.fixed[[network.index(load.node), network.index(response.node)]].any()


@pytest.mark.parametrize(("supports", "axis", "end"), [("top", 1, 0), ("bottom", 1, 1), ("left", 0, 1)])
def test_default_ports_lie_opposite_to_the_supports(supports, axis, end):
    network = lattices.square_with_diagonals(6, 5, A, supports=supports)
    places = network.nodes / network.nodes.max(axis=0)
    for port in (network.inputs["load"], network.outputs["response"]):
        assert places[network.index(port.node), axis] == end


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: lattices.triangular(4, 0, A), "rows must be at least 1, not 0"),
        (lambda: lattices.kagome(0, 4, A), "columns must be at least 1"),
        (lambda: lattices.octet(1, 1, -1, A), "cells_z must be at least 1"),
        (lambda: lattices.cubic_with_diagonals(1, 0, 1, A), "ny must be at least 1"),
        (lambda: lattices.square_with_diagonals(2, 2, 0.0), "spacing must be above 0"),
        (lambda: lattices.triangular(2, 2, -A), "spacing must be above 0"),
        (lambda: lattices.triangular(2, 2, float("nan")), "spacing must be above 0"),
        (lambda: lattices.triangular(2, 2, float("inf")), "spacing must be above 0"),
        (lambda: lattices.disordered(2, 2, A, 0.5, 1), "jitter must be at least 0 and below 0.5"),
        (lambda: lattices.disordered(2, 2, A, -0.1, 1), "jitter must be"),
        (lambda: lattices.disordered(2, 2, A, float("nan"), 1), "jitter must be"),
        (lambda: lattices.disordered(2, 2, A, 0.1, -1), "seed must be at least 0"),
        (lambda: lattices.triangular(1, 1, A, supports="boundary"), "hold every node"),
        (lambda: lattices.triangular(2, 2, A, supports="right"), "no supports 'right'; known are top, bottom"),
    ],
)
def test_bad_parameters_are_refused(make, message):
    with pytest.raises(NetworkError, match=message):
        make()
