"""Which bonds a rule removes. Rules pass over bonds without which the network would be a mechanism."""

import numpy as np
import numpy.typing as npt

from femnn.errors import NetworkError
from femnn.network.damage import bond_between, kept_bonds, removable_bonds, states_of_self_stress, without_bonds
from femnn.network.network import Network
from femnn.training.bond_importance import removals, sensitivities
from femnn.training.task import Task
from femnn.training.trainer import Trainer

from .settings import Damage

type Floats = npt.NDArray[np.float64]


def check(damage: Damage, name: str, network: Network) -> None:
    """See that a network can take a damage.

    Raises:
        NetworkError: a bond does not exist or is given twice, or more bonds are to go than can.
        MechanismError: the bonds that are given leave a mechanism.
    """
    if damage.rule == "given":
        without_bonds(network, given(damage, network))
    elif not network.rigid_joints and (damage.count or 0) > (most := states_of_self_stress(network)):
        raise NetworkError(
            f"{network.name}: damage {name!r} removes {damage.count} bonds, but without more than {most} it is a "
            "mechanism; make count smaller."
        )


def given(damage: Damage, network: Network) -> list[int]:
    """Indices of the bonds that a damage names."""
    return [bond_between(network, p, q) for p, q in damage.bonds]


def removed(
    damage: Damage, trainer: Trainer, model: str, task: Task, stiffness: Floats, network: Network, seed: int
) -> list[int]:
    """Indices of the bonds that a damage removes, in this order.

    Args:
        damage: the damage.
        trainer: the trainer.
        model: name of the model.
        task: what the network has learnt.
        stiffness: k (N/m), shape (B,).
        network: the whole network.
        seed: of the run, for the rule "random".

    Raises:
        NetworkError: no further bond can be removed.
        ConvergenceError: no sample has an equilibrium, so that there is no gradient to judge by.
    """
    if damage.rule == "given":
        return given(damage, network)
    generator = np.random.default_rng([seed, 2])
    gone: list[int] = []
    while len(gone) < (damage.count or 0):
        kept = kept_bonds(network, gone)
        left = without_bonds(network, gone)
        candidates = removable_bonds(left)
        if not candidates.size:
            raise NetworkError(f"{left.name}: no further bond can be removed; make count smaller.")
        if damage.rule == "random":
            next_ = int(generator.choice(candidates))
        else:
            # Infinite, not NaN, where a sample has no equilibrium without a candidate: it is the most important
            values = _importances(damage, trainer, model, task, stiffness[kept], left)
            next_ = int(candidates[np.argmax(values[candidates])])
        gone.append(int(kept[next_]))
    return gone


def _importances(
    damage: Damage, trainer: Trainer, model: str, task: Task, stiffness: Floats, network: Network
) -> Floats:
    if damage.importance == "gradient":
        return sensitivities(trainer, model, task, stiffness, network)
    return removals(trainer, model, task, stiffness, network)["loss"]
