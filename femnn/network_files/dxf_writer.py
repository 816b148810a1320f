"""Drawings (.dxf, mm): the cut outline, the centre lines of the bonds, and the network itself beside them."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from ezdxf.document import Drawing
from ezdxf.entities.dxfentity import DXFEntity
from ezdxf.filemanagement import new
from scipy.spatial import KDTree

from femnn.config.directions import AXES
from femnn.config.quantities import MILLIMETRE
from femnn.errors import ConfigError
from femnn.geometry.contours import Contours, Curve
from femnn.network.network import Network
from femnn.network_files.csv_writer import check_ports, rows
from femnn.network_files.drawings import APPLICATION, BONDS, NODES, OUTLINE, TEXT
from femnn.network_files.joints import tolerance
from femnn.network_files.rows import Row

VERSION = "R2010"
"""The oldest form that holds text of any language."""
IN_MILLIMETRES = 4
"""$INSUNITS for millimetres."""
COLOURS = {OUTLINE: 7, BONDS: 5, NODES: 1}
"""Colours of the layers by AutoCAD's index: black or white, blue, red."""


def write_dxf(network: Network, outline: Contours | None, path: Path, *, network_too: bool = True) -> None:
    """Write a drawing that :func:`femnn.network_files.dxf_reader.read_network` reads as the same, except for its name.

    Args:
        network: its bonds are lines, its nodes points, which carry sections, supports and ports as extended data.
        outline: contours of its solid, closed polylines with arcs; None for the centre lines alone.
        path: where to.
        network_too: write the network beside the outline; without it the drawing is for machines that follow every
            line, holes before what is around them, and cannot be read again.

    Raises:
        ConfigError: the file cannot be written, a port's name cannot stand in it, or nodes are too near to each other
            for a drawing.
    """
    drawing = new(VERSION, units=IN_MILLIMETRES)
    drawing.appids.add(APPLICATION)
    for layer, colour in COLOURS.items() if network_too else [(OUTLINE, COLOURS[OUTLINE])]:
        # Centre lines and nodes are for reading, and not for the plotter
        drawing.layers.add(layer, color=colour, plot=layer == OUTLINE or outline is None)
    if outline is not None:
        # A part that has been cut out of its sheet moves: machines cut what is within it first
        _add_outline(drawing, outline, outline.loops if network_too else outline.loops[::-1])
    if network_too:
        check_ports(network, path)
        _check_distances(network, path)
        _add_network(drawing, network)
    try:
        drawing.saveas(path)
    except OSError as error:
        raise ConfigError(f"Cannot write {path}: {error.strerror or error}.") from error


def _check_distances(network: Network, path: Path) -> None:
    near = KDTree(network.nodes).query_pairs(tolerance(network.lengths))
    if near:
        p, q = network.labels[list(min(near))]
        raise ConfigError(
            f"Cannot write {path}: nodes {p} and {q} are so near to each other that a drawing makes one of them; "
            "write the network as .csv."
        )


def _add_outline(drawing: Drawing, outline: Contours, loops: Sequence[tuple[Curve, ...]]) -> None:
    """Closed polylines; the bulge of an arc is the tangent of a quarter of its turn."""
    for loop in loops:
        corners = [
            (*outline.points[curve[0]] / MILLIMETRE, np.tan(outline.turn(curve) / 4) if len(curve) == 3 else 0.0)
            for curve in loop
        ]
        drawing.modelspace().add_lwpolyline(corners, format="xyb", close=True, dxfattribs={"layer": OUTLINE})


def _add_network(drawing: Drawing, network: Network) -> None:
    space, text = drawing.modelspace(), rows(network)
    at = np.pad(network.nodes, ((0, 0), (0, 3 - network.dimension))) / MILLIMETRE
    for bond, row in zip(network.bonds, text.bonds, strict=True):
        line = space.add_line(at[bond[0]], at[bond[1]], dxfattribs={"layer": BONDS})
        _attach(line, {key: value for key, value in row.items() if key not in ("first", "second")})
    for number, (place, row) in enumerate(zip(at, text.nodes, strict=True)):
        ports = {
            f"{port['kind']}:{port['port']}": " ".join([str(turn), *(port[axis] for axis in AXES if axis in port)])
            for turn, port in enumerate(text.ports)
            if port["node"] == row["node"]
        }
        joints = {"rigid_joints": str(text.rigid_joints).lower()}
        _attach(space.add_point(place, dxfattribs={"layer": NODES}), {"number": str(number)} | {**row} | ports | joints)


def _attach(entity: DXFEntity, data: Row) -> None:
    """Give an entity extended data, a text for each value."""
    entity.set_xdata(APPLICATION, [(TEXT, f"{key}={value}") for key, value in data.items()])
