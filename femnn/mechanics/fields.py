"""Sections and stiffnesses of the bonds on the cells of a mesh."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from femnn.meshing.lines import LineMesh
from femnn.meshing.regions import SolidMesh
from femnn.runtime.stack import Expr, fem

type Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class BondFields:
    """What an energy may depend on besides the displacement; all but the last two are constant in every cell.

    In the region of a node of a solid there is no bond: the fields are then such that every parameter that k may act
    through comes out as that of the sections that meet there.
    """

    stiffness: fem.Function
    """k of the bond (N/m), which training changes and derivatives are taken to."""
    length: fem.Function
    """Rest length L of the whole bond (m)."""
    modulus: fem.Function
    """Young's modulus E (Pa)."""
    thickness: fem.Function
    """Thickness t (m)."""
    width: fem.Function
    """Width w of the bond, before its ends are thinned (m)."""
    narrowing: fem.Function | Expr
    """Width of the cell as a share of the bond's."""
    mean_length: fem.Constant
    """Mean length of all bonds (m), by which rotations are made lengths."""
    mean_modulus: fem.Constant
    """Mean Young's modulus of all bonds (Pa), by which pressures are made lengths."""
    across: fem.Function | None = None
    """In solids, how points move when their bond becomes twice as wide (m); see :mod:`femnn.geometry.widening`."""
    out: fem.Function | None = None
    """In solids, how points move when their bond becomes twice as thick (m)."""


class CellFields:
    """The fields of one mesh, and the way from one value a bond to one a cell."""

    def __init__(self, mesh: LineMesh | SolidMesh) -> None:
        """Fill in the sections; the stiffness is filled in by :meth:`set_stiffness`."""
        self._mesh = mesh
        network, sections = mesh.network, mesh.network.sections
        self.space = fem.functionspace(mesh.mesh, ("DG", 0))
        stiffness, length, modulus, thickness, width, narrowing = (fem.Function(self.space) for _ in range(6))
        self.bonds = BondFields(
            stiffness,
            length,
            modulus,
            thickness,
            width,
            narrowing,
            fem.Constant(mesh.mesh, float(network.lengths.mean())),
            fem.Constant(mesh.mesh, float(sections.modulus.mean())),
            *((_moves(mesh, mesh.across), _moves(mesh, mesh.out)) if isinstance(mesh, SolidMesh) else ()),
        )
        self._of_bond = mesh.cell_bonds >= 0
        self._fill(length, network.lengths, 1.0)
        self._fill(modulus, sections.modulus, self._at_nodes(sections.modulus))
        self._fill(thickness, sections.thickness, self._at_nodes(sections.thickness))
        self._fill(width, sections.width, 1.0)
        narrowed = mesh.narrowing if isinstance(mesh, LineMesh) else np.ones(len(mesh.cell_bonds))
        narrowing.x.array[self.space.dofmap.list[:, 0]] = narrowed

    def _at_nodes(self, values: Floats) -> Floats | float:
        """Means over the bonds that meet, on this rank's cells of nodes' regions."""
        if not isinstance(self._mesh, SolidMesh):
            return 0.0
        network = self._mesh.network
        count = np.bincount(network.bonds.ravel(), minlength=len(network.nodes))
        sums = np.bincount(network.bonds.ravel(), weights=np.repeat(values, 2), minlength=len(network.nodes))
        return (sums / count)[self._mesh.cell_nodes[~self._of_bond]]

    def _fill(self, function: fem.Function, by_bond: Floats, at_nodes: Floats | float) -> None:
        values = np.empty(len(self._of_bond))
        values[self._of_bond] = by_bond[self._mesh.cell_bonds[self._of_bond]]
        values[~self._of_bond] = at_nodes
        function.x.array[self.space.dofmap.list[:, 0]] = values

    def set_stiffness(self, stiffness: Floats) -> None:
        """Take k of every bond (N/m), shape (B,)."""
        sections = self._mesh.network.sections
        # With L = w = 1 in the nodes' regions, k = E·w·t/L is solved there for E, t or w as it is in bonds
        self._fill(
            self.bonds.stiffness, stiffness, self._at_nodes(sections.modulus) * self._at_nodes(sections.thickness)
        )

    def by_bond(self, cellwise: Floats) -> Floats:
        """Sums over the cells of each bond that this rank owns, shape (B,)."""
        mesh = self._mesh.mesh
        owned = mesh.topology.index_map(mesh.topology.dim).size_local
        inside = np.flatnonzero(self._of_bond[:owned])
        values = cellwise[self.space.dofmap.list[inside, 0]]
        sums = np.bincount(self._mesh.cell_bonds[inside], weights=values, minlength=len(self._mesh.network.bonds))
        # Of no cells at all NumPy counts in integers
        return sums.astype(np.float64)


def _moves(mesh: SolidMesh, at_points: Floats) -> fem.Function:
    """A continuous field, linear in every cell, from its values at the geometry's nodes."""
    dimension = mesh.mesh.geometry.dim
    field = fem.Function(fem.functionspace(mesh.mesh, ("Lagrange", 1, (dimension,))))
    field.x.array.reshape(-1, dimension)[field.function_space.dofmap.list] = at_points[mesh.mesh.geometry.dofmaps[0]]
    return field
