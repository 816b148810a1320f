"""What the run says: which bonds matter, whether the measures agree, and how many bonds can go."""

import math
from collections.abc import Iterator, Mapping

import pandas as pd
from scipy.stats import spearmanr

from femnn.network.damage import states_of_self_stress
from femnn.report.texts import number
from femnn.study.contents import Content, Finding, Headline, table
from femnn.study.results import Results

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


def means(results: Results) -> dict[str, pd.DataFrame]:
    """Mean over the seeds of each measure, by bond, in the order of the network's bonds, for each model."""
    by_model = results.table().groupby("model", sort=False)
    return {str(model): own.groupby("bond", sort=False)[list(MEASURES)].mean() for model, own in by_model}


def importances(every: Mapping[str, pd.DataFrame]) -> Iterator[Content]:
    """What must stay, what matters most, and whether the measures agree, by model."""
    for model, bonds in every.items():
        held, order = bonds.index[bonds["rise_of_loss"].isna()], bonds["rise_of_loss"].dropna()
        order = order.sort_values(ascending=False)
        if len(held):
            yield Finding(
                f"Without {_listed(held, 'or')} the network is a mechanism, whatever else stays; {len(order)} of "
                f"{len(bonds)} bonds can be removed one at a time ({model})."
            )
        if len(order):
            fall, most = bonds["fall_of_accuracy"][order.index[0]], order.iloc[0]
            rise = f"the training loss rises by {most:.3g}" if math.isfinite(most) else "samples have no equilibrium"
            yield Finding(
                f"The most important bonds are {_listed(order.index[:NAMED])}: without the first {rise} "
                f"and the accuracy falls by {fall:.3f} in the mean; "
                f"without the least important, {order.index[-1]}, the loss changes by {order.iloc[-1]:+.2g} ({model})."
            )
        correlations = ", ".join(f"{MEASURES[m]} {value:.2f}" for m, value in _agreement(bonds).items())
        if correlations:
            yield Finding(
                f"Rank correlation over the bonds with the rise of the loss: {correlations} ({model}). The gradient "
                "judges a small change of stiffness, removal the whole of it."
            )
        ordered = bonds.sort_values("rise_of_loss", ascending=False, na_position="first")
        lines = [
            {"bond": str(bond)} | {heading: _number(row[measure]) for measure, heading in MEASURES.items()}
            for bond, row in ordered.iterrows()
        ]
        note = "Means over the seeds, of the training samples. A dash: without the bond the network is a mechanism."
        yield table(f"Importance of every bond, {model}", lines, note)
    yield Headline("agreement", [{"model": model, **_agreement(bonds)} for model, bonds in every.items()])


def maxwell(results: Results) -> Iterator[Content]:
    """Maxwell's count, and where prunings end."""
    network, ends = results.network, results.table("mechanisms")
    spare = states_of_self_stress(network)
    count = (
        f"Maxwell's count: {len(network.bonds)} bonds, {int((~network.fixed).sum())} free components, so "
        f"{spare} state{'s' if spare != 1 else ''} of self stress."
    )
    reached, modes = (sorted({int(value) for value in ends[name]}) for name in ("gone", "zero_modes"))
    ending = (
        f" In each of {len(ends)} prunings removal number {' or '.join(map(str, reached))} is the first that "
        f"cannot but leave a mechanism, with {' or '.join(map(str, modes))} zero mode{'s' if modes != [1] else ''}"
        f"{', as counted' if reached == [spare + 1] else ''}."
    )
    yield Finding(count + (ending if reached else ""))
    yield Headline("states_of_self_stress", spare)


def prunings(results: Results) -> Iterator[Content]:
    """What each pruning costs, bond by bond, in the mean over the seeds that went to its end."""
    ends, found, lines = results.table("mechanisms"), [], []
    whole = results.table("pruning").merge(ends[["pruning", "model", "seed"]])
    for (pruning, model), own in whole.groupby(["pruning", "model"], sort=False):
        row = {"pruning": pruning, "model": model, "seeds": int(own["seed"].nunique())}
        measured = own.groupby("gone")[["accuracy", "loss", "smallest_eigenvalue"]].mean()
        last = ends[(ends["pruning"] == pruning) & (ends["model"] == model)]
        floppy, at = dict(zip(last["seed"].tolist(), last["floppy"].tolist(), strict=True)), sorted(set(last["gone"]))
        removed = {int(seed): [bond for bond in r["bond"] if bond] for seed, r in own.groupby("seed")}
        values = {str(name): column.tolist() for name, column in measured.items()}
        found.append(row | values | {"removed": removed, "mechanism_at": [int(gone) for gone in at], "floppy": floppy})
        accuracy = " → ".join(f"{value:.3f}" for value in values["accuracy"])
        (softest, softer), (seed, nodes) = (measured["smallest_eigenvalue"].iloc[[0, -1]], next(iter(floppy.items())))
        yield Finding(
            f"{pruning.capitalize()} ({model}): accuracy {accuracy} with 0 to {len(measured) - 1} bonds gone; smallest "
            f"eigenvalue {softest:.3g} → {softer:.3g} N/m. With one bond more, node{'s' if ' ' in nodes else ''} "
            f"{nodes.replace(' ', ', ')} can move (seed {seed})."
        )
        lines.append(
            {
                "pruning": pruning,
                "model": model,
                "accuracy, bond by bond": accuracy,
                "loss": " → ".join(_number(values["loss"][i]) for i in (0, -1)),
                "smallest eigenvalue (N/m)": f"{number(softest)} → {number(softer)}",
                "first mechanism at": f"{', '.join(map(str, at))} bonds gone",
            }
        )
    yield table("Bonds removed one after another", lines, "Means over the seeds, of the training samples.")
    yield Headline("prunings", found)


def _agreement(bonds: pd.DataFrame) -> dict[str, float]:
    """Spearman's rank correlation of the other measures with the rise of the loss, over bonds that can be removed."""
    known = bonds.dropna()
    # Of measures that are the same for all bonds there is no order
    ranked = [m for m in MEASURES if known[m].nunique() > 1]
    if "rise_of_loss" not in ranked:
        return {}
    rise = known["rise_of_loss"]
    return {m: float(spearmanr(known[m], rise).statistic) for m in ranked if m != "rise_of_loss"}


def _number(value: float) -> str:
    """A figure for a table; infinite is the loss where samples have no equilibrium."""
    return "∞" if math.isinf(value) else number(value)


def _listed(names: pd.Index, joined_by: str = "and") -> str:
    *most, last = [str(name) for name in names]
    return f"{', '.join(most)} {joined_by} {last}" if most else last
