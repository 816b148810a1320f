"""The figures of the report."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes

from femnn.insitu.relative_loads import in_words
from femnn.report.former_figure import Figure
from femnn.report.plots import COLOURS, FAINT, INK, drawing, heading
from femnn.report.stiffness_figures import before_after
from femnn.study.former.study import Run

from . import comparison
from .transfers import BEFORE, OWN, given_widths, plural

type Floats = npt.NDArray[np.float64]

GRID = "#e4e7eb"
MEASURED_NAMES = {"initial": "before training", "trained": "trained", "mirror": "mirror image"}
LOWEST = 1e-4
"""Gap at which the logarithmic scale ends; what is below is drawn there."""
GIVEN = ("o", "s", "D", "^", "v", "P")
"""Markers of models."""


def figures(run: Run, made: dict[str, pd.DataFrame]) -> list[Figure]:
    """The print, the gap, the steps that close it, and the widths before and after."""
    return [*_print(made["measured"]), *_planes(run, made["table"]), *_steps(run), *_lattice(run)]


def _print(table: pd.DataFrame) -> Iterator[Figure]:
    """Models beside what was measured: displacements, and their ratios."""
    if table.empty:
        return
    models = list(dict.fromkeys(table["model"]))
    figure, axes = drawing(1, 2, 10.5, 3.9)
    left, right = axes[0]
    places = np.linspace(-0.22, 0.22, len(models)) if len(models) > 1 else np.zeros(1)
    names = []
    for i, ((experiment, output), rows) in enumerate(table.groupby(["experiment", "output"], sort=False)):
        names.append(f"{MEASURED_NAMES[experiment]}, {'first' if output == 1 else 'second'}")
        first = rows.iloc[0]
        _band(left, i, 1e3 * first["measured"], 1e3 * first["deviation"])
        for marker, colour, place, u in zip(GIVEN, COLOURS, places, 1e3 * rows["displacement"], strict=False):
            left.plot(u, i + place, marker, color=colour, markersize=6)
    for marker, colour, place, model in zip(GIVEN, COLOURS, places, models, strict=False):
        ratios = comparison.ratios_of(table[table["model"] == model])
        right.plot([r["ratio"] for r in ratios], np.arange(len(ratios)) + place, marker, color=colour, markersize=7)
    for i, r in enumerate(ratios):
        _band(right, i, r["measured"], r["deviation"])
    left.set(yticks=range(len(names)), yticklabels=names, xlabel="displacement (mm)")
    right.set(yticks=range(len(ratios)), yticklabels=[MEASURED_NAMES[r["experiment"]] for r in ratios])
    right.set_xlabel("larger displacement / smaller")
    for ax, title in ((left, "Displacements"), (right, "Their ratio")):
        ax.invert_yaxis()
        ax.grid(True, axis="x", color=GRID, linewidth=0.7)
        heading(ax, title)
    handles = [left.plot([], [], m, color=c)[0] for m, c in zip(GIVEN, COLOURS[: len(models)], strict=False)]
    handles.append(left.plot([], [], color=FAINT, linewidth=7, alpha=0.5)[0])
    figure.legend(handles, [*models, "measured, ± deviation"], loc="outside upper center", ncols=len(models) + 1)
    yield Figure(
        "print",
        "What was printed and measured, and what each model says of the same widths",
        "Widths as springs were trained to. Grey: Li & Mao, Nat. Commun. 15, 10528 (2024), Fig. 2, with one deviation "
        "to each side. Which displacement is that of which node is not stated: the nearer order is taken.",
        figure,
    )


def _band(ax: Axes, height: int, value: float, deviation: float) -> None:
    """A measured value with its deviation, behind the models."""
    ax.barh(height, 2 * deviation, 0.72, value - deviation, color=FAINT, alpha=0.35, linewidth=0, zorder=0)
    ax.plot([value, value], [height - 0.36, height + 0.36], color=INK, linewidth=1.2, zorder=1)


def _planes(run: Run, table: pd.DataFrame) -> Iterator[Figure]:
    """One output against the other: what the first model promises, what its widths give, and where training on ends."""
    shown = [
        b
        for b in dict.fromkeys(table["behaviour"])
        if len(run.settings.behaviour[b].outputs) == 2 and run.settings.behaviour[b].outputs[0].displacement is not None
    ]
    if not shown:
        return
    models, given = list(dict.fromkeys(table["model"])), given_widths(run.settings.first)
    figure, axes = drawing(1, len(shown), 0.8 + 4.6 * len(shown), 4.6)
    for ax, behaviour in zip(axes[0], shown, strict=True):
        rows = table[(table["behaviour"] == behaviour) & (table["source"] == "")]
        first, second = (f"node {output.node}" for output in run.settings.behaviour[behaviour].outputs)
        for colour, marker, model in zip(COLOURS, GIVEN, models, strict=False):
            mine = {
                stage: 1e3 * r["displacement"].to_numpy() for stage, r in rows[rows["model"] == model].groupby("stage")
            }
            ax.plot(*mine[BEFORE], marker, color=colour, markersize=5, alpha=0.45)
            ax.plot(*mine[given], marker, color=colour, markersize=9, markerfacecolor="white", markeredgewidth=1.8)
            ax.plot(*mine[OWN], marker, color=colour, markersize=8, zorder=3)
            if not np.allclose(mine[OWN], mine[given], rtol=1e-3):
                ax.annotate(
                    "", mine[OWN], mine[given],
                    arrowprops={"arrowstyle": "-|>", "color": colour, "linewidth": 1.3, "shrinkA": 6, "shrinkB": 5},
                )  # fmt: skip
        wanted = 1e3 * rows["wanted"].to_numpy(dtype=float)[:2]
        ax.plot(*wanted, "*", color=INK, markersize=18, zorder=2)
        ax.set(xlabel=f"{first} (mm)", ylabel=f"{second} (mm)")
        ax.margins(0.12)
        ax.locator_params(nbins=6)
        ax.invert_xaxis()
        ax.invert_yaxis()
        ax.grid(True, color=GRID, linewidth=0.7)
        heading(ax, behaviour)
    ax = axes[0, 0]
    handles = [ax.plot([], [], m, color=c)[0] for m, c in zip(GIVEN, COLOURS[: len(models)], strict=False)]
    stages: list[dict[str, Any]] = [
        {"marker": "*", "markersize": 13, "color": INK},
        {"marker": "o", "markersize": 5, "color": INK, "alpha": 0.45},
        {"marker": "o", "markersize": 9, "color": INK, "markerfacecolor": "white", "markeredgewidth": 1.8},
        {"marker": "o", "markersize": 8, "color": INK},
    ]
    handles += [ax.plot([], [], linestyle="none", **style)[0] for style in stages]
    names = [*models, "wanted", "before training", given, "own optimum"]
    figure.legend(handles, names, loc="outside upper center", ncols=4)
    yield Figure(
        "gap",
        f"The gap: the widths of trained {plural(run.settings.first)} miss, and training on the model mends what the "
        "widths can",
        "Vertical displacements of the two outputs, larger to the right and upwards. Arrows: from the widths of "
        f"trained {plural(run.settings.first)} to the model's own optimum.",
        figure,
    )


def _steps(run: Run) -> Iterator[Figure]:
    """The gap against steps of training on the model, by source of the gradient."""
    shown: dict[tuple[str, str], list[tuple[str, list[float]]]] = {}
    for point, outcome in run.outcomes:
        if "tuned" in outcome.data:
            key = point["behaviour"], point["model"]
            shown.setdefault(key, []).append((point["source"], outcome.data["tuned"]["gaps"]))
    if not shown:
        return
    columns = min(len(shown), 2)
    rows = -(-len(shown) // columns)
    figure, axes = drawing(rows, columns, 5.0 * columns, 0.5 + 2.7 * rows, share_y=True)
    for ax in axes.flat[len(shown) :]:
        ax.set_axis_off()
    for i, (ax, ((behaviour, model), curves)) in enumerate(zip(axes.flat, shown.items(), strict=False)):
        for source, gaps in curves:
            colour = COLOURS[run.settings.sources.index(source) % len(COLOURS)]
            ax.plot(np.maximum(gaps, LOWEST), color=colour, linewidth=1.6)
        ax.axhline(run.settings.tolerance, color=INK, linestyle=":", linewidth=1.2)
        ax.axhline(1, color=FAINT, linewidth=0.8)
        ax.set(yscale="log", ylim=(LOWEST, None), xlabel="steps of training on the model")
        ax.set_ylabel("gap, of what training gains" if i % columns == 0 else "")
        ax.grid(True, color=GRID, linewidth=0.7)
        heading(ax, f"{behaviour}, {model}")
    for height, name, side in ((run.settings.tolerance, "closed", "top"), (1, "before training", "bottom")):
        axes[0, 0].annotate(
            name, (0.99 if height == 1 else 0.01, height), xycoords=("axes fraction", "data"), fontsize=8,
            ha="right" if height == 1 else "left", va=side, color=INK,
        )  # fmt: skip
    handles = [axes[0, 0].plot([], [], color=c)[0] for c, _ in zip(COLOURS, run.settings.sources, strict=False)]
    figure.legend(handles, run.settings.sources, loc="outside upper center", ncols=len(run.settings.sources))
    tuning = run.settings.tuning
    yield Figure(
        "steps",
        "Training on the model itself, by measured and by exact gradients",
        "Loss above the model's own optimum, as a share of what training gains in all. Estimators: "
        f"adjoint force {in_words(tuning.adjoint_force)}, camera error {1e6 * tuning.noise:.3g} µm, "
        f"{tuning.repeats} repeats; with such errors the loss keeps moving about.",
        figure,
    )


def _lattice(run: Run) -> Iterator[Figure]:
    """Stiffness with the widths of the first model and after training on, of the last model that had a gap."""
    tuned = [(point, outcome.data) for point, outcome in run.outcomes if "tuned" in outcome.data]
    if not tuned:
        return
    last = tuned[-1][0]["behaviour"], tuned[-1][0]["model"]
    point, data = next((p, d) for p, d in tuned if (p["behaviour"], p["model"]) == last)
    yield Figure(
        "lattice",
        f"What training on the {point['model']} changes of the {given_widths(run.settings.first)}, behaviour "
        f"“{point['behaviour']}”",
        f"Stiffness k = E·w·t/L of every bond; gradients: {point['source']}.",
        before_after(
            run.network,
            np.array(data["transfer"]["stiffness"][given_widths(run.settings.first)]),
            np.array(data["tuned"]["history"]["stiffness"]),
            titles=(f"trained as {plural(run.settings.first)}", f"trained on as {point['model']}"),
        ),
    )
