"""The figures of the report."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from femnn.network.network import Network
from femnn.network.port import Port
from femnn.report.curves import SeededCurve, training_curves
from femnn.report.former_figure import Figure
from femnn.report.plots import COLOURS, FAINT, drawing
from femnn.report.trained_lattice import MARGIN, STIFFNESS_LABEL, trained_lattice
from femnn.study.former.study import Point, Run
from femnn.training.tasks import Input, Output

from .findings import BROKEN, RECOVERED

SWITCHED = {"first": "1 · classification", "regression": "2 · regression", "again": "3 · classification again"}
"""Stages of a switching as they are headed."""
DAMAGED = {"trained": FAINT, "damaged": COLOURS[1], "retrained": COLOURS[0]}
"""Stages of a damage, with their colours."""
DEPTH = 1e-9
"""Share of the largest loss at which a diagram ends."""
PARTS = {"training": COLOURS[0], "test": COLOURS[1]}


def figures(run: Run, made: dict[str, pd.DataFrame]) -> list[Figure]:
    """What comes back after damage, the stages of each switching, and the lattices of the first seed."""
    table, history = made["table"], made["history"]
    return [*_stages(run, history), *_recoveries(run, table), *_switched(run), *_damaged(run)]


def _stages(run: Run, history: pd.DataFrame) -> Iterator[Figure]:
    """Accuracy and loss along the stages, for each switching and model."""
    for number, (name, model, rows) in enumerate(_trained(history, "switching"), 1):
        figure, axes = drawing(2, 3, 10.5, 5.2)
        figure.set_layout_engine("constrained", w_pad=MARGIN)
        for column, (stage, title) in enumerate(SWITCHED.items()):
            mine = rows[rows["stage"] == stage]
            _curves(axes[0, column], mine, "accuracy", title)
            _curves(axes[1, column], mine, "loss", "")
            axes[0, column].set_xlabel("")
        axes[0, 1].set_ylabel("1 − relative error")
        axes[0, 2].set_ylabel("")
        axes[1, 1].set_ylabel("loss (J)")
        axes[1, 2].set_ylabel("")
        yield Figure(
            f"stages-{number}-{model}",
            f"From one task to another and back: {name} ({model})",
            "One network, its stiffness carried from stage to stage. Lines: means over the seeds; thin lines and "
            "bands: the seeds.",
            figure,
        )


def _curves(axes: Axes, rows: pd.DataFrame, what: str, title: str) -> None:
    curves = []
    for part, colour in PARTS.items():
        values = rows.pivot_table(index="seed", columns="epoch", values=f"{part}_{what}", dropna=False)
        if np.isfinite(values.to_numpy()).any():
            curves.append(SeededCurve(part, values.columns.to_numpy(float), values.to_numpy(float), colour))
    logarithmic = what == "loss" and bool((rows["stage"] == "regression").all())
    means = np.concatenate([curve.mean for curve in curves])
    if what == "accuracy":
        limits = (0.4, 1.02)
    elif logarithmic:
        # A seed that fits to rounding would leave no room for the others
        limits = (max(DEPTH * float(means.max()), 0.3 * float(means[means > 0].min())), 3 * float(means.max()))
    else:
        limits = None
    training_curves(axes, curves, what, title, logarithmic, limits, gap=0.09)


def _recoveries(run: Run, table: pd.DataFrame) -> Iterator[Figure]:
    """Accuracy before damage, after it, and retrained, of all damages."""
    rows = table[table["kind"] == "damage"]
    if rows.empty:
        return
    groups = list(rows.groupby(["name", "model"], sort=False))
    parts = [part for part in PARTS if np.isfinite(rows[f"{part}_accuracy"]).any()]
    figure, axes = drawing(1, len(parts), 2.6 + 4.0 * len(parts), 1.5 + 0.52 * len(groups), share_y=True)
    for ax, part in zip(axes[0], parts, strict=True):
        ax.axvspan(0, 100 * BROKEN, color=COLOURS[1], alpha=0.06, linewidth=0)
        ax.axvspan(100 * RECOVERED, 101, color=COLOURS[0], alpha=0.08, linewidth=0)
        for height, (_, group) in enumerate(groups):
            _recovery(ax, height, group, f"{part}_accuracy")
        ax.set_xlim(10, 101)
        ax.set_xlabel(f"samples classified correctly, {part} (%)")
        ax.grid(True, axis="x", color="#e4e7eb", linewidth=0.7)
        ax.set_axisbelow(True)
    several = len(run.settings.models) > 1
    axes[0, 0].set_yticks(range(len(groups)), [f"{n} ({m})" if several else n for (n, m), _ in groups])
    axes[0, 0].set_ylim(len(groups) - 0.4, -0.6)
    handles = [axes[0, 0].plot([], [], "o", color=colour, markersize=9)[0] for colour in DAMAGED.values()]
    figure.legend(handles, list(DAMAGED), loc="outside upper center", ncols=3, fontsize=9, frameon=False)
    yield Figure(
        "recovery",
        "Accuracy after damage, and after training again",
        f"Large dots: means over the seeds, small dots: the seeds. Shaded: below {BROKEN:g} and from {RECOVERED:g} on. "
        "A damage that is broken and learnt round has its orange dot in the left and its blue dot in the right region.",
        figure,
    )


def _recovery(axes: Axes, height: float, rows: pd.DataFrame, column: str) -> None:
    means = {stage: 100 * rows.loc[rows["stage"] == stage, column].mean() for stage in DAMAGED}
    axes.annotate(
        "", (means["retrained"], height), (means["damaged"], height), zorder=2,
        arrowprops={"arrowstyle": "-|>", "color": "#adb5bd", "linewidth": 1.6, "shrinkA": 6, "shrinkB": 6},
    )  # fmt: skip
    for offset, (stage, colour) in zip((-0.12, 0.0, 0.12), DAMAGED.items(), strict=True):
        values = 100 * rows.loc[rows["stage"] == stage, column].to_numpy(dtype=float)
        axes.plot(values, np.full(len(values), height + offset), "o", color=colour, markersize=3.2, alpha=0.55)
        axes.plot(means[stage], height, "o", color=colour, markersize=9, markeredgecolor="white", zorder=3)


def _switched(run: Run) -> Iterator[Figure]:
    """The lattice of the first seed after each stage of each switching."""
    for number, (point, data) in enumerate(_first_seeds(run, "switching"), 1):
        switching = run.settings.switching[point["name"]]
        network, ports = switching.network(run.network), run.settings.ports[switching.ports]
        figure, axes = drawing(1, 3, 13.5, 3.3)
        figure.set_layout_engine("constrained", h_pad=MARGIN)
        for ax, (stage, title) in zip(axes[0], SWITCHED.items(), strict=True):
            task = switching.regression if stage == "regression" else ports
            k = np.array(data["stages"][stage]["stiffness"])
            marks = _inputs(network, task.inputs), _outputs(network, task.outputs)
            lines = trained_lattice(ax, network, k, network.stiffness_bounds, title, *marks, colour_bar=False)
        figure.colorbar(lines, ax=list(axes[0]), label=STIFFNESS_LABEL, shrink=0.75, pad=0.02)
        yield Figure(
            f"lattices-{number}-{point['model']}",
            f"The stiffness after each stage: {point['name']} ({point['model']}, seed {point['seed']})",
            "Width and shade of a line: stiffness of the bond. The task of the stage is drawn at its ports.",
            figure,
        )


def _damaged(run: Run) -> Iterator[Figure]:
    """The lattice of the first seed before damage, after it, and retrained."""
    for number, (point, data) in enumerate(_first_seeds(run, "damage"), 1):
        ports, network = run.settings.ports[run.settings.damage[point["name"]].ports], run.network
        gone = data["removed"]
        kept = np.setdiff1d(np.arange(len(network.bonds)), gone)
        trained = np.array(data["stages"]["trained"]["stiffness"])
        # Bonds that are cut are drawn dashed whatever their stiffness
        retrained = trained.copy()
        retrained[kept] = data["stages"]["retrained"]["stiffness"]
        accuracy = _accuracies(data)
        figure, axes = drawing(1, 3, 13.5, 3.3)
        figure.set_layout_engine("constrained", h_pad=MARGIN)
        panels = {"trained": (trained, []), "damaged": (trained, gone), "retrained": (retrained, gone)}
        for ax, (stage, (k, cut)) in zip(axes[0], panels.items(), strict=True):
            marks = _inputs(network, ports.inputs), _outputs(network, ports.outputs)
            title = f"{stage}: {100 * accuracy[stage]:.0f} % right"
            lines = trained_lattice(ax, network, k, network.stiffness_bounds, title, *marks, cut, colour_bar=False)
        figure.colorbar(lines, ax=list(axes[0]), label=STIFFNESS_LABEL, shrink=0.75, pad=0.02)
        yield Figure(
            f"damage-{number}-{point['model']}",
            f"The lattice damaged and retrained: {point['name']} ({point['model']}, seed {point['seed']})",
            "Width and shade of a line: stiffness of the bond; dashed: removed. Right: of the training samples.",
            figure,
        )


def _accuracies(data: dict[str, Any]) -> dict[str, float]:
    trained, retrained = (data["stages"][s]["epochs"]["training_accuracy"] for s in ("trained", "retrained"))
    return {"trained": trained[-1], "damaged": retrained[0], "retrained": retrained[-1]}


def _trained(history: pd.DataFrame, kind: str) -> Iterator[tuple[str, str, pd.DataFrame]]:
    if history.empty:
        return
    for (name, model), rows in history[history["kind"] == kind].groupby(["name", "model"], sort=False):
        yield name, model, rows


def _first_seeds(run: Run, kind: str) -> Iterator[tuple[Point, dict[str, Any]]]:
    """The first seed that was measured of each name and model."""
    shown = set()
    for point, outcome in run.outcomes:
        key = (point["name"], point["model"])
        if point["kind"] == kind and outcome.data and key not in shown:
            shown.add(key)
            yield point, outcome.data


def _inputs(network: Network, inputs: Sequence[Input]) -> dict[str, Port]:
    names = [f"feature {i}" for i in range(1, len(inputs) + 1)] if len(inputs) > 1 else ["force"]
    return {name: port.port(network.dimension) for name, port in zip(names, inputs, strict=True)}


def _outputs(network: Network, outputs: Sequence[Output]) -> dict[str, Port]:
    classes = len({output.node for output in outputs}) == len(outputs)
    names = [f"class {i}" if classes else f"u{p.component} of {p.node}" for i, p in enumerate(outputs, 1)]
    return {name: port.port(network.dimension) for name, port in zip(names, outputs, strict=True)}
