"""Figures of the training that comes before bonds are judged and removed."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from femnn.report.confusion import confusion
from femnn.report.curves import SeededCurve, training_curves
from femnn.report.example_fields import fields
from femnn.report.former_figure import Figure
from femnn.report.plots import COLOURS, drawing
from femnn.report.stiffness_figures import before_after
from femnn.study.former.study import Point, Run

from .drawings import ports_of
from .findings import WHOLE

PARTS = {"training": COLOURS[0], "test": COLOURS[1]}


def figures(run: Run, made: dict[str, pd.DataFrame]) -> list[Figure]:
    """Curves, confusion, the trained lattice, and the fields of an example."""
    return [*_curves(made["history"]), *_confusions(run), *_lattices(run), *_fields(run)]


def _curves(history: pd.DataFrame) -> Iterator[Figure]:
    if history.empty:
        return
    # Trainings of networks that have lost bonds are in the table, too
    whole = history[history["pruning"] == WHOLE]
    for model, rows in whole.groupby("model", sort=False):
        figure, axes = drawing(1, 2, 10.5, 3.6)
        for ax, what, factor, label in (
            (axes[0, 0], "accuracy", 100, "classified correctly (%)"),
            (axes[0, 1], "loss", 1, "loss"),
        ):
            curves = []
            for part, colour in PARTS.items():
                values = rows.pivot_table(index="seed", columns="epoch", values=f"{part}_{what}", dropna=False)
                data = factor * values.to_numpy(dtype=float)
                if np.isfinite(data).any():
                    curves.append(SeededCurve(part, values.columns.to_numpy(dtype=float), data, colour))
            if curves:
                training_curves(ax, curves, label, what)
        yield Figure(
            f"curves-{model}",
            f"How the whole network is trained ({model})",
            "Lines: means over the seeds; thin lines and bands: the seeds.",
            figure,
        )


def _confusions(run: Run) -> Iterator[Figure]:
    sums: dict[str, Any] = {}
    for point, data in _trained(run):
        sums[point["model"]] = sums.get(point["model"], 0) + np.array(data["confusion"])
    shown = {model: matrix for model, matrix in sums.items() if matrix.sum()}
    if not shown:
        return
    classes = run.settings.classification.samples().classes
    figure, axes = drawing(1, len(shown), 3.9 * len(shown), 3.6)
    for ax, (model, matrix) in zip(axes.flat, shown.items(), strict=True):
        confusion(ax, matrix, classes, model if len(shown) > 1 else "")
    yield Figure(
        "confusion", "Which classes are taken for which, before bonds are removed", "Test samples of all seeds.", figure
    )


def _lattices(run: Run) -> Iterator[Figure]:
    for point, data in _first_trained(run):
        inputs, outputs = ports_of(run, run.network)
        stiffness = np.array(data["history"]["stiffness"])
        yield Figure(
            f"lattice-{point['model']}",
            f"What is pushed, what answers, and which bonds become stiff ({point['model']})",
            f"Seed {point['seed']}. Stiffness of every bond as width and shade of its line.",
            before_after(run.network, run.network.stiffness, stiffness, inputs=inputs, outputs=outputs),
        )


def _fields(run: Run) -> Iterator[Figure]:
    for point, data in _first_trained(run):
        if not data.get("example"):
            continue
        example = {name: np.array(value) for name, value in data["example"].items() if isinstance(value, list)}
        yield Figure(
            f"fields-{point['model']}",
            f"Forward and adjoint field of a sample of {data['example']['class']} ({point['model']})",
            "True elongation of every bond, red for longer, after training. The adjoint force is the error of the "
            "outputs.",
            fields(run.network, example["forward"], example["adjoint"], example["force"], example["adjoint_force"]),
        )


def _trained(run: Run) -> Iterator[tuple[Point, dict[str, Any]]]:
    for point, outcome in run.outcomes:
        if "history" in outcome.data:
            yield point, outcome.data


def _first_trained(run: Run) -> Iterator[tuple[Point, dict[str, Any]]]:
    """The first seed that was trained of each model."""
    shown = set()
    for point, data in _trained(run):
        if point["model"] not in shown:
            shown.add(point["model"])
            yield point, data
