"""What is varied between trainings: the widths that bonds may have, and the optimiser."""

from dataclasses import replace
from typing import Annotated, Self

import numpy as np
import numpy.typing as npt
from pydantic import Field, model_validator

from femnn.config import Settings, one_of
from femnn.errors import NetworkError
from femnn.learning.optimisers.settings import OptimiserSettings
from femnn.learning.parametrisation import PARAMETRISATIONS
from femnn.learning.settings import TrainingSettings
from femnn.network import Network
from femnn.quantities import Length

type Floats = npt.NDArray[np.float64]


class Variant(Settings):
    """A way to train; what is left out is that of the network and of ``[training]``."""

    width_bounds: tuple[Annotated[Length, Field(gt=0)], Annotated[Length, Field(gt=0)]] | None = None
    """Smallest and largest width of every bond (m)."""
    optimiser: OptimiserSettings | None = None
    parametrisation: Annotated[str, one_of("parametrisation", PARAMETRISATIONS)] | None = None
    chain_rule: bool | None = None

    @model_validator(mode="after")
    def _bounds_rise(self) -> Self:
        if self.width_bounds is not None and not self.width_bounds[0] < self.width_bounds[1]:
            raise ValueError("width_bounds are to be the smallest width and then the largest")
        return self

    def training(self, usual: TrainingSettings) -> TrainingSettings:
        """The usual way to train with the changes of this variant."""
        given = {name: getattr(self, name) for name in ("optimiser", "parametrisation", "chain_rule")}
        changes = {name: value for name, value in given.items() if value is not None}
        if self.optimiser is not None and self.optimiser.optimiser().full_batch:
            # A line search needs the full batch
            changes |= {"batch": None, "divisor": None}
        return usual.model_copy(update=changes)

    def network(self, usual: Network) -> Network:
        """The network with the widths of this variant.

        Raises:
            NetworkError: a bond's own width is outside the bounds.
        """
        return usual if self.width_bounds is None else with_widths(usual, *self.width_bounds)


def with_widths(network: Network, smallest: float | Floats, largest: float | Floats) -> Network:
    """A network whose bonds may have widths between two (m), of all or of each.

    Raises:
        NetworkError: a bond's own width is outside the bounds.
    """
    width = network.sections.width
    outside = np.flatnonzero((width < smallest) | (width > largest))
    if outside.size:
        bond = int(outside[0])
        raise NetworkError(
            f"{network.name}: bond {network.bond_name(bond)} is {1e3 * width[bond]:g} mm wide, which is outside "
            "width_bounds; have them include the width that the bonds begin with."
        )
    lower, upper = smallest * np.ones_like(width), largest * np.ones_like(width)
    return replace(network, sections=replace(network.sections, width_lower=lower, width_upper=upper))
