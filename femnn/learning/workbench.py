"""Laboratories on one network, built once and shared: one solver a model, one laboratory a model and case."""

from collections.abc import Mapping

from mpi4py import MPI

from femnn.learning.camera import Camera
from femnn.learning.cases import Case
from femnn.learning.laboratory import Laboratory
from femnn.mechanics.elongation import Elongation
from femnn.mechanics.model import Model
from femnn.mechanics.models import MODELS
from femnn.mechanics.structure import Structure
from femnn.network import Network
from femnn.solving.continuation import LoadStepping
from femnn.solving.equilibrium import Equilibrium, equilibrium
from femnn.solving.options import SolverOptions


class Workbench:
    """What a study measures with.

    Attributes:
        network: the network.
        camera: noise of every reading on it.
    """

    def __init__(
        self,
        network: Network,
        comm: MPI.Comm,
        options: SolverOptions,
        stepping: LoadStepping,
        elongation: Elongation | None = None,
        camera: Camera | None = None,
        models: Mapping[str, Model] = MODELS,
    ) -> None:
        """Nothing is built yet.

        Args:
            network: the network.
            comm: ranks that share each solve.
            options: PETSc options of all solvers.
            stepping: load stepping of all solvers.
            elongation: how elongations are formed; each model's own way unless given.
            camera: noise of the readings.
            models: the models by name.
        """
        self.network, self.camera = network, camera or Camera()
        self._comm, self._options, self._stepping, self._elongation = comm, options, stepping, elongation
        self._models = models
        self._solvers: dict[str, Equilibrium] = {}
        self._laboratories: dict[tuple[str, Case, float | None], Laboratory] = {}

    def solver(self, name: str) -> Equilibrium:
        """The solver of a model by its name."""
        if name not in self._solvers:
            structure = Structure(self._models[name], self.network, self._comm)
            self._solvers[name] = equilibrium(structure, self._options, self._stepping)
        return self._solvers[name]

    def laboratory(self, name: str, case: Case, forward_force: float | None = None) -> Laboratory:
        """The laboratory of a model and a case.

        Args:
            name: of the model.
            case: loads and targets.
            forward_force: norm to which the case's load is scaled (N); as it is where left out.
        """
        key = (name, case, forward_force)
        if key not in self._laboratories:
            force = case.force(self.network)
            scale = 1.0 if forward_force is None else forward_force / float((force**2).sum() ** 0.5)
            loss = case.loss(self.network)
            lab = Laboratory(self.solver(name), scale * force, loss, self._elongation, self.camera)
            self._laboratories[key] = lab
        return self._laboratories[key]
