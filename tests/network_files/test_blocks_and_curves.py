"""Blocks of a drawing are what is seen of them; curves are refused, or cut short as far as is allowed."""

import math

import ezdxf
import numpy as np
import pytest
from drawn_squares import CORNERS, loaded, square
from ezdxf.document import Drawing

from femnn.errors import ConfigError
from femnn.network_files.specification import load_network

pytestmark = pytest.mark.serial

SIDES = [(0, 1), (1, 2), (2, 3), (3, 0), (0, 2)]
CURVED = 'curves = "0.2 mm"\nrigid_joints = true\n'


def marked(drawing: Drawing, *places: tuple[float, float]) -> Drawing:
    for place in places:
        drawing.modelspace().add_point(place, dxfattribs={"layer": "clamp"})
    return drawing


def cell(name: str = "cell") -> Drawing:
    """A drawing with a braced square of 20 mm as a block, not inserted yet."""
    drawing = ezdxf.new("R2010", units=4)
    corners = [(0, 0), (20, 0), (20, 20), (0, 20)]
    block = drawing.blocks.new(name)
    for p, q in SIDES:
        block.add_line(corners[p], corners[q])
    return drawing


def at(network) -> list[list[float]]:
    return sorted((1e3 * network.nodes).round(6).tolist())


def test_a_block_in_rows_and_columns_is_a_lattice(tmp_path):
    """3 × 2 cells: nodes and bonds that neighbours share are there once."""
    drawing = marked(cell(), (0, 0), (20, 0))
    rows = {"row_count": 2, "column_count": 3, "row_spacing": 20, "column_spacing": 20}
    drawing.modelspace().add_blockref("cell", (0, 0), dxfattribs=rows)
    network = loaded(tmp_path, drawing)
    assert at(network) == sorted([20.0 * x, 20.0 * y] for x in range(4) for y in range(3))
    assert len(network.bonds) == 3 * 3 + 4 * 2 + 6
    assert "blocks are taken apart: 'cell' 6 times" in network.notes
    assert any(note.startswith("left out: 7 lines at the place of others") for note in network.notes)


def test_a_block_is_where_it_is_turned_scaled_and_mirrored_to(tmp_path):
    drawing = cell()
    placed = {"xscale": 2, "yscale": -1, "rotation": 30}
    drawing.modelspace().add_blockref("cell", (5, 7), dxfattribs=placed)
    c, s = math.cos(math.radians(30)), math.sin(math.radians(30))
    corners = [(5 + c * x - s * y, 7 + s * x + c * y) for x, y in [(0, 0), (40, 0), (40, -20), (0, -20)]]
    network = loaded(tmp_path, marked(drawing, *corners[:2]))
    np.testing.assert_allclose(at(network), sorted(corners), atol=1e-6)


def test_blocks_within_blocks_are_taken_apart(tmp_path):
    drawing = cell("inner")
    drawing.blocks.new("outer").add_blockref("inner", (5, 0))
    drawing.modelspace().add_blockref("outer", (-5, 0))
    assert len(loaded(tmp_path, marked(drawing, (0, 0), (20, 0))).bonds) == 5


def test_marks_in_a_block_are_on_the_layer_of_the_block(tmp_path):
    """As a symbol for a support is drawn: on layer 0 within its block, mirrored."""
    drawing = ezdxf.new("R2010", units=4)
    for p, q in SIDES:
        drawing.modelspace().add_line(CORNERS[p], CORNERS[q])
    drawing.blocks.new("foot").add_circle((-20, 0), 1)
    for place, across in (((0, 0), -1), ((20, 0), 1)):
        attributes = {"layer": "clamp", "xscale": across}
        drawing.modelspace().add_blockref("foot", place, dxfattribs=attributes)
    network = loaded(tmp_path, drawing)
    held = 1e3 * network.nodes[network.fixed.all(axis=1)]
    assert sorted(held.tolist()) == [[0, 0], [20, 0]]


@pytest.mark.parametrize("state", ["off", "freeze"])
def test_a_block_on_a_layer_that_is_not_seen_is_left_out(tmp_path, state):
    drawing = square()
    getattr(drawing.layers.add("old"), state)()
    drawing.blocks.new("cell").add_line((0, 0), (-9, -9))
    drawing.modelspace().add_blockref("cell", (0, 0), dxfattribs={"layer": "old"})
    network = loaded(tmp_path, drawing)
    assert len(network.bonds) == 5
    assert any("layer 'old' is" in note and "left out" in note for note in network.notes)


def test_blocks_that_multiply_or_hold_themselves_are_refused_at_once(tmp_path):
    """Ten blocks, each a hundred times a hundred of the one before, are 10⁴⁰ lines."""
    drawing = cell("0")
    array = {"row_count": 100, "column_count": 100, "row_spacing": 1, "column_spacing": 1}
    for i in range(10):
        drawing.blocks.new(str(i + 1)).add_blockref(str(i), (0, 0), dxfattribs=array)
    drawing.modelspace().add_blockref("10", (0, 0))
    with pytest.raises(ConfigError, match="its blocks hold more than 1,000,000 entities; save the lattice alone"):
        loaded(tmp_path, drawing)
    drawing = square()
    drawing.blocks.new("snake").add_blockref("snake", (1, 1))
    drawing.modelspace().add_blockref("snake", (0, 0))
    with pytest.raises(ConfigError, match="the block 'snake' is in itself"):
        loaded(tmp_path, drawing)


def test_a_block_of_another_file_is_named(tmp_path):
    drawing = square()
    drawing.add_xref_def("girder.dxf", "girder")
    drawing.modelspace().add_blockref("girder", (0, 0))
    with pytest.raises(ConfigError, match="has the block 'girder', which is in another file or missing; bind it"):
        loaded(tmp_path, drawing)


def with_curve(kind: str) -> Drawing:
    """The square, and above its right side a half circle of 10 mm, or what is like one."""
    drawing = square()
    space = drawing.modelspace()
    if kind == "arc":
        space.add_arc((55, 20), 10, 0, 180)
    elif kind == "bulge":
        space.add_lwpolyline([(65, 20, 1), (45, 20, 0)], format="xyb")
    elif kind == "ellipse":
        space.add_ellipse((55, 20), (10, 0), 1.0, 0, math.pi)
    else:
        space.add_spline([(55 + 10 * math.cos(t), 20 + 10 * math.sin(t)) for t in np.linspace(0, math.pi, 9)])
    return drawing


@pytest.mark.parametrize("kind", ["arc", "bulge", "ellipse", "spline"])
def test_curves_are_refused_unless_they_may_be_cut_short(tmp_path, kind):
    """Nodes are on the half circle, which the spline leaves by 0.1 mm, and bonds no farther inside than is allowed."""
    drawing = with_curve(kind)
    with pytest.raises(ConfigError, match=r"while bonds are straight; set curves in the TOML .*curves = \"0.1 mm\""):
        loaded(tmp_path, drawing)
    network = loaded(tmp_path, drawing, more=CURVED)
    nodes = 1e3 * network.nodes
    around = nodes[np.linalg.norm(nodes - [55, 20], axis=1) < 12]
    assert len(around) >= 6
    np.testing.assert_allclose(np.linalg.norm(around - [55, 20], axis=1), 10, atol=0.1)
    middles = nodes[network.bonds].mean(axis=1)
    inside = np.linalg.norm(middles - [55, 20], axis=1)
    inside = inside[inside < 10.1]
    assert inside.min() > 9.7


def test_options_of_drawings_are_refused_where_they_change_nothing(tmp_path):
    (tmp_path / "own.csv").write_text("node,x,y\n1,0,0\n")
    for option in ('curves = "1 mm"', 'crossings = "joined"'):
        (tmp_path / "own.toml").write_text(f'file = "own.csv"\n{option}\n[[supports]]\nnodes = [1]\n')
        with pytest.raises(ConfigError, match="is for drawings, and changes nothing here"):
            load_network(tmp_path / "own.toml")


def test_a_circle_in_a_block_that_is_stretched_marks_its_node(tmp_path):
    """It is seen as an ellipse, about the place of its centre."""
    drawing = cell()
    for place in ((0, 0), (20, 0)):
        drawing.blocks.get("cell").add_circle(place, 1, dxfattribs={"layer": "clamp"})
    drawing.modelspace().add_blockref("cell", (3, 4), dxfattribs={"xscale": 2, "rotation": 90})
    network = loaded(tmp_path, drawing)
    np.testing.assert_allclose(1e3 * network.nodes[network.fixed.all(axis=1)], [[3, 4], [3, 44]], atol=1e-6)
