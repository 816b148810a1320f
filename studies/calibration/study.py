"""The study that fits what is not known of the printed lattice, and judges models on what they were not fitted to."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Annotated, ClassVar, Self

import numpy as np
import pandas as pd
from pydantic import Field, model_validator

from femnn.config.quantities import Length
from femnn.config.settings import one_of, require_known
from femnn.errors import ConvergenceError, InstabilityError, MeshError
from femnn.measured.calibration.calibrated_lattice import CalibratedLattice
from femnn.measured.calibration.fit import fit
from femnn.measured.calibration.identifiability import identifiability
from femnn.measured.calibration.judging import displacements, weighted_error
from femnn.measured.calibration.misfit_weights import Observed, chi_squared_change, observed, without_floor
from femnn.measured.calibration.parameters import NAMES, SHARED, WIDTHS, Parameters, Priors
from femnn.measured.comparison.agreement import trial_count
from femnn.measured.comparison.pushed_outputs import beside_published
from femnn.measured.published import published_displacements
from femnn.mechanics.models import SPRINGS
from femnn.network.network import Network
from femnn.study.api import Bench, Layout, Listed, Measured, Point, Results, Row, Value, at, rows
from femnn.study.contents import Content, Headline, found
from femnn.study.measured_study import MeasuredStudy
from femnn.training.training_settings import TrainingSettings

from . import details, judgement
from .judgement import DISPLACEMENTS, Judgement

KEYS = ["fit", "set", "model"]


class Calibration(MeasuredStudy):
    """Calibration: which model predicts best?

    What is not known of the printed lattice is fitted to one measured gradient, in every model the same way. Which
    model then predicts the other gradient and the displacements best, and what do the data tell of the parameters?

    Modulus, angles of the loads, ends, pads and the width of every bond are fitted. The model is judged on what it was
    not fitted to: the other gradient, and displacements before and after training.
    """

    expected_errors: ClassVar = (ConvergenceError, InstabilityError, MeshError)
    units: ClassVar = {"predicted": "m2", "measured": "m2", "weight": "m2"}
    tables: ClassVar = {
        "table": Layout(
            [*KEYS, "against", "fitted", "values", "weighted_error", "weighted_error_without_floor", "change",
             "change_deviation"],
            [*KEYS, "against"],
            ["weighted_error", "weighted_error_without_floor"],
        ),
        "parameters": Layout(
            [*KEYS, "parameter", "value", "deviation", "prior", "shared"],
            [*KEYS, "parameter"],
            ["value", "deviation", "prior"],
        ),
        "products": Layout(
            [*KEYS, "case", "bond", "predicted", "measured", "deviation", "weight"],
            [*KEYS, "case", "bond"],
            ["predicted", "measured", "weight"],
        ),
        "displacements": Layout([*KEYS, "experiment", "output", "predicted", "measured", "deviation"]),
        "identifiability": Layout([*KEYS, "direction", "singular_value"]),
    }  # fmt: skip

    fits: Listed[str] = Field(min_length=1)
    """Cases that are fitted, each by itself; all other cases are judged."""
    floor: Length = Field(default=0.0, ge=0)
    """Error of the camera's reading of one elongation (m)."""
    sets: Listed[str] = Field(min_length=1)
    """Names of the sets of parameters that are fitted."""
    set: dict[str, Listed[Annotated[str, one_of("parameter", NAMES)]]]
    """Sets of parameters by name."""
    priors: Priors = Field(default_factory=Priors)
    training: TrainingSettings = Field(default_factory=TrainingSettings)
    """How springs are trained to the behaviours."""

    @model_validator(mode="after")
    def _names_exist(self) -> Self:
        for names, known, what in ((self.fits, self.cases, "case"), (self.sets, self.set, "set of parameters")):
            require_known(what, names, known)
        return self

    @property
    def springs_training(self) -> TrainingSettings:
        """How springs are trained to the behaviours."""
        return self.training

    @property
    def full_set(self) -> str:
        """The set with most parameters."""
        return max(self.sets, key=lambda name: (WIDTHS in self.set[name], len(self.set[name])))

    def check(self, network: Network) -> None:
        """Check what was measured, and that every bond of it has a weight."""
        super().check(network)
        for case, measured in self.gradients(network).items():
            if case in self.cases:
                observed(measured, np.zeros((2, len(network.bonds))), self.floor, network)

    def points(self) -> Iterator[Point]:
        """Every fit of every set of parameters in every model."""
        for case, name, model in product(self.fits, self.sets, self.models):
            yield Point({"fit": case, "set": name, "model": model}, [model], self.needs())

    def measure(self, bench: Bench, point: Point) -> Iterator[Measured]:
        """Fit a model to one case, and have it predict everything else."""
        network, model, case = bench.network, self.models_by_name()[point["model"]], point["fit"]
        protocols, measured = self.protocols(network), self.gradients(network)
        # The same weights for all models: elongations of springs are near enough for an error of an error
        data = {
            name: observed(measured[name], self.elongations(bench, name), self.floor, network) for name in self.cases
        }
        parameters = Parameters.chosen(self.set[point["set"]], model, network, self.priors)
        calibrated = CalibratedLattice(model, network, parameters, bench.comm, self.solver.resolved(), self.loading)
        fitted = fit(calibrated, protocols[case], data[case])
        products = {
            name: fitted.products if name == case else calibrated.predicted(fitted.values, asked).gradient
            for name, asked in protocols.items()
        }
        moved = displacements(calibrated, fitted.values, self.pushes(bench))
        for name, values in products.items():
            error, raw = (each.weighted_error(values) for each in (data[name], without_floor(measured[name])))
            row = {"against": name, "fitted": name == case and parameters.size > 0, "values": len(values)}
            yield Row(row | {"weighted_error": error, "weighted_error_without_floor": raw})
            own, bonds = measured[name], [network.bond_name(bond) for bond in range(len(values))]
            columns = {"predicted": values, "measured": own.value, "deviation": own.deviation}
            yield from rows("products", case=name, bond=bonds, **columns, weight=data[name].deviation)
        if moved:
            error, count = weighted_error(moved, published_displacements()), sum(map(len, moved.values()))
            yield Row({"against": DISPLACEMENTS, "fitted": False, "values": count, "weighted_error": error})
        yield from (Row(row, "displacements") for row in beside_published(moved))
        known, labels = identifiability(fitted, parameters, data[case]), parameters.labels(network)
        columns = {"value": fitted.values, "deviation": known.deviations, "prior": parameters.prior}
        yield from rows("parameters", parameter=labels, **columns, shared=[name in SHARED for name in labels])
        singular = known.singular_values
        yield from rows("identifiability", direction=np.arange(len(singular)) + 1, singular_value=singular)
        yield Value("size", known.size)
        yield Value("trade_off", known.trade_off)
        yield Value("directions", [{"singular_value": d.singular_value, "text": str(d)} for d in known.directions])
        if not fitted.converged:
            raise ConvergenceError("the fit has not ended")

    def derived(self, results: Results) -> Iterator[tuple[str, pd.DataFrame]]:
        """``change``: χ² of springs less that of the model in what is predicted, by case."""
        table, products = results.table().copy(), results.table("products")
        measured = self.gradients(results.network)
        for i, row in table[(table["model"] != SPRINGS) & ~table["fitted"].astype(bool)].iterrows():
            own = at(products, case=row["against"], fit=row["fit"], set=row["set"])
            springs, model = (at(own, model=name)["predicted"].to_numpy() for name in (SPRINGS, row["model"]))
            if len(springs) and len(model):
                data = Observed(*(at(own, model=SPRINGS)[name].to_numpy() for name in ("measured", "weight")))
                found = chi_squared_change(springs, model, data, trial_count(measured[row["against"]]))
                table.loc[i, ["change", "change_deviation"]] = found
        yield "table", table

    def report(self, results: Results) -> Iterator[Content | Iterator[Content]]:
        """Who predicts best, what the data tell of the parameters, and what is left."""
        done = set(results.table()["fit"])
        judgements = [Judgement(self, results, case) for case in self.fits if case in done]
        yield Headline("judged", [row for each in judgements for row in each.rows()])
        if not judgements:
            return
        yield Headline("parameters", at(results.table("parameters"), shared=True).to_dict("records"))
        first = judgements[0]
        for each in judgements:
            yield from found(judgement.headline(each))
        for part in (
            judgement.displacements, judgement.sets, details.modulus, details.directions, details.bonds, details.floor
        ):  # fmt: skip
            yield from found(part(first))
        yield from (each.table() for each in judgements)
        yield details.parameters_table(self, results)
        yield judgement.errors(judgements)
        yield details.products(first)
        yield details.parameters(first)
        yield details.singular_values(first)
