"""Training: an optimiser moves the parameters of k, batch after batch, by gradients from anywhere."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from femnn.errors import ConfigError
from femnn.runtime.stack import MPI
from femnn.training.batch_evaluator import BatchEvaluator
from femnn.training.history import History
from femnn.training.interruption import terminable
from femnn.training.objective import Steps
from femnn.training.optimisers import Optimiser
from femnn.training.parametrisation import Parametrisation
from femnn.training.record import Place
from femnn.training.schedule import TrainingSchedule
from femnn.training.task import Task

type Floats = npt.NDArray[np.float64]


def train_evaluator(
    evaluator: BatchEvaluator,
    task: Task,
    parametrisation: Parametrisation,
    optimiser: Optimiser,
    schedule: TrainingSchedule,
    comm: MPI.Comm,
    seed: int = 0,
    start: Floats | None = None,
    place: Place | None = None,
    tell: Callable[[int, int], None] | None = None,
) -> History:
    """Train a network; the structure of the evaluator is left at the last stiffness.

    Args:
        evaluator: the network.
        task: what it is to learn.
        parametrisation: how k follows from the parameters θ.
        optimiser: what moves θ.
        schedule: how long, in which portions.
        comm: all ranks; all of them call.
        seed: of the order of the samples.
        start: θ to begin with, shape (B,); that of the network's own stiffness where None.
        place: where the training is recorded, to be gone on with when it was cut off; nowhere where None.
        tell: called on every rank after each step with the number of steps done and of all.

    Raises:
        ConfigError: no samples, a batch larger than the data, or the place holds another training.
        ConvergenceError: a sample has no equilibrium and the evaluator does not skip it, or none has for a whole epoch.
        InterruptionError: SIGTERM came; the place, if any, has all that is needed to go on.
    """
    if not len(task.training):
        raise ConfigError(f"{task.name}: there are no training samples.")
    if schedule.batch is not None and schedule.batch > len(task.training):
        raise ConfigError(
            f"{task.name}: a batch of {schedule.batch} is larger than the {len(task.training)} training samples; "
            "make training.batch smaller."
        )
    if optimiser.full_batch and schedule.batch is not None:
        raise ConfigError("An optimiser with a line search needs the full batch; leave out training.batch.")
    theta = parametrisation.parameters(evaluator.structure.network.stiffness) if start is None else np.array(start)
    with terminable(comm) as request:
        steps = Steps(evaluator, task, parametrisation, schedule, comm, seed, place, request, tell)
        try:
            theta = optimiser.minimise(steps, theta, steps.total, parametrisation.bounds)
            steps.evaluate(theta)
            answers = steps.answers(theta)
        finally:
            steps.close()
    k = parametrisation.stiffness(theta)
    columns = {name: [record[name] for record in steps.records] for name in steps.records[0]}
    return History(
        np.array(steps.losses), columns, theta, k, answers, steps.failures, steps.ended_early, steps.snapshots
    )
