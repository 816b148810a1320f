"""What the run says: which accuracy is regained after another task, and which after damage."""

from collections.abc import Iterator
from typing import Any

import pandas as pd

from femnn.study.contents import Content, Finding, Headline, table

REGAINED = 0.02
"""By how much an accuracy may be lower and counts as regained."""
BROKEN, RECOVERED = 0.60, 0.85
"""Below the first the damage shows; from the second on the network does without the bonds."""
SWITCHED = {"first": "classification", "regression": "regression", "forgotten": "forgotten", "again": "again"}
"""Stages of a switching, as they are headed."""
DAMAGED = ("trained", "damaged", "retrained")
PARTS = ("training", "test")


def switchings(measured: pd.DataFrame) -> Iterator[Content]:
    """What is left of the accuracy, by switching and model."""
    found, lines = [], []
    for row, stages in _groups(measured, "switching", len(SWITCHED)):
        changes = {part: stages["again"][f"{part}_accuracy"] - stages["first"][f"{part}_accuracy"] for part in PARTS}
        change = {part: float(values.mean()) for part, values in changes.items()}
        row |= {"change": change, "change_by_seed": {part: values.tolist() for part, values in changes.items()}}
        found.append(row | {"smallest_regression_accuracy": float(stages["regression"]["training_accuracy"].min())})
        shown = {stage: _both(values) for stage, values in row["accuracy"].items()}
        lost = -min((value for value in change.values() if value == value), default=float("nan"))
        spread = f"{changes['training'].min():+.3f} to {changes['training'].max():+.3f}"
        yield Finding(
            f"Switching, {_name(row)}: the classification reaches {shown['first']} (training / test), the regression "
            f"{shown['regression']}, after which the classification is down at {shown['forgotten']}; trained again it "
            f"is at {shown['again']}. The first accuracy is {'' if lost <= REGAINED else 'not '}regained within "
            f"{REGAINED:g} in the mean; seed by seed training changes by {spread}."
        )
        lines.append(
            {"switching": row["name"], "model": row["model"]}
            | {heading: shown[stage] for stage, heading in SWITCHED.items()}
            | {"change": f"{change['training']:+.4f} / {change['test']:+.4f}", "seed by seed": spread}
        )
    note = (
        "Mean accuracies, training / test; of the regression 1 − relative error. Forgotten: right after the regression."
    )
    yield table("Accuracy from task to task", lines, note)
    yield Headline("switchings", found)


def damages(measured: pd.DataFrame) -> Iterator[Content]:
    """What is lost and comes back, by damage and model."""
    found, lines = [], []
    for row, stages in _groups(measured, "damage", len(DAMAGED)):
        before, after, seeds = stages["damaged"], stages["retrained"], row["seeds"]
        # Without test samples, the training samples alone count
        broken = (before["training_accuracy"] < BROKEN) & ~(before["test_accuracy"] >= BROKEN)
        recovered = broken & (after["training_accuracy"] >= RECOVERED) & ~(after["test_accuracy"] < RECOVERED)
        lost, back, removed = int(broken.sum()), int(recovered.sum()), before["removed"].value_counts().to_dict()
        found.append(row | {"broken": lost, "recovered": back, "removed": removed})
        shown = {stage: _both(values) for stage, values in row["accuracy"].items()}
        seen = (
            f"of the {lost} seeds in which it falls below {BROKEN:g}, {back} come back to {RECOVERED:g} or more"
            if lost
            else f"it falls below {BROKEN:g} for no seed"
        )
        yield Finding(
            f"Damage, {_name(row)}: {shown['trained']} (training / test) trained, {shown['damaged']} damaged, "
            f"{shown['retrained']} retrained; {seen}."
        )
        lines.append(
            {"damage": row["name"], "model": row["model"]}
            | {stage: shown[stage] for stage in DAMAGED}
            | {"broken": f"{lost} of {seeds}", "and recovered": f"{back} of {lost}"}
            | {"bonds removed": "; ".join(f"{bonds} ({times}×)" for bonds, times in removed.items())}
        )
    note = (
        f"Mean accuracies, training / test. Broken: both below {BROKEN:g}. Recovered: both {RECOVERED:g} or more after "
        "retraining. Rules pass over bonds without which the network is a mechanism."
    )
    yield table("Accuracy lost with bonds, and regained", lines, note)
    yield Headline("damages", found)


def _groups(measured: pd.DataFrame, kind: str, stages: int) -> Iterator[tuple[dict[str, Any], dict[str, pd.DataFrame]]]:
    """Name, model and mean accuracies, and the rows of each stage by seed, of seeds that went through all stages."""
    for (name, model), rows in measured[measured["kind"] == kind].groupby(["name", "model"], sort=False):
        whole = rows[rows.groupby("seed")["stage"].transform("size") == stages]
        found = {str(stage): own.set_index("seed") for stage, own in whole.groupby("stage", sort=False)}
        means = {stage: {p: float(own[f"{p}_accuracy"].mean()) for p in PARTS} for stage, own in found.items()}
        if len(whole):
            yield {"name": name, "model": model, "seeds": len(whole) // stages, "accuracy": means}, found


def _name(row: dict[str, Any]) -> str:
    return f"{row['name']} ({row['model']}, {row['seeds']} seed{'s' if row['seeds'] > 1 else ''})"


def _both(accuracy: dict[str, float]) -> str:
    """Training / test, the latter left out where nothing is kept back."""
    return " / ".join(f"{value:.3f}" for value in accuracy.values() if value == value)
