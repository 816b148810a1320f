"""What each effect does to the exact gradient, from the linear springs up to the printed solid."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np

from femnn.insitu.metrics import change
from femnn.report.colours import COLOURS
from femnn.report.figure import Axis, Panel, stacked
from femnn.report.marks import Bars, Label, Mark
from femnn.report.texts import listed, number
from femnn.study.contents import Content, Finding, Headline, table

from .places import Place, Run

type Step = dict[str, Any]
"""From one model to the next at a place: the ``effect``, and the change of the exact gradient."""


def steps(run: Run) -> Iterator[tuple[Place, Step]]:
    """All steps from model to model that were computed."""
    for place in run.places:
        for before, after in pairwise(run.study.ladder):
            if {before, after} <= place.models.keys():
                has = run.models[before].traits.effects
                new = [effect for effect in run.models[after].traits.effects if effect not in has]
                told = {"place": [place.case, place.force], "effect": ", ".join(new) or f"{before} → {after}"}
                moved = change(place.models[before]["exact"], place.models[after]["exact"])
                yield place, told | moved._asdict()


def effects(run: Run) -> Iterator[Content]:
    """Which effect moves the gradient how far: sentences, a table and a figure."""
    found: dict[Place, list[Step]] = {}
    for place, step in steps(run):
        found.setdefault(place, []).append(step)
    rows: dict[str, dict[str, str]] = {}
    for place, own in found.items():
        parts = [f"{s['change']:.0%} where {s['effect']} ({s['turned']:.0%} after optimal rescaling)" for s in own]
        yield Finding(f"Case {place.label}: the exact gradient moves by {listed(parts)}.")
        for step in own:
            rows.setdefault(step["effect"], {"effect": step["effect"]}).update({
                f"{place.label}: change": f"{step['change']:.1%}",
                f"{place.label}: factor": f"{step['factor']:.2f}",
                f"{place.label}: change after optimal rescaling": f"{step['turned']:.1%}",
                f"{place.label}: 1 − Pearson": number(step["pearson"], 2),
            })  # fmt: skip
    yield table(
        "What each effect does to the exact gradient",
        list(rows.values()),
        "Change: relative L2 distance of the exact gradients of one model and the next. A common factor makes training "
        "faster or slower and no more; what is left with the best factor changes its direction.",
    )
    yield stacked(
        "ladder",
        f"From {run.study.ladder[0]} to {run.study.ladder[-1]}: what each effect does to the exact gradient",
        "Relative L2 distance between the exact gradients of one model and the next, and what is left of it with the "
        "best common factor (given beside the bar), which training does not feel.",
        [[_panel(place, own[::-1], i == 0)] for i, (place, own) in enumerate(found.items())], 9.0, 2.5,
    )  # fmt: skip
    yield Headline("ladder", [step for own in found.values() for step in own])


def _panel(place: Place, own: list[Step], with_names: bool) -> Panel:
    heights, names = np.arange(len(own), dtype=np.float64), [step["effect"] for step in own]
    marks: list[Mark] = [
        Bars(places=heights + shift, values=[100 * step[key] for step in own], thickness=0.36, lying=True, name=name,
             colour=colour, keys=names)
        for key, shift, name, colour in (("change", 0.2, "change of the gradient", COLOURS[0]),
                                         ("turned", -0.2, "after optimal rescaling", COLOURS[1]))
    ]  # fmt: skip
    marks += [Label(text=f"× {step['factor']:.2f}", x=100 * step["change"], y=height + 0.2, offset=(4, 0))
              for height, step in zip(heights, own, strict=True)]  # fmt: skip
    y = Axis(ticks=list(zip(heights, names, strict=True)))
    x = Axis("relative change of the exact gradient (%)", limits=(0.0, None))
    return Panel(marks, place.heading, x, y, legend="upper right" if with_names else "")
