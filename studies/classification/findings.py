"""What the run says: accuracies by ports, model and source of the gradient."""

from collections.abc import Iterator
from typing import Any

import pandas as pd

from femnn.report.texts import Table, number
from femnn.study.former.learning_study import skipped_findings
from femnn.study.former.study import Run
from femnn.training.gradient_sources import EXACT

FIGURES = ("training_accuracy", "test_accuracy", "training_loss", "test_loss", "skipped", "steps")
GROUP = ["ports", "model", "gradient"]
NEAR = 0.02
"""Loss of accuracy that still counts as the same."""


def trainings(run: Run) -> pd.DataFrame:
    """Final figures of every training, a row each."""
    rows = []
    for point, outcome in run.outcomes:
        if "history" not in outcome.data:
            continue
        history = outcome.data["history"]
        final = {name: history["epochs"][name][-1] for name in FIGURES[:4]}
        first = {f"first_{name}": history["epochs"][name][0] for name in FIGURES[:2]}
        extra = {"cross_validated": outcome.data.get("cross_validated"), "median_output": outcome.data["median_output"]}
        rows.append(point | final | first | {"skipped": len(history["skipped"]), "steps": history["steps"]} | extra)
    return pd.DataFrame(rows)


def ports(run: Run) -> pd.DataFrame:
    """Ports of every training, a row a port."""
    rows = []
    for point, outcome in run.outcomes:
        for kind in ("inputs", "outputs"):
            for number_, port in enumerate(outcome.data.get("ports", {}).get(kind, []), start=1):
                along = port.get("component") or direction_name(port["direction"])
                rows.append(point | {"kind": kind[:-1], "number": number_, "node": port["node"], "along": along})
    return pd.DataFrame(rows)


def confusions(run: Run) -> pd.DataFrame:
    """Samples by their class and the class told, a row a cell."""
    rows = []
    for point, outcome in run.outcomes:
        for part, matrix in outcome.data.get("confusion", {}).items():
            for true, cells in enumerate(matrix):
                for told, count in enumerate(cells):
                    rows.append(point | {"part": part, "true": true, "told": told, "count": count})
    return pd.DataFrame(rows)


def summary(run: Run, table: pd.DataFrame) -> dict[str, Any]:
    """Findings, and a table of all variants."""
    groups = list(_groups(table)) if len(table) else []
    return {
        "network": run.network.name,
        "data": run.settings.task.data,
        "findings": [*_sentences(groups), *_gradients(groups), *skipped_findings(run)],
        "tables": [vars(_table(groups))],
        "accuracies": groups,
    }


def direction_name(direction: list[float]) -> str:
    """A direction along an axis by its name, another one by its components."""
    for axis, value in zip("xyz", direction, strict=False):
        if abs(value) == 1:
            return f"{'-' if value < 0 else ''}{axis}"
    return ", ".join(f"{value:.3g}" for value in direction)


def _groups(table: pd.DataFrame) -> Iterator[dict[str, Any]]:
    for keys, rows in table.groupby(GROUP, sort=False):
        yield dict(zip(GROUP, keys, strict=True)) | {
            "seeds": len(rows),
            "training_accuracy": float(rows["training_accuracy"].mean()),
            "test_accuracy": float(rows["test_accuracy"].mean()),
            "test_accuracy_deviation": float(rows["test_accuracy"].std(ddof=0)),
            "least_test_accuracy": float(rows["test_accuracy"].min()),
            "training_loss": float(rows["training_loss"].mean()),
            "first_training_accuracy": float(rows["first_training_accuracy"].mean()),
            "median_output": float(rows["median_output"].mean()),
        }


def _sentences(groups: list[dict[str, Any]]) -> Iterator[str]:
    for group in groups:
        if group["gradient"] == EXACT or not any(g["gradient"] == EXACT for g in groups):
            yield (
                f"{group['model'].capitalize()}, {group['ports']} ports: {group['test_accuracy']:.1%} of the test "
                f"samples and {group['training_accuracy']:.1%} of the training samples are classified correctly, mean "
                f"over {group['seeds']} seeds ({group['first_training_accuracy']:.0%} before training)."
            )


def _gradients(groups: list[dict[str, Any]]) -> Iterator[str]:
    exact = {(g["ports"], g["model"]): g for g in groups if g["gradient"] == EXACT}
    for group in groups:
        reference = exact.get((group["ports"], group["model"]))
        if reference is None or group["gradient"] == EXACT:
            continue
        change = group["test_accuracy"] - reference["test_accuracy"]
        verdict = "as good as the exact gradient" if change >= -NEAR else "worse than the exact gradient"
        yield (
            f"{group['model'].capitalize()}, {group['ports']} ports: trained by {group['gradient']} it is {verdict}: "
            f"{group['test_accuracy']:.1%} of the test samples ({100 * change:+.1f} points)."
        )


def _table(groups: list[dict[str, Any]]) -> Table:
    header = ["ports", "model", "gradient", "seeds", "training", "test", "least test", "loss"]
    rows = [
        [
            g["ports"],
            g["model"],
            g["gradient"],
            str(g["seeds"]),
            f"{g['training_accuracy']:.4f}",
            f"{g['test_accuracy']:.4f} ± {g['test_accuracy_deviation']:.4f}",
            f"{g['least_test_accuracy']:.4f}",
            number(g["training_loss"]),
        ]
        for g in groups
    ]
    return Table("Share of samples classified correctly, mean over the seeds", header, rows)
