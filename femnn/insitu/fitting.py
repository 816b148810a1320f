"""Settings of a study on the network of a run: what names nodes of another network is found out, and never applied.

Settings that name nodes belong to the network that they were written for: the one that they name themselves, or that of
their file. What is given on the command line belongs to the network of the run.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property

import numpy as np
import numpy.typing as npt

from femnn.errors import ConfigError, ConvergenceError, InstabilityError
from femnn.insitu.belonging import NamesNodes, stranger, suits
from femnn.insitu.scales import linear_response, suitable_load
from femnn.mechanics.carrying import carriers, require_carried
from femnn.mechanics.model import Model
from femnn.mechanics.models import BEAMS, SPRINGS
from femnn.mechanics.structure import Structure
from femnn.network.network import Network
from femnn.runtime.ranks import on_root
from femnn.runtime.stack import MPI
from femnn.solving.continuation import LoadStepping
from femnn.solving.equilibrium import Equilibrium, equilibrium
from femnn.solving.options import SolverOptions

type Floats = npt.NDArray[np.float64]

USUAL = BEAMS
"""The model for networks that none of the usual models of a study carries."""


class Fitting:
    """The network of a run, and what settings have to know of it.

    Attributes:
        network: the network.
        models: all models by name.
        notes: what has been put in the place of something else, a sentence each, for the user.
    """

    def __init__(
        self,
        network: Network,
        comm: MPI.Comm,
        models: Mapping[str, Model],
        wanted: Sequence[str],
        options: SolverOptions,
        stepping: LoadStepping,
        written_for: str | None = None,
        assigned: frozenset[str] = frozenset(),
    ) -> None:
        """Nothing is looked into yet.

        Args:
            network: the network of the run.
            comm: ranks that share the run; all of them make the same calls.
            models: the models by name.
            wanted: names of the models of the run.
            options: PETSc options of all solvers.
            stepping: load stepping of all solvers.
            written_for: network that the settings were written for, by name or path; that of the run where None.
            assigned: settings that the command line gave, as ``case.separate.loads``.
        """
        self.network, self.models = network, models
        self.notes: list[str] = []
        self._comm, self._wanted, self._options, self._stepping = comm, tuple(wanted), options, stepping
        self._written_for, self._assigned = written_for, assigned
        self._differences: dict[str, str | None] = {}

    def note(self, text: str) -> None:
        """Keep a sentence for the user."""
        self.notes.append(text)

    def given(self, path: str) -> bool:
        """Return whether the command line gave a setting, something in it, or a table that it is in."""
        parts = path.split(".")
        whole = any(".".join(parts[:count]) in self._assigned for count in range(1, len(parts) + 1))
        return whole or any(key.startswith(f"{path}.") for key in self._assigned)

    @cached_property
    def foreign(self) -> bool:
        """Whether the settings were written for another network, so that what they say is a default and no request."""
        return self._written_for is not None and self._difference(self._written_for) is not None

    @cached_property
    def unsuited(self) -> bool:
        """Whether forces in the settings do not suit: they were written for another network, or another stiffness."""
        owner = self._written_for
        return owner is not None and not on_root(self._comm, lambda: suits(self.network, owner))

    def belongs(self, named: NamesNodes, path: str) -> bool:
        """Return whether settings name nodes of the run's network.

        Args:
            named: the settings.
            path: where they are, as ``case.separate``.
        """
        owner = self._owner(named, path)
        return owner is None or self._difference(owner) is None

    def strange(self, what: str, named: NamesNodes, path: str) -> str:
        """Return what is wrong with settings that name nodes of another network, as the beginning of a sentence."""
        owner = self._owner(named, path)
        name = self.network.name
        return f"{what} names nodes of {owner}, and {name} is another network ({self._difference(str(owner))})"

    def _owner(self, named: NamesNodes, path: str) -> str | None:
        """The network whose nodes are named; None for that of the run."""
        fields = [field for field in named.naming if getattr(named, field)]
        if all(self.given(f"{path}.{field}") for field in fields):
            return None
        return named.network or self._written_for

    def _difference(self, owner: str) -> str | None:
        if owner not in self._differences:
            self._differences[owner] = on_root(self._comm, lambda: stranger(self.network, owner))
        return self._differences[owner]

    def carries(self, model: str) -> bool:
        """Return whether a model carries the network."""
        return model in self._carriers

    @cached_property
    def _carriers(self) -> list[str]:
        return carriers(self.models, self.network)

    def carried(self, names: Sequence[str], path: str) -> list[str]:
        """Return the models that carry the network; :data:`USUAL` where none of them does.

        Args:
            names: of models that settings ask for.
            path: of the setting.

        Raises:
            MechanismError: one of them does not carry the network, and was asked for with this network in mind.
            ConfigError: the same, of a plane model in space.
        """
        good = [name for name in names if self.carries(name)]
        if len(good) == len(names):
            return list(names)
        self.require(names, path)
        left = ", ".join(name for name in names if name not in good)
        self.note(f"{path}: {left} left out, which cannot carry {self.network.name}; {', '.join(good or [USUAL])} run.")
        return good or [USUAL]

    def require(self, names: Sequence[str], path: str) -> None:
        """Refuse models that do not carry the network, unless they are but the usual ones of another.

        Raises:
            MechanismError: a model does not carry the network; the message names those that do.
            ConfigError: the same, of a plane model in space.
        """
        if self.given(path) or not self.foreign:
            require_carried(names, self.models, self.network)

    def without_springs(self, names: Sequence[str], path: str, needs: Callable[[str], bool]) -> list[str]:
        """Return what of a setting needs no linear springs, where springs cannot carry the network; else all of it.

        Args:
            names: what settings ask for.
            path: of the setting.
            needs: whether one of them needs linear springs.

        Raises:
            MechanismError: one of them does, and was asked for with this network in mind.
        """
        left = [] if self.carries(SPRINGS) else [name for name in names if needs(name)]
        if left:
            self.require([SPRINGS], path)
            self.note(f"{path}: {', '.join(left)} left out, as springs cannot carry {self.network.name}.")
        return [name for name in names if name not in left]

    def lacks_springs(self, path: str, told: str) -> bool:
        """Return whether a setting that needs linear springs is to be left out, since these cannot carry the network.

        Args:
            path: of the setting.
            told: what a note says of it, up to "cannot carry".

        Raises:
            MechanismError: it was asked for with this network in mind.
        """
        if self.carries(SPRINGS):
            return False
        self.require([SPRINGS], path)
        self.note(f"{path}: {told} cannot carry {self.network.name}.")
        return True

    def sized(self, pattern: Floats) -> float:
        """Return the factor on a load pattern that suits the network, with three digits.

        Args:
            pattern: forces (N), shape (N, d).

        Raises:
            NetworkError: the pattern strains no bond, or no load is small enough.
        """
        return self._comm.bcast(suitable_load(self._solver, pattern))

    def reached(self, force: Floats) -> Floats:
        """Return the displacements under a load (m), shape (N, d); by the linear response where it has no equilibrium.

        Args:
            force: the load (N), shape (N, d).
        """
        try:
            moved = self._solver.forward(force).displacements
        except (ConvergenceError, InstabilityError):
            moved = linear_response(self._solver, force)
        return np.asarray(self._comm.bcast(moved))

    @cached_property
    def _solver(self) -> Equilibrium:
        lines = [name for name, model in self.models.items() if model.traits.lines]
        # Those that turn before those that do not, plain ones before those with a shape
        lines.sort(key=lambda name: (self.models[name].linear, self.models[name].traits.thinned_ends))
        wanted = [name for name in lines if name in self._wanted and self.carries(name)]
        if not (wanted or self.carries(USUAL)):
            raise ConfigError(f"{self.network.name}: no model of bonds carries it by which its loads could be sized.")
        name = wanted[0] if wanted else USUAL
        return equilibrium(Structure(self.models[name], self.network, self._comm), self._options, self._stepping)
