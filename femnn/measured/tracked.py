"""Tracked node positions of any lattice: displacements, elongations, and the gradient that they measure."""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from femnn.config.settings import nearest
from femnn.errors import ConfigError
from femnn.measured.camera_checks import ANISOTROPIC, FITS, ZOOM, Allowed
from femnn.measured.measured_gradient import MeasuredGradient
from femnn.measured.positions import REST, read_positions
from femnn.measured.registration import (
    PIXELS,
    TOLERANCE,
    Camera,
    Registration,
    registered,
    require_in_place,
    unit_factor,
)
from femnn.measured.rigid import fitted
from femnn.measured.tracker_columns import TrackerColumns
from femnn.measured.zoom import Zoom, require_same_zoom, without_zoom, zoom_between
from femnn.network.network import Network

type Floats = npt.NDArray[np.float64]

RESIZED = 10.0
"""Size of the loaded lattice over that at rest, or the other way round, that no load explains."""
STEADY = 0.05
"""Move of a support, as a share of the largest displacement of its state, from which on the frame was not steady."""


@dataclass(frozen=True)
class Tracked:
    """A lattice as a camera has seen it, in the network's frame and in metres."""

    network: Network
    repeats: dict[str, tuple[str, ...]]
    """Names of the repeats of every state but that at rest."""
    rest: dict[str, Floats]
    """Positions at rest that each repeat of each state is compared with (m), by state, shape (repeats, N, d)."""
    displacements: dict[str, Floats]
    """Displacements from rest (m), by state, shape (repeats, N, d)."""
    residual: float
    """Root mean square distance of the nodes at rest from where the network has them (m)."""
    scale: float
    """Metres of one unit of the file."""
    camera: str
    """What the camera's scales are at rest, in words."""
    zooms: dict[str, tuple[float, float]]
    """By how much supports are farther apart than at rest, as a share, mean over the repeats and its standard error, by
    state; none where supports do not tell."""
    notes: tuple[str, ...]
    """What was found and corrected, a line each."""

    def displacement(self, state: str) -> tuple[Floats, Floats]:
        """Mean and standard deviation of the displacements (m), each of shape (N, d)."""
        return _mean_and_deviation(self.displacements[self._known(state)])

    def elongations(self, state: str) -> Floats:
        """Change of the distance of every bond's nodes from that at rest (m), shape (repeats, B)."""
        rest = self.rest[self._known(state)]
        return self._distances(rest + self.displacements[state]) - self._distances(rest)

    def elongation(self, state: str) -> tuple[Floats, Floats]:
        """Mean and standard deviation of the elongations (m), each of shape (B,)."""
        return _mean_and_deviation(self.elongations(state))

    def gradient(self, forward: str = "forward", adjoint: str = "adjoint", case: str = "tracked") -> MeasuredGradient:
        """Product of the elongations under the data's load and under the adjoint force (Li & Mao 2024), by repeat.

        Raises:
            ConfigError: one of the states was not tracked, or not in the same repeats.
        """
        if self.repeats[self._known(forward)] != self.repeats[self._known(adjoint)]:
            one, other = (", ".join(self.repeats[state]) for state in (forward, adjoint))
            raise ConfigError(
                f"State {forward!r} was tracked in the repeats {one}, state {adjoint!r} in {other}; "
                "a gradient needs both states in every repeat."
            )
        trials = self.elongations(forward) * self.elongations(adjoint)
        value, deviation = _mean_and_deviation(trials)
        return MeasuredGradient(case, value, deviation, np.full(len(value), np.nan), trials, len(trials))

    def _distances(self, positions: Floats) -> Floats:
        p, q = self.network.bonds.T
        return np.linalg.norm(positions[:, q] - positions[:, p], axis=2)

    def _known(self, state: str) -> str:
        if state not in self.displacements:
            raise ConfigError(
                f"State {state!r} was not tracked; states under load are: {', '.join(self.displacements) or 'none'}."
            )
        return state


def read_tracked(
    path: Path,
    network: Network,
    unit: str | None = None,
    *,
    fit_scale: bool = False,
    hold_supports: bool = False,
    tolerance: float = TOLERANCE,
    fit: Collection[str] = (),
    allowed: Allowed | None = None,
    columns: TrackerColumns | None = None,
) -> Tracked:
    """Read tracked positions, find the camera's frame from the rest state, and check the nodes.

    Args:
        path: CSV file with the columns node, x, y (z in space), and state and repeat where there are several. Every
            repeat is compared with its own rest state, or with the only one there is.
        network: what was tracked.
        unit: of the positions; "px" has the scale fitted. What the file states, or else metres, where None.
        fit_scale: whether the scale is fitted for other units too, as for a camera that was not calibrated.
        hold_supports: whether the rigid motion of the supports from rest is taken out of every state, as for a camera
            or a frame that was not steady; this adds the supports' own errors of tracking to all nodes.
        tolerance: how far a node may be from its place at rest, as a share of the shortest bond.
        fit: "anisotropic" for a scale in each direction, from the rest state, as of pixels that are not square; "zoom"
            for the scale of every state, from its supports.
        allowed: what else may differ from the network, and by how much.
        columns: which columns, frames and particles are which, where the file is a tracker's own.

    Raises:
        ConfigError: the file cannot be used, or is not of this network; the message names node, state and repeat. The
            rest state does not fit the network, the camera's scales differ by direction, or its zoom changes.
    """
    for name in fit:
        if name not in FITS:
            raise ConfigError(f"Nothing called {name!r} is fitted; {nearest(name, FITS)}")
    judged = _Judged(network, hold_supports, ZOOM in fit, allowed or Allowed())
    positions_of = read_positions(path, network, columns)
    states = positions_of.states
    rests = states.pop(REST)
    unit = _one_unit(path, unit, positions_of.unit)
    factor, notes = unit_factor(next(iter(rests.values())), network, unit)
    camera = Camera(unit, factor, fit_scale or unit == PIXELS, ANISOTROPIC in fit, tolerance, judged.allowed)
    frames = {repeat: registered(rest, network, camera, _where(path, REST, repeat)) for repeat, rest in rests.items()}
    found = [*positions_of.notes, *notes] + [note for frame in frames.values() for note in frame.notes]
    noise = _noise([frame.motion(rests[repeat]) for repeat, frame in frames.items()], list(frames.values()))
    rest_of: dict[str, Floats] = {}
    displacements: dict[str, Floats] = {}
    zooms: dict[str, tuple[float, float]] = {}
    for state, repeats in states.items():
        homes, moves, changes = [], [], []
        for repeat, positions in repeats.items():
            where = _where(path, state, repeat)
            own = _own_rest(rests, repeat, where)
            home, placed = frames[own].motion(rests[own]), frames[own].motion(positions)
            moved, zoom, note = judged.settled(placed, home, noise, where)
            found += note
            changes += [zoom] if zoom is not None else []
            homes.append(home)
            moves.append(moved)
        rest_of[state], displacements[state] = np.array(homes), np.array(moves)
        if changes:
            error = float(np.linalg.norm([zoom.error for zoom in changes])) / len(changes)
            zooms[state] = float(np.mean([zoom.change for zoom in changes])), error
    if states and not judged.sees_zoom:
        found.append(
            f"fewer than two nodes of {network.name} are held in all directions: whether the camera's zoom changed "
            "between the states cannot be told"
        )
    repeats_of = {state: tuple(repeats) for state, repeats in states.items()}
    residual, scale = _means(list(frames.values()))
    seen = camera.described(next(iter(frames.values())).image)
    return Tracked(
        network, repeats_of, rest_of, displacements, residual, scale, seen, zooms, tuple(dict.fromkeys(found))
    )


def _one_unit(path: Path, given: str | None, stated: str) -> str:
    """The unit of a file: what is given, which must be what the file states, if it states any."""
    if given and stated and given != stated:
        raise ConfigError(f"{path}: its positions are in {stated}, as it says, and not in {given}; leave the unit out.")
    return stated or ("m" if given is None else given)


def _where(path: Path, state: str, repeat: str) -> str:
    return f"{path.name}, state {state!r}, repeat {repeat}"


def _own_rest(rests: dict[str, Floats], repeat: str, where: str) -> str:
    """The repeat of the rest state that belongs to a repeat."""
    if len(rests) > 1 and repeat not in rests:
        raise ConfigError(
            f"{where}: there is no rest state of this repeat, only of {', '.join(rests)}; give it, or one for all."
        )
    return repeat if repeat in rests else next(iter(rests))


@dataclass(frozen=True)
class _Judged:
    """How states under load are looked at."""

    network: Network
    hold_supports: bool
    fit_zoom: bool
    allowed: Allowed

    @property
    def held(self) -> npt.NDArray[np.bool_]:
        """Nodes that are held in all directions, shape (N,)."""
        return self.network.fixed.all(axis=1)

    @property
    def sees_zoom(self) -> bool:
        """Whether supports tell the scale."""
        return bool(self.held.sum() > 1)

    def settled(self, placed: Floats, home: Floats, noise: float, where: str) -> tuple[Floats, Zoom | None, list[str]]:
        """Displacements (m), shape (N, d), without zoom and motion of the supports if wanted; the zoom; and notes."""
        self._require_found(placed, home, where)
        placed, zoom, notes = self._zoomed(placed, home, noise, where)
        moves = placed - home
        if self.hold_supports:
            count = int(self.held.sum())
            if count < self.network.dimension:
                raise ConfigError(
                    f"{self.network.name}: {count} nodes are held in all directions, and {self.network.dimension} are "
                    "needed to take the supports' motion out; leave it in."
                )
            moves = fitted(placed[self.held], home[self.held], mirrored=False)(placed) - home
            return np.where(self.network.fixed, 0.0, moves), zoom, notes
        drift = float(np.abs(moves[self.network.fixed]).max(initial=0.0))
        if drift > STEADY * np.linalg.norm(moves, axis=1).max():
            notes.append(f"{where}: supports move by up to {1e6 * drift:.3g} µm; their motion can be taken out")
        return moves, zoom, notes

    def _zoomed(self, placed: Floats, home: Floats, noise: float, where: str) -> tuple[Floats, Zoom | None, list[str]]:
        """Positions without the change of zoom if wanted, the change, and notes."""
        if not self.sees_zoom:
            if self.fit_zoom:
                raise ConfigError(
                    f"{self.network.name}: {int(self.held.sum())} nodes are held in all directions, and 2 are needed "
                    "to fit the zoom; leave it out."
                )
            return placed, None, []
        zoom = zoom_between(placed, home, self.network, noise)
        if self.fit_zoom:
            return without_zoom(placed, self.network, zoom), zoom, []
        return placed, zoom, require_same_zoom(zoom, self.network, self.allowed, where)

    def _require_found(self, placed: Floats, home: Floats, where: str) -> None:
        """Refuse a state in another unit, nodes that were lost, and labels that were exchanged."""
        network = self.network
        spread, at_rest = (float(np.linalg.norm(x - x.mean(axis=0))) for x in (placed, home))
        if not 1 / RESIZED < spread / at_rest < RESIZED:
            raise ConfigError(
                f"{where}: the lattice is {spread / at_rest:.3g} times as large as at rest; "
                "give all states in one unit."
            )
        size = np.linalg.norm(np.ptp(network.nodes, axis=0))
        lengths = np.linalg.norm(placed - home, axis=1)
        far = int(np.argmax(lengths))
        if lengths[far] > size:
            raise ConfigError(
                f"{where}: node {network.labels[far]} moves by {1e3 * lengths[far]:.3g} mm, more than the lattice is "
                f"large ({1e3 * size:.3g} mm); the tracking lost it, or the camera was moved."
            )
        require_in_place(placed, home, network, where)


def _noise(homes: list[Floats], frames: list[Registration]) -> float:
    """Standard deviation of a coordinate (m): of the rest states about the network, or about each other if smaller.

    How a lattice differs from its network is the same in all its rest states, and no noise. NaN if nothing tells.
    """
    scatter = [frame.image.noise / frame.image.size for frame in frames if np.isfinite(frame.image.noise)]
    found = [float(np.sqrt(np.mean(np.square(scatter))))] if scatter else []
    if len(homes) > 1:
        count, dimension = homes[0].shape
        # Each rest state was brought to its place by a motion, and their mean is one state
        freedom = (len(homes) - 1) * (count * dimension - dimension * (dimension + 1) // 2 - 1)
        if freedom > 0:
            found.append(float(np.sqrt(((np.array(homes) - np.mean(homes, axis=0)) ** 2).sum() / freedom)))
    return min(found, default=np.nan)


def _means(frames: list[Registration]) -> tuple[float, float]:
    residuals, scales = np.array([[frame.residual, frame.motion.scale] for frame in frames]).T
    return float(np.sqrt(np.mean(residuals**2))), float(np.mean(scales))


def _mean_and_deviation(samples: Floats) -> tuple[Floats, Floats]:
    """Mean and standard deviation (with n − 1) over the first axis; the latter NaN for a single sample."""
    mean = samples.mean(axis=0)
    return mean, samples.std(axis=0, ddof=1) if len(samples) > 1 else np.full_like(mean, np.nan)
