"""A solid in the plane of some 68,000 unknowns, on one core: a Newton step next to a bare one, and the gradient.

The yardstick, taken in the same run, is one bare assembly of the tangent with one MUMPS factorisation and one solve.
"""

import time
from collections.abc import Callable

import numpy as np
from mpi4py import MPI
from small_lattice import bare_newton_step

from femnn.config.quantities import GRAM_FORCE
from femnn.geometry.strips import Shape
from femnn.losses import squared_error
from femnn.mechanics.continuum import Continuum
from femnn.mechanics.structure import Structure
from femnn.network_files.specification import load_network
from femnn.solving.equilibrium import Equilibrium, equilibrium

CELLS_ACROSS = 4.25
"""Cells across a bond with which the printed lattice has some 68,000 unknowns."""

REPEATS = 15


def main() -> None:
    """Print seconds, and multiples of the yardstick."""
    network = load_network("li2024")
    force = network.point_force(13, [0.0, -20 * GRAM_FORCE])
    loss = squared_error(network, [(13, 1, -28e-3)])
    structure = Structure(Continuum(shape=Shape(cells_across=CELLS_ACROSS)), network, MPI.COMM_WORLD)
    solver = equilibrium(structure)
    state = solver.forward(force)
    derivative = loss.derivative(state.displacements)
    bare, forward, gradient = medians(bare_newton_step(structure, force), solver, force, derivative)
    step = forward / state.newton_iterations
    if MPI.COMM_WORLD.rank == 0:
        print(f"{structure.degrees_of_freedom} unknowns, {state.newton_iterations} Newton steps")
        print(f"bare assembly, factor, solve      {bare:8.4f} s")
        print(f"Newton step                       {step:8.4f} s {step / bare:6.2f} × the bare one")
        print(f"adjoint and gradient              {gradient:8.4f} s {gradient / step:6.2f} × a Newton step")


def medians(
    bare_step: Callable[[], None], solver: Equilibrium, force: np.ndarray, derivative: np.ndarray
) -> tuple[float, float, float]:
    """Seconds of a bare Newton step, of a forward solve from rest, and of the gradient at the state just found.

    The three take turns, so that what else the machine does falls on all of them.
    """
    times = []
    bare_step()
    for _ in range(REPEATS):
        start = time.perf_counter()
        bare_step()
        begun = time.perf_counter()
        state = solver.forward(force)
        found = time.perf_counter()
        solver.gradient(state, derivative)
        times.append((begun - start, found - begun, time.perf_counter() - found))
    bare, forward, gradient = np.median(times, axis=0)
    return float(bare), float(forward), float(gradient)


if __name__ == "__main__":
    main()
