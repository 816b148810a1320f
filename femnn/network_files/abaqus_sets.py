"""Sets of nodes or elements in Abaqus' input files, by numbers, by ranges of numbers, and by other sets."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from femnn.network_files.abaqus_lines import Keyword
from femnn.network_files.mesh_content import Integers

NUMBER = re.compile(r"[+-]?\d+")


@dataclass
class Members:
    """What a set is made of."""

    title: str
    """Its name as it is written."""
    numbers: list[int] = field(default_factory=list)
    ranges: list[tuple[int, int, int]] = field(default_factory=list)
    """First, last and step; only those numbers belong to the set that there are."""
    sets: set[str] = field(default_factory=set)
    """Names of other sets, in capitals."""


class Sets:
    """Sets of one kind, whose names are the same in small and capital letters."""

    def __init__(self) -> None:
        """Begin without any."""
        self._members: dict[str, Members] = {}

    def add(self, name: str, numbers: Iterable[int]) -> None:
        """Put numbers into a set, which is made if there is none."""
        self._of(name).numbers.extend(numbers)

    def read(self, name: str, keyword: Keyword) -> None:
        """Put what a *NSET or *ELSET lists into a set.

        Raises:
            ValueError: it is generated with a step that is not above 0.
        """
        members = self._of(name)
        for row in keyword.rows:
            words = [word for word in row if word]
            if "GENERATE" in keyword.options:
                first, last, step = (*(int(word) for word in words), 1)[:3]
                if step < 1:
                    raise ValueError(f"the set {name[:80]!r} is generated with steps of {step}")
                members.ranges.append((first, last, step))
                continue
            for word in words:
                if NUMBER.fullmatch(word):
                    members.numbers.append(int(word))
                else:
                    # Numbers and names in an assembly have their instance before them
                    own = word.rpartition(".")[2].strip('"').upper()
                    (members.numbers.append(int(own)) if NUMBER.fullmatch(own) else members.sets.add(own))

    def resolved(self, known: Integers) -> dict[str, Integers]:
        """Return the members of every set.

        Args:
            known: numbers that there are, ascending.

        Raises:
            ValueError: a set names a number or a set that there is not, or itself.
        """
        done: dict[str, Integers] = {}
        for name in self._members:
            self._resolve(name, known, done, [])
        return {members.title: done[name] for name, members in self._members.items()}

    def _of(self, name: str) -> Members:
        return self._members.setdefault(name.upper(), Members(name))

    def _resolve(self, name: str, known: Integers, done: dict[str, Integers], within: list[str]) -> Integers:
        if name in done:
            return done[name]
        if name in within:
            raise ValueError(f"the set {self._title(name)} is part of itself")
        if name not in self._members:
            raise ValueError(f"the set {self._title(within[-1])} names the set {name[:80]!r}, which there is not")
        members = self._members[name]
        numbers = np.unique(np.array(members.numbers, dtype=np.int64))
        missing = numbers[~np.isin(numbers, known)]
        if missing.size:
            raise ValueError(f"the set {self._title(name)} names {missing[0]}, which there is not")
        parts = [numbers]
        for first, last, step in members.ranges:
            low, high = np.searchsorted(known, [first, last + 1])
            parts.append(known[low:high][(known[low:high] - first) % step == 0])
        parts += [self._resolve(other, known, done, [*within, name]) for other in sorted(members.sets)]
        done[name] = np.unique(np.concatenate(parts))
        return done[name]

    def _title(self, name: str) -> str:
        return repr(self._members[name].title[:80])
