"""Exact derivatives of a beam lattice's elongations by the width and the length of the thinned ends.

With r(u; p) = ∂Π/∂u the out-of-balance force and K its tangent, du/dp = −K⁻¹ ∂r/∂p. The ends' width enters through the
section of their cells. The ends' length moves the points inside the bonds, and ∂r/∂p is the derivative of the form in
the direction of that motion (shape derivative; Ham et al., Struct. Multidiscip. Optim. 60, 2019).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from femnn.measured.comparison.elongation_derivatives import elongation_derivative
from femnn.mechanics.fields import CellFields
from femnn.mechanics.structure import Structure
from femnn.meshing.lines import LineMesh
from femnn.runtime.compiling import compiled
from femnn.runtime.stack import PETSc, fem, la, ufl
from femnn.solving.factors import factorise
from femnn.solving.krylov import require_converged
from femnn.solving.options import ADJOINT, SolverOptions
from femnn.solving.state import State

type Floats = npt.NDArray[np.float64]

ENDS = ("end-width", "end-length")
"""Parameters that this file is about."""


class EndDerivatives:
    """Derivatives by the ends of one structure of beams, its forms compiled once."""

    def __init__(self, structure: Structure, options: SolverOptions) -> None:
        """Compile ∂r/∂p for both parameters.

        Args:
            structure: of beams with thinned ends.
            options: PETSc options of the solver.
        """
        self._structure, self._options = structure, options
        self._fields = CellFields(structure.mesh)
        u, bond = structure.displacement, self._fields.bonds
        force = ufl.derivative(structure.model.energy(u, bond), u, ufl.TestFunction(u.function_space))
        assert isinstance(bond.narrowing, fem.Function)
        assert isinstance(structure.mesh, LineMesh)
        directions = {
            "end-width": (bond.narrowing, _narrower(self._fields, bond.narrowing)),
            "end-length": (ufl.SpatialCoordinate(structure.mesh.mesh), _longer_ends(structure.mesh)),
        }
        self._forms = {name: compiled(ufl.derivative(force, *along)) for name, along in directions.items()}

    def by_ends(self, state: State, names: Sequence[str]) -> Floats:
        """Derivatives of the elongations at a state by logarithms (m), shape (len(names), B).

        Args:
            state: the equilibrium.
            names: of the parameters, from :data:`ENDS`.
        """
        structure, network = self._structure, self._structure.network
        state.require_stiffness(structure.stiffness)
        self._fields.set_stiffness(structure.stiffness)
        structure.set_values(state.values)
        matrix = structure.matrix()
        structure.assemble_tangent(matrix)
        solver = PETSc.KSP().create(structure.comm)
        solver.setOptionsPrefix(ADJOINT)
        with self._options.in_force(ADJOINT):
            solver.setFromOptions()
            factorise(solver, matrix, self._options)
        along = elongation_derivative(network, state.displacements)
        answer, rows = structure.vector(), []
        for name in names:
            load = self._load(name)
            solver.solve(load, answer)
            require_converged(solver, network.name)
            moved = structure.measure(answer)
            rows.append(((moved[network.bonds[:, 1]] - moved[network.bonds[:, 0]]) * along).sum(axis=1))
        solver.destroy()
        matrix.destroy()
        return np.reshape(rows, (len(names), len(network.bonds)))

    def _load(self, name: str) -> PETSc.Vec:
        """−∂r/∂p at the state of the structure, zero at fixed components."""
        vector = self._structure.vector()
        force = fem.assemble_vector(self._forms[name])
        force.scatter_reverse(la.InsertMode.add)
        owned = vector.array_w
        owned[:] = -force.array[: len(owned)]
        owned[self._structure.fixed] = 0.0
        return vector


def _narrower(fields: CellFields, narrowing: fem.Function) -> fem.Function:
    """Change of the narrowing with the logarithm of the ends' width: itself in the ends, nothing elsewhere."""
    change = fem.Function(fields.space)
    change.x.array[:] = np.where(narrowing.x.array != 1.0, narrowing.x.array, 0.0)
    return change


def _longer_ends(mesh: LineMesh) -> fem.Function:
    """Motion of the mesh's points with the logarithm of the ends' length (m): those between the ends spread evenly."""
    network, solid = mesh.network, mesh.mesh
    d, geometry = network.dimension, solid.geometry
    bonds, vectors = mesh.cell_bonds, network.bond_vectors[mesh.cell_bonds]
    points = geometry.x[geometry.dofmaps[0]][:, :, :d]
    from_middle = points - (network.nodes[network.bonds[bonds]].mean(axis=1))[:, None]
    # Place along the bond from its middle, as a share of its length, −½ to ½
    place = (from_middle * vectors[:, None]).sum(axis=2) / network.lengths[bonds, None] ** 2
    end = network.sections.end_share[bonds, None]
    inside = np.abs(place) < 0.5 * (1 - 1e-9)
    moves = np.where(inside, -end * place / (0.5 - end), 0.0)[:, :, None] * vectors[:, None]
    motion = fem.Function(fem.functionspace(solid, ("Lagrange", 1, (d,))))
    motion.x.array.reshape(-1, d)[motion.function_space.dofmap.list] = moves
    return motion
