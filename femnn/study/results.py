"""The results of a run, from which a study makes its report: tables, values, settings, and whether all is there."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import pandas as pd

from femnn.network.network import Network
from femnn.study.layout import Layout, framed
from femnn.study.points import Point, every_need
from femnn.study.records import Record
from femnn.study.study import Study


@dataclass
class Results:
    """What was measured, in the order of the points."""

    study: Study
    """The study, with its settings."""
    network: Network
    points: Sequence[Point]
    """All points of the run."""
    records: Mapping[str, Record] = field(default_factory=dict)
    """What came of points and of shared results, by key."""
    stated: Sequence[str] = ()
    """What a user should look at before anything is measured, a line each."""
    notes: Sequence[str] = ()
    """What the run states of its inputs, a line each."""

    def __iter__(self) -> Iterator[tuple[Point, dict[str, Any]]]:
        """Points that were measured, with their values by name."""
        for point in self.points:
            if point.key in self.records:
                yield point, self.records[point.key].values

    def values(self, name: str) -> Iterator[tuple[Point, Any]]:
        """Return the values of one name, with their points."""
        for point, values in self:
            if name in values:
                yield point, values[name]

    def value(self, name: str, /, **place: Any) -> Any:
        """Return the value of one name at the first point that is at a place; None where there is none."""
        for point, value in self.values(name):
            if all(point.get(key) == wanted for key, wanted in place.items()):
                return value
        return None

    def shared(self, point: Point) -> dict[str, Any]:
        """Return the values of a shared result; empty where it could not be computed."""
        record = self.records.get(point.key)
        return {} if record is None else record.values

    def table(self, name: str = "table") -> pd.DataFrame:
        """Return a table: one that was measured, or one that the study derives from these."""
        return self.tables[name]

    @cached_property
    def tables(self) -> dict[str, pd.DataFrame]:
        """All tables by name; those that are derived may use those that stand before them."""
        made = {name: framed(list(self._rows(name)), layout) for name, layout in self.study.tables.items()}
        # Derived tables read those before them through this very property
        self.__dict__["tables"] = made
        try:
            for name, frame in self.study.derived(self):
                made[name] = frame
        except BaseException:
            del self.__dict__["tables"]
            raise
        return made

    def _rows(self, name: str) -> Iterator[dict[str, Any]]:
        for point in self.points:
            record = self.records.get(point.key)
            for row in record.rows.get(name, []) if record else []:
                yield {**point.values, **row}

    @property
    def measured(self) -> int:
        """Number of points that are measured."""
        return sum(point.key in self.records for point in self.points)

    @property
    def missing(self) -> int:
        """Number of points that are not."""
        return len(self.points) - self.measured

    @property
    def complete(self) -> bool:
        """Whether all points are measured, and nothing failed."""
        return not self.missing and not self.failures

    @property
    def warnings(self) -> list[str]:
        """What a user should look at, a line each: of the inputs, then of what was measured."""
        known = [self.records[point.key] for point in every_need(self.points) if point.key in self.records]
        of_points = (line for record in known for line in record.warnings)
        return list(dict.fromkeys([*self.stated, *of_points]))

    @property
    def failures(self) -> list[str]:
        """Everything that could not be computed, in the order of the points."""
        return [line for p in self.points if p.key in self.records for line in self.records[p.key].failures]

    def columns(self, name: str) -> Layout:
        """Return the layout of a table that is measured."""
        return self.study.tables[name]
