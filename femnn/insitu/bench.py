"""Experiments on one network, built once and shared: one solver per model, one experiment per model and case."""

from __future__ import annotations

from collections.abc import Mapping

from femnn.errors import ConfigError
from femnn.insitu.camera import Camera
from femnn.insitu.experiment import Experiment
from femnn.insitu.load_cases import Case
from femnn.mechanics.elongation import Elongation
from femnn.mechanics.model import Model
from femnn.mechanics.models import MODELS
from femnn.mechanics.structure import Structure
from femnn.network.network import Network
from femnn.runtime.stack import MPI
from femnn.solving.continuation import LoadStepping
from femnn.solving.equilibrium import Equilibrium, equilibrium
from femnn.solving.options import SolverOptions


class ExperimentBench:
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
        self._solvers: dict[tuple[str, bytes], Equilibrium] = {}
        self._experiments: dict[tuple[str, Case, float | None], Experiment] = {}

    def solver(self, name: str, network: Network | None = None) -> Equilibrium:
        """The solver of a model by its name.

        Args:
            name: of the model.
            network: the bench's network with more of it held; itself unless given.
        """
        network = network or self.network
        key = (name, network.fixed.tobytes())
        if key not in self._solvers:
            structure = Structure(self._models[name], network, self._comm)
            self._solvers[key] = equilibrium(structure, self._options, self._stepping)
        return self._solvers[key]

    def experiment(self, name: str, case: Case, forward_force: float | None = None) -> Experiment:
        """The experiment of a model and a case.

        Args:
            name: of the model.
            case: loads and targets.
            forward_force: norm to which the case's load is scaled (N), its motions by the same factor; as they are
                where left out.

        Raises:
            ConfigError: there is no load to be scaled.
        """
        key = (name, case, forward_force)
        if key not in self._experiments:
            network = case.held(self.network)
            force, moved = case.force(network), case.moved(network)
            size = float((force**2).sum() ** 0.5)
            if forward_force is not None and not size > 0:
                raise ConfigError("forward_forces scale the loads of a case, but one has none; leave them out.")
            scale = 1.0 if forward_force is None else forward_force / size
            experiment = Experiment(
                self.solver(name, network),
                scale * force,
                case.loss(network),
                self._elongation,
                self.camera,
                prescribed=None if moved is None else scale * moved,
            )
            self._experiments[key] = experiment
        return self._experiments[key]
