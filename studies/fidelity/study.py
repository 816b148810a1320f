"""Which model explains what was measured?

Every model of the printed lattice, with straight bonds and with thinned ends, predicts the published protocol, and is
held against the published measurements: gradients of two load cases, and displacements before and after training. Then
each effect that springs neglect is switched on, alone and in the solid that has them all.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Literal, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr
from pydantic import Field, model_validator

from femnn.config.directions import Direction, in_dimension
from femnn.config.quantities import Density, Length
from femnn.config.settings import Settings as Table
from femnn.config.settings import one_of
from femnn.errors import ConvergenceError, InstabilityError
from femnn.insitu.fitting import Fitting
from femnn.measured.comparison.protocol import Protocol, lattice_weight, protocol
from femnn.mechanics.models import SPRINGS
from femnn.network.network import Network
from femnn.report.former_figure import Figure
from femnn.runtime.stack import MPI
from femnn.study.former.study import Outcome, Point, Run
from femnn.study.model_settings import Law
from femnn.study.study_settings import Listed, MeasuredSettings, ModelName
from femnn.training.tasks.ports import read
from femnn.training.trainer import Trainer
from femnn.training.training_settings import TrainingSettings

from . import drawings, findings, records
from .effects import EFFECTS, Effect, effects
from .variants import Bench as Variants
from .variants import Variant

type Floats = npt.NDArray[np.float64]

TITLE = "Which model explains what was measured?"
QUESTION = (
    "Li & Mao measured the gradient of a printed lattice bond by bond. Ideal springs predict it well. Which model of "
    "the real lattice predicts it better, and what does each effect that springs neglect change?"
)
TRAINING = {"epochs": 100, "optimiser": {"name": "lbfgs"}, "parametrisation": "box"}
"""How springs are trained to a behaviour; every bond ends at one of its bounds."""
BEFORE = "initial"
"""The experiment on the network before training."""


class Switched(Table):
    """What effects are switched to."""

    pad_radius: Length = Field(gt=0)
    pin_radius: Length = Field(gt=0)
    poisson_ratio: float = Field(gt=0, lt=0.5)
    law: Law


class Settings(MeasuredSettings):
    """Settings of the study."""

    models: Listed[ModelName] = Field(min_length=1)
    geometries: Listed[Literal["straight", "thinned"]] = Field(min_length=1)
    effects: Listed[Annotated[str, one_of("effect", EFFECTS)]] = Field(default_factory=list)
    """Effects that are switched on, alone and in the whole solid."""
    switched: Switched | None = None
    density: Density = Field(default=1140.0, gt=0)
    """Of the material (kg/m³)."""
    gravity: Direction = Field(default="-y", validate_default=True)
    draws: int = Field(default=10_000, ge=100)
    """How often measurements are drawn again, to see what their scatter does."""

    def used_models(self) -> set[str]:
        """Return the models that are compared, and those by which effects are switched on."""
        known = effects(self.models_by_name(), self.switched) if self.effects else {}
        pairs = [pair for name in self.effects for pair in (known[name].alone, known[name].whole) if pair]
        return super().used_models() | {variant.model.name for pair in pairs for variant in pair}

    def fitted(self, fitting: Fitting) -> Self:
        """Return the settings for the network of the run, without effects where springs do not carry it."""
        settings = super().fitted(fitting)
        if not self.effects or fitting.carries(SPRINGS):
            return settings
        fitting.require([SPRINGS], "effects")
        fitting.note(f"effects: left out, as they are told from springs, which cannot carry {fitting.network.name}.")
        return settings.model_copy(update={"effects": []})

    @model_validator(mode="after")
    def _effects_have_values(self) -> Self:
        if self.effects and self.switched is None:
            raise ValueError("effects need the table [switched], which says what they are switched to")
        return self


@dataclass
class Bench:
    """What the study asks of its models."""

    settings: Settings
    variants: Variants
    protocols: dict[str, Protocol]
    effects: dict[str, Effect]
    trainer: Trainer
    trained: dict[str, Floats]
    """Stiffness of the bonds in each experiment on displacements (N/m), shape (B,), as far as it is known yet."""


def prepare(settings: Settings, network: Network, comm: MPI.Comm) -> Bench:
    """Check the cases against the network and the network against the measurements; nothing is solved yet."""
    settings.check(network)
    models = settings.models_by_name()
    down = in_dimension(settings.gravity, network.dimension, "gravity")
    weight = lattice_weight(network, settings.density, down)
    variants = Variants(network, comm, settings.solver.resolved(), settings.loading, weight)
    protocols = {name: protocol(settings.case[name], network, settings.adjoint_force) for name in settings.cases}
    trainer = Trainer(network, comm, settings.solver.resolved(), settings.loading, models, 1)
    switched = effects(models, settings.switched) if settings.effects else {}
    return Bench(settings, variants, protocols, switched, trainer, {})


def points(settings: Settings) -> list[Point]:
    """Every model with straight bonds and with thinned ends; then every effect, alone and in the whole solid."""
    found: list[Point] = [
        {"model": model, "geometry": geometry, "effect": None, "where": None}
        for model in settings.models
        for geometry in settings.geometries
        if not (model == "beam-straight" and geometry == "thinned")
    ]
    return found + [
        {"model": None, "geometry": None, "effect": effect, "where": where}
        for effect in settings.effects
        for where in ("alone", "whole")
    ]


def measure(bench: Bench, point: Point, generator: np.random.Generator) -> Outcome:
    """Gradients and displacements of a model, or of the two models that an effect is told from."""
    try:
        if point["effect"] is None:
            model = bench.settings.models_by_name()[point["model"]]
            return Outcome(_answers(bench, Variant(model, point["geometry"] == "thinned")))
        effect = bench.effects[point["effect"]]
        pair = effect.alone if point["where"] == "alone" else effect.whole
        if pair is None:
            return Outcome({})
        without, having = (_answers(bench, variant) for variant in pair)
        return Outcome({"without": without, "with": having})
    except (ConvergenceError, InstabilityError) as error:
        name = point["effect"] or f"{point['model']}, {point['geometry']}"
        return Outcome({}, [f"{name}: {error}"])


def _answers(bench: Bench, variant: Variant) -> dict[str, Any]:
    """What a variant says of every case and of every experiment on displacements."""
    gradients, largest = {}, {}
    for case, asked in bench.protocols.items():
        found = bench.variants.predicted(variant, case, asked)
        gradients[case] = found.gradient.tolist()
        largest[case] = float(np.abs(found.displacements[0]).max())
    return {"gradients": gradients, "largest": largest, "displacements": _displacements(bench, variant)}


def _displacements(bench: Bench, variant: Variant) -> dict[str, list[float]]:
    """Displacements of the outputs before and after training (m), by experiment."""
    found, network = {}, bench.variants.network
    for name, behaviour in bench.settings.experiments.items():
        task = behaviour.task(network)
        before = {} if BEFORE in found else {BEFORE: network.stiffness}
        stiffness = before | {name: _trained(bench, name)}
        for experiment, k in stiffness.items():
            moved = bench.variants.displacements(variant, task.forces[0], k)
            places = read(network, behaviour.outputs)
            found[experiment] = [float(moved[network.index(node), component]) for node, component in places]
    return found


def _trained(bench: Bench, name: str) -> Floats:
    """Stiffness of springs trained to a behaviour (N/m), shape (B,)."""
    if name not in bench.trained:
        training = TrainingSettings.model_validate(TRAINING)
        task = bench.settings.behaviour[name].task(bench.variants.network)
        bench.trained[name] = bench.trainer.train("spring", task, training, 0, name).stiffness
    return bench.trained[name]


def tables(run: Run) -> dict[str, pd.DataFrame]:
    """``table``: agreement of models; ``effects``, ``displacements``; ``gradients``: bond by bond."""
    return {
        "table": records.agreements(run),
        "effects": records.effects(run),
        "displacements": records.displacements(run),
        "gradients": records.gradients(run),
    }


def dataset(run: Run, made: dict[str, pd.DataFrame]) -> xr.Dataset:
    """Agreement by case, model and geometry; gradients by bond too."""
    keys = ["case", "model", "geometry"]
    if made["table"].empty:
        return xr.Dataset()
    agreement = made["table"].set_index(keys).to_xarray()
    gradients = made["gradients"].set_index([*keys, "bond"])[["predicted", "measured", "deviation"]].to_xarray()
    for name in gradients:
        gradients[name].attrs["units"] = "m2"
    return xr.merge([agreement, gradients])


def summary(run: Run, made: dict[str, pd.DataFrame]) -> dict[str, Any]:
    """Headline figures and what they say."""
    return findings.summary(run, made)


def figures(run: Run, made: dict[str, pd.DataFrame]) -> list[Figure]:
    """The figures of the report."""
    return drawings.figures(run, made)
