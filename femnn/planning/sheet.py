"""The bench sheet of a plan: what to hang where, in which order, what to see, and what to make of it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from femnn.insitu.estimator_kinds import ReadingEstimator
from femnn.insitu.metrics import relative_l2
from femnn.planning.experiments import Candidate
from femnn.planning.plan import ENOUGH, Plan, Trial
from femnn.planning.plan_settings import SEES_ENERGY
from femnn.planning.weight_sets import SAME, Hung, grams
from femnn.report.texts import Table, number

ARROWS = {(0, 1): "→", (0, -1): "←", (1, 1): "↑", (1, -1): "↓", (2, 1): "z ↑", (2, -1): "z ↓"}
"""Directions by component and sign."""
IN_SPACE = {(1, 1): "y +", (1, -1): "y −"}
MOST_NODES = 60
"""Nodes up to which all displacements are told."""
TELLS = 0.5
"""Expected error above which the sheet says that little is to be had."""
TOLD = 20
"""Of more nodes, how many are: those that are loaded or read, and those that move most."""


@dataclass(frozen=True)
class Sheet:
    """What is written on a bench sheet."""

    title: str
    facts: Sequence[tuple[str, str]]
    tables: Sequence[Table]
    notes: Sequence[str]


def bench_sheet(plan: Plan, trial: Trial | None = None) -> Sheet:
    """The sheet of a plan.

    Args:
        plan: the plan.
        trial: what a trial run came to, if there was one.
    """
    return Sheet(
        f"Bench sheet: {plan.network.name}, case {plan.case}",
        [*_facts(plan, trial)],
        [_order(plan), _displacements(plan), _others(plan)],
        [*_notes(plan)],
    )


def _facts(plan: Plan, trial: Trial | None) -> list[tuple[str, str]]:
    best, settings = plan.best, plan.settings
    pictures = plan.repeats * len(best.states)
    clean = relative_l2(best.predicted.clean, best.scale**2 * plan.exact)
    cosine, pearson = plan.direction
    # The force as it hangs along the one that the loss asks for
    along = best.strength * best.experiment.adjoint_magnitude
    scaled = "" if best.scale == 1 else f", and divided by {best.scale:g}² as the data's load and targets are scaled"
    facts = [
        ("model", settings.model),
        ("estimator", f"{best.estimator}: dL/dk of each bond is {formula(best.reading)}{scaled}"),
        ("s", f"{best.strength:.4g}: {grams(along)}f hang where the loss asks for "
              f"{grams(best.experiment.adjoint_magnitude)}f"),
        ("repeats", f"{plan.repeats}, with {pictures} pictures in all"),
        ("expected error", f"{plan.error:.1%} of the gradient (relative L2) with camera noise of "
                           f"{1e6 * settings.noise:.3g} µm, {clean:.1%} without"),
        ("of its direction", f"1 − cosine {number(cosine, 2)}, 1 − Pearson {number(pearson, 2)} without noise"),
    ]  # fmt: skip
    if trial is not None:
        facts.append(("trial run", f"{trial.error:.1%} ± {trial.uncertainty:.1%} in {trial.count} drawn experiments"))
    return facts


def formula(scheme: ReadingEstimator) -> str:
    """What is made of the pictures, by the numbers of the steps: ``e₁ · (e₂ − e₁)/s``."""
    letter = "E" if scheme.factors is None else "e"
    difference = f"{_summed(letter, scheme.differences)}/s"
    if scheme.factors is None:
        return f"{difference} with E = ½e², e its elongation"
    return f"{_summed(letter, scheme.factors)} · {difference} with e its elongation"


def _summed(letter: str, shares: Sequence[float]) -> str:
    terms = ""
    for step, share in enumerate(shares, start=1):
        if share:
            size = {1.0: "", 0.5: "½ ", 1.5: "3⁄2 "}.get(abs(share), f"{abs(share):g} ")
            sign = ("" if share > 0 else "−") if not terms else (" + " if share > 0 else " − ")
            terms += f"{sign}{size}{letter}{chr(0x2080 + step)}"
    return f"({terms})" if sum(map(bool, shares)) > 1 else terms


def arrow(string: Hung, dimension: int) -> str:
    """The direction of a force, as it is drawn."""
    key = (string.axis, string.sign)
    return IN_SPACE[key] if dimension == 3 and key in IN_SPACE else ARROWS[key]


def described(string: Hung, dimension: int) -> str:
    """What hangs on a string: ``node 13 ↓ 14 g (10 + 2 + 2)``."""
    pieces = " + ".join(grams(piece).removesuffix(" g") for piece in string.pieces)
    parts = f" ({pieces})" if len(string.pieces) > 1 else ""
    return f"node {string.node} {arrow(string, dimension)} {grams(string.weight)}{parts}"


def _order(plan: Plan) -> Table:
    rows, before, dimension = [], set[Hung](), plan.network.dimension
    for i, (strings, strain) in enumerate(zip(plan.best.hung, plan.best.strains, strict=True)):
        now = set(strings)
        off = [described(s, dimension) for s in sorted(before - now, key=lambda s: s.node)]
        on = [described(s, dimension) for s in strings if s not in before]
        gap = f"{1e3 * strain.gap:.3g} mm" if np.isfinite(strain.gap) else "–"
        carries = f"{max(strain.share, 0):.0%} ({plan.network.bond_name(strain.bond)})"
        total = grams(sum(string.weight for string in strings))
        rows.append([str(i + 1), "; ".join(off) or "–", "; ".join(on) or "–", total, carries, gap])
        before = now
    return Table(
        f"Order: {'once' if plan.repeats == 1 else f'{plan.repeats} times'}, a picture after each step",
        ["step", "take off", "hang", "in all", "of the buckling load", "least gap"],
        rows,
        "Buckling load: that of a straight bond pinned at its ends; rigid joints make it carry more.",
    )


def _displacements(plan: Plan) -> Table:
    network, states = plan.network, plan.best.states
    axes = "xyz"[: network.dimension]
    moved = np.max([np.linalg.norm(state.displacements, axis=1) for state in states], axis=0)
    nodes = np.flatnonzero(~network.fixed.all(axis=1))
    if len(nodes) > MOST_NODES:
        named = [network.index(string.node) for strings in plan.best.hung for string in strings]
        named += [int(read) // network.dimension for read in plan.best.experiment.loss.reads]
        nodes = np.array(list(dict.fromkeys([*named, *np.argsort(moved)[::-1]]))[:TOLD])
    header = ["node", *(f"step {i + 1}: {axis}" for i in range(len(states)) for axis in axes)]
    rows = [
        [str(network.labels[node]), *(_signed(1e3 * value) for state in states for value in state.displacements[node])]
        for node in nodes
    ]
    return Table(
        "Expected displacements (mm)",
        header,
        rows,
        "Where a picture differs by much more than the noise, look for a weight that is wrong or hangs askew, a bond "
        "that buckles, or creep.",
    )


def _signed(millimetres: float) -> str:
    return f"{millimetres:+.3f}".replace("-", "−")


def _others(plan: Plan) -> Table:
    rows = [
        [
            other.estimator,
            f"{other.scale:g}",
            grams(float(np.abs(other.experiment.force).sum())),
            f"{grams(other.strength * other.experiment.adjoint_magnitude)}",
            str(len(other.states)),
            f"{other.error(plan.exact, plan.repeats):.1%}",
            f"{relative_l2(other.predicted.clean, other.scale**2 * plan.exact):.1%}",
        ]
        for other in plan.others
    ]
    header = ["estimator", "scale", "data's load", "adjoint force", "pictures", "expected error", "without noise"]
    return Table(f"The best experiment of each estimator, {plan.repeats} repeats", header, rows)


def _data(candidate: Candidate) -> list[Hung]:
    """What of the hung weights is the data's load."""
    force = candidate.experiment.force
    network = candidate.experiment.solver.structure.network
    loaded = {(int(network.labels[node]), int(axis)) for node, axis in np.argwhere(force)}
    state = next(i for i, (a, _) in enumerate(candidate.reading.loads) if a)
    return [string for string in candidate.hung[state] if (string.node, string.axis) in loaded][: len(loaded)]


def _notes(plan: Plan) -> list[str]:
    best, notes = plan.best, [f"{note[:1].upper()}{note[1:]}" for note in plan.notes]
    dimension = plan.network.dimension
    bent = [s for strings in best.hung for s in strings if not s.down(dimension)]
    for string in dict.fromkeys(bent):
        notes.append(
            f"{described(string, dimension).capitalize()} does not hang straight down: lead its string over a pulley, "
            "or turn the lattice; --no-pulleys looks for a plan without."
        )
    notes.append(
        "Printed polymers creep: take every picture equally long after its load was hung, and let the lattice recover "
        "before a load is hung that does not come on top of another (study noise)."
    )
    stay = set.intersection(*(set(strings) for strings in best.hung))
    if any(a and b for a, b in best.reading.loads) and set(_data(best)) <= stay:
        notes.append("Leave the data's weights where they hang while the adjoint force is put on, turned or taken off.")
    if best.scale != 1:
        notes.append(f"The data's load and the targets are {best.scale:g} times those of the case.")
    wanted = best.scale * plan.settings.resolved_case().force(plan.network)
    missed = float(np.linalg.norm(best.experiment.force - wanted) / np.linalg.norm(wanted))
    if missed > SAME:
        notes.append(f"The weights make the data's load to within {missed:.1%}, which is in the expected error.")
    if plan.error > TELLS:
        notes.append(
            f"With an error of {plan.error:.0%} this tells little of the gradient: a better camera (noise), heavier "
            "weights, more repeats, or another model of the bonds is needed."
        )
    if plan.repeats < plan.settings.repeats:
        gain = f"{ENOUGH - 1:.0%}"
        notes.append(
            f"Up to {plan.settings.repeats} repeats are allowed; more than {plan.repeats} would gain less than {gain}."
        )
    if plan.settings.model not in SEES_ENERGY and best.reading.factors is None:
        notes.append(
            "The energy of these bonds is not determined by their elongation: a camera on the nodes does not see it."
        )
    return notes
