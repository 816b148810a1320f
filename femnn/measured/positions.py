"""Tracked node positions by state and repeat, and what cannot be right in a table by itself."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from femnn.config.directions import AXES
from femnn.errors import ConfigError
from femnn.measured.nearest_nodes import matched
from femnn.measured.tracker_columns import TrackerColumns
from femnn.measured.tracker_tables import Seen, read_seen
from femnn.network.network import Network
from femnn.tables.cell_values import is_number, shown

type Floats = npt.NDArray[np.float64]
type Points = dict[str, Floats]
"""Positions by the names of points."""

REST = "rest"
"""The state without a load; that of every row where a table has no column ``state``."""
SHOWN = 8
"""Nodes that a message lists at most."""


@dataclass(frozen=True)
class Positions:
    """Positions of all nodes of a network, as tracked, in the unit of the file."""

    states: dict[str, dict[str, Floats]]
    """Positions by state and repeat, each of shape (N, d), in the order of the network's nodes."""
    unit: str = ""
    """What the file states as their unit, if it does."""
    notes: tuple[str, ...] = ()
    """How the file was read, where that is not plain."""


def read_positions(path: Path, network: Network, stated: TrackerColumns | None = None) -> Positions:
    """Positions from a CSV file with the columns node, x, y (z in space) and, if need be, state and repeat.

    Args:
        path: the file; lines that begin with # are left out.
        network: whose nodes were tracked.
        stated: which columns, frames and particles are which, where the file is a tracker's own.

    Raises:
        ConfigError: the file cannot be read; a column is unknown or missing; something is no number; a node is
            missing, unknown or given twice.
    """
    stated = stated or TrackerColumns()
    seen = read_seen(path, AXES[: network.dimension], stated)
    notes = list(seen.notes)
    frames = _frames(path, seen, notes)
    states = _selected(path, frames, stated) if stated.states else frames
    if REST not in states:
        found = ", ".join(list(states)[:SHOWN]) + (" …" if len(states) > SHOWN else "")
        raise ConfigError(
            f"{path}: there is no state {REST!r}, only {found}; give the positions without a load, or say by --states "
            "which frames are which, as in rest=0."
        )
    labels = _labels(path, states[REST], network, stated, notes)
    placed: dict[str, dict[str, Floats]] = {}
    for state, repeats in states.items():
        for repeat, points in repeats.items():
            where = f"{path.name}, state {state!r}, repeat {repeat}"
            own = labels[repeat] if repeat in labels else next(iter(labels.values()))
            placed.setdefault(state, {})[repeat] = _placed(points, own, network, where)
    return Positions(placed, seen.unit, tuple(dict.fromkeys(notes)))


def _frames(path: Path, seen: Seen, notes: list[str]) -> dict[str, dict[str, Points]]:
    """Points by state or frame, and repeat."""
    frames: dict[str, dict[str, Points]] = {}
    nameless = 0
    for i, point in enumerate(seen.points):
        if not point:
            nameless += 1
            continue
        state = (seen.states[i] if seen.states else "") or REST
        repeat = (seen.repeats[i] if seen.repeats else "") or "1"
        points = frames.setdefault(state, {}).setdefault(repeat, {})
        if point in points:
            raise ConfigError(
                f"{path.name}, state {state!r}, repeat {repeat}: node {point[:40]} is given twice, again in row "
                f"{seen.rows[i]}; number the repeats, name the column of frames by --columns state=…, or leave one out."
            )
        points[point] = seen.positions[i]
    if nameless:
        notes.append(f"{nameless} rows name no point and are left out")
    if not frames:
        raise ConfigError(f"{path}: no row names a point.")
    return frames


def _selected(path: Path, frames: dict[str, dict[str, Points]], stated: TrackerColumns) -> dict[str, dict[str, Points]]:
    """States that are made of frames; those of a range are averaged."""
    found: dict[str, dict[str, Points]] = {}
    numbers = {name: float(name.replace(",", ".")) for name in frames if is_number(name)}
    for state, repeats in stated.states.items():
        for number, ends in enumerate(repeats, start=1):
            if len(ends) == 2:
                low, high = sorted(float(end.replace(",", ".")) for end in ends)
                chosen = [name for name, value in numbers.items() if low <= value <= high]
            else:
                value = float(ends[0].replace(",", ".")) if is_number(ends[0]) else None
                chosen = [name for name in frames if name == ends[0] or (name in numbers and numbers[name] == value)]
            if not chosen:
                order = sorted(frames, key=lambda name: numbers.get(name, 0.0))
                listed = f"{order[0]} to {order[-1]}"
                raise ConfigError(
                    f"{path}: there is no frame {':'.join(ends)} for state {state!r}; frames are {listed}."
                )
            several = {repeat for name in chosen for repeat in frames[name]}
            if len(several) > 1 and len(repeats) > 1:
                raise ConfigError(
                    f"{path}: state {state!r} lists frames for its repeats, and the table has a column of repeats; "
                    "give one frame or range."
                )
            for repeat in several:
                of_frames = [frames[name][repeat] for name in chosen if repeat in frames[name]]
                own = str(number) if len(several) == 1 and len(repeats) > 1 else repeat
                found.setdefault(state, {})[own] = _mean(of_frames, chosen, f"{path.name}, state {state!r}")
    return found


def _mean(frames: list[Points], names: list[str], where: str) -> Points:
    """Mean positions of points over frames.

    Raises:
        ConfigError: a point is missing in some of them.
    """
    if len(frames) == 1:
        return frames[0]
    everywhere = {point for points in frames for point in points}
    for name, points in zip(names, frames, strict=True):
        for point in sorted(everywhere):
            if point not in points or not np.isfinite(points[point]).all():
                raise ConfigError(f"{where}: point {point} is missing in frame {name}; leave that frame out.")
    return {point: np.mean([points[point] for points in frames], axis=0) for point in frames[0]}


def _labels(
    path: Path, rests: dict[str, Points], network: Network, stated: TrackerColumns, notes: list[str]
) -> dict[str, dict[str, int]]:
    """Labels of nodes by the names of points, by repeat."""
    found: dict[str, dict[str, int]] = {}
    for repeat, points in rests.items():
        where = f"{path.name}, state {REST!r}, repeat {repeat}"
        if stated.matched:
            whole = {name: at for name, at in points.items() if np.isfinite(at).all()}
            nodes = matched(np.array(list(whole.values())), list(whole), network, stated.matched, where)
            found[repeat] = {name: int(network.labels[node]) for name, node in zip(whole, nodes, strict=True)}
            pairs = ", ".join(f"{label}={name}" for name, label in sorted(found[repeat].items(), key=lambda p: p[1]))
            notes.append(f"nodes by nearest position at rest, repeat {repeat}: {pairs}"[:300])
        elif stated.nodes:
            absent = [name for name in stated.nodes if name not in points]
            if absent:
                raise ConfigError(
                    f"{where}: there is no particle {absent[0]!r} for node {stated.nodes[absent[0]]}; particles are "
                    f"{', '.join(list(points)[:SHOWN])}{' …' if len(points) > SHOWN else ''}."
                )
            found[repeat] = dict(stated.nodes)
            if extra := [name for name in points if name not in stated.nodes]:
                notes.append(f"{len(extra)} particles that are no nodes are left out ({', '.join(extra[:SHOWN])})")
        else:
            found[repeat] = {}
    return found


def _placed(points: Points, labels: dict[str, int], network: Network, where: str) -> Floats:
    """Positions of the nodes of the network, in their order, shape (N, d)."""
    by_label: dict[int, Floats] = {}
    index = {int(label): i for i, label in enumerate(network.labels)}
    unseen: list[int] = []
    for name, at in points.items():
        if labels and name not in labels:
            continue
        if not labels and not name.isdecimal():
            raise ConfigError(
                f"{where}: node {shown(name)} is no label of {network.name}; say which is which by --nodes, as in "
                "3=nose, or --nodes nearest."
            )
        label = labels[name] if labels else int(name[:18])
        if label not in index:
            raise ConfigError(
                f"{where}: there is no node {label} in {network.name}, which has {len(network.nodes)} nodes; "
                "these are data of another network, or particles to be named by --nodes."
            )
        if np.isfinite(at).all():
            by_label[label] = at
        else:
            unseen.append(label)
    missing = [str(label) for label in index if label not in by_label]
    if missing:
        plural = "s are" if len(missing) > 1 else " is"
        raise ConfigError(
            f"{where}: node{plural} missing: {', '.join(missing[:SHOWN])}{' …' if len(missing) > SHOWN else ''}; "
            f"{network.name} has {len(network.nodes)} nodes and all are needed"
            f"{f'; positions of {unseen[0]} are empty' if unseen else ''}."
        )
    placed = np.array([by_label[int(label)] for label in network.labels])
    order = np.lexsort(placed.T)
    alike = np.flatnonzero((np.diff(placed[order], axis=0) == 0).all(axis=1))
    # All at one place are no lattice, which has a message of its own
    if 0 < len(alike) < len(order) - 1:
        one, other = sorted(network.labels[order[alike[0] : alike[0] + 2]].tolist())
        raise ConfigError(f"{where}: nodes {one} and {other} are at one place; the tracker took two for one.")
    return placed
