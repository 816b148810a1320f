"""The figures of the report."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from femnn.network.port import Port
from femnn.report.accuracies import Accuracies, accuracy_bars
from femnn.report.confusion import confusion
from femnn.report.curves import SeededCurve, training_curves
from femnn.report.example_fields import fields
from femnn.report.former_figure import Figure
from femnn.report.plots import COLOURS, drawing
from femnn.report.stiffness_figures import before_after
from femnn.study.former.study import Point, Run
from femnn.training.tasks import Ports

from .findings import GROUP

MOST_MATRICES = 4
"""Confusion matrices that are drawn."""


def figures(run: Run, made: dict[str, pd.DataFrame]) -> list[Figure]:
    """Accuracies, curves, confusion, the trained lattice, and the fields of an example."""
    table = made["table"]
    if table.empty:
        return []
    return [
        *_accuracies(run, table),
        *_curves(made["history"]),
        *_confusion(run),
        *_lattices(run),
        *_fields(run),
    ]


def _accuracies(run: Run, table: pd.DataFrame) -> Iterator[Figure]:
    groups = list(table.groupby(GROUP, sort=False))
    figure, axes = drawing(1, 1, 8.6, 1.2 + 0.62 * len(groups))
    shown = [
        Accuracies(_named(keys, table), rows["training_accuracy"].to_numpy(), rows["test_accuracy"].to_numpy())
        for keys, rows in groups
    ]
    classes = len(next(o.data["confusion"]["test"] for _, o in run.outcomes if "confusion" in o.data))
    accuracy_bars(axes[0, 0], shown, chance=1 / classes)
    best = max(groups, key=lambda group: group[1]["test_accuracy"].mean())
    yield Figure(
        "accuracies",
        f"{best[1]['test_accuracy'].mean():.1%} of the test samples are classified correctly: {_named(best[0], table)}",
        "Share of samples classified correctly: a dot a seed, the mean as a tick. Dotted: guessing.",
        figure,
    )


def _curves(history: pd.DataFrame) -> Iterator[Figure]:
    groups = list(history.groupby(GROUP, sort=False))
    figure, axes = drawing(2, 1, 8.6, 6.4)
    for ax, name, label in (
        (axes[0, 0], "accuracy", "classified correctly (%)"),
        (axes[1, 0], "loss", "training loss"),
    ):
        curves = []
        for colour, (keys, rows) in zip(np.resize(COLOURS, len(groups)), groups, strict=True):
            factor = 100 if name == "accuracy" else 1
            by_seed = rows.pivot_table(index="seed", columns="epoch", values=f"training_{name}", sort=True)
            values = factor * by_seed.to_numpy()
            curves.append(
                SeededCurve(_named(keys, history), by_seed.columns.to_numpy(dtype=float), values, str(colour))
            )
        training_curves(ax, curves, label, f"{name} of the training samples")
    yield Figure(
        "curves",
        "How training goes",
        "Mean over the seeds with their spread, evaluated on all training samples after every epoch.",
        figure,
    )


def _confusion(run: Run) -> Iterator[Figure]:
    sums: dict[tuple[str, ...], Any] = {}
    for point, data in _points(run):
        key = tuple(point[name] for name in GROUP)
        sums[key] = sums.get(key, 0) + np.array(data["confusion"]["test"])
    shown = list(sums.items())[:MOST_MATRICES]
    if not any(matrix.sum() for _, matrix in shown):
        return
    classes = run.settings.task.samples().classes
    figure, axes = drawing(1, len(shown), 3.9 * len(shown), 3.6)
    table = pd.DataFrame([dict(zip(GROUP, key, strict=True)) for key in sums])
    for ax, (key, matrix) in zip(axes.flat, shown, strict=True):
        confusion(ax, matrix, classes, _named(key, table))
    yield Figure("confusion", "Which classes are taken for which", "Test samples of all seeds.", figure)


def _lattices(run: Run) -> Iterator[Figure]:
    drawn = set()
    for point, data in _points(run):
        key = tuple(point[name] for name in GROUP)
        if key in drawn:
            continue
        drawn.add(key)
        inputs, outputs = _ports(run, Ports.model_validate(data["ports"]))
        stiffness = np.array(data["history"]["stiffness"])
        yield Figure(
            "lattice-" + "-".join(key),
            f"{point['model'].capitalize()}, {point['ports']} ports, {point['gradient']} gradient: what is pushed, "
            "what answers, and which bonds become stiff",
            f"Seed {point['seed']}. Stiffness of every bond as width and shade of its line.",
            before_after(run.network, run.network.stiffness, stiffness, inputs=inputs, outputs=outputs),
        )


def _fields(run: Run) -> Iterator[Figure]:
    found = [(point, data) for point, data in _points(run) if "example" in data]
    if not found:
        return
    point, data = found[-1]
    example = {name: np.array(value) for name, value in data["example"].items() if isinstance(value, list)}
    yield Figure(
        "fields",
        f"Forward and adjoint field of a sample of {data['example']['class']}: {point['model']}, "
        f"{point['ports']} ports",
        "True elongation of every bond, red for longer, after training. The adjoint force is the error of the outputs.",
        fields(run.network, example["forward"], example["adjoint"], example["force"], example["adjoint_force"]),
    )


def _points(run: Run) -> Iterator[tuple[Point, dict[str, Any]]]:
    for point, outcome in run.outcomes:
        if "history" in outcome.data:
            yield point, outcome.data


def _named(keys: tuple[str, ...], table: pd.DataFrame) -> str:
    """A variant by what sets it apart from the others."""
    told = [key for key, name in zip(keys, GROUP, strict=True) if table[name].nunique() > 1]
    ports = f"{keys[0]} ports"
    return ", ".join(ports if key == keys[0] else key for key in told) or ports


def _ports(run: Run, ports: Ports) -> tuple[dict[str, Port], dict[str, Port]]:
    """Inputs by feature, and outputs by class."""
    samples, dimension = run.settings.task.samples(), run.network.dimension
    inputs = zip(samples.names, ports.inputs, strict=True)
    outputs = zip(samples.classes, ports.outputs, strict=True)
    return (
        {name.replace("_", " "): port.port(dimension) for name, port in inputs},
        {name: port.port(dimension) for name, port in outputs},
    )
