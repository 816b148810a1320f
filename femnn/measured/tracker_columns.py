"""Which columns, frames and particles of a tracker's table are which nodes and states, as a user states it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from femnn.config.settings import nearest
from femnn.errors import ConfigError
from femnn.tables.cell_values import is_number

PARTS = ("node", "x", "y", "z", "state", "repeat")
"""What columns of a table of positions may hold."""
NODE = "{node}"
"""What stands for the name of a point in names of columns, where a table has columns for every point."""
NEAREST = ("nearest", "nearest:y-up", "nearest:y-down")
"""Nodes found by where they are at rest: in any view; in one that is upright; or upright with y downwards."""
FRAMES = ("frame", "frames", "image", "slice", "frame number", "frame_number")
"""Names of a column of frames, in small letters."""
KNOWN = (
    ({"particle", "frame", "x", "y"}, "--columns node=particle --columns state=frame"),
    (
        {"TRACK_ID", "POSITION_X", "POSITION_Y", "FRAME"},
        "--columns node=TRACK_ID --columns x=POSITION_X --columns y=POSITION_Y --columns state=FRAME",
    ),
    ({"track", "frame", "x", "y"}, "--columns node=track --columns state=frame"),
    ({"id", "frame", "x", "y"}, "--columns node=id --columns state=frame"),
)
"""Columns of trackers' tables, and the options that they need."""


@dataclass(frozen=True)
class TrackerColumns:
    """How a table of positions is to be read."""

    columns: Mapping[str, str] = field(default_factory=dict)
    """Names of columns by what they hold; x and y may hold ``{node}`` in the place of a point's name."""
    states: Mapping[str, tuple[tuple[str, ...], ...]] = field(default_factory=dict)
    """Of each state the frames of every repeat: one frame, or the first and the last of a range that is averaged."""
    nodes: Mapping[str, int] = field(default_factory=dict)
    """Labels of nodes by the names of particles; all others are left out."""
    matched: str = ""
    """One of :data:`NEAREST`, or empty."""

    @property
    def stated(self) -> bool:
        """Whether the table is another one than that of femnn."""
        return bool(self.columns or self.states or self.nodes or self.matched)

    @property
    def wide(self) -> bool:
        """Whether every point has columns of its own."""
        return any(NODE in self.columns.get(axis, "") for axis in "xyz")


def parsed_columns(columns: Sequence[str], states: Sequence[str] = (), nodes: Sequence[str] = ()) -> TrackerColumns:
    """Return what options state.

    Args:
        columns: "part=name", as in ``node=particle`` or ``x={node}_x``.
        states: "state=frames", as in ``rest=0``, ``forward=40,90`` for two repeats, or ``rest=0:9`` for a mean.
        nodes: "node=particle", several with commas between, or one of :data:`NEAREST` alone.

    Raises:
        ConfigError: one of them cannot be read, a part, state, node or particle is given twice, or a layout cannot be.
    """
    chosen: dict[str, str] = {}
    for text in columns:
        part, name = _pair(text, "--columns", "node=particle or x={node}_x")
        if part not in PARTS:
            raise ConfigError(f"--columns: tables of positions hold no {part!r}; {nearest(part, PARTS)}")
        _once(chosen, part, name, "--columns")
    frames: dict[str, tuple[tuple[str, ...], ...]] = {}
    for text in states:
        state, listed = _pair(text, "--states", "rest=0 or forward=40,90")
        repeats = tuple(tuple(end.strip() for end in part.split(":")) for part in listed.split(","))
        for ends in repeats:
            if len(ends) > 2 or not all(ends) or (len(ends) == 2 and not all(map(is_number, ends))):
                raise ConfigError(f"--states: {':'.join(ends)!r} are no frames; give them as 0, 40,90 or 0:9.")
        if state in frames:
            raise ConfigError(f"--states: state {state!r} is given twice; list its repeats with commas between.")
        frames[state] = repeats
    matched = ""
    labels: dict[str, int] = {}
    for text in (part.strip() for entry in nodes for part in entry.split(",")):
        if text in NEAREST and len(nodes) == 1 and nodes[0].strip() == text:
            matched = text
            continue
        label, particle = _pair(text, "--nodes", f"3=7, or one of {', '.join(NEAREST)}")
        if not label.isdecimal():
            raise ConfigError(f"--nodes: {label!r} is no node's label; give them as in 3=7, node 3 being particle 7.")
        if particle in labels or int(label) in labels.values():
            raise ConfigError(f"--nodes: node {label} or particle {particle!r} is given twice.")
        labels[particle] = int(label)
    found = TrackerColumns(chosen, frames, labels, matched)
    if found.wide and ("node" in chosen or any(NODE not in chosen.get(axis, "") for axis in "xy")):
        raise ConfigError(
            "--columns: where every point has columns of its own, x and y both hold {node} and node is not given, as "
            "in x={node}_x y={node}_y."
        )
    return found


def hint(head: Sequence[str]) -> str:
    """Return the options that a tracker's table needs, as far as its names of columns tell."""
    for names, options in KNOWN:
        if names <= set(head):
            return f"it looks like a tracker's table: give {options}"
    for name in head:
        for place in (i for i, letter in enumerate(name) if letter in "xX"):
            other = f"{name[:place]}{'y' if name[place] == 'x' else 'Y'}{name[place + 1 :]}"
            point = re.search(r"\d+", name) or re.match(r"[^_]+(?=_[xX]$)", name)
            if other in head and point is not None:
                x, y = (f"{text[: point.start()]}{NODE}{text[point.end() :]}" for text in (name, other))
                frame = next((text for text in head if text.lower() in FRAMES), "")
                state = f" --columns state={frame}" if frame else ""
                return f"points seem to have columns of their own: give --columns '{x=!s}' --columns '{y=!s}'{state}"
    return "name others by --columns, as in node=particle"


def _pair(text: str, option: str, example: str) -> tuple[str, str]:
    first, equals, second = (part.strip() for part in text.partition("="))
    if not (equals and first and second):
        raise ConfigError(f"{option}: {text[:60]!r} is no pair; give it as {example}.")
    return first, second


def _once(chosen: dict[str, str], part: str, name: str, option: str) -> None:
    if part in chosen:
        raise ConfigError(f"{option}: {part} is given twice.")
    chosen[part] = name
