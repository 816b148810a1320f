"""The report: models beside the print, the gap, the steps that close it, and the widths before and after."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from femnn.insitu.relative_loads import in_words
from femnn.measured.comparison.displacement_agreement import DisplacementAgreement
from femnn.report.colours import GREY, colour_of
from femnn.report.figure import Axis, Figure, Panel, grid, stacked
from femnn.report.marks import Arrow, Curve, Dots, Mark, Reference
from femnn.report.measured_panels import MEASURED, measured_panel, model_dots
from femnn.report.stiffness_figures import stiffness_figure
from femnn.report.texts import percent
from femnn.runtime.streams import stream
from femnn.study.api import Content, Finding, Headline, Results, table
from femnn.study.behaviour_tables import port_marks, ratio_text

if TYPE_CHECKING:
    from .study import Transfer

type Row = Mapping[str, Any]

BEFORE, OWN, TUNED = "before", "own optimum", "tuned"
"""Stages: widths as they are at first; trained to the end itself; trained on from the widths of the first model."""
NAMES = {"initial": "before training", "trained": "trained", "mirror": "mirror image"}
"""Of what was measured."""
LOWEST = 1e-4
"""Gap at which the logarithmic scale ends; what is below is drawn there."""


def beside_print(agreements: Mapping[str, DisplacementAgreement], seed: int) -> Iterator[Content]:
    """How well each model explains what was measured: as it is, with one factor on it, and by ratios."""
    summaries = [{"model": model} | own.summary() for model, own in agreements.items()]
    yield Headline("measured", summaries)
    if not summaries:
        return
    first = next(iter(agreements.values()))
    median, most = first.by_chance(stream(seed, "scatter of measurements"))
    scaled = ", ".join(f"{s['chi_squared_scaled']:.1f} for {s['model']} (× {s['factor']:.3f})" for s in summaries)
    plain = ", ".join(f"{s['chi_squared']:.1f}" for s in summaries)
    yield Finding(
        f"Beside the print, χ² of the {summaries[0]['count']} measured displacements is {scaled}, each with the best "
        f"common factor, for the modulus was not measured on the print; as they are, {plain}. With such a factor a "
        f"perfect model would have {median:.1f} in the median, and less than {most:.0f} in 95 % of such measurements."
    )
    measured = {r.experiment: f"{r.measured:.3f} ± {r.deviation:.3f}" for r in first.ratios}
    told = " and, the mirror image, ".join(text for name, text in measured.items() if name != "initial")
    models = ", ".join(
        f"{own.ratios[-1].ratio:.3f} for {model} "
        f"({' and '.join(_signed(r.score) for r in own.ratios if r.experiment != 'initial')} σ)"
        for model, own in agreements.items()
    )
    yield Finding(
        f"The larger displacement over the smaller was measured as {told}; with the same widths it is {models}."
    )
    rows = [
        {"model": s["model"], "χ²": f"{s['chi_squared']:.1f}", "best factor": f"{s['factor']:.3f}"}
        | {"χ² with it": f"{s['chi_squared_scaled']:.1f}"}
        | {f"ratio, {r['experiment']}": f"{r['ratio']:.3f} ({_signed(r['score'])} σ)" for r in s["ratios"]}
        | {"χ² of ratios": f"{s['chi_squared_ratios']:.1f}"}
        for s in summaries
    ]
    yield table(
        "Beside the print",
        [*rows, {"model": "measured"} | {f"ratio, {name}": text for name, text in measured.items()}],
        "Six displacements with their deviations: Li & Mao, Nat. Commun. 15, 10528 (2024), Fig. 2. The paper does not "
        "state which displacement is that of which node: the nearer order is taken. χ² takes the deviations of the "
        "three repeats as they are; against the error of their mean, σ/√3, it is three times as large.",
    )
    yield _beside_print(agreements)


def _beside_print(agreements: Mapping[str, DisplacementAgreement]) -> Figure:
    """Models beside what was measured: displacements, and their ratios."""
    first = next(iter(agreements.values()))
    _, measured, deviations = first.values
    names = [f"{NAMES[experiment]}, {which}" for experiment in first.measured for which in ("first", "second")]
    outputs = list(zip(names, 1e3 * measured, 1e3 * deviations, strict=True))
    ratios = [(NAMES[ratio.experiment], ratio.measured, ratio.deviation) for ratio in first.ratios]
    displacements = {model: 1e3 * own.values[0] for model, own in agreements.items()}
    of_models = {model: np.array([ratio.ratio for ratio in own.ratios]) for model, own in agreements.items()}
    return Figure(
        "print",
        "What was printed and measured, and what each model says of the same widths",
        "Widths as springs were trained to. Grey: Li & Mao, Nat. Commun. 15, 10528 (2024), Fig. 2, with one deviation "
        "to each side. Which displacement is that of which node is not stated: the nearer order is taken.",
        [[
            measured_panel(displacements, outputs, "Displacements", "displacement (mm)"),
            measured_panel(of_models, ratios, "Their ratio", "larger displacement / smaller"),
        ]],
        (10.5, 3.9),
        legend=[*model_dots(list(agreements)), MEASURED],
    )  # fmt: skip


def gaps(study: Transfer, rows: Sequence[Row]) -> Iterator[Content]:
    """The gap of each behaviour and model, and the steps that close it."""
    yield Headline("gaps", rows)
    for behaviour in dict.fromkeys(row["behaviour"] for row in rows):
        own = {row["model"]: row for row in rows if row["behaviour"] == behaviour}
        first = own.pop(study.first, None)
        promised = f"{study.firsts} promise {_mm(first['outputs'][study.given])} mm; " if first else ""
        if own:
            others = "; ".join(_given(study, row) for row in own.values())
            yield Finding(f"{behaviour}: {promised}their widths give {others}.")
    shown = [
        {"behaviour": row["behaviour"], "model": row["model"]}
        | {f"{study.given} (mm)": _mm(row["outputs"][study.given]), "ratio": ratio_text(row["ratio"][study.given], 3)}
        | {f"{OWN} (mm)": _mm(row["outputs"][OWN]), f"ratio at {OWN}": ratio_text(row["ratio"][OWN], 3)}
        | {"gap": percent(row["gap"])}
        | {f"steps: {source}": _steps(row, source) for source in study.sources}
        for row in rows
    ]
    yield table(
        "The gap, and the steps that close it",
        shown,
        f"Outputs with the widths of trained {study.firsts}, and of the model trained itself to the end. Gap: loss "
        "above the model's own optimum, of what training gains. Last columns: steps of training on the model after "
        f"which the gap is within {100 * study.tolerance:.3g} %, by source of the gradient.",
    )


def _given(study: Transfer, row: Row) -> str:
    text = f"{_mm(row['outputs'][study.given])} mm ({row['model']})"
    if not row["gap"] > study.tolerance:
        return f"{text}, where training on gains nothing: the widths are right, the rest is the model's"
    steps = ", ".join(f"{source} {_steps(row, source)}" for source in row["steps"])
    worse = ", worse than no training" if row["gap"] > 1 else ""
    return f"{text}, a gap of {100 * row['gap']:.0f} % of what training gains{worse}, closed after steps: {steps}"


def _mm(outputs: Sequence[float]) -> str:
    return " / ".join(f"{1e3 * u:.3f}".replace("-", "−") for u in outputs)


def _signed(value: float) -> str:
    return f"{value:+.1f}".replace("-", "−")


def _steps(row: Row, source: str) -> str:
    if source not in row["steps"]:
        return "–"
    steps = row["steps"][source]
    return str(steps) if steps is not None else f"not closed, {100 * row['left'][source]:.1f} % left"


def planes(study: Transfer, gaps: Sequence[Row]) -> Iterator[Figure | None]:
    """One output against the other: what the first model promises, what its widths give, and where training on ends."""
    styles: dict[str, Any] = {
        BEFORE: {"size": 5, "opacity": 0.45},
        study.given: {"size": 9, "hollow": True, "edge": 1.8},
        OWN: {"size": 8, "layer": 3},
    }
    panels = []
    for name in study.behaviours:
        rows, outputs = [row for row in gaps if row["behaviour"] == name], study.behaviour[name].outputs
        if rows and len(outputs) == 2 and all(output.displacement is not None for output in outputs):
            panels.append(_plane(study, name, rows, styles))
    legend = [*model_dots(study.models), Dots(name="wanted", marker="*", size=13)]
    legend += [Dots(name="before training" if stage == BEFORE else stage, **style) for stage, style in styles.items()]
    yield stacked(
        "gap",
        f"The gap: the widths of trained {study.firsts} miss, and training on the model mends what the widths can",
        "Vertical displacements of the two outputs, larger to the right and upwards. Arrows: from the widths of "
        f"trained {study.firsts} to the model's own optimum.",
        [panels], max(7.0, 0.8 + 4.6 * len(panels)), 4.6, legend=legend, legend_columns=4,
    )  # fmt: skip


def _plane(study: Transfer, behaviour: str, rows: Sequence[Row], styles: Mapping[str, Any]) -> Panel:
    """Outputs of one behaviour (mm), the wanted ones as a star."""
    outputs, by_model = study.behaviour[behaviour].outputs, {dots.name: dots for dots in model_dots(study.models)}
    x, y = (1e3 * np.array([output.displacement]) for output in outputs)
    marks: list[Mark] = [Dots(x=x, y=y, marker="*", size=18)]
    for row in rows:
        model, at = by_model[row["model"]], {stage: 1e3 * np.array(row["outputs"][stage]) for stage in styles}
        marks += [Dots(x=at[stage][:1], y=at[stage][1:], marker=model.marker, colour=model.colour, keys=[model.name],
                       **style) for stage, style in styles.items()]  # fmt: skip
        if not np.allclose(at[OWN], at[study.given], rtol=1e-3):
            marks.append(Arrow(start=tuple(at[study.given]), end=tuple(at[OWN]), colour=model.colour, width=1.3))
    across, up = (
        Axis(f"node {output.node} (mm)", grid=True, downwards=True, margin=0.12, most_steps=6) for output in outputs
    )
    return Panel(marks, behaviour, across, up)


def steps(study: Transfer, results: Results) -> Iterator[Figure]:
    """The gap against steps of training on the model, by source of the gradient."""
    curves: dict[str, list[Mark]] = {}
    for point, tuned in results.values("tuned"):
        curve = Curve(x=range(len(tuned["gaps"])), y=np.maximum(tuned["gaps"], LOWEST), width=1.6,
                      colour=colour_of(point["source"], study.sources), keys=[point["source"]])  # fmt: skip
        curves.setdefault(f"{point['behaviour']}, {point['model']}", []).append(curve)
    lines = [
        Reference(at=study.tolerance, text="closed", text_side="below"),
        Reference(at=1, colour=GREY, dashes="-", width=0.8, text="before training", text_at=0.99, text_from="right"),
    ]
    x = Axis("steps of training on the model", grid=True)
    y = Axis("gap, of what training gains", "log", (LOWEST, None), grid=True)
    panels = [
        Panel([*own, *lines], title, x, replace(y, label="") if i % 2 else y)
        for i, (title, own) in enumerate(curves.items())
    ]
    rows, tuning = grid(panels, 2), study.tuning
    if rows:
        yield Figure(
            "steps",
            "Training on the model itself, by measured and by exact gradients",
            "Loss above the model's own optimum, as a share of what training gains in all. Estimators: "
            f"adjoint force {in_words(tuning.adjoint_force)}, camera error {1e6 * tuning.noise:.3g} µm, "
            f"{tuning.repeats} repeats; with such errors the loss keeps moving about.",
            rows,
            (5.0 * len(rows[0]), 0.5 + 2.7 * len(rows)),
            legend=[Curve(name=source, colour=colour_of(source, study.sources)) for source in study.sources],
            share_y=True,
        )


def lattice(study: Transfer, results: Results) -> Iterator[Figure]:
    """Stiffness with the widths of the first model and after training on, of the last model that had a gap."""
    tuned = list(results.values("tuned"))
    for point, values in [each for each in tuned if each[0].needs[0].key == tuned[-1][0].needs[0].key][:1]:
        given = results.shared(point.needs[0])["stages"][study.given]["stiffness"]
        yield stiffness_figure(
            "lattice",
            f"What training on the {point['model']} changes of the {study.given}, behaviour “{point['behaviour']}”",
            f"Stiffness k = E·w·t/L of every bond; gradients: {point['source']}.",
            results.network,
            {f"trained as {study.firsts}": given, f"trained on as {point['model']}": values["stiffness"]},
            *port_marks(results.network, study.behaviour[point["behaviour"]]),
        )
