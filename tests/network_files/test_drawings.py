"""Drawings are read as they are seen: in world coordinates, without what is hidden, and no mark is lost in silence."""

from pathlib import Path

import ezdxf
import numpy as np
import pytest
from drawn_squares import CORNERS, SUPPORTS, loaded, square
from ezdxf.document import Drawing
from ezdxf.math import Matrix44
from mpi4py import MPI

from femnn.cli import main
from femnn.errors import ConfigError
from femnn.network.network import Network
from femnn.network_files.specification import load_network
from femnn.runtime.progress import tell_notes

pytestmark = pytest.mark.serial

MIRROR = Matrix44.scale(-1, 1, 1)


def refusal(folder: Path, drawing: Drawing, supports: str = SUPPORTS) -> str:
    with pytest.raises(ConfigError) as caught:
        loaded(folder, drawing, supports)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def held(network: Network) -> list[list[float]]:
    return sorted((1e3 * network.nodes[network.fixed.all(axis=1)]).round(9).tolist())


def test_a_mirrored_mark_is_where_it_is_seen(tmp_path):
    """Its stored centre is at x = -20, its extrusion points down."""
    drawing = square()
    (circle,) = drawing.modelspace().query("CIRCLE")
    circle.dxf.center = (-20, 0)
    circle.dxf.extrusion = (0, 0, -1)
    assert held(loaded(tmp_path, drawing)) == [[0, 0], [20, 0]]


def test_a_drawing_that_is_mirrored_in_cad_is_the_mirrored_network(tmp_path):
    """Lines, polylines of both kinds, points and circles, each with a coordinate system of its own."""
    drawing = ezdxf.new("R2010", units=4)
    space = drawing.modelspace()
    space.add_lwpolyline(CORNERS[:3], dxfattribs={"elevation": 7})
    space.add_polyline2d([CORNERS[2], CORNERS[3]], dxfattribs={"elevation": (0, 0, 7)})
    space.add_polyline3d([(*CORNERS[3], 7), (*CORNERS[0], 7)])
    space.add_line((*CORNERS[0], 7), (*CORNERS[2], 7))
    space.add_point((0, 0, 7), dxfattribs={"layer": "clamp"})
    space.add_circle((45, 20, 7), 2, dxfattribs={"layer": "clamp"})
    straight = loaded(tmp_path, drawing)
    for entity in space:
        entity.transform(MIRROR)
    assert all(e.dxf.extrusion.z < 0 for e in space.query("LWPOLYLINE CIRCLE")), "the case would test nothing"
    mirrored = loaded(tmp_path, drawing)
    assert held(straight) == [[0, 0], [45, 20]]
    assert held(mirrored) == [[-45, 20], [0, 0]]
    np.testing.assert_allclose(sorted((mirrored.nodes * [-1, 1]).tolist()), sorted(straight.nodes.tolist()))
    np.testing.assert_allclose(np.sort(mirrored.lengths), np.sort(straight.lengths))


@pytest.mark.parametrize("old", [False, True])
def test_a_polyline_in_a_tilted_plane_is_in_space(tmp_path, old):
    """Drawn in the plane y = 5 of the world: x of the plane is −x there, its y is z, its elevation y."""
    drawing = ezdxf.new("R2010", units=4)
    space, tilted = drawing.modelspace(), {"extrusion": (0, 1, 0)}
    if old:
        space.add_polyline2d([(-10, 0), (-20, 30)], dxfattribs={**tilted, "elevation": (0, 0, 5)})
    else:
        space.add_lwpolyline([(-10, 0), (-20, 30)], dxfattribs={**tilted, "elevation": 5})
    space.add_line((20, 5, 30), (30, 9, 0))
    space.add_circle((-20, 30, 5), 1, dxfattribs={**tilted, "layer": "clamp"})
    network = loaded(tmp_path, drawing, more="rigid_joints = true\n")
    np.testing.assert_allclose(sorted((1e3 * network.nodes).tolist()), [[10, 5, 0], [20, 5, 30], [30, 9, 0]])
    assert held(network) == [[20, 5, 30]]


def moved(x: float, y: float):
    def change(drawing: Drawing) -> None:
        (circle,) = drawing.modelspace().query("CIRCLE")
        circle.dxf.center = (x, y)

    return change


@pytest.mark.parametrize(
    ("place", "message"),
    [
        (
            (20.1, 0),
            "layer 'clamp': the CIRCLE at (20.1, 0) mm is on no node; the nearest is node 2 at (20, 0) mm, 0.1 mm",
        ),
        (
            (20.033, 0),
            "node 2 at (20, 0) mm, 0.033 mm away, and within 0.032 mm counts as on it; move it onto its node.",
        ),
        ((10, 0), "the nearest are nodes 1 and 2 at (0, 0) mm and (20, 0) mm, 10 mm away"),
    ],
)
def test_marks_beside_their_nodes_are_refused_by_place_and_distance(tmp_path, place, message):
    drawing = square()
    moved(*place)(drawing)
    assert message in refusal(tmp_path, drawing)


def test_marks_within_the_tolerance_are_taken_and_several_on_a_node_are_one(tmp_path):
    drawing = square()
    moved(20.031, 0)(drawing)
    drawing.modelspace().add_point((20, 0.001), dxfattribs={"layer": "clamp"})
    drawing.modelspace().add_point((45, 20), dxfattribs={"layer": "CLAMP"})
    network = loaded(tmp_path, drawing)
    assert held(network) == [[0, 0], [20, 0], [45, 20]], "layers have one name whether in capitals or not"
    assert network.notes == ()


def test_a_mark_between_two_nodes_within_reach_of_both_is_refused(tmp_path):
    drawing = square()
    drawing.modelspace().add_line((20.04, 0), (45, 20))
    drawing.modelspace().add_line((20.04, 0), (0, 20))
    moved(20.02, 0)(drawing)
    apart = f'tolerance = "0.03 mm"\n{SUPPORTS}'
    assert "within 0.03 mm of nodes 2 and 3 each; move it onto one of them" in refusal(tmp_path, drawing, apart)


def test_marks_of_a_drawing_in_other_units_are_named_in_these(tmp_path):
    drawing = square()
    drawing.header["$INSUNITS"] = 1
    moved(20.5, 0)(drawing)
    assert "at (20.5, 0) in is on no node; the nearest is node 2 at (20, 0) in, 0.5 in away" in refusal(
        tmp_path, drawing
    )


def test_marks_that_nothing_asks_for_are_said(tmp_path):
    """A layer that no support names, and one whose marks are on no node: both are left out, neither in silence."""
    drawing = square()
    drawing.modelspace().add_circle((30, 10), 1, dxfattribs={"layer": "holes"})
    drawing.modelspace().add_circle((31, 10), 1, dxfattribs={"layer": "holes"})
    network = loaded(tmp_path, drawing, "[[supports]]\nnodes = [1, 2]\n")
    holes, clamp = network.notes
    assert holes.startswith("layer 'holes': the CIRCLE at (30, 10) mm is on no node; the nearest is node 2")
    assert holes.endswith("(1 more of its marks are on no node)")
    assert clamp == "nodes 1 and 2 marked by the group 'clamp', for which nothing asks"


def hide_layer(drawing: Drawing, name: str, how: str) -> None:
    layer = drawing.layers.get(name) if name in drawing.layers else drawing.layers.add(name)
    getattr(layer, how)()


def with_diagonal(layer: str) -> Drawing:
    drawing = square()
    drawing.modelspace().add_line(CORNERS[1], CORNERS[3], dxfattribs={"layer": layer})
    return drawing


@pytest.mark.parametrize(("how", "state"), [("off", "off"), ("freeze", "frozen")])
def test_hidden_layers_are_left_out_and_said(tmp_path, how, state):
    drawing = with_diagonal("OLD")
    hide_layer(drawing, "old", how)
    network = loaded(tmp_path, drawing)
    assert len(network.bonds) == 5
    assert network.notes == (f"layer 'old' is {state}: 1 LINE left out; switch it on to have it read",)


def test_a_layer_that_is_frozen_in_new_windows_alone_is_seen_in_the_model(tmp_path):
    drawing = with_diagonal("new")
    drawing.layers.add("new").dxf.flags = 2
    assert len(loaded(tmp_path, drawing).bonds) == 6


def test_invisible_lines_and_other_sheets_are_left_out_and_said(tmp_path):
    drawing = with_diagonal("0")
    list(drawing.modelspace().query("LINE"))[-1].dxf.invisible = 1
    drawing.layout("Layout1").add_line((0, 0), (9, 9))
    drawing.layout("Layout1").add_viewport((0, 0), (9, 9), (0, 0), 9)
    network = loaded(tmp_path, drawing)
    assert len(network.bonds) == 5
    assert network.notes == (
        "left out: 1 LINE on the layer '0', set invisible",
        "left out: 1 LINE on the sheet 'Layout1'; the model alone is read",
    )


@pytest.mark.parametrize(
    ("layer", "message"),
    [
        ("clamp", "square: layer 'clamp' is off: 1 POINT and 1 CIRCLE left out; switch it on to have it read."),
        ("0", "it has no lines that are seen; layer '0' is off: 5 LINE left out."),
        ("bonds", "layer 'bonds' is off: 1 LINE left out, which the network needs; switch it on."),
    ],
)
def test_what_is_hidden_and_asked_for_is_refused(tmp_path, layer, message):
    drawing = with_diagonal("bonds") if layer == "bonds" else square()
    hide_layer(drawing, layer, "off")
    assert message in refusal(tmp_path, drawing)


FANCY = "FANCY\n  5\nFFA1\n330\n17\n100\nAcDbEntity\n  8\nsketch\n100\nAcDbFancy\n 40\n1.0\n  0\n"
"""An entity of a kind that ezdxf does not know."""


def test_what_is_not_read_is_said_by_kind_and_count(tmp_path):
    drawing = square("bonds")
    space = drawing.modelspace()
    for number in range(2):
        space.add_text("note", dxfattribs={"layer": "notes"}).set_placement((number, 5))
    space.add_hatch(dxfattribs={"layer": "notes"})
    space.add_arc((0, 0), 5, 0, 90, dxfattribs={"layer": "clamp"})
    space.add_lwpolyline([(0, 0), (50, 50)], dxfattribs={"layer": "frame"})
    space.add_lwpolyline([(0, 0), (50, 50)], dxfattribs={"layer": "outline"})
    drawing.saveas(tmp_path / "square.dxf")
    text = (tmp_path / "square.dxf").read_text()
    assert text.count("  0\nCIRCLE\n") == 1
    (tmp_path / "square.dxf").write_text(text.replace("  0\nCIRCLE\n", f"  0\n{FANCY}CIRCLE\n"))
    (tmp_path / "square.toml").write_text(f'file = "square.dxf"\n{SUPPORTS}')
    reason = "bonds are the lines on the layer 'bonds', and marks points and circles"
    assert load_network(str(tmp_path / "square.toml")).notes == (
        f"not read: 1 ARC on the layer 'clamp'; {reason}",
        "not read: 1 LWPOLYLINE on the layer 'outline', where no bonds are",
        f"not read: 1 FANCY on the layer 'sketch'; {reason}",
        f"not read: 2 TEXT and 1 HATCH on the layer 'notes'; {reason}",
        f"not read: 1 LWPOLYLINE on the layer 'frame'; {reason}",
    )


@pytest.mark.parametrize("kind", ["LWPOLYLINE", "LINE"])
def test_marks_that_are_not_read_are_refused_where_a_support_asks_for_them(tmp_path, kind):
    """Beside marks that are: a triangle, a line along a side would be lost."""
    drawing = square("bonds")
    space, attributes = drawing.modelspace(), {"layer": "clamp"}
    if kind == "LWPOLYLINE":
        space.add_lwpolyline([(20, 0), (18, -3), (22, -3)], close=True, dxfattribs=attributes)
    else:
        space.add_line((0, 0), (20, 0), dxfattribs=attributes)
    assert f"not read: 1 {kind} on the layer 'clamp'; bonds are the lines on the layer 'bonds'" in refusal(
        tmp_path, drawing
    )


def test_texts_are_no_marks_and_a_support_that_asks_for_them_alone_says_so(tmp_path):
    """Beside marks they say what these are."""
    drawing = square()
    for place in ((0, 0), (20, 0)):
        drawing.modelspace().add_text("fixed", dxfattribs={"layer": "held"}).set_placement(place)
        drawing.modelspace().add_text("fixed", dxfattribs={"layer": "clamp"}).set_placement(place)
    assert loaded(tmp_path, drawing).fixed.any(axis=1).tolist() == [True, True, False, False]
    message = refusal(tmp_path, drawing, '[[supports]]\ngroup = "held"\n')
    assert "not read: 2 TEXT on the layer 'held'; bonds are lines, and marks points and circles" in message


def test_lines_of_several_layers_are_said(tmp_path):
    """A symbol of lines at a support is bonds where no layer holds these alone."""
    drawing = square()
    drawing.modelspace().add_lwpolyline([(20, 0), (18, -3), (22, -3)], close=True, dxfattribs={"layer": "clamp"})
    network = loaded(tmp_path, drawing)
    assert len(network.bonds) == 8
    assert any("bonds are the lines of several layers: 5 on '0' and 3 on 'clamp'" in note for note in network.notes)
    assert not any("several layers" in note for note in loaded(tmp_path, square()).notes)


@pytest.mark.parametrize(
    ("number", "metres"), [(1, 0.0254), (3, 1609.344), (9, 2.54e-5), (10, 0.9144), (12, 1e-9), (21, 1200 / 3937)]
)
def test_units_are_those_of_the_drawing(tmp_path, number, metres):
    drawing = square()
    drawing.header["$INSUNITS"] = number
    (tmp_path / "own").mkdir()
    wide = loaded(tmp_path / "own", drawing).nodes.max(axis=0)
    np.testing.assert_allclose(wide, np.array([45, 20]) * metres, rtol=1e-14)


@pytest.mark.parametrize(("number", "message"), [(0, "does not say its unit"), (99, "not known ($INSUNITS is 99)")])
def test_a_drawing_without_a_known_unit_says_so(tmp_path, number, message):
    drawing = square()
    drawing.header["$INSUNITS"] = number
    assert message in refusal(tmp_path, drawing)


@pytest.mark.parametrize("tolerance", ["50 mm", "33 mm"])
def test_a_tolerance_that_leaves_no_line_is_refused_as_such(tmp_path, tolerance):
    """Also where lines are longer, and their ends are joined through others between."""
    message = refusal(tmp_path, square(), f'tolerance = "{tolerance}"\n' + SUPPORTS)
    assert f"ends up to {tolerance} apart are one node, and that joins both ends of every line" in message
    assert "the longest of which is 49.2 mm" in message


def test_lines_that_are_all_points_are_refused_as_such(tmp_path):
    drawing = ezdxf.new("R2010", units=4)
    drawing.modelspace().add_line((1, 1), (1, 1))
    assert "all of its lines are without length" in refusal(tmp_path, drawing)


def test_a_polyline_that_is_fitted_by_a_curve_is_refused(tmp_path):
    """Its vertices are those of a frame around the curve."""
    drawing = square()
    drawing.modelspace().add_polyline2d([(0, 0), (9, 9), (20, 0)], dxfattribs={"flags": 4})
    assert "layer '0' has a curve (fitted POLYLINE)" in refusal(tmp_path, drawing)


def test_femnn_mesh_says_what_is_left_out(tmp_path, capfd):
    drawing = with_diagonal("old")
    hide_layer(drawing, "old", "off")
    network = loaded(tmp_path, drawing)
    capfd.readouterr()
    with pytest.raises(SystemExit) as ended:
        main(["mesh", str(tmp_path / "square.toml")])
    assert not ended.value.code
    text = "layer 'old' is off: 1 LINE left out; switch it on to have it read"
    assert f"note: {text}\n" in capfd.readouterr().out
    tell_notes(MPI.COMM_WORLD, network)
    assert capfd.readouterr() == ("", f"femnn: note: square: {text}\n")


def test_a_mark_where_a_port_is_asks_for_no_support(tmp_path):
    """Others do: what is drawn and not used is said."""
    drawing = square()
    drawing.modelspace().add_circle((45, 20), 1, dxfattribs={"layer": "load"})
    port = '[inputs]\npull = {{ node = {}, direction = "-y" }}\n'
    assert loaded(tmp_path, drawing, SUPPORTS + port.format(4)).notes == ()
    (note,) = loaded(tmp_path, drawing, SUPPORTS + port.format(3)).notes
    assert note == "node 4 marked by the group 'load', for which nothing asks"
