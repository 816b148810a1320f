"""A drawing as it was read, and what is to be said of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from femnn.config.limits_of_input import LARGEST_SIZE
from femnn.errors import ConfigError
from femnn.network_files.drawings import Drawn
from femnn.network_files.joints import Joints, Stray
from femnn.network_files.labels import listed, listed_nodes
from femnn.network_files.near_misses import near_misses
from femnn.network_files.planes import Plane

type Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Sheet:
    """A drawing as it was read."""

    path: Path
    drawn: Drawn
    joints: Joints
    unit: float
    """Of its coordinates (m)."""
    unit_name: str
    points: list[dict[str, str]]
    """Extended data of femnn's at each node, empty where there is none."""
    plane: Plane
    """The nodes (m) in the plane that they lie in."""


def require_numbers(path: Path, found: Drawn, unit: float) -> None:
    """Refuse what is drawn nowhere, or farther away than networks can be.

    Args:
        path: the file, for messages.
        found: what is drawn.
        unit: of its coordinates (m).

    Raises:
        ConfigError: a coordinate is no finite number, or beyond the limit.
    """
    places = [(piece.source, piece.ends) for piece in found.pieces]
    places += [(f"{mark.kind} on the layer {mark.layer!r}", mark.place) for mark in found.marks]
    for kind, place in places:
        if not (np.abs(place) * unit <= LARGEST_SIZE).all():
            raise ConfigError(
                f"Cannot read {path}: a {kind} has a coordinate that is no finite number or beyond {LARGEST_SIZE:g} m; "
                "delete it."
            )


def require_lines_left(path: Path, found: Drawn, joined: Joints, unit: str) -> None:
    """Refuse drawings all of whose lines have both ends in one node.

    Args:
        path: the file, for messages.
        found: what is drawn.
        joined: its nodes and bonds.
        unit: name of the drawing's unit.

    Raises:
        ConfigError: it is so; the message says whether the tolerance or the drawing is the reason.
    """
    if len(joined.bonds):
        return
    longest = max(float(np.linalg.norm(piece.ends[1] - piece.ends[0])) for piece in found.pieces)
    if longest == 0:
        raise ConfigError(f"Cannot read {path}: all of its lines are without length.")
    near, length = (f"{size:.3g} {unit or 'of its units'}" for size in (joined.near, longest))
    raise ConfigError(
        f"Cannot read {path}: ends up to {near} apart are one node, and that joins both ends of every line, the "
        f"longest of which is {length}; set tolerance smaller."
    )


def require_no_slips(sheet: Sheet) -> None:
    """Refuse ends that are so near to others, or to lines, that a joint was hardly meant to be missing.

    Raises:
        ConfigError: there are such ends in what femnn did not write; the message names them.
    """
    joined = sheet.joints
    slips = [miss for miss in near_misses(joined) if not sheet.points[miss.node]]
    if slips:
        first = slips[0]
        place = shown(sheet, joined.at[first.node])
        beside = _line(sheet, first.other) if first.on_line else shown(sheet, joined.at[first.other])
        more = f" ({len(slips) - 1} more such gaps)" if len(slips) > 1 else ""
        raise ConfigError(
            f"Cannot read {sheet.path}: a line ends at {place}, {first.distance:.3g} {sheet.unit_name} beside {beside}"
            f"{more}, and within {joined.near:.3g} {sheet.unit_name} counts as joined; draw them to one point, or set "
            "tolerance in the TOML above that distance to join them, or below it to keep them apart."
        )


def _line(sheet: Sheet, bond: int) -> str:
    """A line by its ends."""
    start, end = (shown(sheet, sheet.joints.at[node]) for node in sheet.joints.bonds[bond])
    return f"the line from {start} to {end}"


def changes(sheet: Sheet, labels: list[int]) -> list[str]:
    """What became of lines that are not each one bond."""
    joined, found = sheet.joints, []
    reasons: dict[str, list[int]] = {}
    for reason, piece in joined.left_out:
        reasons.setdefault(reason, []).append(piece)
    for reason, pieces in reasons.items():
        places = listed(shown(sheet, sheet.drawn.pieces[piece].ends.mean(axis=0)) for piece in pieces)
        found.append(f"left out: {len(pieces)} line{'s' * (len(pieces) > 1)} {reason}, about {places}")
    return [*found, *cuts(sheet, labels), *crossings_of(sheet)]


def cuts(sheet: Sheet, labels: list[int]) -> list[str]:
    """What to say of lines that are cut where others end on them."""
    cut = sheet.joints.cut
    if not cut:
        return []
    lines = list(dict.fromkeys(line for _, line in cut))
    start, end = (shown(sheet, place) for place in sheet.drawn.pieces[lines[0]].ends)
    which = f"the line from {start} to {end} is" if len(lines) == 1 else f"{len(lines)} lines are"
    return [f"{which} cut where others end, at {listed_nodes(dict.fromkeys(labels[node] for node, _ in cut))}"]


def crossings_of(sheet: Sheet) -> list[str]:
    """What to say of lines that cross without a joint."""
    crossing = sheet.joints.crossing
    if not crossing:
        return []
    places = listed(shown(sheet, place) for _, _, place in crossing)
    times = f"{len(crossing)} pairs of lines cross" if len(crossing) > 1 else "2 lines cross"
    return [f'{times} without a joint at {places}; crossings = "joined" in the TOML joins them']


def strays(sheet: Sheet, labels: list[int]) -> dict[str, str]:
    """What to say of marks beside their nodes, by layer."""
    texts: dict[str, list[str]] = {}
    for stray in sheet.joints.strays:
        texts.setdefault(stray.mark.layer, []).append(_beside(sheet, stray, labels))
    return {
        layer: several[0] + (f" ({len(several) - 1} more of its marks are on no node)" if len(several) > 1 else "")
        for layer, several in texts.items()
    }


def _beside(sheet: Sheet, stray: Stray, labels: list[int]) -> str:
    nearest = [labels[node] for node in stray.nearest]
    near, distance = (f"{value:.3g} {sheet.unit_name}" for value in (sheet.joints.near, stray.distance))
    start = f"layer {stray.mark.layer!r}: the {stray.mark.kind} at {shown(sheet, stray.mark.place)}"
    if stray.distance <= sheet.joints.near:
        return f"{start} is within {near} of {listed_nodes(nearest)} each; move it onto one of them"
    return (
        f"{start} is on no node; the nearest {'are' if len(nearest) > 1 else 'is'} {listed_nodes(nearest)} at "
        f"{listed(shown(sheet, sheet.joints.at[node]) for node in stray.nearest)}, {distance} away, and within {near} "
        "counts as on it; move it onto its node"
    )


def shown(sheet: Sheet, place: Floats) -> str:
    """A place as a CAD program shows it."""
    flat = not sheet.joints.at[:, 2].any() and not place[2]
    return f"({', '.join(f'{x + 0:.6g}' for x in (place[:2] if flat else place))}) {sheet.unit_name}"
