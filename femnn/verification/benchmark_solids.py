"""Solids of benchmarks as structures: the models' own energies and elements on meshes that are no lattice.

A benchmark's solid is loaded and held by faces and vertices. Each of these stands as a node of a network whose one
section is the solid's material, so that P, supports, load stepping and solvers are those of any other structure: P
reads U_i = ∫ w_i·u over the node's part of the solid, and Pᵀ f applies the traction or body force Σ f_i w_i.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from femnn.mechanics.continuum import Continuum
from femnn.mechanics.fields import BondFields
from femnn.mechanics.measuring import Readings, displacement_space
from femnn.mechanics.structure import Structure
from femnn.mechanics.traits import Traits
from femnn.meshing.regions import Regions, SolidMesh, solid_mesh
from femnn.network.network import Network
from femnn.network.sections import Sections
from femnn.runtime.compiling import compiled
from femnn.runtime.ranks import for_root
from femnn.runtime.stack import MPI, Expr, dmesh, fem, la, ufl

type Floats = npt.NDArray[np.float64]
type Integers = npt.NDArray[np.int64]
type Booleans = npt.NDArray[np.bool_]
type Where = Callable[[Floats], Booleans]
type Weights = Callable[[Expr, Expr, Expr], Sequence[Expr]]

QUADRATURE = 6
"""Degree to which the integrals of P are exact."""


@dataclass(frozen=True)
class Vertex:
    """A vertex of the mesh, of which the displacement is read."""

    where: Where
    """Tells by coordinates, shape (3, n), which points it is."""
    held: tuple[int, ...] = ()
    """Components of the displacement that are held."""


@dataclass(frozen=True)
class Face:
    """A part of the boundary, of which the mean displacement is read unless there are weights."""

    where: Where
    """Tells by coordinates, shape (3, n), which points are on it."""
    held: tuple[int, ...] = ()
    """Components of the displacement that are held."""
    weights: Weights | None = None
    """The vectors w_i, from X, the outer normal and the face's area, at most as many as the solid has dimensions."""


@dataclass(frozen=True)
class Inside:
    """All of the solid, loaded by a body force."""

    weights: Weights
    """The vectors w_i, from X, a vector without meaning and the solid's volume, as in a face."""
    held: tuple[int, ...] = ()


type Place = Vertex | Face | Inside


@dataclass(frozen=True)
class Solid:
    """A continuum on a mesh of its own, with places in the role of nodes; a :class:`femnn.mechanics.model.Model`."""

    continuum: Continuum
    """What the solid is made of; k acts through the modulus."""
    places: tuple[Place, ...]
    shape: Callable[[], tuple[Floats, Integers]]
    """Points (m), shape (n, g), and simplices, shape (m, g + 1); called on rank 0."""
    linear: bool = False
    product_exact: ClassVar[bool] = False
    traits: ClassVar[Traits] = Traits("a solid", lines=False)
    transmits_moments: ClassVar[bool] = True
    planar: ClassVar[bool] = False

    @property
    def name(self) -> str:
        """That of the continuum."""
        return self.continuum.name

    def mesh(self, network: Network, comm: MPI.Comm) -> SolidMesh:
        """The mesh, all of it the first bond."""
        return solid_mesh(network, for_root(comm, self._regions), comm)

    def _regions(self) -> Regions:
        points, cells = self.shape()
        nothing = np.full(len(cells), -1, dtype=np.int64)
        return Regions(points, cells, nothing + 1, nothing)

    def space(self, mesh: SolidMesh) -> fem.FunctionSpace:
        """That of the continuum."""
        return self.continuum.space(mesh)

    def readings(self, mesh: SolidMesh, space: fem.FunctionSpace) -> Readings:
        """Integrals over the places."""
        moved, parent = displacement_space(space)
        dimension, index_map = mesh.mesh.geometry.dim, moved.dofmap.index_map
        entries, held = [], []
        for node, place in enumerate(self.places):
            local = _components_at(place, moved)
            held.append((np.full(len(local), node), local % dimension, parent[local]))
            for i, weights in enumerate(_weights(place, mesh.mesh, moved, local)):
                found = np.flatnonzero(weights[: index_map.size_local * dimension])
                entries.append((np.full(len(found), node * dimension + i), parent[found], weights[found]))
        rows, columns, weights = (np.concatenate(parts) for parts in zip(*entries, strict=True))
        nodes, components, local = (np.concatenate(parts) for parts in zip(*held, strict=True))
        mixed = self.continuum.formulation == "mixed"
        pressures = np.asarray(space.sub(1).collapse()[1], dtype=np.int64).ravel() if mixed else np.empty(0, np.int64)
        block = space.dofmap.index_map_bs
        blocks = np.asarray(space.dofmap.index_map.local_to_global((columns // block).astype(np.int32)), dtype=np.int64)
        shape = (len(self.places), dimension)
        return Readings(rows, blocks * block + columns % block, weights, shape, (nodes, components, local), pressures)

    def held(self, network: Network) -> Booleans:
        """What the places hold."""
        return network.fixed

    def energy(self, displacement: fem.Function, bond: BondFields) -> ufl.Form:
        """That of the continuum."""
        return self.continuum.energy(displacement, bond)


def structure(solid: Solid, modulus: float, size: float, comm: MPI.Comm) -> Structure:
    """A solid as a structure, its places the nodes in their order.

    Args:
        solid: the solid, of unit thickness in the plane.
        modulus: Young's modulus (Pa).
        size: a length of the solid (m), by which pressures are made lengths.
        comm: ranks that share the mesh.
    """
    count = len(solid.places)
    dimension = 3 if solid.continuum.solid else 2
    fixed = np.array([[i in place.held for i in range(dimension)] for place in solid.places])
    chain = np.column_stack([np.arange(count - 1), np.arange(1, count)])
    nodes = size * np.outer(np.arange(count), np.eye(dimension)[0])
    section = Sections(*(np.array(value) for value in (modulus, 1.0, 1.0, 0.5, 2.0)))
    network = Network(nodes, chain, fixed, section, rigid_joints=True, name=solid.name)
    return Structure(solid, network, comm)


def displacement_field(structure: Structure) -> fem.Function:
    """A copy of the displacement at a structure's state, without the further fields of mixed spaces."""
    moved, parent = displacement_space(structure.space)
    field = fem.Function(moved)
    field.x.array[:] = structure.displacement.x.array[parent]
    return field


def set_displacement_field(structure: Structure, field: fem.Function) -> None:
    """Put a displacement from :func:`displacement_field` back into the structure's state."""
    _, parent = displacement_space(structure.space)
    structure.displacement.x.array[parent] = field.x.array


def corners(structure: Structure) -> tuple[Floats, Floats]:
    """Corners of all cells at rest and their displacements at the state (m), on rank 0; each of shape (m, g + 1, g)."""
    field, mesh = displacement_field(structure), structure.space.mesh
    dimension = mesh.geometry.dim
    owned = mesh.topology.index_map(mesh.topology.dim).size_local
    # The degrees of freedom of a cell begin with those of its corners
    dofs = field.function_space.dofmap.list[:owned, : dimension + 1]
    places = mesh.geometry.x[mesh.geometry.dofmaps[0][:owned], :dimension]
    gathered = mesh.comm.gather((places, field.x.array.reshape(-1, dimension)[dofs]))
    if gathered is None:
        return np.empty((0, dimension + 1, dimension)), np.empty((0, dimension + 1, dimension))
    rest, moves = (np.concatenate(parts) for parts in zip(*gathered, strict=True))
    return rest, moves


def _components_at(place: Place, moved: fem.FunctionSpace) -> Integers:
    """Local components of the displacement at a place; none of the whole solid."""
    mesh, dimension = moved.mesh, moved.mesh.geometry.dim
    if isinstance(place, Inside):
        return np.empty(0, dtype=np.int64)
    if isinstance(place, Vertex):
        blocks = fem.locate_dofs_geometrical(moved, place.where)
    else:
        facets = dmesh.locate_entities_boundary(mesh, dimension - 1, place.where)
        blocks = fem.locate_dofs_topological(moved, dimension - 1, facets)
    return (np.asarray(blocks, dtype=np.int64)[:, None] * dimension + np.arange(dimension)).ravel()


def _weights(place: Place, mesh: dmesh.Mesh, moved: fem.FunctionSpace, local: Integers) -> list[Floats]:
    """Row i of P at a place, on the local components of the displacement, for each i."""
    dimension = mesh.geometry.dim
    if isinstance(place, Vertex):
        rows = np.zeros(
            (dimension, (moved.dofmap.index_map.size_local + moved.dofmap.index_map.num_ghosts) * dimension)
        )
        rows[local % dimension, local] = 1.0
        return list(rows)
    measure = _measure(place, mesh)
    content = mesh.comm.allreduce(fem.assemble_scalar(compiled(fem.Constant(mesh, 1.0) * measure)))
    X, normal, size = ufl.SpatialCoordinate(mesh), ufl.FacetNormal(mesh), fem.Constant(mesh, content)
    vectors = (place.weights or _mean)(X, normal, size)
    return [_assembled(ufl.dot(w, ufl.TestFunction(moved)) * measure, moved) for w in vectors]


def _measure(place: Face | Inside, mesh: dmesh.Mesh) -> ufl.Measure:
    metadata = {"quadrature_degree": QUADRATURE}
    if isinstance(place, Inside):
        return ufl.Measure("dx", mesh, metadata=metadata)
    facets = np.sort(dmesh.locate_entities_boundary(mesh, mesh.geometry.dim - 1, place.where))
    tags = dmesh.meshtags(mesh, mesh.geometry.dim - 1, facets, np.ones(len(facets), dtype=np.int32))
    return ufl.Measure("ds", mesh, subdomain_data=tags, subdomain_id=1, metadata=metadata)


def _mean(X: Expr, normal: Expr, area: Expr) -> list[Expr]:
    return [unit / area for unit in _units(X)]


def _units(X: Expr) -> list[Expr]:
    return [ufl.as_vector([1.0 if i == j else 0.0 for j in range(len(X))]) for i in range(len(X))]


def _assembled(form: Any, space: fem.FunctionSpace) -> Floats:
    """A linear form's values, complete on the components that this rank owns."""
    vector = fem.Function(space).x
    fem.assemble_vector(vector.array, compiled(form))
    vector.scatter_reverse(la.InsertMode.add)
    return np.array(vector.array)


def box(cells: Sequence[int], irregular: float = 0.0) -> tuple[Floats, Integers]:
    """The unit square or cube in simplices.

    Args:
        cells: intervals along each axis, two or three.
        irregular: by how much inner points are moved at random, as a share of the spacing; a third at most.

    Returns:
        Points, shape (n, g), and simplices, shape (m, g + 1).
    """
    shape = np.array(cells)
    grid = np.stack(np.meshgrid(*(np.arange(n + 1) for n in cells), indexing="ij"), axis=-1).reshape(-1, len(cells))
    inner = ((grid > 0) & (grid < shape)).all(axis=1)
    shifts = np.random.default_rng(0).uniform(-irregular, irregular, grid.shape)
    points = (grid + inner[:, None] * shifts) / shape
    strides = np.cumprod([1, *(shape[:0:-1] + 1)])[::-1]
    corners = (grid[(grid < shape).all(axis=1)]) @ strides
    # Each simplex walks from the lowest to the highest corner along the axes in one of their orders (Kuhn 1960)
    orders = np.array(list(itertools.permutations(range(len(cells)))))
    walks = np.hstack([np.zeros((len(orders), 1), dtype=np.int64), np.cumsum(strides[orders], axis=1)])
    simplices = (corners[:, None, None] + walks).reshape(-1, len(cells) + 1)
    negative = np.linalg.det(points[simplices[:, 1:]] - points[simplices[:, :1]]) < 0
    simplices[negative, :2] = simplices[negative, 1::-1]
    return points, simplices
