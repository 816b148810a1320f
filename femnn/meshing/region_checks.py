"""Whether triangles or tetrahedra in named groups make up the solid of a network."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import scipy

from femnn.errors import MeshError
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
) -> None:
    """Check all that a solid must be.

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
    if dimension == 2 and np.ptp(points[:, 2]) > PLANAR * np.ptp(points, axis=0).max():
        raise MeshError(f"{start}: its triangles do not lie in a plane of constant z.")
    _check_once(cells, owner, names, total, start)
    _check_shapes(points[:, :dimension], cells, owner, names, start)
    _check_places(network, points[:, :dimension], cells, owner, start)
    _check_joined(network, cells, owner, names, start)


def _check_once(cells: Integers, owner: Integers, names: list[str], total: int, start: str) -> None:
    _, first, counts = np.unique(np.sort(cells, axis=1), axis=0, return_index=True, return_counts=True)
    if (counts > 1).any():
        same = np.sort(cells[first[counts > 1][0]])
        both = owner[(np.sort(cells, axis=1) == same).all(axis=1)]
        raise MeshError(
            f"{start}: a cell is in two groups, {names[both[0]]!r} and {names[both[-1]]!r}; each cell must be in one."
        )
    if total > len(cells):
        raise MeshError(
            f"{start}: {total - len(cells)} of {total} cells are in no group of a bond or a node; add them to one."
        )


def _check_shapes(points: Floats, cells: Integers, owner: Integers, names: list[str], start: str) -> None:
    corners = points[cells]
    edges = corners[:, 1:] - corners[:, :1]
    volumes = np.linalg.det(edges)
    scale = np.linalg.norm(edges, axis=2).max(axis=1) ** points.shape[1]
    bad = ~(volumes > FLAT * scale)
    if bad.any():
        cell = int(np.flatnonzero(bad)[0])
        kind = "flat" if abs(volumes[cell]) <= FLAT * scale[cell] else "inverted"
        at = ", ".join(f"{x:.4g}" for x in corners[cell].mean(axis=0))
        raise MeshError(
            f"{start}: {int(bad.sum())} of {len(cells)} cells are inverted or flat, the first ({kind}) in "
            f"{names[owner[cell]]!r} near ({at}) m; mesh it again."
        )


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
    unit = next((f"; it seems to be in {unit}" for factor, unit in UNITS.items() if abs(ratio / factor - 1) < 0.05), "")
    middle, node = ((", ".join(f"{x:.4g}" for x in at)) for at in ((low + high)[astray[0]] / 2, nodes[astray[0]]))
    raise MeshError(
        f"{start}: the region of node {network.labels[astray[0]]} is about ({middle}) m, the node at ({node}) m{unit}; "
        "coordinates must be the network's, in metres."
    )


def _check_joined(network: Network, cells: Integers, owner: Integers, names: list[str], start: str) -> None:
    """Every region must hang together by facets, and every bond share facets with its nodes and nothing else."""
    corners = cells.shape[1]
    facets = np.concatenate([np.delete(cells, i, axis=1) for i in range(corners)])
    cell = np.tile(np.arange(len(owner)), corners)
    _, facet = np.unique(np.sort(facets, axis=1), axis=0, return_inverse=True)
    facet = facet.ravel()
    order = np.argsort(facet, kind="stable")
    shared = np.diff(facet[order]) == 0
    first, second = cell[order[:-1]][shared], cell[order[1:]][shared]
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
