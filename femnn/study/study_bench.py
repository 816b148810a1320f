"""What a study measures with, on one group of ranks: structures, trainings, random numbers, and shared results."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from femnn.insitu.bench import ExperimentBench
from femnn.insitu.experiment import Experiment
from femnn.insitu.load_cases import Case
from femnn.mechanics.elongation import Elongation
from femnn.network.network import Network
from femnn.runtime.stack import MPI
from femnn.runtime.streams import stream
from femnn.study.points import Point
from femnn.study.records import Record
from femnn.study.study import Study
from femnn.training.trainer import Trainer

SHOWN_STEPS = 20
"""Steps of a training after which its progress is shown again."""


class Bench:
    """Structures and trainings of one group of ranks, built when they are first asked for and then kept.

    Attributes:
        study: the settings.
        network: the network of the run.
        comm: ranks of the group; a study sees no others.
    """

    def __init__(
        self,
        study: Study,
        network: Network,
        comm: MPI.Comm,
        folder: Path | None = None,
        tell: Callable[[str], None] = lambda text: None,
    ) -> None:
        """Nothing is built yet.

        Args:
            study: the settings.
            network: the network of the run.
            comm: ranks of the group.
            folder: where trainings are recorded while they last, so that a run that was cut off goes on within one.
            tell: shows how far a long computation is.
        """
        self.study, self.network, self.comm = study, network, comm
        self._folder, self._tell = folder, tell
        self._kept: dict[Hashable, Any] = {}
        self._shared: dict[str, Mapping[str, Any]] = {}

    def once[T](self, key: Hashable, build: Callable[[], T]) -> T:
        """Return what a function builds, built once for a key and kept; results must not depend on it.

        Args:
            key: what it is known by.
            build: builds it.
        """
        if key not in self._kept:
            self._kept[key] = build()
        found: T = self._kept[key]
        return found

    def stream(self, *identity: Any) -> np.random.Generator:
        """Return the random numbers of one purpose; see :func:`femnn.runtime.streams.stream`."""
        return stream(self.study.seed, *identity)

    def shared(self, point: Point) -> Mapping[str, Any]:
        """Return the values of a result that a point needs, by name."""
        return self._shared[point.key]

    def receive(self, records: Mapping[str, Record]) -> None:
        """Take in shared results, by key."""
        self._shared |= {key: record.values for key, record in records.items()}

    def experiment(
        self, model: str, case: Case, forward_force: float | None = None, elongation: Elongation | None = None
    ) -> Experiment:
        """Return the experiment of a model and a case, without noise, the same one each time.

        Its exact gradient is found right after its forward state. Later its last bits would depend on what else was
        solved before, and with it on the order in which points are measured.

        Args:
            model: its name.
            case: loads and targets.
            forward_force: norm to which the case's load is scaled (N); as it is where left out.
            elongation: how elongations are formed; the model's own way unless given.

        Raises:
            ConvergenceError: the forward state is not reached.
            InstabilityError: it is unstable.
        """
        s = self.study
        bench = self.once(
            ("experiments", elongation),
            lambda: ExperimentBench(
                self.network, self.comm, s.solver.resolved(), s.loading, elongation, models=s.models_by_name()
            ),
        )
        found = bench.experiment(model, case, forward_force)
        assert found.exact_gradient.size
        return found

    @cached_property
    def trainer(self) -> Trainer:
        """Where networks are trained.

        Raises:
            ConfigError: the ranks cannot form the groups asked for.
        """
        s = self.study
        training = getattr(s, "training", None)
        # The same layout whether the group is the only one or not, so that a run may be resumed on others of its size
        groups = getattr(training, "groups", 1)
        return Trainer(
            self.network, self.comm, s.solver.resolved(), s.loading, s.models_by_name(), groups,
            self._folder, bool(getattr(s, "animation", "")), self._show,
        )  # fmt: skip

    def _show(self, name: str, done: int, steps: int) -> None:
        if done % SHOWN_STEPS == 0:
            self._tell(f"{name}: step {done} of {steps}")
