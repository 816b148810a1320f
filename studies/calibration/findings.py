"""What the run says: which calibrated model predicts best, by how much, and what is left."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from femnn.measured.calibration.parameters import WIDTHS
from femnn.measured.comparison.agreement import trial_count
from femnn.study.former.study import Run

from . import knowledge
from .judgements import SPRING, best_model, errors_table, full_set, judged, listed, parameters_table
from .records import DISPLACEMENTS, found

MATTERS = 5.0
"""Change of the error of what is predicted (%) from which more parameters matter."""
NAMED = 3
"""Bonds that a sentence names."""


def summary(run: Run, made: dict[str, pd.DataFrame]) -> dict[str, Any]:
    """Findings, and tables of errors and of parameters."""
    table = made["table"]
    if table.empty:
        return {"network": run.network.name, "findings": [], "tables": [], "judged": []}
    fits = [fit for fit in run.settings.fits if fit in set(table["fit"])]
    sentences = [
        *(line for fit in fits for line in _headline(run, table, fit)),
        *_displacement_sentences(run, made, fits[0]),
        *_sets(run, table, fits[0]),
        *knowledge.sentences(run, made["parameters"], fits[0]),
        *_where(run, table, made["products"], fits[0]),
        *_floor(run, table, fits[0]),
    ]
    return {
        "network": run.network.name,
        "findings": sentences,
        "tables": [
            vars(t) for t in (*(errors_table(table, fit) for fit in fits), parameters_table(run, made)) if t.rows
        ],
        "judged": list(listed(table, fits)),
        "parameters": made["parameters"][made["parameters"]["shared"]].to_dict("records"),
    }


def _headline(run: Run, table: pd.DataFrame, fit: str) -> Iterator[str]:
    name, errors = full_set(run), judged(table, fit)
    best = best_model(table, fit, name)
    if best is None or (name, SPRING) not in errors.index:
        return
    own, springs = errors.loc[name, best], errors.loc[name, SPRING]
    parts = ", ".join(f"{what} {own[what]:.2f} against {springs[what]:.2f}" for what in errors.columns[:-1])
    worse = [what for what in errors.columns[:-1] if own[what] >= springs[what]]
    better = own["together"] < springs["together"]
    verdict = "predicts what it was not fitted to better" if better else "predicts the rest no better"
    how, alike = (
        (f"Fitted to {fit!r}", "that are fitted the same way")
        if run.settings.set[name]
        else ("As stated", "as they are stated")
    )
    yield (
        f"{how}, {best} {verdict} than springs {alike}: weighted error {own['together']:.2f} against "
        f"{springs['together']:.2f} ({parts}; {_scatter(run, fit)})." + "".join(_changes(table, fit, name))
    )
    if worse:
        yield from _why_not(table, fit, name, best, worse)


def _scatter(run: Run, fit: str) -> str:
    """What scatter alone makes of a weighted error."""
    trials = trial_count(run.settings.gradients(run.network)[fit])
    if trials == 1:
        return "1 is scatter alone"
    return f"1 is the scatter of single trials, {1 / np.sqrt(trials):.2f} that of means of {trials}"


def _changes(table: pd.DataFrame, fit: str, name: str) -> Iterator[str]:
    """Whether gradients that are predicted are so better than by springs, next to what scatter does."""
    rows = table[(table["fit"] == fit) & (table["set"] == name) & table["change"].notna() & (table["against"] != fit)]
    for case, mine in rows.groupby("against", sort=False):
        changes = [f"{-r['change']:+.1f} ± {r['change_deviation']:.1f} ({r['model']})" for _, r in mine.iterrows()]
        beyond = mine["model"][mine["change"] > 2 * mine["change_deviation"]]
        verdict = f"better by more than twice that: {' and '.join(beyond) if len(beyond) else 'none'}"
        yield (
            f" χ² of {case!r} against that of springs: {', '.join(changes)}; ± is what the scatter of "
            f"the measured means does; {verdict}."
        )


def _why_not(table: pd.DataFrame, fit: str, name: str, best: str, worse: list[str]) -> Iterator[str]:
    """Why a model is no better in some of it: it agrees no better with the fit either, or that does not carry over."""
    own = table[(table["fit"] == fit) & (table["against"] == fit) & (table["set"] == name)]
    errors = own.set_index("model")["weighted_error"]
    if errors[best] < errors[SPRING]:
        why = "it agrees better there, and that does not carry over"
    else:
        why = "it agrees no better there either, so that its effects are not what the measurement shows"
    yield (
        f"Why {best} is no better in {' and '.join(worse)}: with {fit!r} itself the errors are {errors[best]:.2f} and "
        f"{errors[SPRING]:.2f}: {why}."
    )


def _displacement_sentences(run: Run, made: dict[str, pd.DataFrame], fit: str) -> Iterator[str]:
    """How far displacements are off in size, next to what the fit leaves open of the size of elongations."""
    name, table = full_set(run), made["displacements"]
    if table.empty:
        return
    parts, but_for_size = [], []
    for point, data in found(run):
        if (point["fit"], point["set"]) == (fit, name):
            rows = table[(table["fit"] == fit) & (table["set"] == name) & (table["model"] == point["model"])]
            computed, measured = rows["predicted"] / rows["deviation"], rows["measured"] / rows["deviation"]
            factor = float((computed @ measured) / (computed @ computed))
            parts.append(f"{point['model']} {100 * (1 / factor - 1):+.1f} ± {100 * data['size']:.1f} %")
            left = float(np.sqrt(np.mean((factor * computed - measured) ** 2)))
            but_for_size.append(f"{point['model']} {left:.2f}")
    spread = float((table["deviation"] / table["measured"].abs()).median())
    yield (
        f"Displacements are off in size by {', '.join(parts)} (± is what the fit to {fit!r} leaves open; they repeat "
        f"to {100 * spread:.1f} %). But for their size their weighted errors are {', '.join(but_for_size)}."
    )
    errors = judged(made["table"], fit)
    stated = [s for s in run.settings.sets if not run.settings.set[s]]
    if stated and (stated[0], SPRING) in errors.index:
        before, after = errors.loc[stated[0], SPRING], errors.loc[name]["together"]
        if before["together"] < after.min():
            yield (
                f"Springs as they are stated predict all of it better still ({before['together']:.2f}, with "
                f"displacements {before[DISPLACEMENTS]:.2f})" + _moved(made["parameters"], fit, name) + "."
            )


def _moved(parameters: pd.DataFrame, fit: str, name: str) -> str:
    """By how much the fit has moved the modulus of springs."""
    keys = {"fit": fit, "set": name, "model": SPRING, "parameter": "modulus"}
    rows = parameters[np.all([parameters[key] == value for key, value in keys.items()], axis=0)]
    if rows.empty:
        return ""
    row = rows.iloc[0]
    return (
        f": the stated modulus suits the displacements, and the fit to {fit!r} alone moves it by "
        f"{100 * np.expm1(row['value']):+.1f} %, leaving ± {100 * row['deviation']:.1f} % open"
    )


def _sets(run: Run, table: pd.DataFrame, fit: str) -> Iterator[str]:
    """Whether more parameters make the fit better, and what they do to what is predicted."""
    full, errors = full_set(run), judged(table, fit)["together"]
    own = table[(table["fit"] == fit) & (table["against"] == fit)].set_index(["set", "model"])["weighted_error"]
    for less in [s for s in run.settings.sets if run.settings.set[s] and s != full][-1:]:
        models = [m for m in run.settings.models if (less, m) in errors.index and (full, m) in errors.index]
        if not models:
            continue
        fitted, rest = (
            [100 * (values[full, m] / values[less, m] - 1) for m in models] for values in (own, errors)
        )  # fmt: skip
        verdict = "too little to fit scatter with, or to explain the rest"
        widths = f"errors of single widths of {100 * run.settings.priors.width:g} % among them, "
        widths *= WIDTHS in run.settings.set[full] and WIDTHS not in run.settings.set[less]
        if max(rest) > MATTERS:
            verdict = "what they fit does not carry over"
        elif min(rest) < -MATTERS:
            verdict = "what they fit carries over"
        yield (
            f"With {full!r} in the place of {less!r}, {widths}what is fitted changes by {min(fitted):+.1f} to "
            f"{max(fitted):+.1f} % and what is predicted by {min(rest):+.1f} to {max(rest):+.1f} %: {verdict}."
        )


def _where(run: Run, table: pd.DataFrame, products: pd.DataFrame, fit: str) -> Iterator[str]:
    """Which bonds have most of what is left."""
    name, best = full_set(run), best_model(table, fit, full_set(run))
    mine = products[(products["fit"] == fit) & (products["set"] == name) & (products["case"] != fit)]
    parts = []
    for (case, model), rows in mine.groupby(["case", "model"], sort=False):
        squares = ((rows["predicted"] - rows["measured"]) / rows["weight"]) ** 2
        largest = squares.nlargest(NAMED)
        if model in (SPRING, best):
            share = 100 * largest.sum() / squares.sum()
            parts.append(f"{share:.0f} % of the χ² of {case!r} on {', '.join(rows['bond'][largest.index])} ({model})")
    if parts:
        yield f"The {NAMED} bonds with most of what is left: {'; '.join(parts)}."


def _floor(run: Run, table: pd.DataFrame, fit: str) -> Iterator[str]:
    if not run.settings.floor:
        return
    name, best = full_set(run), best_model(table, fit, full_set(run))
    mine = table[(table["fit"] == fit) & (table["set"] == name) & (table["against"] != DISPLACEMENTS)]
    parts = [
        f"{row['model']} {row['against']} {row['weighted_error'] ** 2:.2f} with and "
        f"{row['weighted_error_without_floor'] ** 2:.1f} without"
        for _, row in mine.iterrows()
        if row["model"] in (SPRING, best) and np.isfinite(row["weighted_error_without_floor"])
    ]
    said = f"χ² by bond: {'; '.join(parts)}" if parts else "without it, bonds have no deviation"
    yield f"Weights have a floor of {1e6 * run.settings.floor:.3g} µm for the camera's error of an elongation; {said}."
