"""The figures of the report that are about the camera's noise and the weights."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from femnn.config.quantities import GRAM_FORCE
from femnn.report.estimator_styles import estimator_style
from femnn.report.former_figure import Figure
from femnn.report.plots import COLOURS, FAINT, INK, Curve, drawing, heading, logarithmic
from femnn.study.former.study import Run

from . import creep_drawings
from .optimum import ORDERS, product_form
from .records import at_force, exponents
from .sources import ALL, SOURCES

FORCE_LABEL = "adjoint force (gf)"
ERROR_LABEL = "relative error of the gradient"
SHOWN_NOISES = 4
LIMITS = (1e-5, 10.0)
"""Errors that are drawn."""
DRAWN = (3e-3, 5.0)
"""Errors with the noise of the bench that are drawn."""
NAMES = {1: "one-sided", 2: "centred"}


def figures(run: Run, made: dict[str, pd.DataFrame]) -> list[Figure]:
    """Noise first, then weights, then creep."""
    return [
        *_u_shaped(run, made),
        *_sources(run, made["sources"]),
        *_exponents(run, made["optima"]),
        *_estimators(run, made["table"]),
        *creep_drawings.figures(run, made["creep"]),
    ]


def length(metres: float) -> str:
    """A length as people say it: ``20 µm``."""
    return f"{1e6 * metres:.3g} µm" if metres >= 0.999e-7 else f"{1e9 * metres:.3g} nm"


def _first_of(run: Run, order: int) -> str | None:
    """The first estimator of an order, energy forms before products, which have a floor on some models."""
    found = [name for name in run.settings.estimators if ORDERS.get(name) == order]
    return min(found, key=product_form, default=None)


def _u_shaped(run: Run, made: dict[str, pd.DataFrame]) -> Iterator[Figure]:
    """Closed form and drawn measurements against the adjoint force, a colour a noise."""
    names = [name for name in (_first_of(run, 1), _first_of(run, 2)) if name is not None]
    case, models = run.settings.cases[0], run.settings.models
    if not names:
        return
    bench = run.settings.bench.noise
    below = [noise for noise in run.settings.all_noises if noise < bench]
    wanted = np.geomspace(below[0], bench, SHOWN_NOISES)[:-1] if below else []
    picked = [*(min(below, key=lambda noise: abs(np.log(noise / at))) for at in wanted), bench]
    figure, axes = drawing(len(models), len(names), 5.4 * len(names), 3.5 * len(models))
    for row, model in zip(axes, models, strict=True):
        for ax, name in zip(row, names, strict=True):
            curves, marks = [], []
            for colour, noise in zip(COLOURS, dict.fromkeys(picked), strict=False):
                at = {"case": case, "model": model, "estimator": name, "reference": "exact", "noise": noise}
                rows, best = _where(made["table"], at), _where(made["optima"], at)
                x = rows["adjoint_force"].to_numpy() / GRAM_FORCE
                curves.append(Curve(x, rows["expected"].to_numpy(), length(noise), colour))
                marks.append((x, rows["relative_l2"], best, colour))
            ax.set_ylim(*LIMITS)
            logarithmic(ax, [], FORCE_LABEL, ERROR_LABEL, f"{model}, {name} ({NAMES[ORDERS[name]]})")
            for curve in curves:
                ax.plot(curve.x, curve.y, color=curve.colour, label=curve.name)
            for x, drawn, best, colour in marks:
                ax.plot(x, drawn, "o", color=colour, markersize=3)
                inside = best[best["inside"].astype(bool)]
                ax.plot(inside["adjoint_force"] / GRAM_FORCE, inside["error"], "*", color=INK, markersize=11, zorder=5)
    axes[0, 0].legend(title="camera noise", loc="lower right", fontsize=8, frameon=False)
    yield Figure(
        "error-against-force",
        "Error against the adjoint force, by the camera's noise",
        "Relative L2 error against the model's exact gradient, by the camera's noise. Lines: expected, in closed form; "
        f"dots: {run.settings.repeats} drawn measurements each; stars: best adjoint force. Where a curve leaps, the "
        "lattice buckles under the adjoint force reversed.",
        figure,
    )


def _where(table: pd.DataFrame, at: dict[str, Any]) -> pd.DataFrame:
    rows = table
    for key, value in at.items():
        rows = rows[rows[key] == value]
    return rows


def _exponents(run: Run, optima: pd.DataFrame) -> Iterator[Figure]:
    """Least error and best adjoint force against the noise, with fitted exponents."""
    case, models = run.settings.cases[0], run.settings.models
    found = [entry for entry in exponents(optima) if entry["case"] == case and entry["error"] is not None]
    if not found:
        return
    figure, axes = drawing(len(models), 2, 12.0, 3.6 * len(models))
    for row, model in zip(axes, models, strict=True):
        own = [e for e in found if e["model"] == model and e["reference"] == _reference(e["estimator"])]
        for ax, column, kind, label, scale in (
            (row[0], "error", "error", "least relative error", 1.0),
            (row[1], "adjoint_force", "force", "best adjoint force (gf)", 1 / GRAM_FORCE),
        ):
            curves = []
            for entry in own:
                at = {key: entry[key] for key in ("case", "model", "estimator", "reference")}
                rows = _where(optima, at)
                rows = rows[rows["inside"].astype(bool)]
                x, y = 1e6 * rows["noise"].to_numpy(), scale * rows[column].to_numpy()
                name = f"{entry['estimator']}: σ^{entry[kind]:.2f}"
                curves.append(Curve(x, y, name, *estimator_style(entry["estimator"])))
            logarithmic(ax, curves, "camera noise σ (µm)", label, model, gap=0.075)
            for entry in own:
                rows = _where(optima, {key: entry[key] for key in ("case", "model", "estimator", "reference")})
                rows = rows[rows["fitted"].astype(bool)]
                drawn = "drawn_error" if kind == "error" else "drawn_force"
                ax.plot(
                    1e6 * rows["noise"],
                    scale * rows[drawn],
                    "o",
                    color=colour_of(entry),
                    markersize=4,
                )
    yield Figure(
        "exponents",
        "Least error and best adjoint force against the camera's noise",
        "Least error over the adjoint force and the force that has it. Lines: expected; dots: drawn, where the best "
        "force is so small that the exponents are fitted. Energy forms against the exact gradient, product forms "
        "against what they tend to without noise.",
        figure,
    )


def colour_of(entry: Mapping[str, Any]) -> str:
    """Colour of the estimator of an entry."""
    return estimator_style(entry["estimator"])[0]


def _reference(estimator: str) -> str:
    return "limit" if product_form(estimator) else "exact"


def _estimators(run: Run, table: pd.DataFrame) -> Iterator[Figure]:
    """All estimators with the noise of the bench."""
    case, models, noise = run.settings.cases[0], run.settings.models, run.settings.bench.noise
    figure, axes = drawing(1, len(models), 6.2 * len(models), 4.2, share_y=True)
    rows = table[(table["case"] == case) & (table["reference"] == "exact") & (table["noise"] == noise)]
    if rows.empty:
        return
    for ax, model in zip(axes[0], models, strict=True):
        curves = []
        for name in run.settings.estimators:
            own = rows[(rows["model"] == model) & (rows["estimator"] == name)]
            x = own["adjoint_force"].to_numpy() / GRAM_FORCE
            colour, drawn = estimator_style(name)
            for column, dashes, label in (("expected", drawn, name), ("without_noise", ":", "")):
                error = own[column].to_numpy()
                curves.append(Curve(x, np.where(error < DRAWN[1], error, np.nan), label, colour, dashes))
        ax.set_ylim(*DRAWN)
        ax.set_xlim(0.05, 1.02 * max(curve.x.max() for curve in curves if len(curve.x)))
        _named(ax, curves, model)
    yield Figure(
        "estimators",
        f"Estimators with a camera noise of {length(noise)}",
        "Expected relative L2 error against the exact gradient; dotted: without noise. On thinned beams products of "
        "elongations have a floor, since elongation does not tell how the parts of a bond share the energy. Where "
        "centred curves end, the lattice buckles.",
        figure,
    )


def _named(ax: Axes, curves: list[Curve], title: str) -> None:
    """Curves, of which those with a name are named at their right end."""
    for curve in curves:
        if not curve.name:
            ax.plot(curve.x, curve.y, color=curve.colour, linestyle=curve.dashes, linewidth=1.1)
    logarithmic(ax, [curve for curve in curves if curve.name], FORCE_LABEL, ERROR_LABEL, title, gap=0.06)


def _sources(run: Run, table: pd.DataFrame) -> Iterator[Figure]:
    """Bars of the error that each source makes alone, and of all together."""
    case, models = run.settings.cases[0], run.settings.models
    shown = at_force(table[table["case"] == case], run.settings.shown_of(case))
    if shown.empty:
        return
    figure, axes = drawing(len(models), 1, 10.0, 3.1 * len(models))
    width = 0.8 / len(SOURCES)
    colours = dict(zip(SOURCES, (FAINT, *COLOURS[:4], INK), strict=True))
    for ax, model in zip(axes[:, 0], models, strict=True):
        own = shown[shown["model"] == model].pivot_table(index="estimator", columns="source", values="relative_l2")
        names = [name for name in run.settings.estimators if name in own.index]
        for i, source in enumerate(SOURCES):
            places = np.arange(len(names)) + (i - (len(SOURCES) - 1) / 2) * width
            ax.bar(places, 100 * own.loc[names, source], width, color=colours[source], label=source)
        ax.set_xticks(range(len(names)), names)
        ax.set_ylabel("relative error (%)")
        heading(ax, model)
    axes[0, 0].legend(ncols=6, fontsize=8, loc="lower left", bbox_to_anchor=(0.06, 1.0), frameon=False)
    b = run.settings.bench
    force = float(shown["adjoint_force"].iloc[0]) / GRAM_FORCE
    worst = shown[~shown["source"].isin([ALL, SOURCES[0]])].groupby("source")["relative_l2"].mean().sort_values()
    yield Figure(
        "sources",
        f"What matters on a bench: {worst.index[-1]} first, then {worst.index[-2]}; the others are small",
        f"Relative L2 error at an adjoint force of {force:.3g} gf: nonlinearity, which is always there; with it, one "
        f"by one, camera noise of {length(b.noise)}, loads rounded to {b.weight / GRAM_FORCE:.3g} g, weights that hang "
        f"askew by {b.angle:.3g}°, and creep with {b.delay:.3g} s between readings; and all of them. Errors of size "
        "have signs, so that creep may make up for nonlinearity.",
        figure,
    )
