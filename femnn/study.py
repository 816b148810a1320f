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

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import reduce
from pathlib import Path
from typing import Annotated, Any, ClassVar, Self

from mpi4py import MPI
from pydantic import AfterValidator, Field, model_validator

from femnn import resources
from femnn.config import Settings, assigned, assigned_keys, at_default, nearest, one_of, read_toml, validated
from femnn.errors import ConfigError
from femnn.importing import imported
from femnn.learning.cases import Case
from femnn.learning.fitting import Fitting
from femnn.learning.port_settings import PORTS, port_case, strange
from femnn.learning.sweeps import Forces as Forces
from femnn.lists import ListSyntax, once
from femnn.mechanics.models import MODELS
from femnn.mechanics.structure import Structure
from femnn.modelling import ModelSettings
from femnn.network import Network
from femnn.solving.continuation import LoadStepping
from femnn.solving.options import SolverOptions, solver_options
from femnn.solving.state import State
from femnn.trust import untrusted_source

type Point = dict[str, Any]

PARTS = ("TITLE", "QUESTION", "Settings", "prepare", "points", "measure", "tables", "dataset", "summary", "figures")
OPTIONAL_PARTS = ("states", "attach")
UNITS = "UNITS"


type Listed[T] = Annotated[list[T], ListSyntax(), AfterValidator(once)]
"""A list without repetitions, which the command line may give as ``a,b``, and quantities as ``1, 2, 5 gf``."""


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
    """Keys, with dots between tables, whose values suit one network: those of a file hold for the network that the file
    names, and are left out on others but where the command line sets them."""

    network: str = "li2024"
    """Network of meshes/ by name, or a path."""
    written_for: str | None = None
    """Network that nodes are named of where settings do not say; that of the run where None."""
    seed: int = Field(default=0, ge=0)
    """Seed of the run's random numbers."""
    solver: SolverSettings = SolverSettings()
    loading: LoadStepping = LoadStepping()
    write_states: bool = False
    """Whether states are written for ParaView, into the run's folder ``states``."""

    def input_notes(self) -> list[str]:
        """What a run must state of its inputs, a line each: on the console, in summary.json and in the report."""
        return []

    def resolved(self, network: Network, comm: MPI.Comm) -> Self:
        """The same with numbers for all that is relative to the network; what is a number already stays as it is.

        Called by all ranks, once before a run's first point; what it gives is the run's config.toml.

        Raises:
            ConfigError, NetworkError: there are no such numbers for this network.
        """
        return self

    def fitted(self, fitting: Fitting) -> Self:
        """Return the settings for the network of the run; nothing is left in them that was written for another.

        Studies whose settings name nodes in other fields add what these ask for.

        Args:
            fitting: the network, and where the settings come from.

        Raises:
            ConfigError: nothing can take the place of what names nodes of another network; the message says what to do.
            MechanismError: a model that was asked for does not carry the network.
        """
        if isinstance(self.beam.hinges, tuple) and fitting.foreign and not fitting.given("beam.hinges"):
            raise ConfigError(
                f"[beam] hinges names nodes of {self.written_for}, and {fitting.network.name} is another network; "
                "--set beam.hinges=none, or name nodes of it."
            )
        models: list[str] | None = getattr(self, "models", None)
        changed: dict[str, Any] = {} if models is None else {"models": fitting.carried(models, "models")}
        self._note_loads(fitting)
        return self._suited(fitting).model_copy(update=changed | {"written_for": None})

    def _note_loads(self, fitting: Fitting) -> None:
        """State that loads are taken over from a network of the same nodes and bonds that is otherwise stiff."""
        lists = [key for key in ("cases", "behaviours") if getattr(self, key, [PORTS]) != [PORTS]]
        given = fitting.given("case") or fitting.given("behaviour")
        if fitting.unsuited and not fitting.foreign and lists and not given:
            fitting.note(
                f"{fitting.network.name} has the nodes and bonds of {self.written_for} but other stiffnesses: loads "
                f"and displacements that the settings have for {self.written_for} are taken as they stand; "
                f"--set {lists[0]}={PORTS} has some that suit {fitting.network.name}."
            )

    def _suited(self, fitting: Fitting) -> Self:
        """The same without forces and steps that suit another network."""
        keys = [key for key in self.for_network if not fitting.given(key)] if fitting.unsuited else []
        settings = reduce(at_default, keys, self)
        left = [key for key in keys if at_default(self, key) != self]
        if left:
            fitting.note(
                f"{', '.join(left)}: left out, which the settings have for {self.written_for}; what suits "
                f"{fitting.network.name} takes the place."
            )
        return settings

    def fitting(self, network: Network, comm: MPI.Comm, assignments: Iterable[str] = ()) -> Fitting:
        """Return what settings have to know of the network of the run.

        Args:
            network: the network.
            comm: ranks that share the run.
            assignments: ``"key=value"`` as on the command line.
        """
        wanted = getattr(self, "models", ())
        models, options, given = self.models_by_name(), self.solver.resolved(), assigned_keys(assignments)
        return Fitting(network, comm, models, wanted, options, self.loading, self.written_for, given)


class CaseSettings(StudySettings):
    """Settings of studies whose data are load cases."""

    cases: Listed[str] = Field(default=[PORTS], min_length=1)
    """Names of the cases that are run; "ports" for the network's own inputs and outputs."""
    case: dict[str, Case] = Field(default_factory=dict)
    """Load cases by name."""

    @model_validator(mode="after")
    def _cases_exist(self) -> Self:
        for name in self.cases:
            if name not in self.case and name != PORTS:
                raise ValueError(f"there is no case {name!r}; {nearest(name, [*self.case, PORTS]).rstrip('.')}")
        return self

    def fitted(self, fitting: Fitting) -> Self:
        """Return the settings for the network of the run, with its own ports in the place of cases of another."""
        settings = super().fitted(fitting)
        own = {name: case for name, case in self.case.items() if fitting.belongs(case, f"case.{name}")}
        names = [name for name in self.cases if name in own]
        strange = [name for name in self.cases if name not in own]
        if strange:
            own |= {PORTS: self.port_case(fitting, strange)}
            names.append(PORTS)
        return settings.model_copy(update={"cases": names, "case": own})

    def port_case(self, fitting: Fitting, names: list[str]) -> Case:
        """Return what takes the place of cases that name nodes of another network.

        Args:
            fitting: the network of the run.
            names: of the cases.

        Raises:
            ConfigError: the network lacks inputs or outputs; the message says what to write.
        """
        return port_case(fitting, strange(fitting, "case", names, self.case))

    def check_cases(self, network: Network) -> None:
        """Raise NetworkError where a case that is run does not fit the network."""
        for name in self.cases:
            self.case[name].held(network)
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
    if "network" in assigned_keys(assignments):
        # What the file says of nodes stays what it was written for
        values.setdefault("written_for", values.get("network", StudySettings.model_fields["network"].default))
    folder = _named_study(str(named)) if named else file.parent
    if not (folder / "study.py").is_file():
        raise ConfigError(f'{file} belongs to no study: there is no study.py beside it; name one with study = "...".')
    return folder, assigned(values, assignments), f"{file}{' with --set' if assignments else ''}"


def _named_study(name: str) -> Path:
    """The folder of a study that settings name; what an untrusted run folder names is never a path that is near by."""
    shipped = resources.names("studies").get(name) if untrusted_source() else None
    if shipped is None and (Path(name) / "study.py").is_file():
        return Path(name)
    return shipped or resources.find("studies", name)


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
    return replace(study, states=states, attach=attach, units=getattr(module, UNITS, {}))
