"""What lattices of every kind share: grids, bonds between neighbours, supports and ports."""

from typing import Literal

import numpy as np
import numpy.typing as npt
import scipy

from femnn.errors import NetworkError
from femnn.network.network import Network
from femnn.network.port import Port
from femnn.network.sections import Sections

type Floats = npt.NDArray[np.float64]
type Integers = npt.NDArray[np.int64]
type Booleans = npt.NDArray[np.bool_]

Supports = Literal["top", "bottom", "left", "corners", "boundary"]
"""Nodes that are held: a side, the corners of the uppermost layer, or every outer side."""


def check_sizes(name: str, spacing: float, **sizes: int) -> None:
    """Check counts of cells and a spacing (m).

    Raises:
        NetworkError: a count is below 1, or the spacing is not positive.
    """
    for size, count in sizes.items():
        if count != int(count):
            raise NetworkError(f"{name}: {size} must be a whole number, not {count}.")
        if count < 1:
            raise NetworkError(f"{name}: {size} must be at least 1, not {count}.")
    if not 0 < spacing < np.inf:
        raise NetworkError(f"{name}: the spacing must be above 0, not {spacing:g} m.")


def integer_grid(*counts: int) -> Integers:
    """Integer points of a box, shape (N, d), the first coordinate running fastest."""
    axes = np.meshgrid(*(np.arange(count) for count in reversed(counts)), indexing="ij")
    return np.column_stack([axis.ravel() for axis in reversed(axes)]).astype(np.int64)


def neighbours(nodes: npt.NDArray[np.floating | np.integer], distance: float) -> Integers:
    """All pairs of nodes within the distance, shape (B, 2), sorted."""
    pairs: Integers = (
        scipy.spatial.KDTree(nodes).query_pairs(distance * (1 + 1e-6), output_type="ndarray").astype(np.int64)
    )
    order: Integers = np.lexsort((pairs[:, 1], pairs[:, 0]))
    return pairs[order]


def supported(
    name: str,
    nodes: npt.NDArray[np.floating],
    bonds: Integers,
    grid: Integers,
    supports: Supports,
    section: Sections,
    *,
    rigid_joints: bool = False,
) -> Network:
    """Make the network of a lattice, with two ports.

    Args:
        name: of its kind.
        nodes: coordinates (m), shape (N, d).
        bonds: indices of end nodes, shape (B, 2).
        grid: places of the nodes in layers along each axis, shape (N, d); those that the supports ask for are held.
        supports: the nodes that are held.
        section: what the bonds are made of.
        rigid_joints: the lattice stands by joints that transmit moments.

    Raises:
        NetworkError: the supports hold every node, or are not known.
        MechanismError: nodes can move without stretching a bond, and the joints transmit no moments.
    """
    held = _held(name, grid, supports)
    if held.all():
        raise NetworkError(f"{name}: supports = {supports!r} hold every node; ask for more cells or other supports.")
    down, up = np.zeros((2, nodes.shape[1]))
    down[-1], up[-1] = -1, 1
    load, response = (_port_node(nodes, held, supports, share) for share in (1 / 3, 2 / 3))
    return Network(
        np.asarray(nodes, dtype=np.float64),
        bonds,
        np.repeat(held[:, None], nodes.shape[1], axis=1),
        section,
        inputs={"load": Port(load, tuple(down.tolist()))},
        outputs={"response": Port(response, tuple(up.tolist()))},
        name=name,
        rigid_joints=rigid_joints,
    )


def _held(name: str, grid: Integers, supports: Supports) -> Booleans:
    low, high = grid == grid.min(axis=0), grid == grid.max(axis=0)
    outer = low | high
    held: dict[str, Booleans] = {
        "top": high[:, -1],
        "bottom": low[:, -1],
        "left": low[:, 0],
        "corners": high[:, -1] & outer[:, :-1].all(axis=1),
        "boundary": outer.any(axis=1),
    }
    if supports not in held:
        raise NetworkError(f"{name}: there are no supports {supports!r}; known are {', '.join(held)}.")
    return held[supports]


def _port_node(nodes: npt.NDArray[np.floating], held: Booleans, supports: Supports, share: float) -> int:
    """Label of the free node nearest to the point at this share of the way along the side opposite to the supports."""
    low, high = nodes.min(axis=0), nodes.max(axis=0)
    point = np.full(nodes.shape[1], 0.5)
    point[1 if supports == "left" else 0] = share
    if supports in ("top", "corners"):
        point[-1] = 0
    elif supports == "bottom":
        point[-1] = 1
    elif supports == "left":
        point[0] = 1
    free = np.flatnonzero(~held)
    distances = np.linalg.norm(nodes[free] - (low + point * (high - low)), axis=1)
    # Rounded, so that of equally near nodes the first is taken on every machine
    return int(free[np.argmin(np.round(distances / np.linalg.norm(high - low), 9))]) + 1
