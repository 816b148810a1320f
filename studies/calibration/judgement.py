"""Weighted errors of what is predicted, in sentences, tables and figures: which calibrated model predicts best."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from femnn.measured.calibration.parameters import WIDTHS
from femnn.measured.comparison.agreement import best_factor, trial_count
from femnn.mechanics.models import SPRINGS
from femnn.report.colours import COLOURS, FAINT, MARKERS
from femnn.report.figure import Axis, Figure, Panel
from femnn.report.marks import Dots, Mark, Reference
from femnn.study.api import Content, Results, at, table

if TYPE_CHECKING:
    from .study import Calibration

DISPLACEMENTS = "displacements"
"""What stands for the experiments on displacements beside the cases."""
MATTERS = 5.0
"""Change of the error of what is predicted (%) from which more parameters matter."""
STATED = ("As stated", "as they are stated")
"""How sentences call models of which nothing is fitted."""
TICKS = (0.1, 0.2, 0.5, 1, 1.5, 2, 3, 5, 10, 20, 50, 100)


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

    @cached_property
    def fitted(self) -> pd.Series:
        """Weighted errors of what was fitted, by set and model."""
        own = at(self.results.table(), fit=self.fit, against=self.fit)
        return own.set_index(["set", "model"])["weighted_error"]

    @cached_property
    def errors(self) -> pd.DataFrame:
        """Weighted errors of what was not fitted, by set and model, a column each, and of all of it ``together``."""
        rows = at(self.results.table(), fit=self.fit)
        rows = rows[rows["against"] != self.fit]
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


def headline(judgement: Judgement) -> Iterator[str]:
    """Whether the best model predicts better than springs, and if not, why."""
    beside, study, fit = judgement.beside_springs, judgement.study, judgement.fit
    if beside is None:
        return
    best, own, springs = beside
    judged = judgement.errors.columns[:-1]
    parts = ", ".join(f"{what} {own[what]:.2f} against {springs[what]:.2f}" for what in judged)
    better = own["together"] < springs["together"]
    verdict = "predicts what it was not fitted to better" if better else "predicts the rest no better"
    trials = trial_count(study.gradients(judgement.results.network)[fit])
    scatter = f"1 is the scatter of single trials, {1 / np.sqrt(trials):.2f} that of means of {trials}"
    fitted = bool(study.set[study.full_set])
    how, alike = (f"Fitted to {fit!r}", "that are fitted the same way") if fitted else STATED
    yield (
        f"{how}, {best} {verdict} than springs {alike}: weighted error {own['together']:.2f} against "
        f"{springs['together']:.2f} ({parts}; {scatter if trials > 1 else '1 is scatter alone'})."
        + "".join(_changes(judgement))
    )
    worse = [what for what in judged if own[what] >= springs[what]]
    if worse:
        errors = judgement.fitted[study.full_set]
        why = "it agrees no better there either, so that its effects are not what the measurement shows"
        if errors[best] < errors[SPRINGS]:
            why = "it agrees better there, and that does not carry over"
        yield (
            f"Why {best} is no better in {' and '.join(worse)}: with {fit!r} itself the errors are "
            f"{errors[best]:.2f} and {errors[SPRINGS]:.2f}: {why}."
        )


def _changes(judgement: Judgement) -> Iterator[str]:
    """Whether gradients that are predicted are so better than by springs, next to what scatter does."""
    rows = judgement.rows_of("table")
    rows = rows[rows["change"].notna() & (rows["against"] != judgement.fit)]
    for case, mine in rows.groupby("against", sort=False):
        changes = [f"{-r.change:+.1f} ± {r.change_deviation:.1f} ({r.model})" for r in mine.itertuples()]
        beyond = mine["model"][mine["change"] > 2 * mine["change_deviation"]]
        yield (
            f" χ² of {case!r} against that of springs: {', '.join(changes)}; ± is what the scatter of the measured "
            f"means does; better by more than twice that: {' and '.join(beyond) if len(beyond) else 'none'}."
        )


def displacements(judgement: Judgement) -> Iterator[str]:
    """How far the size of displacements is wrong, next to what the fit leaves open of the size of elongations."""
    table, study, fit = judgement.rows_of("displacements"), judgement.study, judgement.fit
    if table.empty:
        return
    parts, rescaled = [], []
    for model, rows in table.groupby("model", sort=False):
        computed, measured = rows["predicted"] / rows["deviation"], rows["measured"] / rows["deviation"]
        factor = best_factor(computed.to_numpy(), measured.to_numpy())
        size = judgement.results.value("size", fit=fit, set=study.full_set, model=model)
        parts.append(f"{model} {100 * (1 / factor - 1):+.1f} ± {100 * size:.1f} %")
        rescaled.append(f"{model} {np.sqrt(np.mean((factor * computed - measured) ** 2)):.2f}")
    spread = float((table["deviation"] / table["measured"].abs()).median())
    yield (
        f"The size of displacements has a relative error of {', '.join(parts)} (± is what the fit to {fit!r} leaves "
        f"open; they repeat to {100 * spread:.1f} %). After optimal rescaling their weighted errors are "
        f"{', '.join(rescaled)}."
    )
    stated = next((name for name in study.sets if not study.set[name]), None)
    if (stated, SPRINGS) in judgement.errors.index:
        before, after = judgement.errors.loc[(stated, SPRINGS)], judgement.errors.loc[study.full_set]["together"]
        if before["together"] < after.min():
            moved = "".join(
                f": the stated modulus suits the displacements, and the fit to {fit!r} alone moves it by "
                f"{100 * np.expm1(row.value):+.1f} %, leaving ± {100 * row.deviation:.1f} % open"
                for row in at(judgement.rows_of("parameters"), model=SPRINGS, parameter="modulus").itertuples()
            )
            yield (
                f"Springs as they are stated predict all of it better still ({before['together']:.2f}, with "
                f"displacements {before[DISPLACEMENTS]:.2f}){moved}."
            )


def sets(judgement: Judgement) -> Iterator[str]:
    """Whether more parameters make the fit better, and what they do to what is predicted."""
    study, full, errors = judgement.study, judgement.study.full_set, judgement.errors["together"]
    for less in [name for name in study.sets if study.set[name] and name != full][-1:]:
        models = [m for m in study.models if (less, m) in errors.index and (full, m) in errors.index]
        if not models:
            continue
        fitted, rest = (
            [100 * (values[full, m] / values[less, m] - 1) for m in models] for values in (judgement.fitted, errors)
        )
        verdict = "too little to fit scatter with, or to explain the rest"
        widths = f"errors of single widths of {100 * study.priors.width:g} % among them, "
        widths *= WIDTHS in study.set[full] and WIDTHS not in study.set[less]
        if max(rest) > MATTERS:
            verdict = "what they fit does not carry over"
        elif min(rest) < -MATTERS:
            verdict = "what they fit carries over"
        yield (
            f"With {full!r} in the place of {less!r}, {widths}what is fitted changes by {min(fitted):+.1f} to "
            f"{max(fitted):+.1f} % and what is predicted by {min(rest):+.1f} to {max(rest):+.1f} %: {verdict}."
        )


def errors(judgements: Sequence[Judgement]) -> Iterator[Figure]:
    """Weighted errors, a row of panels a fit: what was fitted, and everything that was judged."""
    study = judgements[0].study
    values = np.concatenate([[1.0], *([*each.fitted, *np.ravel(each.errors)] for each in judgements)])
    low, high = 0.88 * np.nanmin(values), 1.15 * np.nanmax(values)
    ticks = [(tick, f"{tick:g}") for tick in TICKS if low <= tick <= high]
    x = Axis("weighted error", "log", (low, high), ticks, grid=True)
    # Grey for what is not fitted, colours for what is
    colours = iter(COLOURS)
    styles = [(name, next(colours) if study.set[name] else FAINT) for name in study.sets]
    rows: list[list[Panel]] = []
    for each in judgements:
        shown = {f"{each.fit} (fitted)": each.fitted}
        shown |= {f"{what} (predicted)": each.errors[what] for what in each.errors.columns[:-1]}
        panels: list[Panel] = []
        for title, found in shown.items():
            marks: list[Mark] = [Reference(at=1, along="x", dashes="--", width=0.9)]
            for i, ((name, colour), marker) in enumerate(zip(styles, MARKERS, strict=False)):
                places = [place + (i - (len(styles) - 1) / 2) * 0.22 for place in range(len(study.models))]
                own = [found.get((name, model), np.nan) for model in study.models]
                marks.append(Dots(x=own, y=places, marker=marker, colour=colour, name=name, keys=study.models))
            names = [(float(i), "" if panels else model) for i, model in enumerate(study.models)]
            y = Axis(ticks=names, limits=(len(names) - 0.5, -0.5))
            panels.append(Panel(marks, title, x, y, legend="" if rows or panels else "upper right"))
        rows.append(panels)
    heights = [2.0 + 0.34 * len(study.models)] * len(rows)
    yield Figure(
        "errors",
        _verdict(judgements[0]),
        "Root of the mean square of (computed − measured)/deviation: 1, dashed, is the scatter of single trials, and "
        "that of a mean of n is 1/√n of it. One row a fit; the first diagram is what was fitted, the others are "
        "predicted.",
        rows, (3.4 * max(map(len, rows)), sum(heights)), heights=heights,
    )  # fmt: skip


def _verdict(judgement: Judgement) -> str:
    if judgement.beside_springs is None:
        return "Weighted errors of what is fitted, and of what is then predicted"
    best, own, springs = judgement.beside_springs
    better = "better" if own["together"] < springs["together"] else "no better"
    return (
        f"Fitted to {judgement.fit!r}, {best} predicts the rest {better} than springs fitted the same way: "
        f"{own['together']:.2f} against {springs['together']:.2f}"
    )
