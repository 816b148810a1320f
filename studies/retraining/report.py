"""The report: which accuracy is regained after another task and after damage, with stages, lattices and confusions."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from femnn.network.damage import kept_bonds, without_bonds
from femnn.report.accuracies import staged_panel
from femnn.report.colours import COLOURS, FAINT
from femnn.report.curves import EPOCHS, training_panel
from femnn.report.figure import FREE, Figure, Panel
from femnn.report.marks import Blank, Dots
from femnn.report.stiffness_figures import stiffness_figure
from femnn.study.api import Content, Finding, Headline, Results, table
from femnn.study.classification_report import (
    PARTS,
    SEEDS,
    confusion_figure,
    deep_limits,
    first_seeds,
    port_marks,
    sample_figure,
    summed,
    training_and_test,
)

type Group = tuple[dict[str, Any], dict[str, pd.DataFrame]]

REGAINED = 0.02
"""By how much an accuracy may be lower and counts as regained."""
BROKEN, RECOVERED = 0.60, 0.85
"""Below the first the damage shows; from the second on the network does without the bonds."""
SWITCHED = {"first": "classification", "regression": "regression", "forgotten": "forgotten", "again": "again"}
"""Stages of a switching, as they are headed in tables."""
TRAINED = {"first": "1 · classification", "regression": "2 · regression", "again": "3 · classification again"}
"""Its trainings, as they are headed in figures."""
DAMAGED = {"trained": FAINT, "damaged": COLOURS[1], "retrained": COLOURS[0]}
"""Stages of a damage, with their colours."""
LAST = {"switching": "again", "damage": "retrained"}
"""The stage at which fields are drawn."""
LABELS = {"accuracy": ("accuracy", "1 − relative error", ""), "loss": ("loss", "loss (J)", "")}
"""Of the vertical axes, stage by stage."""


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
        seen = f"of the {lost} seeds in which it falls below {BROKEN:g}, {back} come back to {RECOVERED:g} or more"
        seen = seen if lost else f"it falls below {BROKEN:g} for no seed"
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


def _groups(measured: pd.DataFrame, kind: str, stages: int) -> Iterator[Group]:
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


def stages(history: pd.DataFrame) -> Iterator[Figure]:
    """Accuracy and loss along the stages, for each switching and model."""
    switched = history[history["kind"] == "switching"].groupby(["name", "model"], sort=False)
    for number, ((name, model), rows) in enumerate(switched, 1):
        panels = [
            [
                _stage(rows[rows["stage"] == stage], what, label, title if what == "accuracy" else "")
                for (stage, title), label in zip(TRAINED.items(), labels, strict=True)
            ]
            for what, labels in LABELS.items()
        ]
        yield Figure(
            f"stages-{number}-{model}",
            f"From one task to another and back: {name} ({model})",
            f"One network, its stiffness carried from stage to stage. {SEEDS}",
            panels, (10.5, 5.2), margins=(0.12, 0.04),
        )  # fmt: skip


def _stage(rows: pd.DataFrame, what: str, label: str, title: str) -> Panel:
    curves = training_and_test(rows, what)
    if not curves:
        return Panel([Blank()])
    if what == "accuracy":
        return training_panel(curves, label, title, limits=(0.4, 1.02), gap=0.09, x=replace(EPOCHS, label=""))
    logarithmic = bool((rows["stage"] == "regression").all())
    return training_panel(curves, label, title, logarithmic, deep_limits(curves) if logarithmic else FREE, 0.09)


def recovery(results: Results) -> Iterator[Figure]:
    """Accuracy before damage, after it, and retrained, of all damages."""
    rows = results.table()[results.table()["kind"] == "damage"]
    parts = [part for part in PARTS if rows[f"{part}_accuracy"].notna().any()]
    if not parts:
        return
    several = rows["model"].nunique() > 1
    groups = {
        f"{name} ({model})" if several else name: own
        for (name, model), own in rows.groupby(["name", "model"], sort=False)
    }

    def shares(own: pd.DataFrame, part: str) -> dict[str, Any]:
        return {stage: own.loc[own["stage"] == stage, f"{part}_accuracy"].to_numpy() for stage in DAMAGED}

    bands = {(0.0, BROKEN): DAMAGED["damaged"], (RECOVERED, 1.01): DAMAGED["retrained"]}
    panels = [
        staged_panel({name: shares(own, part) for name, own in groups.items()}, DAMAGED,
                     f"samples classified correctly, {part} (%)", bands) for part in parts
    ]  # fmt: skip
    yield Figure(
        "recovery",
        "Accuracy after damage, and after training again",
        f"Large dots: means over the seeds, small dots: the seeds. Shaded: below {BROKEN:g} and from {RECOVERED:g} on. "
        "A damage that breaks the network and from which it recovers has its orange dot in the left and its blue dot "
        "in the right region.",
        [panels],
        (2.6 + 4.0 * len(parts), 1.5 + 0.52 * len(groups)),
        legend=[Dots(name=stage, colour=colour, size=9) for stage, colour in DAMAGED.items()],
        share_y=True,
    )


def switched_lattices(results: Results) -> Iterator[Figure]:
    """The lattice of the first seed after each stage of each switching."""
    study: Any = results.study
    for number, (point, values) in enumerate(_firsts(results, "switching"), 1):
        switching = study.switching[point["name"]]
        network, ports = switching.network(results.network), study.ports[switching.ports]
        tasks = dict(zip(TRAINED.values(), (ports, switching.regression, ports), strict=True))
        yield stiffness_figure(
            f"lattices-{number}-{point['model']}",
            f"The stiffness after each stage: {point['name']} ({point['model']}, seed {point['seed']})",
            "Width and shade of a line: stiffness of the bond. The task of the stage is drawn at its ports.",
            network,
            {heading: values[stage]["stiffness"] for stage, heading in TRAINED.items()},
            ports={heading: port_marks(t.inputs, t.outputs, network.dimension) for heading, t in tasks.items()},
        )


def damaged_lattices(results: Results) -> Iterator[Figure]:
    """The lattice of the first seed before damage, after it, and retrained."""
    study: Any = results.study
    for number, (point, values) in enumerate(_firsts(results, "damage"), 1):
        network, ports = results.network, study.ports[study.damage[point["name"]].ports]
        before, after, removed = values["trained"], values["retrained"], values["removed"]
        moments = {"trained": (before, -1), "damaged": (after, 0), "retrained": (after, -1)}
        accuracies = {stage: training["epochs"]["training_accuracy"][at] for stage, (training, at) in moments.items()}
        headings = {stage: f"{stage}: {100 * accuracy:.0f} % correct" for stage, accuracy in accuracies.items()}
        # Bonds that are cut are drawn dashed whatever their stiffness
        trained, retrained = np.array(before["stiffness"]), np.array(before["stiffness"])
        retrained[kept_bonds(network, removed)] = after["stiffness"]
        yield stiffness_figure(
            f"damage-{number}-{point['model']}",
            f"The lattice damaged and retrained: {point['name']} ({point['model']}, seed {point['seed']})",
            "Width and shade of a line: stiffness of the bond. Accuracies are those of the training samples.",
            network,
            dict(zip(headings.values(), (trained, trained, retrained), strict=True)),
            *port_marks(ports.inputs, ports.outputs, network.dimension),
            removed={headings[stage]: removed for stage in ("damaged", "retrained")},
        )


def confusions(results: Results) -> Iterator[Figure | None]:
    """Confusion matrices by stage, summed over the seeds, of every switching and damage."""
    study: Any = results.study
    classes = study.classification.samples().classes
    found = list(results.values("confusion"))
    for kind in LAST:
        for number, (first, _) in enumerate(_firsts(results, kind), 1):
            name, model = first["name"], first["model"]
            own = (matrices for p, matrices in found if (p["kind"], p["name"], p["model"]) == (kind, name, model))
            matrices = summed(item for each in own for item in each.items())
            title = f"Which classes are taken for which: {name} ({model})"
            yield confusion_figure(f"confusion-{kind}-{number}-{model}", title, matrices, classes)


def fields(results: Results) -> Iterator[Figure | None]:
    """The fields of one sample in the first damaged network, or in the first that was switched."""
    found = list(results.values("example"))
    # What a network has learnt instead shows best after a damage
    for point, example in [*(f for f in found if f[0]["kind"] == "damage"), *found][:1]:
        network = without_bonds(results.network, results.value("removed", **point.values) or [])
        where = f": {point['name']}, {LAST[point['kind']]} ({point['model']})"
        yield sample_figure("fields", where, network, example, f"Seed {point['seed']}.")


def _firsts(results: Results, kind: str) -> Iterator[tuple[Any, dict[str, Any]]]:
    """The first seed that went through all stages, of each name and model."""
    return (found for found in first_seeds(results, LAST[kind], "kind", "name", "model") if found[0]["kind"] == kind)
