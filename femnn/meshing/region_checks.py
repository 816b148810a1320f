"""Whether triangles or tetrahedra in named groups make up the solid of a network."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import scipy

from femnn.errors import MeshError
from femnn.meshing.solid_cracks import check_uncracked
from femnn.network.network import Network

type Integers = npt.NDArray[np.int64]
type Floats = npt.NDArray[np.float64]

FLAT = 1e-9
"""Cells whose volume is below this share of the cube of their longest edge (its square in the plane) are flat."""
PLANAR = 1e-6
"""Triangles lie in a plane if z varies by less than this share of the solid's size."""
ASIDE = 0.1
"""A node may be outside of its region by this share of the region's size."""
UNITS = {1e3: "mm", 1e6: "µm", 1e2: "cm", 39.37: "inch"}
"""Units by how much larger a file in them is than one in metres."""


def check_solid(
    network: Network, points: Floats, cells: Integers, owner: Integers, names: list[str], total: int, where: str
) -> Integers:
    """Check all that a solid must be, and return its cells with their corners in the order of positive volumes.

    Args:
        network: the network.
        points: coordinates (m), shape (n, 3).
        cells: indices of the corners of each cell, shape (m, g + 1).
        owner: region of each cell, shape (m,): bonds first, then nodes.
        names: of all regions.
        total: number of cells that there are, in regions or not.
        where: what the solid is, for the message.

    Raises:
        MeshError: see :func:`femnn.meshing.regions.regions_of`.
    """
    start = f"{network.name}: {where} cannot be used"
    dimension = cells.shape[1] - 1
    if not np.isfinite(points).all():
        bad = int(np.flatnonzero(~np.isfinite(points[cells]).all(axis=(1, 2)))[0])
        raise MeshError(f"{start}: a corner of a cell in {names[owner[bad]]!r} has coordinates that are not finite.")
    if dimension == 2:
        _check_plane(points, start)
    _check_once(cells, owner, names, total, start)
    points, cells = points[:, :dimension], _turned(points[:, :dimension], cells)
    _check_flat(points, cells, owner, names, start)
    _check_places(network, points, cells, owner, start)
    check_uncracked(points, cells, start)
    _check_joined(network, points, cells, owner, names, start)
    return cells


def _check_plane(points: Floats, start: str) -> None:
    varies = np.ptp(points, axis=0)
    if varies[2] > PLANAR * varies.max():
        across = [axis for axis, along in zip("xyz", varies, strict=True) if along <= PLANAR * varies.max()]
        found = f"but of constant {across[0]}; turn it into x–y" if across else "in which its network is"
        raise MeshError(f"{start}: its triangles do not lie in a plane of constant z, {found}.")


def _turned(points: Floats, cells: Integers) -> Integers:
    """Cells with two corners exchanged where their volume is negative: in which order they are listed means nothing."""
    negative = np.linalg.det(points[cells[:, 1:]] - points[cells[:, :1]]) < 0
    return np.where(negative[:, None], cells[:, [1, 0, *range(2, cells.shape[1])]], cells)


def _check_once(cells: Integers, owner: Integers, names: list[str], total: int, start: str) -> None:
    _, first, counts = np.unique(np.sort(cells, axis=1), axis=0, return_index=True, return_counts=True)
    if (counts > 1).any():
        # No region has a cell twice
        same = np.sort(cells[first[counts > 1][0]])
        both = owner[(np.sort(cells, axis=1) == same).all(axis=1)]
        raise MeshError(
            f"{start}: a cell is in two groups, {names[both[0]]!r} and {names[both[-1]]!r}; each cell must be in one."
        )
    if total > len(cells):
        raise MeshError(
            f"{start}: {total - len(cells)} of {total} cells are in no group of a bond or a node; add them to one."
        )


def _check_flat(points: Floats, cells: Integers, owner: Integers, names: list[str], start: str) -> None:
    corners = points[cells]
    edges = corners[:, 1:] - corners[:, :1]
    scale = np.linalg.norm(edges, axis=2).max(axis=1) ** points.shape[1]
    bad = np.flatnonzero(~(np.linalg.det(edges) > FLAT * scale))
    if bad.size:
        raise MeshError(
            f"{start}: {len(bad)} of {len(cells)} cells are flat, the first in {names[owner[bad[0]]]!r} near "
            f"{_near(corners[bad[0]])}; mesh it again."
        )


def _near(corners: Floats) -> str:
    return f"({', '.join(f'{x:.4g}' for x in corners.mean(axis=0))}) m"


def _check_places(network: Network, points: Floats, cells: Integers, owner: Integers, start: str) -> None:
    """Every node must be in its region."""
    dimension, bonds = points.shape[1], len(network.bonds)
    low, high = np.full((len(network.nodes), dimension), np.inf), np.full((len(network.nodes), dimension), -np.inf)
    inside = owner >= bonds
    np.minimum.at(low, owner[inside] - bonds, points[cells[inside]].min(axis=1))
    np.maximum.at(high, owner[inside] - bonds, points[cells[inside]].max(axis=1))
    nodes = np.pad(network.nodes, ((0, 0), (0, 3 - network.dimension)))[:, :dimension]
    margin = ASIDE * (high - low).max(axis=1, keepdims=True)
    astray = np.flatnonzero(((nodes < low - margin) | (nodes > high + margin)).any(axis=1))
    if not astray.size:
        return
    ratio = float(np.linalg.norm(np.ptp((low + high) / 2, axis=0)) / np.linalg.norm(np.ptp(nodes, axis=0)))
    unit = next((unit for factor, unit in UNITS.items() if abs(ratio / factor - 1) < 0.05), None)
    seems = f'; it seems to be in {unit}, which mesh_unit = "{unit}" states' if unit else ""
    middle, node = ((", ".join(f"{x:.4g}" for x in at)) for at in ((low + high)[astray[0]] / 2, nodes[astray[0]]))
    raise MeshError(
        f"{start}: the region of node {network.labels[astray[0]]} is about ({middle}) m, the node at ({node}) m"
        f"{seems}; coordinates must be the network's."
    )


def _check_joined(
    network: Network, points: Floats, cells: Integers, owner: Integers, names: list[str], start: str
) -> None:
    """Cells must lie beside each other, regions hang together by facets, and bonds share facets with nodes alone."""
    corners = cells.shape[1]
    facets = np.concatenate([np.delete(cells, i, axis=1) for i in range(corners)])
    cell = np.tile(np.arange(len(owner)), corners)
    _, facet = np.unique(np.sort(facets, axis=1), axis=0, return_inverse=True)
    facet = facet.ravel()
    order = np.argsort(facet, kind="stable")
    shared = np.diff(facet[order]) == 0
    first, second = cell[order[:-1]][shared], cell[order[1:]][shared]
    one, other = order[:-1][shared], order[1:][shared]
    # Corners opposite to the shared side: side i of a cell is without its corner i
    tips = [points[cells[cell[at], at // len(owner)]] for at in (one, other)]
    sides = points[facets[one]]
    volumes = [np.linalg.det(np.concatenate([sides[:, 1:], tip[:, None]], axis=1) - sides[:, :1]) for tip in tips]
    over = np.flatnonzero(volumes[0] * volumes[1] > 0)
    if over.size:
        bad = first[over[0]]
        raise MeshError(
            f"{start}: {len(over)} cells are inverted or lie over their neighbours, the first in "
            f"{names[owner[bad]]!r} near {_near(points[cells[bad]])}; mesh it again."
        )
    within = owner[first] == owner[second]
    ends, shape = (first[within], second[within]), (len(owner), len(owner))
    links = scipy.sparse.csr_array((np.ones(within.sum()), ends), shape=shape)
    _, part = scipy.sparse.csgraph.connected_components(links, directed=False)
    parts = np.bincount(np.unique(np.column_stack([owner, part]), axis=0)[:, 0])
    torn = np.flatnonzero(parts > 1)
    if torn.size:
        raise MeshError(
            f"{start}: the region of {names[torn[0]]} is in {parts[torn[0]]} parts; make bonds narrower or pads "
            "larger, so that bonds do not touch beyond their nodes."
        )
    meeting = np.sort(np.column_stack([owner[first], owner[second]])[~within], axis=1)
    found = {(int(one), int(other)) for one, other in np.unique(meeting, axis=0)}
    bonds = len(network.bonds)
    wanted = {(bond, bonds + int(node)) for bond, ends in enumerate(network.bonds) for node in ends}
    for problem, pairs in (("do not meet, no cells share a side", wanted - found), ("meet", found - wanted)):
        for one, other in sorted(pairs)[:1]:
            raise MeshError(
                f"{start}: {names[one]} and {names[other]} {problem}; a bond must meet its nodes and nothing else."
            )
