"""Solids as meshes of triangles or tetrahedra in which every cell belongs to a bond or to a node of a network.

Groups are named "bond p–q" (or "bond p-q") and "node p" by the labels of the network's nodes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from femnn.errors import MeshError
from femnn.geometry.widening import widening
from femnn.meshing.region_checks import check_solid
from femnn.network.network import Network
from femnn.runtime.stack import MPI, basix, dmesh, gmsh, ufl

type Integers = npt.NDArray[np.int64]
type Floats = npt.NDArray[np.float64]

SIMPLEX = {2: "triangle", 3: "tetrahedron"}
"""Cells by dimension."""
SIMPLICES = {2: "triangles", 3: "tetrahedra"}
"""Cells by dimension, in messages."""
IN_GMSH = {2: 2, 3: 4}
"""Gmsh's number for these cells, by dimension."""


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
    """A distributed solid and the ways back to the network; cells include ghosts."""

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
    """Distribute a solid.

    Args:
        network: the network, the same on every rank.
        regions: the solid, on rank 0; what other ranks give is not looked at.
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
    element = basix.ufl.element("Lagrange", SIMPLEX[dimension], 1, shape=(dimension,))
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
        MeshError: as :func:`regions_of`; or cells are of another kind.
    """
    tags, flat, _ = gmsh.model.mesh.getNodes()
    points = np.array(flat).reshape(-1, 3)
    place = np.full(int(tags.max(initial=0)) + 1, -1, dtype=np.int64)
    place[tags.astype(np.int64)] = np.arange(len(tags))
    cells = {}
    for _, entity in gmsh.model.getEntities(dimension):
        kinds, _, nodes = gmsh.model.mesh.getElements(dimension, entity)
        for kind in kinds:
            if kind != IN_GMSH[dimension]:
                other = gmsh.model.mesh.getElementProperties(kind)[0]
                raise not_simplices(network, where, dimension, other)
        own = [place[corners.astype(np.int64)].reshape(-1, dimension + 1) for corners in nodes]
        cells[entity] = _turned(points[:, :dimension], own[0]) if own else np.empty((0, dimension + 1), dtype=np.int64)
    groups = {
        gmsh.model.getPhysicalName(dimension, tag): np.concatenate(
            [cells[entity] for entity in gmsh.model.getEntitiesForPhysicalGroup(dimension, tag)]
        )
        for _, tag in gmsh.model.getPhysicalGroups(dimension)
    }
    total = len(np.unique(np.sort(np.concatenate(list(cells.values())), axis=1), axis=0)) if cells else 0
    return regions_of(network, points, groups, total, where)


def not_simplices(network: Network, where: str, dimension: int, kind: str) -> MeshError:
    """The error for cells that cannot be used."""
    return MeshError(
        f"{network.name}: {where} cannot be used: it has cells of the kind {kind!r}; mesh it with "
        f"{SIMPLICES[dimension]} of first order."
    )


def _turned(points: Floats, cells: Integers) -> Integers:
    """Cells of one entity, counted the other way round if most are negative: an entity may face either way."""
    volumes = np.linalg.det(points[cells[:, 1:]] - points[cells[:, :1]])
    return cells[:, [1, 0, *range(2, cells.shape[1])]] if np.median(volumes) < 0 else cells


def regions_of(network: Network, points: Floats, groups: Mapping[str, Integers], total: int, where: str) -> Regions:
    """Put the cells of named groups together.

    Args:
        network: whose bonds and nodes the groups are named for.
        points: coordinates (m), shape (n, 3); of triangles the last is left out.
        groups: cells of each group, each of shape (m, g + 1); groups of other names are not looked at.
        total: number of different cells in the solid.
        where: what the solid is, for the message.

    Raises:
        MeshError: a group is missing or empty; a cell belongs to none or to two; cells are inverted or flat; triangles
            do not lie in a plane; regions are not where their bonds or nodes are, are in parts, or do not meet.
    """
    by_name = {_plain(name): cells for name, cells in groups.items()}
    names = [f"bond {network.bond_name(bond)}" for bond in range(len(network.bonds))]
    names += [f"node {label}" for label in network.labels]
    parts = []
    for name in names:
        cells = by_name.get(_plain(name), by_name.get(_reversed(_plain(name))))
        if cells is None or not len(cells):
            problem = "there is no group" if cells is None else "no cell is in group"
            known = ", ".join(repr(group) for group in list(groups)[:6]) + (", …" if len(groups) > 6 else "")
            raise MeshError(
                f"{network.name}: {where} cannot be used: {problem} {name!r}; groups are: {known or 'none'}."
            )
        parts.append(cells)
    cells, owner = np.concatenate(parts), np.repeat(np.arange(len(parts)), [len(part) for part in parts])
    used, corners = np.unique(cells, return_inverse=True)
    corners = corners.reshape(cells.shape)
    check_solid(network, points[used], corners, owner, names, total, where)
    bonds = len(network.bonds)
    return Regions(
        points[used, : cells.shape[1] - 1],
        corners,
        np.where(owner < bonds, owner, -1),
        np.where(owner >= bonds, owner - bonds, -1),
    )


def _plain(name: str) -> str:
    return name.replace("–", "-").strip()


def _reversed(name: str) -> str:
    """The name of a bond's group with the nodes the other way round."""
    kind, _, ends = name.partition(" ")
    return f"{kind} {'-'.join(reversed(ends.split('-')))}" if kind == "bond" else name
