"""Pruning: bonds are removed one after another, until the network is a mechanism."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from pydantic import Field

from femnn.config.limits_of_input import MOST
from femnn.config.settings import Settings
from femnn.network import rigidity
from femnn.network.damage import kept_bonds, removable_bonds, without_bonds
from femnn.network.network import Network
from femnn.training.bond_importance import performance, removals, sensitivities
from femnn.training.history import History
from femnn.training.task import Task
from femnn.training.trainer import Trainer
from femnn.training.training_settings import TrainingSettings

type Floats = npt.NDArray[np.float64]
type Integers = npt.NDArray[np.int64]

ALIKE = 1e-6
"""Relative difference of two losses that is rounding."""


class Pruning(Settings):
    """An order in which bonds are removed."""

    order: Literal["least-important", "most-important", "random"]
    """By the rise of the training loss without the bond, judged again before each removal."""
    epochs: int = Field(default=0, ge=0, le=MOST)
    """Epochs of training after each removal."""

    def training(self, usual: TrainingSettings) -> TrainingSettings:
        """Return the usual way to train, for the epochs of this pruning.

        Raises:
            ConfigError: they do not go with its other settings.
        """
        return usual.changed(epochs=self.epochs)


@dataclass(frozen=True, eq=False)
class Remaining:
    """A trained network after some of its bonds, or none, are removed."""

    network: Network
    """Without these bonds."""
    stiffness: Floats
    """k of the bonds that remain (N/m)."""
    removed: tuple[int, ...]
    """Indices of the removed bonds in the whole network, in the order of removal."""
    performance: Mapping[str, float]
    """Loss and metrics of the training samples; see :func:`femnn.training.bond_importance.performance`."""
    training: History | None = None
    """The training after the last removal, if there was one."""

    @property
    def smallest_eigenvalue(self) -> float:
        """Smallest eigenvalue of K of the springs (N/m): the softest way to deform the network."""
        n = self.network
        return rigidity.smallest_eigenvalue(n.nodes, n.bonds, n.fixed, self.stiffness)

    @property
    def zero_modes(self) -> int:
        """Number of motions that stretch no bond; 0 for a network of springs that is rigid."""
        return len(rigidity.zero_modes(self.network.nodes, self.network.bonds, self.network.fixed))


@dataclass(frozen=True, eq=False)
class Mechanism:
    """What is left of a network by the first removal that makes it a mechanism."""

    removed: tuple[int, ...]
    """Indices of all removed bonds in the whole network; the last one makes the mechanism."""
    modes: Floats
    """Motions that stretch no bond, shape (modes, N, d)."""
    floppy: Integers
    """Labels of the nodes that they move."""


@dataclass(frozen=True)
class Pruner:
    """What is pruned: a model of a network that has learnt a task."""

    trainer: Trainer
    model: str
    task: Callable[[Network], Task]
    """The task on a network with fewer bonds."""
    retrain: Callable[[Network, Floats, int], History] | None = None
    """Trains a network after a removal, from its stiffness (N/m); its third argument is the number of removed bonds."""

    def steps(
        self, network: Network, stiffness: Floats, order: str, generator: np.random.Generator
    ) -> Iterator[Remaining]:
        """Yield the whole network, and what remains after each removal, until no further bond can be removed.

        Args:
            network: the whole network.
            stiffness: k (N/m) that it was trained to, shape (B,).
            order: "least-important", "most-important" or "random"; see :class:`Pruning`.
            generator: random numbers of the order "random".

        Raises:
            ConvergenceError: no sample has an equilibrium, so that the network cannot be trained again.
        """
        left, k, history = network, stiffness, None
        removed: tuple[int, ...] = ()
        while True:
            task = self.task(left)
            yield Remaining(left, k, removed, performance(self.trainer, self.model, task, k, left), history)
            candidates = removable_bonds(left)
            if not candidates.size:
                return
            bond = self._next(left, k, task, order, candidates, generator)
            removed = (*removed, int(kept_bonds(network, removed)[bond]))
            kept = kept_bonds(left, [bond])
            self._release(left)
            left, k = without_bonds(left, [bond]), k[kept]
            if self.retrain is not None:
                history = self.retrain(left, k, len(removed))
                k = history.stiffness

    def mechanism(self, network: Network, last: Remaining) -> Mechanism:
        """Remove the bond that matters least to a network of which all bonds must stay.

        Args:
            network: the whole network.
            last: what remains when no further bond can be removed.

        Raises:
            ConvergenceError: no sample has an equilibrium, so that there is no gradient to judge by.
        """
        # Of bonds that must all stay, the loss without them says nothing; the gradient does
        task, left = self.task(last.network), last.network
        bond = int(np.argmin(sensitivities(self.trainer, self.model, task, last.stiffness, left)))
        self._release(left)
        bonds = np.delete(left.bonds, bond, axis=0)
        modes = rigidity.zero_modes(left.nodes, bonds, left.fixed)
        floppy = left.labels[rigidity.floppy_nodes(left.nodes, bonds, left.fixed)]
        return Mechanism((*last.removed, int(kept_bonds(network, last.removed)[bond])), modes, floppy)

    def _next(
        self,
        network: Network,
        stiffness: Floats,
        task: Task,
        order: str,
        candidates: Integers,
        generator: np.random.Generator,
    ) -> int:
        if order == "random":
            return int(generator.choice(candidates))
        # Infinite, not NaN, where a sample has no equilibrium without a bond: the least important bond is never that
        losses = removals(self.trainer, self.model, task, stiffness, network)["loss"][candidates]
        extreme = losses.min() if order == "least-important" else losses.max()
        # Bonds in series are equally important; rounding, which differs between machines, is not to choose among them
        return int(candidates[np.isclose(losses, extreme, rtol=ALIKE, atol=0.0)][0])

    def _release(self, network: Network) -> None:
        """Release the solvers of a network that has lost bonds; the whole one is pruned again."""
        if network is not self.trainer.network:
            self.trainer.release(network)
