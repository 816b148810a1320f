"""What every study shares: its settings, its files, and what its ``study.py`` must define.

A study is a folder with ``study.toml`` (settings) and ``study.py``, which defines

- ``TITLE`` and ``QUESTION``: what the report is headed with;
- ``Settings``: a subclass of :class:`StudySettings`;
- ``prepare(settings, network, comm) -> bench``: what is built once a run;
- ``points(settings) -> list[dict]``: what is measured, one JSON-able dict a point, in order;
- ``measure(bench, point, generator) -> Outcome``: one point;
- ``tables(run) -> dict[str, DataFrame]``: by the name of the CSV file; ``"table"`` is the one every study has;
- ``dataset(run, tables) -> xarray.Dataset``, ``summary(run, tables) -> dict``;
- ``figures(run, tables) -> list[Figure]``;

and may define

- ``states(bench, points) -> Iterator[(name, structure, state)]``: written on request for ParaView;
- ``UNITS``: SI units of the points' values, by name, with which progress shows them: ``{"adjoint_force": "N"}``;
- ``attach(bench, folder, tell)``: told before the first point where long computations may record how far they are, and
  a function ``tell(text)`` that shows it.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from femnn.config import resources
from femnn.config.settings import validated
from femnn.mechanics.structure import Structure
from femnn.network.network import Network
from femnn.solving.state import State
from femnn.study.study_settings import StudySettings

type Point = dict[str, Any]


@dataclass
class Outcome:
    """What came of one point."""

    data: dict[str, Any]
    """JSON-able values; floats survive the checkpoint to the last bit."""
    failures: list[str] = field(default_factory=list)
    """One line for each thing that could not be computed."""


@dataclass(frozen=True)
class Run:
    """A finished run, from which tables, figures and the report are made."""

    study: "Study"
    settings: Any
    network: Network
    outcomes: Sequence[tuple[Point, Outcome]]
    total: int | None = None
    """All points of the run; as many as there are outcomes where None."""
    warnings: Sequence[str] = ()
    """What a user should look at, a line each."""
    notes: Sequence[str] = ()
    """What a run states of its inputs, a line each."""

    @property
    def stated(self) -> dict[str, Sequence[str]]:
        """Warnings and notes by these names."""
        return {"warnings": self.warnings, "notes": self.notes}

    @property
    def failures(self) -> list[str]:
        """Everything that could not be computed, in order."""
        return [line for _, outcome in self.outcomes for line in outcome.failures]

    @property
    def missing(self) -> int:
        """Number of points that are not measured."""
        return (len(self.outcomes) if self.total is None else self.total) - len(self.outcomes)


@dataclass(frozen=True)
class Study:
    """A study as loaded from its folder."""

    name: str
    folder: Path
    title: str
    question: str
    settings_type: type[StudySettings]
    prepare: Callable[..., Any]
    points: Callable[..., list[Point]]
    measure: Callable[..., Outcome]
    tables: Callable[..., dict[str, Any]]
    dataset: Callable[..., Any]
    summary: Callable[..., dict[str, Any]]
    figures: Callable[..., list[Any]]
    states: Callable[..., Iterator[tuple[str, Structure, State]]] | None = None
    attach: Callable[..., None] | None = None
    units: Mapping[str, str] = field(default_factory=dict)
    """SI units of the points' values, by name."""

    @property
    def reference(self) -> str:
        """What settings name the study by: its name where it ships, else its path."""
        shipped = resources.names("studies").get(self.name)
        path = self.folder.resolve()
        return self.name if shipped is not None and shipped.resolve() == path else str(path)

    def settings(self, values: Mapping[str, Any], where: str) -> StudySettings:
        """Settings of this study from plain values.

        Raises:
            ConfigError: they are not valid; the message names what is wrong.
        """
        return validated(self.settings_type, values, where)
