"""The figures of the report."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from femnn.config.directions import in_dimension
from femnn.config.quantities import GRAM_FORCE
from femnn.network.network import Network
from femnn.network.port import Port
from femnn.report.example_fields import fields
from femnn.report.former_figure import Figure
from femnn.report.plots import COLOURS, FAINT, INK, drawing, heading
from femnn.report.stiffness_figures import before_after
from femnn.study.former.study import Point, Run
from femnn.training.tasks import BehaviourSettings

STAGES = {"before": FAINT, "as springs": COLOURS[1], "trained": COLOURS[0]}
"""Colours of what is compared."""


def figures(run: Run, made: dict[str, pd.DataFrame]) -> list[Figure]:
    """Answers, curves, the trained lattices, and the fields of the last model."""
    return [*_answers(run, made["table"]), *_losses(run, made["history"]), *_lattices(run), *_fields(run)]


def _answers(run: Run, table: pd.DataFrame) -> Iterator[Figure]:
    """Displacement of one output against the other, by model, before and after."""
    shown = [
        b for b in run.settings.behaviours if len(run.settings.behaviour[b].outputs) == 2 and b in set(_trained(run))
    ]
    if not shown:
        return
    figure, axes = drawing(len(shown), 1, 8.6, 0.9 + len(shown) * (0.55 + 0.32 * len(run.settings.models)))
    for ax, behaviour in zip(axes[:, 0], shown, strict=True):
        rows = table[table["behaviour"] == behaviour]
        models = [m for m in run.settings.models if m in set(rows["model"])]
        for height, model in enumerate(models):
            mine = rows[rows["model"] == model]
            ratios = {
                s: _ratio(mine[mine["stage"] == s])
                for s in STAGES
                if s in set(mine["stage"]) and not (model == "spring" and s == "as springs")
            }
            ax.plot(list(ratios.values()), [height] * len(ratios), color="#dde1e6", linewidth=3, zorder=1)
            for stage, ratio in ratios.items():
                ax.plot(ratio, height, "o", color=STAGES[stage], markersize=8, zorder=2)
        wanted = _ratio(rows[(rows["stage"] == "before") & (rows["model"] == models[0])], "wanted")
        if np.isfinite(wanted):
            ax.axvline(wanted, color=INK, linestyle=":", linewidth=1.2)
            ax.annotate(
                "wanted", (wanted, 1.0), xycoords=("data", "axes fraction"), fontsize=8, ha="center", va="bottom"
            )
        ax.set_yticks(range(len(models)), models)
        ax.set_ylim(len(models) - 0.5, -0.5)
        first, second = (f"{output.node}" for output in run.settings.behaviour[behaviour].outputs)
        ax.set_xlabel(f"displacement of node {first} / node {second}")
        heading(ax, behaviour)
    names = {
        "before": "before training",
        "as springs": "with the widths of trained springs",
        "trained": "trained itself",
    }
    handles = [axes[0, 0].plot([], [], "o", color=colour, markersize=8)[0] for colour in STAGES.values()]
    figure.legend(handles, [names[s] for s in STAGES], loc="outside upper center", ncols=3, fontsize=9)
    yield Figure(
        "answers",
        "What each model learns, and what the widths of trained springs do in it",
        "Ratio of the two outputs' displacements. Every model is trained by its own exact gradients; orange: the same "
        "model with the widths that ideal springs were trained to.",
        figure,
    )


def _losses(run: Run, history: pd.DataFrame) -> Iterator[Figure]:
    shown = [b for b in run.settings.behaviours if b in set(_trained(run))]
    if not shown:
        return
    columns = min(len(shown), 3)
    rows = -(-len(shown) // columns)
    figure, axes = drawing(rows, columns, 3.4 * columns, 0.4 + 2.8 * rows)
    for ax in axes.flat[len(shown) :]:
        ax.set_axis_off()
    for i, (ax, behaviour) in enumerate(zip(axes.flat, shown, strict=False)):
        for colour, model in zip(COLOURS, run.settings.models, strict=False):
            losses = history[(history["behaviour"] == behaviour) & (history["model"] == model)]
            ax.plot(losses["epoch"], losses["training_loss"], color=colour, linewidth=0.7, alpha=0.6)
            # Not a number where there is no equilibrium: the smallest so far is that of the others
            ax.plot(losses["epoch"], np.fmin.accumulate(losses["training_loss"]), color=colour, label=model)
        ax.set_xlabel("evaluation")
        ax.set_ylabel("loss" if i % columns == 0 else "")
        ax.grid(True, color="#e4e7eb", linewidth=0.7)
        heading(ax, behaviour)
    figure.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside upper center", ncols=len(run.settings.models))
    yield Figure(
        "losses",
        "How training gets there",
        "Against evaluations of loss and gradient. Thin: the loss at each of them, where a line search may go too far; "
        "thick: the smallest so far.",
        figure,
    )


def _lattices(run: Run) -> Iterator[Figure]:
    for point, data in _points(run):
        if point["behaviour"] != run.settings.behaviours[0]:
            continue
        settings = run.settings.behaviour[point["behaviour"]]
        k = np.array(data["history"]["stiffness"])
        figure = before_after(
            run.network,
            run.network.stiffness,
            k,
            inputs=_inputs(run.network, settings),
            outputs=_outputs(run.network, settings),
        )
        yield Figure(
            f"lattice-{point['model']}",
            f"{point['model'].capitalize()}: which bonds become stiff, behaviour “{point['behaviour']}”",
            "Stiffness of every bond before and after training, as width and shade of its line.",
            figure,
        )


def _fields(run: Run) -> Iterator[Figure]:
    found = list(_points(run))
    if not found:
        return
    first = found[0][0]["behaviour"]
    point, data = [each for each in found if each[0]["behaviour"] == first][-1]
    force, adjoint_force = np.array(data["force"]), np.array(data["adjoint_force"])
    size = np.linalg.norm(adjoint_force)
    if not size > 0:
        return
    # The loss sets no force of its own: its adjoint is drawn at the size of the load
    scale = np.linalg.norm(force) / size
    forward, adjoint = np.array(data["answers"]["trained"]), scale * np.array(data["adjoint"])
    yield Figure(
        "fields",
        f"Forward and adjoint field of the trained {point['model']}, behaviour “{point['behaviour']}”",
        "True elongation of every bond, red for longer. The adjoint force is drawn at the size of the load.",
        fields(run.network, forward, adjoint, force, scale * adjoint_force),
    )


def _points(run: Run) -> Iterator[tuple[Point, dict[str, Any]]]:
    for point, outcome in run.outcomes:
        if "history" in outcome.data:
            yield point, outcome.data


def _trained(run: Run) -> list[str]:
    return [point["behaviour"] for point, _ in _points(run)]


def _ratio(rows: pd.DataFrame, column: str = "displacement") -> float:
    values = rows[column].to_numpy(dtype=float)
    return float(values[0] / values[1]) if len(values) == 2 else float("nan")


def _inputs(network: Network, settings: BehaviourSettings) -> dict[str, Port]:
    return {
        f"{load.force / GRAM_FORCE:.3g} gf": Port(
            load.node, in_dimension(load.direction, network.dimension, "the load")
        )
        for load in settings.loads
    }


def _outputs(network: Network, settings: BehaviourSettings) -> dict[str, Port]:
    return {f"node {output.node}": output.port(network.dimension) for output in settings.outputs}
