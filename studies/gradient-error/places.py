"""What the report is made of: the run, and what was measured at each place, a case at one norm of the data's load."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from femnn.insitu.metrics import relative_l2
from femnn.mechanics.model import Model
from femnn.report.texts import grams
from femnn.study.results import Results

from .tabulated import LINEAR

if TYPE_CHECKING:
    from .study import GradientError

ROUNDING = 1e-12
"""Relative error that is rounding."""


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
        wanted = {"case": self.case, "forward_force": self.force} | values
        return table[np.logical_and.reduce([table[name] == value for name, value in wanted.items()])]

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
