"""What springs neglect: each effect as two models that differ in it alone, on top of springs and in the whole solid."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from femnn.mechanics.continuum import Continuum
from femnn.mechanics.model import Model

from .variants import Variant

TOGETHER = "all together"
"""The name of all effects at once."""

type Pair = tuple[Variant, Variant]
"""Without an effect, and with it."""


@dataclass(frozen=True)
class Effect:
    """An effect as pairs of models."""

    alone: Pair
    """The simplest models that can tell of it, all else being linear where it can be."""
    whole: Pair | None
    """The solid with all effects, without this one and with it; none where a solid cannot be without it."""
    told: str
    """What is compared alone, for the report."""


def spring(models: Mapping[str, Model]) -> Variant:
    """The linear spring of the paper."""
    return Variant(models["spring"], thinned=False)


def solid(models: Mapping[str, Model]) -> Variant:
    """All effects together."""
    return Variant(models["continuum-2d"], heavy=True)


def effects(models: Mapping[str, Model], switched: Any) -> dict[str, Effect]:
    """All effects by name.

    Args:
        models: the models by name.
        switched: settings of the study's table ``[switched]``.
    """
    springs, all_of_it = spring(models), solid(models)
    beam, continuum, bar = models["beam"], models["continuum-2d"], Variant(models["bar"], thinned=False)
    beams = Variant(beam, thinned=False, linearised=True)
    solids = Variant(continuum, thinned=False, linearised=True)

    def other(**changes: Any) -> Continuum:
        return replace(continuum, **changes)

    def solids_with(changed: Continuum) -> tuple[Pair, Pair]:
        return (solids, replace(solids, model=changed)), (all_of_it, replace(all_of_it, model=changed))

    pads = solids_with(other(shape=replace(continuum.shape, pad_radius=switched.pad_radius)))
    pins = other(pin_radius=switched.pin_radius)
    soft = solids_with(other(material=replace(continuum.material, poisson_ratio=switched.poisson_ratio)))
    strain = solids_with(other(kinematics="plane-strain", formulation="mixed"))
    return {
        "finite rotation": Effect(
            (springs, bar), (replace(all_of_it, linearised=True), all_of_it), "bars against springs"
        ),
        "bending": Effect((springs, beams), None, "linear beams with rigid joints against springs"),
        "thinned ends": Effect(
            (springs, replace(springs, thinned=True)),
            (replace(all_of_it, thinned=False), all_of_it),
            "springs of ends and bar one behind the other against straight ones",
        ),
        "node pads": Effect(
            (beams, solids),
            (Variant(beam, heavy=True), all_of_it),
            "the linear solid against linear beams, both straight",
        ),
        "larger pads": Effect(*pads, "the linear solid with larger pads"),
        "supports that turn": Effect(
            (beams, replace(beams, model=replace(beam, supports="pinned"))),
            (all_of_it, replace(all_of_it, model=pins)),
            "linear beams on pins against clamped ones",
        ),
        "compressibility": Effect(*soft, "the linear solid of a compressible material"),
        "material law": Effect(
            (bar, replace(bar, model=models["bar-green"])),
            (all_of_it, replace(all_of_it, model=other(material=switched.law))),
            "bars linear in Green's strain against bars linear in their length",
        ),
        "out of plane": Effect(*strain, "the linear solid in plane strain, as if it were thick, against plane stress"),
        "self-weight": Effect(
            (bar, replace(bar, heavy=True)),
            (replace(all_of_it, heavy=False), all_of_it),
            "bars; linear springs do not feel it at all",
        ),
        TOGETHER: Effect((springs, all_of_it), None, "the solid that has them all against springs"),
    }


EFFECTS = (
    "finite rotation",
    "bending",
    "thinned ends",
    "node pads",
    "larger pads",
    "supports that turn",
    "compressibility",
    "material law",
    "out of plane",
    "self-weight",
    TOGETHER,
)
"""Names of all effects."""
