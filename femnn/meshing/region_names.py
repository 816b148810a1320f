"""Groups of a solid mesh by the bonds and nodes that they are named for, as programs can write these names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from urllib.parse import unquote

import numpy as np
import numpy.typing as npt

from femnn.errors import MeshError
from femnn.network.network import Network

type Integers = npt.NDArray[np.int64]

LOOSE = re.compile(r"(bond|node)s?[\s_:-]*(\d+)(?:[\s_,:-]+(\d+))?")
MOST = 6
"""Names that a message shows of each kind."""
MOST_SHOWN = 300
"""Letters that it shows of all names."""
LONGEST = 30
"""Letters that it shows of a name."""


def region_names(network: Network) -> list[str]:
    """Return the names of all regions: of the bonds, then of the nodes."""
    bonds = [f"bond {network.bond_name(bond)}" for bond in range(len(network.bonds))]
    return bonds + [f"node {label}" for label in network.labels]


def members(
    network: Network, groups: Mapping[str, Integers], others: Mapping[str, Iterable[str]], cells: str, where: str
) -> list[Integers]:
    """Return the rows of the cells in each region, in the order of :func:`region_names`.

    A name counts whatever dash, order of nodes, case and spaces it is written with: "bond 1–2", "BOND_2_1", "node1".

    Args:
        network: whose bonds and nodes the groups are named for.
        groups: rows of the cells in each group.
        others: names of groups that hold no cells of the solid, by what they hold; for the message.
        cells: what the solid's cells are called.
        where: what the solid is, for the message.

    Raises:
        MeshError: a region has no group or no cell; the message says which groups there are.
    """
    # Signs of labels would be taken for dashes
    loosely = bool(network.labels.min() >= 0)
    found: dict[str, list[Integers]] = {}
    for name, members_of in groups.items():
        found.setdefault(_key(name, loosely), []).append(members_of)
    parts: list[Integers] = []
    for name in region_names(network):
        rows = found.get(_key(name, loosely))
        if rows is None or not sum(map(len, rows)):
            problem = "there is no group" if rows is None else "no cell is in group"
            of = [f"of {cells} are: {_shown(groups)}", *(f"of {kind}: {_shown(own)}" for kind, own in others.items())]
            known = ", ".join(of)
            known = known if len(known) <= MOST_SHOWN else f"{known[:MOST_SHOWN]}…"
            raise MeshError(f"{network.name}: {where} cannot be used: {problem} {name!r}; groups {known}.")
        parts.append(np.unique(np.concatenate(rows)))
    return parts


def _key(name: str, loosely: bool) -> str:
    """What names of one region have in common."""
    plain = unquote(name).replace("–", "-").replace("−", "-").strip()
    match = LOOSE.fullmatch(plain.lower()) if loosely else None
    if match is None or (match[1] == "bond") != (match[3] is not None):
        kind, _, ends = plain.partition(" ")
        ordered = re.fullmatch(r"(-?\d+)-(-?\d+)", ends) if kind == "bond" else None
        return f"bond {sorted(map(int, ordered.groups()))}" if ordered else plain
    if match[1] == "node":
        return f"node {int(match[2])}"
    return f"bond {sorted([int(match[2]), int(match[3])])}"


def _shown(names: Iterable[str]) -> str:
    every = [repr(name if len(name) <= LONGEST else f"{name[:LONGEST]}…") for name in names]
    return (", ".join(every[:MOST]) + (f" and {len(every) - MOST} more" if len(every) > MOST else "")) or "none"
