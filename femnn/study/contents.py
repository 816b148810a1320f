"""What a study says of a run: figures of a summary, findings, tables and figures."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from femnn.report.figure import Figure
from femnn.report.texts import Table


@dataclass(frozen=True)
class Headline:
    """A value, or a list or table of them, that summary.json holds under a name."""

    name: str
    value: Any


@dataclass(frozen=True)
class Finding:
    """A sentence on what was found."""

    text: str


type Content = Headline | Finding | Table | Figure | None
"""What a report is made of; None is passed over."""


def headlines(values: Mapping[str, Any]) -> list[Headline]:
    """Return values for summary.json, by name."""
    return [Headline(name, value) for name, value in values.items()]


def found(sentences: Iterable[str]) -> "list[Finding]":
    """Return sentences as findings."""
    return [Finding(text) for text in sentences]


def table(title: str, rows: Sequence[Mapping[str, str]], note: str = "") -> Table | None:
    """Return a table of a report from rows by their headings; None where there is no row.

    Args:
        title: of the table.
        rows: what is written in each column, by its heading.
        note: below the table.
    """
    if not rows:
        return None
    header = list(dict.fromkeys(name for row in rows for name in row))
    return Table(title, header, [[row.get(name, "–") for name in header] for row in rows], note)
