"""A printed lattice in one model, as its parameters have it: its loads, its structure, and what it answers."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from femnn.errors import ConvergenceError
from femnn.measured.calibration.parameters import Parameters, shaped
from femnn.measured.comparison.protocol import Prediction, Protocol
from femnn.mechanics.elongation import Elongation, elongations
from femnn.mechanics.model import Model
from femnn.mechanics.structure import Structure
from femnn.network.network import Network
from femnn.runtime.stack import MPI
from femnn.solving.continuation import LoadStepping
from femnn.solving.equilibrium import Equilibrium, equilibrium
from femnn.solving.options import SolverOptions
from femnn.solving.state import State

type Floats = npt.NDArray[np.float64]

MOST_BUILT = 8
"""Structures of other shapes that are kept."""
MOST_STATES = 8
"""Equilibria that are kept of each structure, to start from."""
ANGLES = ("forward-angle", "adjoint-angle")
"""Parameters that turn the two loadings."""


class CalibratedLattice:
    """What is calibrated.

    One modulus scales all internal forces, so that it acts as a load divided by it; errors of the widths act as
    stiffnesses. Only another shape needs another structure.

    Attributes:
        model: its model, as it is stated.
        network: its network, as it is stated.
        parameters: what is not known of it.
    """

    def __init__(
        self,
        model: Model,
        network: Network,
        parameters: Parameters,
        comm: MPI.Comm,
        options: SolverOptions,
        stepping: LoadStepping,
    ) -> None:
        """Nothing is built yet.

        Args:
            model: its model.
            network: its network.
            parameters: what is not known of it.
            comm: ranks that share each solve.
            options: PETSc options of the solvers.
            stepping: load stepping of the solvers.
        """
        self.model, self.network, self.parameters = model, network, parameters
        self.options = options
        self._comm, self._stepping = comm, stepping
        self._built: dict[tuple[float, ...], tuple[Equilibrium, list[State]]] = {}

    @property
    def elongation(self) -> Elongation:
        """How elongations are read: along the bonds at rest in linear models."""
        return "projected" if self.model.linear else "true"

    def solver(self, values: Floats, ratio: Floats | None = None) -> Equilibrium:
        """The solver of the structure as parameters have it.

        Args:
            values: the parameters, shape (n,).
            ratio: stiffness of each bond over that of the network, as after a training, shape (B,).

        Raises:
            MeshError: a solid of this shape cannot be built.
            NetworkError: the ends would take up whole bonds.
        """
        solver, _ = self._having(values)
        k = self.network.stiffness * np.exp(self.parameters.widths(values))
        k = k if ratio is None else ratio * k
        if not np.array_equal(k, solver.structure.stiffness):
            solver.structure.set_stiffness(k)
        return solver

    def _having(self, values: Floats) -> tuple[Equilibrium, list[State]]:
        shape = self.parameters.shape(values)
        if shape not in self._built:
            while len(self._built) >= MOST_BUILT:
                del self._built[next(iter(self._built))]
            structure = Structure(*shaped(self.model, self.network, shape), self._comm)
            self._built[shape] = equilibrium(structure, self.options, self._stepping), []
        return self._built[shape]

    def load(self, values: Floats, force: Floats, angle: str) -> Floats:
        """A load as it acts on the lattice of the modulus that the network states (N), shape (N, d).

        Args:
            values: the parameters, shape (n,).
            force: the load (N), shape (N, d).
            angle: name of the parameter that turns it.
        """
        return turned(force, self.parameters.one(values, angle)) / math.exp(self.parameters.one(values, "modulus"))

    def state(self, values: Floats, force: Floats, angle: str, ratio: Floats | None = None) -> State:
        """Equilibrium under a load, from the one in hand whose load is nearest; see :meth:`solver` and :meth:`load`.

        Raises:
            ConvergenceError: the model has no stable equilibrium under the load.
        """
        solver = self.solver(values, ratio)
        load, (_, known) = self.load(values, force, angle), self._having(values)
        start = min(known, key=lambda state: float(np.linalg.norm(load - state.force)), default=None)
        if start is not None and np.linalg.norm(load - start.force) >= np.linalg.norm(load):
            start = None
        try:
            state = solver.forward(load, start)
        except ConvergenceError:
            if start is None:
                raise
            state = solver.forward(load)
        known.append(state)
        del known[:-MOST_STATES]
        return state

    def predicted(self, values: Floats, experiment: Protocol) -> Prediction:
        """What the lattice answers to a protocol.

        Args:
            values: the parameters, shape (n,).
            experiment: what is hung on it.

        Raises:
            ConvergenceError: the model has no stable equilibrium under a load.
        """
        loads = zip((experiment.forward, experiment.adjoint), ANGLES, strict=True)
        states = tuple(self.state(values, force, angle) for force, angle in loads)
        moved = np.stack([state.displacements for state in states])
        return Prediction(elongations(self.network, moved, self.elongation), moved, states)


def turned(force: Floats, angle: float) -> Floats:
    """Forces in the plane turned by an angle, counter-clockwise; of shape (N, 2), or of any where the angle is 0."""
    if not angle:
        return force
    c, s = math.cos(angle), math.sin(angle)
    return force @ np.array([[c, s], [-s, c]])
