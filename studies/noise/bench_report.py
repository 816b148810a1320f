"""What a run says of errors of the bench: each source alone and all at once, and a material that creeps meanwhile."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from femnn.config.quantities import GRAM_FORCE
from femnn.insitu.creeping import BASIS, BRACKETED, RESTED, protocols
from femnn.insitu.error_sources import ALL, NOTHING, SOURCES
from femnn.mechanics.viscoelasticity import MasterCurve, Prony, master_curve
from femnn.network.network import Floats
from femnn.report.colours import COLOURS, FAINT, INK
from femnn.report.error_curves import ERROR_LABEL, FORCE_LABEL, estimator_style
from femnn.report.figure import Axis, Figure, Panel, log_panel
from femnn.report.marks import Bars, Curve, Dots, Mark, Reference
from femnn.report.texts import grams, length, listed, number, percent
from femnn.study.api import Content, Finding, Headline, Results, at, at_shown_force, table

if TYPE_CHECKING:
    from .study import Noise

COLOUR = dict(zip(SOURCES, (FAINT, *COLOURS[:4], INK), strict=True))
WIDTH = 0.8 / len(SOURCES)
"""Of a bar."""
LOST = 0.2
"""1 − cosine above which creep has made the estimate useless, be it by itself or by buckling."""
TIMES: Floats = np.geomspace(1, 1e5, 101)
"""Times under load for which creep is drawn (s)."""
BEYOND = 3.0
"""Factor by which moduli are drawn beyond the measured frequencies."""
MEASURES = {"relative_l2": ERROR_LABEL, "one_minus_cosine": "error of its direction (1 − cosine)"}


def sources(study: Noise, results: Results) -> Iterator[Content]:
    """Each source of error at the adjoint force that is shown, and all."""
    at_shown = at_shown_force(study, results.table("sources"))
    for (case, model), rows in study.seen(at_shown).groupby(["case", "model"], sort=False):
        together = at(rows, source=ALL)
        least = together.sort_values("relative_l2")["estimator"].head(1).tolist()
        by = {name: at(rows, estimator=name).set_index("source")["relative_l2"] for name in ["product", *least]}
        parts = [f"by {name} {_ranked(own)}" for name, own in by.items() if ALL in own]
        if parts:
            yield Finding(
                f"{study.called(model)}, case {case}, {grams(rows['adjoint_force'].iloc[0])}, all errors of the "
                f"bench (each alone, with the nonlinearity): {'; '.join(parts)}."
            )
    found = []
    for (case, model, estimator), own in at_shown.groupby(["case", "model", "estimator"], sort=False):
        by_source = own.set_index("source").reindex(SOURCES)
        row = {"case": case, "model": model, "estimator": estimator}
        row |= {source: percent(value) for source, value in by_source["relative_l2"].items()}
        together = by_source.loc[ALL]
        found.append(row | {"all: 1 − cosine": number(together["one_minus_cosine"], 2),
                            "all: 1 − Pearson": number(together["one_minus_pearson"], 2)})  # fmt: skip
    if found:
        forces = listed([grams(force) for force in at_shown["adjoint_force"].unique()])
        note = "Relative L2 error, root of its mean square; each source with the nonlinearity, which is never absent."
        yield table(f"Each source of error alone, and all, at {forces}", found, note)
    yield Headline("sources", at_shown.to_dict("records"))


def _ranked(errors: pd.Series) -> str:
    """The error by all sources, and that by each of them, the largest first."""
    each = errors.drop(ALL).sort_values(ascending=False)
    return f"{percent(errors[ALL], 0)} ({', '.join(f'{source} {percent(error, 0)}' for source, error in each.items())})"


def bars(study: Noise, results: Results) -> Iterator[Content]:
    """Bars of the error that each source makes alone, and of all together."""
    case, b = study.cases[0], study.bench
    rows = at_shown_force(study, at(results.table("sources"), case=case))
    alone = rows[~rows["source"].isin([NOTHING, ALL])].groupby("source")["relative_l2"].mean().sort_values()
    if alone.empty:
        return
    title = f"What matters on a bench: {alone.index[-1]} first"
    if len(alone) > 1:
        title += f", then {alone.index[-2]}"
    yield Figure(
        "sources",
        title,
        f"Relative L2 error at an adjoint force of {grams(rows['adjoint_force'].iloc[0])}: nonlinearity, which "
        f"is always there; with it, one by one, camera noise of {length(b.noise)}, loads rounded to "
        f"{grams(b.weight)}, weights that hang askew by {b.angle:.3g}°, and creep with {b.delay:.3g} s between "
        "readings; and all of them. Errors of size have signs, so that creep may make up for nonlinearity.",
        [[_panel(study, at(rows, model=model), model)] for model in study.models], (10.0, 3.1 * len(study.models)),
        legend=[Bars(name=source, colour=colour) for source, colour in COLOUR.items()], legend_columns=len(SOURCES),
    )  # fmt: skip


def _panel(study: Noise, rows: pd.DataFrame, model: str) -> Panel:
    errors = rows.pivot_table(index="estimator", columns="source", values="relative_l2")
    names = [name for name in study.estimators if name in errors.index]
    errors = 100 * errors.reindex(index=names, columns=SOURCES)
    marks = [
        Bars(places=[place + (i - (len(SOURCES) - 1) / 2) * WIDTH for place in range(len(names))],
             values=errors[source].to_numpy(), thickness=WIDTH, colour=colour, name=source, keys=names)
        for i, (source, colour) in enumerate(COLOUR.items())
    ]  # fmt: skip
    return Panel(marks, model, Axis(ticks=list(enumerate(names))), Axis("relative error (%)", limits=(0.0, None)))


def _delay(study: Noise) -> float:
    """The delay that is nearest to that of the bench (s)."""
    return min(study.creep.delays, key=lambda delay: abs(delay - study.bench.delay))


def creep(study: Noise, results: Results) -> Iterator[Content]:
    """Errors by creep at the best adjoint force."""
    rows = at(results.table("creep"), best=True)
    quoted = rows[rows["delay"].isin(study.creep.delays)]
    for (case, model), own in quoted.groupby(["case", "model"], sort=False):
        yield from _findings(study, own, f"{study.called(model)}, case {case}")
    found = []
    for (case, model, protocol), own in quoted.groupby(["case", "model", "protocol"], sort=False):
        by = own.set_index("delay").reindex(study.creep.delays)
        row = {"case": case, "model": model, "protocol": protocol, "force": grams(own["adjoint_force"].iloc[0], 2)}
        for delay, size, direction in zip(by.index, by["relative_l2"], by["one_minus_cosine"], strict=True):
            row[f"{delay:.3g} s between readings"] = f"{percent(size)}; {number(direction, 2)}"
        found.append(row)
    note = (
        "Without noise. At short delays the answer to the adjoint force has not crept up to what the data's load has, "
        "which is a common factor. Rested: the lattice recovers from the data's load before the adjoint force is hung. "
        "+ − +: read with the adjoint force, its opposite, and itself again."
    )
    yield table("Error by creep: relative L2; 1 − cosine", found, note)
    yield Headline("creep", quoted.drop(columns=["best", "uncertainty"]).to_dict("records"))


def _findings(study: Noise, rows: pd.DataFrame, place: str) -> Iterator[Content]:
    """How far directions are off at the delay of the bench, and from which delay they are lost."""
    errors = at(rows, delay=_delay(study)).set_index("protocol")["one_minus_cosine"]
    plain = errors.drop([RESTED, BRACKETED], errors="ignore").sort_values(ascending=False)
    better = [f"{name} {number(errors[name], 2)}" for name in (RESTED, BRACKETED) if name in errors]
    if len(plain):
        yield Finding(
            f"{place}, creep alone, first read after {study.creep.wait:.3g} s and then every {_delay(study):.3g} "
            f"s: 1 − cosine {number(plain.iloc[0], 2)} ({plain.index[0]}) to {number(plain.iloc[-1], 2)} "
            f"({plain.index[-1]}){'; ' + ', '.join(better) if better else ''}."
        )
    lost = rows[rows["one_minus_cosine"] > LOST]
    if len(lost):
        yield Finding(
            f"{place}: with {lost['delay'].min():.3g} s and more between readings creep takes 1 − cosine above "
            f"{LOST:g} ({listed([*dict.fromkeys(lost['protocol'])])}): it outweighs the answer to the adjoint force, "
            "or the lattice buckles; hang less, or let it recover."
        )


def creep_figures(study: Noise, results: Results) -> Iterator[Content]:
    """Errors by creep against the delay, and against the adjoint force."""
    rows, models = at(results.table("creep"), case=study.cases[0]), study.models
    best, swept = at(rows, best=True), at(rows, best=False, delay=_delay(study))
    if not best.empty:
        lines = [Reference(at=delay, along="x", width=0.6) for delay in study.creep.delays]
        panels = [
            [log_panel([*_curves(study, at(best, model=model), "delay", measure), *lines], model,
                       "time between readings (s)", label) for model in models]
            for measure, label in MEASURES.items()
        ]  # fmt: skip
        yield Figure(
            "creep-against-delay",
            "Error by creep, against the delay between readings",
            "Error by creep and nonlinearity alone, without noise, against the time from one reading to the next, at "
            "the adjoint force that is best with the bench's noise; the data's load is first read after "
            f"{study.creep.wait:.3g} s. Size (top) is only a learning rate, and is right where the loads have hung "
            "equally long; direction (bottom) counts. Where a curve leaps the lattice buckles by creep. Dotted: the "
            "delays of the tables.",
            panels,
            (6.4 * len(models), 7.2),
        )
    if not swept.empty:
        yield Figure(
            "creep-against-force",
            "Error by creep, against the adjoint force",
            f"Error by creep and nonlinearity, without noise, with {_delay(study):.3g} s between readings.",
            [[log_panel(_curves(study, at(swept, model=model), "adjoint_force", "relative_l2", 1 / GRAM_FORCE),
                        model, FORCE_LABEL, ERROR_LABEL, gap=0.07) for model in models]],
            (6.4 * len(models), 3.8),
            share_y=True,
        )  # fmt: skip


def _curves(study: Noise, rows: pd.DataFrame, x: str, y: str, scale: float = 1.0) -> list[Curve]:
    """A curve for each protocol."""
    curves = []
    for name in protocols(study.estimators):
        own = at(rows, protocol=name).sort_values(x)
        colour, dashes = estimator_style(BASIS.get(name, name))
        curves.append(Curve(x=scale * own[x].to_numpy(), y=own[y].to_numpy(), name=name, colour=colour,
                            dashes=":" if name in BASIS else dashes))  # fmt: skip
    return curves


def material(study: Noise, results: Results) -> Iterator[Content]:
    """The Prony series, beside the master curve that it is fitted to."""
    settings = study.creep
    curve, last = master_curve(settings.master_curve), settings.wait + max(settings.delays)
    series = {"used": settings.prony(settings.equilibrium_modulus), "fitted": settings.prony(None)}
    known = {kind: {"equilibrium": prony.equilibrium, "misfit": prony.misfit(curve),
                    "creep_over_readings": float(prony.creep.compliance(last) / prony.creep.compliance(settings.wait))}
             for kind, prony in series.items()}  # fmt: skip
    yield Headline("prony", known)
    used, fitted = known["used"], known["fitted"]
    yield Finding(
        f"Prony series: with E∞ = {1e-6 * used['equilibrium']:.2f} MPa it departs from the master curve by "
        f"{percent(used['misfit'])}, with a fitted E∞ ({1e-6 * fitted['equilibrium']:.2f} MPa) by "
        f"{percent(fitted['misfit'])}; up to the longest delay compliance grows by a factor "
        f"{used['creep_over_readings']:.2f} with one and {fitted['creep_over_readings']:.2f} with the other."
    )
    given = {} if settings.equilibrium_modulus is None else {"given": series["used"]}
    panels = [
        _master_curve(curve, series["used"], "master curve at 20 °C, and Prony series"),
        _creep_curves(given | {"fitted": series["fitted"]}, settings.wait, last, "creep under hung weights"),
    ]
    yield Figure(
        "material",
        "Creep of Agilus30, and of the material taken for it",
        f"Dots: measured moduli. The series departs from them by {percent(used['misfit'])} (root mean square). Dotted: "
        "from the first reading to the last of the longest delay.",
        [panels],
        (12.8, 3.8),
    )


def _master_curve(curve: MasterCurve, series: Prony, title: str) -> Panel:
    """E′ and E″ against the frequency: measured as dots, and those of a Prony series as curves."""
    frequency = np.geomspace(curve.frequency.min() / BEYOND, BEYOND * curve.frequency.max(), 200)
    marks: list[Mark] = []
    for name, modulus, measured, colour in zip(
        ("E′", "E″"), series.dynamic(frequency), (curve.storage, curve.loss), COLOURS, strict=False
    ):
        marks.append(Curve(x=frequency, y=1e-6 * modulus, name=name, colour=colour))
        marks.append(Dots(x=curve.frequency, y=1e-6 * measured, size=5, colour=colour))
    return log_panel(marks, title, "frequency (Hz)", "modulus (MPa)")


def _creep_curves(series: Mapping[str, Prony], since: float, until: float, title: str) -> Panel:
    """The compliance J(t)/J(since) against the time under load (s), a curve a series; both times are marked."""
    marks: list[Mark] = [
        Curve(x=TIMES, y=prony.creep.compliance(TIMES) / prony.creep.compliance(since), colour=colour,
              name=f"E∞ = {1e-6 * prony.equilibrium:.2f} MPa ({name})", dashes="--" if i else "-")
        for i, ((name, prony), colour) in enumerate(zip(series.items(), COLOURS, strict=False))
    ]  # fmt: skip
    marks += [Reference(at=time, along="x", width=0.6) for time in (since, until)]
    return log_panel(marks, title, "time under load (s)", f"J(t) / J({since:.3g} s)")
