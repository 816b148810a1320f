"""What the report is made of: the tables and the data set of a run, and what was measured at each place."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import xarray as xr

from femnn.insitu.load_paths import Reached, critical_share
from femnn.insitu.metrics import METRICS, relative_l2
from femnn.mechanics.model import Model
from femnn.report.texts import grams
from femnn.study.api import Results, at
from femnn.study.bond_tables import by_bond
from femnn.study.layout import Layout, merged, of_network, with_units

if TYPE_CHECKING:
    from .study import GradientError

ROUNDING = 1e-12
"""Relative error that is rounding."""
LINEAR = "linear-spring"
"""The reference that is the gradient of linear springs."""
KEYS = ["case", "model", "estimator", "adjoint_force", "repeat"]
EXTRA = ["forward_force", "strength"]
INDEX = ["case", "forward_force", "model", "estimator", "adjoint_force", "repeat"]
ERRORS = Layout(
    [*KEYS[:3], "reference", *KEYS[3:], *METRICS, *EXTRA, *Reached._fields], [*INDEX, "reference"], [*METRICS]
)
"""The errors, long form.

``stable`` is False where a state that was read is past a limit or bifurcation point, and None where the solver cannot
tell. How far the states that were read are from rest is in ``largest_rotation`` (rad), ``largest_strain`` and
``critical_share``, which follows from the loads at the ends of ``legs``: see :mod:`femnn.insitu.load_paths`.
"""
ENDS = [*KEYS, "forward_force", "why"]
REACTIONS = ["case", "model", "forward_force", "node", "quantity", "component", "reaction"]
UNITS = {
    "nodes": "m", "forward": "m", "adjoint": "m", "adjoint_force": "N", "forward_force": "N",
    "gradient": "m2", "loss_gradient": "m2", "exact_gradient": "m2", "linear_spring_gradient": "m2",
}  # fmt: skip


def with_critical_shares(results: Results) -> pd.DataFrame:
    """The errors with ``critical_share`` in the place of the legs."""
    table = results.table()
    critical = {
        (point["case"], point["model"], values["fields"]["forward_magnitude"]): values["critical"]
        for point, values in results
        if "critical" in values
    }
    columns = [table[name] for name in ("legs", "case", "model", "forward_force")]
    shares = [critical_share(legs, critical.get(tuple(at), {})) for legs, *at in zip(*columns, strict=True)]
    return table.drop(columns="legs").assign(critical_share=shares)


def gradients(results: Results) -> pd.DataFrame:
    """Every estimate, bond by bond.

    The column ``gradient`` is for the loss scaled so that its adjoint force has the strength that was applied, as in
    the paper, where it is the product of the two elongations as measured (m²); ``loss_gradient`` is dL/dk of the loss
    as it stands, and ``strength`` the ratio of the two. All errors are those of ``loss_gradient``.
    """
    each = results.table().drop_duplicates(INDEX)[[*KEYS, *EXTRA]]
    none = np.empty((0, len(results.network.bonds)))
    estimates = np.concatenate([none, *(found for _, found in results.values("gradients"))])
    scaled = each["strength"].to_numpy(dtype=np.float64)[:, None] * estimates
    table = by_bond(results.network, each, {"gradient": scaled, "loss_gradient": estimates})
    return table[[*KEYS, *(name for name in table if name not in (*KEYS, *EXTRA)), *EXTRA]]


def with_fields(errors: xr.Dataset, results: Results) -> xr.Dataset:
    """The errors, with the gradients, the fields of each model that could be solved, and the network."""
    layout = Layout([], [*INDEX, "bond"], ["gradient", "loss_gradient"])
    network, gradients = of_network(results.network), merged({"gradients": (results.table("gradients"), layout)}, {})
    parts = [network, errors, gradients]
    for point, data in results.values("fields"):
        at = {"case": [point["case"]], "forward_force": [data["forward_magnitude"]], "model": [point["model"]]}
        values = {name: ((*at, "node", "component"), data[name][None, None, None]) for name in ("forward", "adjoint")}
        values |= {
            f"{name.replace('-', '_')}_gradient": ((*at, "bond"), data[name][None, None, None])
            for name in ("exact", LINEAR)
            if name in data
        }
        parts.append(xr.Dataset(values, coords=at | dict(network.coords)))
    return with_units(xr.merge(parts, join="outer", compat="no_conflicts"), UNITS)


@dataclass(frozen=True)
class Place:
    """A case at one norm of the data's load, with the fields of its models."""

    case: str
    force: float
    """Norm of the data's load (N)."""
    label: str
    """For tables and sentences: the case, with the load where there are several."""
    models: dict[str, dict[str, Any]] = field(default_factory=dict, compare=False)
    """What was measured of every model that could be solved, by its name."""

    @property
    def heading(self) -> str:
        """For diagrams."""
        return f"{self.case}, data's load {grams(self.force)}"

    def rows(self, table: pd.DataFrame, **values: Any) -> pd.DataFrame:
        """Rows of a table at the place, with these values of other columns."""
        return at(table, case=self.case, forward_force=self.force, **values)

    def linear_spring_error(self, model: str) -> float:
        """Relative error of the gradient of the linear springs; 0 where there are none or it is rounding."""
        data = self.models.get(model, {})
        error = relative_l2(data[LINEAR], data["exact"]) if LINEAR in data else 0.0
        return error if error > ROUNDING else 0.0


@dataclass(frozen=True, eq=False)
class Run:
    """The study and its results."""

    study: GradientError
    results: Results

    @cached_property
    def table(self) -> pd.DataFrame:
        """The errors."""
        return self.results.table()

    @cached_property
    def models(self) -> dict[str, Model]:
        """All models by name."""
        return self.study.models_by_name()

    @cached_property
    def places(self) -> list[Place]:
        """All places at which a model could be solved, in order."""
        found: dict[tuple[str, float], Place] = {}
        for point, values in self.results:
            if "fields" in values:
                case, force = point["case"], values["fields"]["forward_magnitude"]
                label = f"{case}, {grams(force)}" if self.study.forward_forces else case
                place = found.setdefault((case, force), Place(case, force, label))
                place.models[point["model"]] = values | values["fields"]
        return list(found.values())
