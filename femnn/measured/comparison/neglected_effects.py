"""What springs neglect: each effect as two models that differ in it alone, on top of springs and in the whole solid."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol

from femnn.measured.comparison.variants import Variant
from femnn.mechanics.continuum import Continuum
from femnn.mechanics.materials import Material
from femnn.mechanics.model import Model
from femnn.mechanics.models import BARS, BEAMS, SPRINGS

TOGETHER = "all together"
"""The name of all effects at once."""

type Pair = tuple[Variant, Variant]
"""Without an effect, and with it."""


class Switched(Protocol):
    """What effects are switched to."""

    @property
    def pad_radius(self) -> float:
        """Of larger pads (m)."""

    @property
    def pin_radius(self) -> float:
        """Around supported nodes, in which a solid is held that turns on its supports (m)."""

    @property
    def poisson_ratio(self) -> float:
        """Of a compressible material."""

    @property
    def law(self) -> Material:
        """Another law of the material."""


@dataclass(frozen=True)
class Effect:
    """An effect as pairs of models."""

    alone: Pair
    """The simplest models that show it, all else being linear where it can be."""
    whole: Pair | None
    """The solid with all effects, without this one and with it; none where a solid cannot be without it."""
    told: str
    """What is compared alone, for the report."""


@dataclass(frozen=True)
class Steps:
    """Models from springs to the whole solid, between which effects are switched on."""

    models: Mapping[str, Model]
    """All models by name."""
    switched: Switched

    @property
    def springs(self) -> Variant:
        """The linear springs of the paper."""
        return Variant(self.models[SPRINGS], thinned=False)

    @property
    def bars(self) -> Variant:
        """Bars that turn."""
        return Variant(self.models[BARS], thinned=False)

    @property
    def beams(self) -> Variant:
        """Linear beams."""
        return Variant(self.models[BEAMS], thinned=False, linearised=True)

    @property
    def solids(self) -> Variant:
        """The linear solid of straight bonds."""
        return Variant(self.models[Continuum().name], thinned=False, linearised=True)

    @property
    def whole(self) -> Variant:
        """All effects together."""
        return Variant(self.models[Continuum().name], heavy=True)

    def changed(self, variant: Variant, **changes: Any) -> Variant:
        """Return a variant of another model, which differs in some fields."""
        model: Any = variant.model
        return replace(variant, model=replace(model, **changes))

    def in_solids(self, told: str, **changes: Any) -> Effect:
        """Return an effect that solids alone have, and both in one way."""
        solids, whole = self.solids, self.whole
        return Effect(
            (solids, self.changed(solids, **changes)),
            (whole, self.changed(whole, **changes)),
            f"the linear solid {told}",
        )

    def part(self, name: str, **changes: Any) -> Any:
        """Return a part of the solid, as its shape or its material, with other fields."""
        return replace(getattr(self.whole.model, name), **changes)


EFFECTS: Mapping[str, Callable[[Steps], Effect]] = {
    "finite rotation": lambda s: Effect(
        (s.springs, s.bars), (replace(s.whole, linearised=True), s.whole), "bars against springs"
    ),
    "bending": lambda s: Effect((s.springs, s.beams), None, "linear beams with rigid joints against springs"),
    "thinned ends": lambda s: Effect(
        (s.springs, replace(s.springs, thinned=True)),
        (replace(s.whole, thinned=False), s.whole),
        "springs of ends and bar one behind the other against straight ones",
    ),
    "node pads": lambda s: Effect(
        (s.beams, s.solids),
        (Variant(s.beams.model, heavy=True), s.whole),
        "the linear solid against linear beams, both straight",
    ),
    "larger pads": lambda s: s.in_solids(
        "with larger pads", shape=s.part("shape", pad_radius=s.switched.pad_radius)
    ),
    "supports that turn": lambda s: Effect(
        (s.beams, s.changed(s.beams, supports="pinned")),
        (s.whole, s.changed(s.whole, pin_radius=s.switched.pin_radius)),
        "linear beams on pins against clamped ones",
    ),
    "compressibility": lambda s: s.in_solids(
        "of a compressible material", material=s.part("material", poisson_ratio=s.switched.poisson_ratio)
    ),
    "material law": lambda s: Effect(
        (s.bars, replace(s.bars, model=s.models["bar-green"])),
        (s.whole, s.changed(s.whole, material=s.switched.law)),
        "bars linear in Green's strain against bars linear in their length",
    ),
    "out of plane": lambda s: s.in_solids(
        "in plane strain, as if it were thick, against plane stress", kinematics="plane-strain", formulation="mixed"
    ),
    "self-weight": lambda s: Effect(
        (s.bars, replace(s.bars, heavy=True)),
        (replace(s.whole, heavy=False), s.whole),
        "bars; linear springs do not feel it at all",
    ),
    TOGETHER: lambda s: Effect((s.springs, s.whole), None, "the solid that has them all against springs"),
}  # fmt: skip
"""Effects by name."""
