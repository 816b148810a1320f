"""Damage as settings describe it: bonds that are named, or rules that choose bonds which the network can lose."""

from collections.abc import Sequence
from typing import ClassVar, Literal, Self

import numpy as np
import numpy.typing as npt
from pydantic import Field, model_validator

from femnn.config.limits_of_input import MOST
from femnn.errors import NetworkError
from femnn.insitu.belonging import NamesNodes
from femnn.insitu.fitting import Fitting
from femnn.mechanics.models import SPRINGS
from femnn.network.damage import bond_between, kept_bonds, removable_bonds, states_of_self_stress, without_bonds
from femnn.network.network import Network
from femnn.training.bond_importance import removals, require_removals, sensitivities
from femnn.training.task import Task
from femnn.training.trainer import Trainer

type Floats = npt.NDArray[np.float64]


class DamageRule(NamesNodes):
    """Which bonds are removed from a trained network. Rules never leave a mechanism."""

    naming: ClassVar[tuple[str, ...]] = ("bonds",)

    rule: Literal["given", "random", "most-important"]
    bonds: tuple[tuple[int, int], ...] = ()
    """For the rule "given": the bonds, each by the labels of its nodes."""
    count: int | None = Field(default=None, ge=1, le=MOST)
    """For the other rules: how many bonds."""
    importance: Literal["removal", "gradient"] = "removal"
    """For "most-important": by the rise of the loss without the bond, or by |k dL/dk|."""

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if (self.rule == "given") != bool(self.bonds) or (self.rule == "given") == (self.count is not None):
            raise ValueError('rule "given" needs bonds and no count; the other rules need a count and no bonds')
        return self

    @property
    def by_removal(self) -> bool:
        """Whether bonds are chosen by what the removal of each costs."""
        return self.rule == "most-important" and self.importance == "removal"

    def fits(self, fitting: Fitting, name: str) -> bool:
        """Return whether the bonds are of the run's network, and springs or bars carry it where the rule needs these.

        What does not fit is noted as left out.

        Args:
            fitting: the network of the run.
            name: of the damage.

        Raises:
            MechanismError: springs do not carry a network that was asked for.
        """
        path = f"damage.{name}"
        if self.bonds and not fitting.belongs(self, path):
            fitting.note(f"{fitting.strange(f'damage {name!r}', self, path)}: it is left out.")
            return False
        if self.by_removal and not fitting.carries(SPRINGS):
            fitting.require([SPRINGS], "damages")
            fitting.note(f"damage {name!r}: left out; its rule needs springs or bars, which cannot carry the network.")
            return False
        return True

    def check(self, name: str, network: Network, models: Sequence[str]) -> None:
        """Check that a network can take the damage, and that models can follow the rule.

        Args:
            name: of the damage.
            network: the whole network.
            models: names of the models.

        Raises:
            ConfigError: a model does not show what a bond's removal costs, and the rule asks for it.
            NetworkError: a bond does not exist or is given twice, or more bonds are to be removed than can be.
            MechanismError: without the given bonds the network is a mechanism.
        """
        for model in models if self.by_removal else ():
            require_removals(model)
        if self.rule == "given":
            without_bonds(network, self.given(network))
        elif not network.rigid_joints and (self.count or 0) > (most := states_of_self_stress(network)):
            raise NetworkError(
                f"{network.name}: damage {name!r} removes {self.count} bonds, but without more than {most} it is a "
                "mechanism; make count smaller."
            )

    def given(self, network: Network) -> list[int]:
        """Return the indices of the bonds that are named.

        Raises:
            NetworkError: there is no such bond.
        """
        return [bond_between(network, p, q) for p, q in self.bonds]

    def removed(
        self,
        trainer: Trainer,
        model: str,
        task: Task,
        stiffness: Floats,
        network: Network,
        generator: np.random.Generator,
    ) -> list[int]:
        """Return the indices of the bonds that are removed, in this order.

        Args:
            trainer: the trainer.
            model: name of the model.
            task: what the network has learnt.
            stiffness: k (N/m), shape (B,).
            network: the whole network.
            generator: random numbers of the rule "random".

        Raises:
            NetworkError: no further bond can be removed.
            ConvergenceError: no sample has an equilibrium, so that there is no gradient to judge by.
        """
        if self.rule == "given":
            return self.given(network)
        gone: list[int] = []
        while len(gone) < (self.count or 0):
            kept, left = kept_bonds(network, gone), without_bonds(network, gone)
            candidates = removable_bonds(left)
            if not candidates.size:
                raise NetworkError(f"{left.name}: no further bond can be removed; make count smaller.")
            if self.rule == "random":
                bond = int(generator.choice(candidates))
            else:
                # Infinite, not NaN, where a sample has no equilibrium without a candidate: it is the most important
                values = self._importances(trainer, model, task, stiffness[kept], left)
                bond = int(candidates[np.argmax(values[candidates])])
            gone.append(int(kept[bond]))
        return gone

    def _importances(self, trainer: Trainer, model: str, task: Task, stiffness: Floats, network: Network) -> Floats:
        if self.importance == "gradient":
            return sensitivities(trainer, model, task, stiffness, network)
        return removals(trainer, model, task, stiffness, network)["loss"]
