"""Where lines of a drawing meet: joined, cut, left apart or refused, and never in silence."""

import ezdxf
import numpy as np
import pytest
from drawn_squares import loaded, square
from ezdxf.document import Drawing

from femnn.errors import ConfigError, MechanismError

pytestmark = pytest.mark.serial


def with_lines(*lines: tuple[tuple[float, ...], tuple[float, ...]], layer: str = "0") -> Drawing:
    drawing = square(layer)
    for start, end in lines:
        drawing.modelspace().add_line(start, end, dxfattribs={"layer": layer})
    return drawing


def lengths(network) -> list[float]:
    return sorted((1e3 * network.lengths).round(6).tolist())


def test_a_line_that_ends_on_another_cuts_it(tmp_path):
    """Two lines from a new node, one to the middle of the left side."""
    network = loaded(tmp_path, with_lines(((-10, 10), (0, 10)), ((-10, 10), (0, 20)), ((-10, 10), (0, 0))))
    assert len(network.nodes) == 6
    assert lengths(network).count(10) == 3
    assert any("the line from (0, 20) mm to (0, 0) mm is cut where others end, at node" in n for n in network.notes)


def test_a_mechanism_that_comes_of_a_cut_names_the_line(tmp_path):
    """The half of the side could turn about its new node."""
    with pytest.raises(MechanismError, match=r"the line from \(0, 20\) mm to \(0, 0\) mm is cut where others end"):
        loaded(tmp_path, with_lines(((-10, 10), (0, 10)), ((-10, 10), (0, 20))))


def test_lines_that_cross_are_apart_and_said_or_joined_on_request(tmp_path):
    """The other diagonal."""
    drawing = with_lines(((20, 0), (0, 20)))
    apart = loaded(tmp_path, drawing)
    assert (len(apart.nodes), len(apart.bonds)) == (4, 6)
    assert any(note.startswith("2 lines cross without a joint at (") for note in apart.notes)
    joined = loaded(tmp_path, drawing, more='crossings = "joined"\n')
    assert (len(joined.nodes), len(joined.bonds)) == (5, 8)
    new = 1e3 * joined.nodes[joined.labels == 3][0]
    np.testing.assert_allclose(new[1] / new[0], 20 / 45)
    np.testing.assert_allclose(new.sum(), 20)


def test_a_lattice_of_long_lines_is_one_of_short_bonds(tmp_path):
    """A triangular grid of 3 × 3 squares drawn with 13 lines: 16 nodes, 24 sides, 9 diagonals."""
    drawing = ezdxf.new("R2010", units=4)
    space = drawing.modelspace()
    for i in range(4):
        space.add_line((0, 10 * i), (30, 10 * i))
        space.add_line((10 * i, 0), (10 * i, 30))
    for i in range(-2, 3):
        space.add_line((max(0, 10 * i), max(0, -10 * i)), (30 + min(0, 10 * i), 30 - max(0, 10 * i)))
    for place in ((0, 0), (30, 0)):
        space.add_point(place, dxfattribs={"layer": "clamp"})
    network = loaded(tmp_path, drawing, more='crossings = "joined"\n')
    assert (len(network.nodes), len(network.bonds)) == (16, 33)
    with pytest.raises(MechanismError, match=r"cross at \(.*\) mm without a node .*: split them if joined"):
        loaded(tmp_path, drawing)


def test_lines_over_each_other_are_one_line(tmp_path):
    """Twice the same, overlapping in part, and one without length."""
    network = loaded(tmp_path, with_lines(((20, 0), (0, 0)), ((-20, 0), (10, 0)), ((-20, 0), (0, 20)), ((5, 5), (5, 5)),
                                          ((10, 0), (0, 20))))  # fmt: skip
    assert lengths(network).count(10) == 2
    assert lengths(network).count(20) == 2
    told = " ".join(network.notes)
    assert "at the place of others" in told
    assert "left out: 1 line without length, about (5, 5) mm" in told


@pytest.mark.parametrize(
    ("line", "beside"),
    [
        (((20, 0.1), (45, 20)), r"0.1 mm beside \(20, 0(.1)?\) mm"),
        (((10, 0.1), (45, 20)), r"0.1 mm beside the line from \(0, 0\) mm to \(20, 0\) mm"),
        (((10, -0.1), (45, 20)), "without a joint|beside the line"),
    ],
    ids=["end", "short of a line", "past a line"],
)
def test_ends_just_beside_others_are_refused_until_a_tolerance_says_what_is_meant(tmp_path, line, beside):
    """0.1 mm, where lines are 20 mm long."""
    drawing = with_lines(line, ((45, 20), (60, 0)), ((60, 0), (20, 0)))
    if "joint" not in beside:
        with pytest.raises(ConfigError, match=f"{beside}.*set tolerance in the TOML above that distance to join them"):
            loaded(tmp_path, drawing)
    joined = loaded(tmp_path, drawing, more='tolerance = "0.2 mm"\n')
    near = np.linalg.norm(joined.nodes[:, None] - joined.nodes[None], axis=2) + np.eye(len(joined.nodes))
    assert near.min() > 5e-3
    with pytest.raises(MechanismError, match="; "):
        loaded(tmp_path, drawing, more='tolerance = "0.01 mm"\n')


@pytest.mark.parametrize(("axes", "order"), [("xz", (0, 2, 1)), ("yz", (2, 0, 1))])
def test_a_drawing_in_another_plane_is_taken_into_its_plane_and_said(tmp_path, axes, order):
    drawing = ezdxf.new("R2010", units=4)
    corners = [np.array([x, y, 3.0])[list(order)] for x, y in [(0, 0), (20, 0), (45, 20), (0, 20)]]
    for p, q in [(0, 1), (1, 2), (2, 3), (3, 0), (0, 2)]:
        drawing.modelspace().add_line(corners[p], corners[q])
    for corner in corners[:2]:
        drawing.modelspace().add_point(corner, dxfattribs={"layer": "clamp"})
    network = loaded(tmp_path, drawing)
    assert sorted((1e3 * network.nodes).round(9).tolist()) == [[0, 0], [0, 20], [20, 0], [45, 20]]
    assert any(f"the plane {'–'.join(axes)} of the file is the network's x–y" in note for note in network.notes)


def test_a_rim_of_short_lines_is_no_slip(tmp_path):
    """The next but one along the rim is near, measured by the spokes, and meant to be."""
    drawing = ezdxf.new("R2010", units=4)
    count, space = 2000, drawing.modelspace()
    turn = np.linspace(0, 2 * np.pi, count, endpoint=False)
    rim = (100 * np.column_stack([np.cos(turn), np.sin(turn)])).tolist()
    for place, following in zip(rim, [*rim[1:], rim[0]], strict=True):
        space.add_line((0, 0), place)
        space.add_line(place, following)
    for place in (rim[0], rim[count // 2]):
        space.add_point(place, dxfattribs={"layer": "clamp"})
    network = loaded(tmp_path, drawing)
    assert (len(network.nodes), len(network.bonds)) == (count + 1, 2 * count)


@pytest.mark.parametrize("odd", [float("nan"), float("inf"), 1e300])
def test_coordinates_that_are_none_are_refused_by_what_has_them(tmp_path, odd):
    drawing = square()
    drawing.modelspace().add_line((odd, 0), (20, 0), dxfattribs={"layer": "odd"})
    with pytest.raises(ConfigError, match="a LINE on the layer 'odd' has a coordinate that is no finite number"):
        loaded(tmp_path, drawing)
