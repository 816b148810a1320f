"""A neo-Hookean cantilever in space, bent by 0.4 of its length in one load step: femnn next to its peers.

Block 4 × 1 × 1 of 4n × n × n trilinear hexahedra, each with a modulus of its own, clamped at x = 0, under a dead
traction on x = 4; J is the deflection of the corner (4, 0, 0), the gradient that by the modulus of every cell. Every
cell is a bond of a network, so that model, solvers and gradient are those of any study.

The yardstick is one Newton step in plain DOLFINx, its form written as it stands in textbooks, with MUMPS' LU: on the
peers' machine the time of plain DOLFINx over its steps. That a forward solve starts with a symbolic factor in hand is
due to the construction of femnn's solvers, which is timed on its own; the rigid motions that GAMG is given come from
this file, not from femnn.

``cantilever.py [n [direct|gamg]]``, under MPI too; without arguments all cases, each in a process of its own for the
sake of its peak memory.
"""

import resource
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import femnn  # noqa: F401, which imports DOLFINx' wheel in the right order

# isort: split
import basix.ufl
import numpy as np
import ufl
from dolfinx import fem
from dolfinx import mesh as dmesh
from dolfinx.fem import petsc as fem_petsc
from mpi4py import MPI
from petsc4py import PETSc

from femnn.mechanics.continuum import Continuum
from femnn.mechanics.materials import NeoHookean
from femnn.mechanics.measuring import Readings
from femnn.mechanics.structure import Floats, Structure
from femnn.meshing.regions import SolidMesh
from femnn.network.network import Network
from femnn.network.sections import Sections
from femnn.solving.continuation import LoadStepping
from femnn.solving.equilibrium import Equilibrium, equilibrium
from femnn.solving.options import Value, solver_options
from femnn.solving.state import State
from femnn.verification.benchmark_solids import Face, Integers, Solid, Vertex

COMM = MPI.COMM_WORLD
POISSON = 0.3
TRACTION = -8.0
CLAMP, END, TIP = 0, 1, 2
"""Nodes of the network that stand for a part of the block; the others only join bonds."""
PLACES = (
    Face(lambda x: np.isclose(x[0], 0.0), held=(0, 1, 2)),
    Face(lambda x: np.isclose(x[0], 4.0)),
    Vertex(lambda x: np.isclose(x[0], 4.0) & np.isclose(x[1], 0.0) & np.isclose(x[2], 0.0)),
)
DEFLECTION = {9: -1.63206505677, 16: -1.63894490776}
"""J, on which all peers agree."""
PEERS = {
    9: {
        "plain DOLFINx, MUMPS LU": (3.14, 0.375, 208),
        "plain DOLFINx, GMRES + GAMG": (3.58, 0.462, 129),
        "dolfinx-adjoint 0.4, MUMPS": (2.92, 0.456, 408),
        "felupe 11.3, Pardiso": (3.45, None, 436),
        "torch-fem 0.14": (12.0, 1.63, 1642),
        "jax-fem 0.0.12, MUMPS": (13.7, 2.14, 721),
    },
    16: {
        "plain DOLFINx, MUMPS LU": (39.4, 3.93, 868),
        "plain DOLFINx, GMRES + GAMG": (30.3, 3.39, 234),
        "felupe 11.3, Pardiso": (47.2, None, 1956),
        "torch-fem 0.14": (102, 8.53, 4162),
        "jax-fem 0.0.12, MUMPS": (151, 12.0, 1813),
        "plain DOLFINx, GMRES + GAMG, 2 ranks": (12.6, 1.30, 437),
    },
}
"""Seconds forward, seconds adjoint and gradient, peak memory in MB: measured once on another machine (2.5 GHz)."""
PEER_STEPS = {9: 8, 16: 10}
"""Their Newton steps."""
PLAIN = "plain DOLFINx, MUMPS LU"
"""The peer that the yardstick stands for."""
LARGEST_CHECKED = 9
"""n up to which gradients are compared with differences of forward solves."""
ACCURACY: dict[str, Value] = {"femnn_forward_snes_rtol": 1e-8}
MULTIGRID: dict[str, Value] = {
    "ksp_type": "gmres",
    "ksp_rtol": 1e-8,
    "ksp_pc_side": "right",
    "ksp_gmres_restart": 200,
    "pc_type": "gamg",
}
GAMG = {f"femnn_{solver}_{key}": value for solver in ("forward", "adjoint") for key, value in MULTIGRID.items()}
ONE_STEP = LoadStepping(initial=1.0, nonlinearity=1e9, largest_move=1e9)


@dataclass(frozen=True)
class Block(Solid):
    """The solid of hexahedra, every cell a bond."""

    def mesh(self, network: Network, comm: MPI.Comm) -> SolidMesh:
        """The mesh, cells numbered as bonds."""
        points, cells = self.shape()
        if comm.rank:
            points, cells = points[:0], cells[:0]
        element = basix.ufl.element("Lagrange", "hexahedron", 1, shape=(3,))
        partitioner = dmesh.create_cell_partitioner(dmesh.GhostMode.none, 2)
        mesh = dmesh.create_mesh(comm, cells, ufl.Mesh(element), points, partitioner)
        order = np.asarray(mesh.topology.original_cell_index, dtype=np.int64)
        still = np.zeros((len(mesh.geometry.x), 3))
        return SolidMesh(network, mesh, order, np.full(len(order), -1), still, still)

    def space(self, mesh: SolidMesh) -> fem.FunctionSpace:
        """Trilinear displacements."""
        return fem.functionspace(mesh.mesh, ("Lagrange", 1, (3,)))

    def readings(self, mesh: SolidMesh, space: fem.FunctionSpace) -> Readings:
        """Those of the places, and nothing at the other nodes."""
        return replace(super().readings(mesh, space), shape=mesh.network.nodes.shape)


class Elastic(Structure):
    """A structure whose tangent brings the rigid motions of the solid, from which multigrid builds its levels."""

    def matrix(self) -> PETSc.Mat:
        """A new matrix with the pattern of K."""
        matrix = super().matrix()
        owned = self.space.dofmap.index_map.size_local
        x, y, z = self.space.tabulate_dof_coordinates()[:owned].T
        o, i = np.zeros(owned), np.ones(owned)
        vectors = []
        for motion in [(i, o, o), (o, i, o), (o, o, i), (-y, x, o), (o, -z, y), (z, o, -x)]:
            vector = matrix.createVecRight()
            vector.array_w[:] = np.column_stack(motion).ravel()
            vectors.append(vector)
        # Modified Gram-Schmidt
        for n, vector in enumerate(vectors):
            for other in vectors[:n]:
                vector.axpy(-vector.dot(other), other)
            vector.normalize()
        matrix.setNearNullSpace(PETSc.NullSpace().create(vectors=vectors, comm=self.comm))
        return matrix


def hexahedra(n: int) -> tuple[Floats, Integers]:
    """Points, and corners of the cells in DOLFINx's order."""
    shape = np.array([4 * n, n, n])
    grid = np.stack(np.meshgrid(*(np.arange(m + 1) for m in shape), indexing="ij"), axis=-1).reshape(-1, 3)
    strides = np.array([(n + 1) ** 2, n + 1, 1])
    first = grid[(grid < shape).all(axis=1)] @ strides
    corners = np.array([[i, j, k] for k in (0, 1) for j in (0, 1) for i in (0, 1)]) @ strides
    return grid / n, first[:, None] + corners


def cantilever(n: int) -> Structure:
    """The block on a chain of bonds of unit length and section, so that k is Young's modulus."""
    points, cells = hexahedra(n)
    x, _, z = points[cells].mean(axis=1).T
    modulus = 1000 * (1 + 0.2 * np.sin(3 * x) * np.cos(5 * z))
    count = len(cells)
    nodes = np.outer(np.arange(count + 1), [1.0, 0.0, 0.0])
    bonds = np.column_stack([np.arange(count), np.arange(1, count + 1)])
    fixed = np.zeros(nodes.shape, dtype=bool)
    fixed[CLAMP] = True
    sections = Sections(modulus, *(np.array(value) for value in (1.0, 1.0, 0.5, 2.0)))
    network = Network(nodes, bonds, fixed, sections, rigid_joints=True, name="cantilever")
    material = NeoHookean(poisson_ratio=POISSON, volumetric="coupled")
    continuum = Continuum("solid", "modulus", material)
    return Elastic(Block(continuum, PLACES, partial(hexahedra, n)), network, COMM)


def main(n: int, name: str) -> None:
    """Print figures of one mesh and solver next to the peers'."""
    imported, begun = memory(), clocks()
    structure = cantilever(n)
    meshed = clocks()
    solver = equilibrium(structure, solver_options("direct", ACCURACY | (GAMG if name == "gamg" else {})), ONE_STEP)
    force = np.zeros_like(structure.network.nodes)
    force[END, 2] = TRACTION
    derivative = np.zeros_like(force)
    derivative[TIP, 2] = 1.0
    COMM.barrier()
    built = clocks()
    state = solver.forward(force)
    found = clocks()
    gradient = solver.gradient(state, derivative, allow_unstable=True)
    done, peak = clocks(), memory()
    J = state.displacements[TIP, 2]
    say(f"n = {n}, {structure.degrees_of_freedom} unknowns, femnn's solver {name}, {COMM.size} ranks")
    say(
        f"{state.load_steps} load steps, {state.newton_iterations} Newton steps, unstable eigenvalues: {state.unstable}"
    )
    say(f"J = {J:.11f}" + (f", {abs(J - DEFLECTION[n]):.1e} from the peers'" if n in DEFLECTION else ""))
    if n <= LARGEST_CHECKED:
        check(solver, state, gradient)
    step = plain_newton_step(structure)
    step()
    start = clocks()
    step()
    plain = clocks() - start
    for what, seconds in {
        "mesh and forms": meshed - begun,
        "solvers, with a first factor": built - meshed,
        "forward": found - built,
        "adjoint and gradient": done - found,
        "a plain Newton step, LU": plain,
    }.items():
        say(f"{what:30s} {seconds[1]:9.3f} s of the processor, {seconds[0]:9.3f} s by the clock")
    say(f"memory: {imported:.0f} MB with all that is imported, {peak:.0f} MB at its peak")
    say("\nSeconds (femnn's of the processor), and multiples of a plain Newton step with LU on the same machine")
    say(f"{'':40s} {'forward':>20s} {'adjoint and gradient':>22s} {'memory':>9s}")
    row(f"femnn, {name}", (found - built)[1], (done - found)[1], peak, plain[1])
    for peer, figures in PEERS.get(n, {}).items():
        row(peer, *figures, PEERS[n][PLAIN][0] / PEER_STEPS[n])
    say("")


def row(what: str, forward: float, adjoint: float | None, memory: float, plain: float) -> None:
    """Print a line of the table."""
    first, second = ("–" if v is None else f"{v:8.2f} s {v / plain:6.2f} ×" for v in (forward, adjoint))
    say(f"{what:40s} {first:>20s} {second:>22s} {memory:6.0f} MB")


def check(solver: Equilibrium, state: State, gradient: Floats, share: float = 1e-3) -> None:
    """Entries of the gradient against central differences: the largest of either sign, and one in the middle."""
    structure, k = solver.structure, state.stiffness
    for cell in (int(np.argmax(gradient)), int(np.argmin(gradient)), len(k) // 2):
        J = []
        for sign in (1, -1):
            changed = k.copy()
            changed[cell] *= 1 + sign * share
            structure.set_stiffness(changed)
            J.append(solver.forward(state.force, start=state).displacements[TIP, 2])
        difference = (J[0] - J[1]) / (2 * share * k[cell])
        off = abs(gradient[cell] / difference - 1)
        say(f"dJ/dE of cell {cell}: {gradient[cell]:.9e}, by differences {difference:.9e}, off by {off:.1e}")
    structure.set_stiffness(k)
    structure.set_values(state.values)


def clocks() -> Floats:
    """Seconds by the wall clock and of this rank's processor, of which others that work beside it take nothing."""
    return np.array([time.perf_counter(), time.process_time()])


def memory() -> float:
    """Peak memory of all ranks (MB)."""
    return float(COMM.allreduce(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6))


def plain_newton_step(structure: Structure) -> Callable[[], None]:
    """Residual, tangent, LU and solve at the structure's state, in which mesh and supports alone are femnn's."""
    u, mesh = structure.displacement, structure.space.mesh
    E = fem.Function(fem.functionspace(mesh, ("DG", 0)))
    E.x.array[E.function_space.dofmap.list[:, 0]] = structure.stiffness[mesh.topology.original_cell_index]
    mu, lamé = E / (2 * (1 + POISSON)), E * POISSON / ((1 + POISSON) * (1 - 2 * POISSON))
    F = ufl.Identity(3) + ufl.grad(u)
    volume = ufl.ln(ufl.det(F))
    density = mu / 2 * (ufl.inner(F, F) - 3) - mu * volume + lamé / 2 * volume**2
    force = ufl.derivative(density * ufl.dx(metadata={"quadrature_degree": 2}), u, ufl.TestFunction(structure.space))
    residual = fem.form(force)
    tangent = fem.form(ufl.derivative(force, u, ufl.TrialFunction(structure.space)))
    matrix, vector = fem_petsc.create_matrix(tangent), structure.vector()
    answer = structure.vector()
    solver = PETSc.KSP().create(structure.comm)
    solver.setOperators(matrix)
    solver.setType("preonly")
    solver.getPC().setType("lu")
    solver.getPC().setFactorSolverType("mumps")

    def step() -> None:
        vector.set(0.0)
        fem_petsc.assemble_vector(vector, residual)
        vector.ghostUpdate(addv=PETSc.InsertMode.ADD, mode=PETSc.ScatterMode.REVERSE)
        matrix.zeroEntries()
        fem_petsc.assemble_matrix(matrix, tangent, bcs=structure.bcs)
        matrix.assemble()
        solver.solve(vector, answer)

    return step


def say(line: str) -> None:
    """Print on one rank."""
    if COMM.rank == 0:
        print(line, flush=True)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        main(int(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else "direct")
    else:
        for case in [("9", "direct"), ("9", "gamg"), ("16", "direct"), ("16", "gamg")]:
            subprocess.run([sys.executable, __file__, *case], check=True)
