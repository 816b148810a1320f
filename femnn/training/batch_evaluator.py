"""A network under training: gradients and answers of many samples, shared out to groups of ranks.

Each sample of a nonlinear model is solved for from its own last state, which is near where k has moved little since.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import numpy.typing as npt

from femnn.errors import ConfigError, ConvergenceError, InstabilityError
from femnn.runtime.streams import stream
from femnn.solving.continuation import LoadStepping
from femnn.solving.ensemble import Ensemble
from femnn.solving.equilibrium import Equilibrium
from femnn.solving.linear import LinearEquilibrium
from femnn.solving.nonlinear import NonlinearEquilibrium
from femnn.solving.state import State
from femnn.training.gradient_sources import Exact, Source, gradients_of_springs
from femnn.training.task import Task

type Floats = npt.NDArray[np.float64]
type Integers = npt.NDArray[np.int64]
type Values = dict[int, Floats]
"""Components of u that a rank owns, by sample."""
type Solved = tuple[Floats, Floats, Floats | None]
"""Displacements, gradient, and components of u that this rank owns."""

FINER = 8.0
"""Factor by which load steps are smaller when a sample is tried again."""


@dataclass(frozen=True)
class Failure:
    """A sample whose equilibrium was not found."""

    sample: int
    """Its index in the task."""
    why: str


@dataclass(frozen=True)
class Batch:
    """What came of several samples; NaN where a sample failed."""

    displacements: Floats
    """U (m), shape (n, N, d)."""
    gradients: Floats
    """dL/dk of each sample, shape (n, B); NaN, too, where none were asked for."""
    failures: list[Failure] = field(default_factory=list)


class BatchEvaluator:
    """One structure a group of ranks, its solver, and the last state of each sample.

    Attributes:
        structure: the structure of this rank's group.
    """

    def __init__(
        self,
        ensemble: Ensemble,
        solver: Equilibrium,
        source: Source,
        seed: int = 0,
        on_failure: Literal["skip", "stop"] = "skip",
    ) -> None:
        """Nothing is solved yet.

        Args:
            ensemble: the groups.
            solver: solver of a structure on ``ensemble.group``.
            source: where gradients come from.
            seed: of the random numbers of the source.
            on_failure: whether a sample without an equilibrium is left out, or ends the training.
        """
        self.structure = solver.structure
        self._ensemble, self._solver, self._source = ensemble, solver, source
        self._seed, self._on_failure = seed, on_failure
        self._values: Values = {}

    @property
    def warm(self) -> bool:
        """Whether results depend on states of earlier solves, within the solver's tolerance."""
        return not isinstance(self._solver, LinearEquilibrium)

    @property
    def ranks(self) -> int:
        """Ranks of a group, on as many of which states that are kept can be restored; 0 where there are none."""
        return self._ensemble.group.size if self.warm else 0

    def gradients(self, task: Task, samples: Integers, step: int, stiffness: Floats | None = None) -> Batch:
        """Displacements and gradients of samples; all ranks call.

        Args:
            task: the task.
            samples: their indices, shape (n,).
            step: number of the training step; random numbers depend on it and on the sample alone.
            stiffness: k of the bonds (N/m), shape (B,); the one that the structure has if None.

        Raises:
            ConvergenceError: a sample has no equilibrium, and that ends the training.
        """
        if stiffness is not None:
            self.structure.set_stiffness(stiffness)
        own = self._ensemble.own(samples)
        if (
            isinstance(self._solver, LinearEquilibrium)
            and isinstance(self._source, Exact)
            and self.structure.model.product_exact
        ):
            U, gradients = (
                gradients_of_springs(self._solver, task.forces[own], task.loss[own], task.moved(own))
                if len(own)
                else ((), ())
            )
            return self._gathered(samples, [(*solved, None) for solved in zip(U, gradients, strict=True)])

        def measured(sample: int) -> Solved:
            generator = stream(self._seed, "measuring", step, sample)
            loss = task.loss[sample]
            state, gradient = self._source.gradient(
                self._solver, task.forces[sample], loss, self._start(sample), generator, task.moved(sample)
            )
            return state.displacements, gradient, state.values

        return self._gathered(samples, [self._tried(measured, int(sample)) for sample in own])

    def answers(self, task: Task, samples: Integers, stiffness: Floats | None = None) -> Batch:
        """Displacements of samples, without gradients; all ranks call.

        Args:
            task: the task.
            samples: their indices, shape (n,).
            stiffness: k of the bonds (N/m), shape (B,); the one that the structure has if None.

        Raises:
            ConvergenceError: a sample has no equilibrium, and that ends the training.
        """
        if stiffness is not None:
            self.structure.set_stiffness(stiffness)
        own = self._ensemble.own(samples)
        nothing = np.empty(0)
        if isinstance(self._solver, LinearEquilibrium):
            answers = self._solver.responses(task.forces[own], task.moved(own)) if len(own) else ()
            return self._gathered(samples, [(answer, nothing, None) for answer in answers])

        def answered(sample: int) -> Solved:
            state = self._solver.forward(task.forces[sample], self._start(sample), task.moved(sample))
            return state.displacements, nothing, state.values

        return self._gathered(samples, [self._tried(answered, int(sample)) for sample in own])

    def states(self) -> list[Values]:
        """The last states of all samples on each rank of this group, to be kept; all ranks call."""
        return self._ensemble.group.allgather(self._values)

    def restore(self, states: Sequence[Values]) -> None:
        """Take the last states of all samples, from :meth:`states` on as many ranks a group.

        Raises:
            ConfigError: they are of another structure or number of ranks.
        """
        group, dofmap = self._ensemble.group, self.structure.space.dofmap
        owned = dofmap.index_map.size_local * dofmap.index_map_bs
        if len(states) != group.size or any(len(u) != owned for u in states[group.rank].values()):
            raise ConfigError("The states that were kept of the training are of another model; run again with --force.")
        self._values = dict(states[group.rank])

    def forget(self) -> None:
        """Drop the last states, as where another task begins."""
        self._values = {}

    def _start(self, sample: int) -> State | None:
        values = self._values.get(sample)
        if values is None:
            return None
        nodes = self.structure.network.nodes
        return State(
            self.structure.network, np.zeros_like(nodes), np.zeros_like(nodes), values, self.structure.stiffness
        )

    def _tried(self, work: Callable[[int], Solved], sample: int) -> Solved | Failure:
        """Do the work for a sample; if it fails from the last state, do it from rest, with smaller load steps."""
        try:
            return work(sample)
        except (ConvergenceError, InstabilityError):
            self._values.pop(sample, None)
        assert isinstance(self._solver, NonlinearEquilibrium | LinearEquilibrium)
        try:
            with _smaller_steps(self._solver):
                return work(sample)
        except (ConvergenceError, InstabilityError) as error:
            return Failure(sample, str(error))

    def _gathered(self, samples: Integers, own: Sequence[Solved | Failure]) -> Batch:
        """Results of all groups; every group keeps all states, as the next batch is shared out again."""
        results = self._ensemble.gathered(own)
        failures = [result for result in results if isinstance(result, Failure)]
        if failures and self._on_failure == "stop":
            first = failures[0]
            raise ConvergenceError(
                f"sample {first.sample + 1}: {first.why} Set training.on_failure to skip to go on without such samples."
            )
        network = self.structure.network
        displacements = np.full((len(results), *network.nodes.shape), np.nan)
        gradients = np.full((len(results), len(network.bonds)), np.nan)
        for i, (sample, result) in enumerate(zip(samples, results, strict=True)):
            self._values.pop(int(sample), None)
            if isinstance(result, Failure):
                continue
            displacements[i], gradient, values = result
            if gradient.size:
                gradients[i] = gradient
            if values is not None:
                self._values[int(sample)] = values
        return Batch(displacements, gradients, failures)


@contextmanager
def _smaller_steps(solver: NonlinearEquilibrium | LinearEquilibrium) -> Iterator[None]:
    """Have a nonlinear solver take smaller load steps for a while; for a linear one there are none."""
    if isinstance(solver, LinearEquilibrium):
        yield
        return
    usual = solver.stepping
    solver.stepping = _finer(usual)
    try:
        yield
    finally:
        solver.stepping = usual


def _finer(stepping: LoadStepping) -> LoadStepping:
    changes = {
        "initial": stepping.initial / FINER,
        "minimum": stepping.minimum / FINER,
        "nonlinearity": stepping.nonlinearity / FINER,
        "most_attempts": int(FINER) * stepping.most_attempts,
    }
    return stepping.model_copy(update=changes)
