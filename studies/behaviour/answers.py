"""Answers of the models: what was wanted beside what is reached, in sentences, a table and a figure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from femnn.mechanics.models import SPRINGS
from femnn.network.identity import is_li2024
from femnn.network.network import Network
from femnn.report.colours import COLOURS, FAINT, INK, PALE
from femnn.report.figure import Axis, Figure, Panel
from femnn.report.marks import Curve, Dots, Mark
from femnn.report.texts import length, number, percent
from femnn.study.contents import Finding, table
from femnn.training.tasks import BehaviourSettings

BEFORE, SPRINGS_WIDTHS, TRAINED = "before", "as springs", "trained"
STAGES = {
    BEFORE: ("before training", FAINT),
    SPRINGS_WIDTHS: ("with the widths of trained springs", COLOURS[1]),
    TRAINED: ("trained itself", COLOURS[0]),
}
"""Names and colours of what is compared in figures."""
MOST = 12
"""Outputs of a behaviour that a figure shows."""
PUBLISHED = {13: -0.625333e-3, 14: -0.479973e-3}
"""Displacements of springs trained to "right" (m): Li & Mao, Nat. Commun. 15, 10528 (2024), Fig. 2."""
NEGLIGIBLE = 1e-10
"""Length (m) below which nothing is told of an error."""
SAME = 1e-5
"""Relative difference from published figures that is their rounding."""

type Behaviours = Mapping[str, BehaviourSettings]


def wanted_of(behaviour: BehaviourSettings) -> list[float] | None:
    """Return the displacements that are wanted of the outputs (m); None where something else is."""
    wanted = [output.displacement for output in behaviour.outputs if output.displacement is not None]
    return wanted or None


def finding(row: Mapping[str, Any], behaviour: BehaviourSettings, network: Network) -> Finding:
    """Return what one model reaches, as a sentence with its error."""
    if wanted_of(behaviour) is not None:
        text = _of_wanted(row, behaviour)
    elif behaviour.largest is not None:
        text = _of_largest(row, behaviour, network)
    else:
        text = f"the loss goes from {number(row['loss'][BEFORE])} to {number(row['loss'][TRAINED])}"
        text += _with_springs(row, number(row["loss"].get(SPRINGS_WIDTHS)))
    return Finding(f"{row['behaviour']}, {row['model']}: {text}.")


def tables(rows: Sequence[Mapping[str, Any]], behaviours: Behaviours) -> Iterator[Any]:
    """Return wanted and reached displacements side by side, and what each training came to."""
    shown = [each for row in rows for each in _outputs(row, behaviours[row["behaviour"]])]
    note = "Displacements in mm. Error: reached less wanted, and as a share of what is wanted."
    springs = any("with springs' widths" in row for row in shown)
    yield table("Wanted and reached", shown, f"{note} Springs' widths: trained on ideal springs." if springs else note)
    yield table("Trainings", [_training(row) for row in rows])


def answers(rows: Sequence[Mapping[str, Any]], behaviours: Behaviours) -> Iterator[Figure]:
    """Return what each model answers before and after, by behaviour, beside what is wanted."""
    names = list(dict.fromkeys(row["behaviour"] for row in rows))
    panels, heights = [], []
    for name in names:
        own = [row for row in rows if row["behaviour"] == name]
        ratios = wanted_of(behaviours[name]) is None and all(row.get("ratio") for row in own)
        panels.append([(_ratios if ratios else _displacements)(name, own, behaviours[name])])
        heights.append(len(own) * (1 if ratios else min(len(own[0]["displacements"][TRAINED]), MOST)))
    if not panels:
        return
    wanted = [Dots(name="wanted", colour=INK, marker="|", size=14)] if _any_wanted(behaviours, names) else []
    yield Figure(
        "answers",
        "What each model learns, and what the widths of trained springs do in it",
        "Displacements of the outputs, or the ratio of two where one of them is to move most. Every model is trained "
        "by its own exact gradients; orange: the same model with the widths that ideal springs were trained to.",
        panels,
        (8.6, 0.9 + sum(0.55 + 0.32 * height for height in heights)),
        legend=[*(Dots(name=name, colour=colour, size=8) for name, colour in STAGES.values()), *wanted],
        heights=[0.55 + 0.32 * height for height in heights],
    )


def _any_wanted(behaviours: Behaviours, names: Sequence[str]) -> bool:
    return any(wanted_of(behaviours[name]) is not None for name in names)


def _of_wanted(row: Mapping[str, Any], behaviour: BehaviourSettings) -> str:
    wanted = wanted_of(behaviour) or []
    errors = {stage: _largest_error(found, wanted) for stage, found in row["displacements"].items()}
    largest = max(map(abs, wanted))
    share = f" ({percent(errors[TRAINED] / largest, 2)} of the largest that is wanted)" if largest else ""
    count = "the displacement" if len(wanted) == 1 else f"the {len(wanted)} displacements"
    return (
        f"the largest error of {count} goes from {_length(errors[BEFORE])} to {_length(errors[TRAINED])}{share} by "
        f"training{_with_springs(row, _length(errors.get(SPRINGS_WIDTHS, np.nan)))}"
    )


def _of_largest(row: Mapping[str, Any], behaviour: BehaviourSettings, network: Network) -> str:
    if row.get("ratio") and row["model"] != SPRINGS:
        ratio = {stage: f"{value:.4f}" for stage, value in row["ratio"].items()}
        beside = _with_springs(row, ratio.get(SPRINGS_WIDTHS, ""))
        return f"the ratio of the outputs goes from {ratio[BEFORE]} to {ratio[TRAINED]} by training{beside}"
    place = next(i for i, output in enumerate(behaviour.outputs) if output.node == behaviour.largest)
    moved = np.abs(list(row["displacements"][TRAINED].values()))
    others = np.delete(moved, place)
    name = f"node {behaviour.largest}"
    text = f"{name} moves {_length(moved[place])}"
    if others.size:
        which = "more" if moved[place] > others.max() else "not more"
        text += f", {which} than the other outputs, of which the largest moves {_length(float(others.max()))}"
    return text + _beside_published(row, behaviour, network)


def _beside_published(row: Mapping[str, Any], behaviour: BehaviourSettings, network: Network) -> str:
    """What the published task has as its published answer; nothing of any other task."""
    outputs = [(output.node, output.component) for output in behaviour.outputs]
    if row["model"] != SPRINGS or not is_li2024(network) or outputs != [(14, "y"), (13, "y")]:
        return ""
    if [(load.node, round(load.force / 9.8e-3, 6)) for load in behaviour.loads] != [(11, 5.0)] or behaviour.prescribed:
        return ""
    right = [PUBLISHED[14], PUBLISHED[13]]
    published = right if behaviour.largest == 13 else right[::-1]
    found = list(row["displacements"][TRAINED].values())
    off = max(abs(one / other - 1) for one, other in zip(found, published, strict=True))
    values = " and ".join(f"{1e3 * value:.6f}" for value in published)
    against = "as reached here" if off < SAME else f"of which those reached here differ by up to {percent(off, 2)}"
    return f"; Li & Mao (2024) publish {values} mm, {against}"


def _with_springs(row: Mapping[str, Any], value: str) -> str:
    """The same with the widths of trained springs, on any model but springs."""
    if row["model"] == SPRINGS or SPRINGS_WIDTHS not in row["displacements"]:
        return ""
    return f", and is {value} with the widths of trained springs"


def _largest_error(found: Mapping[str, float], wanted: Sequence[float]) -> float:
    return float(np.abs(np.array(list(found.values())) - wanted).max())


def _outputs(row: Mapping[str, Any], behaviour: BehaviourSettings) -> Iterator[dict[str, str]]:
    """A line of the table for every output of a model."""
    stages = row["displacements"]
    for place, (output, name) in enumerate(zip(behaviour.outputs, stages[TRAINED], strict=True)):
        line = {"behaviour": row["behaviour"], "model": row["model"], "output": name}
        wanted = output.displacement
        if wanted is not None:
            line["wanted"] = _mm(wanted)
        elif behaviour.largest is not None:
            line["wanted"] = "the largest" if output.node == behaviour.largest else "less"
        line["before"] = _mm(list(stages[BEFORE].values())[place])
        for stage, heading in ((TRAINED, "trained"), (SPRINGS_WIDTHS, "with springs' widths")):
            if stage not in stages or (stage == SPRINGS_WIDTHS and row["model"] == SPRINGS):
                continue
            reached = list(stages[stage].values())[place]
            line[heading] = _mm(reached)
            if wanted is not None:
                line["error" if stage == TRAINED else "error with them"] = _error(reached, wanted)
        yield line


def _training(row: Mapping[str, Any]) -> dict[str, str]:
    line = {"behaviour": row["behaviour"], "model": row["model"]}
    if row.get("ratio"):
        line |= {
            "first output / second, before": f"{row['ratio'][BEFORE]:.4f}",
            "trained": f"{row['ratio'][TRAINED]:.4f}",
        }
    losses = {"loss before": number(row["loss"][BEFORE]), "loss trained": number(row["loss"][TRAINED])}
    return line | losses | {"bonds at bounds": str(row["bonds_at_bounds"]), "evaluations": str(row["evaluations"])}


def _length(metres: float) -> str:
    return "less than 0.1 nm" if metres < NEGLIGIBLE else length(metres)


def _mm(displacement: float) -> str:
    return number(1e3 * displacement, 4).replace("-", "−")


def _error(reached: float, wanted: float) -> str:
    """Reached less wanted; also as a share, where something is wanted to move."""
    error = number(1e3 * (reached - wanted)).replace("-", "−") if abs(reached - wanted) >= NEGLIGIBLE else "0.0000"
    return f"{error} ({percent(abs(reached / wanted - 1), 2)})" if wanted else error


def _ratios(name: str, rows: Sequence[Mapping[str, Any]], behaviour: BehaviourSettings) -> Panel:
    first, second = behaviour.outputs
    values = [{stage: [ratio] for stage, ratio in row["ratio"].items()} for row in rows]
    x = Axis(f"displacement of node {first.node} / node {second.node}")
    return _panel(name, x, [(row["model"], row["model"], own, None) for row, own in zip(rows, values, strict=True)])


def _displacements(name: str, rows: Sequence[Mapping[str, Any]], behaviour: BehaviourSettings) -> Panel:
    outputs = list(rows[0]["displacements"][TRAINED])
    stated = wanted_of(behaviour)
    wanted: list[float | None] = [None] * len(outputs) if stated is None else [*stated]
    lines = []
    for output, at in list(zip(outputs, wanted, strict=True))[:MOST]:
        for row in rows:
            own = {stage: [1e3 * found[output]] for stage, found in row["displacements"].items()}
            lines.append((f"{output}, {row['model']}", row["model"], own, None if at is None else 1e3 * at))
    left = f", the first {MOST} of {len(outputs)} outputs" if len(outputs) > MOST else ""
    return _panel(f"{name}{left}", Axis("displacement (mm)"), lines)


def _panel(title: str, x: Axis, lines: Sequence[tuple[str, str, Mapping[str, list[float]], float | None]]) -> Panel:
    """A row a line: its text, its model, values by stage and what is wanted."""
    marks: list[Mark] = []
    for height, (_, model, values, wanted) in enumerate(lines):
        # What springs are trained to is what they do with the widths of trained springs
        own = {s: v for s, v in values.items() if (model, s) != (SPRINGS, SPRINGS_WIDTHS)}
        points = [value for found in own.values() for value in found]
        marks.append(Curve(x=points, y=[height] * len(points), colour=PALE, width=3))
        marks += [Dots(x=own[stage], y=[height], colour=colour, size=8, keys=[model])
                  for stage, (_, colour) in STAGES.items() if stage in own]  # fmt: skip
        if wanted is not None:
            marks.append(Dots(x=[wanted], y=[height], colour=INK, marker="|", size=14, edge=1.6))
    names = [(height, text) for height, (text, *_) in enumerate(lines)]
    return Panel(marks, title, x, Axis(limits=(len(lines) - 0.5, -0.5), ticks=names))
