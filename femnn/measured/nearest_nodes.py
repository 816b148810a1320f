"""Which particle is which node: by where they are at rest, with proof that there is but one way."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.spatial import KDTree

from femnn.errors import ConfigError
from femnn.measured.rigid import fitted
from femnn.network.network import Network

type Floats = npt.NDArray[np.float64]
type Integers = npt.NDArray[np.int64]

STEP = np.deg2rad(15)
"""Between the angles from which a fit begins."""
ITERATIONS = 30
WITHIN = 0.25
"""How far a particle may be from its node, as a share of the shortest distance of two nodes."""
FARTHER = 5.0
"""How many times as far from its nodes, in the mean, another match must leave the particles to be ruled out."""
UPRIGHT = np.cos(np.deg2rad(30))
"""Share of the image's x that points along that of the network where a view is upright."""


@dataclass(frozen=True)
class _Match:
    nodes: Integers
    """Of the particles, shape (N,)."""
    distance: float
    """Root mean square distance of the particles from their nodes (m)."""


def matched(points: Floats, particles: Sequence[str], network: Network, view: str, where: str) -> Integers:
    """Return the node of every particle, as an index, shape (N,).

    Args:
        points: positions of the particles at rest, in any unit, shape (N, 2).
        particles: their names.
        network: what was tracked, in a plane.
        view: "nearest" for any view; "nearest:y-up" or "nearest:y-down" for an upright one.
        where: file, state and repeat, for messages.

    Raises:
        ConfigError: there are more particles or fewer than nodes, two belong to one node, they do not fit, or fit in
            several ways.
    """
    if network.dimension != 2:
        raise ConfigError(f"{where}: nodes in space are not found by where they are; give them as in --nodes 3=7.")
    count = len(network.nodes)
    if len(points) != count:
        raise ConfigError(
            f"{where}: there are {len(points)} particles and {network.name} has {count} nodes; leave out those that "
            "are none, and track those that are missing, or give them as in --nodes 3=7."
        )
    centred, size = _normal(points)
    if not size > 0:
        raise ConfigError(f"{where}: all particles are at one place.")
    home, scale = _normal(network.nodes)
    tree = KDTree(home)
    allowed = WITHIN * float(tree.query(home, k=2)[0][:, 1].min())
    found: dict[bytes, _Match] = {}
    twice = ""
    fewest = count + 1
    for sign in (1.0, -1.0):
        seen = centred * [1.0, sign]
        for angle in np.arange(0, 2 * np.pi, STEP):
            c, s = np.cos(angle), np.sin(angle)
            nodes, placed = _iterated(seen @ np.array([[c, s], [-s, c]]), centred, home, tree)
            distance = np.linalg.norm(placed - home[nodes], axis=1)
            crowded = np.flatnonzero(np.bincount(nodes, minlength=count) > 1)
            if not _upright(centred, home[nodes], view):
                continue
            if crowded.size:
                lost = int((np.bincount(nodes, minlength=count) == 0).sum())
                if lost < fewest:
                    pair = np.flatnonzero(nodes == crowded[0])[:2]
                    twice = f"; particles {particles[pair[0]]} and {particles[pair[1]]} are both nearest to node "
                    twice += str(network.labels[crowded[0]])
                    fewest = lost
            elif (distance <= allowed).all():
                found.setdefault(nodes.tobytes(), _Match(nodes, float(np.sqrt((distance**2).mean()))))
    return _only(list(found.values()), scale, where, network, view, twice if fewest <= max(1, count // 4) else "")


def _only(found: list[_Match], scale: float, where: str, network: Network, view: str, twice: str) -> Integers:
    if not found:
        raise ConfigError(
            f"{where}: the particles do not lie as the nodes of {network.name} do{twice}; track them again, or "
            "give them as in --nodes 3=7."
        )
    best = min(found, key=lambda match: match.distance)
    # Two that fit to rounding are alike, however their remainders compare
    others = [match for match in found if match.distance <= FARTHER * max(best.distance, 1e-6)]
    if len(others) > 1:
        say = "" if view != "nearest" else " say nearest:y-down or nearest:y-up if the view is upright, or"
        raise ConfigError(
            f"{where}: the particles lie as the nodes of {network.name} do in {len(others)} ways, as a turned or "
            f"mirrored view shows them;{say} give them as in --nodes 3=7."
        )
    return best.nodes


def _normal(points: Floats) -> tuple[Floats, float]:
    """Points about their centre with a root mean square distance of 1 from it, and that distance."""
    centred = points - points.mean(axis=0)
    size = float(np.sqrt((centred**2).sum(axis=1).mean()))
    return centred / size if size > 0 else centred, size


def _iterated(placed: Floats, points: Floats, home: Floats, tree: KDTree) -> tuple[Integers, Floats]:
    """Nearest nodes and the fit to them in turn, until they stay."""
    nodes = np.full(len(points), -1)
    for _ in range(ITERATIONS):
        nearest = np.asarray(tree.query(placed)[1], dtype=np.int64)
        if (nearest == nodes).all():
            break
        nodes = nearest
        placed = fitted(points, home[nodes], scaled=True)(points)
    return nodes, placed


def _upright(points: Floats, targets: Floats, view: str) -> bool:
    """Whether a match is one that the view allows."""
    if view == "nearest":
        return True
    rotation = fitted(points, targets, scaled=True).rotation
    down = view.endswith("down")
    return bool(rotation[0, 0] > UPRIGHT and rotation[1, 1] * (-1 if down else 1) > 0)
