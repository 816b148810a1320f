"""Errors of loads: weights that are rounded, and that hang askew.

The error of a state is what small changes of its loads do to it, on the structure linearised at the state:
displacements follow by K⁻¹, energies as the gradient of a loss whose derivative is minus the change of the load.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from femnn.insitu.experiment import Experiment
from femnn.mechanics.elongation import elongation_directions
from femnn.solving.state import State

type Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Answer:
    """How elongations and energies of a state change with its load; one row a way to change it, shape (changes, B)."""

    elongations: Floats
    """Per newton along or across the load (m/N)."""
    energies: Floats
    """The same of the energies (m²/N)."""


@dataclass(frozen=True, eq=False)
class Strings:
    """The strings on which a load hangs, one a node: unit forces along and across them, and what they carry."""

    along: Floats
    """Unit forces, shape (strings, N, d)."""
    across: Floats
    """Unit forces, shape (strings · (d − 1), N, d), those of one string after another."""
    carried: Floats
    """Forces (N), shape (strings,)."""

    @classmethod
    def of(cls, force: Floats) -> "Strings":
        """Return the strings of forces (N), shape (N, d)."""
        carried = np.linalg.norm(force, axis=1)
        nodes = np.flatnonzero(carried > 0)
        along: list[Floats] = []
        across: list[Floats] = []
        for node in nodes:
            # The last rows of Vᵀ span what is normal to the force
            sides = np.linalg.svd(force[node][None])[2][1:]
            for vectors, into in (([force[node] / carried[node]], along), (sides, across)):
                for vector in vectors:
                    unit = np.zeros_like(force)
                    unit[node] = vector
                    into.append(unit)
        return cls(np.array(along), np.array(across), carried[nodes])

    def drawn(self, repeats: int, weight: float, angle: float, generator: np.random.Generator) -> Floats:
        """Draw changes along and across the strings (N), shape (repeats, changes).

        Rounding to multiples of a weight leaves an even distribution over one of them; angles are Gaussian.

        Args:
            repeats: how many are drawn.
            weight: the smallest weight (N).
            angle: standard deviation of the angle by which a weight hangs askew (degrees).
            generator: random numbers.
        """
        rounded = generator.uniform(-0.5 * weight, 0.5 * weight, (repeats, len(self.along)))
        tilted = np.deg2rad(angle) * generator.standard_normal((repeats, len(self.across)))
        return np.hstack([rounded, tilted * np.repeat(self.carried, len(self.across) // len(self.along))])

    def answer(self, experiment: Experiment, state: State) -> Answer:
        """Return how a state of an experiment answers to unit changes along and across the strings."""
        network, solver = experiment.solver.structure.network, experiment.solver
        forces = [*self.along, *self.across]
        p, q = network.bonds.T
        moved = solver.response(state, forces)
        directions = elongation_directions(network, state.displacements, experiment.elongation)
        stretched = (directions * (moved[:, q] - moved[:, p])).sum(axis=-1)
        stored = [solver.gradient(state, -force, allow_unstable=True) for force in forces]
        return Answer(stretched, np.array(stored))
