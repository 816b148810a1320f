"""A state of a structure as lines or triangles, to be drawn: bonds as they bend, solids as they deform."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from femnn.mechanics.measuring import displacement_space
from femnn.mechanics.structure import Structure
from femnn.meshing.regions import SolidMesh

type Floats = npt.NDArray[np.float64]
type Integers = npt.NDArray[np.int64]

ON_TOP = 1e-6
"""Points within this share of a solid's thickness from its upper side are on it."""


@dataclass(frozen=True, eq=False)
class Drawn:
    """Cells of a structure, each with its own corners."""

    rest: Floats
    """Corners at rest (m), shape (n, corners, g)."""
    moved: Floats
    """Their displacements (m), shape (n, corners, g)."""
    bonds: Integers
    """Bond of each cell, −1 in the region of a node, shape (n,)."""


def drawn(structure: Structure) -> Drawn:
    """The structure at its state: lines, triangles, or the triangles on the upper side of a solid in space.

    All ranks call; each gets the cells of all.
    """
    mesh, solid = structure.mesh, structure.mesh.mesh
    moved, parent = displacement_space(structure.space)
    size, dimension = moved.dofmap.index_map_bs, solid.geometry.dim
    owned = solid.topology.index_map(solid.topology.dim).size_local
    # The first degrees of freedom of a cell are those of its vertices, in the order of the geometry's
    vertices = moved.dofmap.list[:owned, : solid.topology.dim + 1]
    components = vertices[:, :, None].astype(np.int64) * size + np.arange(dimension)
    values = structure.displacement.x.array[parent[components]]
    rest = solid.geometry.x[solid.geometry.dofmaps[0][:owned]][:, :, :dimension]
    bonds = mesh.cell_bonds[:owned]
    if isinstance(mesh, SolidMesh) and solid.topology.dim == 3:
        rest, values, bonds = _upper_side(structure, rest, values, bonds)
    parts = structure.comm.allgather((rest, values, bonds))
    return Drawn(*(np.concatenate(arrays) for arrays in zip(*parts, strict=True)))


def _upper_side(structure: Structure, rest: Floats, values: Floats, bonds: Integers) -> tuple[Floats, Floats, Integers]:
    """Faces of tetrahedra at the largest z."""
    z = rest[:, :, 2]
    ends = structure.comm.allgather((z.min(initial=np.inf), z.max(initial=-np.inf)))
    low, high = min(end[0] for end in ends), max(end[1] for end in ends)
    top = z > high - ON_TOP * (high - low)
    cells = np.flatnonzero(top.sum(axis=1) == 3)
    corners = np.nonzero(top[cells])[1].reshape(-1, 3)
    return rest[cells[:, None], corners], values[cells[:, None], corners], bonds[cells]
