"""Drawings of users: lines become bonds, ends that coincide nodes, layers groups; what cannot be read is named."""

import re
from pathlib import Path

import ezdxf
import numpy as np
import pytest
from exported_networks import NETWORKS

from femnn.errors import ConfigError
from femnn.geometry.contours import contours
from femnn.geometry.strips import Shape
from femnn.network import lattices
from femnn.network.network import Network
from femnn.network_files.dxf_writer import write_dxf
from femnn.network_files.specification import load_network

pytestmark = pytest.mark.serial

ARCH = [((0, 0), (16, 0)), ((16.0001, 0), (8, 12)), ((8, 12.0001), (0, 0))]
SUPPORTS = '[[supports]]\ngroup = "clamp"\n'


def drawn(folder: Path, lines=ARCH, unit: int = 4, layer: str = "0") -> ezdxf.document.Drawing:
    """A drawing as a user makes it: nothing of femnn's in it, and a circle and a point that mark supports."""
    drawing = ezdxf.new("R2000", units=unit)
    space = drawing.modelspace()
    for start, end in lines:
        space.add_line(start, end, dxfattribs={"layer": layer})
    space.add_point((0, 0), dxfattribs={"layer": "clamp"})
    space.add_circle((16, 0), 2, dxfattribs={"layer": "clamp"})
    space.add_text("Arch", dxfattribs={"layer": "notes"})
    return drawing


def loaded(folder: Path, drawing: ezdxf.document.Drawing, more: str = "") -> Network:
    drawing.saveas(folder / "arch.dxf")
    (folder / "arch.toml").write_text(f'file = "arch.dxf"\n{more}{SUPPORTS}')
    return load_network(str(folder / "arch.toml"))


@pytest.mark.parametrize(("unit", "metres"), [(4, 1e-3), (5, 1e-2), (1, 0.0254), (6, 1.0)])
def test_lines_are_bonds_and_their_common_ends_nodes(tmp_path, unit, metres):
    """Nodes are numbered from left to right, then upwards, by whatever the drawing's unit is."""
    network = loaded(tmp_path, drawn(tmp_path, unit=unit))
    np.testing.assert_allclose(network.nodes, metres * np.array([[0, 0], [16, 0], [8, 12]]), atol=2e-4 * metres)
    assert np.sort(network.bonds, axis=1).tolist() == [[0, 1], [1, 2], [0, 2]]
    assert network.fixed.any(axis=1).tolist() == [True, True, False]


def test_a_given_unit_goes_before_that_of_the_drawing(tmp_path):
    network = loaded(tmp_path, drawn(tmp_path, unit=0), 'unit = "cm"\n')
    np.testing.assert_allclose(np.ptp(network.nodes, axis=0), [0.16, 0.12], rtol=1e-4)
    np.testing.assert_array_equal(loaded(tmp_path, drawn(tmp_path, unit=1), 'unit = "cm"\n').nodes, network.nodes)


def test_polylines_are_bonds_one_by_one(tmp_path):
    drawing = drawn(tmp_path, ARCH[:1])
    drawing.modelspace().add_lwpolyline([(0, 0), (8, 12), (16, 0)])
    assert len(loaded(tmp_path, drawing).bonds) == 3


def test_lines_in_space_are_a_network_in_space(tmp_path):
    lines = [((0, 0, 0), (16, 0, 0)), ((16, 0, 0), (8, 12, 5)), ((8, 12, 5), (0, 0, 0))]
    network = loaded(tmp_path, drawn(tmp_path, lines), "rigid_joints = true\n")
    np.testing.assert_allclose(network.nodes[2], [8e-3, 12e-3, 5e-3])


def test_a_layer_of_bonds_is_read_alone(tmp_path):
    drawing = drawn(tmp_path, layer="Bonds")
    drawing.modelspace().add_line((-50, -50), (50, -50), dxfattribs={"layer": "frame"})
    drawing.modelspace().add_arc((0, 0), 5, 0, 90)
    assert len(loaded(tmp_path, drawing).bonds) == 3


def test_a_node_that_is_moved_in_cad_is_where_it_is_drawn(tmp_path):
    """All else that femnn wrote stays as it was."""
    network = NETWORKS["plane"]()
    path = tmp_path / "plane.dxf"
    write_dxf(network, contours(lattices.li2024(), Shape()), path)  # the outline is not looked at
    drawing = ezdxf.readfile(path)
    old = 1e3 * network.nodes[7]
    new = old + np.array([0.25, -0.5])
    for entity in drawing.modelspace().query("LINE POINT"):
        for attribute in ("start", "end", "location"):
            if entity.dxf.hasattr(attribute) and np.allclose(tuple(entity.dxf.get(attribute))[:2], old):
                entity.dxf.set(attribute, (*new, 0.0))
    drawing.saveas(path)
    again = load_network(str(path))
    np.testing.assert_allclose(again.nodes[7], 1e-3 * new, rtol=1e-12)
    still = np.arange(len(network.nodes)) != 7
    np.testing.assert_array_equal(again.nodes[still], network.nodes[still])
    np.testing.assert_array_equal(again.labels, network.labels)
    np.testing.assert_array_equal(again.sections.width, network.sections.width)


def copied(drawing):
    space = drawing.modelspace()
    for entity in [*space.query("LINE[layer=='bonds']"), *space.query("POINT")]:
        copy = entity.copy()
        space.add_entity(copy)
        copy.translate(500, 0, 0)


def with_spoilt_data(drawing):
    drawing.modelspace().query("POINT")[2].set_xdata("FEMNN", [(1000, "number=three"), (1000, "node=3")])


def without_a_label(drawing):
    drawing.modelspace().query("POINT")[2].set_xdata("FEMNN", [(1000, "number=2")])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (copied, "is drawn at 2 places"),
        (with_spoilt_data, "it is no valid .dxf file"),
        (without_a_label, "it is no valid .dxf file"),
    ],
)
def test_what_was_spoilt_in_cad_is_named(tmp_path, change, message):
    path = tmp_path / "plane.dxf"
    write_dxf(lattices.li2024(), None, path)
    drawing = ezdxf.readfile(path)
    change(drawing)
    drawing.saveas(path)
    with pytest.raises(ConfigError, match=re.escape(message)):
        load_network(str(path))


def with_arc(drawing):
    drawing.modelspace().add_arc((0, 0), 5, 0, 90)


def with_bulge(drawing):
    drawing.modelspace().add_lwpolyline([(0, 0, 0.5), (8, 12, 0)], format="xyb")


def without_lines(drawing):
    for line in drawing.modelspace().query("LINE"):
        drawing.modelspace().delete_entity(line)


def without_unit(drawing):
    drawing.header["$INSUNITS"] = 0


def without_marks(drawing):
    for mark in drawing.modelspace().query("POINT CIRCLE"):
        drawing.modelspace().delete_entity(mark)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (with_arc, "layer '0' has a curve (ARC)"),
        (with_bulge, "layer '0' has a curve (ARC)"),
        (without_lines, "it has no lines"),
        (without_unit, 'it does not say its unit; give unit = "mm"'),
        (without_marks, "there is no group 'clamp'"),
    ],
)
def test_a_drawing_that_is_no_network_is_named(tmp_path, change, message):
    drawing = drawn(tmp_path)
    change(drawing)
    with pytest.raises(ConfigError, match=re.escape(message)):
        loaded(tmp_path, drawing)


def test_a_drawing_without_supports_is_to_be_named_in_a_specification(tmp_path):
    drawn(tmp_path).saveas(tmp_path / "arch.dxf")
    with pytest.raises(ConfigError, match=re.escape('name it by file = "arch.dxf" in a TOML')):
        load_network(str(tmp_path / "arch.dxf"))


def test_what_is_no_drawing_is_named(tmp_path):
    (tmp_path / "arch.dxf").write_text("no drawing")
    with pytest.raises(ConfigError, match=re.escape("it is no valid .dxf file")):
        load_network(str(tmp_path / "arch.dxf"))


def test_nodes_that_a_drawing_would_make_one_are_refused(tmp_path):
    nodes = [[0, 0], [1, 0], [1, 1e-4], [0, 1]]
    network = Network(nodes, [[0, 1], [1, 2], [2, 3], [0, 3], [0, 2]], [[1, 1], [0, 0], [0, 0], [1, 1]])
    with pytest.raises(ConfigError, match="nodes 2 and 3 are so near to each other"):
        write_dxf(network, None, tmp_path / "near.dxf")
