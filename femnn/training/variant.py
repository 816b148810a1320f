"""What is varied between trainings: the widths that bonds may have, and the optimiser."""

from typing import Annotated

from pydantic import AfterValidator

from femnn.config.lists import Pair
from femnn.config.settings import Settings, one_of
from femnn.network.network import Network
from femnn.training.optimisers.optimiser_settings import OptimiserSettings
from femnn.training.parametrisation import PARAMETRISATIONS
from femnn.training.training_settings import TrainingSettings


def _rising(bounds: tuple[float, float]) -> tuple[float, float]:
    if not 0 < bounds[0] < bounds[1]:
        raise ValueError("width_bounds are the smallest width, above 0, and then the largest")
    return bounds


type WidthBounds = Annotated[Pair, AfterValidator(_rising)]
"""Smallest and largest width of every bond (m)."""


class Variant(Settings):
    """A way to train; what is left out is that of the network and of ``[training]``."""

    width_bounds: WidthBounds | None = None
    """Smallest and largest width of every bond (m)."""
    optimiser: OptimiserSettings | None = None
    parametrisation: Annotated[str, one_of("parametrisation", PARAMETRISATIONS)] | None = None
    chain_rule: bool | None = None

    def training(self, usual: TrainingSettings) -> TrainingSettings:
        """Return the usual way to train with the changes of this variant.

        Raises:
            ConfigError: the changes do not go together with what is usual.
        """
        given = {name: getattr(self, name) for name in ("optimiser", "parametrisation", "chain_rule")}
        changes = {name: value for name, value in given.items() if value is not None}
        if self.optimiser is not None and self.optimiser.full_batch:
            # A line search needs the full batch
            changes |= {"batch": None, "divisor": None}
        return usual.changed(**changes)

    def network(self, usual: Network) -> Network:
        """Return the network with the widths of this variant.

        Raises:
            NetworkError: a bond's own width is outside the bounds.
        """
        return usual if self.width_bounds is None else usual.with_width_bounds(*self.width_bounds)
