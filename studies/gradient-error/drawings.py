"""The figures of the report."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from femnn.config.quantities import GRAM_FORCE
from femnn.insitu.estimators import EXACT, WITHOUT_ADJOINT_FORCE
from femnn.mechanics.elongation import elongations
from femnn.report.former_figure import Figure
from femnn.report.lattice_plots import lattice, solid
from femnn.report.plots import COLOURS, Curve, bars_by_bond, drawing, heading, logarithmic
from femnn.study.former.study import Run

from .headline import SHOWN, headline
from .ladder import steps
from .orders import order
from .selection import error_curve, fields, loaded, place_name, places, select
from .settings import takes_springs

FORCE_LABEL = "adjoint force (gf)"


def figures(run: Run, made: dict[str, pd.DataFrame]) -> list[Figure]:
    """Errors against the adjoint force, then the fields behind them."""
    return [
        *headline(run, made["table"]),
        *_ladder(run),
        *_shapes(run),
        *_against_exact(run, made["table"]),
        *_against_linear(run, made["table"]),
        *_fields(run),
        *_by_bond(run, made),
    ]


def _against_exact(run: Run, table: pd.DataFrame) -> Iterator[Figure]:
    shown = [e for e in run.settings.estimators if e not in WITHOUT_ADJOINT_FORCE]
    models = [m for m in run.settings.models if m != "spring"] or run.settings.models
    found = places(run)
    if "exact" not in run.settings.references or not shown or not found:
        return
    for model in models:
        figure, axes = drawing(len(found), 1, 8.6, 4.3 * len(found))
        dotted = "Dotted: the gradient of the linear spring model. " if run.settings.needs_springs else ""
        falling = sum(_falls(select(table, found[0], model, "exact"), e) for e in shown)
        for ax, place in zip(axes.flat, found, strict=True):
            rows = select(table, place, model, "exact")
            present = [e for e in shown if e in set(rows["estimator"])]
            curves = [error_curve(run, rows, e, e) for e in present]
            if not curves:
                continue
            logarithmic(ax, curves, FORCE_LABEL, "relative error of the gradient (L2)", place_name(place))
            _mark_linear(ax, fields(run, place, model))
        yield Figure(
            f"error-{model}",
            f"{model.capitalize()}: {falling} of {len(shown)} ways to measure get better as the adjoint force shrinks",
            f"Relative L2 error of each estimator against the model's own exact gradient. {dotted}Dashed: energy "
            "forms. Slopes are fitted where the error is between rounding and 2 %.",
            figure,
        )


def _falls(rows: pd.DataFrame, estimator: str) -> bool:
    """Whether an error has an order in the adjoint force."""
    mean = rows[rows["estimator"] == estimator].groupby("adjoint_force")["relative_l2"].mean()
    exponent = order(mean.index.to_numpy(), mean.to_numpy())
    return exponent is not None and exponent > 0.5


def _mark_linear(ax: Any, data: dict[str, Any]) -> None:
    error = data.get("linear_spring_error", {}).get("relative_l2", 0.0)
    if error > 1e-12:
        ax.axhline(error, color="#616e7c", linestyle=":", linewidth=1.2)
        ax.annotate(
            "linear spring gradient", (0.01, error), xycoords=("axes fraction", "data"), xytext=(0, 3),
            textcoords="offset points", fontsize=8, color="#616e7c",
        )  # fmt: skip


def _against_linear(run: Run, table: pd.DataFrame) -> Iterator[Figure]:
    """The paper's diagram: linear forward field, the model's adjoint field, against the linear spring gradient."""
    rows = table[(table["reference"] == "linear-spring") & table["estimator"].map(takes_springs)]
    models = [m for m in run.settings.models if m != "spring"]
    found = places(run)
    if rows.empty or not models:
        return
    figure, axes = drawing(1, 1, 8.6, 4.0)
    curves = []
    for i, model in enumerate(models):
        for j, place in enumerate(found):
            one = select(rows, place, model, "linear-spring")
            mean = one.groupby("adjoint_force")["one_minus_pearson"].mean()
            label = f"{model}, {place[0]}" + (f" {place[1] / GRAM_FORCE:.3g} gf" if run.settings.forward_forces else "")
            curves.append(
                Curve(
                    mean.index.to_numpy() / GRAM_FORCE,
                    mean.to_numpy(),
                    label,
                    COLOURS[i % 7],
                    ("-", "--", ":")[j % 3],
                    "o",
                )
            )
    logarithmic(axes[0, 0], curves, FORCE_LABEL, "1 − Pearson correlation")
    yield Figure(
        "error-as-published",
        "Error against the gradient of linear springs, by the adjoint force",
        "1 − Pearson correlation with the linear spring gradient of the product of the linear forward field and the "
        "model's adjoint field, the error that Li & Mao (2024) plot against the adjoint force.",
        figure,
    )


def _ladder(run: Run) -> Iterator[Figure]:
    """How far each effect moves the exact gradient, in size and in direction."""
    found = steps(run)
    if not found:
        return
    every = list(dict.fromkeys(step.place for step in found))
    figure, axes = drawing(len(every), 1, 9.0, 0.9 + 2.0 * len(every))
    for ax, place in zip(axes.flat, every, strict=True):
        own = [step for step in found if step.place == place][::-1]
        heights = np.arange(len(own))
        ax.barh(heights + 0.2, [100 * s.change for s in own], 0.36, color=COLOURS[0], label="change of the gradient")
        ax.barh(heights - 0.2, [100 * s.turned for s in own], 0.36, color=COLOURS[1], label="after optimal rescaling")
        for height, step in zip(heights, own, strict=True):
            ax.annotate(f"× {step.factor:.2f}", (100 * step.change, height + 0.2), (4, 0), textcoords="offset points",
                        va="center", fontsize=8)  # fmt: skip
        ax.set_yticks(heights, [step.effect for step in own])
        ax.set_xlabel("relative change of the exact gradient (%)")
        heading(ax, place_name(place))
    axes[0, 0].legend(loc="upper right", fontsize=8)
    yield Figure(
        "ladder",
        f"From {run.settings.ladder[0]} to {run.settings.ladder[-1]}: what each effect does to the exact gradient",
        "Relative L2 distance between the exact gradients of one model and the next, and what is left of it with the "
        "best common factor (given beside the bar), which training does not feel.",
        figure,
    )


def _shapes(run: Run) -> Iterator[Figure]:
    """Deformed models under the data's load."""
    wanted = [m for m in run.settings.models if not run.settings.models_by_name()[m].linear]
    found = [(p, [m for m in wanted if fields(run, p, m).get("shape")]) for p in places(run)]
    found = [(place, models) for place, models in found if models]
    if not found or len(run.network.bonds) > 500:
        return
    columns = max(len(models) for _, models in found)
    figure, axes = drawing(len(found), columns, 4.4 * columns, 3.6 * len(found))
    for row, (place, models) in zip(axes, found, strict=True):
        for ax, model in zip(row, models, strict=False):
            data = fields(run, place, model)
            shape = {name: np.array(values) for name, values in data["shape"].items()}
            stretch = 1e6 * elongations(run.network, np.array(data["forward"]), "true")
            values = np.where(shape["bonds"] >= 0, stretch[shape["bonds"]], np.nan)
            title = f"{place[0]}, {model}, {place[1] / GRAM_FORCE:.3g} gf"
            arrows = loaded(run, np.array(data["force"]))
            solid(ax, run.network, shape["rest"], shape["moved"], values, arrows, "elongation (µm)", title)
        for ax in row[len(models) :]:
            ax.set_axis_off()
    yield Figure(
        "shapes",
        "The models under the data's load",
        "True deformed shapes over the shapes at rest, coloured by the elongation of the bonds (red longer, blue "
        "shorter); pads of the nodes grey.",
        figure,
    )


def _fields(run: Run) -> Iterator[Figure]:
    model = run.settings.models[-1]
    found = [place for place in places(run) if fields(run, place, model)]
    if not found or len(run.network.bonds) > 5000:
        return
    figure, axes = drawing(len(found), 3, 12.5, 3.6 * len(found))
    for row, place in zip(axes, found, strict=True):
        data = fields(run, place, model)
        forward, adjoint = np.array(data["forward"]), np.array(data["adjoint"])
        strength = run.settings.shown_of(place[0])
        for ax, field, force, title in (
            (row[0], forward, np.array(data["force"]), f"{place[0]}: forward, {place[1] / GRAM_FORCE:.3g} gf"),
            (row[1], adjoint, np.array(data["adjoint_force"]), f"adjoint, {strength / GRAM_FORCE:.3g} gf"),
        ):
            stretch = 1e6 * elongations(run.network, field, "true")
            lattice(ax, run.network, stretch, field, loaded(run, force), "elongation (µm)", title)
        lattice(row[2], run.network, 1e9 * np.array(data["exact"]), label="dL/dk (10⁻⁹ m²)", title="exact gradient")
    yield Figure(
        "fields",
        "Elongations under the data's load and under the adjoint force",
        f"{model.capitalize()} model, true deformed shape over the shape at rest. Bonds are coloured by "
        "elongation (red longer, blue shorter) and by the exact gradient. Arrows: loads. Triangles: fixed nodes.",
        figure,
    )


def _by_bond(run: Run, made: dict[str, pd.DataFrame]) -> Iterator[Figure]:
    """Gradients bond by bond at the shown adjoint force, for networks small enough to read."""
    if len(run.network.bonds) > 60 or made["gradients"].empty:
        return
    model, table = run.settings.models[-1], made["gradients"]
    wanted = [e for e in run.settings.estimators if e in EXACT or e in SHOWN]
    found = [place for place in places(run) if fields(run, place, model)]
    if not wanted or not found:
        return
    figure, axes = drawing(len(found), 1, 12.5, 3.3 * len(found))
    names = [run.network.bond_name(b) for b in range(len(run.network.bonds))]
    for ax, place in zip(axes.flat, found, strict=True):
        rows = table[(table["case"] == place[0]) & (table["forward_force"] == place[1]) & (table["model"] == model)]
        forces = rows["adjoint_force"].unique()
        if not len(forces):
            continue
        near = forces[np.argmin(np.abs(np.log(forces / run.settings.shown_of(place[0]))))]
        rows = rows[(rows["adjoint_force"] == near) & (rows["repeat"] == 0)]
        known = fields(run, place, model)
        series = {"linear spring": 1e9 * np.array(known["linear-spring"])} if "linear-spring" in known else {}
        series |= {e: 1e9 * rows[rows["estimator"] == e]["loss_gradient"].to_numpy() for e in wanted}
        bars_by_bond(ax, names, {k: v for k, v in series.items() if len(v) == len(names)}, "dL/dk (10⁻⁹ m²)")
        heading(ax, f"{place_name(place)}, adjoint force {near / GRAM_FORCE:.3g} gf")
    yield Figure(
        "gradients-by-bond",
        "The gradient bond by bond, by estimator",
        f"dL/dk of each bond: {'linear springs, and ' if run.settings.needs_springs else ''}the {model} model's exact "
        "gradient and estimates.",
        figure,
    )
