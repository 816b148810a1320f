"""Measuring the points of a study: shared results first, each into the checkpoint as soon as it is there."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from femnn.network.network import Network
from femnn.runtime.notices import noted
from femnn.runtime.progress import Advance, progress
from femnn.runtime.ranks import on_root
from femnn.study.checkpoint import Tally, Writer
from femnn.study.groups import Groups, shares
from femnn.study.points import Point, every_need, rounds
from femnn.study.records import Record
from femnn.study.run_folder import UNDER_WAY
from femnn.study.study import Study
from femnn.study.study_bench import Bench

PAUSE = 0.1
"""Seconds between two looks at whether other groups are done."""


@dataclass
class Measuring:
    """The points of a run, as they are measured by groups of ranks."""

    name: str
    """Of the study."""
    study: Study
    network: Network
    points: Sequence[Point]
    folder: Path
    fingerprints: tuple[str, str]
    groups: Groups
    kept: dict[str, Record]
    """What is measured already, by key."""
    measured: Callable[[int], None] = lambda done: None
    """Told on rank 0 how many points are measured."""

    def all(self) -> tuple[Bench, dict[str, Record]]:
        """Measure what is not yet measured; return the group's bench and, on rank 0, all records by key."""
        groups = self.groups
        wanted, own = self._wanted(), set[str]()
        tally = Tally(self.folder)
        with self._writer() as writer, self._progress() as advance:
            bench = Bench(self.study, self.network, groups.group, self.folder / UNDER_WAY, advance.tell)
            bench.receive(self.kept)
            for each in wanted:
                mine = shares(each, groups.count)[groups.index]
                fresh = {}
                for point in mine:
                    fresh[point.key] = self._record(bench, point)
                    if writer is not None:
                        writer.add(point.key, fresh[point.key])
                    self._tell(point, advance, tally)
                self.kept |= fresh
                own |= fresh.keys()
                needed = {need.key for point in every_need(self.points) for need in point.needs}
                if needed and groups.count > 1:
                    self._exchange({key: record for key, record in fresh.items() if key in needed})
                bench.receive({key: self.kept[key] for key in needed if key in self.kept})
            self._await_others(tally)
        return bench, self._gathered(own)

    def _wanted(self) -> list[list[Point]]:
        """What is to be measured, in rounds: points and shared results that are not there.

        Shared results belong to the results of a run, also those of points that are measured.
        """
        return [[point for point in each if point.key not in self.kept] for each in rounds(self.points)]

    def _record(self, bench: Bench, point: Point) -> Record:
        """Measure a point or a shared result; a named error costs what comes after it and no more."""
        record, start = Record(), time.perf_counter()
        lost = [line for need in point.needs for line in self.kept[need.key].failures]
        if lost:
            record.failures.append(f"{self.study.where(point)}: {lost[0]}")
            return record
        measured = point.key in self._keys
        with noted() as warned:
            try:
                record.add((self.study.measure if measured else self.study.share)(bench, point))
            except self.study.expected_errors as error:
                record.failures.append(f"{self.study.where(point)}: {error}" if measured else str(error))
        every = self.groups.group.allgather(warned)
        record.warnings = list(dict.fromkeys(text for texts in every for text in texts))
        record.seconds = time.perf_counter() - start
        return record

    @property
    def _keys(self) -> set[str]:
        if not hasattr(self, "_known"):
            self._known = {point.key for point in self.points}
        return self._known

    def _tell(self, point: Point, advance: Advance, tally: Tally) -> None:
        label = point.label(self.study.units)
        if point.key not in self._keys:
            advance.tell(label)
            return
        if self.groups.comm.rank == 0:
            self.measured(tally.update())
        advance(label)

    @contextmanager
    def _writer(self) -> Iterator[Writer | None]:
        """The checkpoint of this group, on its first rank; the first group removes the files of all others first."""
        groups, writers = self.groups, list[Writer]()
        shared = {point.key for point in every_need(self.points)} - self._keys
        on_root(groups.comm, lambda: writers.append(Writer(self.folder, self.fingerprints, self.kept, shared=shared)))
        if groups.index > 0:
            on_root(
                groups.group,
                lambda: writers.append(Writer(self.folder, self.fingerprints, group=groups.index, shared=shared)),
            )
        try:
            yield writers[0] if writers else None
        finally:
            for writer in writers:
                writer.close()

    @contextmanager
    def _progress(self) -> Iterator[Advance]:
        """Progress of the first group, of its own points where there are others."""
        wanted = [shares(each, self.groups.count)[0] for each in self._wanted()]
        left = sum(point.key in self._keys for each in wanted for point in each)
        done = sum(key in self._keys for key in self.kept)
        name = self.name if self.groups.count == 1 else f"{self.name} (first of {self.groups.count} groups)"
        with progress(self.groups.comm, name, done + left, done) as advance:
            yield advance

    def _exchange(self, fresh: Mapping[str, Record]) -> None:
        """Give shared results to every group, as the same bytes."""
        groups = self.groups
        for records in groups.comm.allgather(dict(fresh) if groups.group.rank == 0 else {}):
            self.kept |= records

    def _await_others(self, tally: Tally) -> None:
        """Wait until every group has measured its points, and say meanwhile how many are measured."""
        comm = self.groups.comm
        if self.groups.count == 1:
            return
        request, told = comm.Ibarrier(), 0
        while not request.Test():
            time.sleep(PAUSE)
            if comm.rank == 0 and tally.update() > told:
                told = tally.points
                self.measured(told)

    def _gathered(self, own: set[str]) -> dict[str, Record]:
        """All records, on rank 0; each group sends what it has measured itself.

        Args:
            own: keys of what this group has measured.
        """
        groups = self.groups
        if groups.count == 1:
            return self.kept
        first = groups.group.rank == 0 and groups.index > 0
        found = groups.comm.gather({key: self.kept[key] for key in own} if first else {})
        for records in found or []:
            self.kept |= records
        return self.kept
