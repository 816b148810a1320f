"""Outlines of the regions of a planar lattice, in which neighbouring regions share the line between them.

A node's region is its pad, wherever its bonds lie over each other, and the fillets between them. Each bond's region
begins with a straight cut where the node's ends, and is all that is left of its strip.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy

from femnn.errors import MeshError
from femnn.geometry.fillets import FilletTooLargeError, along_arc
from femnn.geometry.gaps import Gap, SameDirectionError, Spoke, gap, left
from femnn.geometry.rims import clipped, even_length, rim
from femnn.geometry.strips import Shape, end_widths, pad_radii, profiles
from femnn.network.network import Network

type Floats = npt.NDArray[np.float64]
type Curve = tuple[Floats, float]
"""Points (m) of a line, shape (2, 2), or of an arc, shape (3, 2), and the width that cells follow (m).

The second point of an arc is in its midst. The width is infinite where cells follow nothing but the arc itself.
"""
type End = tuple[int, int]
"""A bond, and which of its two ends."""

PAD_WITHIN = 0.4
"""A bond begins no nearer to its node than this share of the pad's radius."""
LEAST = 0.1
"""A bond must have a length of at least this share of its width left between the regions of its nodes."""
SAME = 1e-3
"""Points nearer to each other than this share of the narrowest width are one."""


@dataclass(frozen=True)
class Drawing:
    """Regions as closed loops of curves over common points: bond after bond, then node after node."""

    points: Floats
    """Coordinates (m), shape (n, 2)."""
    widths: Floats
    """Smallest width of what meets at each point (m), shape (n,)."""
    loops: list[list[tuple[int, ...]]]
    """Curves of each region, counter-clockwise, by their points: both ends of a line; an arc has one more between."""


def drawing(network: Network, shape: Shape) -> Drawing:
    """Outlines of the regions of all bonds and nodes.

    Args:
        network: a planar network.
        shape: pads, tapers and fillets.

    Raises:
        MeshError: ends of bonds stick out of a pad; tapers or fillets do not fit; nothing is left of a bond between the
            regions of its nodes, or nothing parts two bonds.
    """
    radii = pad_radii(network, shape)
    axes = network.bond_vectors / network.lengths[:, None]
    strips = [_strip(network, shape, bond, axes[bond], along) for bond, along in enumerate(profiles(network, shape))]
    leaving = [
        [spoke.leaves(radii[node])[0] for spoke, node in zip(strip.spokes, ends, strict=True)]
        for strip, ends in zip(strips, network.bonds, strict=True)
    ]
    _check_room(network, np.array(leaving))
    begins = PAD_WITHIN * radii[network.bonds]
    around = _counter_clockwise(network, strips)
    gaps: list[list[tuple[End, End, Gap]]] = []
    for node, ends in enumerate(around):
        gaps.append([])
        for first, second in zip(ends, ends[1:] + ends[:1], strict=True):
            between = _gap(network, node, strips, (first, second), radii[node], shape.fillet_radius)
            gaps[-1].append((first, second, between))
            begins[first] = max(begins[first], between.reaches[0])
            begins[second] = max(begins[second], between.reaches[1])
    _check_room(network, begins)
    loops = [_bond_loop(network, bond, strip, begins[bond]) for bond, strip in enumerate(strips)]
    loops += [_node_loop(network, node, strips, own, begins) for node, own in enumerate(gaps)]
    loops = [[part for curve in loop for part in _parted(curve, shape.cells_across)] for loop in loops]
    return _merged(loops, SAME * float(end_widths(network).min()))


@dataclass(frozen=True)
class _Strip:
    """A bond: one side of it, in coordinates along and across, and how its two nodes see it."""

    rim: list[Floats]
    spokes: tuple[Spoke, Spoke]


def _strip(network: Network, shape: Shape, bond: int, axis: Floats, along: Floats) -> _Strip:
    try:
        side = rim(along, shape.fillet_radius)
    except FilletTooLargeError:
        raise _too_large(network, f"where bond {network.bond_name(bond)} is thinned") from None
    free = even_length(side, along[-1, 0])
    return _Strip(side, (Spoke(axis, along, free), Spoke(-axis, along, free)))


def _counter_clockwise(network: Network, strips: list[_Strip]) -> list[list[End]]:
    """The ends of bonds at each node, in order."""
    around: list[list[End]] = [[] for _ in network.nodes]
    for bond, nodes in enumerate(network.bonds):
        for end, node in enumerate(nodes):
            around[node].append((bond, end))
    for ends in around:
        ends.sort(key=lambda at: float(np.arctan2(*strips[at[0]].spokes[at[1]].axis[::-1])))
    return around


def _check_room(network: Network, begins: Floats) -> None:
    """Raise if less than a stump is left of a bond that begins at these places from either node."""
    left_over = network.lengths - begins.sum(axis=1)
    width = network.sections.width
    none = np.flatnonzero(left_over < LEAST * width)
    if none.size:
        bond = int(none[0])
        raise MeshError(
            f"{network.name}: width {width[bond]:.3g} m leaves nothing of bond {network.bond_name(bond)} (length "
            f"{network.lengths[bond]:.3g} m) between the regions of its nodes; make bonds, pads or fillets smaller."
        )


def _gap(network: Network, node: int, strips: list[_Strip], pair: tuple[End, End], pad: float, r: float) -> Gap:
    try:
        first, second = (strips[bond].spokes[end] for bond, end in pair)
        return gap(first, second, pad, r)
    except FilletTooLargeError:
        raise _too_large(network, f"at node {network.labels[node]}") from None
    except SameDirectionError:
        names = " and ".join(f"bond {network.bond_name(bond)}" for bond, _ in pair)
        raise MeshError(f"{network.name}: {names} lie over each other; take one of them away.") from None


def _too_large(network: Network, where: str) -> MeshError:
    return MeshError(f"{network.name}: a fillet does not fit {where}; make fillet_radius smaller.")


def _bond_loop(network: Network, bond: int, strip: _Strip, begins: Floats) -> list[Curve]:
    p, q = network.nodes[network.bonds[bond]]
    (from_p, from_q), length = strip.spokes, strip.spokes[0].profile[-1, 0]
    try:
        side = clipped(strip.rim, begins[0], length - begins[1])
    except FilletTooLargeError:
        raise _too_large(network, f"where bond {network.bond_name(bond)} is thinned") from None
    # The rim is the same from either node: the left side of the one is the right side of the other
    return [
        *_placed(side, p, from_p.axis, -1),
        _mouth(q, from_q, begins[1]),
        *_placed(clipped(strip.rim, begins[1], length - begins[0]), q, from_q.axis, -1),
        _mouth(p, from_p, begins[0]),
    ]


def _node_loop(
    network: Network, node: int, strips: list[_Strip], gaps: list[tuple[End, End, Gap]], begins: Floats
) -> list[Curve]:
    at, loop = network.nodes[node], []
    for first, second, between in gaps:
        (one, other), (start, end) = (strips[first[0]], strips[second[0]]), between.reaches
        try:
            inward, outward = clipped(one.rim, start, begins[first]), clipped(other.rim, end, begins[second])
        except FilletTooLargeError:
            raise _too_large(network, f"at node {network.labels[node]}") from None
        spoke = other.spokes[second[1]]
        side = _placed(inward, at, one.spokes[first[1]].axis, 1)
        loop += [(curve[::-1], width) for curve, width in reversed(side)]
        loop += [(at + arc, width) for arc, width in between.arcs]
        loop += _placed(outward, at, spoke.axis, -1)
        mouth, width = _mouth(at, spoke, begins[second])
        loop.append((mouth[::-1], width))
    return loop


def _placed(curves: list[Floats], origin: Floats, axis: Floats, hand: int) -> list[Curve]:
    """Curves along and across in the plane, on the left (1) or the right (−1) of an axis."""
    return [
        (origin + c[:, :1] * axis + hand * c[:, 1:] * left(axis), np.inf if len(c) == 3 else 2 * float(c[:, 1].max()))
        for c in curves
    ]


def _mouth(origin: Floats, spoke: Spoke, place: float) -> Curve:
    """Where a bond begins, from its left side to its right as its node sees it."""
    half = float(np.interp(place, *spoke.profile.T))
    return np.array([origin + place * spoke.axis + hand * half * left(spoke.axis) for hand in (1, -1)]), 2 * half


def _parted(curve: Curve, cells_across: float) -> list[Curve]:
    """Fillets in arcs so short that each is for one cell to follow; anything else as it is."""
    points, width = curve
    if len(points) == 2 or width < np.inf:
        return [curve]
    _, turn = along_arc(points, np.zeros(1))
    parts = int(np.ceil(turn * cells_across / (np.pi / 2) - 1e-9))
    way, _ = along_arc(points, np.linspace(0.0, 1.0, 2 * parts + 1))
    way[[0, -1]] = points[[0, -1]]
    return [(way[i : i + 3], width) for i in range(0, 2 * parts, 2)]


def _merged(loops: list[list[Curve]], same: float) -> Drawing:
    """The loops over common points."""
    curves = [curve for loop in loops for curve in loop]
    ends = np.array([points[[0, -1]] for points, _ in curves]).reshape(-1, 2)
    pairs = scipy.spatial.KDTree(ends).query_pairs(same, output_type="ndarray")
    links = scipy.sparse.csr_array((np.ones(len(pairs)), pairs.T), shape=(len(ends), len(ends)))
    count, number = scipy.sparse.csgraph.connected_components(links, directed=False)
    points, widths = np.empty((count, 2)), np.full(count, np.inf)
    points[number] = ends
    np.minimum.at(widths, number, np.repeat([width for _, width in curves], 2))
    midst = [curve[1] for curve, _ in curves if len(curve) == 3]
    result: list[list[tuple[int, ...]]] = []
    places, middles = iter(number.reshape(-1, 2).tolist()), iter(range(count, count + len(midst)))
    for loop in loops:
        own: list[tuple[int, ...]] = []
        for curve, _ in loop:
            first, last = next(places)
            between = [next(middles)] if len(curve) == 3 else []
            if first != last:
                own.append((first, *between, last))
        result.append(_without_spikes(own))
    return Drawing(
        np.concatenate([points, np.reshape(midst, (-1, 2))]),
        np.concatenate([widths, np.full(len(midst), np.inf)]),
        result,
    )


def _without_spikes(loop: list[tuple[int, ...]]) -> list[tuple[int, ...]]:
    """The loop without lines that it follows forth and back, which notches narrower than a point have become."""
    kept: list[tuple[int, ...]] = []
    # Once more around, for a spike may lie across the loop's beginning
    for _ in range(2):
        kept = []
        for curve in loop:
            if kept and len(curve) == 2 and kept[-1] == curve[::-1]:
                kept.pop()
            else:
                kept.append(curve)
        loop = kept[1:] + kept[:1]
    return kept
