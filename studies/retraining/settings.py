"""Settings of the study: what is switched to, and what is damaged."""

from typing import Literal, Self

from pydantic import Field, model_validator

from femnn.config import Settings, nearest
from femnn.learning.importance import require_removals
from femnn.learning.optimisers.settings import OptimiserSettings
from femnn.learning.settings import TrainingSettings
from femnn.learning.tasks import ClassificationSettings, Ports, RegressionSettings
from femnn.learning_study import LearningSettings, WidthBounds
from femnn.network import Network
from femnn.study import Listed


class Switching(Settings):
    """From the classification to a regression and back."""

    ports: str
    """Name of the ports of the classification."""
    width_bounds: WidthBounds | None = None
    """Smallest and largest width of every bond (m); those of the network where left out."""
    regression: RegressionSettings

    def network(self, usual: Network) -> Network:
        """The network with these bounds of the widths.

        Raises:
            NetworkError: a bond's own width is outside the bounds.
        """
        return usual if self.width_bounds is None else usual.with_width_bounds(*self.width_bounds)


class Damage(Settings):
    """Bonds that are removed from the trained network."""

    ports: str
    """Name of the ports of the classification."""
    rule: Literal["given", "random", "most-important"]
    bonds: tuple[tuple[int, int], ...] = ()
    """For the rule "given": the bonds, each by the labels of its nodes."""
    count: int | None = Field(default=None, ge=1)
    """For the other rules: how many bonds."""
    importance: Literal["removal", "gradient"] = "removal"
    """For "most-important": by the rise of the loss without the bond, or by |k dL/dk|."""
    optimiser: OptimiserSettings | None = None
    """Of both trainings; that of ``[training]`` where left out."""
    runs: int | None = Field(default=None, ge=1)
    """Seeds; as many as those of the study where left out."""

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if (self.rule == "given") != bool(self.bonds) or (self.rule == "given") == (self.count is not None):
            raise ValueError('rule "given" needs bonds and no count; the other rules need a count and no bonds')
        return self

    def training(self, usual: TrainingSettings) -> TrainingSettings:
        """The usual way to train, with the optimiser of this damage.

        Raises:
            ConfigError: the optimiser does not go with the other settings.
        """
        return usual if self.optimiser is None else usual.changed(optimiser=self.optimiser)


class RetrainingSettings(LearningSettings):
    """Settings of the study; ``[training]`` is that of the classification."""

    runs: int = Field(default=5, ge=1)
    """Seeds, from ``seed`` on; each splits the samples and orders the batches anew."""
    classification: ClassificationSettings = Field(default_factory=ClassificationSettings)
    ports: dict[str, Ports]
    """Where features push and which displacements answer, by name."""
    regression_training: TrainingSettings = Field(default_factory=TrainingSettings)
    """How the regression is trained."""
    switchings: Listed[str]
    """Names of the switchings that are run."""
    switching: dict[str, Switching] = Field(default_factory=dict)
    """Switchings by name."""
    damages: Listed[str]
    """Names of the damages that are run."""
    damage: dict[str, Damage] = Field(default_factory=dict)
    """Damages by name."""

    @model_validator(mode="after")
    def _names_exist(self) -> Self:
        if not self.switchings and not self.damages:
            raise ValueError("there is nothing to run; name at least one of switchings or damages")
        for what, names, known in (
            ("switching", self.switchings, self.switching),
            ("damage", self.damages, self.damage),
        ):
            for name in names:
                if name not in known:
                    raise ValueError(f"there is no {what} {name!r}; {nearest(name, known).rstrip('.')}")
        used = {f"switching {n!r}": self.switching[n].ports for n in self.switchings}
        used |= {f"damage {n!r}": self.damage[n].ports for n in self.damages}
        for where, ports in used.items():
            if ports not in self.ports:
                raise ValueError(f"{where}: there are no ports {ports!r}; {nearest(ports, self.ports).rstrip('.')}")
        return self

    def require_importances(self) -> None:
        """Refuse damages whose rule the models cannot follow.

        Raises:
            ConfigError: a model cannot tell what a bond's removal costs.
        """
        for name in self.damages:
            damage = self.damage[name]
            if damage.rule == "most-important" and damage.importance == "removal":
                for model in self.models:
                    require_removals(model)

    def input_notes(self) -> list[str]:
        """Columns of the data that were left out, or are to be watched."""
        regressions = [note for name in self.switchings for note in self.switching[name].regression.notes()]
        return list(dict.fromkeys([*self.classification.notes(), *regressions]))

    def seeds(self, runs: int | None = None) -> list[int]:
        """Seeds of so many runs."""
        return [self.seed + run for run in range(runs or self.runs)]
