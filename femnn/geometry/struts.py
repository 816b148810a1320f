"""Lattices in space in Gmsh: struts with rectangular cross-sections for the bonds, balls at the nodes."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from femnn.errors import MeshError
from femnn.geometry.frames import bond_frames
from femnn.geometry.strips import Shape, pad_radii, profiles
from femnn.network.network import Network
from femnn.runtime.stack import gmsh

type Entity = tuple[int, int]
type Floats = npt.NDArray[np.float64]


def add(network: Network, shape: Shape, unit: float) -> list[list[int]]:
    """Add a lattice in space to the current model, with sizes of cells.

    Args:
        network: a network in space.
        shape: pads and sizes; fillets are not looked at.
        unit: length of one unit of the model (m).

    Returns:
        Tags of the volumes of each bond and then of each node.

    Raises:
        MeshError: pads are smaller than the ends of bonds, or tapers do not fit; bonds or pads lie over each other away
            from a common node; nothing is left of a bond between the pads of its nodes.
    """
    radii = pad_radii(network, shape) / unit
    along = [profile / unit for profile in profiles(network, shape)]
    frames = bond_frames(network)
    balls = [(3, gmsh.model.occ.addSphere(*at, r)) for at, r in zip(network.nodes / unit, radii, strict=True)]
    bars: list[list[Entity]] = []
    for bond, (p, q) in enumerate(network.bonds):
        strut = _strut(network, bond, along[bond], [axes[bond] for axes in frames], unit)
        # Balls stay whole: OpenCASCADE seldom manages to unite what many struts cut them into
        left, _ = gmsh.model.occ.cut([strut], [balls[p], balls[q]], removeTool=False)
        bars.append([entity for entity in left if entity[0] == 3])
        if not bars[-1]:
            raise _nothing_left(network, bond)
    tags = _regions(network, [*bars, *([ball] for ball in balls)])
    _set_sizes(network, shape, along, tags, unit)
    return tags


def _strut(network: Network, bond: int, along: Floats, frame: list[Floats], unit: float) -> Entity:
    """The volume of a bond from node to node; its profile lies in the direction of the width."""
    t, n, b = frame
    thickness = network.sections.thickness[bond] / unit
    corner = network.nodes[network.bonds[bond, 0]] / unit - thickness / 2 * b
    outline = [*along * [1, -1], *along[::-1]]
    points = [gmsh.model.occ.addPoint(*(corner + s * t + y * n)) for s, y in outline]
    lines = [gmsh.model.occ.addLine(i, j) for i, j in zip(points, points[1:] + points[:1], strict=True)]
    surface = gmsh.model.occ.addPlaneSurface([gmsh.model.occ.addCurveLoop(lines)])
    made: list[Entity] = gmsh.model.occ.extrude([(2, surface)], *(thickness * b))
    return next(entity for entity in made if entity[0] == 3)


def _regions(network: Network, volumes: list[list[Entity]]) -> list[list[int]]:
    """Cut volumes along each other; what several bonds have in common belongs to their node."""
    tools = [entity for entities in volumes for entity in entities]
    owners = [region for region, entities in enumerate(volumes) for _ in entities]
    _, cut = gmsh.model.occ.fragment(tools[:1], tools[1:])
    gmsh.model.occ.synchronize()
    within: dict[int, set[int]] = {}
    for owner, entities in zip(owners, cut, strict=True):
        for dimension, tag in entities:
            if dimension == 3:
                within.setdefault(tag, set()).add(owner)
    regions: list[list[int]] = [[] for _ in volumes]
    for tag, members in within.items():
        regions[_owner(network, sorted(members))].append(tag)
    for bond in range(len(network.bonds)):
        if not regions[bond]:
            raise _nothing_left(network, bond)
    return regions


def _owner(network: Network, members: list[int]) -> int:
    """The region of a piece, from the bonds and nodes (bonds counted first) that it lies within."""
    if len(members) == 1:
        return members[0]
    count = len(network.bonds)
    common = set.intersection(
        *({count + int(node) for node in network.bonds[m]} if m < count else {m} for m in members)
    )
    if not common:
        names = [
            f"bond {network.bond_name(m)}" if m < count else f"node {network.labels[m - count]}" for m in members[:2]
        ]
        raise MeshError(
            f"{network.name}: {' and '.join(names)} lie over each other; make bonds or pads smaller, or move the nodes "
            "apart."
        )
    return common.pop()


def _nothing_left(network: Network, bond: int) -> MeshError:
    return MeshError(
        f"{network.name}: width {network.sections.width[bond]:.3g} m leaves nothing of bond {network.bond_name(bond)} "
        f"(length {network.lengths[bond]:.3g} m) between the regions of its nodes; make bonds or pads smaller."
    )


def _set_sizes(network: Network, shape: Shape, along: list[Floats], tags: list[list[int]], unit: float) -> None:
    """Sizes of cells by the width of the bond there, and in a node's region by that of its widest bond."""
    t, _, _ = bond_frames(network)
    widest, thinnest = np.zeros(len(network.nodes)), np.full(len(network.nodes), np.inf)
    thickness = network.sections.thickness / unit
    np.maximum.at(widest, network.bonds, network.sections.width[:, None] / unit)
    np.minimum.at(thinnest, network.bonds, thickness[:, None])
    through = np.append(thickness, thinnest) / shape.layers if shape.layers else np.full(len(tags), np.inf)
    sizes: dict[int, float] = {}
    for region, volumes in enumerate(tags):
        bond = region if region < len(network.bonds) else None
        points = gmsh.model.getBoundary([(3, tag) for tag in volumes], combined=False, oriented=False, recursive=True)
        for _, point in points:
            if bond is None:
                width = float(widest[region - len(network.bonds)])
            else:
                place = np.array(gmsh.model.getValue(0, point, [])) - network.nodes[network.bonds[bond, 0]] / unit
                width = 2 * float(np.interp(place @ t[bond], *along[bond].T))
            sizes[point] = min(sizes.get(point, np.inf), width / shape.cells_across, float(through[region]))
    for point, size in sizes.items():
        gmsh.model.mesh.setSize([(0, point)], size)
