"""What is said of losses reached, of answers to new forces, and of what widths allow."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from femnn.network.network import Network
from femnn.report.colours import COLOURS, FAINT
from femnn.report.curves import seeded_panel
from femnn.report.figure import Axis, Figure, Panel, stacked
from femnn.report.marks import Curve, Dots, Label, Mark, Reference, Segments
from femnn.report.texts import Table, number, rounded_percent
from femnn.study.contents import table as report_table

KIND = ["variant", "noise", "model"]
"""Columns of trainings that differ by their seed alone."""

MEANS = ("training_loss", "test_loss", "accuracy", "loss_as_published", "loss_of_errors")
LOWEST = 1e-13
"""Losses below this are drawn at it: they are of displacements less than a micrometre off."""
SIZES = (9.0, 7.0, 5.0, 3.0)
"""Sizes of the dots of one output after another, so that those behind show."""


def targets(noise: float) -> str:
    """Name the targets by the size of their errors (m)."""
    return "exact targets" if noise == 0 else f"targets with errors of {1e3 * noise:g} mm"


def kinds(table: pd.DataFrame) -> Iterator[dict[str, Any]]:
    """Return the losses of each kind of training, over its seeds."""
    for key, rows in table.groupby(KIND, sort=False):
        published = rows["published"].iloc[0]
        known = not pd.isna(published)
        yield dict(zip(KIND, key, strict=True)) | {
            "seeds": len(rows),
            **{name: float(rows[name].mean()) for name in MEANS},
            "largest_training_loss": float(rows["training_loss"].max()),
            "published": float(published) if known else None,
            "seeds_reaching": int((rows["training_loss"] <= published).sum()) if known else None,
            "seeds_reaching_as_published": int((rows["loss_as_published"] <= published).sum()) if known else None,
            "epochs": float(rows["epochs"].max()),
            "epochs_to_published": float(rows["epochs_to_published"].max(skipna=False)),
        }


def on_ranges(table: pd.DataFrame, published: float | None) -> Iterator[str]:
    """Say which ranges of the widths let springs reach the published loss (J)."""
    if published is None:
        return
    for row in table[table["unreachable"] > published].head(1).itertuples():
        yield (
            f"With widths within ±{100 * row.share:.0f} % no springs reach the published loss of {number(published)} "
            f"J: none of any stiffness goes below {number(row.unreachable)} J, which is proved, and the best found has "
            f"{number(row.found)} J. It is the range of the widths that sets the limit, not the optimiser."
        )
    for row in table[table["found"] <= published].head(1).itertuples():
        yield f"Widths within ±{100 * row.share:.0f} % are enough for it (best found: {number(row.found)} J)."


def on_kind(kind: dict[str, Any]) -> str:
    """Say what one kind of training reaches."""
    how_often = "" if kind["seeds"] == 1 else f"in the mean of {kind['seeds']} seeds "
    start = (
        f"{kind['variant']}, {kind['model']}, {targets(kind['noise'])}: training loss "
        f"{number(kind['training_loss'])} J {how_often}after {kind['epochs']:.0f} epochs"
    )
    published = number(kind["published"])
    if kind["published"] is None:
        error = _relative_error(kind)
        return f"{start}." if error == "–" else f"{start}; relative error of the test samples {error}."
    if kind["noise"] == 0:
        when = kind["epochs_to_published"]
        soon = "" if math.isnan(when) else f", within {when:.0f} epochs"
        return f"{start}; {kind['seeds_reaching']} reach the published {published} J{soon}."
    return (
        f"{start}, where the errors alone make {number(kind['loss_of_errors'])} J; divided as published it is "
        f"{number(kind['loss_as_published'])} J, and {kind['seeds_reaching_as_published']} seeds are not above the "
        f"published {published} J."
    )


def losses_table(kinds: Sequence[dict[str, Any]]) -> Table | None:
    """Return a table of all kinds of training."""
    losses = ("training_loss", "largest_training_loss", "loss_as_published", "published")
    headings = ("training loss (J)", "largest (J)", "as published (J)", "published (J)")
    rows = [
        _names(kind)
        | {heading: number(kind[name]) for heading, name in zip(headings, losses, strict=True)}
        | {"seeds that reach": "–" if kind["published"] is None else
           f"{kind['seeds_reaching']} / {kind['seeds_reaching_as_published']} of {kind['seeds']}"}
        | {"epochs": f"{kind['epochs']:.0f}", "test loss (J)": number(kind["test_loss"])}
        | {"relative error": _relative_error(kind)}
        for kind in kinds
    ]  # fmt: skip
    note = (
        "Training loss: mean over the training samples of ½ Σ (U − wanted)². As published: mean over the batches of an "
        "epoch of their sums by the divisor. Seeds that reach the published loss: by the first / by the second. "
        "Relative error: ‖U − wanted‖/‖wanted‖ in the mean of the test samples."
    )
    return report_table("Losses by way to train, mean over the seeds", rows, note)


def seeds_table(table: pd.DataFrame) -> Table | None:
    """Return a table of all trainings."""
    rows = [
        _names(row)
        | {
            "seed": str(row["run"] + 1),
            "training loss (J)": number(row["training_loss"]),
            "as published (J)": number(row["loss_as_published"]),
            "of the errors alone (J)": number(row["loss_of_errors"]),
            "test loss (J)": number(row["test_loss"]),
            "epochs to the published loss": number(row["epochs_to_published"], 4),
        }
        for row in table.to_dict("records")
    ]
    return report_table("Losses seed by seed", rows)


def _names(kind: dict[str, Any]) -> dict[str, str]:
    errors = "exact" if kind["noise"] == 0 else f"± {1e3 * kind['noise']:g} mm"
    return {"way to train": kind["variant"], "model": kind["model"], "targets": errors}


def _relative_error(kind: dict[str, Any]) -> str:
    return rounded_percent(1 - kind["accuracy"])


def losses_figure(
    history: pd.DataFrame, published: Mapping[float, float | None], models: Sequence[str]
) -> Figure | None:
    """Return losses against epochs, a row of panels a size of errors (m), with the published loss of each."""
    known = history[history["training_loss"].notna()]
    # Beside one another, so that what is answered to new forces is compared at a glance
    sets = ["training", *(["test"] if known["test_loss"].notna().any() else [])]
    columns = [f"{name}_loss" for name in sets]
    known = known.assign(**known[columns].clip(lower=LOWEST))
    rows = [
        _losses_panels(known[known["noise"] == noise], noise, mark, sets, models)
        for noise, mark in published.items()
        if noise in set(known["noise"])
    ]
    return stacked(
        "losses",
        "How training gets there, and where it ends",
        "Mean over the samples of ½ Σ (U − wanted)², of those that are trained on and of those that are kept back. "
        f"Lines: mean over the seeds; bands and thin lines: the seeds; below {number(LOWEST)} they are cut off. For "
        "L-BFGS an epoch is one evaluation of loss and gradient of all samples.",
        rows, 6.4 * len(sets), 4.2,
    )  # fmt: skip


def _losses_panels(
    table: pd.DataFrame, noise: float, published: float | None, sets: Sequence[str], models: Sequence[str]
) -> list[Panel]:
    bottom = min(LOWEST if noise == 0 else noise**2 / 2, np.inf if published is None else published / 3)
    limits = bottom, 1.5 * float(table[[f"{name}_loss" for name in sets]].max(axis=None))
    groups = {
        variant if len(models) == 1 else f"{variant}, {model}": rows
        for (variant, model), rows in table.groupby(["variant", "model"], sort=False)
    }
    panels = [
        seeded_panel(groups, f"{name}_loss", "loss (J)", f"{name} samples, {targets(noise)}", seeds="run",
                     logarithmic=True, limits=limits) for name in sets
    ]  # fmt: skip
    if published is not None:
        # Where no curve passes: above the line at its end, or in its middle below what errors leave over
        line = Reference(at=published, width=1.4, text=f"published {number(published)}", text_from="right",
                         text_at=0.99 if noise == 0 else 0.6, text_side="above" if noise == 0 else "below")  # fmt: skip
        panels[0] = replace(panels[0], marks=[*panels[0].marks, line])
    return panels


def predictions_figure(table: pd.DataFrame, variants: Sequence[str]) -> Figure | None:
    """Return displacements of test samples against those wanted, before training and after it by each variant."""
    shown = [variant for variant in variants if variant in set(table["variant"])]
    if not shown:
        return None
    panels: list[Panel] = []
    stages = [("before", shown[0], "before training"), *(("trained", variant, variant) for variant in shown)]
    for stage, variant, title in stages:
        rows = table[(table["variant"] == variant) & (table["stage"] == stage)]
        extent = 1e3 * rows["wanted"].abs().max()
        line = Curve(x=[-extent, extent], y=[-extent, extent], colour=FAINT, width=1, layer=1)
        dots = [
            Dots(x=1e3 * of["wanted"], y=1e3 * of["displacement"], name=str(output), colour=COLOURS[i % len(COLOURS)],
                 size=SIZES[i % len(SIZES)], edge=0, keys=[f"sample {sample}" for sample in of["sample"]])
            for i, (output, of) in enumerate(rows.groupby("output", sort=False))
        ]  # fmt: skip
        y = Axis("" if panels else "displacement (mm)", grid=True)
        panels.append(Panel([line, *dots], title, Axis("wanted (mm)", grid=True), y))
    return Figure(
        "predictions",
        "What the lattice answers to forces that it has not seen",
        f"Displacement of every output against the one wanted, test samples of the first seed, "
        f"{table['model'].iloc[0]}, {targets(table['noise'].iloc[0])}. On the line they agree.",
        [panels], (3.9 * len(panels), 3.9), legend=panels[0].marks[1:], share_y=True,
    )  # fmt: skip


def reach_figure(table: pd.DataFrame, published: float | None, network: Network) -> Figure | None:
    """Return the smallest loss found and the proved bound against the range of the widths."""
    if table.empty:
        return None
    shares, found, bound = (table[name].to_numpy(dtype=np.float64) for name in ("share", "found", "unreachable"))
    shares, found = 100 * shares, np.maximum(found, LOWEST)
    proved, zero = bound > LOWEST, found == LOWEST
    marks: list[Mark] = []
    if proved.any():
        starts, ends = ([*zip(shares[proved], y, strict=True)] for y in (np.full(proved.sum(), LOWEST), bound[proved]))
        marks.append(Segments(starts=starts, ends=ends, colour=COLOURS[1], width=9, opacity=0.3))
        marks.append(Dots(x=shares[proved], y=bound[proved], name="proved: no stiffness goes below", marker="_",
                          colour=COLOURS[1], size=16, edge=2.5))  # fmt: skip
    marks.append(Curve(x=shares, y=found, name="smallest loss found", colour=COLOURS[0], marker="o", marker_size=7))
    if zero.any():
        marks.append(Label(text="zero, except for rounding", x=float(shares[zero].mean()), y=LOWEST, offset=(0, -8),
                           across="center", upright="top", colour=COLOURS[0]))  # fmt: skip
    if published is not None:
        marks.append(Reference(at=published, name=f"published loss {number(published)}", width=1.4))
    same = np.allclose(network.sections.width, 2e-3)
    x = Axis("widths may differ from 2 mm by (±%)" if same else "widths may differ by (±%)", grid=True)
    y = Axis("training loss (J)", "log", limits=(LOWEST / 20, None), grid=True)
    return Figure(
        "reach",
        "Final loss beside the least that any stiffness within the bounds can have",
        "Smallest mean loss over the training samples that L-BFGS finds for springs, exact targets, against the range "
        "of the widths, and a bound from the energy that holds for every stiffness within the range.",
        [[Panel(marks, x=x, y=y, legend="upper right")]],
        (7.0, 3.8),
    )
