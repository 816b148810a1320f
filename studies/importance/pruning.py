"""Bonds removed one after another, until what is left is a mechanism."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from pydantic import Field

from femnn.config.settings import Settings
from femnn.network import rigidity
from femnn.network.damage import bond_between, kept_bonds, removable_bonds, without_bonds
from femnn.network.network import Network
from femnn.training.bond_importance import performance, removals, sensitivities
from femnn.training.history import History
from femnn.training.task import Task
from femnn.training.trainer import Trainer, record
from femnn.training.training_settings import TrainingSettings

type Floats = npt.NDArray[np.float64]
type Retrain = Callable[[Network, Floats, int], History]
"""Trains a network for some epochs, from its stiffness (N/m), and the number of bonds that are gone."""


class Pruning(Settings):
    """An order in which bonds are removed."""

    order: Literal["least-important", "most-important", "random"]
    """By the rise of the training loss without the bond, judged again before each removal."""
    epochs: int = Field(default=0, ge=0)
    """Epochs of training after each removal."""

    def training(self, usual: TrainingSettings) -> TrainingSettings:
        """The usual way to train, for the epochs of this pruning.

        Raises:
            ConfigError: they do not go with its other settings.
        """
        return usual.changed(epochs=self.epochs)


ALIKE = 1e-6
"""Relative difference of two losses that is rounding."""


@dataclass(frozen=True)
class Pupil:
    """What is pruned: a model of a network, the task that it has learnt, and how it is trained again."""

    trainer: Trainer
    model: str
    task: Callable[[Network], Task]
    retrain: Retrain


def pruned(pupil: Pupil, network: Network, stiffness: Floats, pruning: Pruning, seed: int) -> dict[str, Any]:
    """Remove bonds while the network stands, and then the one that makes it a mechanism.

    Args:
        pupil: what is pruned.
        network: the whole network.
        stiffness: k (N/m) that it was trained to, shape (B,).
        pruning: the order.
        seed: of the order "random".

    Returns:
        ``steps``: a record for each number of bonds that are gone; ``last``: the bond whose removal makes a mechanism;
        ``modes``: the zero modes without it, shape (modes, N, d); ``floppy``: labels of the nodes that they move.

    Raises:
        ConvergenceError: no sample has an equilibrium, so that it cannot be trained, or the last bond not be chosen.
    """
    generator = np.random.default_rng([seed, 3])
    left, k, name, steps = network, stiffness, "", []
    training: dict[str, Any] = {}
    while True:
        task = pupil.task(left)
        steps.append(
            {
                "gone": len(steps),
                "bond": name,
                "smallest_eigenvalue": smallest_eigenvalue(left, k),
                "zero_modes": len(rigidity.zero_modes(left.nodes, left.bonds, left.fixed)),
                "stiffness": k.tolist(),
                "bonds": [bond_between(network, *left.labels[ends]) for ends in left.bonds],
            }
            | performance(pupil.trainer, pupil.model, task, k, left)
            | training
        )
        candidates = removable_bonds(left)
        if not candidates.size:
            break
        bond = _next(pupil, left, k, task, pruning, candidates, generator)
        name, kept = left.bond_name(bond), kept_bonds(left, [bond])
        _release(pupil, left)
        left, k = without_bonds(left, [bond]), k[kept]
        if pruning.epochs:
            history = pupil.retrain(left, k, len(steps))
            k, training = history.stiffness, {"training": record(history)}
    # Of bonds that must all stay, the loss without them says nothing; the gradient does
    last = int(np.argmin(sensitivities(pupil.trainer, pupil.model, task, k, left)))
    _release(pupil, left)
    remaining = np.delete(left.bonds, last, axis=0)
    modes = rigidity.zero_modes(left.nodes, remaining, left.fixed)
    floppy = left.labels[rigidity.floppy_nodes(left.nodes, remaining, left.fixed)]
    return {"steps": steps, "last": left.bond_name(last), "modes": modes.tolist(), "floppy": floppy.tolist()}


def smallest_eigenvalue(network: Network, stiffness: Floats) -> float:
    """Smallest eigenvalue of K of the springs on the free components (N/m): the softest way to deform the network."""
    free = np.flatnonzero(~network.fixed.ravel())
    C = rigidity.compatibility(network.nodes, network.bonds)[:, free].toarray()
    return float(np.linalg.eigvalsh(C.T @ (stiffness[:, None] * C))[0])


def _next(
    pupil: Pupil,
    network: Network,
    stiffness: Floats,
    task: Task,
    pruning: Pruning,
    candidates: npt.NDArray[np.int64],
    generator: np.random.Generator,
) -> int:
    if pruning.order == "random":
        return int(generator.choice(candidates))
    # Infinite, not NaN, where a sample has no equilibrium without a candidate: the least important bond is never that
    losses = removals(pupil.trainer, pupil.model, task, stiffness, network)["loss"][candidates]
    extreme = losses.min() if pruning.order == "least-important" else losses.max()
    # Bonds in series are equally important; rounding, which differs between machines, is not to choose among them
    return int(candidates[np.isclose(losses, extreme, rtol=ALIKE, atol=0.0)][0])


def _release(pupil: Pupil, network: Network) -> None:
    """Let go of the solvers of a network that has lost bonds; the whole one is pruned again."""
    if network is not pupil.trainer.network:
        pupil.trainer.release(network)
