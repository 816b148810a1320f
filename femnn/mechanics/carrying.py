"""Which models carry a network: springs and bars need one that stands without moments, plane solids a planar one."""

from collections.abc import Mapping, Sequence

from femnn.errors import ConfigError, MechanismError
from femnn.mechanics.model import Model
from femnn.network.network import Network


def carriers(models: Mapping[str, Model], network: Network) -> list[str]:
    """Return the names of the models that carry a network, in the order of the models."""
    # The search for mechanisms is the same for all models, and the only costly part
    pinned = all_stand(models, network)
    return [
        name
        for name, model in models.items()
        if (pinned or model.transmits_moments) and not (model.planar and network.dimension == 3)
    ]


def all_stand(models: Mapping[str, Model], network: Network) -> bool:
    """Return whether the network stands as bars on pins; not looked into where its joints need not be rigid."""
    if not network.rigid_joints or all(model.transmits_moments for model in models.values()):
        return True
    try:
        network.require_rigid()
    except MechanismError:
        return False
    return True


def require_carried(names: Sequence[str], models: Mapping[str, Model], network: Network) -> None:
    """Refuse models that do not carry a network.

    Args:
        names: of the models that are wanted.
        models: all models by name.
        network: the network.

    Raises:
        MechanismError: a model has joints that transmit no moments, and the network stands by such joints alone; the
            message names the nodes that move and the models that carry it.
        ConfigError: a model is planar, and the network is in space.
    """
    good = carriers(models, network)
    bad = next((name for name in names if name not in good), None)
    if bad is None:
        return
    others = ", ".join(good)
    if models[bad].planar and network.dimension == 3:
        raise ConfigError(f"{network.name}: model {bad!r} is for networks in the plane, and it is 3D; take {others}.")
    try:
        network.require_rigid()
    except MechanismError as error:
        moving = str(error).removeprefix(f"{network.name}: ").partition(";")[0]
        raise MechanismError(
            f"{network.name}: model {bad!r} transmits no moments, and without them it is {moving}; take models that "
            f"carry it: {others}.",
            error.nodes,
        ) from error
