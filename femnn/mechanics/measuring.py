"""The operator P, which reads displacements of the network's nodes off a model's field, and what supports hold of it.

With Pᵀ loads are applied, so that work and reciprocity hold to rounding for every model.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt
import scipy

from femnn.meshing.lines import LineMesh
from femnn.meshing.regions import SolidMesh
from femnn.runtime.compiling import compiled
from femnn.runtime.stack import MPI, PETSc, fem, la, ufl

type Floats = npt.NDArray[np.float64]
type Integers = npt.NDArray[np.int64]
type Booleans = npt.NDArray[np.bool_]

NOTHING = 1e-12
"""Weights below this share of the largest are rounding."""


@dataclass(frozen=True)
class Readings:
    """Entries of P that this rank sets, and the components of the field at each node."""

    rows: Integers
    """node × components + component"""
    columns: Integers
    """Index of a component of the field over all ranks."""
    weights: Floats
    shape: tuple[int, int]
    """Nodes, and components read at each."""
    at_node: tuple[Integers, Integers, Integers]
    """What a support of a node holds: nodes, components and local components of the field, each of shape (n,).

    One component more than is read stands for multipliers that act within the node's region alone.
    """
    multipliers: Integers = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    """Local components of the field that are multipliers, as pressures: each brings K a negative eigenvalue."""
    idle: Integers = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    """Local components of the field that mean nothing and are held at zero."""


def vertex_readings(mesh: LineMesh, space: fem.FunctionSpace) -> Readings:
    """P of meshes with a vertex at every node: all components there.

    Args:
        mesh: the mesh.
        space: a blocked space whose first two degrees of freedom of a cell are those of its vertices, or a mixed space
            that begins with one.
    """
    moved, parent = displacement_space(space)
    index_map, block_size = moved.dofmap.index_map, moved.dofmap.index_map_bs
    node_of_block = np.full(index_map.size_local + index_map.num_ghosts, -1, dtype=np.int64)
    node_of_block[moved.dofmap.list[:, :2]] = mesh.geometry_nodes[mesh.mesh.geometry.dofmaps[0]]
    blocks = np.flatnonzero(node_of_block >= 0)
    components = np.tile(np.arange(block_size), len(blocks))
    nodes = np.repeat(node_of_block[blocks], block_size)
    local = np.repeat(blocks, block_size) * block_size + components
    owned = local < index_map.size_local * block_size
    return Readings(
        nodes[owned] * block_size + components[owned],
        _global_components(space, parent[local[owned]]),
        np.ones(int(owned.sum())),
        (len(mesh.network.nodes), block_size),
        (nodes, components, parent[local]),
    )


def region_readings(mesh: SolidMesh, space: fem.FunctionSpace, multipliers: bool = False) -> Readings:
    """P of solids: means over the nodes' regions, weighted so that they are the displacements at the nodes.

    The weight a + b·(X − X_n) of each region has integral 1 and no first moment about the node X_n: rotation and strain
    of the region leave the reading as it is, and the load that Pᵀ spreads over it has no moment about the node.

    Args:
        mesh: the solid.
        space: displacements, or a mixed space with the displacements first.
        multipliers: whether the second field of a mixed space is of multipliers.
    """
    dimension = mesh.mesh.geometry.dim
    moved, parent = displacement_space(space)
    index_map = moved.dofmap.index_map
    constant, slope = _region_weights(mesh)
    number = fem.Function(constant.function_space)
    cells = constant.function_space.dofmap.list[:, 0]
    number.x.array[cells] = mesh.cell_nodes + 1
    X = ufl.SpatialCoordinate(mesh.mesh)
    weight = constant + ufl.dot(slope, X)
    test = ufl.TestFunction(moved)
    ones = ufl.as_vector([1.0] * dimension)
    measure = ufl.Measure("dx", metadata={"quadrature_degree": 3})
    sums = [_assembled(w * ufl.dot(ones, test) * measure, moved) for w in (weight, number * weight)]
    weights = sums[0][: index_map.size_local * dimension]
    found = np.flatnonzero(np.abs(weights) > NOTHING * max(np.abs(weights).max(initial=0.0), 1e-300))
    # Regions do not touch, so that the quotient is the number of the one region that a component belongs to
    nodes = np.rint(sums[1][found] / weights[found]).astype(np.int64) - 1
    columns = _global_components(space, parent[found])
    displacements = Readings(
        nodes * dimension + found % dimension,
        columns,
        weights[found],
        (len(mesh.network.nodes), dimension),
        _region_components(mesh, moved, parent),
    )
    if not multipliers:
        return displacements
    second, within = space.sub(1).collapse()
    within = np.asarray(within, dtype=np.int64).ravel()
    nodes, components, local = displacements.at_node
    alone, at = _inner_components(mesh, second)
    at_node = (
        np.concatenate([nodes, alone]),
        np.concatenate([components, np.full(len(at), dimension)]),
        np.concatenate([local, within[at]]),
    )
    return replace(displacements, at_node=at_node, multipliers=within)


def displacement_space(space: fem.FunctionSpace) -> tuple[fem.FunctionSpace, Integers]:
    """The space of displacements within a space, and where its components are in it, on this rank."""
    if not space.num_sub_spaces or space.dofmap.index_map_bs > 1:
        components = (space.dofmap.index_map.size_local + space.dofmap.index_map.num_ghosts) * space.dofmap.index_map_bs
        return space, np.arange(components)
    moved, parent = space.sub(0).collapse()
    return moved, np.asarray(parent, dtype=np.int64).ravel()


def _global_components(space: fem.FunctionSpace, local: Integers) -> Integers:
    block_size = space.dofmap.index_map_bs
    blocks = space.dofmap.index_map.local_to_global((local // block_size).astype(np.int32))
    return np.asarray(blocks, dtype=np.int64) * block_size + local % block_size


def _region_weights(mesh: SolidMesh) -> tuple[fem.Function, fem.Function]:
    """Constant and slope of each region's weight, on its cells; zero elsewhere."""
    network, solid = mesh.network, mesh.mesh
    dimension = solid.geometry.dim
    owned = solid.topology.index_map(dimension).size_local
    node = mesh.cell_nodes[:owned]
    cells = np.flatnonzero(node >= 0)
    corners = solid.geometry.x[solid.geometry.dofmaps[0][cells]][:, :, :dimension]
    centres = np.pad(network.nodes, ((0, 0), (0, 3 - network.dimension)))[:, :dimension]
    arms = corners - centres[node[cells], None]
    volumes = np.abs(np.linalg.det(arms[:, 1:] - arms[:, :1]))
    total = arms.sum(axis=1)
    # Exact moments of a simplex; the factor 1/d! of the volumes cancels
    squares = np.einsum("cvi,cvj->cij", arms, arms) + total[:, :, None] * total[:, None, :]
    moments = np.zeros((len(network.nodes), dimension + 1, dimension + 1))
    np.add.at(moments[:, 0, 0], node[cells], volumes)
    first = volumes[:, None] * total / (dimension + 1)
    np.add.at(moments[:, 0, 1:], node[cells], first)
    np.add.at(moments[:, 1:, 1:], node[cells], volumes[:, None, None] * squares / ((dimension + 1) * (dimension + 2)))
    solid.comm.Allreduce(MPI.IN_PLACE, moments)
    moments[:, 1:, 0] = moments[:, 0, 1:]
    moments /= {2: 2, 3: 6}[dimension]
    unit = np.zeros((len(network.nodes), dimension + 1, 1))
    unit[:, 0] = 1.0
    weights = np.linalg.solve(moments, unit)[:, :, 0]
    constant = fem.Function(fem.functionspace(solid, ("DG", 0)))
    slope = fem.Function(fem.functionspace(solid, ("DG", 0, (dimension,))))
    inside = np.flatnonzero(mesh.cell_nodes >= 0)
    own = weights[mesh.cell_nodes[inside]]
    about = centres[mesh.cell_nodes[inside]]
    constant.x.array[constant.function_space.dofmap.list[inside, 0]] = own[:, 0] - (own[:, 1:] * about).sum(axis=1)
    slope.x.array.reshape(-1, dimension)[slope.function_space.dofmap.list[inside, 0]] = own[:, 1:]
    return constant, slope


def _assembled(form: ufl.Form, space: fem.FunctionSpace) -> Floats:
    """A linear form's values, complete on the components that this rank owns."""
    vector = fem.Function(space).x
    fem.assemble_vector(vector.array, compiled(form))
    vector.scatter_reverse(la.InsertMode.add)
    return np.array(vector.array)


def _region_components(
    mesh: SolidMesh, moved: fem.FunctionSpace, parent: Integers
) -> tuple[Integers, Integers, Integers]:
    """Node, component and local component of the field for all of every region, known on the ranks that share it."""
    dimension = mesh.mesh.geometry.dim
    cells_of, number, _ = _cells_around(mesh, moved)
    blocks = np.flatnonzero(cells_of > 0)
    nodes = np.rint(number[blocks] / cells_of[blocks]).astype(np.int64) - 1
    components = np.tile(np.arange(dimension), len(blocks))
    return np.repeat(nodes, dimension), components, parent[np.repeat(blocks, dimension) * dimension + components]


def _inner_components(mesh: SolidMesh, space: fem.FunctionSpace) -> tuple[Integers, Integers]:
    """Node and local block of what of a field belongs to cells of a node's region alone."""
    cells_of, number, others = _cells_around(mesh, space)
    inner = np.flatnonzero((cells_of > 0) & (others == 0))
    return np.rint(number[inner] / cells_of[inner]).astype(np.int64) - 1, inner


def _cells_around(mesh: SolidMesh, space: fem.FunctionSpace) -> tuple[Floats, Floats, Floats]:
    """For each block: its cells in a node's region, the sum of that node's number + 1 over these, its other cells.

    Counted over all ranks: a rank may own what only another's cells touch.
    """
    owned = mesh.mesh.topology.index_map(mesh.mesh.topology.dim).size_local
    dofs, node = space.dofmap.list[:owned], mesh.cell_nodes[:owned]
    sums = []
    for values in (node >= 0, np.where(node >= 0, node + 1, 0), node < 0):
        vector = la.vector(space.dofmap.index_map)
        np.add.at(vector.array, dofs, values[:, None].astype(np.float64))
        vector.scatter_reverse(la.InsertMode.add)
        vector.scatter_forward()
        sums.append(np.array(vector.array))
    return sums[0], sums[1], sums[2]


class Measuring:
    """P as a PETSc matrix, between fields and values at the nodes that every rank has."""

    def __init__(self, readings: Readings, space: fem.FunctionSpace, comm: MPI.Comm) -> None:
        """Assemble P.

        Args:
            readings: its entries.
            space: the field's space.
            comm: communicator of the mesh.
        """
        owned = space.dofmap.index_map.size_local * space.dofmap.index_map_bs
        nodes, components = self.shape = readings.shape
        self.matrix = PETSc.Mat().create(comm)
        self.matrix.setSizes(((None, nodes * components), (owned, None)))
        self.matrix.setType(PETSc.Mat.Type.AIJ)
        self.matrix.setPreallocationCOO(readings.rows.astype(PETSc.IntType), readings.columns.astype(PETSc.IntType))
        self.matrix.setValuesCOO(readings.weights)
        self._measured = self.matrix.createVecLeft()
        self._to_all, self._everywhere = PETSc.Scatter.toAll(self._measured)
        # Entries of P are set by the ranks that own their columns, so that these columns are all there
        entries = (readings.weights, (readings.rows, readings.columns - self.matrix.getOwnershipRangeColumn()[0]))
        self._own_columns = scipy.sparse.csr_array(entries, shape=(nodes * components, owned))
        self._comm = comm

    def measure(self, values: PETSc.Vec) -> Floats:
        """All components at the nodes, shape (N, components)."""
        self.matrix.mult(values, self._measured)
        self._to_all.scatter(self._measured, self._everywhere)
        return np.array(self._everywhere.array_r).reshape(self.shape)

    def load(self, forces: Floats, vector: PETSc.Vec) -> None:
        """Pᵀ f; forces of fewer components than are read are those of the first ones."""
        start, end = self._measured.getOwnershipRange()
        wide = np.zeros(self.shape)
        wide[:, : forces.shape[1]] = forces
        self._measured.array_w[:] = wide.reshape(-1)[start:end]
        self.matrix.multTranspose(self._measured, vector)

    def measure_many(self, values: Floats) -> Floats:
        """All components at the nodes for several fields, shape (n, N, components).

        Args:
            values: components that this rank owns, shape (owned, n).
        """
        measured = np.ascontiguousarray((self._own_columns @ values).T)
        self._comm.Allreduce(MPI.IN_PLACE, measured)
        return measured.reshape(-1, *self.shape)

    def load_many(self, forces: Floats) -> Floats:
        """Pᵀ f of several forces of shape (n, N, d), for the components that this rank owns, shape (owned, n)."""
        wide = np.zeros((len(forces), *self.shape))
        wide[:, :, : forces.shape[2]] = forces
        return np.asarray(self._own_columns.T @ wide.reshape(len(forces), -1).T)
