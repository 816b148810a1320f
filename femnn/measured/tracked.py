"""Tracked node positions of any lattice: displacements, elongations, and the gradient that they measure."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from femnn.errors import ConfigError
from femnn.measured.gradient import MeasuredGradient
from femnn.measured.positions import REST, read_positions
from femnn.measured.registration import PIXELS, TOLERANCE, Registration, registered, require_in_place, unit_factor
from femnn.measured.rigid import fitted
from femnn.network import Network

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
    unit: str = "m",
    *,
    fit_scale: bool = False,
    hold_supports: bool = False,
    tolerance: float = TOLERANCE,
) -> Tracked:
    """Read tracked positions, find the camera's frame from the rest state, and check the nodes.

    Args:
        path: CSV file with the columns node, x, y (z in space), and state and repeat where there are several. Every
            repeat is compared with its own rest state, or with the only one there is.
        network: what was tracked.
        unit: of the positions; "px" has the scale fitted.
        fit_scale: whether the scale is fitted for other units too, as for a camera that was not calibrated.
        hold_supports: whether the rigid motion of the supports from rest is taken out of every state, as for a camera
            or a frame that was not steady; this adds the supports' own errors of tracking to all nodes.
        tolerance: how far a node may be from its place at rest, as a share of the shortest bond.

    Raises:
        ConfigError: the file cannot be used, or is not of this network; the message names node, state and repeat.
    """
    states = read_positions(path, network).states
    rests = states.pop(REST)
    factor, notes = unit_factor(next(iter(rests.values())), network, unit)
    scaled = fit_scale or unit == PIXELS
    frames = {
        repeat: registered(rest, network, factor, scaled, _where(path, REST, repeat), tolerance)
        for repeat, rest in rests.items()
    }
    found = list(notes) + [note for frame in frames.values() for note in frame.notes]
    rest_of: dict[str, Floats] = {}
    displacements: dict[str, Floats] = {}
    for state, repeats in states.items():
        homes, moves = [], []
        for repeat, positions in repeats.items():
            where = _where(path, state, repeat)
            own = _own_rest(rests, repeat, where)
            home, placed = frames[own].motion(rests[own]), frames[own].motion(positions)
            moved, note = _settled(placed, home, network, where, hold_supports)
            found += note
            homes.append(home)
            moves.append(moved)
        rest_of[state], displacements[state] = np.array(homes), np.array(moves)
    repeats_of = {state: tuple(repeats) for state, repeats in states.items()}
    residual, scale = _means(list(frames.values()))
    return Tracked(network, repeats_of, rest_of, displacements, residual, scale, tuple(dict.fromkeys(found)))


def _where(path: Path, state: str, repeat: str) -> str:
    return f"{path.name}, state {state!r}, repeat {repeat}"


def _own_rest(rests: dict[str, Floats], repeat: str, where: str) -> str:
    """The repeat of the rest state that belongs to a repeat."""
    if len(rests) > 1 and repeat not in rests:
        raise ConfigError(
            f"{where}: there is no rest state of this repeat, only of {', '.join(rests)}; give it, or one for all."
        )
    return repeat if repeat in rests else next(iter(rests))


def _settled(
    placed: Floats, home: Floats, network: Network, where: str, hold_supports: bool
) -> tuple[Floats, list[str]]:
    """Displacements (m), shape (N, d), with the supports' motion taken out if that is wanted; and notes on it."""
    moves = placed - home
    spread, at_rest = (float(np.linalg.norm(x - x.mean(axis=0))) for x in (placed, home))
    if not 1 / RESIZED < spread / at_rest < RESIZED:
        raise ConfigError(
            f"{where}: the lattice is {spread / at_rest:.3g} times as large as at rest; give all states in one unit."
        )
    size = np.linalg.norm(np.ptp(network.nodes, axis=0))
    lengths = np.linalg.norm(moves, axis=1)
    far = int(np.argmax(lengths))
    if lengths[far] > size:
        raise ConfigError(
            f"{where}: node {network.labels[far]} moves by {1e3 * lengths[far]:.3g} mm, more than the lattice is large "
            f"({1e3 * size:.3g} mm); the tracking lost it, or the camera was moved."
        )
    require_in_place(placed, home, network, where)
    held = network.fixed.all(axis=1)
    if hold_supports:
        if held.sum() < network.dimension:
            raise ConfigError(
                f"{network.name}: {held.sum()} nodes are held in all directions, and {network.dimension} are needed to "
                "take the supports' motion out; leave it in."
            )
        moves = fitted(placed[held], home[held], mirrored=False)(placed) - home
        return np.where(network.fixed, 0.0, moves), []
    drift = float(np.abs(moves[network.fixed]).max())
    if drift > STEADY * lengths.max():
        return moves, [f"{where}: supports move by up to {1e6 * drift:.3g} µm; their motion can be taken out"]
    return moves, []


def _means(frames: list[Registration]) -> tuple[float, float]:
    residuals, scales = np.array([[frame.residual, frame.motion.scale] for frame in frames]).T
    return float(np.sqrt(np.mean(residuals**2))), float(np.mean(scales))


def _mean_and_deviation(samples: Floats) -> tuple[Floats, Floats]:
    """Mean and standard deviation (with n − 1) over the first axis; the latter NaN for a single sample."""
    mean = samples.mean(axis=0)
    return mean, samples.std(axis=0, ddof=1) if len(samples) > 1 else np.full_like(mean, np.nan)
