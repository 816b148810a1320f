"""Forces and steps as shares of what a network carries, in settings.

A force is absolute, ``"5 gf"``, or a share of a reference load, ``{ share = 0.1, relative_to = "strain" }``; a sweep is
``{ from = 1e-4, to = 1, count = 13, relative_to = "strain" }``. The reference loads of
:mod:`femnn.insitu.reference_loads` give shares their newtons. A step of finite differences is absolute, or a share of
each bond's stiffness, ``{ share = 1e-6, relative_to = "stiffness" }``.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import BeforeValidator, Field

from femnn.config.limits_of_input import MOST_SWEPT
from femnn.config.quantities import GRAM_FORCE, Force, parse_quantity
from femnn.config.settings import Settings, validated

type Kind = Literal["strain", "rotation", "critical", "least"]
"""The load at which a bond is strained by 1 %, that at which one turns by 0.1 rad, the first critical load, or the
least of the three."""


MEANING: dict[Kind, str] = {
    "strain": "the load of 1 % strain",
    "rotation": "the load of 0.1 rad",
    "critical": "the first critical load",
    "least": "the least of the loads of 1 % strain, of 0.1 rad and of a critical point",
}


class Share(Settings):
    """A force as a share of a reference load."""

    share: float = Field(gt=0)
    relative_to: Kind


class StiffnessShare(Settings):
    """A step in the stiffness of each bond, as a share of it."""

    share: float = Field(gt=0, lt=1)
    relative_to: Literal["stiffness"]


class _Sweep(Settings):
    """Numbers evenly spaced on a logarithmic scale."""

    start: float = Field(alias="from", gt=0)
    to: float = Field(gt=0)
    count: int = Field(ge=2, le=MOST_SWEPT)

    def numbers(self) -> list[float]:
        """All of them, the first and the last included."""
        return [float(number) for number in np.geomspace(self.start, self.to, self.count)]


class ShareSweep(_Sweep):
    """Shares of a reference load."""

    relative_to: Kind


class StiffnessSweep(_Sweep):
    """Shares of each bond's stiffness."""

    relative_to: Literal["stiffness"]


def shares(item: Any) -> list[Share] | None:
    """Return the shares that an item of a list of forces stands for; None where it is absolute.

    Raises:
        ConfigError: a relative item has unknown or wrong keys.
    """
    if isinstance(item, Share):
        return [item]
    if not isinstance(item, Mapping) or not {"relative_to", "share"} & set(item):
        return None
    if "share" in item:
        return [validated(Share, item, "relative force")]
    sweep = validated(ShareSweep, item, "relative sweep of forces")
    return [Share(share=number, relative_to=sweep.relative_to) for number in sweep.numbers()]


def stiffness_shares(item: Any) -> list[StiffnessShare] | None:
    """Return the shares of stiffness that an item of a list of steps stands for; None where it is absolute.

    Raises:
        ConfigError: a relative item has unknown or wrong keys.
    """
    if isinstance(item, StiffnessShare):
        return [item]
    if not isinstance(item, Mapping) or not {"relative_to", "share"} & set(item):
        return None
    if "share" in item:
        return [validated(StiffnessShare, item, "relative step")]
    sweep = validated(StiffnessSweep, item, "relative sweep of steps")
    return [StiffnessShare(share=number, relative_to="stiffness") for number in sweep.numbers()]


def in_words(force: "float | Share | None") -> str:
    """Return a force for a reader: ``5 gf``, or what it is a share of."""
    if isinstance(force, Share):
        return f"{force.share:.3g} of {MEANING[force.relative_to]}"
    return "as is usual on the network" if force is None else f"{force / GRAM_FORCE:.3g} gf"


def _force(value: object) -> object:
    found = shares(value)
    if found is None:
        return _positive(value)
    if len(found) > 1:
        raise ValueError("one force is needed, not a sweep; give share in place of from, to and count")
    return found[0]


def _step(value: object) -> object:
    found = stiffness_shares(value)
    if found is None:
        return _positive(value)
    if len(found) > 1:
        raise ValueError("one step is needed, not a sweep; give share in place of from, to and count")
    return found[0]


def _positive(value: object) -> float:
    force = parse_quantity(value, "N")
    if not force > 0:
        raise ValueError(f"{value!r} must be above 0")
    return force


type RelativeForce = Annotated[Share | Force, BeforeValidator(_force)]
"""A force (N), or a share of a reference load."""
type Step = Annotated[StiffnessShare | Force, BeforeValidator(_step)]
"""A step of finite differences in E·A (N), or as a share of each bond's stiffness."""
