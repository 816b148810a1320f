"""Training of a problem, as scripts and notebooks call it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from femnn.config.settings import validated
from femnn.solving.ensemble import Ensemble
from femnn.solving.problem import Problem
from femnn.training.batch_evaluator import BatchEvaluator
from femnn.training.history import History
from femnn.training.optimisers import Optimiser
from femnn.training.record import Place
from femnn.training.task import Task
from femnn.training.train import train_evaluator
from femnn.training.training_settings import TrainingSettings


def train(
    problem: Problem,
    task: Task,
    optimiser: Optimiser | None = None,
    *,
    seed: int = 0,
    stiffness: npt.ArrayLike | None = None,
    folder: Path | str | None = None,
    tell: Callable[[int, int], None] | None = None,
    **settings: Any,
) -> History:
    """Train the stiffness of the bonds on a task, within the bounds of their widths.

    The problem is left at the stiffness that training comes to, unless the task holds further nodes.

    Args:
        problem: the network and its model; all ranks share each solve.
        task: what is to be learned.
        optimiser: what moves the parameters; Adam unless given, here or in the settings.
        seed: of the order of the samples and of noise.
        stiffness: k to begin with (N/m), shape (B,); the network's own unless given.
        folder: where the training is recorded, so that the same call resumes it after it was cut off.
        tell: called after each step with the number of steps done and of all.
        settings: of :class:`TrainingSettings`, as ``epochs=200``, ``batch=16``, ``gradient="centred-product"``,
            ``noise=5e-6``.

    Raises:
        ConfigError: a setting is unknown or not valid; there are no samples; the folder holds another training.
        ConvergenceError: no sample has an equilibrium.
    """
    chosen = validated(TrainingSettings, settings, "train()")
    if task.held is not None:
        problem = problem.holding(task.held)
    parametrisation = chosen.parameters_of(problem.network)
    start = None if stiffness is None else parametrisation.parameters(np.asarray(stiffness, dtype=np.float64))
    evaluator = BatchEvaluator(Ensemble(problem.comm, 1), problem.solver, chosen.source(), seed, chosen.on_failure)
    return train_evaluator(
        evaluator, task, parametrisation, optimiser or chosen.optimiser, chosen, problem.comm, seed,
        start, None if folder is None else Place(Path(folder), {"settings": chosen.model_dump(mode="json")}), tell,
    )  # fmt: skip
