"""What of a .dxf drawing can be a network: the lines and marks that are seen in its model, in world coordinates.

Entities of a plane (circles, arcs, polylines) are drawn in coordinates of their own, which their extrusion direction
orients: mirrored in a CAD program, a circle at (20, 0) stands at (-20, 0) in the file.
"""

import math
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt
from ezdxf.document import Drawing
from ezdxf.entities.circle import Circle
from ezdxf.entities.dxfentity import DXFEntity, DXFTagStorage
from ezdxf.entities.ellipse import Ellipse
from ezdxf.entities.insert import Insert
from ezdxf.entities.point import Point

from femnn.errors import ConfigError
from femnn.network_files.blocks import Blocks
from femnn.network_files.labels import listed
from femnn.network_files.straight_lines import MOST_OF_CURVE, NEVER, CurveError, straight_lines

type Floats = npt.NDArray[np.float64]

APPLICATION = "FEMNN"
"""Name under which extended data stand."""
TEXT = 1000
"""Group code of a text in extended data."""
LAYER, INVISIBLE = 8, 60
"""Group codes."""
BONDS, NODES, OUTLINE = "bonds", "nodes", "outline"
"""Layers."""
SYMBOLS = ("INSERT", "LINE", "LWPOLYLINE", "POLYLINE", "SOLID", "TRACE", "SHAPE", "3DFACE")
"""What may be meant to mark nodes but is not read; texts, dimensions, arcs and hatches are not meant so."""


@dataclass(frozen=True)
class Piece:
    """A straight line."""

    ends: Floats
    """Shape (2, 3)."""
    layer: str
    data: dict[str, str]
    """Extended data of femnn's by name."""
    source: str = "LINE"
    """What it is drawn as, and on which layer."""


@dataclass(frozen=True)
class Mark:
    """A point, or a circle or a whole ellipse by its centre."""

    kind: str
    place: Floats
    """Shape (3,)."""
    layer: str
    data: dict[str, str]


@dataclass
class Drawn:
    """What is seen in the model of a drawing."""

    pieces: list[Piece] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    hidden: dict[str, str] = field(default_factory=dict)
    """What to say of each layer that is off or frozen, and of what is on it."""
    symbols: dict[str, str] = field(default_factory=dict)
    """What to say of each layer with symbols that may be meant as marks."""
    notes: list[str] = field(default_factory=list)
    """What else is left out."""


def drawn(path: Path, drawing: Drawing, curves: float | None = None) -> Drawn:
    """Sort out what is in a drawing.

    Args:
        path: its file, for messages.
        drawing: as ezdxf reads it.
        curves: distance up to which straight lines may cut curves short, in the drawing's unit; curves where bonds
            are are refused where None.

    Raises:
        ConfigError: there are no lines, curves where bonds are, or what carries a network is hidden; blocks are without
            end.
    """
    layers = _Layers(drawing)
    found, seen = Drawn(), list[DXFEntity]()
    hidden: dict[str, list[DXFEntity]] = {}
    unseen, outline = list[DXFEntity](), list[DXFEntity]()
    blocks = Blocks(path)
    for entity in _taken_apart(drawing.modelspace(), blocks, layers):
        layer = layers.of(entity)
        if layer.lower() == OUTLINE:
            outline.append(entity)
        elif layers.state(layer):
            hidden.setdefault(layer, []).append(entity)
        elif _attribute(entity, "invisible", INVISIBLE, 0):
            unseen.append(entity)
        else:
            seen.append(entity)
    for layer, several in hidden.items():
        found.hidden[layer] = f"layer {layer!r} is {layers.state(layer)}: {_kinds(several)} left out"
        if _carry_network(several, layer):
            raise ConfigError(f"Cannot read {path}: {found.hidden[layer]}, which the network needs; switch it on.")
    if any(data_of(entity) for entity in unseen):
        raise ConfigError(f"Cannot read {path}: {_by_layer(unseen, layers)[0]} are set invisible; have them seen.")
    alone = any(_is_line(entity) and layers.of(entity).lower() == BONDS for entity in seen)
    unread = []
    for entity in seen:
        layer = layers.of(entity)
        elsewhere = alone and layer.lower() != BONDS
        # A circle is seen as an ellipse in a block that is stretched; as a bond it is meant by ``curves`` alone
        if _is_mark(entity) and (elsewhere or curves is None or not isinstance(entity, Ellipse)):
            found.marks.append(Mark(entity.dxftype(), _place(entity), layer, data_of(entity)))
        elif elsewhere:
            unread.append(entity)
        else:
            pieces = list(_pieces(path, entity, layer, curves))
            found.pieces += pieces
            unread += [] if pieces else [entity]
    if not found.pieces:
        raise ConfigError(f"Cannot read {path}: it has no lines{_but(found.hidden)}.")
    reason = f"bonds are the lines on the layer {BONDS!r}" if alone else "bonds are lines"
    rest = f"; {reason}, and marks points and circles"
    # A text beside a mark says what it is; alone it may be meant as one
    used = {piece.layer for piece in found.pieces} | {mark.layer for mark in found.marks}
    parts: dict[bool, list[DXFEntity]] = {True: [], False: []}
    for entity in unread:
        parts[entity.dxftype() in SYMBOLS or layers.of(entity) not in used].append(entity)
    symbols, unread = parts[True], parts[False]
    for text, layer in zip(_by_layer(symbols, layers), dict.fromkeys(map(layers.of, symbols)), strict=True):
        found.symbols[layer] = f"not read: {text}{rest}"
    found.notes += [
        *_several_layers(found.pieces),
        *(f"not read: {text}{rest}" for text in _by_layer(unread, layers)),
        *(f"not read: {text}, where no bonds are" for text in _by_layer(outline, layers)),
        *(f"left out: {text}, set invisible" for text in _by_layer(unseen, layers)),
        *_sheets(drawing),
        *filter(None, [blocks.note]),
    ]
    return found


def _taken_apart(entities: Iterable[DXFEntity], blocks: Blocks, layers: "_Layers") -> Iterator[DXFEntity]:
    """Entities, and in the place of blocks what they hold; a block on a frozen layer is not seen at all."""
    for entity in entities:
        if isinstance(entity, Insert) and layers.state(layers.of(entity)) != "frozen":
            yield from blocks.apart(entity)
        else:
            yield entity


class _Layers:
    """Layers of a drawing, whose names are one whether in capitals or not."""

    def __init__(self, drawing: Drawing) -> None:
        self._names = {layer.dxf.name.lower(): layer.dxf.name for layer in drawing.layers}
        self._states = {
            layer.dxf.name: "frozen" if layer.is_frozen() else "off"
            for layer in drawing.layers
            if layer.is_frozen() or layer.is_off()
        }

    def of(self, entity: DXFEntity) -> str:
        """Name of the layer that an entity is on."""
        name = str(_attribute(entity, "layer", LAYER, "0"))
        return self._names.setdefault(name.lower(), name)

    def state(self, name: str) -> str:
        """Say whether a layer is off or frozen; nothing if it is seen."""
        return self._states.get(name, "")


def _carry_network(entities: Iterable[DXFEntity], layer: str) -> bool:
    """Whether entities are bonds by their layer, or by what femnn wrote into them."""
    return any(data_of(entity) or (layer.lower() == BONDS and _is_line(entity)) for entity in entities)


def _attribute(entity: DXFEntity, name: str, code: int, otherwise: object) -> object:
    """A value that any entity may have, also one of a kind that ezdxf does not know."""
    if not isinstance(entity, DXFTagStorage):
        return entity.dxf.get(name, otherwise)
    values = [tag.value for tags in entity.xtags.subclasses for tag in tags if tag.code == code]
    return values[0] if values else otherwise


def data_of(entity: DXFEntity) -> dict[str, str]:
    """Extended data of femnn's as texts by name."""
    if not entity.has_xdata(APPLICATION):
        return {}
    texts = [str(tag.value) for tag in entity.get_xdata(APPLICATION) if tag.code == TEXT]
    return {key: value for key, _, value in (text.rpartition("=") for text in texts)}


def _is_line(entity: DXFEntity) -> bool:
    return entity.dxftype() in ("LINE", "LWPOLYLINE", "POLYLINE")


def _is_mark(entity: DXFEntity) -> bool:
    if isinstance(entity, Ellipse):
        return math.isclose(abs(entity.dxf.end_param - entity.dxf.start_param), math.tau)
    return entity.dxftype() in ("POINT", "CIRCLE")


def _place(mark: DXFEntity) -> Floats:
    """Where a point or the centre of a circle or an ellipse is in the world."""
    place = mark.dxf.location if isinstance(mark, Point) else mark.dxf.center
    if isinstance(mark, Circle):
        place = mark.ocs().to_wcs(place)
    return np.array(tuple(place), dtype=np.float64)


def _pieces(path: Path, entity: DXFEntity, layer: str, curves: float | None) -> Iterator[Piece]:
    """Straight lines of an entity."""
    try:
        for ends in straight_lines(entity, curves):
            yield Piece(ends, layer, data_of(entity), f"{entity.dxftype()} on the layer {layer!r}")
    except CurveError as error:
        raise ConfigError(f"Cannot read {path}: {_no_bond(entity, layer, str(error), curves)}.") from None


def _no_bond(entity: DXFEntity, layer: str, kind: str, curves: float | None) -> str:
    alone = f"put the bonds on a layer {BONDS!r}, which is then read alone"
    if kind == "INSERT":
        return (
            f"layer {layer!r} has the block {entity.dxf.get('name')!r}, which is in another file or missing; bind it "
            f"in the CAD program (XREF, Bind), or {alone}"
        )
    if kind in NEVER:
        return (
            f"layer {layer!r} has lines with a width ({kind}), which are no bonds; explode them (EXPLODE), or {alone}"
        )
    if curves is not None:
        return f"layer {layer!r} has a curve ({kind}) that takes more than {MOST_OF_CURVE:,} lines; set curves larger"
    return (
        f"layer {layer!r} has a curve ({kind}), while bonds are straight; set curves in the TOML to the distance up to "
        f'which straight lines may cut it short (curves = "0.1 mm"), draw it straight, or {alone}'
    )


def _several_layers(pieces: Iterable[Piece]) -> Iterator[str]:
    """Where bonds are, if not on one layer: what is on others may be no bond but a symbol or a frame."""
    counts = Counter(piece.layer for piece in pieces)
    if len(counts) > 1:
        lines = listed(f"{count} on {layer!r}" for layer, count in counts.items())
        yield f"bonds are the lines of several layers: {lines}; if there is a layer {BONDS!r}, its lines alone are read"


def _kinds(entities: Iterable[DXFEntity]) -> str:
    return listed(f"{count} {kind}" for kind, count in Counter(entity.dxftype() for entity in entities).items())


def _by_layer(entities: Iterable[DXFEntity], layers: _Layers) -> list[str]:
    found: dict[str, list[DXFEntity]] = {}
    for entity in entities:
        found.setdefault(layers.of(entity), []).append(entity)
    return [f"{_kinds(several)} on the layer {layer!r}" for layer, several in found.items()]


def _sheets(drawing: Drawing) -> Iterator[str]:
    """What is in layouts other than the model, except for their windows on the model."""
    for layout in drawing.layouts:
        drawn_there = [entity for entity in layout if entity.dxftype() != "VIEWPORT"]
        if not layout.is_modelspace and drawn_there:
            yield f"left out: {_kinds(drawn_there)} on the sheet {layout.name!r}; the model alone is read"


def _but(hidden: dict[str, str]) -> str:
    return f" that are seen; {listed(hidden.values())}" if hidden else ""
