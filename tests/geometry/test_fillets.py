"""Fillets are arcs that touch both sides which they join, and add the area that closed forms say."""

from dataclasses import replace

import numpy as np
import pytest
from printed import STRAIGHT, THIN, bar, frame, volumes

from femnn.errors import MeshError
from femnn.geometry.fillets import FilletTooLargeError, along_arc, angle_on_pad, onto_pad, rounded
from femnn.geometry.gaps import Spoke, gap
from femnn.geometry.outlines import drawing
from femnn.geometry.strips import Shape
from femnn.meshing.solid_meshes import build_solid
from femnn.network import lattices
from femnn.network.network import Network

pytestmark = pytest.mark.serial


def unit(angle: float) -> np.ndarray:
    return np.array([np.cos(angle), np.sin(angle)])


@pytest.mark.parametrize("turn", [0.3, 2.0, 4.5, -1.0])
def test_points_along_an_arc(turn):
    """They lie on its circle, evenly, on the side of the middle point."""
    angles = 0.7 + turn * np.array([0, 0.5, 1])
    arc = np.array([0.2, -0.1]) + 3 * np.column_stack([np.cos(angles), np.sin(angles)])
    points, found = along_arc(arc, np.array([0, 0.25, 1]))
    np.testing.assert_allclose(points, [0.2, -0.1] + 3 * np.array([unit(0.7 + turn * s) for s in (0, 0.25, 1)]))
    assert found == pytest.approx(abs(turn))


@pytest.mark.parametrize("angle", [0.5, 1.5, 3.0])
def test_a_rounded_corner_touches_both_sides(angle):
    """Its radius is right angles to each side where it touches it."""
    corner, u, v, r = np.array([1.0, 2.0]), unit(0.4), unit(0.4 + angle), 0.3
    arc, tangent = rounded(corner, u, v, r)
    np.testing.assert_allclose(arc[[0, 2]] - corner, tangent * np.array([u, v]), atol=1e-14)
    centre = arc[0] + r * np.array([-u[1], u[0]])
    np.testing.assert_allclose(np.linalg.norm(arc - centre, axis=1), r)
    assert abs((arc[2] - centre) @ v) < 1e-14
    assert np.linalg.norm(arc[1] - corner) < min(np.linalg.norm(arc[[0, 2]] - corner, axis=1))


def test_a_fillet_onto_a_pad_touches_strip_and_pad():
    """It begins on the strip's side, and where it ends its centre and the pad's are on one line."""
    u, half, pad, r = unit(0.4), 0.5, 1.1, 0.2
    left = np.array([-u[1], u[0]])
    arc, along = onto_pad(u, left, half, pad, r)
    np.testing.assert_allclose(arc[0], along * u + half * left)
    centre = arc[0] + r * left
    np.testing.assert_allclose(np.linalg.norm(arc - centre, axis=1), r)
    np.testing.assert_allclose(arc[2] / pad, centre / (pad + r))
    assert np.arccos(arc[2] @ u / pad) == pytest.approx(angle_on_pad(half, pad, r))
    assert pad < np.linalg.norm(arc[1])


def drawn_area(network: Network, shape: Shape) -> float:
    """Area within the outlines of all regions, by Green's theorem with every arc as 4,000 chords."""
    drawn = drawing(network, shape)
    total = 0.0
    for curve in (curve for loop in drawn.loops for curve in loop):
        points = drawn.points[list(curve)]
        way = points if len(points) == 2 else along_arc(points, np.linspace(0, 1, 4001))[0]
        total += float((way[:-1, 0] * way[1:, 1] - way[:-1, 1] * way[1:, 0]).sum()) / 2
    return total


def added_area(network: Network, shape: Shape, radius: float) -> float:
    return drawn_area(network, replace(shape, fillet_radius=radius)) - drawn_area(network, shape)


def test_fillets_between_bonds_in_closed_form():
    """The straight lattice has 45 corners of 60°, those of 15 triangles, and each gains r² (√3 − π/3)."""
    r = 0.5e-3
    found = added_area(lattices.li2024(STRAIGHT), Shape(pad_radius=1e-3), r)
    assert found == pytest.approx(45 * r**2 * (np.sqrt(3) - np.pi / 3), rel=1e-3)


@pytest.mark.parametrize("taper", [0.0, 1.0])
def test_fillets_of_shoulders_in_closed_form(taper):
    """Four corners of a thinned bond gain r² (tan ½φ − ½φ), φ the slope's angle; where pads do not show, no other."""
    r, slope = 0.2e-3, np.arctan2(1, max(taper, 0.02))
    network = bar(THIN)
    found = added_area(network, Shape(pad_radius=0.5e-3, taper=taper), r)
    assert found == pytest.approx(4 * r**2 * (np.tan(slope / 2) - slope / 2), rel=1e-3)


def test_fillets_between_pads_and_necks():
    """Each of four gains the triangle of node, arc's centre and its foot, less what strip, pad and arc have of it."""
    h, R, r = 0.5e-3, 1.1e-3, 0.2e-3
    network = bar(STRAIGHT, width=2 * h)
    s, angle = np.sqrt((R + r) ** 2 - (h + r) ** 2), np.arcsin((h + r) / (R + r))
    e, leaving = np.sqrt(R**2 - h**2), np.arcsin(h / R)
    of_strip = e * h / 2 + (s - e) * h
    of_pad = R**2 * (angle - leaving) / 2
    of_arc = r**2 * (np.pi / 2 - angle) / 2
    expected = 4 * (s * (h + r) / 2 - of_strip - of_pad - of_arc)
    assert added_area(network, Shape(pad_radius=R), r) == pytest.approx(expected, rel=1e-3)


def test_area_of_a_mesh_with_fillets_tends_to_that_of_its_outlines():
    """The error of chords falls with the square of their length."""
    shape = Shape(fillet_radius=0.2e-3)
    exact = drawn_area(lattices.li2024(), shape)
    errors = [
        abs(volumes(build_solid(lattices.li2024(), replace(shape, cells_across=n), False)).sum() / exact - 1)
        for n in (2, 4)
    ]
    assert 1e-4 < errors[0] < 5e-3
    assert errors[1] < errors[0] / 3


def test_fillets_belong_to_bonds_or_nodes_and_leave_them_whole():
    """A lattice with fillets everywhere is built, and none of its triangles is left out."""
    regions = build_solid(lattices.li2024(), Shape(fillet_radius=0.2e-3), True)
    assert ((regions.cell_bonds >= 0) != (regions.cell_nodes >= 0)).all()


@pytest.mark.parametrize("pad", [0.5, 1.1])
@pytest.mark.parametrize("short", [0, 1])
def test_fillets_end_before_the_next_change_of_width(pad, short):
    """In the corner of two strips, and on a pad that shows between them, each strip must be long enough."""
    along = np.array([[0, 0.5], [16, 0.5]])
    spokes = [Spoke(unit(angle), along, free) for angle, free in ((0.3, 4.0), (2.1, 4.0))]
    assert max(gap(*spokes, pad, 0.2).reaches) < 4
    spokes[short] = replace(spokes[short], free=0.3)
    with pytest.raises(FilletTooLargeError):
        gap(*spokes, pad, 0.2)


CORNER = [[0, 0], [1, 0], [0.5, 0.87]], [[0, 1], [0, 2]]


@pytest.mark.parametrize(
    ("network", "shape", "message"),
    [
        (lattices.li2024(STRAIGHT), Shape(fillet_radius=4e-3), "does not fit at node 1"),
        (lattices.li2024(), Shape(fillet_radius=0.3e-3), "does not fit at node 1"),
        (frame(*CORNER, THIN, end_share=[0.1, 0]), Shape(fillet_radius=0.5e-3), "does not fit at node 1"),
        (frame(*CORNER, THIN, end_share=[0, 0.1]), Shape(fillet_radius=0.5e-3), "does not fit at node 1"),
        (bar(THIN), Shape(fillet_radius=2e-3), "does not fit where bond 1–2 is thinned"),
        (bar(THIN, end_share=0.2, end_width=0.4), Shape(pad_radius=2.9e-3, fillet_radius=0.5e-3), "does not fit"),
        (frame([[0, 0], [1, 0], [0, 1]], [[0, 1], [0, 2]]), Shape(fillet_radius=8e-3), "does not fit at node 1"),
    ],
)
def test_fillets_that_do_not_fit_are_named(network, shape, message):
    with pytest.raises(MeshError) as caught:
        build_solid(network, shape, False)
    assert message in str(caught.value)
    assert "make fillet_radius smaller" in str(caught.value)
