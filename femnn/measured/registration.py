"""From the camera's frame into the network's: unit, rigid motion, and nodes that are not where they belong."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import cdist

from femnn.errors import ConfigError
from femnn.measured.rigid import Motion, consensus
from femnn.network import Network
from femnn.quantities import parse_unit

type Floats = npt.NDArray[np.float64]

PIXELS = "px"
"""The unit whose scale is not known and is fitted."""
NAMED = {"m": 1.0, "mm": 1e-3, "µm": 1e-6, "km": 1e3}
"""Units that a note calls by name, in metres."""
TOLERANCE = 0.2
"""How far a node may be from its place at rest, as a share of the shortest bond."""
SIZE_RANGE = (0.8, 1.25)
"""Size of the tracked lattice over that of the network which still passes for a lattice that was made to it."""
MIRRORED = "the camera's frame is a mirror image of the network's, as where y points down: turned round"
"""Note on a frame that is left-handed."""


@dataclass(frozen=True)
class Registration:
    """How positions of a file become positions in the network's frame (m)."""

    motion: Motion
    residual: float
    """Root mean square distance of the nodes at rest from where the network has them (m)."""
    notes: tuple[str, ...] = ()
    """What was found and corrected."""


def unit_factor(rest: Floats, network: Network, unit: str) -> tuple[float, tuple[str, ...]]:
    """Metres of one unit of the file, and a note where that is not the unit that was named.

    A lattice that is a thousand times too large or too small is taken for one in another unit.

    Args:
        rest: positions at rest in the unit of the file, shape (N, d).
        network: what was tracked.
        unit: "m", "mm" and the like, or "px".

    Raises:
        ConfigError: the unit is no length, or the lattice is of another size than the network.
    """
    size, wanted = (float(np.sqrt(((p - p.mean(axis=0)) ** 2).sum(axis=1).mean())) for p in (rest, network.nodes))
    if not size > 0:
        raise ConfigError(f"{network.name}: all tracked nodes are at one place; these are no positions of a lattice.")
    if unit == PIXELS:
        return wanted / size, ()
    try:
        factor = parse_unit(unit, "m")
    except ValueError as error:
        raise ConfigError(
            f"There is no unit {unit!r} of length; give m, mm, µm, in, or px to have it fitted."
        ) from error
    ratio = factor * size / wanted
    thousands = round(np.log10(ratio) / 3)
    corrected = ratio / 1000.0**thousands
    if not SIZE_RANGE[0] <= corrected <= SIZE_RANGE[1]:
        raise ConfigError(
            f"{network.name}: the tracked lattice is {ratio:.3g} times as large as the network; "
            "give the right unit, px to have the scale fitted, or the network that was tracked."
        )
    if not thousands:
        return factor, ()
    factor /= 1000.0**thousands
    name = next((name for name, size in NAMED.items() if np.isclose(size, factor)), f"{factor:g} m")
    return factor, (
        f"read in {unit} the tracked lattice is {ratio:.4g} times as large as the network: "
        f"its positions are taken to be in {name}",
    )


def registered(
    rest: Floats, network: Network, factor: float, scaled: bool, where: str, tolerance: float = TOLERANCE
) -> Registration:
    """The motion that takes the nodes at rest to where the network has them.

    Args:
        rest: positions at rest in the unit of the file, shape (N, d).
        network: what was tracked.
        factor: metres of one unit.
        scaled: whether the scale is fitted, and ``factor`` only where it begins.
        where: file, state and repeat, for messages.
        tolerance: how far a node may be from its place, as a share of the shortest bond.

    Raises:
        ConfigError: nodes look swapped, one is astray, or most are: another network.
    """
    allowed = tolerance * float(network.lengths.min())
    motion, agreed = consensus(factor * rest, network.nodes, allowed, scaled)
    placed = motion(factor * rest)
    distance = np.linalg.norm(placed - network.nodes, axis=1)
    if not agreed.all():
        require_in_place(placed, network.nodes, network, where, allowed)
        worst = int(np.argmax(distance))
        if agreed.sum() <= len(agreed) / 2:
            raise ConfigError(
                f"{where}: only {agreed.sum()} of {len(agreed)} nodes at rest are where {network.name} has them; "
                "these are data of another network."
            )
        raise ConfigError(
            f"{where}: node {network.labels[worst]} at rest is {1e3 * distance[worst]:.3g} mm from where "
            f"{network.name} has it, {1e3 * allowed:.3g} mm are allowed; track it anew or leave the repeat out."
        )
    notes = (MIRRORED,) if motion.mirrored else ()
    whole = Motion(motion.rotation, motion.translation, motion.scale * factor)
    return Registration(whole, float(np.sqrt((distance**2).mean())), notes)


def require_in_place(placed: Floats, home: Floats, network: Network, where: str, allowed: float = np.inf) -> None:
    """Raise ConfigError if some nodes lie better with their labels exchanged.

    No translation, and no deformation without folds, brings nodes so near to each other's places that an exchange
    lowers the sum of their squared moves; that it must halve it leaves room for one node that the camera lost.

    Args:
        placed: positions in the network's frame (m), shape (N, d).
        home: where they were before (m), shape (N, d).
        network: what was tracked.
        where: file, state and repeat, for messages.
        allowed: distance from home beyond which an exchange explains nothing (m).
    """
    costs = cdist(placed, home, "sqeuclidean")
    _, homes = linear_sum_assignment(costs)
    moved = np.flatnonzero(homes != np.arange(len(homes)))
    if not moved.size or moved.size > len(homes) / 2:
        return
    exchanged = costs[moved, homes[moved]]
    if exchanged.sum() > 0.5 * costs[moved, moved].sum() or (exchanged > allowed**2).any():
        return
    cycle = [int(moved[0])]
    while homes[cycle[-1]] != cycle[0]:
        cycle.append(int(homes[cycle[-1]]))
    *names, last = (str(network.labels[node]) for node in cycle)
    raise ConfigError(f"{where}: nodes {', '.join(names)} and {last} look swapped; exchange their labels.")
