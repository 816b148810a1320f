"""Figures of the study."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from femnn.report.former_figure import Figure
from femnn.report.plots import COLOURS, FAINT, INK, drawing, heading
from femnn.study.former.study import Run

from .chances import CLEAR, SAME, scatters, trials
from .records import BASE
from .report_tables import name


def figures(run: Run, made: dict[str, pd.DataFrame]) -> list[Figure]:
    """The figures of the report."""
    return [*_agreement(run, made["table"]), *_bonds(run, made), *_effects(made["effects"]), *_outputs(made)]


def _agreement(run: Run, table: pd.DataFrame) -> Iterator[Figure]:
    if table.empty:
        return
    right, cases, single = scatters(run), run.settings.cases, trials(run)
    count = table.groupby(["model", "geometry"]).ngroups
    figure, (axes,) = drawing(1, len(cases), 5.2 * len(cases) + 0.8, 1.9 + 0.34 * count, share_y=True)
    for ax, case in zip(axes, cases, strict=True):
        rows = table[table["case"] == case]
        mean, deviation = right[case].one_minus_pearson
        ax.axvspan(max(mean - deviation, 0), mean + deviation, color="#e7f5ff", zorder=0)
        ax.axvline(mean, color="#74c0fc", linewidth=1, zorder=0)
        base = rows[(rows["model"] == BASE[0]) & (rows["geometry"] == BASE[1])]
        for value in base["one_minus_pearson"]:
            ax.axvline(value, color=INK, linewidth=0.9, linestyle=":")
        for place, row in enumerate(rows.itertuples()):
            colour = COLOURS[list(dict.fromkeys(table["model"])).index(row.model) % len(COLOURS)]
            error = 0 if np.isnan(row.change_error) else row.change_error
            filled = colour if row.geometry == "straight" else "white"
            ax.errorbar(
                row.one_minus_pearson, -place, xerr=error, fmt="o", color=colour, markerfacecolor=filled, capsize=2
            )
        for value in single:
            ax.plot(value, -count - 0.2, "|", color=FAINT, markersize=9)
        ax.set_xlabel("1 − Pearson correlation with the measurement")
        ax.set_xlim(0, 1.05 * max([*single, float(rows["one_minus_pearson"].max())]))
        heading(ax, f"case {case}")
    labels = [name(row.model, row.geometry) for row in table[table["case"] == cases[0]].itertuples()]
    axes[0].set_yticks(range(0, -count, -1), labels)
    if single:
        axes[0].set_yticks([*range(0, -count, -1), -count - 0.2], [*labels, "single trials"])
    yield Figure(
        "agreement",
        _verdict(table),
        "1 − Pearson correlation of predicted and measured gradient; bars are the standard error of the difference to "
        "the linear spring (dotted), the blue band is what a perfect model would show, ticks below are the "
        "single trials of the paper, of either case. Hollow: thinned ends.",
        figure,
    )


def _verdict(table: pd.DataFrame) -> str:
    """What the figure of the agreement shows, as a sentence."""
    parts = []
    for case, rows in table.groupby("case", sort=False):
        rows = rows[rows["change"].abs() > SAME]
        clear = rows[rows["change"] < -CLEAR * rows["change_error"]]
        beyond = rows[rows["change"] > CLEAR * rows["change_error"]]
        words = f"{len(clear)} nearer" if len(clear) else "none nearer"
        parts.append(f"case {case}: {words}, {len(beyond) or 'none'} farther")
    return "Models that can be told from the linear spring – " + "; ".join(parts)


def _bonds(run: Run, made: dict[str, pd.DataFrame]) -> Iterator[Figure]:
    table, gradients = made["table"], made["gradients"]
    if table.empty:
        return
    cases = run.settings.cases
    figure, (axes,) = drawing(1, len(cases), 5.0 * len(cases), 4.6)
    for ax, case in zip(axes, cases, strict=True):
        _measured_against_predicted(ax, table[table["case"] == case], gradients[gradients["case"] == case])
        heading(ax, f"case {case}")
    yield Figure(
        "bonds",
        "Measured against predicted gradient, bond by bond",
        "Measured against predicted gradient of every bond (10⁻⁹ m²), each model multiplied by the factor that fits "
        "its size; bars are deviations over three trials.",
        figure,
    )


def _measured_against_predicted(ax: Axes, table: pd.DataFrame, gradients: pd.DataFrame) -> None:
    best = table.sort_values("one_minus_pearson").iloc[0]
    shown = dict.fromkeys([BASE, (best["model"], best["geometry"]), *_last(table)])
    for colour, (model, geometry) in zip(COLOURS, shown, strict=False):
        own = gradients[(gradients["model"] == model) & (gradients["geometry"] == geometry)]
        factor = table[(table["model"] == model) & (table["geometry"] == geometry)]["factor"]
        if own.empty:
            continue
        x, y = 1e9 * float(factor.iloc[0]) * own["predicted"], 1e9 * own["measured"]
        ax.errorbar(
            x, y, 1e9 * own["deviation"], fmt="o", markersize=4, linewidth=0.7, color=colour, alpha=0.8,
            label=name(model, geometry),
        )  # fmt: skip
    limits = np.array([gradients["measured"].min(), gradients["measured"].max()]) * 1e9
    ax.plot(limits, limits, color=INK, linewidth=0.8)
    ax.set(xlabel="predicted (10⁻⁹ m²)", ylabel="measured (10⁻⁹ m²)")
    ax.legend(fontsize=8, loc="upper left")


def _last(table: pd.DataFrame) -> list[tuple[str, str]]:
    row = table.iloc[-1]
    return [(row["model"], row["geometry"])]


def _effects(table: pd.DataFrame) -> Iterator[Figure]:
    if table.empty:
        return
    cases, effects = list(dict.fromkeys(table["case"])), list(dict.fromkeys(table["effect"]))
    figure, (axes,) = drawing(1, len(cases), 5.2 * len(cases) + 1, 1.8 + 0.42 * len(effects), share_y=True)
    for ax, case in zip(axes, cases, strict=True):
        for shift, (where, colour) in zip((0.17, -0.17), (("alone", COLOURS[0]), ("whole", COLOURS[1])), strict=True):
            rows = table[(table["case"] == case) & (table["where"] == where)]
            places = np.array([-effects.index(effect) + shift for effect in rows["effect"]])
            change = rows["one_minus_pearson_change"].to_numpy()
            label = "alone" if where == "alone" else "in the solid with all effects"
            ax.barh(places, change, 0.3, color=colour, label=label)
            error = rows["one_minus_pearson_change_error"]
            ax.errorbar(change, places, xerr=error, fmt="none", color=INK, linewidth=0.8)
        ax.axvline(0, color=INK, linewidth=0.8)
        ax.xaxis.set_major_locator(MaxNLocator(5))
        ax.set_xlabel("change of 1 − Pearson (left: nearer to the measurement)")
        heading(ax, f"case {case}")
    axes[0].set_yticks(range(0, -len(effects), -1), effects)
    axes[-1].legend(fontsize=8, loc="lower right")
    yield Figure(
        "effects",
        "What each neglected effect does to the agreement",
        "Change of 1 − Pearson when an effect is switched on, on the simplest models that can tell of it and in the "
        "solid that has them all; lines are standard errors by the scatter of the measurement.",
        figure,
    )


def _outputs(made: dict[str, pd.DataFrame]) -> Iterator[Figure]:
    table = made["displacements"]
    if table.empty:
        return
    experiments = list(dict.fromkeys(table["experiment"]))
    figure, (axes,) = drawing(1, len(experiments), 3.6 * len(experiments) + 1.4, 4.0, share_y=True)
    models = list(table.groupby(["model", "geometry"], sort=False).groups)
    for ax, experiment in zip(axes, experiments, strict=True):
        rows = table[table["experiment"] == experiment]
        nodes = list(dict.fromkeys(rows["node"]))
        first = rows[(rows["model"] == models[0][0]) & (rows["geometry"] == models[0][1])]
        for i, row in enumerate(first.itertuples()):
            low = 1e3 * (row.measured - row.deviation)
            ax.fill_between([i - 0.4, i + 0.4], low, low + 2e3 * row.deviation, color="#ced4da", zorder=0)
        for k, (model, geometry) in enumerate(models):
            own = rows[(rows["model"] == model) & (rows["geometry"] == geometry)]
            colour = COLOURS[list(dict.fromkeys(table["model"])).index(model) % len(COLOURS)]
            ax.plot(
                np.arange(len(own)) + 0.6 * ((k + 0.5) / len(models) - 0.5), 1e3 * own["predicted"], "o", color=colour,
                markerfacecolor=colour if geometry == "straight" else "white", label=name(model, geometry),
            )  # fmt: skip
        ax.set_xticks(range(len(nodes)), [f"node {node}" for node in nodes])
        heading(ax, experiment)
    axes[0].set_ylabel("vertical displacement (mm)")
    axes[-1].legend(fontsize=8, loc="center left", bbox_to_anchor=(1.02, 0.5))
    yield Figure(
        "displacements",
        "Displacements before and after training",
        "Predicted displacements of the outputs with the widths of trained springs (dots; hollow: thinned ends) and "
        "the measured ones (grey: mean ± deviation over three repeats).",
        figure,
    )
