"""A model of a network put on its mesh: forms compiled once, supports, stiffness, and the operator P.

With Π(u; k) the model's energy and P the operator that reads the displacements of the network's nodes:

    internal force  ∂Π/∂u        tangent  K = ∂²Π/∂u²        by bond  ∂Π/∂k_b  and  λᵀ ∂²Π/∂u∂k_b
    measurement     U = P u      loading  Pᵀ f

Everything is compiled and allocated on construction; states and stiffnesses are then only filled in.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from femnn.errors import NetworkError
from femnn.mechanics.fields import BondFields, CellFields
from femnn.mechanics.measuring import Measuring
from femnn.mechanics.model import Model
from femnn.mechanics.reclaim import hold, reclaim
from femnn.mechanics.supports import Reactions, Supports
from femnn.mechanics.tangent import TangentAssembly
from femnn.network.network import Network
from femnn.runtime.compiling import compiled
from femnn.runtime.stack import MPI, PETSc, fem, fem_petsc, la, ufl

type Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Forms:
    """The energy and its derivatives, compiled."""

    energy: fem.Form
    internal_force: fem.Form
    tangent: fem.Form
    energy_by_stiffness: fem.Form
    adjoint_by_stiffness: fem.Form


class Structure:
    """A network in equilibrium problems: what solvers assemble and what an experiment reads.

    Attributes:
        network: the network, with the sections of the mesh where its model takes them from a file.
        model: its model.
        comm: communicator over which the mesh is distributed.
        mesh: the model's mesh.
        displacement: u, the state at which everything is assembled; ghosts kept up to date by :meth:`set_displacement`.
        bcs: the supports, as DOLFINx boundary conditions.
        fixed: indices of the fixed components among those that this rank owns.
        stiffness: k of the bonds (N/m), shape (B,), read-only.
        saddle_points: number of negative eigenvalues that K has in stable states too, 0 except for mixed models.
        stiffness_version: counts changes of the stiffness; tells a solver when its factor is out of date.
    """

    def __init__(self, model: Model, network: Network, comm: MPI.Comm | None = None) -> None:
        """Mesh the network, compile the forms and set the network's own stiffness.

        Args:
            model: the energy.
            network: the network, the same on every rank of ``comm``.
            comm: ranks that share the work; all unless given.
        """
        comm = MPI.COMM_WORLD if comm is None else comm
        self.model, self.comm = model, comm
        reclaim(comm)
        self.mesh = model.mesh(network, comm)
        # A mesh of one's own may give the network sections
        self.network = network = self.mesh.network
        self.space = model.space(self.mesh)
        hold(self, self.mesh.mesh, (self.space.dofmap.index_map,), comm)
        self.displacement = fem.Function(self.space)
        self._adjoint = fem.Function(self.space)
        self._cells = CellFields(self.mesh)
        self.forms = _compiled(model, self.displacement, self._cells.bonds, self._adjoint)
        self._nodal = fem.Function(self.space).x
        self._cellwise = fem.Function(self._cells.space).x
        readings = model.readings(self.mesh, self.space)
        self._measuring = Measuring(readings, self.space, self.mesh.mesh.comm)
        self._supports = Supports(network, self.space, readings, model.held(network))
        self.fixed, self.bcs = self._supports.fixed, self._supports.bcs
        self._tangent = TangentAssembly(self.forms.tangent, self.bcs)
        self.saddle_points = self._free(readings.multipliers)
        self.stiffness, self.stiffness_version = np.empty(0), 0
        self.set_stiffness(network.stiffness)

    def _free(self, components: npt.NDArray[np.int64]) -> int:
        """How many of these local components of u are not held, over all ranks."""
        owned = components[components < self.space.dofmap.index_map.size_local * self.space.dofmap.index_map_bs]
        return int(self.comm.allreduce(len(np.setdiff1d(owned, self.fixed))))

    def set_stiffness(self, stiffness: npt.ArrayLike) -> None:
        """Set the stiffness k of every bond.

        Args:
            stiffness: k (N/m), shape (B,).

        Raises:
            NetworkError: wrong shape, or a value that is not finite and positive.
        """
        k = np.asarray(stiffness, dtype=np.float64)
        if k.shape != (len(self.network.bonds),):
            raise NetworkError(f"{self.network.name}: {len(self.network.bonds)} stiffnesses are needed, not {k.shape}.")
        bad = ~(np.isfinite(k) & (k > 0))
        if bad.any():
            bond = int(np.flatnonzero(bad)[0])
            raise NetworkError(f"{self.network.name}: stiffness of bond {self.network.bond_name(bond)} is {k[bond]}.")
        if np.array_equal(k, self.stiffness):
            return
        self._cells.set_stiffness(k)
        self.stiffness = k.copy()
        self.stiffness.setflags(write=False)
        self.stiffness_version += 1

    def set_displacement(self, values: PETSc.Vec) -> None:
        """Take a distributed vector as the state u."""
        values.copy(self.displacement.x.petsc_vec)
        self.displacement.x.scatter_forward()

    def set_values(self, values: Floats) -> None:
        """Take the components that this rank owns as the state u."""
        self.displacement.x.array[: len(values)] = values
        self.displacement.x.scatter_forward()

    def vector(self) -> PETSc.Vec:
        """A new distributed vector of the size of u, zero."""
        vector = fem_petsc.create_vector(self.space)
        vector.set(0.0)
        return vector

    def matrix(self) -> PETSc.Mat:
        """A new matrix with the pattern of K, marked symmetric."""
        matrix = fem_petsc.create_matrix(self.forms.tangent)
        matrix.setOption(PETSc.Mat.Option.SYMMETRIC, True)
        matrix.setOption(PETSc.Mat.Option.SYMMETRY_ETERNAL, True)
        return matrix

    def assemble_tangent(self, matrix: PETSc.Mat) -> None:
        """Assemble K at the state u; rows and columns of fixed components are those of the identity."""
        self._tangent.into(matrix)

    def assemble_internal_force(self, vector: PETSc.Vec) -> None:
        """Assemble ∂Π/∂u at the state u, zero at fixed components."""
        self._assemble_force(vector)
        vector.array_w[self.fixed] = 0.0

    def _assemble_force(self, vector: PETSc.Vec) -> None:
        self._nodal.array[:] = 0.0
        fem.assemble_vector(self._nodal.array, self.forms.internal_force)
        self._nodal.scatter_reverse(la.InsertMode.add)
        values = vector.array_w
        values[:] = self._nodal.array[: len(values)]

    def prescribed_values(self, prescribed: Floats | None) -> Floats:
        """Return displacements of the supports at this rank's fixed components; see :meth:`Supports.prescribed`."""
        return self._supports.prescribed(prescribed)

    def move_supports(self, change: Floats, vector: PETSc.Vec) -> None:
        """Subtract from a vector the forces K_fc Δ that a motion Δ of the supports exerts at free components.

        K is that at the state u.

        Args:
            change: Δ at the fixed components that this rank owns, in the order of ``fixed``.
            vector: changed in place.
        """
        self._supports.set(change)
        self._nodal.array[:] = 0.0
        fem.apply_lifting(self._nodal.array, [self.forms.tangent], [self.bcs])
        self._nodal.scatter_reverse(la.InsertMode.add)
        values = vector.array_w
        lifted = self._nodal.array[: len(values)].copy()
        lifted[self.fixed] = 0.0
        values += lifted

    def size_of_reactions(self) -> float:
        """Norm of ∂Π/∂u over the fixed components at the state u (N)."""
        vector = self.vector()
        self._assemble_force(vector)
        square = float(np.sum(vector.array_r[self.fixed] ** 2))
        vector.destroy()
        return float(np.sqrt(self.comm.allreduce(square)))

    def reactions(self, values: Floats, force: Floats) -> Reactions:
        """What the supports exert on the network in an equilibrium.

        The force on a fixed component is its internal force less the load that acts on it, so that reactions and loads
        add up to nothing. Those of a solid's support are the sums over what the support holds.

        Args:
            values: components of u that this rank owns, as in a state.
            force: load on the nodes (N), shape (N, d).
        """
        vector, load = self.vector(), self.vector()
        self.set_values(values)
        self._assemble_force(vector)
        self._measuring.load(force, load)
        # Rotations are carried as lengths, φ = ℓ θ with ℓ the mean length of the bonds
        dimension, components = self.network.dimension, self._measuring.shape[1]
        rotations = components - self.mesh.mesh.geometry.dim
        sums = self._supports.sums((vector.array_r - load.array_r)[self.fixed], components, self.comm)
        vector.destroy()
        load.destroy()
        moments = float(self.network.lengths.mean()) * sums[:, dimension : dimension + rotations]
        return Reactions(sums[:, :dimension].copy(), moments)

    def energy(self) -> float:
        """Strain energy Π at the state u (J)."""
        return float(self.comm.allreduce(fem.assemble_scalar(self.forms.energy)))

    def energy_by_stiffness(self) -> Floats:
        """∂Π/∂k_b at the state u (m²), shape (B,)."""
        return self._by_bond(self.forms.energy_by_stiffness)

    def adjoint_by_stiffness(self, adjoint: PETSc.Vec) -> Floats:
        """λᵀ ∂²Π/∂u∂k_b at the state u, shape (B,), by one assembly over the cells.

        Args:
            adjoint: λ, distributed as u.
        """
        adjoint.copy(self._adjoint.x.petsc_vec)
        self._adjoint.x.scatter_forward()
        return self._by_bond(self.forms.adjoint_by_stiffness)

    def _by_bond(self, form: fem.Form) -> Floats:
        self._cellwise.array[:] = 0.0
        fem.assemble_vector(self._cellwise.array, form)
        sums = self._cells.by_bond(self._cellwise.array)
        self.comm.Allreduce(MPI.IN_PLACE, sums)
        return sums

    def measure(self, values: PETSc.Vec) -> Floats:
        """U = P u, displacements of the network's nodes on every rank (m), shape (N, d)."""
        return self.measure_all(values)[:, : self.network.dimension].copy()

    def measure_all(self, values: PETSc.Vec) -> Floats:
        """All components of u at the network's nodes on every rank, shape (N, components read)."""
        return self._measuring.measure(values)

    def load(self, forces: Floats, vector: PETSc.Vec) -> None:
        """Write Pᵀ f into a distributed vector, zero at fixed components.

        Args:
            forces: f (N), shape (N, d), the same on every rank; or on all components of u at the nodes, shape
                (N, components read).
            vector: takes the result.

        Raises:
            NetworkError: wrong shape, or a force that is not finite.
        """
        if forces.shape not in (self.network.nodes.shape, self._measuring.shape):
            raise NetworkError(
                f"{self.network.name}: forces must be of shape {self.network.nodes.shape}, not {forces.shape}."
            )
        if not np.isfinite(forces).all():
            node = self.network.labels[~np.isfinite(forces).all(axis=1)][0]
            raise NetworkError(f"{self.network.name}: the force on node {node} is not finite.")
        self._measuring.load(forces, vector)
        vector.array_w[self.fixed] = 0.0

    def measure_many(self, values: Floats) -> Floats:
        """U = P u of several fields on every rank (m), shape (n, N, d).

        Args:
            values: components that this rank owns, shape (owned, n).
        """
        return self._measuring.measure_many(values)[:, :, : self.network.dimension]

    def load_many(self, forces: Floats) -> Floats:
        """Pᵀ f of several loads, shape (owned, n), zero at fixed components.

        Args:
            forces: f (N), shape (n, N, d), the same on every rank and finite.
        """
        loads = self._measuring.load_many(forces)
        loads[self.fixed] = 0.0
        return loads

    @cached_property
    def degrees_of_freedom(self) -> int:
        """Number of components of u over all ranks."""
        return int(self.space.dofmap.index_map.size_global * self.space.dofmap.index_map_bs)


def _compiled(model: Model, u: fem.Function, bond: BondFields, adjoint: fem.Function) -> Forms:
    k = bond.stiffness
    energy = model.energy(u, bond)
    force = ufl.derivative(energy, u, ufl.TestFunction(u.function_space))
    per_bond = ufl.TestFunction(k.function_space)
    return Forms(
        energy=compiled(energy),
        internal_force=compiled(force),
        tangent=compiled(ufl.derivative(force, u, ufl.TrialFunction(u.function_space))),
        energy_by_stiffness=compiled(ufl.derivative(energy, k, per_bond)),
        adjoint_by_stiffness=compiled(ufl.derivative(ufl.derivative(energy, u, adjoint), k, per_bond)),
    )
