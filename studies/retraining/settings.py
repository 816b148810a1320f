"""Settings of the study: what is switched to, and what is damaged."""

from typing import Any, ClassVar, Literal, Self

from pydantic import Field, model_validator

from femnn.config.settings import Settings, nearest
from femnn.errors import ConfigError
from femnn.insitu.belonging import NamesNodes
from femnn.insitu.fitting import Fitting
from femnn.mechanics.models import SPRINGS
from femnn.network.network import Network
from femnn.study.former.learning_study import LearningSettings, WidthBounds
from femnn.study.study_settings import Listed
from femnn.training import port_settings
from femnn.training.bond_importance import require_removals
from femnn.training.optimisers.optimiser_settings import OptimiserSettings
from femnn.training.tasks import ClassificationSettings, Ports, RegressionSettings
from femnn.training.training_settings import TrainingSettings


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


class Damage(NamesNodes):
    """Bonds that are removed from the trained network."""

    naming: ClassVar[tuple[str, ...]] = ("bonds",)

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

    @property
    def by_removal(self) -> bool:
        """Whether bonds are chosen by what the removal of each costs."""
        return self.rule == "most-important" and self.importance == "removal"

    def training(self, usual: TrainingSettings) -> TrainingSettings:
        """The usual way to train, with the optimiser of this damage.

        Raises:
            ConfigError: the optimiser does not go with the other settings.
        """
        return usual if self.optimiser is None else usual.changed(optimiser=self.optimiser)


class RetrainingSettings(LearningSettings):
    """Settings of the study; ``[training]`` is that of the classification."""

    runs: int = Field(default=5, ge=1)
    """Seeds, from ``seed`` on; each splits the samples and orders the batches again."""
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

    def fitted(self, fitting: Fitting) -> Self:
        """Return the settings for the network of the run, with its own ports where theirs are of another."""
        settings = super().fitted(fitting)
        changed: dict[str, Any] = {"damages": self._damages(fitting)}
        changed["damage"] = {n: d for n, d in self.damage.items() if fitting.belongs(d, f"damage.{n}")}
        if not self.switchings and not changed["damages"]:
            raise ConfigError(
                f"There is nothing left to run on {fitting.network.name}; name switchings or damages of it."
            )
        used = [
            *(self.switching[n].ports for n in self.switchings),
            *(self.damage[n].ports for n in changed["damages"]),
        ]
        own = {name: ports for name, ports in self.ports.items() if fitting.belongs(ports, f"ports.{name}")}
        changed["ports"] = own
        strange = [name for name in dict.fromkeys(used) if name not in own]
        if strange:
            why = port_settings.strange(fitting, "ports", strange, self.ports)
            option = f"--set ports.{strange[0]}="
            task, ports = port_settings.classification_ports(
                fitting, self.classification, "classification", why, option
            )
            changed |= {"classification": task, "ports": own | dict.fromkeys(strange, ports)}
        changed["switching"] = {name: self._switching(fitting, name) for name in self.switchings}
        return settings.model_copy(update=changed)

    def _damages(self, fitting: Fitting) -> list[str]:
        """Damages of bonds of the run's network, and that its models can follow."""
        kept = []
        for name in self.damages:
            damage, path = self.damage[name], f"damage.{name}"
            if damage.bonds and not fitting.belongs(damage, path):
                fitting.note(f"{fitting.strange(f'damage {name!r}', damage, path)}: it is left out.")
            elif damage.by_removal and not fitting.carries(SPRINGS):
                fitting.require([SPRINGS], "damages")
                fitting.note(f"damage {name!r}: left out, as springs and bars tell it, which cannot carry the network.")
            else:
                kept.append(name)
        return kept

    def _switching(self, fitting: Fitting, name: str) -> Switching:
        switching, path = self.switching[name], f"switching.{name}.regression"
        if fitting.belongs(switching.regression, path):
            return switching
        why = fitting.strange(f"switching {name!r}", switching.regression, path)
        regression = port_settings.port_regression(fitting, switching.regression, why, path)
        return switching.model_copy(update={"regression": regression})

    def require_importances(self) -> None:
        """Refuse damages whose rule the models cannot follow.

        Raises:
            ConfigError: a model cannot tell what a bond's removal costs.
        """
        for name in self.damages:
            damage = self.damage[name]
            if damage.by_removal:
                for model in self.models:
                    require_removals(model)

    def input_notes(self) -> list[str]:
        """Columns of the data that were left out, or are to be watched."""
        regressions = [note for name in self.switchings for note in self.switching[name].regression.notes()]
        return list(dict.fromkeys([*self.classification.notes(), *regressions]))

    def seeds(self, runs: int | None = None) -> list[int]:
        """Seeds of so many runs."""
        return [self.seed + run for run in range(runs or self.runs)]
