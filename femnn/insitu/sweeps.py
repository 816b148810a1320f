"""Lists of forces and of steps in settings: single ones, sweeps of them, and shares of what a network carries."""

from collections.abc import Callable, Mapping
from typing import Annotated, Any

import numpy as np
from pydantic import AfterValidator, BeforeValidator, Field

from femnn.config import lists
from femnn.config.limits_of_input import MOST_SWEPT
from femnn.config.lists import once
from femnn.config.quantities import Force, parse_quantity
from femnn.config.settings import Settings, validated
from femnn.insitu.relative_loads import RelativeForce, Step, shares, stiffness_shares


class ForceSweep(Settings):
    """Forces evenly spaced on a logarithmic scale: ``{from = "1 gf", to = "10 gf", count = 5}``."""

    start: Force = Field(alias="from", gt=0)
    to: Force = Field(gt=0)
    count: int = Field(ge=2, le=MOST_SWEPT)


def _swept(value: object, relative: Callable[[Any], list[Any] | None] = shares) -> object:
    """Sweeps expanded, alone or among single forces, and then ascending; shares after forces."""
    items = [value] if isinstance(value, Mapping | Settings) else lists.numbers(value, "N")
    if not isinstance(items, list) or not any(isinstance(item, Mapping | Settings) for item in items):
        return items
    plain = [item for item in items if relative(item) is None]
    lists.require_alike([end for item in plain for end in (_ends(item) if isinstance(item, Mapping) else [item])])
    absolute = {force for item in plain for force in _forces_of(item)}
    others = {share for item in items for share in relative(item) or []}
    return [*sorted(absolute), *sorted(others, key=lambda share: (share.relative_to, share.share))]


def _forces_of(item: object) -> list[float]:
    if not isinstance(item, Mapping):
        return [parse_quantity(item, "N")]
    sweep = validated(ForceSweep, item, "sweep of forces")
    return [float(force) for force in np.geomspace(sweep.start, sweep.to, sweep.count)]


def _ends(sweep: Mapping[str, object]) -> list[object]:
    return [sweep[key] for key in ("from", "to") if key in sweep]


type Forces = Annotated[list[Force], BeforeValidator(_swept), AfterValidator(once)]
"""Forces (N): a list of forces and sweeps, ``1, 2 gf`` on the command line, or one sweep."""
type RelativeForces = Annotated[list[RelativeForce], BeforeValidator(_swept), AfterValidator(once)]
"""The same with shares of reference loads among them; see :mod:`femnn.insitu.relative_loads`."""
type Steps = Annotated[
    list[Step],
    BeforeValidator(lambda value: _swept(value, stiffness_shares)),
    AfterValidator(once),
]
"""Steps of finite differences in E·A (N), or shares of each bond's stiffness, written as forces are."""
