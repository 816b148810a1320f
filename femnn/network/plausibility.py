"""Sizes that are hardly meant: each gives a warning that states the value in SI, as where a unit was left out.

Bounds are wide: steel frames in metres, lattices of 10 µm bonds and gels of 100 Pa are within all of them.
"""

import re
import warnings
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel

from femnn.config.quantities import WRITER
from femnn.errors import ImplausibleWarning
from femnn.network.network import Network

type Floats = npt.NDArray[np.float64]
type Booleans = npt.NDArray[np.bool_]

MODULUS = (10.0, 2e12)
"""Least and largest modulus (Pa): softer than the softest gels, stiffer than diamond."""
LENGTH = (1e-6, 1e3)
"""Least and largest length of a bond (m)."""
DENSITY = (10.0, 25e3)
"""Least and largest density (kg/m³): aerogels and osmium are beyond."""
SLENDER = 1e3
"""Length of a bond over its width, or in space over the lesser side, beyond which it is a thread."""
THIN = 1e4
"""Length of a bond over its thickness out of the plane beyond which it is a foil."""
WIDE_LATTICE, MODERATE = 1e4, 100.0
"""Size of a lattice over a bond's width, and length over width, that are implausible together."""
DEEP = 100.0
"""Thickness out of the plane over length that is implausible."""
STRAIN = 10.0
"""Strain F/(E·A) of a bond that carries a load alone."""
REACH = 2.0
"""Displacement over the lattice's size."""
ADJOINT = 1e6
"""Adjoint force over the largest load of the data."""

NO_LOAD = re.compile(r"steps?|.*_steps?|weights?|largest|shown_.*")
"""Names of forces that load nothing: steps in E·A, what there is to be hung, what is drawn."""
ADJOINT_NAME = "adjoint_force"
BY_CASE = ("adjoint_forces", "shown_adjoint_force")
"""Forces that may be a table by case."""
COMPUTED = ("reference_loads",)
"""Tables that a run has written, of what it has computed itself."""
NOISES = ("noise", "floor", "shake")
"""Parts of the names of lengths that are errors of a camera."""
ANY_LENGTH = ("correlation_length", "margin")
"""Names of lengths that may be of any size."""
MEASURING = ("adjoint_force", "noise")
"""Names of what does not act where the gradient beside it is the exact one."""


class Measured:
    """A quantity of the settings; no dataclass and no tuple, which pydantic would take apart."""

    def __init__(self, value: float, unit: str) -> None:
        """Keep value and unit."""
        self.value, self.unit = value, unit

    def __str__(self) -> str:
        """The value in SI."""
        return f"{self.value:.4g} {self.unit}"


class Place(NamedTuple):
    """Where a quantity stands in the settings."""

    key: str
    """Path of the key without places in lists, as in ``case.a.loads.force``."""
    name: str
    """The last part of it."""
    beside: Mapping[str, Any]
    """The table that it is in."""


def warn_of(network: Network, settings: BaseModel | None = None) -> None:
    """Raise an :class:`ImplausibleWarning` for each thing that is implausible about a network and what is done with it.

    Args:
        network: the network.
        settings: of a study or a plan, whose forces and lengths are held against the network.
    """
    for text in (*implausible(network), *(implausible_settings(settings, network) if settings else ())):
        warnings.warn(text, ImplausibleWarning, stacklevel=2)


def implausible(network: Network) -> list[str]:
    """Say what is implausible about a network's sizes, a line each."""
    section, length = network.sections, network.lengths
    modulus, width, thickness = section.modulus, section.width, section.thickness
    least = np.minimum(width, thickness) if network.dimension == 3 else width
    most = np.maximum(width, thickness) if network.dimension == 3 else width
    size = _size(network)
    slender = (length > SLENDER * least) | ((size > WIDE_LATTICE * least) & (length > MODERATE * least))
    of_lattice = f"in a lattice of {size:.4g} m"
    found = [
        _bonds(network, f"modulus {{}} Pa is outside {_range(MODULUS, 'Pa')}", _beyond(modulus, MODULUS), modulus),
        _bonds(network, f"length {{}} m is outside {_range(LENGTH, 'm')}", _beyond(length, LENGTH), length),
        _bonds(network, "width {} m is more than its length {} m", most > length, most, length),
        _bonds(network, f"width {{}} m is very little for its length {{}} m {of_lattice}", slender, least, length),
    ]
    if network.dimension == 2:
        thin, deep = length > THIN * thickness, thickness > DEEP * length
        found += [
            _bonds(network, "thickness {} m is very little for its length {} m", thin, thickness, length),
            _bonds(network, "thickness {} m is very much for its length {} m", deep, thickness, length),
        ]
    return [text for text in found if text]


def implausible_settings(settings: BaseModel, network: Network) -> list[str]:
    """Say what is implausible about forces and lengths in settings, a line for each key; lists by their worst item.

    Args:
        settings: of a study or a plan.
        network: what they are for.
    """
    found = list(_quantities(_plain(settings)))
    data = max((abs(q.value) for place, q in found if q.unit == "N" and _is_data(place)), default=0.0)
    worst: dict[tuple[str, int], tuple[float, str]] = {}
    for place, quantity in found:
        for check, (excess, text) in enumerate(_judged(place, quantity, network, data)):
            if excess > worst.get((place.key, check), (1.0, ""))[0]:
                worst[place.key, check] = (excess, text)
    return [text for _, text in worst.values()]


def _judged(place: Place, quantity: Measured, network: Network, data: float) -> Iterator[tuple[float, str]]:
    """By how much a quantity exceeds what is plausible, above 1 where it does, and a line that says so."""
    size, value, name = _size(network), abs(quantity.value), place.name
    at = f" at node {node}" if isinstance(node := place.beside.get("node"), int) else ""
    start = f"{network.name}: {place.key}{at} is {quantity}"
    end = "; check its unit"
    if quantity.unit == "m" and name not in ANY_LENGTH:
        shortest = float(network.lengths.min())
        if any(part in name for part in NOISES):
            yield value / shortest, f"{start}, more than the shortest bond is long ({shortest:.4g} m){end}"
        else:
            often = REACH if name == "displacement" else 1.0
            yield value / (often * size), f"{start}, {value / size:.3g} times the lattice's size of {size:.4g} m{end}"
    if quantity.unit == "m/N" and isinstance(force := place.beside.get("largest_force"), Measured):
        wanted = value * abs(force.value)
        times = f"{wanted / size:.3g} times the lattice's size of {size:.4g} m"
        yield wanted / (REACH * size), f"{start}: at {force} that asks for {wanted:.4g} m, {times}{end}"
    if quantity.unit == "N" and not NO_LOAD.fullmatch(name):
        strain = value / _axial_stiffness(network, node)
        yield strain / STRAIN, f"{start}: it strains a bond that carries it alone by {strain:.3g}, F/(k·L){end}"
        if ADJOINT_NAME in name and data > 0:
            yield value / data / ADJOINT, f"{start}, {value / data:.3g} times the data's load of {data:.4g} N{end}"
    bounds = {"Pa": MODULUS, "kg/m**3": DENSITY}.get(quantity.unit)
    if bounds is not None and value > 0:
        outside = f"outside {_range(bounds, quantity.unit)}"
        yield max(bounds[0] / value, value / bounds[1]), f"{start}, {outside}{end}"


def _is_data(place: Place) -> bool:
    return place.name in ("largest_force", "forward_forces") or (place.name == "force" and "node" in place.beside)


def _axial_stiffness(network: Network, node: object) -> float:
    """Mean E·A of the bonds at a node (N), of all bonds where no node is named."""
    stiffness = network.stiffness * network.lengths
    at = network.labels[network.bonds] == node if isinstance(node, int) else np.zeros(0, dtype=np.bool_)
    return float(stiffness[at.any(axis=1)].mean() if at.any() else stiffness.mean())


def _size(network: Network) -> float:
    return float(np.ptp(network.nodes, axis=0).max())


def _beyond(values: Floats, bounds: tuple[float, float]) -> Booleans:
    return (values < bounds[0]) | (values > bounds[1])


def _range(bounds: tuple[float, float], unit: str) -> str:
    return f"{bounds[0]:g} to {bounds[1]:g} {unit}"


def _bonds(network: Network, what: str, bad: Booleans, *values: Floats) -> str:
    """A line on the bonds that are implausible, with the values of the first; "" where there are none."""
    where = np.flatnonzero(bad)
    if not where.size:
        return ""
    said = what.format(*(f"{value[where[0]]:.4g}" for value in values))
    more = f", and so for {len(where) - 1} more of {len(bad)} bonds" if len(where) > 1 else ""
    return f"{network.name}: bond {network.bond_name(int(where[0]))}: {said}{more}; check the units"


def _plain(settings: BaseModel) -> dict[str, Any]:
    """Settings as plain values with :class:`Measured` quantities, of named tables those that are chosen."""
    tables = settings.model_dump(by_alias=True, exclude_none=True, context={WRITER: Measured})
    chosen = {key: tables.get(f"{key}s") for key, value in tables.items() if isinstance(value, Mapping)}
    return {
        key: {name: value[name] for name in names if name in value}
        if isinstance(names := chosen.get(key), list)
        else value
        for key, value in tables.items()
    }


def _quantities(
    values: Any, path: tuple[str, ...] = (), *beside: Mapping[str, Any]
) -> Iterator[tuple[Place, Measured]]:
    """All quantities in plain values, with where they stand and what stands beside them, tables above included."""
    if isinstance(values, Measured):
        if beside[-1].get("gradient") != "exact" or path[-1] not in MEASURING:
            around = {key: value for table in beside for key, value in table.items()}
            yield Place(".".join(path), path[0] if path[0] in BY_CASE else path[-1], around), values
    elif isinstance(values, Mapping):
        for key, value in values.items():
            if path or key not in COMPUTED:
                yield from _quantities(value, (*path, str(key)), *beside, values)
    elif isinstance(values, Sequence) and not isinstance(values, str):
        for value in values:
            yield from _quantities(value, path, *beside)
