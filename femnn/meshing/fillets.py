"""Rounding of the re-entrant corners of a planar lattice: what is added in each corner, bounded by a tangent arc."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Protocol

import gmsh
import numpy as np
import numpy.typing as npt

from femnn.errors import MeshError
from femnn.meshing.frames import bond_frames
from femnn.network import Network

type Floats = npt.NDArray[np.float64]
WITHIN = 0.9
"""Share of a pad's radius up to which a fillet on its outline reaches into it."""

type Fillet = tuple[str, int, tuple[int, int]]
"""Kind and number of the region that a fillet belongs to, and its surface in Gmsh."""


class Rounded(Protocol):
    """What is asked for."""

    @property
    def fillet_radius(self) -> float:
        """Radius (m); 0 for sharp corners."""

    @property
    def taper(self) -> float:
        """Length over height of the slope between a thinned end and its bar."""


def corners(network: Network, pad_radii: Floats, shape: Rounded) -> list[Fillet]:
    """Fillets of the current Gmsh model, where thinned ends widen and where bonds meet.

    Args:
        network: a planar network.
        pad_radii: radius of the pad at each node (m), shape (N,).
        shape: radius and taper.

    Raises:
        MeshError: a fillet does not fit between what it is to join.
    """
    r = shape.fillet_radius
    if r == 0:
        return []
    return [*_shoulders(network, shape.taper, r), *_joints(network, pad_radii, r)]


def _shoulders(network: Network, slope: float, r: float) -> Iterator[Fillet]:
    """Two at each thinned end, between its sides and the taper up to the bar's width."""
    t, n, _ = bond_frames(network)
    sections = network.sections
    rise = np.array([slope, 1.0]) / np.hypot(slope, 1.0)
    for bond, (p, q) in enumerate(network.bonds):
        end = sections.end_share[bond] * network.lengths[bond]
        half, narrow = sections.width[bond] / 2, sections.end_width[bond] * sections.width[bond] / 2
        if end == 0 or narrow >= half:
            continue
        corner = np.array([end - slope * (half - narrow) / 2, narrow])
        outline, tangent = _rounded(corner, np.array([-1.0, 0.0]), rise, r)
        if tangent > min((half - narrow) / rise[1], corner[0]):
            raise _too_large(network, r, f"where bond {network.bond_name(bond)} is thinned")
        for origin, along in ((network.nodes[p], t[bond, :2]), (network.nodes[q], -t[bond, :2])):
            for across in (n[bond, :2], -n[bond, :2]):
                yield "bond", bond, _bounded(*(origin + s * along + y * across for s, y in outline))


def _rounded(corner: Floats, u: Floats, v: Floats, r: float) -> tuple[tuple[Floats, Floats, Floats, Floats], float]:
    """Corner, points of tangency and centre of the arc between sides that leave a corner along u and v.

    Also returned is the distance of the points of tangency from the corner.
    """
    half_angle = np.arccos(np.clip(u @ v, -1.0, 1.0)) / 2
    tangent = float(r / np.tan(half_angle))
    bisector = (u + v) / np.linalg.norm(u + v)
    return (corner, corner + tangent * u, corner + tangent * v, corner + r / np.sin(half_angle) * bisector), tangent


def _joints(network: Network, pad_radii: Floats, r: float) -> Iterator[Fillet]:
    """One between the sides of neighbouring bonds, or two where the pad shows between them."""
    for node, centre in enumerate(network.nodes):
        meeting = np.flatnonzero((network.bonds == node).any(axis=1))
        away = network.nodes[network.bonds[meeting].sum(axis=1) - node] - centre
        order = np.argsort(np.arctan2(away[:, 1], away[:, 0]))
        for first, second in zip(order, np.roll(order, -1), strict=True):
            u, v = (away[i] / np.linalg.norm(away[i]) for i in (first, second))
            angle = np.arctan2(u[0] * v[1] - u[1] * v[0], u @ v) % (2 * np.pi)
            if len(order) < 2 or angle > np.pi - 1e-6:
                continue
            h = [_end_half_width(network, meeting[i]) for i in (first, second)]
            free = min(_free_length(network, meeting[i]) for i in (first, second))
            for (corner, start, end, middle), reach in _between(u, v, h, angle, pad_radii[node], r):
                if reach > free:
                    raise _too_large(network, r, f"at node {network.labels[node]}")
                # A pad is cut into, for surfaces that share an arc and no more do not become one
                inner = [WITHIN * end, WITHIN * corner] if np.linalg.norm(end) <= pad_radii[node] * (1 + 1e-9) else []
                at = [centre + point for point in (corner, start, end, middle, *inner)]
                yield "node", node, _bounded(*at)


def _end_half_width(network: Network, bond: int) -> float:
    sections = network.sections
    thinned = sections.end_share[bond] > 0
    return float(sections.width[bond] / 2 * (sections.end_width[bond] if thinned else 1.0))


def _free_length(network: Network, bond: int) -> float:
    return float(network.lengths[bond] * (network.sections.end_share[bond] or 0.5))


def _between(
    u: Floats, v: Floats, h: Sequence[float], angle: float, pad: float, r: float
) -> Iterator[tuple[tuple[Floats, Floats, Floats, Floats], float]]:
    """Outlines about a node between bonds along u and v, in counter-clockwise order, and how far along they reach.

    An outline is corner, points of tangency and centre; the second point of tangency may be on the pad.
    """
    left_of_u, right_of_v = np.array([-u[1], u[0]]), np.array([v[1], -v[0]])
    along = (h[1] + h[0] * np.cos(angle)) / np.sin(angle)
    corner = along * u + h[0] * left_of_u
    taken = sum(float(np.arcsin(min((half + r) / (pad + r), 1.0))) for half in h)
    if np.linalg.norm(corner) >= pad or taken >= angle:
        outline, tangent = _rounded(corner, u, v, r)
        yield outline, along + tangent
        return
    for axis, side, half in ((u, left_of_u, h[0]), (v, right_of_v, h[1])):
        s = np.sqrt((pad + r) ** 2 - (half + r) ** 2)
        middle = s * axis + (half + r) * side
        touch = middle * pad / (pad + r)
        yield (np.sqrt(pad**2 - half**2) * axis + half * side, s * axis + half * side, touch, middle), s


def _bounded(corner: Floats, start: Floats, end: Floats, middle: Floats, *inner: Floats) -> tuple[int, int]:
    """The surface between an arc about middle and the way back from its end, by the inner points and the corner."""
    occ = gmsh.model.occ
    first, last, centre, *back = (occ.addPoint(*p, 0.0) for p in (start, end, middle, *inner, corner))
    way = [last, *back, first]
    lines = [occ.addLine(a, b) for a, b in pairwise(way)]
    return 2, int(occ.addPlaneSurface([occ.addCurveLoop([occ.addCircleArc(first, centre, last), *lines])]))


def _too_large(network: Network, r: float, where: str) -> MeshError:
    return MeshError(f"{network.name}: a fillet of radius {r:.3g} m does not fit {where}; make fillet_radius smaller.")
