"""A study: a class whose fields are its settings, read from top to bottom like the experiment that it is.

The docstring of a study is its title, in the first line, and the question that it answers, in the next paragraph; what
follows is for readers of the file. A study is a folder with ``study.toml`` (settings) and ``study.py`` (the class).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import reduce
from typing import TYPE_CHECKING, Any, ClassVar, Self

import pandas as pd
import xarray as xr
from pydantic import Field

from femnn.config.limits_of_input import MOST_SEED
from femnn.config.settings import assigned_keys, at_default
from femnn.config.settings_paths import NetworkName
from femnn.errors import ConfigError, ConvergenceError, FemnnError, InstabilityError
from femnn.insitu.fitting import Fitting
from femnn.network.network import Network
from femnn.runtime.stack import MPI
from femnn.solving.continuation import LoadStepping
from femnn.study.layout import Layout, merged
from femnn.study.model_settings import ModelSettings
from femnn.study.points import Point
from femnn.study.records import Measured
from femnn.study.setting_types import SolverSettings
from femnn.training.port_settings import PORTS

if TYPE_CHECKING:
    from femnn.mechanics.structure import Structure
    from femnn.solving.state import State
    from femnn.study.contents import Content
    from femnn.study.results import Results
    from femnn.study.study_bench import Bench


class Study(ModelSettings):
    """What every study shares: its settings, and what it must say of itself."""

    tables: ClassVar[Mapping[str, Layout]] = {}
    """What rows go into, by the name of the CSV file; ``table`` is the one every study has."""
    units: ClassVar[Mapping[str, str]] = {}
    """SI units of columns and of the values of points, by name."""
    expected_errors: ClassVar[tuple[type[FemnnError], ...]] = (ConvergenceError, InstabilityError)
    """Errors that cost a point and not the run."""
    for_network: ClassVar[tuple[str, ...]] = ()
    """Keys, with dots between tables, whose values suit one network: those of a file hold for the network that the file
    names, and are left out on others but where the command line sets them."""

    network: NetworkName = "li2024"
    """Network of meshes/ by name, or a path."""
    written_for: NetworkName | None = None
    """Network that nodes are named of where settings do not say; that of the run where None."""
    seed: int = Field(default=0, ge=0, le=MOST_SEED)
    """Seed of the run's random numbers."""
    solver: SolverSettings = SolverSettings()
    loading: LoadStepping = LoadStepping()
    write_states: bool = False
    """Whether states are written for ParaView, into the run's folder ``states``."""

    # What a study says of itself

    def check(self, network: Network) -> None:
        """Refuse settings that do not fit the network, before anything is built.

        Raises:
            ConfigError, NetworkError: what does not fit, by name.
        """

    def points(self) -> Iterable[Point]:
        """Return what is measured; settings must be resolved."""
        raise NotImplementedError

    def measure(self, bench: Bench, point: Point) -> Iterator[Measured]:
        """Measure one point; what was yielded before a named error is kept."""
        raise NotImplementedError

    def share(self, bench: Bench, point: Point) -> Iterator[Measured]:
        """Compute one result that points need, as :meth:`measure` measures points."""
        raise NotImplementedError

    def derived(self, results: Results) -> Iterator[tuple[str, pd.DataFrame]]:
        """Return further tables that follow from those that were measured, by name, in the order of need."""
        return iter(())

    def dataset(self, results: Results) -> xr.Dataset:
        """Return what results.nc holds: tables by their coordinates, where their layouts name these."""
        frames = {name: (results.table(name), layout) for name, layout in self.tables.items()}
        return merged(frames, self.units)

    def report(self, results: Results) -> Iterator[Content | Iterator[Content]]:
        """Return what the run says, in order; parts that are iterators stand or fall by themselves."""
        raise NotImplementedError

    def states(self, bench: Bench, points: list[Point]) -> Iterator[tuple[str, Structure, State]] | None:
        """Return states to be written for ParaView, by name; None for a study that has none."""
        return None

    def where(self, point: Point) -> str:
        """Return what a line on a failure begins with."""
        return point.label(self.units)

    # What is settled before a run

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


def told(docstring: str | None) -> tuple[str, str]:
    """Return the title and the question of a study, from its docstring."""
    title, *rest = re.split(r"\n\s*\n", (docstring or "").strip())
    question = " ".join(rest[0].split()) if rest else ""
    return " ".join(title.split()), question
