"""Outlines of the parts of a printed lattice in Gmsh: strips or struts for the bonds, discs or balls for the nodes."""

from collections.abc import Sequence
from dataclasses import dataclass

import gmsh
import numpy as np
import numpy.typing as npt

from femnn.errors import MeshError
from femnn.meshing.frames import bond_frames
from femnn.network import Network

type Entity = tuple[int, int]
type Floats = npt.NDArray[np.float64]

PAD_SHARE = {2: 0.55, 3: 0.95}
"""Radius of a pad that is not given, as a share of the widest bond's width there, or of its diagonal in space."""


@dataclass(frozen=True)
class Shape:
    """What a body has that its network does not state."""

    pad_radius: float | None = None
    """Radius of the disc or, in space, ball at every node (m); just large enough for square ends where None."""
    fillet_radius: float = 0.0
    """Radius with which re-entrant corners between bonds, and where bonds are thinned, are rounded (m)."""
    taper: float = 1.0
    """Length over height of the slope between a thinned end and its bar, half of it on either side; 0 for a step."""
    cells_across: float = 2.0
    """Cells across the width of a bond; sizes follow the width."""
    layers: int = 2
    """Layers of cells through the thickness of a planar lattice that is extruded."""


def pad_radii(network: Network, shape: Shape) -> Floats:
    """Radius of the pad at each node (m), shape (N,)."""
    if shape.pad_radius is not None:
        return np.full(len(network.nodes), shape.pad_radius)
    sections = network.sections
    across = sections.width if network.dimension == 2 else np.hypot(sections.width, sections.thickness)
    widest = np.zeros(len(network.nodes))
    np.maximum.at(widest, network.bonds, across[:, None])
    return PAD_SHARE[network.dimension] * widest


def parts(network: Network, shape: Shape, bond: int) -> list[tuple[float, list[tuple[float, float]]]]:
    """Width (m) and outline of the parts of a strip: thinned end, bar, thinned end.

    Outlines are points (along, across) the bond from its first node (m), in order; tapers belong to the bar.
    """
    L, w = network.lengths[bond], network.sections.width[bond]
    end, narrow = network.sections.end_share[bond] * L, network.sections.end_width[bond] * w
    taper = shape.taper * (w - narrow) / 2
    if end == 0:
        return [(w, [(0.0, -w / 2), (L, -w / 2), (L, w / 2), (0.0, w / 2)])]
    a, b = end - taper / 2, end + taper / 2
    if a <= 0 or b >= L - b:
        raise MeshError(
            f"{network.name}: the taper of bond {network.bond_name(bond)} is longer than there is room for; make taper "
            "smaller."
        )
    necks = [[(s, -narrow / 2), (e, -narrow / 2), (e, narrow / 2), (s, narrow / 2)] for s, e in ((0.0, a), (L - a, L))]
    lower = [(a, -narrow / 2), (b, -w / 2), (L - b, -w / 2), (L - a, -narrow / 2)]
    bar = lower + [(s, -y) for s, y in reversed(lower)]
    return [(narrow, necks[0]), (w, list(dict.fromkeys(bar))), (narrow, necks[1])]


def strips(network: Network, shape: Shape) -> list[list[list[Entity]]]:
    """Surfaces of the parts of each bond, in the plane."""
    t, n, _ = (axes[:, :2] for axes in bond_frames(network))
    return [
        [
            [(2, _polygon([network.nodes[p] + s * t[bond] + y * n[bond] for s, y in outline]))]
            for _, outline in parts(network, shape, bond)
        ]
        for bond, (p, _) in enumerate(network.bonds)
    ]


def _polygon(points: Sequence[Floats]) -> int:
    tags = [gmsh.model.occ.addPoint(*point, *(0.0,) * (3 - len(point))) for point in points]
    lines = [gmsh.model.occ.addLine(a, b) for a, b in zip(tags, tags[1:] + tags[:1], strict=True)]
    return int(gmsh.model.occ.addPlaneSurface([gmsh.model.occ.addCurveLoop(lines)]))


def discs(network: Network, shape: Shape) -> list[list[Entity]]:
    """Surface of the pad at each node, in the plane."""
    radii = pad_radii(network, shape)
    return [
        [(2, gmsh.model.occ.addDisk(*node, 0.0, radius, radius))] if radius > 0 else []
        for node, radius in zip(network.nodes, radii, strict=True)
    ]


def struts(network: Network, shape: Shape) -> list[list[list[Entity]]]:
    """Volumes of the parts of each bond, in space."""
    t, n, b = bond_frames(network)
    origins = np.pad(network.nodes, ((0, 0), (0, 3 - network.dimension)))
    result = []
    for bond, (p, _) in enumerate(network.bonds):
        thickness = network.sections.thickness[bond]
        corner = origins[p] - thickness / 2 * b[bond]
        surfaces = [
            (2, _polygon([corner + s * t[bond] + y * n[bond] for s, y in outline]))
            for _, outline in parts(network, shape, bond)
        ]
        made = [gmsh.model.occ.extrude([surface], *(thickness * b[bond])) for surface in surfaces]
        result.append([[entity for entity in entities if entity[0] == 3] for entities in made])
    return result


def balls(network: Network, shape: Shape) -> list[list[Entity]]:
    """Balls at the nodes; cylinders through the thickness in a planar lattice."""
    radii = pad_radii(network, shape)
    thick = np.zeros(len(network.nodes))
    np.maximum.at(thick, network.bonds, network.sections.thickness[:, None])
    result: list[list[Entity]] = []
    for node, radius, height in zip(network.nodes, radii, thick, strict=True):
        if radius == 0:
            result.append([])
        elif network.dimension == 3:
            result.append([(3, gmsh.model.occ.addSphere(*node, radius))])
        else:
            result.append([(3, gmsh.model.occ.addCylinder(*node, -height / 2, 0.0, 0.0, height, radius))])
    return result


def without_balls(
    network: Network, of_bonds: list[list[list[Entity]]], at_nodes: list[list[Entity]]
) -> list[list[list[Entity]]]:
    """What of the struts is outside of the balls, which OpenCASCADE could not put together again."""
    result = []
    for volumes, (p, q) in zip(of_bonds, network.bonds, strict=True):
        tools = at_nodes[p] + at_nodes[q]
        result.append([gmsh.model.occ.cut(v, tools, removeTool=False)[0] if tools else v for v in volumes])
    return result
