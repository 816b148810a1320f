"""What a run says of each source of error alone, and of all at once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pandas as pd

from femnn.insitu.error_sources import ALL, NOTHING, SOURCES
from femnn.report.colours import COLOURS, FAINT, INK
from femnn.report.figure import Axis, Figure, Panel
from femnn.report.marks import Bars
from femnn.report.texts import grams, length, listed, number, percent
from femnn.study.contents import Content, Finding, Headline, table
from femnn.study.results import Results
from femnn.study.table_rows import at, at_shown_force

from .selection import called, seen

if TYPE_CHECKING:
    from .study import Noise

COLOUR = dict(zip(SOURCES, (FAINT, *COLOURS[:4], INK), strict=True))
WIDTH = 0.8 / len(SOURCES)
"""Of a bar."""


def sources(study: Noise, results: Results) -> Iterator[Content]:
    """Each source of error at the adjoint force that is shown, and all."""
    at_shown = at_shown_force(study, results.table("sources"))
    for (case, model), rows in seen(study, at_shown).groupby(["case", "model"], sort=False):
        together = at(rows, source=ALL)
        least = together.sort_values("relative_l2")["estimator"].head(1).tolist()
        by = {name: at(rows, estimator=name).set_index("source")["relative_l2"] for name in ["product", *least]}
        parts = [f"by {name} {_ranked(own)}" for name, own in by.items() if ALL in own]
        if parts:
            yield Finding(
                f"{called(study, model)}, case {case}, {grams(rows['adjoint_force'].iloc[0])}, all errors of the "
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
        [[_panel(study, at(rows, model=model), model)] for model in study.models],
        (10.0, 3.1 * len(study.models)),
        legend=[Bars(name=source, colour=colour) for source, colour in COLOUR.items()],
        legend_columns=len(SOURCES),
    )


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
