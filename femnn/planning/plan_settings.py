"""What a plan is made for: a plan file, or the options of ``femnn plan``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Any, Self

import numpy as np
import numpy.typing as npt
from pydantic import Field, PrivateAttr

from femnn.config import resources
from femnn.config.limits_of_input import MOST, MOST_SEED
from femnn.config.lists import ListSyntax
from femnn.config.quantities import GRAM_FORCE, Force, Length
from femnn.config.settings import assigned, assigned_keys, nearest, one_of, validated
from femnn.config.settings_paths import NetworkName, written_in
from femnn.config.toml_files import read_toml
from femnn.errors import ConfigError
from femnn.insitu.estimators import READINGS
from femnn.insitu.fitting import USUAL, Fitting
from femnn.insitu.load_cases import Case
from femnn.insitu.scales import rounded
from femnn.mechanics.models import BARS, MODELS
from femnn.network.identity import is_li2024
from femnn.network.network import Network
from femnn.planning.weight_sets import MOST_PIECES, grams
from femnn.runtime.stack import MPI
from femnn.solving.continuation import LoadStepping
from femnn.study.model_settings import ModelSettings
from femnn.study.setting_types import Listed, ModelName, SolverSettings
from femnn.training.port_settings import PORTS, port_case

type Floats = npt.NDArray[np.float64]

CASES = "gradient-error"
"""Study whose cases can be called by name."""
SEES_ENERGY = frozenset(name for name, model in MODELS.items() if model.traits.energy_from_elongation)
"""Models whose energy of a bond is determined by its elongation, so that a camera that tracks nodes sees it."""

FOR_ADJOINT = (0.1, 0.2, 0.2, 0.5)
"""Weights for the adjoint force that are proposed where none are given, as shares of the largest pull of the data."""

type Weights = Annotated[list[Annotated[Force, Field(gt=0)]], ListSyntax(), Field(min_length=1)]
"""The weights of a set (N), a piece each: ``1, 2, 2, 5, 10 gf``."""


class PlanSettings(ModelSettings):
    """Settings of a plan."""

    network: NetworkName = "li2024"
    """Network of meshes/ by name, or a path."""
    written_for: NetworkName | None = None
    """Network that nodes are named of where settings do not say; that of the plan where None."""
    case: str | Case = "separate"
    """Loads and targets, or the name of a case of the study gradient-error; "ports" for the network's own."""
    model: ModelName = BARS
    """Model by which states and errors are predicted."""
    estimators: Listed[Annotated[str, one_of("estimator", READINGS)]] | None = Field(default=None, min_length=1)
    """Estimators to choose from; where None, all that a camera can form: energy forms on springs and bars alone."""
    noise: Annotated[Length, Field(gt=0)] = 20e-6
    """Standard deviation of the camera's reading of each displacement (m)."""
    correlation_length: Annotated[Length, Field(ge=0)] = 0.0
    """Distance over which the camera's errors at two nodes are alike (m)."""
    shake: Annotated[Length, Field(ge=0)] = 0.0
    """Standard deviation of each component by which the whole picture is off (m)."""
    weights: Weights | None = None
    """Weights at hand, a piece each (N). Where None, 1, 2, 2, 5 and 10 gf for the lattice of Li & Mao (2024); for
    others such as make the data's load, and 0.1, 0.2, 0.2 and 0.5 of its largest component for the adjoint force."""
    largest: Annotated[Force, Field(gt=0)] | None = None
    """Most that may hang on the lattice at once (N). Where None, 20 gf on the lattice of Li & Mao (2024); on others
    everything at hand, or twice the data's load."""
    repeats: int = Field(default=5, ge=1, le=MOST)
    """Most measurements of which the mean is taken."""
    readings: int | None = Field(default=None, ge=1, le=MOST)
    """Most pictures in all; as many as the repeats take where None."""
    scales: Listed[Annotated[float, Field(gt=0)]] = Field(default=[0.5, 1.0, 1.5, 2.0], min_length=1)
    """Factors by which the data's load and its targets may be scaled, and the gradient by their square."""
    buckling_fraction: float = Field(default=0.8, gt=0)
    """Most that a bond may be compressed by, as a share of Euler's load of a pinned bond."""
    clearance: Annotated[Length, Field(ge=0)] = 0.0
    """Least gap between bonds of the loaded lattice (m)."""
    pulleys: bool = True
    """Whether forces may point elsewhere than down."""
    seed: int = Field(default=0, ge=0, le=MOST_SEED)
    _assigned: frozenset[str] = PrivateAttr(default=frozenset())
    """Settings that the command line gave."""
    solver: SolverSettings = SolverSettings()
    loading: LoadStepping = LoadStepping()

    @property
    def choice(self) -> list[str]:
        """The estimators to choose from."""
        if self.estimators is not None:
            return list(self.estimators)
        return [name for name in READINGS if self.model in SEES_ENERGY or READINGS[name].factors is not None]

    def at_hand(self, network: Network, force: Floats) -> tuple[Self, list[str]]:
        """Return the same with weights and the most that may hang, and what a user should know of them.

        Args:
            network: the network.
            force: the data's load (N), shape (N, d).

        Raises:
            ConfigError: the data's load pulls at too many nodes for a set of weights to be proposed.
        """
        pulls = [float(pull) for pull in np.abs(force[force != 0])]
        weights, largest, notes = self.weights, self.largest, []
        if is_li2024(network):
            weights = weights or [mass * GRAM_FORCE for mass in (1, 2, 2, 5, 10)]
            largest = largest or 20 * GRAM_FORCE
        if weights is None:
            if len(pulls) + len(FOR_ADJOINT) > MOST_PIECES:
                raise ConfigError(
                    f"Plan: the data's load pulls at {network.name} in {len(pulls)} places; give the weights there are."
                )
            weights = sorted([*(share * max(pulls) for share in FOR_ADJOINT), *pulls])
            largest = largest or 2 * sum(pulls)
            shown = ", ".join(grams(weight) for weight in weights)
            notes.append(f"weights: none are given; planned with {shown}, which suit {network.name}.")
        return self.model_copy(update={"weights": weights, "largest": largest or sum(weights)}), notes

    def resolved_case(self) -> Case:
        """The case itself.

        Raises:
            ConfigError: no case has that name.
        """
        if isinstance(self.case, Case):
            return self.case
        known = self._known_cases()
        if self.case not in known:
            raise ConfigError(
                f"There is no case {self.case!r}; {nearest(self.case, known)} A plan file may have a [case] of its own."
            )
        return known[self.case]

    @staticmethod
    def _known_cases() -> dict[str, Case]:
        known = read_toml(resources.find("studies", CASES) / "study.toml")["case"]
        return {name: validated(Case, values, f"case {name}") for name, values in known.items()}

    def fitted(self, network: Network, comm: MPI.Comm) -> tuple[Self, str, list[str]]:
        """Return the settings for a network, what its case is called, and what a user should know of them.

        A case of another network gives way to one of the network's own ports, whose load the weights can make; the
        usual model gives way to beams where it does not carry the network.

        Args:
            network: the network.
            comm: ranks that share the work.

        Raises:
            ConfigError: the case is of another network, and this one lacks inputs or outputs; the message says what to
                write. Or there is no case of the name.
            MechanismError: a model that was asked for does not carry the network.
        """
        usual = "model" not in self.model_fields_set
        fitting = Fitting(
            network, comm, self.models_by_name(), [self.model], self.solver.resolved(), self.loading, self.written_for,
            self._assigned,
        )  # fmt: skip
        changed: dict[str, Any] = {"written_for": None}
        if not fitting.carries(self.model):
            if not usual:
                fitting.require([self.model], "model")
            changed["model"] = USUAL
            fitting.note(f"model: {USUAL}, as {self.model} cannot carry {network.name}.")
        asked = PORTS if self.case == PORTS else self.resolved_case()
        name = self.case if isinstance(self.case, str) else "of the plan file"
        # A case that is called by name is that of the study's file, whoever calls it
        path, label = (f"of {CASES}", f"case {name!r}") if isinstance(self.case, str) else ("case", "[case]")
        if isinstance(asked, Case) and fitting.belongs(asked, path):
            return self.model_copy(update=changed), name, fitting.notes
        own = f"{network.name} is loaded and read at its own ports"
        why = fitting.strange(label, asked, path) if isinstance(asked, Case) else own
        changed["case"] = port_case(fitting, why, self._makeable(len(network.inputs)), "--set case=")
        return self.model_copy(update=changed), PORTS, fitting.notes

    def _makeable(self, inputs: int) -> Callable[[float], float]:
        """Loads that the weights can make: at least the smallest, and half of what may hang, on each input."""

        def made(force: float) -> float:
            hung = [self.largest] if self.largest is not None else []
            if self.weights is not None:
                hung.append(sum(self.weights))
            most = 0.5 * min(hung, default=np.inf) / max(inputs, 1)
            return rounded(max(min(force, most), min(self.weights or [0.0])))

        return made


def plan_settings(target: str, assignments: Sequence[str] = ()) -> PlanSettings:
    """Settings of a plan.

    Args:
        target: a network by name or path, or a plan file: a TOML file with settings, ``network`` among them.
        assignments: ``"key=value"``, laid over the settings.

    Raises:
        ConfigError: a file cannot be read, or a setting is not valid.
    """
    path, values = Path(target), dict[str, Any](network=target)
    if path.suffix == ".toml" and path.is_file() and "network" in (found := read_toml(path)):
        values = written_in(found, path.parent)
    given = assigned_keys(assignments)
    if "network" in given:
        values.setdefault("written_for", values["network"])
    settings = validated(PlanSettings, assigned(values, assignments), f"plan {target}")
    settings._assigned = given
    return settings
