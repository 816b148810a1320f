"""What the run says: losses reached over the seeds, how they compare with published ones, and what widths allow.

A final training loss is given in two ways. ``training_loss`` is the mean of ½ Σ (U − wanted)² over the training
samples. ``loss_as_published`` is the mean over the batches of an epoch of what the optimiser is given, the sum over a
batch divided by ``training.divisor``; where the last batch is smaller than the divisor it is below the first.
"""

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from femnn.report.texts import Table, number
from femnn.study.former.learning_study import skipped_findings
from femnn.study.former.study import Run

KIND = ["variant", "noise", "model"]
"""Columns of trainings that differ by their seed alone."""

FIGURES = (
    "training_loss", "test_loss", "accuracy", "loss_as_published", "loss_of_errors", "published",
    "epochs_to_published", "epochs",
)  # fmt: skip
"""Columns of what a training ends with."""


def trainings(run: Run) -> pd.DataFrame:
    """Final losses and accuracies, a row a training."""
    rows = []
    for point, outcome in run.outcomes:
        if "history" not in outcome.data:
            continue
        columns = outcome.data["history"]["epochs"]
        loss = columns["training_loss"][-1]
        published = published_loss(run, point["noise"])
        reached = [e for e, v in zip(columns["epoch"], columns["training_loss"], strict=True) if v <= (published or 0)]
        rows.append(
            point
            | {
                "training_loss": loss,
                "test_loss": columns["test_loss"][-1],
                "accuracy": columns["test_accuracy"][-1],
                "loss_as_published": loss * divided_share(run, outcome.data["samples"]),
                "loss_of_errors": outcome.data["floor"],
                "published": published,
                "epochs_to_published": reached[0] if reached else math.nan,
                "epochs": columns["epoch"][-1],
            }
        )
    return pd.DataFrame(rows, columns=[*KIND, "run", *FIGURES])


def predictions(run: Run) -> pd.DataFrame:
    """Displacements of the outputs of all test samples (m), before and after training, beside those wanted."""
    names = [f"node {output.node} {output.component}" for output in run.settings.task.outputs]
    rows = [
        point | {"stage": stage, "sample": sample + 1, "output": name, "wanted": wanted, "displacement": value}
        for point, outcome in run.outcomes
        for stage, answers in outcome.data.get("answers", {}).items()
        for sample, targets, values in zip(outcome.data["test"], outcome.data["wanted"], answers, strict=True)
        for name, wanted, value in zip(names, targets, values, strict=True)
    ]
    columns = [*KIND, "run", "stage", "sample", "output", "wanted", "displacement"]
    return pd.DataFrame(rows, columns=columns)


def reach(run: Run) -> pd.DataFrame:
    """Smallest loss found, and a loss that cannot be gone below, by range of the widths."""
    rows = [
        {"share": point["reach"], **outcome.data}
        for point, outcome in run.outcomes
        if "reach" in point and "found" in outcome.data
    ]
    return pd.DataFrame(rows, columns=["share", "found", "unreachable"]).sort_values("share")


def published_loss(run: Run, noise: float) -> float | None:
    """The loss to compare with at errors of a size; None where there is none."""
    return next((p.loss for p in run.settings.published.losses if math.isclose(p.noise, noise, abs_tol=1e-12)), None)


def divided_share(run: Run, samples: int) -> float:
    """Mean over an epoch's batches of their sums by the divisor, as a share of the mean over the samples."""
    batch = run.settings.training.batch or samples
    divisor = run.settings.training.divisor
    return 1.0 if divisor is None else samples / (math.ceil(samples / batch) * divisor)


def summary(run: Run, made: dict[str, pd.DataFrame]) -> dict[str, Any]:
    """Findings, a table of all ways to train, and one of the seeds."""
    table, ranges = made["table"], made["reach"]
    kinds = list(_kinds(table))
    return {
        "network": run.network.name,
        "findings": [*_range_sentences(run, ranges), *map(_sentence, kinds), *skipped_findings(run)],
        "tables": [vars(each) for each in (_table(kinds), _seeds(table)) if each.rows],
        "trained": kinds,
        "reach": ranges.to_dict("records"),
    }


def _kinds(table: pd.DataFrame) -> Iterator[dict[str, Any]]:
    if table.empty:
        return
    for key, rows in table.groupby(KIND, sort=False):
        published = rows["published"].iloc[0]
        known = published is not None and not pd.isna(published)
        yield dict(zip(KIND, key, strict=True)) | {
            "seeds": len(rows),
            "training_loss": float(rows["training_loss"].mean()),
            "largest_training_loss": float(rows["training_loss"].max()),
            "test_loss": float(rows["test_loss"].mean()),
            "accuracy": float(rows["accuracy"].mean()),
            "loss_as_published": float(rows["loss_as_published"].mean()),
            "loss_of_errors": float(rows["loss_of_errors"].mean()),
            "published": float(published) if known else None,
            "seeds_reaching": int((rows["training_loss"] <= published).sum()) if known else None,
            "seeds_reaching_as_published": int((rows["loss_as_published"] <= published).sum()) if known else None,
            "epochs": float(rows["epochs"].max()),
            "epochs_to_published": float(rows["epochs_to_published"].max(skipna=False)),
        }


def _range_sentences(run: Run, ranges: pd.DataFrame) -> Iterator[str]:
    published = published_loss(run, 0.0)
    if ranges.empty or published is None:
        return
    narrow, enough = ranges[ranges["unreachable"] > published], ranges[ranges["found"] <= published]
    if len(narrow):
        row = narrow.iloc[0]
        yield (
            f"With widths within ±{100 * row['share']:.0f} % no springs reach the published loss of "
            f"{number(published)} J: none of any stiffness goes below {number(row['unreachable'])} J, which is proved, "
            f"and the best found has {number(row['found'])} J. It is the range of the widths that sets the "
            "limit, not the optimiser."
        )
    if len(enough):
        yield (
            f"Widths within ±{100 * enough.iloc[0]['share']:.0f} % are enough for it "
            f"(best found: {number(enough.iloc[0]['found'])} J)."
        )


def _sentence(kind: dict[str, Any]) -> str:
    how_often = "" if kind["seeds"] == 1 else f"in the mean of {kind['seeds']} seeds "
    start = (
        f"{kind['variant']}, {kind['model']}, {_targets(kind['noise'])}: training loss "
        f"{number(kind['training_loss'])} J {how_often}after {kind['epochs']:.0f} epochs"
    )
    if kind["published"] is None and math.isnan(kind["accuracy"]):
        return f"{start}."
    if kind["published"] is None:
        return f"{start}; relative error of the test samples {number(100 * (1 - kind['accuracy']))} %."
    if kind["noise"] == 0:
        when = kind["epochs_to_published"]
        soon = "" if math.isnan(when) else f", within {when:.0f} epochs"
        return f"{start}; {kind['seeds_reaching']} reach the published {number(kind['published'])} J{soon}."
    return (
        f"{start}, where the errors alone make {number(kind['loss_of_errors'])} J; divided as published it is "
        f"{number(kind['loss_as_published'])} J, and {kind['seeds_reaching_as_published']} seeds are not above the "
        f"published {number(kind['published'])} J."
    )


def _targets(noise: float) -> str:
    return "exact targets" if noise == 0 else f"targets with errors of {1e3 * noise:g} mm"


def _table(kinds: list[dict[str, Any]]) -> Table:
    header = [
        "way to train", "model", "targets", "training loss (J)", "largest (J)", "as published (J)", "published (J)",
        "seeds that reach", "epochs", "test loss (J)", "relative error",
    ]  # fmt: skip
    lines = [
        [
            kind["variant"], kind["model"], "exact" if kind["noise"] == 0 else f"± {1e3 * kind['noise']:g} mm",
            number(kind["training_loss"]), number(kind["largest_training_loss"]), number(kind["loss_as_published"]),
            number(kind["published"]), _reaching(kind), f"{kind['epochs']:.0f}", number(kind["test_loss"]),
            "–" if math.isnan(kind["accuracy"]) else f"{number(100 * (1 - kind['accuracy']))} %",
        ]
        for kind in kinds
    ]  # fmt: skip
    note = (
        "Training loss: mean over the training samples of ½ Σ (U − wanted)². As published: mean over the batches of an "
        "epoch of their sums by the divisor. Seeds that reach the published loss: by the first / by the second. "
        "Relative error: ‖U − wanted‖/‖wanted‖ in the mean of the test samples."
    )
    return Table("Losses by way to train, mean over the seeds", header, lines, note)


def _reaching(kind: dict[str, Any]) -> str:
    if kind["published"] is None:
        return "–"
    return f"{kind['seeds_reaching']} / {kind['seeds_reaching_as_published']} of {kind['seeds']}"


def _seeds(table: pd.DataFrame) -> Table:
    if table.empty:
        return Table("", [], [])
    lines = [
        [
            row.variant, row.model, "exact" if row.noise == 0 else f"± {1e3 * row.noise:g} mm", str(row.run + 1),
            number(row.training_loss), number(row.loss_as_published), number(row.loss_of_errors),
            number(row.test_loss), "–" if np.isnan(row.epochs_to_published) else f"{row.epochs_to_published:.0f}",
        ]
        for row in table.itertuples()
    ]  # fmt: skip
    header = [
        "way to train", "model", "targets", "seed", "training loss (J)", "as published (J)", "of the errors alone (J)",
        "test loss (J)", "epochs to the published loss",
    ]  # fmt: skip
    return Table("Losses seed by seed", header, lines)
