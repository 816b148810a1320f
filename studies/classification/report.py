"""What is said of accuracies, and how networks come to them."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from femnn.network.network import Network
from femnn.network.port import Port
from femnn.report.accuracies import accuracy_panel
from femnn.report.curves import seeded_panel
from femnn.report.figure import Figure
from femnn.report.stiffness_figures import stiffness_figure
from femnn.report.texts import Table, number
from femnn.study import contents
from femnn.study.classification_report import confusion_figure
from femnn.study.points import Point
from femnn.training.gradient_sources import EXACT

GROUP = ["ports", "model", "gradient"]
NEAR = 0.02
"""Loss of accuracy that still counts as the same."""
MOST_MATRICES = 4
"""Confusion matrices that are drawn."""

type Named = Mapping[str, Port]
type Group = dict[str, Any]
"""Accuracies of trainings that differ by their seed alone."""


def groups(table: pd.DataFrame) -> list[Group]:
    """Return accuracies over the seeds, by ports, model and source of the gradient."""
    means = ("training_accuracy", "test_accuracy", "training_loss", "first_training_accuracy", "median_output")
    return [
        dict(zip(GROUP, keys, strict=True))
        | {"seeds": len(rows), **{name: float(rows[name].mean()) for name in means}}
        | {"test_accuracy_deviation": float(rows["test_accuracy"].std(ddof=0))}
        | {"least_test_accuracy": float(rows["test_accuracy"].min())}
        for keys, rows in table.groupby(GROUP, sort=False)
    ]


def sentences(groups: Sequence[Group]) -> Iterator[str]:
    """Say how many samples are classified correctly by exact gradients, or by any where there are none of these.

    Then compare what measured gradients reach with what exact ones do.
    """
    exact = {_who(group): group["test_accuracy"] for group in groups if group["gradient"] == EXACT}
    for group in groups:
        if group["gradient"] == EXACT or not exact:
            yield (
                f"{_who(group)}: {group['test_accuracy']:.1%} of the test samples and {group['training_accuracy']:.1%} "
                f"of the training samples are classified correctly, mean over {group['seeds']} seeds "
                f"({group['first_training_accuracy']:.0%} before training)."
            )
    for group in groups:
        if group["gradient"] != EXACT and _who(group) in exact:
            change = group["test_accuracy"] - exact[_who(group)]
            verdict = "as good as the exact gradient" if change >= -NEAR else "worse than the exact gradient"
            yield (
                f"{_who(group)}: trained by {group['gradient']} it is {verdict}: {group['test_accuracy']:.1%} of the "
                f"test samples ({100 * change:+.1f} points)."
            )


def accuracies_table(groups: Sequence[Group]) -> Table | None:
    """Return a table of all groups."""
    rows = [
        {key: g[key] for key in GROUP}
        | {
            "seeds": str(g["seeds"]),
            "training": f"{g['training_accuracy']:.4f}",
            "test": f"{g['test_accuracy']:.4f} ± {g['test_accuracy_deviation']:.4f}",
            "least test": f"{g['least_test_accuracy']:.4f}",
            "loss": number(g["training_loss"]),
        }
        for g in groups
    ]
    return contents.table("Share of samples classified correctly, mean over the seeds", rows)


def accuracies_figure(table: pd.DataFrame, groups: Sequence[Group], classes: int) -> Figure:
    """Return the accuracies of all groups, seed by seed."""
    part = "test" if table["test_accuracy"].notna().any() else "training"
    best = max(groups, key=lambda group: group[f"{part}_accuracy"])
    return Figure(
        "accuracies",
        f"{best[f'{part}_accuracy']:.1%} of the {part} samples are classified correctly: {_named(best, groups)}",
        "Share of samples classified correctly: a dot a seed, the mean as a tick. Dotted: guessing.",
        [[accuracy_panel(_by_name(table, groups), chance=1 / classes)]],
        (8.6, 1.2 + 0.62 * len(groups)),
    )


def curves(history: pd.DataFrame, groups: Sequence[Group]) -> Figure:
    """Return accuracy and loss of the training samples against epochs."""
    lines, of = _by_name(history, groups), "of the training samples"
    accuracy = seeded_panel(lines, "training_accuracy", "classified correctly (%)", f"accuracy {of}", 100.0)
    loss = seeded_panel(lines, "training_loss", "training loss", f"loss {of}")
    caption = "Mean over the seeds with their spread, evaluated on all training samples after every epoch."
    return Figure("curves", "How training goes", caption, [[accuracy], [loss]], (8.6, 6.4))


def confusions(table: pd.DataFrame, groups: Sequence[Group], classes: Sequence[str]) -> Figure | None:
    """Return which classes are taken for which, in the test samples of all seeds."""
    cells = table[table["part"] == "test"]
    if not cells["count"].any():
        return None
    shown = list(_by_name(cells, groups).items())[:MOST_MATRICES]
    matrices = {name: rows.pivot_table("count", "true", "told", aggfunc="sum").to_numpy() for name, rows in shown}
    return confusion_figure("confusion", "Which classes are taken for which", matrices, classes)


def lattice(point: Point, history: Mapping[str, Any], network: Network, ports: tuple[Named, Named]) -> Figure:
    """Return the lattice before and after a training."""
    key = [point[name] for name in GROUP]
    return stiffness_figure(
        "lattice-" + "-".join(key),
        f"{point['model'].capitalize()}, {point['ports']} ports, {point['gradient']} gradient: what is pushed, what "
        "answers, and which bonds become stiff",
        f"Seed {point['seed']}. Stiffness of every bond as width and shade of its line.",
        network, history["stiffness"], *ports,
    )  # fmt: skip


def _who(group: Group) -> str:
    return f"{group['model'].capitalize()}, {group['ports']} ports"


def _named(group: Group, groups: Sequence[Group]) -> str:
    """A group by what sets it apart from the others."""
    apart = [key for key in GROUP if len({other[key] for other in groups}) > 1]
    return ", ".join(f"{group[key]} ports" if key == "ports" else group[key] for key in apart or ["ports"])


def _by_name(table: pd.DataFrame, groups: Sequence[Group]) -> dict[str, pd.DataFrame]:
    """The rows of all groups."""
    return {_named(g, groups): table[(table[GROUP] == [g[key] for key in GROUP]).all(axis=1)] for g in groups}
