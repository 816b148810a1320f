"""The report: which bonds matter, whether the measures agree, how many bonds can go, and how networks are trained."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.stats import spearmanr

from femnn.network.damage import kept_bonds, states_of_self_stress
from femnn.network.network import Floats
from femnn.report.colours import colour_of
from femnn.report.curves import by_seed, training_panel
from femnn.report.figure import FREE, Axis, Figure, Limits, Panel, grid
from femnn.report.lattice_marks import LatticeStiffness
from femnn.report.marks import Band, Label
from femnn.report.stiffness_figures import stiffness_figure
from femnn.report.texts import listed, number
from femnn.report.trained_lattice import MARGIN, MUST_STAY
from femnn.study.api import Content, Finding, Headline, Results, table
from femnn.study.classification_report import (
    confusion_figure,
    first_seeds,
    port_marks,
    sample_figure,
    summed,
    training_figure,
)

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
SCALES = {"sensitivity": "change of loss", "rise_of_loss": "rise of loss", "fall_of_accuracy": "fall of accuracy"}
"""Labels of the colour scales."""


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
                f"Without {listed(list(held), 'or')} the network is a mechanism, whatever else stays; {len(order)} of "
                f"{len(bonds)} bonds can be removed one at a time ({model})."
            )
        if len(order):
            fall, most = bonds["fall_of_accuracy"][order.index[0]], order.iloc[0]
            rise = f"the training loss rises by {most:.3g}" if math.isfinite(most) else "samples have no equilibrium"
            yield Finding(
                f"The most important bonds are {listed(list(order.index[:NAMED]))}: without the first {rise} "
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
        # The loss is infinite where samples have no equilibrium
        lines = [
            {"bond": str(bond)} | {heading: number(row[measure]) for measure, heading in MEASURES.items()}
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
        lines.append({
            "pruning": pruning,
            "model": model,
            "accuracy, bond by bond": accuracy,
            "loss": " → ".join(number(values["loss"][i]) for i in (0, -1)),
            "smallest eigenvalue (N/m)": f"{number(softest)} → {number(softer)}",
            "first mechanism at": f"{', '.join(map(str, at))} bonds gone",
        })  # fmt: skip
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


def drawn(results: Results, bonds: Mapping[str, pd.DataFrame]) -> Iterator[Figure]:
    """Every bond on the lattice by each measure."""
    for model, means in bonds.items():
        # What cannot be removed is the same for all measures: the gradient knows nothing of it
        held = means["rise_of_loss"].isna().to_numpy()
        shown = {title: _importance(results, means[m].to_numpy(), held, SCALES[m]) for m, title in MEASURES.items()}
        yield Figure(
            f"importance-{model}",
            f"The bonds that the trained network needs ({model})",
            "Width and shade of a line: importance of the bond, mean over the seeds; the most important ones are "
            "named. Red: without the bond the network is a mechanism.",
            [[Panel([mark], title) for title, mark in shown.items()]], (14.0, 3.3), margins=(0.04, MARGIN),
        )  # fmt: skip


def _importance(results: Results, values: Floats, held: npt.NDArray[np.bool_], label: str) -> LatticeStiffness:
    # Without some bonds samples have no equilibrium, and the loss is infinite: those are the most important ones
    largest = float(values[np.isfinite(values)].max(initial=0.0)) or 1.0
    shown = np.where(held, 0.0, np.clip(np.nan_to_num(values, posinf=largest), 0.0, None))
    inputs, outputs = _ports(results)
    names = {int(bond): results.network.bond_name(int(bond)) for bond in np.argsort(-shown)[:NAMED]}
    return LatticeStiffness(
        network=results.network, values=shown, bounds=(0.0, float(shown.max()) or 1.0), inputs=inputs, outputs=outputs,
        must_stay=np.flatnonzero(held).tolist(), bond_texts=names, label=label,
    )  # fmt: skip


def pruned(results: Results) -> Iterator[Figure]:
    """Accuracy and smallest eigenvalue, bond by bond."""
    steps, ends = results.table("pruning"), results.table("mechanisms")
    for model, rows in steps.groupby("model", sort=False):
        # One bond more and the network is a mechanism, of which the smallest eigenvalue is zero
        own = ends[ends["model"] == model].assign(smallest_eigenvalue=0.0)
        softer = pd.concat([rows, own]) if len(own) else rows
        most, total = int(softer["gone"].max()), len(results.network.bonds)
        x = Axis("bonds left", limits=(-0.1, most + 0.15), ticks=[(n, str(total - n)) for n in range(most + 1)])
        yield Figure(
            f"pruning-{model}",
            f"What each removed bond costs, until the network is a mechanism ({model})",
            "Means over the seeds as lines, the seeds as thin lines and bands. Accuracy of the training samples; "
            "smallest eigenvalue of the springs' K, which is zero for a mechanism.",
            [[
                _pruning(results, rows, "accuracy", "accuracy, bond by bond", "accuracy", x, (0.0, 1.02)),
                _pruning(results, softer, "smallest_eigenvalue", "the softest way to deform the network",
                         "smallest eigenvalue of K (N/m)", x, FREE),
            ]],
            (13.0, 4.2),
            margins=(MARGIN, 0.04),
        )  # fmt: skip


def _pruning(results: Results, rows: pd.DataFrame, what: str, title: str, label: str, x: Axis, limits: Limits) -> Panel:
    study: Any = results.study
    found = (
        # Broken in two, so that names do not take the room of the diagram
        by_seed(own.rename(columns={"gone": "epoch"}), what, name.replace(", ", ",\n"), colour_of(name, study.prunings))
        for name, own in rows.groupby("pruning", sort=False)
    )
    panel = training_panel([curve for curve in found if curve is not None], label, title, limits=limits, x=x)
    most = float(x.limits[1] or 0.0)
    end = [
        Band(low=most - 0.65, high=most, colour=MUST_STAY, opacity=0.10),
        Label(text="mechanism", x=most - 0.32, y=0.97, in_panel="y", turned=True, upright="top", across="center",
              size=9, colour=MUST_STAY),
    ]  # fmt: skip
    return replace(panel, marks=[*panel.marks, *end])


def mechanisms(results: Results) -> Iterator[Figure]:
    """The lattices of the first seed at the end of each pruning."""
    network = results.network
    found = list(first_seeds(results, "mechanism", "model", "pruning"))
    for model in dict.fromkeys(point["model"] for point, _ in found):
        shown, panels = [f for f in found if f[0]["model"] == model], []
        for point, values in shown:
            end, gone, stiffness = values["mechanism"], values["mechanism"]["removed"], network.stiffness.copy()
            stiffness[kept_bonds(network, gone[:-1])] = end["stiffness"]
            mark = LatticeStiffness(
                network=network, values=stiffness, removed=gone, last=gone[-1], modes=list(end["modes"]),
                bond_texts={bond: str(number) for number, bond in enumerate(gone, 1)},
            )  # fmt: skip
            nodes = end["floppy"]
            told = ", ".join(map(str, nodes[:6])) + (" …" if len(nodes) > 6 else "")
            panels.append(Panel([mark], f"{point['pruning']}: node{'s' if len(nodes) > 1 else ''} {told} can move"))
        yield Figure(
            f"mechanisms-{model}",
            f"Where pruned networks give way ({model}, seed {shown[0][0]['seed']})",
            "Dashed: bonds that are gone, numbered in the order of removal; the last one is red. Arrows: the zero "
            "mode, a motion that stretches no bond.",
            grid(panels, 2), (11.0, 0.3 + 3.3 * -(-len(panels) // 2)), margins=(0.04, MARGIN),
        )  # fmt: skip


def trainings(results: Results) -> Iterator[Figure | None]:
    """The training that comes before: curves, confusion, the trained lattice, and the fields of an example."""
    study: Any = results.study
    history = results.table("history")
    # Trainings of networks that have lost bonds are in the table, too
    for model, rows in history[history["pruning"] == WHOLE].groupby("model", sort=False):
        yield training_figure(f"curves-{model}", f"How the whole network is trained ({model})", rows)
    matrices = summed((point["model"], matrix) for point, matrix in results.values("confusion"))
    named = {model if len(matrices) > 1 else "": matrix for model, matrix in matrices.items()}
    classes = study.classification.samples().classes
    yield confusion_figure("confusion", "Which classes are taken for which, before bonds are removed", named, classes)
    for point, values in first_seeds(results, "history", "model"):
        yield stiffness_figure(
            f"lattice-{point['model']}",
            f"What is pushed, what answers, and which bonds become stiff ({point['model']})",
            f"Seed {point['seed']}. Stiffness of every bond as width and shade of its line.",
            results.network, values["history"]["stiffness"], *_ports(results),
        )  # fmt: skip
    for point, values in first_seeds(results, "example", "model"):
        name, where, example = f"fields-{point['model']}", f" ({point['model']})", values["example"]
        yield sample_figure(name, where, results.network, example, f"Seed {point['seed']}, after training.")


def _ports(results: Results) -> Any:
    """Inputs and outputs by their names."""
    study: Any = results.study
    return port_marks(study.ports.inputs, study.ports.outputs, results.network.dimension)
