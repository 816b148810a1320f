"""Importance of bonds for a task: by the gradient at hand, or by what happens when a bond is taken away."""

import numpy as np
import numpy.typing as npt

from femnn.damage import removable_bonds
from femnn.errors import ConfigError
from femnn.learning.classroom import Classroom
from femnn.learning.settings import TrainingSettings
from femnn.learning.task import Task
from femnn.network import Network

type Floats = npt.NDArray[np.float64]

REMOVED = 1e-12
"""Share of its stiffness at which a bond counts as removed: what it still carries is lost in rounding."""
WITH_REMOVALS = ("spring", "bar")
"""Models in which a bond of no stiffness is a bond that is not there; bending and bodies do not let go of it so."""


def performance(room: Classroom, model: str, task: Task, stiffness: Floats, network: Network) -> dict[str, float]:
    """Mean loss and metrics of the training samples.

    Args:
        room: the classroom.
        model: name of the model.
        task: what the network has learnt.
        stiffness: k (N/m), shape (B,).
        network: the network.
    """
    U = room.displacements(model, task, stiffness, network)
    return task.measured(U[task.training], task.training)


def sensitivities(room: Classroom, model: str, task: Task, stiffness: Floats, network: Network) -> Floats:
    """|k dL/dk| of the mean training loss, shape (B,): its change by a relative change of each stiffness.

    Args:
        room: the classroom.
        model: name of the model.
        task: what the network has learnt.
        stiffness: k (N/m), shape (B,).
        network: the network.
    """
    learner = room.learner(model, TrainingSettings(), 0, network)
    learner.structure.set_stiffness(stiffness)
    gradients = learner.gradients(task, task.training, 0).gradients
    return np.asarray(np.abs(stiffness * np.nanmean(gradients, axis=0)))


def removals(room: Classroom, model: str, task: Task, stiffness: Floats, network: Network) -> dict[str, Floats]:
    """Mean loss and metrics of the training samples without each single bond, by name, each of shape (B,).

    NaN for bonds without which the network would be a mechanism or in parts.

    Args:
        room: the classroom.
        model: name of the model.
        task: what the network has learnt.
        stiffness: k (N/m), shape (B,).
        network: the network.

    Raises:
        ConfigError: the model does not let go of a bond that has no stiffness.
    """
    require_removals(model)
    found = {name: np.full(len(network.bonds), np.nan) for name in ("loss", *task.metrics)}
    for bond in removable_bonds(network):
        # A structure of its own for each bond would cost thirty times as much and tell the same
        weakened = stiffness.copy()
        weakened[bond] *= REMOVED
        for name, value in performance(room, model, task, weakened, network).items():
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
