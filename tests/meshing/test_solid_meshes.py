"""Solids are what the network and its sections say: areas, volumes, sizes of cells; what cannot be built is named."""

import numpy as np
import pytest
from printed import STRAIGHT, THIN, bar, by_region, counted_area, frame, volumes

from femnn.geometry.frames import bond_frames
from femnn.geometry.strips import Shape
from femnn.meshing.solid_meshes import build_solid
from femnn.network import lattices
from femnn.network.network import Network

pytestmark = pytest.mark.serial
OCTET = lattices.octet(1, 1, 1, 16e-3 * np.sqrt(2))

PLANAR: dict[str, Network] = {
    "li2024": lattices.li2024(),
    "li2024 straight": lattices.li2024(STRAIGHT),
    "square": lattices.square_with_diagonals(2, 2, 16e-3),
    "kagome": lattices.kagome(1, 1, 16e-3),
    "disordered": lattices.disordered(10, 9, 16e-3, 0.3, 1),
    "one bond": bar(THIN),
    "in a line": frame([[0, 0], [1, 0], [2, 0]], [[0, 1], [1, 2]], THIN),
    "in a line, unequal": frame([[0, 0], [1, 0], [2, 0]], [[0, 1], [1, 2]], width=[2e-3, 1e-3]),
    "square corner": frame([[0, 1], [0, 0], [1, 0]], [[0, 1], [1, 2]]),
    "blunt corner, unequal": frame([[0, 0], [1, 0], [1.95, 0.3]], [[0, 1], [1, 2]], width=[2e-3, 1e-3]),
    "acute": frame([[0, 0], [1, 0], [np.cos(0.44), np.sin(0.44)]], [[0, 1], [0, 2]], width=1e-3),
    "wider ends": frame([[0, 0], [1, 0], [0.5, 0.8]], [[0, 1], [1, 2], [0, 2]], THIN, end_width=1.3),
}


def edge_lengths(points: np.ndarray, cells: np.ndarray) -> np.ndarray:
    return np.linalg.norm(points[cells] - points[np.roll(cells, 1, axis=1)], axis=2)


@pytest.mark.parametrize("name", PLANAR)
def test_every_bond_and_every_node_has_cells(name):
    """All of them positive, of any lattice, chain or corner."""
    network = PLANAR[name]
    regions = build_solid(network, Shape(), False)
    bonds, nodes = by_region(regions, network)
    assert bonds.min() > 0
    assert nodes.min() > 0
    assert volumes(regions).min() > 0


@pytest.mark.parametrize("radius", [None, 1e-3, 3e-3])
def test_one_bond_with_pads_in_closed_form(radius):
    """A strip, and of both discs what is not over it; radius 1 mm is half the bond's width."""
    L, w, R = 16e-3, 2e-3, radius or 1.1e-3
    h, e = w / 2, np.sqrt(R**2 - (w / 2) ** 2)
    half_strip_in_disc = h * e + R**2 * np.arcsin(h / R)
    area = L * w + 2 * (np.pi * R**2 - half_strip_in_disc)
    found = volumes(build_solid(bar(), Shape(pad_radius=radius, cells_across=12), False)).sum()
    assert found == pytest.approx(area, rel=4e-3)
    assert found != pytest.approx(L * w, rel=0.01)


@pytest.mark.parametrize(
    ("name", "radius"),
    [
        ("li2024", 1.1e-3),
        ("li2024 straight", 1.1e-3),
        ("li2024", 1e-3),
        ("square", 1.3e-3),
        ("blunt corner, unequal", 1.1e-3),
    ],
)
def test_area_of_lattices_by_counting(name, radius):
    """Area of the union of strips and pads; where pads are of radius 1 mm, corners of necks are just on them."""
    network = PLANAR[name]
    found = volumes(build_solid(network, Shape(pad_radius=radius, cells_across=4), False)).sum()
    assert found == pytest.approx(counted_area(network, radius), rel=4e-3)


@pytest.mark.parametrize("taper", [0.0, 0.5, 2.0])
@pytest.mark.parametrize("end_width", [0.5, 1.2])
def test_tapers_leave_the_area_of_a_bond_as_it_is(taper, end_width):
    """Half of a taper is on either side of the step, which is at the end's share of the length."""
    network = bar(THIN, end_width=end_width)
    pad, L, w, e = 1.4e-3, 16e-3, 2e-3, end_width
    found = by_region(build_solid(network, Shape(pad_radius=pad, taper=taper), False), network)[0][0]
    begin = np.sqrt(pad**2 - (e * w / 2) ** 2)
    if taper <= 0.5:
        assert found == pytest.approx(w * 0.8 * L + 2 * e * w * (0.1 * L - begin), rel=1e-6)
    else:
        a = 0.1 * L - taper * abs(1 - e) * w / 4
        assert (begin > a) == (e == 0.5)


def test_cells_follow_the_width():
    """Cells in necks are about half as large as in bars that are twice as wide."""
    network = lattices.li2024()
    regions = build_solid(network, Shape(cells_across=4), False)
    corners = regions.points[regions.cells]
    in_bond = regions.cell_bonds >= 0
    bond = regions.cell_bonds
    start, t = network.nodes[network.bonds[:, 0]][bond], (network.bond_vectors / network.lengths[:, None])[bond]
    along = ((corners.mean(axis=1) - start) * t).sum(axis=1)
    from_end = np.minimum(along, network.lengths[bond] - along)
    edges = edge_lengths(regions.points, regions.cells)
    neck, middle = (edges[in_bond & part].mean() for part in (from_end < 1.2e-3, from_end > 5e-3))
    assert neck == pytest.approx(1e-3 / 4, rel=0.25)
    assert middle == pytest.approx(2e-3 / 4, rel=0.25)


@pytest.mark.parametrize("cells", [2, 5])
def test_as_many_cells_lie_across_a_neck_as_are_asked_for(cells):
    """The cut between a pad and its neck is divided into that many edges."""
    network = bar(THIN)
    regions = build_solid(network, Shape(cells_across=cells), False)
    shared = np.intersect1d(regions.cells[regions.cell_bonds == 0], regions.cells[regions.cell_nodes == 0])
    assert len(shared) == cells + 1


def test_the_printed_lattice_takes_few_cells():
    """At most 3,500 triangles with two across, and no needles: the shortest side over the longest is above 0.2."""
    regions = build_solid(lattices.li2024(), Shape(), False)
    edges = edge_lengths(regions.points, regions.cells)
    assert 2000 < len(regions.cells) <= 3500
    assert (edges.min(axis=1) / edges.max(axis=1)).min() > 0.2


def test_the_unit_of_length_does_not_matter():
    """A lattice a million times smaller has the same cells, though OpenCASCADE takes points 1e-7 apart for one."""
    small = frame([[0, 0], [1e-6, 0], [0.5e-6, 0.8e-6]], [[0, 1], [1, 2], [0, 2]], THIN, width=2e-9, thickness=2e-9)
    large = frame([[0, 0], [1, 0], [0.5, 0.8]], [[0, 1], [1, 2], [0, 2]], THIN)
    one, other = build_solid(small, Shape(), True), build_solid(large, Shape(), True)
    assert len(one.cells) == pytest.approx(len(other.cells), rel=0.02)
    assert volumes(one).sum() == pytest.approx(volumes(other).sum() * 1e-18, rel=1e-3)


@pytest.mark.parametrize("layers", [1, 3])
def test_an_extruded_solid_has_area_times_thickness_and_its_layers(layers):
    """About the plane, between −t/2 and t/2, and as many layers as are asked for."""
    network = lattices.li2024()
    flat, solid = (build_solid(network, Shape(layers=layers), through) for through in (False, True))
    for area, volume in zip(by_region(flat, network), by_region(solid, network), strict=True):
        np.testing.assert_allclose(volume, 2e-3 * area, rtol=1e-9)
    levels = np.unique(np.round(solid.points[:, 2] / 1e-3, 9))
    np.testing.assert_allclose(levels, np.linspace(-1, 1, layers + 1), atol=1e-9)
    assert len(solid.cells) == 3 * layers * len(flat.cells)


def test_bonds_of_unequal_thickness_in_the_plane():
    """Each is as thick as its section says, and a node as its thickest bond."""
    network = frame([[0, 0], [1, 0], [0.5, 0.8]], [[0, 1], [1, 2], [0, 2]], THIN, thickness=[1e-3, 2e-3, 3e-3])
    flat, solid = (build_solid(network, Shape(), through) for through in (False, True))
    areas, found = by_region(flat, network), by_region(solid, network)
    np.testing.assert_allclose(found[0], areas[0] * [1e-3, 2e-3, 3e-3], rtol=1e-9)
    np.testing.assert_allclose(found[1], areas[1] * [3e-3, 2e-3, 3e-3], rtol=0.02)


@pytest.mark.parametrize("space", [False, True])
def test_layers_limit_the_cells_where_nothing_is_extruded(space):
    """Cells of struts, and of bonds of unequal thickness, are as large as a layer, or nearly so."""
    third = 0.4 if space else 0.0
    nodes = [[0, 0, 0], [1, 0, 0], [0.5, 0.8, third]] if space else [[0, 0], [1, 0], [0.5, 0.8]]
    network = frame(nodes, [[0, 1], [1, 2], [0, 2]], width=2e-3, thickness=[1e-3, 1.5e-3, 1e-3])
    largest = []
    for layers in (None, 2):
        regions = build_solid(network, Shape(cells_across=1, layers=layers), True)
        corners = regions.points[regions.cells[regions.cell_bonds == 0]]
        largest.append(np.median(np.linalg.norm(corners[:, 1:] - corners[:, :1], axis=2).max(axis=1)))
    assert largest[1] < 1e-3 < 1.3e-3 < largest[0]


def outside_balls(L: float, w: float, t: float, R: float) -> float:
    """Volume of a strut between the balls at its ends, by counting over its cross-section."""
    y, z = (side * (np.arange(400) + 0.5) / 400 - side / 2 for side in (w, t))
    reach = np.sqrt(R**2 - y[:, None] ** 2 - z**2)
    return float((L - 2 * reach).mean()) * w * t


def test_struts_of_an_octet():
    """Bonds as wide and thick as they should be, in their own directions; volumes of struts and balls."""
    network = lattices.octet(1, 1, 1, 16e-3 * np.sqrt(2), section=STRAIGHT)
    w, t, R = 2e-3, 2e-3, 0.95 * np.hypot(2e-3, 2e-3)
    regions = build_solid(network, Shape(), True)
    bonds, nodes = by_region(regions, network)
    np.testing.assert_allclose(bonds, outside_balls(16e-3, w, t, R), rtol=0.01)
    np.testing.assert_allclose(nodes, 4 / 3 * np.pi * R**3, rtol=0.06)


def test_width_and_thickness_of_struts_lie_along_their_directions():
    network = frame([[0, 0, 0], [0.6, 0.5, 0.6], [0, 0, 1]], [[0, 1], [0, 2]], width=1e-3, thickness=3e-3)
    regions = build_solid(network, Shape(), True)
    for bond, (_, n, b) in enumerate(zip(*bond_frames(network), strict=True)):
        points = regions.points[np.unique(regions.cells[regions.cell_bonds == bond])]
        np.testing.assert_allclose([np.ptp(points @ n), np.ptp(points @ b)], [1e-3, 3e-3], rtol=1e-6)
        np.testing.assert_allclose(((points - network.nodes[0]) @ n).max(), 0.5e-3, rtol=1e-6)


def test_thinned_struts_are_thinner_at_their_ends():
    network = frame([[0, 0, 0], [0.6, 0.5, 0.6]], [[0, 1]], THIN)
    regions = build_solid(network, Shape(pad_radius=1.2e-3), True)
    (t,), (n,), (b,) = bond_frames(network)
    points = regions.points[np.unique(regions.cells[regions.cell_bonds == 0])]
    along, L = points @ t, network.lengths[0]
    ends = (along < 0.07 * L) | (along > 0.93 * L)
    assert ends.sum() > 8
    assert np.abs(points[ends] @ n).max() == pytest.approx(0.5e-3, rel=1e-6)
    assert np.abs(points @ n).max() == pytest.approx(1e-3, rel=1e-6)
    assert np.abs(points[ends] @ b).max() == pytest.approx(1e-3, rel=1e-6)


def test_a_cube_with_diagonals_is_built():
    """Seven bonds meet at some of its nodes, at 45° and 60°."""
    network = lattices.cubic_with_diagonals(1, 1, 1, 16e-3, supports="bottom")
    bonds, nodes = by_region(build_solid(network, Shape(cells_across=1), True), network)
    assert bonds.min() > 0
    assert nodes.min() > 0


@pytest.mark.parametrize("vector", [(1, 0), (0.6, 0.8), (0, -1)])
def test_frames_in_the_plane(vector):
    """The width points to the left of the bond, the thickness out of the plane."""
    (t,), (n,), (b,) = bond_frames(frame([[0, 0], vector], [[0, 1]]))
    np.testing.assert_allclose(t[:2], vector, atol=1e-15)
    np.testing.assert_allclose(n, [-vector[1], vector[0], 0], atol=1e-15)
    np.testing.assert_allclose(b, [0, 0, 1], atol=1e-15)


@pytest.mark.parametrize(
    ("vector", "across"),
    [((0, 0, 1), (0, 1, 0)), ((0, 0, -1), (0, -1, 0)), ((1, 0, 1), (0, 1, 0)), ((0, 1, 0), (-1, 0, 0))],
)
def test_frames_in_space_are_those_of_beams(vector, across):
    """n = e_z × t, but t × e_x for upright bonds, as the energy of beams has it; b = t × n."""
    (t,), (n,), (b,) = bond_frames(frame([[0, 0, 0], vector], [[0, 1]]))
    np.testing.assert_allclose(n, across, atol=1e-15)
    np.testing.assert_allclose(b, np.cross(t, n), atol=1e-15)
    np.testing.assert_allclose([t @ n, n @ n, b @ b], [0, 1, 1], atol=1e-15)
