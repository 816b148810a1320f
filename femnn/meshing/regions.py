"""Solids as meshes of triangles or tetrahedra in which every cell belongs to a bond or to a node of a network.

Groups are named "bond p–q" (or "bond p-q") and "node p" by the labels of the network's nodes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from femnn.errors import MeshError
from femnn.geometry.widening import widening
from femnn.meshing.region_checks import check_solid
from femnn.meshing.region_names import members, region_names
from femnn.meshing.solid_cells import SIMPLICES, SolidCells, not_simplices
from femnn.network.network import Network
from femnn.network_files.mesh_content import OF_DIMENSION
from femnn.runtime.stack import MPI, basix, dmesh, gmsh, ufl

type Integers = npt.NDArray[np.int64]
type Floats = npt.NDArray[np.float64]

SIMPLEX = {2: "triangle", 3: "tetrahedron"}
"""Cells by dimension."""
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
    rows, parts, count = {}, [np.empty((0, dimension + 1), dtype=np.int64)], 0
    for _, entity in gmsh.model.getEntities(dimension):
        kinds, _, nodes = gmsh.model.mesh.getElements(dimension, entity)
        for kind in kinds:
            if kind != IN_GMSH[dimension]:
                other = gmsh.model.mesh.getElementProperties(kind)[0]
                raise not_simplices(where, dimension, other)
        own = [place[corners.astype(np.int64)].reshape(-1, dimension + 1) for corners in nodes]
        rows[entity] = np.arange(count, count + sum(map(len, own)))
        parts, count = [*parts, *own], count + len(rows[entity])
    groups = {
        gmsh.model.getPhysicalName(dimension, tag): np.concatenate(
            [rows[entity] for entity in gmsh.model.getEntitiesForPhysicalGroup(dimension, tag)]
        )
        for _, tag in gmsh.model.getPhysicalGroups(dimension)
    }
    others: dict[str, list[str]] = {}
    for other, tag in gmsh.model.getPhysicalGroups():
        if other != dimension:
            others.setdefault(OF_DIMENSION[other], []).append(gmsh.model.getPhysicalName(other, tag))
    return regions_of(network, SolidCells(points, np.concatenate(parts), groups, others), where)


def regions_of(network: Network, solid: SolidCells, where: str) -> Regions:
    """Put the cells of named groups together.

    Args:
        network: whose bonds and nodes the groups are named for.
        solid: cells and groups; coordinates in metres. Groups of other names are not looked at.
        where: what the solid is, for the message.

    Raises:
        MeshError: a group is missing or empty; a cell belongs to none or to two; cells are flat or lie over each other;
            the solid is cracked; triangles do not lie in a plane; regions are not where their bonds or nodes are, are
            in parts, or do not meet.
    """
    dimension = solid.cells.shape[1] - 1
    rows = members(network, solid.groups, solid.others, SIMPLICES[dimension], where)
    # A cell may stand in the file once for each of its groups
    _, first, cell = np.unique(np.sort(solid.cells, axis=1), axis=0, return_index=True, return_inverse=True)
    stands_for = first[cell.ravel()]
    parts = [np.unique(stands_for[part]) for part in rows]
    cells = solid.cells[np.concatenate(parts)]
    owner = np.repeat(np.arange(len(parts)), [len(part) for part in parts])
    used, corners = np.unique(cells, return_inverse=True)
    points, corners = solid.points[used], corners.reshape(cells.shape)
    corners = check_solid(network, points, corners, owner, region_names(network), len(first), where)
    bonds = len(network.bonds)
    return Regions(
        points[:, :dimension],
        corners,
        np.where(owner < bonds, owner, -1),
        np.where(owner >= bonds, owner - bonds, -1),
    )
