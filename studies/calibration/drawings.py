"""The figures of the report."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes

from femnn.report.former_figure import Figure
from femnn.report.plots import COLOURS, FAINT, INK, bars_by_bond, drawing, heading, rows_of_axes
from femnn.study.former.study import Run

from . import parameter_drawings
from .judgements import SPRING, best_model, full_set, judged
from .parameter_drawings import MARKERS

type Floats = npt.NDArray[np.float64]

LARGE = 0.1
"""Share of the largest product from which others count as large."""
TICKS = (0.1, 0.2, 0.5, 1, 1.5, 2, 3, 5, 10, 20, 50, 100)


def figures(run: Run, made: dict[str, pd.DataFrame]) -> list[Figure]:
    """Errors fitted and predicted, products, scores, parameters, singular values."""
    table = made["table"]
    if table.empty:
        return []
    fits = [fit for fit in run.settings.fits if fit in set(table["fit"])]
    name = full_set(run)
    best = best_model(table, fits[0], name)
    found = [_errors(run, table, fits)]
    shown = [model for model in (SPRING, best) if model is not None and _has(made["products"], fits[0], name, model)]
    if shown:
        found += [_products(run, made["products"], fits[0], shown), *_scores(run, made["products"], fits[0], shown)]
    if not made["parameters"].empty:
        found += [
            parameter_drawings.parameters(run, made["parameters"]),
            parameter_drawings.singular_values(run, made["identifiability"], fits[0]),
        ]
    return found


def _has(products: pd.DataFrame, fit: str, name: str, model: str) -> bool:
    return bool(((products["fit"] == fit) & (products["set"] == name) & (products["model"] == model)).any())


def _errors(run: Run, table: pd.DataFrame, fits: list[str]) -> Figure:
    """A row of diagrams a fit: what was fitted, and everything that was judged."""
    counts = [len(judged(table, fit).columns) for fit in fits]
    figure, rows = rows_of_axes(counts, 3.4 * max(counts), [2.0 + 0.34 * len(run.settings.models)] * len(fits))
    for axes, fit in zip(rows, fits, strict=True):
        errors = judged(table, fit).drop(columns="together")
        own = table[(table["fit"] == fit) & (table["against"] == fit)]
        fitted = own.set_index(["set", "model"])["weighted_error"]
        for i, (ax, what) in enumerate(zip(axes, [fit, *errors.columns], strict=True)):
            _dots(ax, run, fitted if what == fit else errors[what], i == 0)
            heading(ax, f"{what} (fitted)" if what == fit else f"{what} (predicted)")
    _common_scale(rows)
    rows[0][0].legend(fontsize=8, loc="upper right", handletextpad=0.2, frameon=False)
    best = best_model(table, fits[0], full_set(run))
    title = "Weighted errors of what is fitted, and of what is then predicted"
    if best is not None and (full_set(run), SPRING) in judged(table, fits[0]).index:
        errors = judged(table, fits[0]).loc[full_set(run)]["together"]
        better = "better" if errors[best] < errors[SPRING] else "no better"
        title = (
            f"Fitted to {fits[0]!r}, {best} predicts the rest {better} than springs fitted the same way: "
            f"{errors[best]:.2f} against {errors[SPRING]:.2f}"
        )
    return Figure(
        "errors",
        title,
        "Root of the mean square of (computed − measured)/deviation: 1, dashed, is the scatter of single trials, and "
        "that of a mean of n is 1/√n of it. One row a fit; the first diagram is what was fitted, the others are "
        "predicted.",
        figure,
    )


def _dots(axes: Axes, run: Run, errors: pd.Series, named: bool) -> None:
    models, sets = run.settings.models, run.settings.sets
    for i, (colour, marker, name) in enumerate(zip(_colours(run), MARKERS, sets, strict=False)):
        values = [errors.get((name, model), np.nan) for model in models]
        places = np.arange(len(models)) + (i - (len(sets) - 1) / 2) * 0.22
        axes.plot(values, places, marker, color=colour, markersize=6, label=name)
    axes.axvline(1.0, color=INK, linestyle="--", linewidth=0.9, zorder=0)
    axes.set_yticks(range(len(models)), models if named else [""] * len(models))
    axes.set_ylim(len(models) - 0.5, -0.5)
    axes.grid(True, axis="x", color="#e4e7eb", linewidth=0.7)
    axes.set_xlabel("weighted error")


def _common_scale(rows: list[list[Axes]]) -> None:
    """One logarithmic scale for all diagrams, with ticks that can be read."""
    lines = [line for row in rows for ax in row for line in ax.get_lines()]
    values = np.concatenate([np.asarray(line.get_xdata(), dtype=np.float64) for line in lines])
    low, high = 0.88 * np.nanmin(values), 1.15 * np.nanmax(values)
    ticks = [tick for tick in TICKS if low <= tick <= high]
    for row in rows:
        for ax in row:
            ax.set_xscale("log")
            ax.set_xlim(low, high)
            ax.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
            ax.set_xticks([], minor=True)


def _colours(run: Run) -> list[str]:
    """Grey for what is not fitted, colours for what is."""
    colours = iter(COLOURS)
    return [next(colours) if run.settings.set[name] else FAINT for name in run.settings.sets]


def _products(run: Run, products: pd.DataFrame, fit: str, models: list[str]) -> Figure:
    """Predicted against measured, as mean elongations: the root of the product with its sign."""
    cases = list(run.settings.cases)
    figure, axes = drawing(1, len(cases), 5.0 * len(cases), 4.8)
    mine = products[(products["fit"] == fit) & (products["set"] == full_set(run))]
    for ax, case in zip(axes[0], cases, strict=True):
        for colour, marker, model in zip(COLOURS, MARKERS, models, strict=False):
            rows = mine[(mine["model"] == model) & (mine["case"] == case)]
            x, low, high = (_root(rows["measured"] + sign * rows["weight"]) for sign in (0, -1, 1))
            y = _root(rows["predicted"])
            if model == models[0]:
                ax.hlines(y, low, high, color=FAINT, linewidth=0.9, zorder=1)
            ax.plot(x, y, marker, color=colour, markersize=5.5, alpha=0.85, label=model, zorder=2)
        limits = [min(ax.get_xlim()[0], ax.get_ylim()[0]), max(ax.get_xlim()[1], ax.get_ylim()[1])]
        ax.plot(limits, limits, color=INK, linewidth=0.8, zorder=0)
        ax.set(xlabel="measured, ±√|product of elongations| (µm)", ylabel="computed (µm)", aspect="equal")
        ax.set(xlim=limits, ylim=limits)
        heading(ax, f"{case}, {'fitted' if case == fit else 'predicted'}")
        ax.legend(fontsize=8, loc="lower right", frameon=False)
    return Figure(
        "products",
        _large(mine[mine["case"] == _other(cases, fit)], _other(cases, fit), models),
        "Product of the two elongations of each bond, as the root of its magnitude with its sign. Grey: deviation with "
        "the camera's floor, drawn for the first model.",
        figure,
    )


def _large(rows: pd.DataFrame, case: str, models: list[str]) -> str:
    """How near models come to the large products of a case."""
    large = rows[rows["measured"].abs() >= LARGE * rows["measured"].abs().max()]
    off = (large["predicted"] / large["measured"] - 1).abs().groupby(large["model"]).median()
    count = large["bond"].nunique()
    told = " and ".join(f"{100 * off[model]:.0f} % ({model})" for model in models)
    return f"The median relative error of the {count} largest products of {case!r} is {told}"


def _other(cases: list[str], fit: str) -> str:
    return next((case for case in cases if case != fit), fit)


def _root(values: pd.Series) -> Floats:
    array = values.to_numpy()
    return np.asarray(1e6 * np.sign(array) * np.sqrt(np.abs(array)))


def _scores(run: Run, products: pd.DataFrame, fit: str, models: list[str]) -> Iterator[Figure]:
    """Misfit bond by bond in what is predicted."""
    case = _other(run.settings.cases, fit)
    mine = products[(products["fit"] == fit) & (products["set"] == full_set(run)) & (products["case"] == case)]
    series, names = {}, [run.network.bond_name(bond) for bond in range(len(run.network.bonds))]
    for model in models:
        rows = mine[mine["model"] == model]
        series[model] = ((rows["predicted"] - rows["measured"]) / rows["weight"]).to_numpy()
    figure, axes = drawing(1, 1, 9.5, 3.6)
    axes[0, 0].axhspan(-1, 1, color="#f1f3f5", zorder=0)
    bars_by_bond(axes[0, 0], names, series, "(computed − measured)/deviation")
    heading(axes[0, 0], f"{case}, predicted from {fit}" if case != fit else f"{case}, fitted")
    most = models[-1]
    worst, within = names[int(np.abs(series[most]).argmax())], int((np.abs(series[most]) <= 1).sum())
    yield Figure(
        "scores",
        f"{most.capitalize()}: {within} of {len(names)} bonds of {case!r} are within a deviation; {worst} is off most",
        "Misfit of each bond in deviations; the band is one deviation.",
        figure,
    )
