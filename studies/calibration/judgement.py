"""Weighted errors of what is predicted, and tables of them and of the parameters."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from femnn.mechanics.models import SPRINGS
from femnn.study.contents import Content, table
from femnn.study.results import Results
from femnn.study.table_rows import at

if TYPE_CHECKING:
    from .study import Calibration

DISPLACEMENTS = "displacements"
"""What stands for the experiments on displacements beside the cases."""
CLOSE = 0.5
"""Deviation over that of the prior above which a parameter counts as not determined by the data."""


@dataclass(frozen=True)
class Judgement:
    """What all models and sets predict that are fitted to one case."""

    study: Calibration
    results: Results
    fit: str
    """The case."""

    def rows_of(self, name: str) -> pd.DataFrame:
        """Rows of a table, of this fit and the set with most parameters."""
        return at(self.results.table(name), fit=self.fit, set=self.study.full_set)

    @property
    def _errors(self) -> pd.DataFrame:
        return at(self.results.table(), fit=self.fit)

    @cached_property
    def fitted(self) -> pd.Series:
        """Weighted errors of what was fitted, by set and model."""
        return at(self._errors, against=self.fit).set_index(["set", "model"])["weighted_error"]

    @cached_property
    def errors(self) -> pd.DataFrame:
        """Weighted errors of what was not fitted, by set and model, a column each, and of all of it ``together``."""
        rows = self._errors[self._errors["against"] != self.fit]
        errors = rows.pivot_table("weighted_error", ["set", "model"], "against", sort=False)
        counts = rows.groupby("against", sort=False)["values"].first()[errors.columns]
        errors["together"] = np.sqrt((errors**2 * counts).sum(axis=1) / counts.sum())
        return errors

    @cached_property
    def best(self) -> str | None:
        """The model other than springs that predicts best what was not fitted, with most parameters."""
        if self.study.full_set not in self.errors.index.get_level_values(0):
            return None
        own = self.errors.loc[self.study.full_set]["together"].drop(SPRINGS, errors="ignore")
        return None if own.empty else str(own.idxmin())

    @cached_property
    def beside_springs(self) -> tuple[str, pd.Series, pd.Series] | None:
        """The best model with its errors and those of springs; None where one of them is not there."""
        key = (self.study.full_set, SPRINGS)
        if self.best is None or key not in self.errors.index:
            return None
        return self.best, self.errors.loc[self.study.full_set, self.best], self.errors.loc[key]

    @property
    def other(self) -> str:
        """A case that was not fitted, if there is one."""
        return next((case for case in self.study.cases if case != self.fit), self.fit)

    def rows(self) -> Iterator[dict[str, Any]]:
        """Errors of what was fitted and of what was not, a row a set and model."""
        for (name, model), row in self.errors.iterrows():
            key = {"fit": self.fit, "set": name, "model": model}
            yield key | {"fitted": float(self.fitted[name, model])} | row.to_dict()

    def table(self) -> Content:
        """Weighted errors of all sets and models."""
        rows = [
            {"model": model, "parameters": name, f"{self.fit} (fitted)": f"{self.fitted[name, model]:.3f}"}
            | {str(what): f"{value:.3f}" for what, value in row.items()}
            for (name, model), row in self.errors.iterrows()
        ]
        return table(
            f"Weighted errors, fitted to {self.fit!r}",
            rows,
            "Root of the mean square of (computed − measured)/deviation; together: over all that was not fitted.",
        )


def parameters_table(study: Calibration, results: Results) -> Content:
    """Parameters of the lattice as a whole, with the largest set."""
    shared, rows = at(results.table("parameters"), shared=True, set=study.full_set), []
    for (model, name), own in shared.groupby(["model", "parameter"], sort=False):
        factor = 180 / np.pi if name.endswith("angle") else 100.0
        first = own.iloc[0]
        rows.append(
            {"model": model, "parameter": name}
            | {f"fitted to {case}": "–" for case in dict.fromkeys(shared["fit"])}
            | {f"fitted to {row.fit}": f"{factor * row.value:+.1f} ± {factor * row.deviation:.1f}"
               for row in own.itertuples()}
            | {"before": f"± {factor * first['prior']:.3g}"}
            | {"determined by": "data" if first["deviation"] < CLOSE * first["prior"] else "prior"}
        )  # fmt: skip
    return table(
        "Parameters of the lattice as a whole",
        rows,
        "Changes of what is stated in % (logarithms times 100); angles in degrees, counter-clockwise.",
    )
