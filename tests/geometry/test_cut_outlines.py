"""Outlines in SVG and DXF: closed, of the solid's area, in true size; bonds on a layer of their own."""

import re
from dataclasses import replace
from xml.etree import ElementTree

import ezdxf
import numpy as np
import pytest
from exported_networks import trained_widths
from ezdxf.path import make_path
from small_networks import spatial_frame, strip

from femnn.errors import MeshError
from femnn.exporting.svg import write_svg
from femnn.geometry.contours import contours
from femnn.geometry.strips import Shape
from femnn.meshing.solid_meshes import build_solid
from femnn.network import lattices
from femnn.network.network import Network
from femnn.network_files.dxf_writer import write_dxf

pytestmark = pytest.mark.serial


def bar() -> Network:
    """One bond along x; around its ends the outline is more than half a circle."""
    return Network([[0, 0], [16e-3, 0]], [[0, 1]], [[1, 1], [0, 0]], rigid_joints=True, name="bar")


OUTLINES = {
    "printed": (lambda: trained_widths(lattices.li2024()), Shape(taper=2.0), 15),
    "with fillets": (lambda: trained_widths(strip()), Shape(fillet_radius=0.3e-3), 2),
    "with large pads": (bar, Shape(pad_radius=3e-3), 0),
}


@pytest.fixture(params=OUTLINES)
def outlined(request):
    make, shape, holes = OUTLINES[request.param]
    network = make()
    return network, shape, holes, contours(network, shape)


def polygon_area(points: np.ndarray) -> float:
    x, y = points.T
    return float(x @ np.roll(y, -1) - y @ np.roll(x, -1)) / 2


def test_the_outline_holds_the_area_of_the_finite_elements(outlined):
    network, shape, holes, outline = outlined
    assert outline.holes == holes
    assert len(outline.loops) == holes + 1
    solid = build_solid(network, replace(shape, cells_across=4.0), False)
    corners = solid.points[solid.cells]
    area = np.linalg.det(corners[:, 1:] - corners[:, :1]).sum() / 2
    assert outline.area == pytest.approx(area, rel=5e-3)


def test_a_bar_between_pads_has_the_area_of_circles_and_a_strip():
    r, h, L = 3e-3, 1e-3, 16e-3
    sector = r**2 * (np.pi - np.arcsin(h / r)) + h * np.sqrt(r**2 - h**2)
    wanted = 2 * sector + 2 * h * (L - 2 * np.sqrt(r**2 - h**2))
    assert contours(bar(), Shape(pad_radius=r)).area == pytest.approx(wanted, rel=1e-12)


def test_sides_that_cross_regions_are_one_line():
    """Of a bar without pads that stick out, four sides and two arcs are left."""
    (loop,) = contours(bar(), Shape()).loops
    assert sorted(len(curve) for curve in loop) == [2, 2, 3, 3]


def test_the_drawing_has_the_outline_and_the_centre_lines(tmp_path, outlined):
    network, _, holes, outline = outlined
    write_dxf(network, outline, tmp_path / "network.dxf")
    drawing = ezdxf.readfile(tmp_path / "network.dxf")
    assert not drawing.audit().errors
    assert drawing.header["$INSUNITS"] == 4
    loops = list(drawing.modelspace().query('LWPOLYLINE[layer=="outline"]'))
    assert len(loops) == holes + 1
    assert all(loop.closed for loop in loops)
    ways = [make_path(loop).flattening(1e-4) for loop in loops]
    areas = [polygon_area(np.array([tuple(point)[:2] for point in way])) for way in ways]
    assert areas[0] > 0 > max(areas[1:], default=-1.0)
    assert sum(areas) == pytest.approx(1e6 * outline.area, rel=1e-3)
    lines = list(drawing.modelspace().query('LINE[layer=="bonds"]'))
    for line, (p, q) in zip(lines, network.bonds, strict=True):
        np.testing.assert_allclose([tuple(line.dxf.start)[:2], tuple(line.dxf.end)[:2]], 1e3 * network.nodes[[p, q]])


def svg_loops(way: str) -> list[np.ndarray]:
    """Points of each loop of an SVG path, by the definition of its arcs (SVG 1.1, appendix F.6.5)."""
    loops, words = [], way.split()
    while words:
        command = words.pop(0)
        if command == "Z":
            loops[-1] = np.array(loops[-1])
        elif command in "ML":
            point = np.array([float(words.pop(0)), float(words.pop(0))])
            loops.append([point]) if command == "M" else loops[-1].append(point)
        else:
            assert command == "A"
            r, _, _, large, sweep, x, y = (float(words.pop(0)) for _ in range(7))
            start, end = loops[-1][-1], np.array([x, y])
            half = (end - start) / 2
            side = np.array([-half[1], half[0]]) / np.linalg.norm(half)
            height = np.sqrt(max(r**2 - half @ half, 0.0))
            centre = start + half + (1 if large != sweep else -1) * height * side
            a, b = (np.arctan2(*(point - centre)[::-1]) for point in (start, end))
            b += 2 * np.pi * (int(b < a) if sweep else -int(b > a))
            loops[-1] += [centre + r * np.array([np.cos(w), np.sin(w)]) for w in np.linspace(a, b, 200)[1:]]
    return loops


def test_the_picture_is_the_outline_in_true_size(tmp_path, outlined):
    network, _, holes, outline = outlined
    write_svg(network, outline, tmp_path / "network.svg")
    root = ElementTree.parse(tmp_path / "network.svg").getroot()
    left, top, width, height = (float(x) for x in root.get("viewBox").split())
    assert (root.get("width"), root.get("height")) == (f"{width:g}mm", f"{height:g}mm")
    loops = svg_loops(root.find("{*}path").get("d"))
    assert len(loops) == holes + 1
    assert -sum(polygon_area(loop) for loop in loops) == pytest.approx(1e6 * outline.area, rel=1e-3)
    points = np.concatenate(loops)
    np.testing.assert_allclose(points.min(axis=0), [left + 1, top + 1], atol=0.05)
    np.testing.assert_allclose(points.max(axis=0), [left + width - 1, top + height - 1], atol=0.05)


def test_a_network_in_space_has_no_outline():
    with pytest.raises(MeshError, match=re.escape("has no outline; export it as STEP or STL")):
        contours(spatial_frame(), Shape())
