"""A drawing that femnn wrote keeps its labels, whatever is drawn into it, or is refused."""

import ezdxf
import numpy as np
import pytest
from drawn_squares import loaded
from ezdxf.document import Drawing

from femnn.errors import ConfigError
from femnn.network import lattices
from femnn.network_files.dxf_writer import write_dxf
from femnn.network_files.specification import load_network

pytestmark = pytest.mark.serial


@pytest.fixture
def written(tmp_path) -> Drawing:
    """A drawing that femnn wrote, whose nodes are not in the order in which drawings are read."""
    write_dxf(lattices.li2024(), None, tmp_path / "square.dxf")
    return ezdxf.readfile(tmp_path / "square.dxf")


def test_marks_in_a_drawing_of_femnn_hold_the_nodes_that_they_are_on(tmp_path, written):
    network = lattices.li2024()
    for label in (5, 9):
        written.modelspace().add_circle(1e3 * network.nodes[network.index(label)], 1, dxfattribs={"layer": "clamp"})
    again = loaded(tmp_path, written)
    np.testing.assert_array_equal(again.nodes, network.nodes)
    assert again.labels[again.fixed.all(axis=1)].tolist() == [5, 9]


def test_nodes_that_are_drawn_since_follow_the_labels_of_femnn(tmp_path, written):
    network = lattices.li2024()
    low, new = 1e3 * network.nodes[network.index(13)], (-16.0, -70.0)
    for label in (13, 14):
        written.modelspace().add_line(1e3 * network.nodes[network.index(label)], new, dxfattribs={"layer": "bonds"})
    again = loaded(tmp_path, written, "[[supports]]\nnodes = [1, 5]\n")
    assert again.labels.tolist() == [*range(1, 15), 15]
    np.testing.assert_allclose(1e3 * again.nodes[again.index(15)], new)
    np.testing.assert_allclose(1e3 * again.nodes[again.index(13)], low)
    assert again.notes == ("node 15 drawn since femnn wrote the drawing, labelled after the others",)


def point_of(drawing: Drawing, label: int):
    return next(p for p in drawing.modelspace().query("POINT") if (1000, f"node={label}") in p.get_xdata("FEMNN"))


def point_is_moved(drawing: Drawing) -> None:
    point_of(drawing, 13).translate(1, 0, 0)


def point_is_invisible(drawing: Drawing) -> None:
    point_of(drawing, 13).dxf.invisible = 1


def points_are_off(drawing: Drawing) -> None:
    drawing.layers.get("nodes").off()


def points_meet(drawing: Drawing) -> None:
    point_of(drawing, 13).dxf.location = point_of(drawing, 14).dxf.location


def all_is_copied(drawing: Drawing) -> None:
    for entity in list(drawing.modelspace()):
        copy = entity.copy()
        drawing.modelspace().add_entity(copy)
        copy.translate(500, 0, 0)


@pytest.mark.parametrize("suffix", [".dxf", ".toml"])
@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            point_is_moved,
            "the point of node 13 at .* mm is at the end of no line; the nearest ends at .* mm, 1 mm away",
        ),
        (point_is_invisible, "1 POINT on the layer 'nodes' are set invisible; have them seen"),
        (points_are_off, "layer 'nodes' is off: 14 POINT left out, which the network needs; switch it on"),
        (points_meet, "nodes 1[34] and 1[34] are drawn at one place; move one of them"),
        (all_is_copied, r"node \d+ is drawn at 2 places; leave one of them, or delete the points on the layer 'nodes'"),
    ],
)
def test_labels_of_femnn_are_never_dropped(tmp_path, written, change, message, suffix):
    """Counted again, they would be those of other nodes."""
    change(written)
    written.saveas(tmp_path / "square.dxf")
    (tmp_path / "square.toml").write_text('file = "square.dxf"\n[[supports]]\nnodes = [1, 5]\n')
    with pytest.raises(ConfigError, match=message):
        load_network(str(tmp_path / f"square{suffix}"))
