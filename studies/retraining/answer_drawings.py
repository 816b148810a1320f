"""Figures of what networks tell after each stage: confusion matrices, and the fields of an example."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from femnn.network.damage import without_bonds
from femnn.report.confusion import confusion
from femnn.report.example_fields import fields
from femnn.report.former_figure import Figure
from femnn.report.plots import drawing
from femnn.study.former.study import Point, Run

LAST = {"switching": "again", "damage": "retrained"}
"""The stage at which fields are drawn."""


def figures(run: Run) -> list[Figure]:
    """Confusion matrices of every switching and damage, and the fields of an example."""
    return [*_confusions(run), *_fields(run)]


def _confusions(run: Run) -> Iterator[Figure]:
    """Matrices by stage, summed over the seeds."""
    sums: dict[tuple[str, str, str], dict[str, Any]] = {}
    for point, data in _measured(run):
        mine = sums.setdefault((point["kind"], point["name"], point["model"]), {})
        for stage, matrix in data["confusion"].items():
            mine[stage] = mine.get(stage, 0) + np.array(matrix)
    numbers = dict.fromkeys(LAST, 0)
    classes = run.settings.classification.samples().classes
    for (kind, name, model), matrices in sums.items():
        numbers[kind] += 1
        if not any(matrix.sum() for matrix in matrices.values()):
            continue
        figure, axes = drawing(1, len(matrices), 3.9 * len(matrices), 3.6)
        for ax, (stage, matrix) in zip(axes.flat, matrices.items(), strict=True):
            confusion(ax, matrix, classes, stage)
        yield Figure(
            f"confusion-{kind}-{numbers[kind]}-{model}",
            f"Which classes are taken for which: {name} ({model})",
            "Test samples of all seeds.",
            figure,
        )


def _fields(run: Run) -> Iterator[Figure]:
    """The fields of one sample in the first damaged network, or in the first that was switched."""
    found = [(point, data) for point, data in _measured(run) if data.get("example")]
    if not found:
        return
    # What has been learnt round is told best by a damage
    point, data = next((f for f in found if f[0]["kind"] == "damage"), found[0])
    example = {name: np.array(value) for name, value in data["example"].items() if isinstance(value, list)}
    network = without_bonds(run.network, data.get("removed", []))
    yield Figure(
        "fields",
        f"Forward and adjoint field of a sample of {data['example']['class']}: {point['name']}, "
        f"{LAST[point['kind']]} ({point['model']})",
        f"Seed {point['seed']}. True elongation of every bond, red for longer. The adjoint force is the error of the "
        "outputs.",
        fields(network, example["forward"], example["adjoint"], example["force"], example["adjoint_force"]),
    )


def _measured(run: Run) -> Iterator[tuple[Point, dict[str, Any]]]:
    for point, outcome in run.outcomes:
        if outcome.data:
            yield point, outcome.data
