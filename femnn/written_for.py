"""Settings of a file that were written for another network than the one that is run."""

from collections.abc import Iterable, Mapping
from typing import Any

from femnn.errors import FemnnError
from femnn.meshing.specification import load_network
from femnn.network import Network
from femnn.network_identity import same_forces_suit


def suits(named: object, network: Network) -> bool:
    """Return whether forces that suit the network of a file suit another one too.

    Args:
        named: name or path of the network in the file, the same thing as ``network`` where there is none.
        network: the network that is run.
    """
    try:
        return same_forces_suit(load_network(str(named)), network)
    except (FemnnError, OSError):
        # A network that is not there any more is not the one that is run
        return False


def without(values: Mapping[str, Any], keys: Iterable[str], kept: Iterable[str]) -> dict[str, Any]:
    """Return settings without some keys.

    Args:
        values: nested tables.
        keys: what to leave out, with dots between tables.
        kept: keys of the command line, which stay, and with them all that is below or above them.
    """
    result, given = dict(values), [key.strip() for key in kept]
    for key in keys:
        if any(key == one or one.startswith(f"{key}.") or key.startswith(f"{one}.") for one in given):
            continue
        table, _, rest = key.partition(".")
        if not rest:
            result.pop(table, None)
        elif isinstance(result.get(table), Mapping):
            result[table] = without(result[table], [rest], [])
    return result
