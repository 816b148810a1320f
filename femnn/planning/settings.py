"""What a plan is made for: a plan file, or the options of ``femnn plan``."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field

from femnn import resources
from femnn.config import assigned, nearest, one_of, read_toml, validated
from femnn.errors import ConfigError
from femnn.learning.cases import Case
from femnn.learning.schemes import SCHEMES
from femnn.lists import ListSyntax
from femnn.modelling import ModelSettings
from femnn.quantities import GRAM_FORCE, Force, Length
from femnn.solving.continuation import LoadStepping
from femnn.study import Listed, ModelName, SolverSettings

CASES = "gradient-error"
"""Study whose cases can be called by name."""
SEES_ENERGY = frozenset({"spring", "bar", "bar-green"})
"""Models whose energy of a bond is told by its elongation, so that a camera that tracks nodes sees it."""

type Weights = Annotated[list[Annotated[Force, Field(gt=0)]], ListSyntax(), Field(min_length=1)]
"""The weights of a set (N), a piece each: ``1, 2, 2, 5, 10 gf``."""


class PlanSettings(ModelSettings):
    """Settings of a plan."""

    network: str = "li2024"
    """Network of meshes/ by name, or a path."""
    case: str | Case = "separate"
    """Loads and targets, or the name of a case of the study gradient-error."""
    model: ModelName = "bar"
    """Model by which states and errors are foreseen."""
    estimators: Listed[Annotated[str, one_of("estimator", SCHEMES)]] | None = Field(default=None, min_length=1)
    """Estimators to choose from; where None, all that a camera can form: energy forms on springs and bars alone."""
    noise: Annotated[Length, Field(gt=0)] = 20e-6
    """Standard deviation of the camera's reading of each displacement (m)."""
    correlation_length: Annotated[Length, Field(ge=0)] = 0.0
    """Distance over which the camera's errors at two nodes are alike (m)."""
    shake: Annotated[Length, Field(ge=0)] = 0.0
    """Standard deviation of each component by which the whole picture is off (m)."""
    weights: Weights = Field(default_factory=lambda: [grams * GRAM_FORCE for grams in (1, 2, 2, 5, 10)])
    """Weights at hand, a piece each (N)."""
    largest: Annotated[Force, Field(gt=0)] = 20 * GRAM_FORCE
    """Most that may hang on the lattice at once (N)."""
    repeats: int = Field(default=5, ge=1)
    """Most measurements of which the mean is taken."""
    readings: int | None = Field(default=None, ge=1)
    """Most pictures in all; as many as the repeats take where None."""
    scales: Listed[Annotated[float, Field(gt=0)]] = Field(default=[0.5, 1.0, 1.5, 2.0], min_length=1)
    """Factors by which the data's load and its targets may be scaled, and the gradient by their square."""
    buckling_fraction: float = Field(default=0.8, gt=0)
    """Most that a bond may be compressed by, as a share of Euler's load of a pinned bond."""
    clearance: Annotated[Length, Field(ge=0)] = 0.0
    """Least gap between bonds of the loaded lattice (m)."""
    pulleys: bool = True
    """Whether forces may point elsewhere than down."""
    seed: int = Field(default=0, ge=0)
    solver: SolverSettings = SolverSettings()
    loading: LoadStepping = LoadStepping()

    @property
    def choice(self) -> list[str]:
        """The estimators to choose from."""
        if self.estimators is not None:
            return list(self.estimators)
        return [name for name in SCHEMES if self.model in SEES_ENERGY or SCHEMES[name].factors is not None]

    def resolved_case(self) -> Case:
        """The case itself.

        Raises:
            ConfigError: no case has that name.
        """
        if isinstance(self.case, Case):
            return self.case
        known = read_toml(resources.find("studies", CASES) / "study.toml")["case"]
        if self.case not in known:
            raise ConfigError(
                f"There is no case {self.case!r}; {nearest(self.case, known)} A plan file may have a [case] of its own."
            )
        return validated(Case, known[self.case], f"case {self.case}")


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
        values = found
    return validated(PlanSettings, assigned(values, assignments), f"plan {target}")
