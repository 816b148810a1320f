"""What k does to the outline of a solid: bonds become wider or thicker by the right factor, and cells stay whole."""

from functools import cache

import numpy as np
import pytest
from printed import STRAIGHT, THIN, bar, frame

from femnn.geometry.frames import bond_frames
from femnn.geometry.strips import Shape
from femnn.geometry.widening import widening
from femnn.meshing.regions import Regions
from femnn.meshing.solid_meshes import build_solid
from femnn.network import lattices
from femnn.network.network import Network

pytestmark = pytest.mark.serial

CASES = {
    "plane": (lattices.li2024(), Shape(), False),
    "plane straight": (lattices.li2024(STRAIGHT), Shape(), False),
    "plane with fillets": (lattices.li2024(), Shape(fillet_radius=0.2e-3), False),
    "extruded": (lattices.li2024(), Shape(), True),
    "unequal thickness": (
        frame([[0, 0], [1, 0], [0.5, 0.8]], [[0, 1], [1, 2], [0, 2]], THIN, thickness=[1e-3, 2e-3, 3e-3]),
        Shape(),
        True,
    ),
    "space": (lattices.octet(1, 1, 1, 16e-3 * np.sqrt(2)), Shape(cells_across=1), True),
    "space thinned": (
        frame([[0, 0, 0], [0.6, 0.5, 0.6], [0, 0, 1]], [[0, 1], [0, 2]], THIN),
        Shape(pad_radius=1.3e-3),
        True,
    ),
}
each_case = pytest.mark.parametrize("name", CASES)
LIMITS = (0.75, 1.67)
"""Widths that training reaches, of that which is meshed: 1.5 mm of 2 mm, and 2.5 mm of 1.5 mm."""


@cache
def built(name: str) -> tuple[Network, Regions, np.ndarray, np.ndarray]:
    network, shape, solid = CASES[name]
    regions = build_solid(network, shape, solid)
    return network, regions, *widening(network, regions)


def gradients(regions: Regions, moves: np.ndarray) -> np.ndarray:
    """∇V of each cell, shape (m, g, g)."""
    corners, at = regions.points[regions.cells], moves[regions.cells]
    return np.swapaxes(np.linalg.solve(corners[:, 1:] - corners[:, :1], at[:, 1:] - at[:, :1]), 1, 2)


@each_case
def test_nodes_keep_their_shape(name):
    """V is zero at all points of the nodes' regions, and so continuous from bond to node, and not zero in any bond."""
    _, regions, across, out = built(name)
    of_nodes = regions.cells[regions.cell_nodes >= 0]
    assert not across[of_nodes].any()
    assert not out[of_nodes].any()
    for bond in range(regions.cell_bonds.max() + 1):
        assert np.abs(across[regions.cells[regions.cell_bonds == bond]]).max() > 0.2e-3


@each_case
@pytest.mark.parametrize("ratio", LIMITS)
def test_no_cell_is_turned_inside_out(name, ratio):
    """det(1 + (η − 1)∇V) stays positive over all widths that training may choose, of the width and of the thickness."""
    _, regions, *moves = built(name)
    for moved in moves:
        shape = np.eye(regions.points.shape[1]) + (ratio - 1) * gradients(regions, moved)
        assert np.linalg.det(shape).min() > 0.3


@each_case
def test_bonds_become_wider_by_the_ratio(name):
    """Away from its nodes a bond is η times as wide, and as long and thick as it was; the thickness alike."""
    network, regions, across, out = built(name)
    frames = [axes[:, : regions.points.shape[1]] for axes in bond_frames(network)]
    for bond in range(len(network.bonds)):
        t, n, b = (axes[bond] for axes in frames)
        points = np.unique(regions.cells[regions.cell_bonds == bond])
        along = (regions.points[points] - regions.points[points].mean(axis=0)) @ t
        middle = points[np.abs(along) < 0.25 * np.ptp(along)]
        before = regions.points[middle]
        for moved, axis, other in ((across, n, b), (out, b, n))[: 1 if before.shape[1] == 2 else 2]:
            after = before + 0.6 * moved[middle]
            assert np.ptp(after @ axis) == pytest.approx(1.6 * np.ptp(before @ axis), rel=1e-9)
            np.testing.assert_allclose(after @ t, before @ t, atol=1e-15)
            np.testing.assert_allclose(after @ other, before @ other, atol=1e-15)


def test_necks_become_wider_too():
    """A quarter of its own width from the pad a neck of half the width has all of the ratio."""
    network = bar(THIN, end_share=0.2)
    regions = build_solid(network, Shape(cells_across=8), False)
    across, _ = widening(network, regions)
    x, y = regions.points.T
    neck = (x > 1.5e-3) & (x < 2.5e-3) & (np.abs(y) <= 0.5001e-3)
    assert neck.sum() > 20
    np.testing.assert_allclose(across[neck], np.column_stack([0 * y, y])[neck], atol=1e-15)


def test_the_area_of_a_widened_bond_grows_by_the_ratio_but_for_its_ends():
    """∫ div V over a bond is its area, less what fades out over a quarter of its width on either side."""
    network = bar(STRAIGHT)
    regions = build_solid(network, Shape(cells_across=16), False)
    across, _ = widening(network, regions)
    corners = regions.points[regions.cells]
    areas = np.linalg.det(corners[:, 1:] - corners[:, :1]) / 2
    in_bond = regions.cell_bonds == 0
    gained = (np.trace(gradients(regions, across), axis1=1, axis2=2) * areas)[in_bond].sum()
    lost = 2 * 2e-3 * 0.5e-3 / 2
    assert gained == pytest.approx(areas[in_bond].sum() - lost, rel=5e-3)
