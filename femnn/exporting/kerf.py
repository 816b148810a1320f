"""Outlines for a beam that takes material away: half its width is added around the solid."""

from __future__ import annotations

from contextlib import suppress

import numpy as np
import numpy.typing as npt
from scipy.spatial import KDTree

from femnn.config.quantities import MILLIMETRE
from femnn.errors import MeshError
from femnn.exporting.cad import add_loops
from femnn.geometry.contours import Contours
from femnn.geometry.strips import end_widths
from femnn.meshing.solid_meshes import session
from femnn.network.network import Network
from femnn.runtime.stack import gmsh

type Floats = npt.NDArray[np.float64]
type Curve = tuple[int, ...]

SPACING = 0.25
"""Distance of the points at which the outline is compared, as a share of the distance that it moves."""
MOST = 2_000_000
"""Points at which an outline is compared, at most."""
CORNER = 1.5
"""The tip of a corner is farther from the moved outline than half the kerf over the sine of half its angle by this."""
SLIGHT = 0.25
"""Depth to which a crack may close whatever its angle, as a share of the narrowest width."""
AGREEMENT = 1e-3
"""Share by which the distance from the outline may differ."""
RETRIED = (1.0, 1 - 1e-5, 1 + 1e-5)
"""Shares of the distance that are tried in turn: OpenCASCADE may fail where curves just vanish."""
LOOKED_AT = np.array([0.0, 0.25, 0.5, 0.75])
"""Shares of each moved curve at which its distance is checked."""


def with_kerf(network: Network, outline: Contours, kerf: float) -> Contours:
    """Move the outline outwards by half the kerf, so that holes shrink and what is cut out has its own size.

    Args:
        network: what is cut, for messages.
        outline: contours of its solid.
        kerf: width that the beam takes away (m).

    Raises:
        MeshError: a bond is no wider than the kerf; a gap closes, or the moved outline is not at its distance
            everywhere. The message names the bond or the nearest node.
    """
    widths = _widths(network)
    thin = np.flatnonzero(widths <= kerf)
    if thin.size:
        bond = int(thin[np.argmin(widths[thin])])
        more = f", and so for {thin.size - 1} more" if thin.size > 1 else ""
        raise MeshError(
            f"{network.name}: bond {network.bond_name(bond)} is {_mm(widths[bond])} mm wide where it is thinnest, no "
            f"more than the kerf of {_mm(kerf)} mm{more}; make it wider, or cut with a finer beam."
        )
    points: list[Floats] = []
    loops: list[tuple[Curve, ...]] = []
    outer = len(outline.loops) - outline.holes
    with session(network.name):
        for number, tag in enumerate(add_loops(outline)):
            distance = kerf / 2 / MILLIMETRE
            made = _moved(tag, distance if number < outer else -distance, sum(map(len, points)))
            if made is None or len(made[1]) != 1:
                # What is left of it is beside the gap; a hole of which nothing is left has closed in its midst
                rest = outline.along(outline.loops[number], LOOKED_AT) if made is None else made[0]
                raise _closed(network, rest.mean(axis=0), kerf)
            points.append(made[0])
            loops.append(made[1][0])
    moved = Contours(np.concatenate(points), tuple(loops), outline.holes)
    # Which way OpenCASCADE runs along a loop is its own choice
    loops = [
        loop if (moved.area_of(loop) > 0) == (number < outer) else tuple(curve[::-1] for curve in reversed(loop))
        for number, loop in enumerate(moved.loops)
    ]
    moved = Contours(moved.points, tuple(loops), outline.holes)
    _check(network, outline, moved, kerf)
    return moved


def _widths(network: Network) -> Floats:
    """Width of each bond where it is thinnest (m), shape (B,)."""
    return np.minimum(network.sections.width, end_widths(network))


def _moved(loop: int, distance: float, before: int) -> tuple[Floats, list[tuple[Curve, ...]]] | None:
    """Points (m) and loops of a moved curve loop, whose numbers begin after those before; None if nothing is left."""
    tags: list[int] = []
    for share in RETRIED:
        # Gmsh says of every failure that it cannot offset
        with suppress(Exception):
            made = gmsh.model.occ.offsetCurve(loop, share * distance)
            tags = [tag for dimension, tag in made if dimension == 1]
        if tags:
            break
    gmsh.model.occ.synchronize()
    place: dict[int, int] = {}
    points: list[Floats] = []
    curves: dict[int, Curve] = {}
    at: dict[int, list[int]] = {}
    for tag in tags:
        ends = [point for _, point in gmsh.model.getBoundary([(1, tag)], combined=False, oriented=False)]
        for end in ends:
            if end not in place:
                place[end] = before + len(points)
                points.append(np.array(gmsh.model.getValue(0, end, []))[:2])
            at.setdefault(place[end], []).append(tag)
        middle = []
        if gmsh.model.getType(1, tag) != "Line":
            low, high = gmsh.model.getParametrizationBounds(1, tag)
            middle = [before + len(points)]
            points.append(np.array(gmsh.model.getValue(1, tag, [(low[0] + high[0]) / 2]))[:2])
        curves[tag] = (place[ends[0]], *middle, place[ends[-1]])
    if not curves or any(len(own) != 2 for own in at.values()):
        return None
    return np.array(points) * MILLIMETRE, _chained(curves, at)


def _chained(curves: dict[int, Curve], at: dict[int, list[int]]) -> list[tuple[Curve, ...]]:
    """Curves one after the other in loops, from the two curves that meet at each point."""
    left = dict(curves)
    loops = []
    while left:
        tag = next(iter(left))
        loop: list[Curve] = []
        while tag in left:
            own = left.pop(tag)
            loop.append(own if not loop or own[0] == loop[-1][-1] else own[::-1])
            tag = next((other for other in at[loop[-1][-1]] if other != tag), tag)
        loops.append(tuple(loop))
    return loops


def _check(network: Network, outline: Contours, moved: Contours, kerf: float) -> None:
    """Compare both outlines everywhere.

    Raises:
        MeshError: the moved one is not half a kerf away from the other; or the other has a place that is farther from
            the moved one than the tip of a corner between the bonds there, where the beam does not get in.
    """
    distance = kerf / 2
    total = sum(_length(outline, curve) for loop in outline.loops for curve in loop)
    spacing = max(SPACING * distance, total / MOST)
    looked = np.concatenate([moved.along(loop, LOOKED_AT) for loop in moved.loops])
    found, _ = KDTree(_dense(outline, spacing)).query(looked)
    wrong = (found < distance * (1 - AGREEMENT)) | (found > np.hypot(distance, spacing / 2) * (1 + AGREEMENT))
    if wrong.any():
        raise MeshError(
            f"{network.name}: OpenCASCADE cannot move the outline by half of the kerf of {_mm(kerf)} mm at node "
            f"{network.labels[_nearest(network, looked[np.argmax(wrong)])]}; choose another pad or fillet radius, or "
            "leave --kerf out."
        )
    looked = np.concatenate([outline.along(loop, LOOKED_AT) for loop in outline.loops])
    found, _ = KDTree(_dense(moved, spacing)).query(looked)
    _, node = KDTree(network.nodes).query(looked)
    depth = np.maximum(CORNER * distance / np.sin(_least_angles(network) / 2), SLIGHT * _widths(network).min())
    unreached = found > depth[node]
    if unreached.any():
        raise _closed(network, looked[np.argmax(np.where(unreached, found, 0.0))], kerf)


def _least_angles(network: Network) -> Floats:
    """Smallest angle between two neighbouring bonds of each node (rad), at most π, shape (N,)."""
    node = network.bonds.T.ravel()
    vectors = np.concatenate([network.bond_vectors, -network.bond_vectors])
    direction = np.arctan2(vectors[:, 1], vectors[:, 0])
    order = np.lexsort([direction, node])
    node, direction = node[order], direction[order]
    start = np.searchsorted(node, np.arange(len(network.nodes)))
    after = np.arange(1, len(node) + 1)
    last = np.append(node[1:] != node[:-1], True)
    after[last] = start[node[last]]
    between = (direction[after] - direction) % (2 * np.pi)
    least = np.full(len(network.nodes), np.pi)
    np.minimum.at(least, node, np.where(between > 0, between, np.pi))
    return least


def _dense(outline: Contours, spacing: float) -> Floats:
    """Points of all curves, no farther from each other than a spacing (m)."""
    return np.concatenate(
        [
            # An arc of less than half a turn is longer than its chords by a factor of less than π/2
            outline.along((curve,), np.linspace(0.0, 1.0, 2 + int(np.pi / 2 * _length(outline, curve) / spacing)))
            for loop in outline.loops
            for curve in loop
        ]
    )


def _length(outline: Contours, curve: Curve) -> float:
    return float(np.linalg.norm(np.diff(outline.points[list(curve)], axis=0), axis=1).sum())


def _closed(network: Network, place: Floats, kerf: float) -> MeshError:
    return MeshError(
        f"{network.name}: a gap near node {network.labels[_nearest(network, place)]} closes when the outline grows by "
        f"half of the kerf of {_mm(kerf)} mm; make bonds, pads or fillets there smaller, take another "
        "taper (--taper), or cut with a finer beam."
    )


def _nearest(network: Network, place: Floats) -> int:
    return int(np.argmin(np.linalg.norm(network.nodes - place, axis=1)))


def _mm(length: float) -> str:
    return f"{length / MILLIMETRE:.4g}"
