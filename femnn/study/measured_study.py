"""What studies share that hold models against measured gradients: which measurement, what was hung, trained springs."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal, Self

import numpy as np
import numpy.typing as npt
from pydantic import AfterValidator, Field

from femnn.config.quantities import Force
from femnn.config.resources import MARKS, names
from femnn.config.settings import nearest
from femnn.config.settings_paths import NamesFile
from femnn.errors import ConfigError, NetworkError
from femnn.insitu.belonging import published_difference
from femnn.insitu.fitting import Fitting
from femnn.insitu.load_cases import Case
from femnn.measured.comparison.protocol import Protocol, predicted, protocol
from femnn.measured.comparison.pushed_outputs import Push
from femnn.measured.measured_gradient import MeasuredGradient
from femnn.measured.published import INITIAL, LATTICE
from femnn.measured.sources import measured_gradients
from femnn.mechanics.carrying import carriers
from femnn.mechanics.models import SPRINGS
from femnn.network.network import Network
from femnn.study.case_study import CaseStudy
from femnn.study.points import Point
from femnn.study.records import Value
from femnn.study.setting_types import Listed, ModelName
from femnn.study.study_bench import Bench
from femnn.training.port_settings import strange
from femnn.training.tasks import BehaviourSettings
from femnn.training.tasks.ports import read
from femnn.training.training_settings import TrainingSettings

type Floats = npt.NDArray[np.float64]

TRAINING = {"epochs": 100, "optimiser": {"name": "lbfgs"}, "parametrisation": "box"}
"""How springs are trained to a behaviour where settings do not say; every bond ends at one of its bounds."""


def _absolute(name: str) -> str:
    """A path that does not depend on where the run's report is made again; a name as it is, also for its folder."""
    path, mark = Path(name), MARKS["measurements"]
    if not (path.is_file() or (path / mark).is_file()):
        return name
    folder = path.parent if path.name == mark else path
    known = names("measurements").get(folder.name)
    shipped = known is not None and known.resolve() == folder.resolve()
    return folder.name if shipped else str(path.resolve())


class MeasuredStudy(CaseStudy):
    """A study about a measured gradient."""

    models: Listed[ModelName] = Field(min_length=1)
    measured: Annotated[str, NamesFile("measurements"), AfterValidator(_absolute)] = LATTICE
    """Folder of measurements/, a table of gradients as ``femnn measured`` writes it, or a copy of data.xlsx."""
    adjoint_force: Force = Field(gt=0)
    """Norm of the adjoint force that was hung (N)."""
    behaviour: dict[Literal["trained", "mirror"], BehaviourSettings] = Field(default_factory=dict)
    """Behaviours that springs are trained to, by the names of the published experiments."""

    @property
    def experiments(self) -> dict[Literal["trained", "mirror"], BehaviourSettings]:
        """The behaviours whose displacements were measured: none but on the published lattice."""
        return self.behaviour if self.measured == LATTICE else {}

    @property
    def springs_training(self) -> TrainingSettings:
        """How springs are trained to the behaviours."""
        return TrainingSettings.model_validate(TRAINING)

    def protocols(self, network: Network) -> dict[str, Protocol]:
        """What was hung, by case.

        Raises:
            ConfigError, NetworkError: nothing can be hung in a case.
        """
        return {name: protocol(self.case[name], network, self.adjoint_force) for name in self.cases}

    def gradients(self, network: Network) -> dict[str, MeasuredGradient]:
        """What was measured, by case.

        Raises:
            ConfigError: nothing was measured of a case that is run, or the table cannot be read.
            NetworkError: another network was measured.
        """
        found = measured_gradients(self.measured, network)
        for name in self.cases:
            if name not in found:
                raise ConfigError(f"Nothing was measured of case {name!r} in {self.measured}; {nearest(name, found)}")
        return found

    def port_case(self, fitting: Fitting, names: list[str]) -> Case:
        """Refuse cases of another network: what was measured is what was hung, and no other load can stand for it.

        Raises:
            ConfigError: always; the message says what to write.
        """
        self._require_measured(fitting.network)
        name = next(iter(names))
        raise ConfigError(
            f"{strange(fitting, 'case', names, self.case)}. Say what was hung when {self.measured} was measured, by "
            f"nodes of {fitting.network.name}: --set 'case.{name}={{ loads = […], targets = […] }}'."
        )

    def fitted(self, fitting: Fitting) -> Self:
        """Return the settings for the network of the run, which must be the one that was measured."""
        self._require_measured(fitting.network)
        settings = super().fitted(fitting)
        own = {name: b for name, b in self.behaviour.items() if fitting.belongs(b, f"behaviour.{name}")}
        if self.experiments and len(own) < len(self.behaviour):
            name = next(name for name in self.behaviour if name not in own)
            raise ConfigError(f"{strange(fitting, 'behaviour', [name], self.behaviour)}; leave it out.")
        return settings.model_copy(update={"behaviour": own})

    def _require_measured(self, network: Network) -> None:
        """Refuse the published measurements for any other network, by its content.

        Raises:
            NetworkError: it is another network.
        """
        other = published_difference(network, LATTICE) if self.measured == LATTICE else None
        if other is not None:
            raise NetworkError(
                f"{network.name}: the measurements {LATTICE!r} were made on another network ({other}); take "
                f'network = "{LATTICE}", or a gradient that was measured on {network.name}, as femnn measured writes '
                'it, with its cases: measured = "gradient.csv".'
            )

    def check(self, network: Network) -> None:
        """Check cases and behaviours against the network, and the network against the measurements.

        Raises:
            ConfigError, NetworkError: what does not fit, by name.
        """
        self._require_measured(network)
        self.gradients(network)
        super().check(network)
        self.protocols(network)
        for name, behaviour in self.experiments.items():
            behaviour.task(network)
            if len(behaviour.outputs) != 2:
                raise ConfigError(f"behaviour {name!r} has {len(behaviour.outputs)} outputs; two were measured.")

    # What measured points need

    def needs(self) -> list[Point]:
        """What springs answer in each case, and springs trained for the experiments on displacements."""
        return [*map(_springs, self.cases), *map(_trained_springs, self.experiments)]

    def share(self, bench: Bench, point: Point) -> Iterator[Value]:
        """Elongations of springs in a case (m), shape (2, B), or k of springs trained to a behaviour (N/m), shape (B,).

        Where springs do not carry the network, the elongations are those of the first model.
        """
        network, case, name = bench.network, point.get("springs"), point.get("trained springs")
        if case is not None:
            model = SPRINGS if SPRINGS in carriers(self.models_by_name(), network) else self.models[0]
            solver = bench.trainer.solver(model)
            # A training may have left another one
            solver.structure.set_stiffness(network.stiffness)
            yield Value("elongations", predicted(solver, self.protocols(network)[case]).elongations)
        else:
            task = self.experiments[name].task(network)
            yield Value(
                "stiffness", bench.trainer.train(SPRINGS, task, self.springs_training, self.seed, name).stiffness
            )

    def elongations(self, bench: Bench, case: str) -> Floats:
        """Elongations of springs in a case (m), shape (2, B), from what points need."""
        found: Floats = bench.shared(_springs(case))["elongations"]
        return found

    def pushes(self, bench: Bench) -> dict[str, Push]:
        """Experiments on displacements before and after the trainings, by name, from what points need."""
        network, found = bench.network, dict[str, Push]()
        for name, behaviour in self.experiments.items():
            force = behaviour.task(network).forces[0]
            outputs = [(network.index(node), component) for node, component in read(network, behaviour.outputs)]
            found.setdefault(INITIAL, Push(force, network.stiffness, outputs))
            found[name] = Push(force, bench.shared(_trained_springs(name))["stiffness"], outputs)
        return found


def _springs(case: str) -> Point:
    return Point({"springs": case}, [SPRINGS])


def _trained_springs(behaviour: str) -> Point:
    return Point({"trained springs": behaviour}, [SPRINGS], cost=10.0)
