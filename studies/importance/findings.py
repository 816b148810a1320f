"""What the run says: which bonds matter, whether the measures agree, and how many bonds can go."""

import math
from collections.abc import Iterator
from typing import Any

import pandas as pd
from scipy.stats import spearmanr

from femnn.network.damage import states_of_self_stress
from femnn.report.texts import Table, number
from femnn.study.former.learning_study import skipped_findings
from femnn.study.former.study import Run

WHOLE = "none"
"""What stands for the pruning where the importances of the whole network are measured."""
MEASURES = {
    "sensitivity": "|k dL/dk|",
    "rise_of_loss": "rise of the loss without the bond",
    "fall_of_accuracy": "fall of the accuracy without the bond",
}
"""Measures of importance, with what they are called in figures."""
NAMED = 3
"""Bonds that a sentence names."""


def importances(run: Run) -> pd.DataFrame:
    """Importance of every bond by each measure, a row a bond; NaN where a mechanism would be left."""
    rows = []
    for point, outcome in run.outcomes:
        if "sensitivity" not in outcome.data:
            continue
        for bond in range(len(run.network.bonds)):
            rows.append(
                {"model": point["model"], "seed": point["seed"], "bond": run.network.bond_name(bond)}
                | {"stiffness": outcome.data["history"]["stiffness"][bond]}
                | {measure: outcome.data[measure][bond] for measure in MEASURES}
            )
    return pd.DataFrame(rows, columns=["model", "seed", "bond", "stiffness", *MEASURES])


def steps(run: Run) -> pd.DataFrame:
    """What is left after each removal, a row each; ``bond`` is the one that went last."""
    columns = ["model", "seed", "pruning", "gone", "bond", "loss", "accuracy", "smallest_eigenvalue", "zero_modes"]
    rows = [
        {key: (point | step)[key] for key in columns}
        for point, outcome in run.outcomes
        for step in outcome.data.get("steps", [])
    ]
    return pd.DataFrame(rows, columns=columns)


def mechanisms(run: Run) -> pd.DataFrame:
    """The removal at which each pruning ends: the bond, and the nodes that can then move."""
    rows = [
        point
        | {"gone": len(data["steps"]), "bond": data["last"], "zero_modes": len(data["modes"])}
        | {"floppy": " ".join(str(label) for label in data["floppy"])}
        for point, data in ((dict(point), outcome.data) for point, outcome in run.outcomes)
        if "steps" in data
    ]
    return pd.DataFrame(rows, columns=["model", "seed", "pruning", "gone", "bond", "zero_modes", "floppy"])


def means(table: pd.DataFrame, model: str) -> pd.DataFrame:
    """Mean over the seeds of each measure, by bond, in the order of the network's bonds."""
    return table[table["model"] == model].groupby("bond", sort=False)[list(MEASURES)].mean()


def summary(run: Run, made: dict[str, pd.DataFrame]) -> dict[str, Any]:
    """Findings, and tables of bonds and of prunings."""
    models = [m for m in run.settings.models if (made["table"]["model"] == m).any()]
    bonds = {model: means(made["table"], model) for model in models}
    pruned = list(_prunings(made))
    spare = states_of_self_stress(run.network)
    return {
        "network": run.network.name,
        "states_of_self_stress": spare,
        "findings": [
            *(line for model in models for line in _importance_sentences(model, bonds[model])),
            *_maxwell(run, made["mechanisms"], spare),
            *_pruning_sentences(pruned),
            *skipped_findings(run),
        ],
        "tables": [vars(t) for t in (_pruning_table(pruned), *(_bond_table(m, b) for m, b in bonds.items())) if t.rows],
        "agreement": [{"model": m, **agreement(b)} for m, b in bonds.items()],
        "prunings": pruned,
    }


def agreement(bonds: pd.DataFrame) -> dict[str, float]:
    """Spearman's rank correlation of the other measures with the rise of the loss, over bonds that can be removed."""
    known = bonds.dropna()
    others = [m for m in MEASURES if m != "rise_of_loss"]
    # Of measures that are the same for all bonds there is no order
    return {
        m: float(spearmanr(known[m], known["rise_of_loss"]).statistic)
        for m in others
        if known[m].nunique() > 1 and known["rise_of_loss"].nunique() > 1
    }


def _prunings(made: dict[str, pd.DataFrame]) -> Iterator[dict[str, Any]]:
    ends = made["mechanisms"]
    for (pruning, model), rows in made["pruning"].groupby(["pruning", "model"], sort=False):
        by_gone = rows.groupby("gone")[["accuracy", "loss", "smallest_eigenvalue"]].mean()
        mine = ends[(ends["pruning"] == pruning) & (ends["model"] == model)]
        yield {
            "pruning": pruning,
            "model": model,
            "seeds": int(rows["seed"].nunique()),
            "accuracy": by_gone["accuracy"].tolist(),
            "loss": by_gone["loss"].tolist(),
            "smallest_eigenvalue": by_gone["smallest_eigenvalue"].tolist(),
            "removed": {
                int(seed): [bond for bond in r.sort_values("gone")["bond"] if bond] for seed, r in rows.groupby("seed")
            },
            "mechanism_at": sorted(int(gone) for gone in mine["gone"].unique()),
            "floppy": dict(zip(mine["seed"].tolist(), mine["floppy"].tolist(), strict=True)),
        }


def _importance_sentences(model: str, bonds: pd.DataFrame) -> Iterator[str]:
    held = bonds.index[bonds["rise_of_loss"].isna()]
    order = bonds["rise_of_loss"].dropna().sort_values(ascending=False)
    if len(held):
        yield (
            f"Without {_listed(held, 'or')} the network is a mechanism, whatever else stays; {len(order)} of "
            f"{len(bonds)} bonds can be removed one at a time ({model})."
        )
    if len(order):
        fall = bonds["fall_of_accuracy"][order.index[0]]
        rise = (
            f"the training loss rises by {order.iloc[0]:.3g}"
            if math.isfinite(order.iloc[0])
            else "samples have no equilibrium"
        )
        yield (
            f"The most important bonds are {_listed(order.index[:NAMED])}: without the first {rise} "
            f"and the accuracy falls by {fall:.3f} in the mean; "
            f"without the least important, {order.index[-1]}, the loss changes by {order.iloc[-1]:+.2g} ({model})."
        )
    correlations = ", ".join(f"{MEASURES[m]} {value:.2f}" for m, value in agreement(bonds).items())
    if correlations:
        yield (
            f"Rank correlation over the bonds with the rise of the loss: {correlations} ({model}). The gradient judges "
            "a small change of stiffness, removal the whole of it."
        )


def _maxwell(run: Run, ends: pd.DataFrame, spare: int) -> Iterator[str]:
    network = run.network
    count = (
        f"Maxwell's count: {len(network.bonds)} bonds, {int((~network.fixed).sum())} free components, so "
        f"{spare} state{'s' if spare != 1 else ''} of self stress"
    )
    if ends.empty:
        yield f"{count}."
        return
    reached = sorted({int(gone) for gone in ends["gone"]})
    modes = sorted({int(m) for m in ends["zero_modes"]})
    which = " or ".join(str(gone) for gone in reached)
    yield (
        f"{count}. In each of {len(ends)} prunings removal number {which} is the first that cannot but leave a "
        f"mechanism, with {' or '.join(str(m) for m in modes)} zero mode{'s' if modes != [1] else ''}"
        f"{', as counted' if reached == [spare + 1] else ''}."
    )


def _pruning_sentences(rows: list[dict[str, Any]]) -> Iterator[str]:
    for row in rows:
        accuracy, eigenvalue = row["accuracy"], row["smallest_eigenvalue"]
        seed, nodes = next(iter(row["floppy"].items()))
        yield (
            f"{row['pruning'].capitalize()} ({row['model']}): accuracy "
            f"{' → '.join(f'{value:.3f}' for value in accuracy)} with 0 to {len(accuracy) - 1} bonds gone; smallest "
            f"eigenvalue {eigenvalue[0]:.3g} → {eigenvalue[-1]:.3g} N/m. With one bond more, node"
            f"{'s' if ' ' in nodes else ''} {nodes.replace(' ', ', ')} can move (seed {seed})."
        )


def _pruning_table(rows: list[dict[str, Any]]) -> Table:
    header = ["pruning", "model", "accuracy, bond by bond", "loss", "smallest eigenvalue (N/m)", "first mechanism at"]
    lines = [
        [
            row["pruning"],
            row["model"],
            " → ".join(f"{value:.3f}" for value in row["accuracy"]),
            f"{_number(row['loss'][0])} → {_number(row['loss'][-1])}",
            f"{number(row['smallest_eigenvalue'][0])} → {number(row['smallest_eigenvalue'][-1])}",
            f"{', '.join(str(gone) for gone in row['mechanism_at'])} bonds gone",
        ]
        for row in rows
    ]
    return Table("Bonds removed one after another", header, lines, "Means over the seeds, of the training samples.")


def _bond_table(model: str, bonds: pd.DataFrame) -> Table:
    ordered = bonds.sort_values("rise_of_loss", ascending=False, na_position="first")
    lines = [[str(bond), *(_number(row[m]) for m in MEASURES)] for bond, row in ordered.iterrows()]
    note = "Means over the seeds, of the training samples. A dash: without the bond the network is a mechanism."
    return Table(f"Importance of every bond, {model}", ["bond", *MEASURES.values()], lines, note)


def _number(value: float) -> str:
    """A figure for a table; infinite is the loss where samples have no equilibrium."""
    return "∞" if math.isinf(value) else number(value)


def _listed(names: pd.Index, joined_by: str = "and") -> str:
    *most, last = [str(name) for name in names]
    return f"{', '.join(most)} {joined_by} {last}" if most else last
