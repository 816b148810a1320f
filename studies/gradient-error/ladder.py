"""What each effect does to the exact gradient, from the linear springs up to the printed solid."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from femnn.insitu.metrics import one_minus_pearson, relative_l2
from femnn.network.network import Network
from femnn.report.texts import Table, number
from femnn.study.former.study import Run

from .selection import Place, fields, places

type Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Step:
    """From one model to the next at a place."""

    place: Place
    effect: str
    change: float
    """Relative L2 distance of the two exact gradients."""
    factor: float
    """Factor that brings the first nearest to the second."""
    turned: float
    """Relative L2 distance that is left with that factor."""
    pearson: float
    """1 − Pearson correlation of the two."""


def steps(run: Run) -> list[Step]:
    """All steps of the ladder that were computed."""
    return list(_steps(run))


def _steps(run: Run) -> Iterator[Step]:
    for place in places(run):
        for before, after in pairwise(run.settings.ladder):
            found = [fields(run, place, model).get("exact") for model in (before, after)]
            if found[0] is None or found[1] is None:
                continue
            first, second = (np.array(gradient) for gradient in found)
            factor = float(first @ second / (first @ first))
            yield Step(
                place,
                _effect(run, before, after),
                relative_l2(first, second),
                factor,
                relative_l2(factor * first, second),
                one_minus_pearson(first, second),
            )


def _effect(run: Run, before: str, after: str) -> str:
    """What a model has that the one before it has not."""
    first, second = (run.settings.models_by_name()[name].traits.effects for name in (before, after))
    return ", ".join(effect for effect in second if effect not in first) or f"{before} → {after}"


def sentences(run: Run) -> Iterator[str]:
    """Which effect moves the gradient how far."""
    found = steps(run)
    for place in dict.fromkeys(step.place for step in found):
        own = [step for step in found if step.place == place]
        parts = [f"{step.change:.0%} where {step.effect} ({step.turned:.0%} after optimal rescaling)" for step in own]
        yield f"Case {place[0]}: the exact gradient moves by {_listed(parts)}."


def _listed(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def tables(run: Run) -> Iterator[Table]:
    """The steps in figures."""
    found = steps(run)
    if not found:
        return
    every = list(dict.fromkeys(step.place for step in found))
    header = ["effect"]
    for place in every:
        header += [f"{place[0]}: change", "factor", "change after optimal rescaling", "1 − Pearson"]
    lines = []
    for effect in dict.fromkeys(step.effect for step in found):
        cells = [effect]
        for place in every:
            own = [s for s in found if (s.place, s.effect) == (place, effect)]
            cells += _cells(own[0]) if own else ["–"] * 4
        lines.append(cells)
    yield Table(
        "What each effect does to the exact gradient",
        header,
        lines,
        "Change: relative L2 distance of the exact gradients of one model and the next. A common factor makes training "
        "faster or slower and no more; what is left with the best factor changes its direction.",
    )


def _cells(step: Step) -> list[str]:
    return [f"{step.change:.1%}", f"{step.factor:.2f}", f"{step.turned:.1%}", number(step.pearson, 2)]


def euler_load(network: Network) -> float:
    """Smallest load (N) under which a straight bond, pinned at its ends, buckles in the plane: π² E t w³/(12 L²)."""
    sections = network.sections
    loads = np.pi**2 * sections.modulus * sections.thickness * sections.width**3 / (12 * network.lengths**2)
    return float(loads.min())
