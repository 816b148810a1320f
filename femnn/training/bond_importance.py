"""Importance of bonds for a task: by the gradient at hand, or by what happens when a bond is taken away."""

import numpy as np
import numpy.typing as npt

from femnn.errors import ConfigError, ConvergenceError
from femnn.mechanics.models import MODELS
from femnn.network.damage import removable_bonds
from femnn.network.network import Network
from femnn.training.task import Task
from femnn.training.trainer import Trainer
from femnn.training.training_settings import TrainingSettings

type Floats = npt.NDArray[np.float64]

REMOVED = 1e-12
"""Share of its stiffness at which a bond counts as removed: what it still carries is lost in rounding."""
WITH_REMOVALS = tuple(name for name, model in MODELS.items() if model.traits.bonds_may_vanish)
"""Models in which a bond of no stiffness is a bond that is not there; bending and solids do not release it so."""


def performance(trainer: Trainer, model: str, task: Task, stiffness: Floats, network: Network) -> dict[str, float]:
    """Mean loss and metrics of the training samples.

    A sample without an equilibrium is a failure: the loss is then infinite, and each metric of the sample 0. The mean
    of the others would call a network that answers a single sample a good one.

    Args:
        trainer: the trainer.
        model: name of the model.
        task: what the network has learnt.
        stiffness: k (N/m), shape (B,).
        network: the network.
    """
    U = trainer.displacements(model, task, stiffness, network)[task.training]
    measured = task.measured(U, task.training)
    share = float(np.isfinite(U).all(axis=(1, 2)).mean())
    if share == 1:
        return measured
    return {"loss": np.inf} | {name: share * measured[name] if share else 0.0 for name in task.metrics}


def sensitivities(trainer: Trainer, model: str, task: Task, stiffness: Floats, network: Network) -> Floats:
    """|k dL/dk| of the mean training loss, shape (B,): its change by a relative change of each stiffness.

    Samples without an equilibrium have no gradient and are left out, as in training.

    Args:
        trainer: the trainer.
        model: name of the model.
        task: what the network has learnt.
        stiffness: k (N/m), shape (B,).
        network: the network.

    Raises:
        ConvergenceError: no sample has an equilibrium.
    """
    evaluator = trainer.evaluator(model, TrainingSettings(), 0, network)
    batch = evaluator.gradients(task, task.training, 0, stiffness)
    known = np.isfinite(batch.gradients).all(axis=1)
    if not known.any():
        raise ConvergenceError(f"{network.name}: no training sample has an equilibrium; one: {batch.failures[0].why}")
    return np.asarray(np.abs(stiffness * batch.gradients[known].mean(axis=0)))


def removals(trainer: Trainer, model: str, task: Task, stiffness: Floats, network: Network) -> dict[str, Floats]:
    """Mean loss and metrics of the training samples without each single bond, by name, each of shape (B,).

    NaN for bonds without which the network would be a mechanism or in parts. Where a sample has no equilibrium without
    a bond, the loss is infinite; see :func:`performance`.

    Args:
        trainer: the trainer.
        model: name of the model.
        task: what the network has learnt.
        stiffness: k (N/m), shape (B,).
        network: the network.

    Raises:
        ConfigError: the model does not release a bond that has no stiffness.
    """
    require_removals(model)
    found = {name: np.full(len(network.bonds), np.nan) for name in ("loss", *task.metrics)}
    for bond in removable_bonds(network):
        # A structure of its own for each bond would cost thirty times as much and tell the same
        weakened = stiffness.copy()
        weakened[bond] *= REMOVED
        for name, value in performance(trainer, model, task, weakened, network).items():
            found[name][bond] = value
    return found


def require_removals(model: str) -> None:
    """Refuse models in which a bond without stiffness is not the same as no bond.

    Raises:
        ConfigError: it is such a model.
    """
    if model not in WITH_REMOVALS:
        raise ConfigError(
            f"Model {model!r} cannot tell what a bond's removal costs; take {' or '.join(WITH_REMOVALS)}, or judge "
            "bonds by the gradient."
        )
