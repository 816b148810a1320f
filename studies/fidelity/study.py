"""The study that holds models against the published measurements."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, fields
from itertools import product
from typing import Annotated, ClassVar, Literal, Self

import numpy as np
from pydantic import Field, model_validator

from femnn.config.directions import Direction, in_dimension
from femnn.config.limits_of_input import MOST
from femnn.config.quantities import Density, Length
from femnn.config.settings import Settings, one_of
from femnn.insitu.fitting import Fitting
from femnn.measured.comparison.agreement import Agreement, Change, agreement, change, difference, scatter
from femnn.measured.comparison.neglected_effects import EFFECTS, Pair, Steps
from femnn.measured.comparison.protocol import lattice_weight
from femnn.measured.comparison.pushed_outputs import beside_published, chance_of_published
from femnn.measured.comparison.variants import Variant, Variants, sees_ends
from femnn.measured.measured_gradient import MeasuredGradient
from femnn.mechanics.models import SPRINGS
from femnn.network.network import Network
from femnn.runtime.streams import stream
from femnn.study.api import Bench, Content, Headline, Layout, Listed, Point, Results, Row, rows
from femnn.study.measured_study import MeasuredStudy
from femnn.study.model_settings import Law

from . import drawings, report
from .report import BASE


def names(kind: type[Agreement | Change]) -> list[str]:
    """Figures of a comparison."""
    return [figure.name for figure in fields(kind)]


class Switched(Settings):
    """What effects are switched to."""

    pad_radius: Length = Field(gt=0)
    pin_radius: Length = Field(gt=0)
    poisson_ratio: float = Field(gt=0, lt=0.5)
    law: Law


class Fidelity(MeasuredStudy):
    """Which model explains what was measured?

    Li & Mao measured the gradient of a printed lattice bond by bond. Ideal springs predict it well. Which model of the
    real lattice predicts it better, and what does each effect that springs neglect change?

    Every model of the printed lattice, with straight bonds and with thinned ends, predicts the published protocol, and
    is held against the published measurements: gradients of two load cases, and displacements before and after
    training. Then each effect that springs neglect is switched on, alone and in the solid that has them all.
    """

    units: ClassVar = {"predicted": "m2", "measured": "m2", "deviation": "m2"}
    tables: ClassVar = {
        "table": Layout(
            ["case", "model", "geometry", *names(Agreement), "change", "change_error"], ["case", "model", "geometry"]
        ),
        "effects": Layout(
            ["effect", "where", "case", *names(Change), "largest_displacement_factor"]
        ),
        "displacements": Layout(
            ["model", "geometry", "experiment", "node", "predicted", "measured", "deviation", "score", "factor",
             "fitted_score"]
        ),
        "gradients": Layout(
            ["case", "model", "geometry", "bond", "predicted", "measured", "deviation"],
            ["case", "model", "geometry", "bond"],
            ["predicted", "measured", "deviation"],
        ),
    }  # fmt: skip

    geometries: Listed[Literal["straight", "thinned"]] = Field(min_length=1)
    effects: Listed[Annotated[str, one_of("effect", EFFECTS)]] = Field(default_factory=list)
    """Effects that are switched on, alone and in the whole solid."""
    switched: Switched | None = None
    density: Density = Field(default=1140.0, gt=0)
    """Of the material (kg/m³)."""
    gravity: Direction = Field(default="-y", validate_default=True)
    draws: int = Field(default=10_000, ge=100, le=MOST)
    """How often measurements are drawn again, to see what their scatter does."""

    @model_validator(mode="after")
    def _effects_have_values(self) -> Self:
        if self.effects and self.switched is None:
            raise ValueError("effects need the table [switched], which says what they are switched to")
        return self

    def fitted(self, fitting: Fitting) -> Self:
        """Return the settings for the network of the run, without effects where springs do not carry it."""
        settings = super().fitted(fitting)
        if self.effects and fitting.lacks_springs("effects", "left out, as they start from springs, which"):
            return settings.model_copy(update={"effects": []})
        return settings

    def check(self, network: Network) -> None:
        """Check what is measured, and which way the lattice hangs."""
        super().check(network)
        in_dimension(self.gravity, network.dimension, "gravity")

    def points(self) -> Iterator[Point]:
        """Every model with straight bonds and with thinned ends; then every effect, alone and in the whole solid."""
        for model, geometry in product(self.models, self.geometries):
            if geometry == "straight" or self.has_ends(model):
                values = {"model": model, "geometry": geometry, "effect": None, "where": None}
                yield Point(values, [model], self.needs())
        for effect, where in product(self.effects, ("alone", "whole")):
            if pair := self._pair(effect, where):
                values = {"model": None, "geometry": None, "effect": effect, "where": where}
                yield Point(values, list(dict.fromkeys(variant.model.name for variant in pair)))

    def has_ends(self, model: str) -> bool:
        """Whether a model can have thinned ends."""
        return sees_ends(self.models_by_name()[model])

    def name_of(self, model: str, geometry: str) -> str:
        """A model with its geometry, for readers."""
        return f"{model}, {geometry}" if self.has_ends(model) else model

    def _pair(self, effect: str, where: str) -> Pair | None:
        """The models without and with an effect."""
        assert self.switched is not None
        switched = EFFECTS[effect](Steps(self.models_by_name(), self.switched))
        return switched.alone if where == "alone" else switched.whole

    def measure(self, bench: Bench, point: Point) -> Iterator[Row]:
        """Gradients and displacements of a model, or gradients of the two models that differ in an effect."""
        variants = bench.once("variants", lambda: self._variants(bench))
        if point["effect"] is not None:
            pair = self._pair(point["effect"], point["where"])
            yield from self._effect(bench, variants, pair) if pair else ()
            return
        variant = Variant(self.models_by_name()[point["model"]], point["geometry"] == "thinned")
        bonds = [bench.network.bond_name(bond) for bond in range(len(bench.network.bonds))]
        for case, asked in self.protocols(bench.network).items():
            gradient, known = variants.predicted(variant, case, asked).gradient, self._measured(bench)[case]
            row = {"case": case} | asdict(agreement(gradient, known))
            if SPRINGS in self.models and (point["model"], point["geometry"]) != BASE:
                springs, draws = self.elongations(bench, case).prod(axis=0), bench.stream("trials", case)
                better = difference(gradient, springs, known, self.draws, draws)
                row |= dict(zip(("change", "change_error"), better, strict=True))
            yield Row(row)
            columns = {"predicted": gradient, "measured": known.value, "deviation": known.deviation}
            yield from rows("gradients", case=case, bond=bonds, **columns)
        yield from self._displacements(bench, variants, variant)

    def _measured(self, bench: Bench) -> dict[str, MeasuredGradient]:
        return bench.once("measured", lambda: self.gradients(bench.network))

    def _variants(self, bench: Bench) -> Variants:
        down = in_dimension(self.gravity, bench.network.dimension, "gravity")
        weight = lattice_weight(bench.network, self.density, down)
        return Variants(bench.network, bench.comm, self.solver.resolved(), self.loading, weight)

    def _displacements(self, bench: Bench, variants: Variants, variant: Variant) -> Iterator[Row]:
        """Outputs before and after training, measured and predicted; see :func:`beside_published`."""
        pushes = self.pushes(bench)
        U = {name: variants.displacements(variant, push.force, push.stiffness) for name, push in pushes.items()}
        for row in beside_published({name: push.read(U[name]) for name, push in pushes.items()}):
            node, _ = pushes[row["experiment"]].outputs[row["output"] - 1]
            yield Row(row | {"node": bench.network.labels[node]}, "displacements")

    def _effect(self, bench: Bench, variants: Variants, pair: Pair) -> Iterator[Row]:
        """What switching an effect on does to the figures, a row a case."""
        for case, asked in self.protocols(bench.network).items():
            without, having = (variants.predicted(variant, case, asked) for variant in pair)
            measured, draws = self._measured(bench)[case], bench.stream("trials", case)
            row = asdict(change(without.gradient, having.gradient, measured, self.draws, draws))
            largest = [float(np.abs(found.displacements[0]).max()) for found in (without, having)]
            yield Row({"case": case} | row | {"largest_displacement_factor": largest[1] / largest[0]}, "effects")

    def report(self, results: Results) -> Iterator[Content | Iterator[Content]]:
        """Agreement of the models, effects, displacements: sentences, tables and figures."""
        measured = self.gradients(results.network)
        perfect = {case: scatter(measured[case], self.draws, stream(self.seed, "trials", case)) for case in self.cases}
        yield report.agreement(self, results, perfect)
        yield report.effects(self, results.table("effects"))
        yield report.displacements(self, results.table("displacements"))
        yield Headline("scatter", {case: vars(scatter) for case, scatter in perfect.items()})
        yield drawings.agreement(self, results.table(), perfect)
        yield drawings.bonds(self, results.table(), results.table("gradients"))
        yield drawings.effects(results.table("effects"))
        yield drawings.displacements(self, results.table("displacements"))

    def perfect_displacements(self) -> dict[str, tuple[float, float]]:
        """χ² per value of the displacements of a perfect model: its median, and what 95 % of the draws are below."""
        return {
            column: chance_of_published(self.draws, stream(self.seed, "displacements"), fitted)
            for column, fitted in (("chi_squared", False), ("fitted_chi_squared", True))
        }
