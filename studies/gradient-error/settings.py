"""Settings of the study."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, model_validator

from femnn.config.quantities import Length
from femnn.config.settings import one_of
from femnn.errors import ConfigError
from femnn.insitu.difference_steps import default_steps
from femnn.insitu.estimators import ESTIMATORS
from femnn.insitu.fitting import Fitting
from femnn.insitu.relative_loads import Step
from femnn.insitu.sweeps import Forces
from femnn.mechanics.models import SPRINGS
from femnn.network.network import Network
from femnn.runtime.stack import MPI
from femnn.study.study_settings import AdjointSettings, Listed, ModelName

LINEAR = "linear-spring"
"""The reference that is the gradient of linear springs."""
REFERENCES = (LINEAR, "exact")


class Settings(AdjointSettings):
    """Which models, estimators and forces are compared, and how what they read is formed."""

    li2024_forces: ClassVar[tuple[Any, ...]] = ({"from": "0.0005 gf", "to": "25 gf", "count": 25}, "5 gf")
    for_network: ClassVar[tuple[str, ...]] = (
        *AdjointSettings.for_network, "forward_forces", "finite_difference_step", "central_difference_step",
    )  # fmt: skip

    models: Listed[ModelName] = Field(min_length=1)
    """Models whose gradient is estimated in situ, each with more effects than the one before it."""
    buckling: Listed[ModelName] = Field(default_factory=list)
    """Models of which, if they are run, it is found out at which adjoint force, reversed, they buckle."""
    estimators: Listed[Annotated[str, one_of("estimator", ESTIMATORS)]] = Field(min_length=1)
    references: Listed[Annotated[str, one_of("reference", REFERENCES)]] = Field(min_length=1)
    forward_forces: Forces = Field(default_factory=list)
    """Strengths to which the data's load of every case is scaled (N); as the case has it where empty."""
    noise: Length = Field(default=0.0, ge=0)
    """Standard deviation of the camera's reading of each displacement (m)."""
    repeats: int = Field(default=1, ge=1)
    elongation: Literal["own", "true", "projected"] = "own"
    """How elongations are formed from displacements; "own" is projected for springs and true for other models."""
    finite_difference_step: Step | None = None
    """In E·A (N), or as a share of each bond's stiffness; where None, that which suits the network."""
    central_difference_step: Step | None = None

    @property
    def ladder(self) -> list[str]:
        """The models, and between bars and beams those with straight ends: exact gradients are compared in steps."""
        found = list(self.models)
        if {"bar", "beam"} <= set(found) and "beam-straight" not in found:
            found.insert(found.index("beam"), "beam-straight")
        return found

    @property
    def needs_springs(self) -> bool:
        """Whether a model, a reference or an estimator asks for linear springs."""
        used = {*self.models, *self.buckling}
        return SPRINGS in used or LINEAR in self.references or any(map(takes_springs, self.estimators))

    def used_models(self) -> set[str]:
        """Return the models that are run; of others buckling is not looked for."""
        return super().used_models() - (set(self.buckling) - set(self.models))

    def fitted(self, fitting: Fitting) -> Self:
        """Return the settings for the network of the run, without springs where it stands by rigid joints alone."""
        settings = super().fitted(fitting)
        changed: dict[str, list[str]] = {"buckling": [name for name in self.buckling if fitting.carries(name)]}
        if not fitting.carries(SPRINGS):
            of_springs = [("estimators", name) for name in self.estimators if takes_springs(name)]
            for field, name in (("references", LINEAR), *of_springs):
                if name in getattr(self, field):
                    fitting.require([SPRINGS], field)
                    changed[field] = [other for other in getattr(self, field) if other != name]
                    fitting.note(f"{field}: {name} left out, as springs cannot carry {fitting.network.name}.")
        if not all(changed.get(field, True) for field in ("references", "estimators")):
            raise ConfigError('There is nothing left to compare; take references = ["exact"] and other estimators.')
        return settings.model_copy(update=changed)

    @model_validator(mode="after")
    def _forces_positive(self) -> Self:
        if min(self.forward_forces, default=1.0) <= 0:
            raise ValueError("forward_forces must be above 0")
        return self

    def resolved(self, network: Network, comm: MPI.Comm) -> Self:
        """The same with all forces in newtons, and with steps of differences."""
        one_sided, central = default_steps(network)
        steps = {
            "finite_difference_step": self.finite_difference_step or one_sided,
            "central_difference_step": self.central_difference_step or central,
        }
        return super().resolved(network, comm).model_copy(update=steps)


def takes_springs(estimator: str) -> bool:
    """Whether an estimator takes a field of linear springs."""
    return ESTIMATORS[estimator].needs_springs
