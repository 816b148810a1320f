"""Networks in .dxf drawings: lines are bonds, and where lines end is a node.

A drawing that femnn wrote carries its network as extended data: of points on the layer "nodes" and lines on the layer
"bonds". What is drawn goes before: a node that was moved in a CAD program is where it is drawn.
"""

from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
from ezdxf.filemanagement import readfile

from femnn.config.directions import AXES
from femnn.errors import ConfigError
from femnn.network.network import Network
from femnn.network_files.drawing_texts import (
    Sheet,
    changes,
    cuts,
    require_lines_left,
    require_no_slips,
    require_numbers,
    shown,
    strays,
)
from femnn.network_files.drawing_units import drawing_unit
from femnn.network_files.drawings import NODES, drawn
from femnn.network_files.joints import Joints, joints
from femnn.network_files.labels import listed_nodes
from femnn.network_files.mesh_formats import Lines, named_errors
from femnn.network_files.planes import PLANAR, Plane, planar
from femnn.network_files.reading_options import ReadingOptions
from femnn.network_files.rows import KINDS, Row, Rows

type Floats = npt.NDArray[np.float64]
type Integers = npt.NDArray[np.int64]

EXACT = 1e-9
"""A node is where it was when it was written if it has moved by no more than this share of the drawing's size."""


def read_lines(path: Path, options: ReadingOptions) -> Lines:
    """Lines of a drawing as bonds, of what is seen in its model.

    Nodes have the labels that femnn wrote; those that were drawn since follow. Without any, nodes are numbered from
    left to right, then upwards. Every layer is a group of the nodes that its lines, points and circles are on. Blocks
    are taken apart; lines are cut where others end on them, and where they cross if that is asked for.

    Args:
        path: the file.
        options: how it is read. Its unit is the drawing's own ($INSUNITS) where None; the tolerance a share of the
            lines' lengths.

    Raises:
        ConfigError: the file cannot be read, has no lines or no unit, or has curves where bonds are; the tolerance
            joins both ends of every line; a line ends just beside another; or a node that femnn wrote is hidden,
            beside its lines, or at two places.
    """
    sheet = _read(path, options)
    rows, order = _rows(sheet)
    return _lines(sheet, rows, order)


def read_network(path: Path) -> Network:
    """The network in a drawing that femnn wrote; it is named for the file.

    Raises:
        ConfigError: the file cannot be read, or lacks what femnn writes with nodes and bonds.
        NetworkError: the network is ill-formed.
    """
    sheet = _read(path, ReadingOptions())
    if not all(sheet.points) or not all(piece.data for piece in sheet.drawn.pieces):
        raise ConfigError(
            f"Cannot read {path}: it holds lines without supports and sections; name it by "
            f'file = "{path.name}" in a TOML.'
        )
    rows, order = _rows(sheet)
    notes = _lines(sheet, rows, order).notes_without(())
    return replace(rows, notes=notes, numbering="").network(path.stem)


def _read(path: Path, options: ReadingOptions) -> Sheet:
    if not path.is_file():
        raise ConfigError(f"Cannot read {path}: there is no such file.")
    with named_errors(path, "read"):
        drawing = readfile(path)
        name, metres = drawing_unit(path, drawing.header.get("$INSUNITS", 0), options.unit)
        within, curves = (None if size is None else size / metres for size in (options.tolerance, options.curves))
        found = drawn(path, drawing, curves)
        require_numbers(path, found, metres)
        joined = joints(found, within, options.crossings == "joined")
        require_lines_left(path, found, joined, name)
    plane = planar(joined.at * metres, joined.near * metres, single=False)
    sheet = Sheet(path, found, joined, metres, name or "of its units", _points(path, joined), plane)
    if within is None:
        require_no_slips(sheet)
    for stray in joined.strays:
        if stray.mark.data:
            raise ConfigError(
                f"Cannot read {path}: the point of node {stray.mark.data.get('node')} at "
                f"{shown(sheet, stray.mark.place)} is at the end of no line; the nearest ends at "
                f"{shown(sheet, joined.at[stray.nearest[0]])}, {stray.distance:.3g} {sheet.unit_name} away; move it "
                "there, or delete it."
            )
    return sheet


def _points(path: Path, joints: Joints) -> list[dict[str, str]]:
    """Extended data of the point at each node.

    Raises:
        ConfigError: a point with such data is on no node, two are on one, or one is at two places.
    """
    points: list[dict[str, str]] = [{} for _ in joints.at]
    places: dict[str, int] = {}
    for mark, node in joints.marks:
        if mark.data and points[node] and points[node] != mark.data:
            one, other = (data.get("node") for data in (points[node], mark.data))
            raise ConfigError(f"Cannot read {path}: nodes {one} and {other} are drawn at one place; move one of them.")
        points[node] = points[node] or mark.data
    for point in points:
        number = point.get("number", "")
        places[number] = places.get(number, 0) + 1
        if number and places[number] > 1:
            several = sum(other.get("number") == number for other in points)
            raise ConfigError(
                f"Cannot read {path}: node {point.get('node')} is drawn at {several} places; leave one of them, or "
                f"delete the points on the layer {NODES!r}, for the nodes to be counted."
            )
    return points


def _rows(sheet: Sheet) -> tuple[Rows, Integers]:
    # Extended data may be anything where others have written them again
    with named_errors(sheet.path, "read"):
        return _numbered(sheet)


def _numbered(sheet: Sheet) -> tuple[Rows, Integers]:
    """Rows of nodes and bonds, and the order of the nodes: that of femnn, then of those that it did not write."""
    at, points = sheet.joints.at * sheet.unit, sheet.points
    size = float(np.ptp(at, axis=0).max())
    labels, numbers, notes = _labels(points)
    written = any(points)
    if not written:
        at = sheet.plane.nodes
    flat = at.shape[1] == 2 or float(np.ptp(at[:, 2])) <= PLANAR * size
    axes = AXES if any("z" in point for point in points) or not flat else AXES[:2]
    nodes: list[Row] = []
    for label, place, point in zip(labels, at, points, strict=True):
        row = {axis: repr(float(value)) for axis, value in zip(axes, place, strict=False)}
        kept = {axis: point[axis] for axis in axes if axis in point}
        moved = [abs(float(kept[axis]) - float(row[axis])) > EXACT * size for axis in kept]
        row |= {"fixed": point.get("fixed", "")} | ({} if any(moved) else kept)
        nodes.append({**row, "node": label, "": f"the point of node {label}"})
    order = np.argsort(numbers, kind="stable")
    bonds: list[Row] = [
        {
            **sheet.drawn.pieces[piece].data,
            "first": labels[p],
            "second": labels[q],
            "": f"the line of bond {labels[p]}–{labels[q]}",
        }
        for (p, q), piece in zip(sheet.joints.bonds, sheet.joints.piece, strict=True)
    ]
    ports = sorted((port for point in points for port in _ports(point)), key=lambda port: int(port["turn"]))
    rigid = any(point.get("rigid_joints") == "true" for point in points)
    numbering = "those that femnn wrote into the drawing"
    return Rows(str(sheet.path), [nodes[i] for i in order], bonds, ports, rigid, notes, numbering), order


def _labels(points: list[dict[str, str]]) -> tuple[list[str], list[int], tuple[str, ...]]:
    """Labels of nodes, numbers by which they are ordered, and what to say of those that femnn did not write."""
    given = [int(point["node"]) for point in points if point]
    new = iter(range(max(given, default=0) + 1, max(given, default=0) + 1 + len(points)))
    labels = [point["node"] if point else str(next(new)) for point in points]
    numbers = [int(point["number"]) if point else len(points) + max(given, default=0) for point in points]
    if not given or all(points):
        return labels, numbers, ()
    added = [label for label, point in zip(labels, points, strict=True) if not point]
    return (
        labels,
        numbers,
        (f"{listed_nodes(added)} drawn since femnn wrote the drawing, labelled after the others",),
    )


def _lines(sheet: Sheet, rows: Rows, order: Integers) -> Lines:
    """Nodes and bonds, and the groups by their layers."""
    labels = [int(row["node"]) for row in rows.nodes]
    place = np.argsort(order)
    groups: dict[str, set[int]] = {}
    for piece, own in zip(sheet.joints.piece, sheet.joints.bonds, strict=True):
        groups.setdefault(sheet.drawn.pieces[piece].layer, set()).update(place[own].tolist())
    marked: dict[str, bool] = {}
    for mark, node in sheet.joints.marks:
        groups.setdefault(mark.layer, set()).add(int(place[node]))
        marked |= {} if mark.data else {mark.layer: True}
    lines = rows.lines()
    remarks = {layer: f"{text}; switch it on to have it read" for layer, text in sheet.drawn.hidden.items()}
    plane = sheet.plane if not any(sheet.points) else Plane(lines.nodes, AXES, ())
    named = [labels[i] for i in place]
    return replace(
        lines,
        groups={layer: np.array(sorted(own), dtype=np.int64) for layer, own in groups.items()},
        notes=(*lines.notes, *sheet.drawn.notes, *plane.notes, *filter(None, [plane.tilted]), *changes(sheet, named)),
        hints=(*cuts(sheet, named), *(note for note in plane.notes if plane.axes != "xy")),
        axes=plane.axes if lines.nodes.shape[1] == 2 and plane.axes != AXES else AXES,
        marks=tuple(marked),
        remarks=remarks | sheet.drawn.symbols | strays(sheet, named),
    )


def _ports(point: dict[str, str]) -> list[Row]:
    """Ports on a node: ``input:NAME`` or ``output:NAME``, with its turn among all and its direction."""
    found: list[Row] = []
    for key, value in point.items():
        kind, colon, name = key.partition(":")
        if colon and kind in KINDS:
            turn, *components = value.split()
            direction = dict(zip(AXES, components, strict=False))
            row = {"port": name, "kind": kind, "node": point["node"], "turn": turn, "": f"port {name!r}"}
            found.append(row | direction)
    return found
