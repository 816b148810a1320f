"""The figures of the report."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from femnn.config.quantities import GRAM_FORCE
from femnn.insitu.estimators import EXACT
from femnn.network.port import Port
from femnn.report.example_fields import fields
from femnn.report.former_figure import Figure
from femnn.report.plots import COLOURS, INK, Curve, drawing, heading, name_ends
from femnn.report.stiffness_figures import before_after
from femnn.study.former.study import Point, Run

from .findings import place_name

LOWEST = 1e-6
"""Errors below this are drawn at it: those of springs are rounding."""


def figures(run: Run, made: dict[str, pd.DataFrame]) -> list[Figure]:
    """Loss against steps and against equilibria, error against cost, a trained lattice, the fields of an example."""
    return [*_losses(run, made["history"]), *_costs(run, made["table"]), *_lattice(run), *_fields(run)]


def colours(run: Run) -> dict[str, str]:
    """One colour a source; the exact gradient is black."""
    measured = [source for source in run.settings.sources if source not in EXACT]
    return {name: COLOURS[i % len(COLOURS)] for i, name in enumerate(measured)} | dict.fromkeys(EXACT, INK)


def _places(table: pd.DataFrame) -> list[tuple[str, float]]:
    return list(dict.fromkeys(zip(table["model"], table["noise"], strict=True))) if len(table) else []


def _losses(run: Run, history: pd.DataFrame) -> Iterator[Figure]:
    places = _places(history)
    if not places:
        return
    for name, column, label, title, caption in (
        (
            "loss-by-equilibria", "equilibria", "equilibria measured",
            "What the laboratory's effort buys: the loss against the equilibria that were measured",
            "Every step needs one gradient of every sample. Equilibria that the camera looked at, counted.",
        ),
        (
            "loss-by-step", "step", "step",
            "Step by step: the loss if gradients cost nothing",
            "The same trainings against the steps of the optimiser. Black and dashed: the exact gradient, which is "
            "computed.",
        ),
    ):  # fmt: skip
        figure, axes = drawing(len(places) // 2 + len(places) % 2, min(2, len(places)), 12.0,
                               3.6 * (len(places) // 2 + len(places) % 2))  # fmt: skip
        for ax in axes.flat[len(places) :]:
            ax.set_axis_off()
        for ax, (model, noise) in zip(axes.flat, places, strict=False):
            rows = history[(history["model"] == model) & (history["noise"] == noise)]
            _curves(ax, run, rows, column)
            ax.set_xlabel(label)
            heading(ax, place_name(model, noise))
        yield Figure(name, title, caption, figure)


def _curves(ax: Axes, run: Run, rows: pd.DataFrame, column: str) -> None:
    ax.set(xscale="log" if column == "equilibria" else "linear", yscale="log", ylabel="training loss (J)")
    ax.grid(True, which="major", color="#e4e7eb", linewidth=0.7)
    curves = []
    for source, mine in rows.groupby("source", sort=False):
        if column == "equilibria" and source in EXACT:
            continue
        # The start has cost nothing yet and is not on the logarithmic axis
        shown = mine[mine[column] > 0] if column == "equilibria" else mine
        if shown.empty:
            continue
        x, y = shown[column].to_numpy(dtype=np.float64), shown["training_loss"].to_numpy(dtype=np.float64)
        curves.append(Curve(x, y, str(source), colours(run)[str(source)], "--" if source in EXACT else "-"))
        ax.plot(x, y, color=curves[-1].colour, linestyle=curves[-1].dashes)
    ax.margins(x=0.01)
    name_ends(ax, curves, 0.07)


def _costs(run: Run, table: pd.DataFrame) -> Iterator[Figure]:
    """Error of the first gradient against the equilibria that it takes, with and without noise."""
    places = _places(table)
    if not places:
        return
    shown = [source for source in run.settings.sources if source not in EXACT and source in set(table["source"])]
    if not shown:
        return
    figure, axes = drawing(1, 1 + len(places), 2.0 + 2.7 * (1 + len(places)), 0.9 + 0.36 * len(shown), share_y=True)
    cost = axes[0, 0]
    heights = np.arange(len(shown))
    counts = [float(table[table["source"] == source]["equilibria"].max()) for source in shown]
    cost.barh(heights, counts, color=[colours(run)[source] for source in shown], height=0.55)
    for height, count in zip(heights, counts, strict=True):
        cost.annotate(f"{count:g}", (count, height), (4, 0), textcoords="offset points", va="center", fontsize=9)
    cost.set_xlabel("equilibria a gradient")
    heading(cost, "cost")
    cost.margins(x=0.15)
    for ax, (model, noise) in zip(axes[0, 1:], places, strict=True):
        rows = table[(table["model"] == model) & (table["noise"] == noise)].set_index("source")
        errors = [max(float(rows["relative_l2"].get(source, np.nan)), LOWEST) for source in shown]
        ax.hlines(heights, LOWEST, errors, color="#dde1e6", linewidth=2, zorder=1)
        for height, error, source in zip(heights, errors, shown, strict=True):
            ax.plot(error, height, "o", color=colours(run)[source], markersize=8, zorder=2)
        ax.set(xscale="log", xlabel="error of the gradient")
        ax.axvline(1.0, color=INK, linestyle=":", linewidth=1)
        heading(ax, place_name(model, noise))
        ax.grid(True, axis="x", color="#e4e7eb", linewidth=0.7)
    cost.set_yticks(heights, shown)
    cost.set_ylim(len(shown) - 0.5, -0.5)
    yield Figure(
        "cost-and-error",
        "What one gradient costs, and how wrong it is at the start",
        "Left: equilibria that the camera looks at for one sample. Right: ‖estimate − exact‖/‖exact‖ of the gradient "
        "of all samples before training, root mean square over the repeats where there is noise. Dotted: as large "
        "as the gradient itself.",
        figure,
    )


def _lattice(run: Run) -> Iterator[Figure]:
    """The last model, trained by the first source that is measured, or by the exact gradient where none is."""
    trained = [(point, data) for point, data in _points(run) if point["noise"] == run.settings.noises[0]]
    if not trained:
        return
    model = trained[-1][0]["model"]
    of_model = [(point, data) for point, data in trained if point["model"] == model]
    point, data = next((each for each in of_model if each[0]["source"] not in EXACT), of_model[0])
    inputs, outputs = _ports(run)
    stiffness = np.array(data["history"]["stiffness"])
    yield Figure(
        "lattice",
        f"{model.capitalize()}, trained by {point['source']}: which bonds become stiff",
        f"{place_name(model, point['noise']).capitalize()}. Stiffness of every bond before and after training, as "
        "width and shade of its line.",
        before_after(run.network, run.network.stiffness, stiffness, inputs=inputs, outputs=outputs),
    )


def _fields(run: Run) -> Iterator[Figure]:
    found = [(point, data["example"]) for point, data in _points(run) if "example" in data]
    if not found:
        return
    point, example = found[-1]
    values = {name: np.array(value) for name, value in example.items()}
    load, adjoint_load = (np.linalg.norm(values[name]) / GRAM_FORCE for name in ("force", "adjoint_force"))
    yield Figure(
        "fields",
        f"The forward and the adjoint field of one example, whose product is the gradient ({point['model']})",
        f"Before training, under {load:.3g} gf; the adjoint force, what the answer lacks, is applied with "
        f"{adjoint_load:.3g} gf. True elongation of every bond, red for longer.",
        fields(
            run.network,
            values["forward"],
            values["adjoint"],
            values["force"],
            values["adjoint_force"],
            values["gradient"],
        ),
    )


def _points(run: Run) -> Iterator[tuple[Point, dict[str, Any]]]:
    for point, outcome in run.outcomes:
        if "history" in outcome.data:
            yield point, outcome.data


def _ports(run: Run) -> tuple[dict[str, Port], dict[str, Port]]:
    """Inputs and outputs of the task, by name."""
    task, dimension = run.settings.task, run.network.dimension
    names = task.features or ("force",)
    inputs = {name: port.port(dimension) for name, port in zip(names, task.inputs, strict=True)}
    return inputs, {f"{o.node} {o.component}": o.port(dimension) for o in task.outputs}
