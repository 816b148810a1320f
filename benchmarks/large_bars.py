"""A large disordered network of bars: one forward solve, one adjoint, the gradient of all bonds.

Run under MPI, ``mpiexec -n 2 python benchmarks/large_bars.py [columns]``; every rank shares every solve.
"""

import resource
import sys
import time

import numpy as np
from mpi4py import MPI

from femnn.config.quantities import GRAM_FORCE
from femnn.losses import squared_error
from femnn.mechanics.bar import Bar
from femnn.mechanics.structure import Structure
from femnn.network import lattices
from femnn.solving.equilibrium import equilibrium

COMM = MPI.COMM_WORLD


def main(columns: int = 183) -> None:
    """Print what each stage takes, the slowest rank counting, and the memory of all ranks."""
    clock = Clock()
    network = lattices.disordered(columns, columns, 16e-3, jitter=0.2, seed=0)
    clock.stop("network")
    structure = Structure(Bar(), network, COMM)
    clock.stop("mesh and forms")
    solver = equilibrium(structure)
    clock.stop("solvers")
    force = np.zeros_like(network.nodes)
    bottom = np.flatnonzero(network.nodes[:, 1] <= network.nodes[:, 1].min() + 16e-3)
    force[bottom, 1] = -5 * GRAM_FORCE
    state = solver.forward(force)
    clock.stop("forward")
    loss = squared_error(network, [(int(network.labels[bottom[len(bottom) // 2]]), 1, 0.0)])
    gradient = solver.gradient(state, loss.derivative(state.displacements))
    clock.stop("adjoint and gradient")
    memory = COMM.allreduce(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    if COMM.rank == 0:
        print(f"{len(network.bonds)} bonds, {structure.degrees_of_freedom} unknowns, {COMM.size} ranks")
        print(f"{state.load_steps} load steps, {state.newton_iterations} Newton iterations")
        height = np.ptp(network.nodes[:, 1])
        print(f"largest displacement {np.abs(state.displacements).max() / height:.3f} of the height")
        print(f"largest gradient {np.abs(gradient).max():.6e} m²")
        for stage, seconds in clock.stages.items():
            print(f"{stage:22s} {seconds:8.2f} s")
        solving = clock.stages["forward"] + clock.stages["adjoint and gradient"]
        print(f"{'forward to gradient':22s} {solving:8.2f} s")
        print(f"{'memory of all ranks':22s} {memory:8.0f} MiB")


class Clock:
    """Seconds that each stage takes on the slowest rank."""

    def __init__(self) -> None:
        """Start."""
        self.stages: dict[str, float] = {}
        self._last = time.perf_counter()

    def stop(self, stage: str) -> None:
        """End a stage and begin the next."""
        COMM.barrier()
        now = time.perf_counter()
        self.stages[stage] = now - self._last
        self._last = now


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:]))
