"""Settings that studies share: those of every study, and those of studies whose data are load cases."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import reduce
from typing import Annotated, Any, ClassVar, Self

from pydantic import AfterValidator, Field, model_validator

from femnn.config.lists import ListSyntax, once
from femnn.config.settings import Settings, assigned_keys, at_default, nearest, one_of
from femnn.errors import ConfigError
from femnn.insitu.fitting import Fitting
from femnn.insitu.load_cases import Case
from femnn.mechanics.models import BEAMS, MODELS
from femnn.network.network import Network
from femnn.runtime.stack import MPI
from femnn.solving.continuation import LoadStepping
from femnn.solving.options import SolverOptions, solver_options
from femnn.study.model_settings import MODEL_TABLES, ModelSettings
from femnn.training.port_settings import PORTS, port_case, strange

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
        settings = self._suited(fitting).model_copy(update=changed | {"written_for": None})
        settings._require_acting(fitting)
        return settings

    def used_models(self) -> set[str]:
        """Return the names of the models that the settings ask for; studies that build others add them."""
        values = self.model_dump(exclude={"beam", "continuum_2d", "continuum_3d"})
        return {text for text in _texts(values) if text in MODELS}

    def _require_acting(self, fitting: Fitting) -> None:
        """Refuse parameters of models on the command line of which the run has none."""
        used = self.used_models()
        # Loads of networks of one's own are found on beams where a study has solids alone
        used |= {BEAMS} if fitting.unsuited and not any(MODELS[name].traits.lines for name in used) else set()
        for table, names in MODEL_TABLES.items():
            if fitting.given(table) and not names & used:
                raise ConfigError(
                    f"[{table}] has no effect: the models of this run are {', '.join(sorted(used)) or 'none'}; add "
                    f"{' or '.join(sorted(names))} to its models, or leave the setting out."
                )

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


def _texts(values: Any) -> Iterator[str]:
    """All texts in nested tables and lists."""
    if isinstance(values, str):
        yield values
    elif isinstance(values, Mapping):
        for value in values.values():
            yield from _texts(value)
    elif isinstance(values, list | tuple | set | frozenset):
        for value in values:
            yield from _texts(value)
