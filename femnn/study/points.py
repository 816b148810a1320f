"""Points of a study: what is measured independently of everything else, each with a key."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any


@dataclass(frozen=True, eq=False)
class Point:
    """One thing that a study measures, or a shared result that others need."""

    values: Mapping[str, Any]
    """What tells it from the others: JSON-able values by name, which are columns of its rows."""
    models: Sequence[str] = ()
    """Models whose structures it works on."""
    needs: Sequence[Point] = ()
    """Shared results, each computed once a run."""
    cost: float = 1.0
    """Roughly how long it takes, in any unit that is the same for all points of a study."""
    network: str = field(default="", kw_only=True)
    """What tells the structure from others of its models, as the name of a network with other widths."""

    @cached_property
    def key(self) -> str:
        """The identity as text, by which a checkpoint knows it."""
        return json.dumps(dict(self.values), sort_keys=True)

    @property
    def structure(self) -> tuple[str, ...]:
        """What points share that are best measured by one group of ranks."""
        return (*self.models, self.network)

    def __getitem__(self, name: str) -> Any:
        return self.values[name]

    def get(self, name: str) -> Any:
        """Return a value, or None where the point has none of this name."""
        return self.values.get(name)

    def label(self, units: Mapping[str, str], separator: str = ", ") -> str:
        """Return the point for a reader: ``case same, model bar, adjoint_force 0.049 N``."""
        shown = {
            name: f"{value:.4g} {units.get(name, '')}".rstrip() if isinstance(value, float) else value
            for name, value in self.values.items()
        }
        return separator.join(f"{name} {value}" for name, value in shown.items() if value is not None)


def rounds(points: Sequence[Point]) -> list[list[Point]]:
    """Return points and all that they need in rounds: what is in one round needs earlier ones alone.

    A shared result that several points need is there once. Points without needs come in the first round.

    Raises:
        ValueError: two points that are measured have one key.
    """
    depths: dict[str, int] = {}
    every: dict[str, Point] = {}

    def depth(point: Point) -> int:
        if point.key not in depths:
            every[point.key] = point
            depths[point.key] = 1 + max(map(depth, point.needs), default=-1)
        return depths[point.key]

    for point in points:
        depth(point)
    if len({point.key for point in points}) < len(points):
        raise ValueError("two points of a study have one key")
    measured = {point.key for point in points}
    if any(need.key in measured for point in every.values() for need in point.needs):
        raise ValueError("a shared result has the key of a point that is measured")
    return [[p for key, p in every.items() if depths[key] == at] for at in range(max(depths.values(), default=-1) + 1)]


def every_need(points: Sequence[Point]) -> list[Point]:
    """Return points and all shared results that they need, each once."""
    return [point for each in rounds(points) for point in each]
