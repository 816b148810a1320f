"""The figures of the report."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from femnn.config.quantities import GRAM_FORCE
from femnn.network.port import Port
from femnn.report.curves import SeededCurve, training_curves
from femnn.report.example_fields import fields
from femnn.report.former_figure import Figure
from femnn.report.plots import COLOURS, FAINT, INK, drawing, heading
from femnn.report.stiffness_figures import before_after
from femnn.report.texts import number
from femnn.study.former.study import Point, Run

from .findings import published_loss

LOWEST = 1e-13
"""Losses below this are drawn at it: they are of displacements less than a micrometre off."""
MOST_SHOWN = 2
"""Ways to train of which lattices and predictions are drawn."""
MARKERS = (9.0, 7.0, 5.0, 3.0)
"""Sizes of the dots of one output after another, so that those behind show."""


def figures(run: Run, made: dict[str, pd.DataFrame]) -> list[Figure]:
    """Losses, predictions, what widths allow, the trained lattices, and the fields of one example."""
    return [
        *_losses(run, made["history"]),
        *_predictions(run, made["predictions"]),
        *_reach(run, made["reach"]),
        *_lattices(run),
        *_fields(run),
    ]


def ports(run: Run) -> tuple[dict[str, Port], dict[str, Port]]:
    """Inputs and outputs of the task, by name."""
    task, dimension = run.settings.task, run.network.dimension
    names = task.features or ("force",)
    inputs = {name: port.port(dimension) for name, port in zip(names, task.inputs, strict=True)}
    return inputs, {f"{o.node} {o.component}": o.port(dimension) for o in task.outputs}


def _losses(run: Run, history: pd.DataFrame) -> Iterator[Figure]:
    if history.empty:
        return
    known = history[history["training_loss"].notna()]
    noises = [noise for noise in run.settings.noises if noise in set(known["noise"])]
    if not noises:
        return
    # Beside one another, so that what is answered to new forces is compared at a glance
    sets = ["training", *(["test"] if known["test_loss"].notna().any() else [])]
    figure, axes = drawing(len(noises), len(sets), 6.4 * len(sets), 4.2 * len(noises))
    for noise, row in zip(noises, axes, strict=True):
        rows = known[known["noise"] == noise]
        published = published_loss(run, noise)
        bottom = min([LOWEST if noise == 0 else noise**2 / 2, *([published / 3] if published is not None else [])])
        top = 1.5 * float(rows[[f"{name}_loss" for name in sets]].max(axis=None))
        for ax, name in zip(row, sets, strict=True):
            title = f"{name} samples, {_title(noise)}"
            if curves := _curves(rows, run, f"{name}_loss"):
                training_curves(ax, curves, "loss (J)", title, logarithmic=True, limits=(bottom, top))
        if published is not None:
            _mark(row[0], published, noise)
    yield Figure(
        "losses",
        "How training gets there, and where it ends",
        "Mean over the samples of ½ Σ (U − wanted)², of those that are trained on and of those that are kept back. "
        f"Lines: mean over the seeds; bands and thin lines: the seeds; below {number(LOWEST)} they are cut off. For "
        "L-BFGS an epoch is one evaluation of loss and gradient of all samples.",
        figure,
    )


def _mark(ax: Axes, published: float, noise: float) -> None:
    """Mark the loss to compare with."""
    ax.axhline(published, color=INK, linestyle=":", linewidth=1.4)
    # Where no curve passes: above the line at its end, or in its middle below what errors leave over
    place, offset, vertical = (0.99, 3, "bottom") if noise == 0 else (0.6, -4, "top")
    ax.annotate(
        f"published {number(published)}",
        (place, published),
        (0, offset),
        ("axes fraction", "data"),
        "offset points",
        ha="right",
        va=vertical,
        fontsize=8,
    )


def _curves(rows: pd.DataFrame, run: Run, column: str) -> list[SeededCurve]:
    """A curve each way to train that has any values."""
    found = [
        (rows[(rows["variant"] == variant) & (rows["model"] == model) & rows[column].notna()], variant, model)
        for variant in run.settings.variants
        for model in run.settings.models
    ]
    return [_curve(mine, run, variant, model, column) for mine, variant, model in found if len(mine)]


def _curve(rows: pd.DataFrame, run: Run, variant: str, model: str, column: str) -> SeededCurve:
    wide = rows.pivot(index="epoch", columns="run", values=column)
    settings = run.settings
    name = variant if len(settings.models) == 1 else f"{variant}, {model}"
    number_of = settings.variants.index(variant) * len(settings.models) + settings.models.index(model)
    # What is lower ends at the lower edge, where its name can be written
    values = np.maximum(wide.to_numpy(dtype=np.float64).T, LOWEST)
    return SeededCurve(name, wide.index.to_numpy(dtype=np.float64), values, COLOURS[number_of % len(COLOURS)])


def _title(noise: float) -> str:
    return "exact targets" if noise == 0 else f"targets with errors of {1e3 * noise:g} mm"


def _predictions(run: Run, table: pd.DataFrame) -> Iterator[Figure]:
    """Displacement against what is wanted, of the test samples of the first seed."""
    noise, model = run.settings.noises[0], run.settings.models[-1]
    mine = table[(table["noise"] == noise) & (table["model"] == model) & (table["run"] == 0)]
    variants = [variant for variant in run.settings.variants if variant in set(mine["variant"])][:MOST_SHOWN]
    if not variants:
        return
    panels = [("before", variants[0]), *(("trained", variant) for variant in variants)]
    figure, axes = drawing(1, len(panels), 3.9 * len(panels), 3.9, share_y=True)
    for ax, (stage, variant) in zip(axes[0], panels, strict=True):
        rows = mine[(mine["variant"] == variant) & (mine["stage"] == stage)]
        _against(ax, rows)
        heading(ax, "before training" if stage == "before" else variant)
    axes[0, 0].set_ylabel("displacement (mm)")
    handles, labels = axes[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper center", ncols=5, fontsize=9)
    yield Figure(
        "predictions",
        "What the lattice answers to forces that it has not seen",
        f"Displacement of every output against the one wanted, test samples of the first seed, {model}, "
        f"{_title(noise)}. On the line they agree.",
        figure,
    )


def _against(ax: Axes, rows: pd.DataFrame) -> None:
    extent = 1e3 * rows["wanted"].abs().max()
    ax.plot([-extent, extent], [-extent, extent], color=FAINT, linewidth=1, zorder=1)
    for i, (output, points) in enumerate(rows.groupby("output", sort=False)):
        ax.plot(
            1e3 * points["wanted"], 1e3 * points["displacement"], "o", color=COLOURS[i % len(COLOURS)],
            markersize=MARKERS[i % len(MARKERS)], label=output, markeredgewidth=0,
        )  # fmt: skip
    ax.set_xlabel("wanted (mm)")
    ax.grid(True, color="#e4e7eb", linewidth=0.7)


def _reach(run: Run, table: pd.DataFrame) -> Iterator[Figure]:
    if table.empty:
        return
    figure, axes = drawing(1, 1, 7.0, 3.8)
    ax = axes[0, 0]
    shares = 100 * table["share"].to_numpy(dtype=np.float64)
    found = np.maximum(table["found"].to_numpy(dtype=np.float64), LOWEST)
    bound = table["unreachable"].to_numpy(dtype=np.float64)
    ax.set_yscale("log")
    proved = bound > LOWEST
    if proved.any():
        ax.vlines(shares[proved], LOWEST, bound[proved], color=COLOURS[1], linewidth=9, alpha=0.3)
        ax.plot(shares[proved], bound[proved], "_", color=COLOURS[1], markersize=16, markeredgewidth=2.5,
                label="proved: no stiffness goes below")  # fmt: skip
    ax.plot(shares, found, "o-", color=COLOURS[0], markersize=7, label="smallest loss found")
    if (found == LOWEST).any():
        ax.annotate("zero, except for rounding", (float(shares[found == LOWEST].mean()), LOWEST), (0, -8),
                    textcoords="offset points", fontsize=8, color=COLOURS[0], ha="center", va="top")  # fmt: skip
    published = published_loss(run, 0.0)
    if published is not None:
        ax.axhline(published, color=INK, linestyle=":", linewidth=1.4, label=f"published loss {number(published)}")
    ax.set_ylim(bottom=LOWEST / 20)
    ax.set_xlabel("widths may differ from 2 mm by (±%)" if _same_width(run) else "widths may differ by (±%)")
    ax.set_ylabel("training loss (J)")
    ax.grid(True, color="#e4e7eb", linewidth=0.7)
    ax.legend(loc="upper right", fontsize=8)
    yield Figure(
        "reach",
        "Final loss beside the least that any stiffness within the bounds can have",
        "Smallest mean loss over the training samples that L-BFGS finds for springs, exact targets, against the range "
        "of the widths, and a bound from the energy that holds for every stiffness within the range.",
        figure,
    )


def _same_width(run: Run) -> bool:
    return bool(np.allclose(run.network.sections.width, 2e-3))


def _first(run: Run, part: str) -> Iterator[tuple[Point, dict[str, Any]]]:
    """Trainings of the first seed and of the first noise."""
    for point, outcome in run.outcomes:
        if part in outcome.data and point["run"] == 0 and point["noise"] == run.settings.noises[0]:
            yield dict(point), outcome.data


def _lattices(run: Run) -> Iterator[Figure]:
    inputs, outputs = ports(run)
    for point, data in _first(run, "history"):
        if point["variant"] not in run.settings.variants[:MOST_SHOWN]:
            continue
        network = run.settings.variant[point["variant"]].network(run.network)
        figure = before_after(
            network, network.stiffness, np.array(data["history"]["stiffness"]), inputs=inputs, outputs=outputs
        )
        slug = "-".join(f"{point['variant']} {point['model']}".replace(",", "").split())
        yield Figure(
            f"lattice-{slug}",
            f"{point['model'].capitalize()}, {point['variant']}: which bonds become stiff",
            "Stiffness of every bond before and after training, as width and shade of its line; first seed.",
            figure,
        )


def _fields(run: Run) -> Iterator[Figure]:
    examples = list(_first(run, "example"))
    if not examples:
        return
    point, data = examples[0]
    example = {name: np.array(values) for name, values in data["example"].items()}
    size = np.linalg.norm(example["adjoint_force"])
    if not size > 0:
        return
    # The loss sets no force of its own: its adjoint is drawn at the size of the load
    scale = np.linalg.norm(example["force"]) / size
    load = np.linalg.norm(example["force"]) / GRAM_FORCE
    yield Figure(
        "fields",
        f"The forward and the adjoint field of one example, whose product is the gradient ({point['model']})",
        f"Before training, under {load:.3g} gf. Elongation of every bond, red for longer; the adjoint force, what the "
        "answer lacks, is drawn at the size of the load.",
        fields(
            run.network,
            example["forward"],
            scale * example["adjoint"],
            example["force"],
            scale * example["adjoint_force"],
            example["gradient"],
        ),
    )
