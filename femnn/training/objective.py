"""Steps of a training: the objective that its optimiser calls, recorded."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from femnn.errors import ConvergenceError, InterruptionError
from femnn.runtime.ranks import on_root
from femnn.runtime.stack import MPI
from femnn.runtime.streams import stream
from femnn.training.batch_evaluator import BatchEvaluator, Failure
from femnn.training.interruption import StopRequest
from femnn.training.optimisers import Finished
from femnn.training.parametrisation import Parametrisation
from femnn.training.record import RANKS, Kept, Place, TrainingRecord
from femnn.training.schedule import TrainingSchedule
from femnn.training.task import Task

type Floats = npt.NDArray[np.float64]


class Steps:
    """The objective of the optimiser: every call is a step of the training, from the record as far as it goes."""

    def __init__(
        self,
        evaluator: BatchEvaluator,
        task: Task,
        parametrisation: Parametrisation,
        schedule: TrainingSchedule,
        comm: MPI.Comm,
        seed: int,
        place: Place | None,
        request: StopRequest,
        tell: Callable[[int, int], None] | None,
    ) -> None:
        self._evaluator, self._task, self._schedule, self._comm = evaluator, task, schedule, comm
        self._parametrisation = parametrisation
        self._seed, self._request, self._tell = seed, request, tell
        self._batch = schedule.batch or len(task.training)
        self._by_epoch = math.ceil(len(task.training) / self._batch)
        self.total = schedule.epochs * self._by_epoch
        self.losses: list[float] = []
        self.records: list[dict[str, float]] = []
        self.failures: list[tuple[int, Failure]] = []
        self.snapshots: list[Floats] = []
        self.ended_early = False
        self._best, self._waited = math.inf, 0
        self._evaluated_at: tuple[int, Floats] | None = None
        self._order = np.empty(0, dtype=np.int64)
        self._answers: Floats | None = None
        self._without_any = 0
        self._records: list[TrainingRecord] = []
        self._kept = Kept(np.empty((0, 1 + len(parametrisation.lower))), [])
        if place is not None:
            self._kept = on_root(comm, lambda: self._opened(place))
        self._states = self._kept.states
        self._recorded = {note["step"]: note for note in self._kept.notes if "epoch" in note}
        for note in self._kept.notes:
            self.failures += [(note["step"], Failure(*failure)) for failure in note["failures"]]
        evaluator.forget()

    def _opened(self, place: Place) -> Kept:
        facts = {"task": self._task.fingerprint(), "seed": self._seed, RANKS: self._evaluator.ranks, **place.facts}
        self._records.append(
            TrainingRecord(place.folder, facts, len(self._parametrisation.lower), self._evaluator.warm)
        )
        return self._records[0].kept

    def close(self) -> None:
        """Close the record."""
        for record in self._records:
            record.close()
        self._records.clear()

    def __call__(self, theta: Floats) -> tuple[float, Floats]:
        """Loss and gradient in θ of the next batch."""
        step = len(self.losses)
        epoch, position = divmod(step, self._by_epoch)
        played = step < len(self._kept.steps)
        if not played:
            self._set(theta)
        if position == 0:
            self._begin_epoch(epoch, theta)
        if played:
            loss, gradient = float(self._kept.steps[step, 0]), self._kept.steps[step, 1:]
        else:
            loss, gradient = self._measured(step, theta, position)
            for record in self._records:
                record.step(loss, gradient)
        self.losses.append(loss)
        self._answers = None
        if not played:
            self._keep(step + 1)
        if self._tell is not None:
            self._tell(step + 1, self.total)
        return loss, gradient

    def evaluate(self, theta: Floats) -> None:
        """Record loss and metrics of all samples, unless that was done at these parameters since the last step."""
        step = len(self.losses)
        again = self._evaluated_at is not None and self._evaluated_at[0] == step
        if self._evaluated_at is not None and again:
            if np.array_equal(self._evaluated_at[1], theta):
                return
            # An optimiser that returns its best parameters, not its last, was ended right after an evaluation
            self.records.pop()
            self._answers = None
        self._evaluated_at = step, theta.copy()
        if self._schedule.snapshots:
            self.snapshots = [*self.snapshots[: len(self.records)], self._parametrisation.stiffness(theta)]
        entry = None if again else self._recorded.get(step)
        if entry is None:
            self._set(theta)
            entry = self._evaluated(step)
            self._note(entry)
        self.records.append({name: value for name, value in entry.items() if name not in ("step", "failures")})

    def answers(self, theta: Floats) -> Floats:
        """Displacements of all samples (m), shape (n, N, d), from the evaluation at these parameters."""
        self._set(theta)
        if self._answers is None:
            self._evaluated(len(self.losses))
        assert self._answers is not None
        return self._answers

    def _note(self, entry: dict[str, Any]) -> None:
        """Keep what was found between two steps, and the samples that failed there."""
        self.failures += [(len(self.losses), Failure(*failure)) for failure in entry["failures"]]
        for record in self._records:
            record.note(len(self.losses), entry)

    def _set(self, theta: Floats) -> None:
        """Have the stiffness of θ, and at the end of the record the states that were kept with it."""
        if self._states is not None:
            self._evaluator.restore(self._states)
            self._states = None
        self._evaluator.structure.set_stiffness(self._parametrisation.stiffness(theta))

    def _begin_epoch(self, epoch: int, theta: Floats) -> None:
        self._order = stream(self._seed, "order of samples", epoch).permutation(self._task.training)
        if epoch % self._schedule.evaluate_every == 0:
            self.evaluate(theta)
            self._wait()

    def _wait(self) -> None:
        """End the training where the loss has not fallen for long enough."""
        loss = self.records[-1]["training_loss"]
        if loss < (1 - self._schedule.least_gain) * self._best:
            self._best, self._waited = loss, 0
            return
        self._waited += 1
        if self._schedule.patience is not None and self._waited >= self._schedule.patience:
            self.ended_early = True
            raise Finished

    def _measured(self, step: int, theta: Floats, position: int) -> tuple[float, Floats]:
        samples = self._order[position * self._batch : (position + 1) * self._batch]
        batch = self._evaluator.gradients(self._task, samples, step)
        if batch.failures:
            self._note({"failures": [(failure.sample, failure.why) for failure in batch.failures]})
        good = np.isfinite(batch.gradients).all(axis=1)
        if not good.any():
            self._without_any += 1
            if self._without_any >= self._by_epoch:
                why = batch.failures[0].why
                raise ConvergenceError(
                    f"{self._task.name}: no sample has an equilibrium at step {step + 1}; one: {why}"
                )
            return self.losses[-1] if self.losses else 0.0, np.zeros_like(theta)
        self._without_any = 0
        divisor = self._schedule.divisor or float(good.sum())
        # Summed in the order of the samples, so that the result does not depend on the groups
        loss = float(np.sum(self._task.loss[samples[good]].value(batch.displacements[good]))) / divisor
        gradient = batch.gradients[good].sum(axis=0) / divisor
        return loss, self._parametrisation.gradient_in_parameters(theta, gradient)

    def _evaluated(self, step: int) -> dict[str, Any]:
        sets = {"training": self._task.training, "test": self._task.test}
        samples = np.concatenate(list(sets.values()))
        batch = self._evaluator.answers(self._task, samples)
        self._answers = np.full_like(self._task.forces, np.nan)
        self._answers[samples] = batch.displacements
        entry: dict[str, Any] = {"epoch": step / self._by_epoch}
        begin = 0
        for name, indices in sets.items():
            U = batch.displacements[begin : begin + len(indices)]
            entry |= {f"{name}_{key}": value for key, value in self._task.measured(U, indices).items()}
            begin += len(indices)
        return entry | {"failures": [(failure.sample, failure.why) for failure in batch.failures]}

    def _keep(self, done: int) -> None:
        """Write what the next solves start from, every so many steps and when the run is to stop."""
        stop = bool(self._request)
        if not stop and done % self._schedule.keep_every:
            return
        if self._evaluator.warm and self._kept_somewhere():
            states = self._evaluator.states()
            for record in self._records:
                record.keep(states)
        if stop:
            how = "go on with --resume" if self._kept_somewhere() else "it was not recorded, and starts again"
            raise InterruptionError(f"{self._task.name}: stopped after step {done} of {self.total}; {how}.")

    def _kept_somewhere(self) -> bool:
        return bool(self._comm.bcast(bool(self._records))) if self._comm.size > 1 else bool(self._records)
