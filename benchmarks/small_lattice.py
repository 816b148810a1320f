"""The printed lattice: what a solve costs when everything is built, and how much of it is not PETSc's and DOLFINx's.

The yardstick, taken in the same run, is one bare assembly of the tangent with one factorisation and one solve.
"""

import numpy as np
from clock import median_seconds
from mpi4py import MPI
from petsc4py import PETSc

from femnn.lattices import li2024
from femnn.learning.losses import squared_error
from femnn.mechanics.models import MODELS
from femnn.mechanics.structure import Structure
from femnn.quantities import GRAM_FORCE
from femnn.solving.equilibrium import equilibrium

LOADS = 64


def main() -> None:
    """Print milliseconds, and multiples of the yardstick."""
    network = li2024()
    force = network.point_force(13, [0.0, -10 * GRAM_FORCE])
    loss = squared_error(network, [(14, 1, -25e-3)])
    for name, model in MODELS.items():
        structure = Structure(model, network, MPI.COMM_WORLD)
        solver = equilibrium(structure)
        state = solver.forward(force)
        derivative = loss.derivative(state.displacements)

        def new_stiffness(structure: Structure = structure) -> None:
            structure.set_stiffness(network.stiffness)

        def fresh_gradient(solver=solver, derivative=derivative, state=state) -> None:
            solver.gradient(solver.forward(force, start=state), derivative)

        bare = median_seconds(bare_newton_step(structure, force))
        rows = {
            "bare assembly, factor, solve": bare,
            f"forward ({state.newton_iterations} Newton steps)": median_seconds(lambda s=solver: s.forward(force)),
            "forward from its own state + gradient": median_seconds(fresh_gradient),
            "change of all stiffnesses": median_seconds(new_stiffness),
        }
        if model.linear:
            loads = [force * (1 + i / LOADS) for i in range(LOADS)]
            rows[f"{LOADS} loads together, each"] = median_seconds(lambda s=solver: s.forward_many(loads)) / LOADS
        if MPI.COMM_WORLD.rank == 0:
            for what, seconds in rows.items():
                print(f"{name:10s} {what:40s} {1e3 * seconds:8.3f} ms {seconds / bare:7.2f} ×")


def bare_newton_step(structure: Structure, force: np.ndarray):
    """One assembly of K, one factorisation and one solve, with nothing of femnn's solvers around."""
    matrix, load, answer = structure.matrix(), structure.vector(), structure.vector()
    solver = PETSc.KSP().create(structure.comm)
    solver.setOperators(matrix)
    solver.setType("preonly")
    solver.getPC().setType("cholesky")
    solver.getPC().setFactorSolverType("mumps")
    structure.load(force, load)

    def step() -> None:
        structure.assemble_tangent(matrix)
        solver.solve(load, answer)

    return step


if __name__ == "__main__":
    main()
