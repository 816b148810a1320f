"""What the run says: which accuracy is regained after another task, and which after damage."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from femnn.network.damage import bond_names, kept_bonds
from femnn.report.texts import Table
from femnn.study.former.learning_study import skipped_findings
from femnn.study.former.study import Run

REGAINED = 0.02
"""By how much an accuracy may be lower and counts as regained."""
BROKEN, RECOVERED = 0.60, 0.85
"""Below the first the damage shows; from the second on it is learnt round."""
FIGURES = ("training_loss", "training_accuracy", "test_loss", "test_accuracy")


def accuracies(run: Run) -> pd.DataFrame:
    """Losses and accuracies after each stage, a row each.

    Of a switching: first, regression, forgotten (the classification right after the regression), again. Of a damage:
    trained, damaged, retrained.
    """
    rows = []
    for point, outcome in run.outcomes:
        for stage, epochs, at in _moments(point["kind"], outcome.data.get("stages", {})):
            values = {name: epochs[name][at] for name in FIGURES}
            gone = bond_names(run.network, outcome.data["removed"]) if "removed" in outcome.data else ""
            rows.append(point | {"stage": stage} | values | {"removed": gone})
    return pd.DataFrame(rows, columns=[*_POINT, "stage", *FIGURES, "removed"])


_POINT = ("kind", "name", "model", "seed")


def _moments(kind: str, stages: dict[str, Any]) -> Iterator[tuple[str, dict[str, list[float]], int]]:
    """Stages with the epochs of their training and which of its evaluations counts."""
    for stage, history in stages.items():
        if stage in ("again", "retrained"):
            yield ("forgotten" if kind == "switching" else "damaged"), history["epochs"], 0
        yield stage, history["epochs"], -1


def history(run: Run) -> pd.DataFrame:
    """Loss and accuracy at every evaluation of every training, a row each."""
    rows = [
        point | {"stage": stage} | dict(zip(record["epochs"], values, strict=True))
        for point, stage, record, _ in _trainings(run)
        for values in zip(*record["epochs"].values(), strict=True)
    ]
    return pd.DataFrame(rows, columns=[*_POINT, "stage", "epoch", *FIGURES])


def stiffness(run: Run) -> pd.DataFrame:
    """Stiffness k of every bond that is there after every training (N/m), a row a bond."""
    rows = [
        point | {"stage": stage, "bond": run.network.bond_name(int(bond)), "stiffness": k}
        for point, stage, record, bonds in _trainings(run)
        for bond, k in zip(bonds, record["stiffness"], strict=True)
    ]
    return pd.DataFrame(rows, columns=[*_POINT, "stage", "bond", "stiffness"])


def _trainings(run: Run) -> Iterator[tuple[dict[str, Any], str, dict[str, Any], np.ndarray]]:
    for point, outcome in run.outcomes:
        for stage, record in outcome.data.get("stages", {}).items():
            gone = outcome.data["removed"] if stage == "retrained" else []
            yield dict(point), stage, record, kept_bonds(run.network, gone)


def summary(run: Run, table: pd.DataFrame) -> dict[str, Any]:
    """Findings, and tables of switchings and of damages."""
    switched, damaged = list(_switchings(table)), list(_damages(table))
    return {
        "network": run.network.name,
        "findings": [*_switching_sentences(switched), *_damage_sentences(damaged), *skipped_findings(run)],
        "tables": [vars(t) for t in (_switching_table(switched), _damage_table(damaged)) if t.rows],
        "switchings": switched,
        "damages": damaged,
    }


def _groups(table: pd.DataFrame, kind: str) -> Iterator[tuple[str, str, dict[str, pd.DataFrame]]]:
    """Name, model, and the rows of each stage by seed."""
    for (name, model), rows in table[table["kind"] == kind].groupby(["name", "model"], sort=False):
        yield name, model, {str(stage): r.set_index("seed") for stage, r in rows.groupby("stage", sort=False)}


def _switchings(table: pd.DataFrame) -> Iterator[dict[str, Any]]:
    for name, model, stages in _groups(table, "switching"):
        change = {s: stages["again"][f"{s}_accuracy"] - stages["first"][f"{s}_accuracy"] for s in ("training", "test")}
        yield {
            "name": name,
            "model": model,
            "seeds": len(stages["first"]),
            "accuracy": _means(stages),
            "change": {part: float(values.mean()) for part, values in change.items()},
            "change_by_seed": {part: values.tolist() for part, values in change.items()},
            "smallest_regression_accuracy": float(stages["regression"]["training_accuracy"].min()),
        }


def _damages(table: pd.DataFrame) -> Iterator[dict[str, Any]]:
    for name, model, stages in _groups(table, "damage"):
        before, after = stages["damaged"], stages["retrained"]
        broken = (before["training_accuracy"] < BROKEN) & ~(before["test_accuracy"] >= BROKEN)
        recovered = (after["training_accuracy"] >= RECOVERED) & ~(after["test_accuracy"] < RECOVERED)
        yield {
            "name": name,
            "model": model,
            "seeds": len(before),
            "accuracy": _means(stages),
            "broken": int(broken.sum()),
            "recovered": int((broken & recovered).sum()),
            "removed": before["removed"].value_counts().to_dict(),
        }


def _means(stages: dict[str, pd.DataFrame]) -> dict[str, dict[str, float]]:
    return {s: {p: float(rows[f"{p}_accuracy"].mean()) for p in ("training", "test")} for s, rows in stages.items()}


def _both(accuracy: dict[str, float]) -> str:
    """Training / test, the latter left out where nothing is kept back."""
    if accuracy["test"] != accuracy["test"]:
        return f"{accuracy['training']:.3f}"
    return f"{accuracy['training']:.3f} / {accuracy['test']:.3f}"


def _switching_sentences(rows: list[dict[str, Any]]) -> Iterator[str]:
    for row in rows:
        accuracy = row["accuracy"]
        lost = -min((change for change in row["change"].values() if change == change), default=float("nan"))
        yield (
            f"Switching, {row['name']} ({row['model']}, {_seeds(row['seeds'])}): the classification reaches "
            f"{_both(accuracy['first'])} (training / test), the regression {_both(accuracy['regression'])}, after "
            f"which the classification is down at {_both(accuracy['forgotten'])}; trained again it is at "
            f"{_both(accuracy['again'])}. The first accuracy is {'' if lost <= REGAINED else 'not '}regained within "
            f"{REGAINED:g} in the mean; seed by seed training changes by {_range(row['change_by_seed']['training'])}."
        )


def _damage_sentences(rows: list[dict[str, Any]]) -> Iterator[str]:
    for row in rows:
        accuracy, seeds, broken = row["accuracy"], row["seeds"], row["broken"]
        learnt = (
            f"; of the {broken} seeds in which it falls below {BROKEN:g}, {row['recovered']} come back to "
            f"{RECOVERED:g} or more."
            if broken
            else f"; it falls below {BROKEN:g} for no seed."
        )
        yield (
            f"Damage, {row['name']} ({row['model']}, {_seeds(seeds)}): {_both(accuracy['trained'])} (training / test) "
            f"trained, {_both(accuracy['damaged'])} damaged, {_both(accuracy['retrained'])} retrained{learnt}"
        )


def _seeds(count: int) -> str:
    return f"{count} seed{'s' if count > 1 else ''}"


def _range(values: list[float]) -> str:
    return f"{min(values):+.3f} to {max(values):+.3f}"


def _switching_table(rows: list[dict[str, Any]]) -> Table:
    header = ["switching", "model", "classification", "regression", "forgotten", "again", "change", "seed by seed"]
    lines = [
        [
            row["name"],
            row["model"],
            *(_both(row["accuracy"][stage]) for stage in ("first", "regression", "forgotten", "again")),
            f"{row['change']['training']:+.4f} / {row['change']['test']:+.4f}",
            _range(row["change_by_seed"]["training"]),
        ]
        for row in rows
    ]
    note = (
        "Mean accuracies, training / test; of the regression 1 − relative error. Forgotten: right after the regression."
    )
    return Table("Accuracy from task to task", header, lines, note)


def _damage_table(rows: list[dict[str, Any]]) -> Table:
    header = ["damage", "model", "trained", "damaged", "retrained", "broken", "and recovered", "bonds removed"]
    lines = [
        [
            row["name"],
            row["model"],
            *(_both(row["accuracy"][stage]) for stage in ("trained", "damaged", "retrained")),
            f"{row['broken']} of {row['seeds']}",
            f"{row['recovered']} of {row['broken']}",
            "; ".join(f"{bonds} ({times}×)" for bonds, times in row["removed"].items()),
        ]
        for row in rows
    ]
    note = (
        f"Mean accuracies, training / test. Broken: both below {BROKEN:g}. Recovered: both {RECOVERED:g} or more after "
        "retraining. Rules pass over bonds without which the network is a mechanism."
    )
    return Table("Accuracy lost with bonds, and learnt back", header, lines, note)
