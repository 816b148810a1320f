"""The printed lattice: what a solve costs when everything is built, and how much of it is not PETSc's and DOLFINx's.

The yardstick, taken in the same run, is one bare assembly of the tangent with one factorisation and one solve.
"""

from collections.abc import Callable
from functools import partial

import numpy as np
from clock import median_seconds
from mpi4py import MPI
from petsc4py import PETSc

from femnn.config.quantities import GRAM_FORCE
from femnn.losses import squared_error
from femnn.mechanics.continuum import Continuum
from femnn.mechanics.models import MODELS
from femnn.mechanics.structure import Structure
from femnn.network.lattices import li2024
from femnn.solving.equilibrium import Equilibrium, equilibrium
from femnn.solving.state import State

LOADS = 64


def main() -> None:
    """Print milliseconds, and multiples of the yardstick."""
    network = li2024()
    force = network.point_force(13, [0.0, -10 * GRAM_FORCE])
    loss = squared_error(network, [(14, 1, -25e-3)])
    for name, model in MODELS.items():
        if isinstance(model, Continuum):
            continue
        structure = Structure(model, network, MPI.COMM_WORLD)
        solver = equilibrium(structure)
        state = solver.forward(force)
        derivative = loss.derivative(state.displacements)

        bare = median_seconds(bare_newton_step(structure, force))
        rows = {
            "bare assembly, factor, solve": bare,
            f"forward ({state.newton_iterations} Newton steps)": median_seconds(partial(solver.forward, force)),
            "forward from its own state + gradient": median_seconds(partial(warm_gradient, solver, state, derivative)),
            "change of all stiffnesses": median_seconds(partial(structure.set_stiffness, network.stiffness)),
        }
        if model.linear:
            loads = [force * (1 + i / LOADS) for i in range(LOADS)]
            rows[f"{LOADS} loads together, each"] = median_seconds(partial(solver.forward_many, loads)) / LOADS
        if MPI.COMM_WORLD.rank == 0:
            for what, seconds in rows.items():
                print(f"{name:10s} {what:40s} {1e3 * seconds:8.3f} ms {seconds / bare:7.2f} ×")


def warm_gradient(solver: Equilibrium, state: State, derivative: np.ndarray) -> None:
    """The state again, from itself, and the gradient there."""
    solver.gradient(solver.forward(state.force, start=state), derivative)


def bare_newton_step(structure: Structure, force: np.ndarray) -> Callable[[], None]:
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
