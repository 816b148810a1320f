"""Bodies as meshes of triangles or tetrahedra in which every cell belongs to a bond or to a node of a network.

Groups are named "bond p–q" (or "bond p-q") and "node p" by the labels of the network's nodes.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import basix.ufl
import gmsh
import numpy as np
import numpy.typing as npt
import ufl
from dolfinx import mesh as dmesh
from mpi4py import MPI
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from femnn.errors import MeshError
from femnn.meshing.widening import widening
from femnn.network import Network

type Integers = npt.NDArray[np.int64]
type Floats = npt.NDArray[np.float64]

FLAT = 1e-9
"""Cells whose volume is below this share of that of a regular cell with their longest edge are degenerate."""


@dataclass(frozen=True)
class Regions:
    """Simplices and what they belong to, on one rank."""

    points: Floats
    """Coordinates (m), shape (n, g) with g = 2 or 3."""
    cells: Integers
    """Indices of the corners of each cell, shape (m, g + 1)."""
    cell_bonds: Integers
    """Bond of each cell, −1 in a node's region, shape (m,)."""
    cell_nodes: Integers
    """Node of each cell, −1 in a bond's region, shape (m,)."""


@dataclass(frozen=True)
class SolidMesh:
    """A distributed body and the ways back to the network; cells include ghosts."""

    network: Network
    mesh: dmesh.Mesh
    cell_bonds: Integers
    """Bond of each cell of this rank, −1 in a node's region."""
    cell_nodes: Integers
    """Node of each cell of this rank, −1 in a bond's region."""
    across: Floats
    """How each geometry node of this rank moves when its bond becomes twice as wide (m), shape (n, g)."""
    out: Floats
    """The same when its bond becomes twice as thick (m), shape (n, g)."""


def solid_mesh(network: Network, regions: Regions | None, comm: MPI.Comm) -> SolidMesh:
    """Distribute a body.

    Args:
        network: the network, the same on every rank.
        regions: the body, on rank 0; what other ranks give is not looked at.
        comm: communicator over which the mesh is distributed.

    Raises:
        MeshError: cells are missing after distribution.
    """
    dimension = comm.bcast(regions.points.shape[1] if regions is not None and comm.rank == 0 else None)
    if comm.rank == 0:
        assert regions is not None
        points, cells = regions.points, regions.cells
        shared = (regions.cell_bonds, regions.cell_nodes, *widening(network, regions))
    else:
        points, cells, shared = np.empty((0, dimension)), np.empty((0, dimension + 1), dtype=np.int64), None
    cell_bonds, cell_nodes, across, out = comm.bcast(shared)
    name = {2: "triangle", 3: "tetrahedron"}[dimension]
    element = basix.ufl.element("Lagrange", name, 1, shape=(dimension,))
    partitioner = dmesh.create_cell_partitioner(dmesh.GhostMode.none, 2)
    mesh = dmesh.create_mesh(comm, cells, ufl.Mesh(element), points, partitioner)
    found = mesh.topology.index_map(dimension).size_global
    if found != len(cell_bonds):
        raise MeshError(f"{network.name}: the mesh has {found} cells of {len(cell_bonds)} after distributing it.")
    order = np.asarray(mesh.topology.original_cell_index, dtype=np.int64)
    inputs = np.asarray(mesh.geometry.input_global_indices, dtype=np.int64)
    return SolidMesh(network, mesh, cell_bonds[order], cell_nodes[order], across[inputs], out[inputs])


def read_regions(network: Network, where: str, dimension: int) -> Regions:
    """Cells of the current Gmsh model and the regions that its physical groups make them belong to.

    Args:
        network: whose bonds and nodes the groups are named for.
        where: what the model is, for the message.
        dimension: 2 for triangles, 3 for tetrahedra.

    Raises:
        MeshError: a group is missing or empty; a cell belongs to none or to two; cells are inverted or flat.
    """
    tags, flat, _ = gmsh.model.mesh.getNodes()
    points = np.array(flat).reshape(-1, 3)
    place = np.full(int(tags.max(initial=0)) + 1, -1, dtype=np.int64)
    place[tags.astype(np.int64)] = np.arange(len(tags))
    groups = {}
    for _, tag in gmsh.model.getPhysicalGroups(dimension):
        parts = [
            _turned(points[:, :dimension], place[nodes.reshape(-1, dimension + 1).astype(np.int64)])
            for entity in gmsh.model.getEntitiesForPhysicalGroup(dimension, tag)
            for kind, _, nodes in zip(*gmsh.model.mesh.getElements(dimension, entity), strict=True)
            if kind == {2: 2, 3: 4}[dimension]
        ]
        groups[gmsh.model.getPhysicalName(dimension, tag)] = (
            np.concatenate(parts) if parts else np.empty((0, dimension + 1), dtype=np.int64)
        )
    return regions_of(network, points[:, :dimension], groups, where)


def _turned(points: Floats, cells: Integers) -> Integers:
    """Cells of one entity, counted the other way round if most are negative: an entity may face either way."""
    volumes = np.linalg.det(points[cells[:, 1:]] - points[cells[:, :1]])
    return cells[:, [1, 0, *range(2, cells.shape[1])]] if np.median(volumes) < 0 else cells


def regions_of(network: Network, points: Floats, groups: Mapping[str, Integers], where: str) -> Regions:
    """Put the cells of named groups together.

    Args:
        network: whose bonds and nodes the groups are named for.
        points: coordinates (m), shape (n, g).
        groups: cells of each group, each of shape (m, g + 1).
        where: what the body is, for the message.

    Raises:
        MeshError: as :func:`read_regions`.
    """
    by_name = {_plain(name): cells for name, cells in groups.items()}
    bonds = [by_name.get(_bond_group(network, b, by_name)) for b in range(len(network.bonds))]
    nodes = [by_name.get(f"node {label}") for label in network.labels]
    names = [f"bond {network.bond_name(b)}" for b in range(len(bonds))] + [f"node {label}" for label in network.labels]
    for name, cells in zip(names, [*bonds, *nodes], strict=True):
        if cells is None or not len(cells):
            problem = "there is no group" if cells is None else "no cell is in group"
            known = ", ".join(repr(group) for group in list(groups)[:6]) or "none"
            raise MeshError(f"{network.name}: {where} cannot be used: {problem} {name!r}; groups are: {known}.")
    parts = [part for part in [*bonds, *nodes] if part is not None]
    cells = np.concatenate(parts)
    sizes = [len(part) for part in parts]
    owner = np.repeat(np.arange(len(parts)), sizes)
    _check_once(network, cells, owner, names, where)
    used, corners = np.unique(cells, return_inverse=True)
    result = Regions(
        points[used],
        corners.reshape(cells.shape),
        np.where(owner < len(bonds), owner, -1),
        np.where(owner >= len(bonds), owner - len(bonds), -1),
    )
    _check_shapes(network, result, names, owner, where)
    _check_whole(network, result, names, owner)
    return result


def _plain(name: str) -> str:
    return name.replace("–", "-").strip()


def _bond_group(network: Network, bond: int, groups: Mapping[str, Integers]) -> str:
    p, q = network.labels[network.bonds[bond]]
    return f"bond {q}-{p}" if f"bond {q}-{p}" in groups else f"bond {p}-{q}"


def _check_once(network: Network, cells: Integers, owner: Integers, names: list[str], where: str) -> None:
    _, first, counts = np.unique(np.sort(cells, axis=1), axis=0, return_index=True, return_counts=True)
    if (counts > 1).any():
        same = np.sort(cells[first[counts > 1][0]])
        both = owner[(np.sort(cells, axis=1) == same).all(axis=1)]
        raise MeshError(
            f"{network.name}: {where} cannot be used: a cell is in two groups, {names[both[0]]!r} and "
            f"{names[both[-1]]!r}; each cell must be in one."
        )


def _check_shapes(network: Network, regions: Regions, names: list[str], owner: Integers, where: str) -> None:
    corners = regions.points[regions.cells]
    edges = corners[:, 1:] - corners[:, :1]
    volumes = np.linalg.det(edges)
    scale = np.linalg.norm(edges, axis=2).max(axis=1) ** regions.points.shape[1]
    bad = ~(volumes > FLAT * scale)
    if bad.any():
        cell = int(np.flatnonzero(bad)[0])
        kind = "flat" if abs(volumes[cell]) <= FLAT * scale[cell] else "inverted"
        raise MeshError(
            f"{network.name}: {where} cannot be used: {int(bad.sum())} cells are inverted or flat, the first ({kind}) "
            f"in "
            f"{names[owner[cell]]!r} near {np.array2string(corners[cell].mean(axis=0), precision=4)} m; mesh it again."
        )


def _check_whole(network: Network, regions: Regions, names: list[str], owner: Integers) -> None:
    """Every region must hang together by facets of its cells."""
    corners = regions.cells.shape[1]
    facets = np.concatenate([np.delete(regions.cells, i, axis=1) for i in range(corners)])
    cell = np.tile(np.arange(len(owner)), corners)
    _, facet = np.unique(np.sort(facets, axis=1), axis=0, return_inverse=True)
    order = np.argsort(facet, kind="stable")
    first, second = cell[order[:-1]], cell[order[1:]]
    joined = (np.diff(facet[order]) == 0) & (owner[first] == owner[second])
    links = csr_array((np.ones(joined.sum()), (first[joined], second[joined])), shape=(len(owner), len(owner)))
    _, part = connected_components(links, directed=False)
    parts = np.unique(np.column_stack([owner, part]), axis=0)[:, 0]
    torn = np.flatnonzero(np.bincount(parts) > 1)
    if torn.size:
        raise MeshError(
            f"{network.name}: the region of {names[torn[0]]} is in {np.bincount(parts)[torn[0]]} parts: bonds touch "
            "each other beyond the pads of their nodes; make them narrower, or the pads larger."
        )
