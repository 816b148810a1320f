"""The cut outline of a planar network: what bounds the union of all regions, in closed contours."""

from collections import Counter, defaultdict
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from femnn.errors import MeshError
from femnn.geometry.fillets import along_arc
from femnn.geometry.outlines import drawing
from femnn.geometry.overlaps import check_overlaps
from femnn.geometry.strips import Shape
from femnn.network.network import Network

type Floats = npt.NDArray[np.float64]
type Curve = tuple[int, ...]

STRAIGHT = 1e-9
"""A point of a straight side that is off it by less than this share of the side's length is left out."""


@dataclass(frozen=True)
class Contours:
    """Closed contours of lines and circular arcs, with the material on their left."""

    points: Floats
    """Coordinates (m), shape (n, 2)."""
    loops: tuple[tuple[Curve, ...], ...]
    """The outer contours, counter-clockwise, and then the holes, clockwise, by their curves.

    A curve is both ends of a line; an arc has a point in its midst between them.
    """
    holes: int
    """How many of the loops are holes."""

    def turn(self, arc: Curve) -> float:
        """Angle through which an arc turns (rad), positive counter-clockwise."""
        start, midst, end = self.points[list(arc)]
        _, angle = along_arc(self.points[list(arc)], np.zeros(1))
        u, v = midst - start, end - midst
        return angle if u[0] * v[1] > u[1] * v[0] else -angle

    @property
    def area(self) -> float:
        """Area within the outer contours less that of the holes (m²)."""
        return sum(self.area_of(loop) for loop in self.loops)

    def area_of(self, loop: tuple[Curve, ...]) -> float:
        """Area within a loop (m²), negative if it is clockwise."""
        area = 0.0
        for curve in loop:
            a, b = self.points[curve[0]], self.points[curve[-1]]
            area += float(a[0] * b[1] - a[1] * b[0]) / 2
            if len(curve) == 3:
                turn = self.turn(curve)
                radius = float(np.linalg.norm(b - a)) / (2 * np.sin(abs(turn) / 2))
                area += radius**2 * (turn - np.sin(turn)) / 2
        return area

    def along(self, loop: tuple[Curve, ...], shares: Floats) -> Floats:
        """Points at these shares of every curve of a loop (m), shape (curves · shares, 2)."""
        ways = []
        for curve in loop:
            points = self.points[list(curve)]
            line = points[0] + shares[:, None] * (points[-1] - points[0])
            ways.append(line if len(curve) == 2 else along_arc(points, shares)[0])
        return np.concatenate(ways)


def contours(network: Network, shape: Shape) -> Contours:
    """Unite the regions of all bonds and nodes: curves that two regions share are inside and fall away.

    Args:
        network: a planar network.
        shape: pads, tapers and fillets.

    Raises:
        MeshError: the network is in space; its outlines cannot be drawn, or lie over each other.
    """
    if network.dimension != 2:
        raise MeshError(f"{network.name}: a network in space has no outline; export it as STEP or STL.")
    drawn = drawing(network, shape)
    check_overlaps(network, drawn)
    shared = Counter(frozenset(curve) for loop in drawn.loops for curve in loop)
    outside = [curve for loop in drawn.loops for curve in loop if shared[frozenset(curve)] == 1]
    loops = [_straightened(drawn.points, loop) for loop in _closed(network.name, drawn.points, outside)]
    whole = Contours(drawn.points, tuple(loops), 0)
    areas = [whole.area_of(loop) for loop in loops]
    order = np.argsort(-np.array(areas), kind="stable")
    return Contours(drawn.points, tuple(loops[i] for i in order), int(np.sum(np.array(areas) < 0)))


def _closed(name: str, points: Floats, curves: list[Curve]) -> list[list[Curve]]:
    """Curves one after the other, in closed loops; where loops touch, they part and do not cross."""
    leaving: dict[int, list[Curve]] = defaultdict(list)
    for curve in curves:
        leaving[curve[0]].append(curve)
    loops: list[list[Curve]] = []
    while leaving:
        loop = [next(iter(leaving.values())).pop()]
        while loop[-1][-1] != loop[0][0]:
            choices = leaving[loop[-1][-1]]
            if not choices:
                raise MeshError(f"{name}: the outline is not closed; make bonds, pads or fillets smaller.")
            choices.sort(key=lambda after: _left_turn(points, loop[-1], after))
            loop.append(choices.pop())
        loops.append(loop)
        leaving = defaultdict(list, {point: choices for point, choices in leaving.items() if choices})
    return loops


def _left_turn(points: Floats, before: Curve, after: Curve) -> float:
    """Angle by which one curve goes on to the left of another (rad), between −π and π."""
    u, v = points[before[-1]] - points[before[-2]], points[after[1]] - points[after[0]]
    return float(np.arctan2(u[0] * v[1] - u[1] * v[0], u @ v))


def _straightened(points: Floats, loop: list[Curve]) -> tuple[Curve, ...]:
    """The loop without the points at which regions, but not the outline, have a corner on a straight side."""
    corner = next(i for i, curve in enumerate(loop) if not _in_line(points, loop[i - 1], curve))
    kept: list[Curve] = []
    for curve in [*loop[corner:], *loop[:corner]]:
        if kept and _in_line(points, kept[-1], curve):
            kept[-1] = (kept[-1][0], curve[-1])
        else:
            kept.append(curve)
    return tuple(kept)


def _in_line(points: Floats, one: Curve, other: Curve) -> bool:
    if len(one) == 3 or len(other) == 3:
        return False
    u, v = (points[curve[-1]] - points[curve[0]] for curve in (one, other))
    return bool(abs(u[0] * v[1] - u[1] * v[0]) <= STRAIGHT * (u @ u + v @ v) and u @ v > 0)
