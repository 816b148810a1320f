"""Networks in .dxf drawings: lines are bonds, and where lines end is a node.

A drawing that femnn wrote carries its network as extended data: of points on the layer "nodes" and lines on the layer
"bonds". What is drawn goes before: a node that was moved in a CAD program is where it is drawn.
"""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from ezdxf.document import Drawing
from ezdxf.entities.dxfentity import DXFEntity
from ezdxf.entities.lwpolyline import LWPolyline
from ezdxf.entities.polyline import Polyline
from ezdxf.filemanagement import readfile
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import KDTree

from femnn.directions import AXES
from femnn.errors import ConfigError
from femnn.meshing.formats import PLANAR, Lines, named_errors
from femnn.meshing.rows import KINDS, Row, Rows
from femnn.network import Network

type Floats = npt.NDArray[np.float64]
type Integers = npt.NDArray[np.int64]

APPLICATION = "FEMNN"
"""Name under which extended data stand."""
TEXT = 1000
"""Group code of a text in extended data."""
BONDS, NODES, OUTLINE = "bonds", "nodes", "outline"
"""Layers."""
UNITS = {1: 0.0254, 2: 0.3048, 4: 1e-3, 5: 1e-2, 6: 1.0, 13: 1e-6, 14: 0.1}
"""Units by $INSUNITS (m)."""
COINCIDENT = 1e-3
"""Ends of lines nearer to each other than this share of the median length are one node."""
EXACT = 1e-9
"""A node is where it was when it was written if it is off by no more than this share of the drawing's size."""
CURVES = ("ARC", "ELLIPSE", "SPLINE", "INSERT")
"""What may be meant as bonds but cannot be."""


@dataclass(frozen=True)
class _Drawn:
    """Lines of a drawing over common nodes."""

    data: list[dict[str, str]]
    """Extended data of each line."""
    at: Floats
    """Coordinates of the nodes as drawn, shape (N, 3)."""
    bonds: Integers
    """Nodes of each line, shape (B, 2)."""
    points: list[dict[str, str]]
    """Extended data of the point at each node, empty where there is none."""
    groups: dict[str, Integers]
    """Nodes on each layer."""


def read_lines(path: Path, unit: float | None) -> Lines:
    """Lines of a drawing as bonds.

    Nodes have the labels that femnn wrote, if all have; else they are numbered from left to right, then upwards. Every
    layer is a group of the nodes that its lines, points and circles are on.

    Args:
        path: the file.
        unit: of its coordinates (m); the drawing's own ($INSUNITS) where None.

    Raises:
        ConfigError: the file cannot be read, has no lines or no unit, or has curves where bonds are.
    """
    drawn, unit = _read(path, unit)
    return Lines(**{**vars(_rows(path, drawn, unit).lines()), "groups": drawn.groups})


def read_network(path: Path) -> Network:
    """The network in a drawing that femnn wrote; it is named for the file.

    Raises:
        ConfigError: the file cannot be read, or lacks what femnn writes with nodes and bonds.
        NetworkError: the network is ill-formed.
    """
    drawn, unit = _read(path, None)
    if not all(drawn.points) or not all(drawn.data):
        raise ConfigError(
            f"Cannot read {path}: it holds lines without supports and sections; name it by "
            f'file = "{path.name}" in a TOML.'
        )
    number, times = Counter(point.get("number") for point in drawn.points).most_common(1)[0]
    if times > 1:
        label = next(point.get("node") for point in drawn.points if point.get("number") == number)
        raise ConfigError(f"Cannot read {path}: node {label} is drawn at {times} places; leave one of them.")
    return _rows(path, drawn, unit).network(path.stem)


def tolerance(lengths: Floats) -> float:
    """Distance up to which ends of lines are one node, by the lengths of the lines."""
    return COINCIDENT * float(np.median(lengths))


def _read(path: Path, unit: float | None) -> tuple[_Drawn, float]:
    if not path.is_file():
        raise ConfigError(f"Cannot read {path}: there is no such file.")
    with named_errors(path, "read"):
        drawing = readfile(path)
        drawn = _drawn(path, drawing)
    if unit is None:
        unit = UNITS.get(drawing.header.get("$INSUNITS", 0))
        if unit is None:
            raise ConfigError(f'Cannot read {path}: it does not say its unit; give unit = "mm", or another, in a TOML.')
    return drawn, unit


def _drawn(path: Path, drawing: Drawing) -> _Drawn:
    found = [entity for entity in drawing.modelspace() if entity.dxf.layer.lower() != OUTLINE]
    if any(_is_line(entity) and entity.dxf.layer.lower() == BONDS for entity in found):
        bearing = [entity for entity in found if entity.dxf.layer.lower() == BONDS]
    else:
        bearing = found
    lines = []
    for entity in bearing:
        parts: list[DXFEntity] = [entity]
        if isinstance(entity, LWPolyline | Polyline):
            parts = list(entity.virtual_entities())
        if curved := [part.dxftype() for part in parts if part.dxftype() in CURVES]:
            raise ConfigError(
                f"Cannot read {path}: layer {entity.dxf.layer!r} has a curve or block ({curved[0]}), which is no "
                f"bond; put the bonds on a layer {BONDS!r}, which is then read alone, as straight lines."
            )
        lines += [(part, entity.dxf.layer, _data(entity)) for part in parts if part.dxftype() == "LINE"]
    if not lines:
        raise ConfigError(f"Cannot read {path}: it has no lines.")
    ends = np.array([[part.dxf.start, part.dxf.end] for part, _, _ in lines], dtype=np.float64)
    near = tolerance(np.linalg.norm(ends[:, 1] - ends[:, 0], axis=1))
    at, bonds = _nodes(ends, near)
    tree = KDTree(at)
    points: list[dict[str, str]] = [{} for _ in at]
    groups: dict[str, set[int]] = {}
    for (_, layer, _), own in zip(lines, bonds, strict=True):
        groups.setdefault(layer, set()).update(own.tolist())
    for mark in drawing.modelspace().query("POINT CIRCLE"):
        place = mark.dxf.location if mark.dxftype() == "POINT" else mark.dxf.center
        distance, node = tree.query(np.array(place), distance_upper_bound=near)
        if distance <= near:
            groups.setdefault(mark.dxf.layer, set()).add(int(node))
            points[node] = points[node] or _data(mark)
    members = {layer: np.array(sorted(own), dtype=np.int64) for layer, own in groups.items()}
    return _Drawn([data for _, _, data in lines], at, bonds, points, members)


def _is_line(entity: DXFEntity) -> bool:
    return entity.dxftype() in ("LINE", "LWPOLYLINE", "POLYLINE")


def _data(entity: DXFEntity) -> dict[str, str]:
    """Extended data of femnn's as texts by name."""
    if not entity.has_xdata(APPLICATION):
        return {}
    texts = [str(tag.value) for tag in entity.get_xdata(APPLICATION) if tag.code == TEXT]
    return {key: value for key, _, value in (text.rpartition("=") for text in texts)}


def _nodes(ends: Floats, near: float) -> tuple[Floats, Integers]:
    """Where lines end, from left to right and then upwards, and the two nodes of each line."""
    flat = ends.reshape(-1, 3)
    pairs = KDTree(flat).query_pairs(near, output_type="ndarray")
    links = csr_array((np.ones(len(pairs)), pairs.T), shape=(len(flat), len(flat)))
    count, number = connected_components(links, directed=False)
    at = np.empty((count, 3))
    at[number[::-1]] = flat[::-1]
    # Nodes of one row need not be drawn at one height to the last digit
    order = np.lexsort(np.round(at / near).T)
    place = np.empty(count, dtype=np.int64)
    place[order] = np.arange(count)
    return at[order], place[number].reshape(-1, 2)


def _rows(path: Path, drawn: _Drawn, unit: float) -> Rows:
    # Extended data may be anything where others have written them anew
    with named_errors(path, "read"):
        return _numbered(path, drawn, unit)


def _numbered(path: Path, drawn: _Drawn, unit: float) -> Rows:
    """Rows of nodes and bonds, in the order and with the labels that femnn gave them where all nodes have them."""
    at, size = drawn.at * unit, float(np.ptp(drawn.at, axis=0).max()) * unit
    numbers = [int(point.get("number", -1)) for point in drawn.points]
    known = min(numbers) >= 0 and len(set(numbers)) == len(numbers)
    planar = float(np.ptp(at[:, 2])) <= PLANAR * size
    in_space = any("z" in point for point in drawn.points) if known and planar else not planar
    axes = AXES if in_space else AXES[:2]
    nodes: list[Row] = []
    labels: list[str] = []
    for index, (place, point) in enumerate(zip(at, drawn.points, strict=True)):
        row = {axis: repr(float(value)) for axis, value in zip(axes, place, strict=False)}
        if known:
            kept = {axis: point[axis] for axis in axes if axis in point}
            moved = [abs(float(kept[axis]) - float(row[axis])) > EXACT * size for axis in kept]
            row |= {"fixed": point.get("fixed", "")} | ({} if any(moved) else kept)
        labels.append(point["node"] if known else str(index + 1))
        nodes.append({**row, "node": labels[-1], "": f"the point of node {labels[-1]}"})
    order = np.argsort(numbers) if known else np.arange(len(nodes))
    bonds: list[Row] = [
        {**data, "first": labels[p], "second": labels[q], "": f"the line of bond {labels[p]}–{labels[q]}"}
        for (p, q), data in zip(drawn.bonds, drawn.data, strict=True)
    ]
    ports = sorted(
        (port for point in drawn.points if known for port in _ports(point)), key=lambda port: int(port["turn"])
    )
    rigid = known and any(point.get("rigid_joints") == "true" for point in drawn.points)
    return Rows(str(path), [nodes[i] for i in order], bonds, ports, rigid)


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
