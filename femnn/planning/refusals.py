"""Why an experiment is not admissible, and what to say where none is."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from femnn.errors import ConfigError, FemnnError, InstabilityError
from femnn.network.network import Network
from femnn.planning.limits import Strain
from femnn.planning.plan_settings import PlanSettings
from femnn.planning.weight_sets import grams


class Limit(Enum):
    """What keeps an experiment from being made, by what the user would change."""

    WEIGHTS = "weights"
    PULLEYS = "pulleys"
    BUCKLING = "buckling"
    OVERLAP = "overlap"
    EQUILIBRIUM = "equilibrium"
    PICTURES = "pictures"


@dataclass(eq=False)
class Refusal(Exception):  # noqa: N818  (caught where experiments are gone through; users see no_plan)
    """An experiment that is left out.

    Attributes:
        limit: what binds.
        message: what is wrong and what to do.
        excess: by what factor the limit is passed.
    """

    limit: Limit
    message: str
    excess: float = 1.0


def require_strain(network: Network, strain: Strain, settings: PlanSettings, what: str) -> None:
    """Check a state against the limits.

    Args:
        network: for names.
        strain: the state.
        settings: the limits.
        what: the load, for the message.

    Raises:
        Refusal: a bond is compressed too much, or bonds come too near each other.
    """
    if strain.share > settings.buckling_fraction:
        raise Refusal(
            Limit.BUCKLING,
            f"{what} compresses bond {network.bond_name(strain.bond)} by {grams(strain.compression)}f, "
            f"{strain.share:.0%} of the load under which it buckles if pinned, more than "
            f"{settings.buckling_fraction:.0%}; hang less (scales, largest) or allow more (buckling_fraction).",
            strain.share / settings.buckling_fraction,
        )
    if strain.between is not None and strain.gap < settings.clearance:
        one, other = (network.bond_name(bond) for bond in strain.between)
        raise Refusal(
            Limit.OVERLAP,
            f"{what} brings bonds {one} and {other} to {1e3 * strain.gap:.2g} mm of each other, less than "
            f"{1e3 * settings.clearance:.2g} mm; hang less (scales, largest).",
            2.0,
        )


def no_plan(network: Network, refusals: list[Refusal], notes: Sequence[str] = ()) -> FemnnError:
    """The error to raise where no experiment is admissible: what kept the nearest one from being so."""
    nearest = min(refusals, key=lambda refusal: refusal.excess)
    counts = {limit: sum(refusal.limit is limit for refusal in refusals) for limit in Limit}
    told = ", ".join(f"{limit.value} {count}" for limit, count in counts.items() if count)
    kind = InstabilityError if nearest.limit in (Limit.BUCKLING, Limit.EQUILIBRIUM) else ConfigError
    chosen = "".join(f" Note: {note}" for note in notes)
    return kind(f"{network.name}: no plan is admissible ({told}); the nearest: {nearest.message}{chosen}")
