"""What the run says: which calibrated model predicts best, by how much, and what is left."""

from collections.abc import Iterator

import numpy as np

from femnn.measured.calibration.parameters import WIDTHS
from femnn.measured.comparison.agreement import best_factor, trial_count
from femnn.mechanics.models import SPRINGS
from femnn.report.texts import number
from femnn.study.table_rows import at

from .judgement import DISPLACEMENTS, Judgement

MATTERS = 5.0
"""Change of the error of what is predicted (%) from which more parameters matter."""
NAMED = 3
"""Bonds that a sentence names."""
ROUNDING = 1e-9
"""Singular values up to this are zero except for rounding."""


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
    how, alike = (
        (f"Fitted to {fit!r}", "that are fitted the same way")
        if study.set[study.full_set]
        else ("As stated", "as they are stated")
    )
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


def of_fit(judgement: Judgement) -> Iterator[str]:
    """What one fit leaves of displacements, sets of parameters, what the data tell, bonds, and the floor."""
    yield from _displacements(judgement)
    yield from _sets(judgement)
    yield from _modulus(judgement)
    yield from _directions(judgement)
    yield from _bonds(judgement)
    yield from _floor(judgement)


def _displacements(judgement: Judgement) -> Iterator[str]:
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
            yield (
                f"Springs as they are stated predict all of it better still ({before['together']:.2f}, with "
                f"displacements {before[DISPLACEMENTS]:.2f})" + "".join(_moved(judgement)) + "."
            )


def _moved(judgement: Judgement) -> Iterator[str]:
    """By how much the fit has moved the modulus of springs."""
    for row in at(judgement.rows_of("parameters"), model=SPRINGS, parameter="modulus").itertuples():
        yield (
            f": the stated modulus suits the displacements, and the fit to {judgement.fit!r} alone moves it by "
            f"{100 * np.expm1(row.value):+.1f} %, leaving ± {100 * row.deviation:.1f} % open"
        )


def _sets(judgement: Judgement) -> Iterator[str]:
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


def _modulus(judgement: Judgement) -> Iterator[str]:
    sections = judgement.results.network.sections
    stated = float(sections.modulus.mean()) / 1e6
    straight = ", as it is for straight bonds" if (sections.end_share > 0).any() else ""
    rows = at(judgement.rows_of("parameters"), parameter="modulus")
    rows = rows.assign(modulus=stated * np.exp(rows["value"].astype(float)))
    parts = [f"{r.model} {r.modulus:.3f} ± {r.modulus * r.deviation:.3f} MPa" for r in rows.itertuples()]
    if parts:
        yield f"Modulus fitted to {judgement.fit!r}: {', '.join(parts)}; stated is {stated:.3g} MPa{straight}."


def _directions(judgement: Judgement) -> Iterator[str]:
    """How many directions the data tell of, which are weak, and which parameters stand for one another."""
    full, results = judgement.study.full_set, judgement.results
    known = {p["model"]: values for p, values in results if (p["fit"], p["set"]) == (judgement.fit, full)}
    mine = {model: values for model, values in known.items() if values.get("directions")}
    if not mine:
        return
    singular = judgement.rows_of("identifiability").groupby("model")["singular_value"]
    counts = ", ".join(f"{m} {(singular.get_group(m) > 1).sum()} of {len(singular.get_group(m))}" for m in mine)
    first = next(iter(mine.values()))["directions"][0]
    yield (
        f"Directions of all parameters together of which {judgement.fit!r} tells more than the priors: {counts}. The "
        f"best known is {first['text'].removeprefix('1.00 ')} (singular value {_figure(first['singular_value'])})."
    )
    model, values = max(mine.items(), key=lambda item: len(item[1]["directions"]))
    weak = [f"{d['text']} ({_figure(d['singular_value'])})" for d in values["directions"] if d["singular_value"] <= 1]
    if weak:
        scatter = ", errors of single widths being scatter" if WIDTHS in judgement.study.set[full] else ""
        yield f"Not determined, of the lattice as a whole{scatter} ({model}): {'; '.join(weak)}."
    pairs = [(model, *values["trade_off"]) for model, values in mine.items() if values["trade_off"]]
    if pairs:
        listed = ", ".join(f"{one} and {other} ({model}, {r:+.2f})" for model, one, other, r in pairs)
        yield f"Parameters that most stand for one another, with the correlation of their errors: {listed}."


def _figure(value: float) -> str:
    """A singular value, without what is left of rounding."""
    return number(value if value > ROUNDING else 0.0, 2)


def _bonds(judgement: Judgement) -> Iterator[str]:
    """Which bonds have most of what is left."""
    products = judgement.rows_of("products")
    products = products[(products["case"] != judgement.fit) & products["model"].isin([SPRINGS, judgement.best])]
    parts = []
    for (case, model), rows in products.groupby(["case", "model"], sort=False):
        squares = ((rows["predicted"] - rows["measured"]) / rows["weight"]) ** 2
        largest = squares.nlargest(NAMED)
        share = 100 * largest.sum() / squares.sum()
        parts.append(f"{share:.0f} % of the χ² of {case!r} on {', '.join(rows['bond'][largest.index])} ({model})")
    if parts:
        yield f"The {NAMED} bonds with most of what is left: {'; '.join(parts)}."


def _floor(judgement: Judgement) -> Iterator[str]:
    floor, rows = judgement.study.floor, judgement.rows_of("table")
    if not floor:
        return
    rows = rows[rows["model"].isin([SPRINGS, judgement.best]) & np.isfinite(rows["weighted_error_without_floor"])]
    parts = [
        f"{row.model} {row.against} {row.weighted_error**2:.2f} with and {row.weighted_error_without_floor**2:.1f} "
        "without"
        for row in rows.itertuples()
    ]
    said = f"χ² per bond: {'; '.join(parts)}" if parts else "without it, bonds have no deviation"
    yield f"Weights have a floor of {1e6 * floor:.3g} µm for the camera's error of an elongation; {said}."
