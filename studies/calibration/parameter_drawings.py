"""Figures of the parameters: what they are found to be, and how well the data tell of them."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from femnn.report.former_figure import Figure
from femnn.report.plots import COLOURS, FAINT, INK, drawing, heading
from femnn.study.former.study import Run

from .judgements import CLOSE, full_set

MARKERS = ("o", "s", "D", "^", "v", "P", "X")
LEAST = 1e-3
"""Smallest singular value that is drawn."""


def parameters(run: Run, table: pd.DataFrame) -> Figure:
    """Parameters found in units of their priors, and the widths bond by bond."""
    mine = table[table["set"] == full_set(run)]
    shared, widths = mine[mine["shared"]], mine[~mine["shared"]]
    names = list(dict.fromkeys(shared["parameter"]))
    panels = bool(names) + bool(len(widths))
    figure, axes = drawing(1, panels, 5.2 * panels, 1.6 + 0.62 * max(len(names), 5))
    groups = [key for key, _ in shared.groupby(["fit", "model"], sort=False)]
    if names:
        _shared(axes[0, 0], run, shared, names, groups)
    if len(widths):
        _widths(axes[0, -1], run, widths)
    told = shared.groupby("parameter", sort=False)[["deviation", "prior"]].min()
    known = [str(name) for name, row in told.iterrows() if row["deviation"] < CLOSE * row["prior"]]
    return Figure(
        "parameters",
        f"The data tell of {' and '.join(known) or 'none of the parameters'}; the rest stays where its prior has it",
        "Left: parameters of the lattice as a whole with their deviations, in units of the prior's (band: ±1). Filled: "
        f"fitted to {run.settings.fits[0]}; hollow: to another case. Right: error of each bond's width, in the first "
        "and the last model.",
        figure,
    )


def _shared(axes: Axes, run: Run, shared: pd.DataFrame, names: list[str], groups: list[tuple[str, str]]) -> None:
    axes.axvspan(-1, 1, color="#f1f3f5", zorder=0)
    axes.axvline(0, color=FAINT, linewidth=0.8, zorder=0)
    step = 0.8 / max(len(groups), 1)
    for i, (fit, model) in enumerate(groups):
        rows = shared[(shared["fit"] == fit) & (shared["model"] == model)]
        y = np.array([names.index(name) for name in rows["parameter"]]) + (i - (len(groups) - 1) / 2) * step
        first = fit == run.settings.fits[0]
        colour = COLOURS[run.settings.models.index(model) % len(COLOURS)]
        axes.errorbar(
            rows["value"] / rows["prior"], y, xerr=rows["deviation"] / rows["prior"], fmt="o", markersize=4.5,
            color=colour, linewidth=1.3, markerfacecolor=colour if first else "white", label=model if first else None,
        )  # fmt: skip
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.set_xlabel("value, in deviations of its prior")
    axes.legend(
        fontsize=8,
        loc="lower left",
        bbox_to_anchor=(0, 1.05),
        ncols=4,
        columnspacing=1.0,
        handletextpad=0.2,
        frameon=False,
    )


def _widths(axes: Axes, run: Run, widths: pd.DataFrame) -> None:
    """Errors of widths (%), of the fit of the first case."""
    mine = widths[widths["fit"] == run.settings.fits[0]]
    models = list(dict.fromkeys(mine["model"]))
    for model in dict.fromkeys((models[0], models[-1])):
        rows = mine[mine["model"] == model]
        colour = COLOURS[run.settings.models.index(model) % len(COLOURS)]
        x = np.arange(len(rows)) + (0.0 if model == models[0] else 0.35)
        axes.errorbar(
            x, 100 * rows["value"], yerr=100 * rows["deviation"], fmt="o", markersize=3.5, color=colour, linewidth=1.0
        )
    prior = 100 * float(mine["prior"].iloc[0])
    axes.axhspan(-prior, prior, color="#f1f3f5", zorder=0)
    names = mine[mine["model"] == models[0]]["parameter"]
    axes.set_xticks(range(len(names)), names, rotation=90, fontsize=7)
    axes.set_ylabel("error of the width (%)")
    heading(axes, f"widths, fitted to {run.settings.fits[0]}")


def singular_values(run: Run, table: pd.DataFrame, fit: str) -> Figure:
    """How well each direction of the parameters is told."""
    mine = table[(table["fit"] == fit) & (table["set"] == full_set(run))]
    figure, axes = drawing(1, 1, 7.6, 3.9)
    ax = axes[0, 0]
    told = []
    for marker, model in zip(MARKERS, run.settings.models, strict=False):
        rows = mine[mine["model"] == model]
        if rows.empty:
            continue
        told.append(int((rows["singular_value"] > 1).sum()))
        colour = COLOURS[run.settings.models.index(model) % len(COLOURS)]
        values = rows["singular_value"].where(rows["singular_value"] > LEAST)
        ax.semilogy(rows["direction"], values, marker + "-", color=colour, markersize=4, linewidth=1.0, label=model)
    ax.axhline(1.0, color=INK, linestyle="--", linewidth=1.0)
    across = ax.get_yaxis_transform()
    ax.text(0.99, 1.25, "determined by the data", transform=across, ha="right", fontsize=8)
    ax.text(0.99, 0.8, "determined by the prior", transform=across, ha="right", va="top", fontsize=8)
    ax.set(xlabel="direction of the parameters", ylabel="singular value, in units of the priors")
    ax.legend(fontsize=8, frameon=False)
    low, high = min(told, default=0), max(told, default=0)
    return Figure(
        "singular-values",
        f"{low if low == high else f'{low} to {high}'} directions are determined by the data, the others by the priors",
        "Singular values of the derivatives of the scores by all parameters, each in units of its prior's deviation, "
        f"fitted to {fit}; those beyond the number of bonds are zero.",
        figure,
    )
