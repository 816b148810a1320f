"""From the camera's frame into the network's: unit, rigid motion, and nodes that are not where they belong."""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import cdist

from femnn.config.quantities import parse_unit
from femnn.errors import ConfigError
from femnn.measured.affine import Affine, Image, seen
from femnn.measured.camera_checks import Allowed, direction_name, require_fit, require_similar, require_size
from femnn.measured.rigid import Motion, consensus, fitted
from femnn.network.network import Network

type Floats = npt.NDArray[np.float64]

PIXELS = "px"
"""The unit whose scale is not known and is fitted."""
NAMED = {"m": 1.0, "mm": 1e-3, "µm": 1e-6, "km": 1e3}
"""Units that a note calls by name, in metres."""
TOLERANCE = 0.2
"""How far a node may be from its place at rest, as a share of the shortest bond."""
SIZE_RANGE = (0.8, 1.25)
"""Size of the tracked lattice over that of the network which still passes for a lattice that was made to it."""
MOST_STRETCH = 1.0
"""Stretch from which on nodes are not those of the network, seen by a camera, but of another one."""
NEGLIGIBLE = 1e-6
"""Standard error of a share that is not worth stating."""
MIRRORED = "the camera's frame is a mirror image of the network's, as where y points down: reversed"
"""Note on a frame that is left-handed."""


@dataclass(frozen=True)
class Registration:
    """How positions of a file become positions in the network's frame (m)."""

    motion: Motion | Affine
    image: Image
    """How the camera maps the network, to first order, with positions in metres by the factor of the unit."""
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


@dataclass(frozen=True)
class Camera:
    """What is known of a camera before a rest state is looked at."""

    unit: str
    """Of the positions, as it is named by the user."""
    factor: float
    """Metres of one unit; that from which the fit begins where the scale is fitted."""
    scaled: bool = False
    """Whether the scale is fitted."""
    anisotropic: bool = False
    """Whether a scale for each direction is fitted, and shear."""
    tolerance: float = TOLERANCE
    """How far a node may be from its place at rest, as a share of the shortest bond."""
    allowed: Allowed = field(default_factory=Allowed)

    def described(self, image: Image) -> str:
        """The scales of an image in words, with how far they differ from each other."""
        name, factor = ("px/mm", 1e-3 / self.factor) if self.unit == PIXELS else ("times as large as the network", 1.0)
        largest, smallest = (f"{factor * image.scales[i]:#.5g}" for i in (0, -1))
        if self.anisotropic:
            along, across = (direction_name(image.axes[i]) for i in (0, -1))
            return f"{largest} {name} along {along} and {smallest} along {across}, fitted"
        error = f" ± {100 * image.stretch_error:.1g}" if image.stretch_error > NEGLIGIBLE else ""
        between = f"; two directions differ by {100 * image.stretch:.2f}{error} %" if len(image.scales) > 1 else ""
        return f"{factor * image.size:#.5g} {name}{', fitted' if self.scaled else ''}{between}"


def registered(rest: Floats, network: Network, camera: Camera, where: str) -> Registration:
    """The map that takes the nodes at rest to where the network has them.

    Args:
        rest: positions at rest in the unit of the file, shape (N, d).
        network: what was tracked.
        camera: what is known of it.
        where: file, state and repeat, for messages.

    Raises:
        ConfigError: nodes look swapped, one is astray, or most are: another network; the image is stretched in one
            direction; it is too large or too small; the rest state does not fit the network.
    """
    points, allowed = camera.factor * rest, camera.tolerance * float(network.lengths.min())
    image = seen(points, network.nodes)
    if image is None:
        raise ConfigError(f"{where}: the nodes at rest lie on a line or in a plane, those of {network.name} do not.")
    through = image.inverse(points)
    motion, agreed = consensus(points, network.nodes, allowed, camera.scaled)
    explained = bool((np.linalg.norm(through - network.nodes, axis=1) <= allowed).all())
    spare = len(points) > len(image.scales) + 1
    if camera.anisotropic and not spare:
        raise ConfigError(
            f"{where}: any {len(points)} nodes fit {network.name} if a scale is fitted for each direction; calibrate "
            "the camera instead."
        )
    if not agreed.all():
        if not (explained and spare and image.stretch < MOST_STRETCH):
            placed = through if camera.anisotropic else motion(points)
            require_in_place(placed, network.nodes, network, where, allowed)
            _refuse_astray(np.linalg.norm(placed - network.nodes, axis=1), network, allowed, where)
        # Nothing is astray: it is the camera's scales that differ, as judged below
        motion = fitted(points, network.nodes, camera.scaled)
    if not camera.anisotropic:
        _require_camera(image, camera, where)
    # What a stretch explains is judged as a stretch
    require_fit(through if spare else motion(points), network, camera.allowed, where)
    found: Motion | Affine = image.inverse if camera.anisotropic else motion
    notes = [MIRRORED] if found.mirrored else []
    if len(image.scales) < network.dimension:
        notes.append(
            f"all nodes of {network.name} lie in a plane or on a line: both frames are taken to be right-handed"
        )
    distance = np.linalg.norm(found(points) - network.nodes, axis=1)
    residual = float(np.sqrt((distance**2).mean()))
    return Registration(_of_file(found, camera.factor), image, residual, tuple(notes))


def _of_file(motion: Motion | Affine, factor: float) -> Motion | Affine:
    """A map of positions in metres as one of positions in the unit of the file."""
    if isinstance(motion, Affine):
        return Affine(factor * motion.matrix, motion.translation)
    return Motion(motion.rotation, motion.translation, motion.scale * factor)


def _require_camera(image: Image, camera: Camera, where: str) -> None:
    pixels = camera.unit == PIXELS
    text, factor = (" px/mm", 1e-3 / camera.factor) if pixels else (" of the network's", 1.0)
    require_similar(image, camera.allowed, where, text, factor)
    if not camera.scaled:
        require_size(image, camera.allowed, where, camera.unit)


def _refuse_astray(distance: Floats, network: Network, allowed: float, where: str) -> None:
    agreed = int((distance <= allowed).sum())
    if agreed <= len(distance) / 2:
        raise ConfigError(
            f"{where}: only {agreed} of {len(distance)} nodes at rest are where {network.name} has them; "
            "these are data of another network."
        )
    worst = int(np.argmax(distance))
    raise ConfigError(
        f"{where}: node {network.labels[worst]} at rest is {1e3 * distance[worst]:.3g} mm from where "
        f"{network.name} has it, {1e3 * allowed:.3g} mm are allowed; track it again or leave the repeat out."
    )


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
