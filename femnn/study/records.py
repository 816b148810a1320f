"""What comes of a point: rows of tables, and values by name; those that come before a named error are kept."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from femnn.study.arrays import plain


@dataclass(frozen=True)
class Row:
    """A row of a table; the values of its point are columns of it too."""

    values: Mapping[str, Any]
    table: str = "table"


def rows(table: str, **columns: Any) -> Iterator[Row]:
    """Yield the rows of a table from its columns: arrays and lists of one length, and values that stand in every row.

    Args:
        table: its name.
        columns: by name; one at least is an array or a list.
    """
    parts = {name: part for name, part in columns.items() if isinstance(part, np.ndarray | list | tuple)}
    for values in zip(*parts.values(), strict=True):
        yield Row(columns | dict(zip(parts, values, strict=True)), table)


@dataclass(frozen=True)
class Value:
    """An array, or JSON-able values with arrays in them, by a name."""

    name: str
    value: Any


type Measured = Row | Value


@dataclass
class Record:
    """What came of one point."""

    rows: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    """By table."""
    values: dict[str, Any] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)
    """One line for each thing that could not be computed."""
    warnings: list[str] = field(default_factory=list)
    """What a user should look at, a line each."""
    seconds: float = 0.0
    """Time that it took."""

    @property
    def well_formed(self) -> bool:
        """Whether every part is of its kind, as it may not be of a record that was read from a file."""
        tables = self.rows.values() if isinstance(self.rows, dict) else [None]
        rows = (row for table in tables for row in (table if isinstance(table, list) else [None]))
        texts = (
            text for texts in (self.failures, self.warnings) for text in (texts if isinstance(texts, list) else [0])
        )
        return (
            all(isinstance(row, dict) for row in rows)
            and isinstance(self.values, dict)
            and all(isinstance(text, str) for text in texts)
            and isinstance(self.seconds, int | float)
        )

    def add(self, items: Iterable[Measured]) -> None:
        """Take in what is measured, one after another."""
        for item in items:
            # As they come back from the checkpoint, so that a run that was cut off gives the same
            if isinstance(item, Row):
                self.rows.setdefault(item.table, []).append(plain(item.values))
            else:
                self.values[item.name] = plain(item.value)
