"""A body in the plane of some 68,000 unknowns, on one core: what femnn adds to DOLFINx and PETSc, and what a gradient costs.

The yardstick, taken in the same run, is one bare assembly of the tangent with one MUMPS factorisation and one solve.
"""

from functools import partial

import numpy as np
from clock import median_seconds
from mpi4py import MPI
from small_lattice import bare_newton_step

from femnn.learning.losses import squared_error
from femnn.mechanics.continuum import Continuum
from femnn.mechanics.structure import Structure
from femnn.meshing.specification import load_network
from femnn.meshing.strips import Shape
from femnn.quantities import GRAM_FORCE
from femnn.solving.equilibrium import Equilibrium, equilibrium
from femnn.solving.state import State

CELLS_ACROSS = 4.3
"""Cells across a bond with which the printed lattice has some 68,000 unknowns."""


def main() -> None:
    """Print seconds, and multiples of the yardstick."""
    network = load_network("li2024")
    force = network.point_force(13, [0.0, -20 * GRAM_FORCE])
    loss = squared_error(network, [(13, 1, -28e-3)])
    structure = Structure(Continuum(shape=Shape(cells_across=CELLS_ACROSS)), network, MPI.COMM_WORLD)
    solver = equilibrium(structure)
    state = solver.forward(force)
    derivative = loss.derivative(state.displacements)
    bare = median_seconds(bare_newton_step(structure, force), repeats=7)
    forward = median_seconds(partial(solver.forward, force), repeats=5)
    both = median_seconds(partial(forward_and_gradient, solver, state, derivative), repeats=5)
    step = forward / state.newton_iterations
    if MPI.COMM_WORLD.rank == 0:
        print(f"{structure.degrees_of_freedom} unknowns, {state.newton_iterations} Newton steps")
        print(f"bare assembly, factor, solve      {bare:8.4f} s")
        print(f"Newton step                       {step:8.4f} s {step / bare:6.2f} × the bare one")
        print(f"adjoint and gradient              {both - forward:8.4f} s {(both - forward) / step:6.2f} × a Newton step")


def forward_and_gradient(solver: Equilibrium, state: State, derivative: np.ndarray) -> None:
    """The state from rest, and the gradient there."""
    solver.gradient(solver.forward(state.force), derivative)


if __name__ == "__main__":
    main()
