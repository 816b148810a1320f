"""Outlines for beams that take material away: half a kerf from the outline everywhere, or a gap that is named."""

from collections import Counter
from dataclasses import replace

import ezdxf
import numpy as np
import pytest
from exported_networks import trained_widths
from ezdxf.path import make_path
from scipy.spatial import KDTree
from small_networks import strip

from femnn.errors import MeshError
from femnn.exporting.kerf import with_kerf
from femnn.exporting.printing import rounded, thin_walls
from femnn.geometry.contours import Contours, contours
from femnn.geometry.strips import Shape
from femnn.network import lattices
from femnn.network.network import Network
from femnn.network_files.drawings import OUTLINE
from femnn.network_files.dxf_writer import write_dxf

pytestmark = pytest.mark.serial

CASES = {
    "sharp": (strip, Shape(), 0.15e-3),
    "with fillets": (strip, Shape(fillet_radius=0.3e-3), 0.4e-3),
    "with pads": (lambda: lattices.kagome(2, 2, 16e-3), Shape(pad_radius=2.5e-3), 0.2e-3),
    "trained": (lambda: trained_widths(lattices.li2024()), Shape(taper=3.0), 0.05e-3),
}


def points(outline: Contours, loop: int, number: int) -> np.ndarray:
    return outline.along(outline.loops[loop], np.linspace(0, 1, number, endpoint=False))


@pytest.mark.parametrize("name", CASES)
def test_the_path_of_the_beam_is_half_a_kerf_outside(name):
    """The outer contour grows and holes shrink; every point of the path has the same distance from its contour."""
    make, shape, kerf = CASES[name]
    outline = contours(make(), shape)
    path = with_kerf(make(), outline, kerf)
    assert (path.holes, len(path.loops)) == (outline.holes, len(outline.loops))
    for loop, (before, after) in enumerate(zip(outline.loops, path.loops, strict=True)):
        assert path.area_of(after) > outline.area_of(before)
        assert np.sign(path.area_of(after)) == np.sign(outline.area_of(before))
        found, _ = KDTree(points(outline, loop, 3000)).query(points(path, loop, 50))
        np.testing.assert_allclose(found, kerf / 2, rtol=2e-2, atol=2e-6)
        for one, other in zip(after, (*after[1:], after[0]), strict=True):
            assert one[-1] == other[0]


def test_a_gap_that_closes_is_named():
    """Shoulders of neighbours in the printed lattice are 0.12 mm apart at node 8, on the steepest taper."""
    network = lattices.li2024()
    outline = contours(network, Shape())
    with_kerf(network, outline, 0.1e-3)
    for kerf in (0.15e-3, 0.6e-3):
        with pytest.raises(MeshError, match=r"a gap near node \d+ closes .* take another taper"):
            with_kerf(network, outline, kerf)


def test_a_hole_that_closes_is_named():
    """The bonds of a small triangle leave a hole of 1 mm between them."""
    small = replace(strip(), nodes=0.3 * strip().nodes)
    with pytest.raises(MeshError, match=r"a gap near node \d closes"):
        with_kerf(small, contours(small, Shape()), 1.5e-3)


def test_a_bond_no_wider_than_the_kerf_is_named():
    with pytest.raises(MeshError, match=r"bond 1–2 is 1 mm wide where it is thinnest, no more than the kerf of 1 mm"):
        with_kerf(lattices.li2024(), contours(lattices.li2024(), Shape()), 1e-3)


def test_a_drawing_for_lasers_is_closed_and_cuts_nothing_twice(tmp_path):
    network = trained_widths(lattices.li2024())
    outline = contours(network, Shape(taper=2.0))
    write_dxf(network, outline, tmp_path / "cut.dxf", network_too=False)
    drawing = ezdxf.readfile(tmp_path / "cut.dxf")
    entities = list(drawing.modelspace())
    assert {entity.dxftype() for entity in entities} == {"LWPOLYLINE"}
    assert all(entity.closed for entity in entities)
    assert len(entities) == 16
    corners = [tuple(np.round(point[:2], 6)) for entity in entities for point in entity.get_points("xy")]
    sides = Counter(
        frozenset((tuple(np.round(a[:2], 6)), tuple(np.round(b[:2], 6))))
        for entity in entities
        for own in [entity.get_points("xy")]
        for a, b in zip(own, [*own[1:], own[0]], strict=True)
    )
    assert max(sides.values()) == 1
    assert len(set(corners)) == len(corners)
    extents = [np.ptp(np.array([v.vec2 for v in make_path(entity).flattening(0.01)]), axis=0) for entity in entities]
    # What is around the holes comes last, so that they are cut while it still holds
    assert np.argmax(np.prod(extents, axis=1)) == len(entities) - 1


def test_centre_lines_in_a_drawing_are_not_plotted(tmp_path):
    write_dxf(strip(), contours(strip(), Shape()), tmp_path / "all.dxf")
    layers = ezdxf.readfile(tmp_path / "all.dxf").layers
    drawn = {entity.dxf.layer for entity in ezdxf.readfile(tmp_path / "all.dxf").modelspace()}
    assert [name for name in sorted(drawn) if layers.get(name).dxf.plot] == [OUTLINE]


def printed(widths: list[float]) -> Network:
    width = 1e-3 * np.array(widths)
    return replace(strip(), sections=replace(strip().sections, width=width))


def test_widths_are_rounded_and_the_change_of_k_is_said():
    network, (text,) = rounded(printed([2.0, 1.98, 2.024, 1.6, 2.5]), 0.05e-3)
    np.testing.assert_array_equal(network.sections.width, [2e-3, 2e-3, 2e-3, 1.6e-3, 2.5e-3])
    assert "by -0.024 mm at most, at bond 2–3; k changes by -1.2 % at most, at bond 2–3" in text
    network, (text,) = rounded(printed([2.0, 1.95, 2.05, 1.6, 2.5]), 0.05e-3)
    assert text == "widths are multiples of 0.05 mm as they are"


def test_walls_that_are_too_thin_are_named():
    assert thin_walls(strip(), 2e-3) == []
    assert thin_walls(lattices.li2024(), 1e-3) == []
    (text,) = thin_walls(lattices.li2024(), 1.2e-3)
    assert "28 of 28 bonds are thinner than the minimum wall of 1.2 mm" in text
    assert "its thinned end is 1 mm" in text
    octet = lattices.octet(1, 1, 1, 24e-3)
    flat = replace(octet, sections=replace(octet.sections, thickness=np.full(36, 0.5e-3)))
    assert "its thickness is 0.5 mm" in thin_walls(flat, 1e-3)[0]
