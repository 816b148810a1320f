"""Labels of nodes in sentences."""

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

MOST = 8
"""How many things a sentence names one by one."""


def listed(things: Iterable[object]) -> str:
    """Name things: "1, 2 and 3", and of many the first ones and how many more there are."""
    names = [str(thing) for thing in things]
    if len(names) > MOST:
        names = [*names[:MOST], f"{len(names) - MOST} more"]
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))


def listed_nodes(labels: Iterable[object]) -> str:
    """Name nodes by their labels: "node 1", "nodes 1 and 2"."""
    names = list(labels)
    return f"node{'s' if len(names) > 1 else ''} {listed(names)}"


def spanned(labels: npt.NDArray[np.int64]) -> str:
    """Say which labels there are: "1 to 5", "2 to 12, with gaps"."""
    low, high = int(labels.min()), int(labels.max())
    return f"{low} to {high}" + (", with gaps" if high - low >= len(np.unique(labels)) else "")


def origin(labels: npt.NDArray[np.int64], where: str) -> tuple[str, ...]:
    """Say where labels are from, unless they are 1 to their number.

    Args:
        labels: of all nodes.
        where: what they are, as in "the file's tags".
    """
    if np.array_equal(np.sort(labels), np.arange(1, len(labels) + 1)):
        return ()
    return (f"labels are {where}, {spanned(labels)}",)
