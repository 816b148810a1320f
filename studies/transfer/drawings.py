"""Figures: models beside the print, the gap, the steps that close it, and the widths before and after."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from femnn.insitu.relative_loads import in_words
from femnn.measured.comparison.displacement_agreement import DisplacementAgreement
from femnn.report.colours import GREY, colour_of
from femnn.report.figure import Axis, Figure, Panel, grid
from femnn.report.marks import Arrow, Curve, Dots, Mark, Reference
from femnn.report.measured_bands import MEASURED, measured_panel, model_dots
from femnn.report.stiffness_figures import stiffness_figure
from femnn.study.behaviour_tables import port_marks
from femnn.study.results import Results

from .findings import BEFORE, OWN

if TYPE_CHECKING:
    from .study import Transfer

type Floats = npt.NDArray[np.float64]
type Styles = Mapping[str, Mapping[str, Any]]

NAMES = {"initial": "before training", "trained": "trained", "mirror": "mirror image"}
"""Of what was measured."""
LOWEST = 1e-4
"""Gap at which the logarithmic scale ends; what is below is drawn there."""


def beside_print(agreements: Mapping[str, DisplacementAgreement]) -> Iterator[Figure]:
    """Models beside what was measured: displacements, and their ratios."""
    if not agreements:
        return
    first = next(iter(agreements.values()))
    _, measured, deviations = first.values
    names = [f"{NAMES[experiment]}, {which}" for experiment in first.measured for which in ("first", "second")]
    outputs = list(zip(names, 1e3 * measured, 1e3 * deviations, strict=True))
    ratios = [(NAMES[ratio.experiment], ratio.measured, ratio.deviation) for ratio in first.ratios]
    displacements = {model: 1e3 * own.values[0] for model, own in agreements.items()}
    of_models = {model: np.array([ratio.ratio for ratio in own.ratios]) for model, own in agreements.items()}
    yield Figure(
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


def planes(study: Transfer, gaps: Sequence[Mapping[str, Any]]) -> Iterator[Figure]:
    """One output against the other: what the first model promises, what its widths give, and where training on ends."""
    styles: Styles = {
        BEFORE: {"size": 5, "opacity": 0.45},
        study.given: {"size": 9, "hollow": True, "edge": 1.8},
        OWN: {"size": 8, "layer": 3},
    }
    by_behaviour = {name: [row for row in gaps if row["behaviour"] == name] for name in study.behaviours}
    wanted = {name: [output.displacement for output in study.behaviour[name].outputs] for name in study.behaviours}
    panels = [
        _plane(study, name, rows, np.array(wanted[name]), styles)
        for name, rows in by_behaviour.items()
        if rows and len(wanted[name]) == 2 and None not in wanted[name]
    ]
    legend = [*model_dots(study.models), Dots(name="wanted", marker="*", size=13)]
    legend += [Dots(name="before training" if stage == BEFORE else stage, **style) for stage, style in styles.items()]
    if not panels:
        return
    yield Figure(
        "gap",
        f"The gap: the widths of trained {study.firsts} miss, and training on the model mends what the widths can",
        "Vertical displacements of the two outputs, larger to the right and upwards. Arrows: from the widths of "
        f"trained {study.firsts} to the model's own optimum.",
        [panels],
        (max(7.0, 0.8 + 4.6 * len(panels)), 4.6),
        legend=legend,
        legend_columns=4,
    )


def _plane(study: Transfer, behaviour: str, rows: Sequence[Mapping[str, Any]], wanted: Floats, styles: Styles) -> Panel:
    """Outputs of one behaviour (mm), the wanted ones as a star."""
    marks: list[Mark] = [Dots(x=1e3 * wanted[:1], y=1e3 * wanted[1:], marker="*", size=18)]
    by_model = {dots.name: dots for dots in model_dots(study.models)}
    for row in rows:
        model, at = by_model[row["model"]], {stage: 1e3 * np.array(row["outputs"][stage]) for stage in styles}
        marks += [Dots(x=at[stage][:1], y=at[stage][1:], marker=model.marker, colour=model.colour, keys=[model.name],
                       **style) for stage, style in styles.items()]  # fmt: skip
        if not np.allclose(at[OWN], at[study.given], rtol=1e-3):
            marks.append(Arrow(start=tuple(at[study.given]), end=tuple(at[OWN]), colour=model.colour, width=1.3))
    x, y = (
        Axis(f"node {output.node} (mm)", grid=True, downwards=True, margin=0.12, most_steps=6)
        for output in study.behaviour[behaviour].outputs
    )
    return Panel(marks, behaviour, x, y)


def steps(study: Transfer, results: Results) -> Iterator[Figure]:
    """The gap against steps of training on the model, by source of the gradient."""
    curves: dict[str, list[Mark]] = {}
    for point, tuned in results.values("tuned"):
        curve = Curve(x=range(len(tuned["gaps"])), y=np.maximum(tuned["gaps"], LOWEST), width=1.6,
                      colour=colour_of(point["source"], study.sources), keys=[point["source"]])  # fmt: skip
        curves.setdefault(f"{point['behaviour']}, {point['model']}", []).append(curve)
    if not curves:
        return
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
    tuned = [(point, values) for point, values in results.values("tuned")]
    last = [each for each in tuned if each[0].needs[0].key == tuned[-1][0].needs[0].key]
    for point, values in last[:1]:
        given = results.shared(point.needs[0])["stages"][study.given]["stiffness"]
        yield stiffness_figure(
            "lattice",
            f"What training on the {point['model']} changes of the {study.given}, behaviour “{point['behaviour']}”",
            f"Stiffness k = E·w·t/L of every bond; gradients: {point['source']}.",
            results.network,
            {f"trained as {study.firsts}": given, f"trained on as {point['model']}": values["stiffness"]},
            *port_marks(results.network, study.behaviour[point["behaviour"]]),
        )
