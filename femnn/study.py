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
- ``attach(bench, folder, tell)``: told before the first point where long computations may record how far they are, and
  a function ``tell(text)`` that shows it.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated, Any, ClassVar, Self

import numpy as np
from mpi4py import MPI
from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from femnn import resources
from femnn.config import Settings, assigned, nearest, one_of, read_toml, validated
from femnn.errors import ConfigError
from femnn.importing import imported
from femnn.learning.cases import Case
from femnn.learning.relative import RelativeForce, Step, shares, stiffness_shares
from femnn.mechanics.models import MODELS
from femnn.mechanics.structure import Structure
from femnn.modelling import ModelSettings
from femnn.network import Network
from femnn.quantities import Force, parse_quantity
from femnn.solving.continuation import LoadStepping
from femnn.solving.options import SolverOptions, solver_options
from femnn.solving.state import State

type Point = dict[str, Any]

PARTS = ("TITLE", "QUESTION", "Settings", "prepare", "points", "measure", "tables", "dataset", "summary", "figures")
OPTIONAL_PARTS = ("states", "attach")


def _as_list(value: object) -> object:
    """One value, or several with commas between, as a list: what ``--set models=spring,bar`` gives."""
    if isinstance(value, str):
        parts = (part.strip().strip("'\"") for part in value.strip().removeprefix("[").removesuffix("]").split(","))
        value = [part for part in parts if part]
    return [value] if isinstance(value, int | float) else value


def _once[T](values: list[T]) -> list[T]:
    """The values in order, each once: a point measured twice would be two rows with one key."""
    return list(dict.fromkeys(values))


type Listed[T] = Annotated[list[T], BeforeValidator(_as_list), AfterValidator(_once)]
"""A list without repetitions, which the command line may give as ``a,b``."""


class ForceSweep(Settings):
    """Forces evenly spaced on a logarithmic scale: ``{from = "1 gf", to = "10 gf", count = 5}``."""

    start: Force = Field(alias="from", gt=0)
    to: Force = Field(gt=0)
    count: int = Field(ge=2)


def _swept(value: object, relative: Callable[[Any], list[Any] | None] = shares) -> object:
    """Sweeps expanded, alone or among single forces, and then ascending; shares after forces."""
    items = [value] if isinstance(value, Mapping) else _as_list(value)
    if not isinstance(items, list) or not any(isinstance(item, Mapping) for item in items):
        return items
    absolute = {force for item in items if relative(item) is None for force in _forces_of(item)}
    others = {share for item in items for share in relative(item) or []}
    return [*sorted(absolute), *sorted(others, key=lambda share: (share.relative_to, share.share))]


def _forces_of(item: object) -> list[float]:
    if not isinstance(item, Mapping):
        return [parse_quantity(item, "N")]
    sweep = validated(ForceSweep, item, "sweep of forces")
    return [float(force) for force in np.geomspace(sweep.start, sweep.to, sweep.count)]


type Forces = Annotated[list[Force], BeforeValidator(_swept), AfterValidator(_once)]
"""Forces (N): a list of forces and sweeps, ``a,b`` on the command line, or one sweep."""
type RelativeForces = Annotated[list[RelativeForce], BeforeValidator(_swept), AfterValidator(_once)]
"""The same with shares of reference loads among them; see :mod:`femnn.learning.relative`."""
type Steps = Annotated[
    list[Step],
    BeforeValidator(lambda value: _swept(value, stiffness_shares)),
    AfterValidator(_once),
]
"""Steps of finite differences in E·A (N), or shares of each bond's stiffness, written as forces are."""


class SolverSettings(Settings):
    """Which PETSc options the solvers take."""

    name: str = "direct"
    """File in solvers/, or a path."""
    options: dict[str, str | int | float | bool] = Field(default_factory=dict)
    """PETSc options by full name, over those of the file."""

    def resolved(self) -> SolverOptions:
        """The options of the file with those of the study over them."""
        return solver_options(self.name, self.options)


class StudySettings(ModelSettings):
    """Settings of every study."""

    for_network: ClassVar[tuple[str, ...]] = ()
    """Keys, with dots between tables, whose values suit one network: those of a file that ships with the study hold for
    the network that the file names, and for others only where the command line sets them."""

    network: str = "li2024"
    """Network of meshes/ by name, or a path."""
    seed: int = Field(default=0, ge=0)
    """Seed of the run's random numbers."""
    solver: SolverSettings = SolverSettings()
    loading: LoadStepping = LoadStepping()
    write_states: bool = False
    """Whether states are written for ParaView, into the run's folder ``states``."""

    def resolved(self, network: Network, comm: MPI.Comm) -> Self:
        """The same with numbers for all that is relative to the network; what is a number already stays as it is.

        Called by all ranks, once before a run's first point; what it gives is the run's config.toml.

        Raises:
            ConfigError, NetworkError: there are no such numbers for this network.
        """
        return self


class CaseSettings(StudySettings):
    """Settings of studies whose data are load cases."""

    cases: Listed[str] = Field(min_length=1)
    """Names of the cases that are run."""
    case: dict[str, Case]
    """Load cases by name."""

    @model_validator(mode="after")
    def _cases_exist(self) -> Self:
        for name in self.cases:
            if name not in self.case:
                raise ValueError(f"there is no case {name!r}; {nearest(name, self.case).rstrip('.')}")
        return self

    def check_cases(self, network: Network) -> None:
        """Raise NetworkError where a case that is run does not fit the network."""
        for name in self.cases:
            self.case[name].force(network)
            self.case[name].loss(network)


type ModelName = Annotated[str, one_of("model", MODELS)]
"""Name of a model."""


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

    @property
    def failures(self) -> list[str]:
        """Everything that could not be computed, in order."""
        return [line for _, outcome in self.outcomes for line in outcome.failures]


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

    def settings(self, values: Mapping[str, Any], where: str) -> StudySettings:
        """Settings of this study from plain values.

        Raises:
            ConfigError: they are not valid; the message names what is wrong.
        """
        return validated(self.settings_type, values, where)


def read_settings(name: str, assignments: Sequence[str] = ()) -> tuple[Path, dict[str, Any], str]:
    """Where a study is, and its settings with those of the command line over them.

    Args:
        name: name of a folder in studies/, path of such a folder, or path of a TOML file with settings, which lies in
            the study's folder or names the study by ``study = "name"``.
        assignments: ``"key=value"`` as on the command line.

    Returns:
        Folder of the study, plain settings, and the file they were read from.

    Raises:
        ConfigError: there is no such study, or its files cannot be read.
    """
    path = resources.find("studies", name)
    file = path / "study.toml" if path.is_dir() else path
    values = read_toml(file)
    named = values.pop("study", None)
    folder = resources.find("studies", str(named)) if named else file.parent
    if not (folder / "study.py").is_file():
        raise ConfigError(f'{file} belongs to no study: there is no study.py beside it; name one with study = "...".')
    return folder, assigned(values, assignments), f"{file}{' with --set' if assignments else ''}"


def shipped_for(name: str) -> str | None:
    """The network that a settings file of a study's folder is written for; None for a file of the user's own.

    A file that lies elsewhere names its study, and whatever it sets is what its user wants.

    Args:
        name: as for :func:`read_settings`.
    """
    path = resources.find("studies", name)
    values = read_toml(path / "study.toml" if path.is_dir() else path)
    return None if "study" in values else str(values.get("network", StudySettings.model_fields["network"].default))


def load_study(folder: Path) -> Study:
    """Import the ``study.py`` of a folder.

    Raises:
        ConfigError: it cannot be imported, or lacks one of the parts of a study.
    """
    module = imported(folder / "study.py", "study", package=True)
    missing = [part for part in PARTS if not hasattr(module, part)]
    if missing:
        raise ConfigError(f"{folder / 'study.py'} does not define {', '.join(missing)}.")
    title, question, settings, *functions = (getattr(module, part) for part in PARTS)
    study = Study(folder.resolve().name, folder, title, question, settings, *functions)
    states, attach = (getattr(module, part, None) for part in OPTIONAL_PARTS)
    return replace(study, states=states, attach=attach)
