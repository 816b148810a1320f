"""Straight lines of what is drawn: of lines and polylines, and on request of curves."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from ezdxf.entities.dxfentity import DXFEntity
from ezdxf.entities.line import Line
from ezdxf.entities.lwpolyline import LWPolyline
from ezdxf.entities.polyline import Polyline
from ezdxf.path import make_path

type Floats = npt.NDArray[np.float64]

CURVES = ("ARC", "ELLIPSE", "SPLINE", "HELIX")
"""What straight lines can stand for."""
NEVER = ("INSERT", "MLINE")
"""What may be meant as bonds and is not read: blocks of other files, and lines with a width."""
MOST_OF_CURVE = 10_000
"""Straight lines that may stand for one curve."""


class CurveError(Exception):
    """A curve where bonds are straight lines; its argument is the kind of the curve."""


def straight_lines(entity: DXFEntity, curves: float | None) -> Iterator[Floats]:
    """Yield the ends of straight lines, shape (2, 3), in world coordinates; nothing for what is no line.

    Args:
        entity: what is drawn.
        curves: distance up to which straight lines may cut curves short, in the drawing's unit; curves are an
            error where None.

    Raises:
        CurveError: it is, or has, a curve and curves are not to be read, or it would take too many lines.
    """
    parts: Iterable[DXFEntity] = [entity]
    fitted = isinstance(entity, Polyline) and bool(
        entity.dxf.flags & (Polyline.CURVE_FIT_VERTICES_ADDED | Polyline.SPLINE_FIT_VERTICES_ADDED)
    )
    if fitted and curves is None:
        raise CurveError("fitted POLYLINE")
    if isinstance(entity, LWPolyline | Polyline):
        parts = entity.virtual_entities()
    for part in parts:
        kind = part.dxftype()
        if isinstance(part, Line):
            yield np.array([part.dxf.start, part.dxf.end], dtype=np.float64)
        elif kind in NEVER or (kind in CURVES and curves is None):
            raise CurveError(kind)
        elif kind in CURVES:
            yield from _chords(part, kind, float(curves or 0.0))


def _chords(curve: DXFEntity, kind: str, within: float) -> Iterator[Floats]:
    places: list[tuple[float, float, float]] = []
    for place in make_path(curve).flattening(within, segments=2):
        places.append((place.x, place.y, place.z))
        if len(places) > MOST_OF_CURVE:
            raise CurveError(kind)
    for one, other in pairwise(places):
        yield np.array([one, other], dtype=np.float64)
