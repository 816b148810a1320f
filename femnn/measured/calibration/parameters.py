"""Parameters of a printed lattice that are not known exactly, as numbers without unit, each with a Gaussian prior.

Measures are the logarithms of what they are over what the network states, angles are radians: zero is the lattice as it
is stated, and all orders of magnitude of the numbers are alike.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
from pydantic import Field

from femnn.config.quantities import Angle
from femnn.config.settings import Settings
from femnn.errors import ConfigError
from femnn.measured.calibration.shape_derivatives import ENDS
from femnn.mechanics.model import Model
from femnn.network.network import Network

type Floats = npt.NDArray[np.float64]

SHAPES = ("end-width", "end-length", "pad-radius")
"""Parameters with which the mesh or its sections change, all bonds alike."""
SHARED = ("modulus", "forward-angle", "adjoint-angle", *SHAPES)
"""Parameters of the lattice as a whole."""
WIDTHS = "widths"
"""The error of the width of every bond."""
NAMES = (*SHARED, WIDTHS)


class Priors(Settings):
    """Standard deviations of the priors, before anything was measured."""

    modulus: float = Field(default=0.5, gt=0)
    """Of log E: what is given for printed rubbers differs by more than half."""
    angle: Angle = Field(default=math.radians(3), gt=0)
    """Of the angle in the plane of each loading against the lattice (rad): how straight it was hung."""
    end_width: float = Field(default=0.2, gt=0)
    """Of the logarithm of the ends' width over the bond's."""
    end_length: float = Field(default=0.2, gt=0)
    """Of the logarithm of the ends' length over the bond's."""
    pad_radius: float = Field(default=0.2, gt=0)
    """Of the logarithm of the radius of the pads."""
    width: float = Field(default=0.03, gt=0)
    """Of the logarithm of each bond's width: 0.06 mm of 2 mm, what such printers hold."""

    def of(self, name: str) -> float:
        """Standard deviation of a parameter by its name."""
        fields = {"forward-angle": "angle", "adjoint-angle": "angle", WIDTHS: "width"}
        return float(getattr(self, fields.get(name, name.replace("-", "_"))))


def offered(model: Model, network: Network) -> tuple[str, ...]:
    """Names of the parameters that a model of a network has.

    Springs and bars know of thinned ends only what is in k, so that these would say again what the modulus says.
    """
    names = ["modulus"]
    if network.dimension == 2:
        names += ["forward-angle", "adjoint-angle"]
    thinned = bool((network.sections.end_share > 0).any())
    names += [name for name in model.traits.shape_parameters if thinned or name not in ENDS]
    # In models whose k acts through another measure, an error of k would be one of that
    if getattr(model, "parameter", "width") == "width":
        names.append(WIDTHS)
    return tuple(names)


@dataclass(frozen=True)
class Parameters:
    """Which parameters are fitted; they stand in a vector in the order of the names, widths by bond."""

    names: tuple[str, ...]
    prior: Floats
    """Standard deviations, shape (n,)."""
    bonds: int

    @classmethod
    def chosen(cls, names: Sequence[str], model: Model, network: Network, priors: Priors) -> "Parameters":
        """Those of the names that a model has.

        Raises:
            ConfigError: there is no parameter of a name.
        """
        unknown = [name for name in names if name not in NAMES]
        if unknown:
            raise ConfigError(f"There is no parameter {unknown[0]!r}; there are: {', '.join(NAMES)}.")
        own = tuple(name for name in NAMES if name in names and name in offered(model, network))
        bonds = len(network.bonds)
        sizes = [bonds if name == WIDTHS else 1 for name in own]
        return cls(own, np.repeat([priors.of(name) for name in own], sizes).astype(np.float64), bonds)

    @property
    def size(self) -> int:
        """Number of components n."""
        return len(self.prior)

    @cached_property
    def _places(self) -> dict[str, slice]:
        shared = {name: slice(i, i + 1) for i, name in enumerate(self.names) if name != WIDTHS}
        return shared | ({WIDTHS: slice(len(shared), self.size)} if WIDTHS in self.names else {})

    def place(self, name: str) -> slice | None:
        """Where a parameter is in the vector; None for one that is not fitted."""
        return self._places.get(name)

    def one(self, values: Floats, name: str) -> float:
        """A parameter of the whole lattice; 0 where it is not fitted."""
        place = self.place(name)
        return 0.0 if place is None else float(values[place][0])

    def widths(self, values: Floats) -> Floats:
        """Logarithms of the widths over those stated, shape (B,); 0 where they are not fitted."""
        place = self.place(WIDTHS)
        return np.zeros(self.bonds) if place is None else values[place]

    def shape(self, values: Floats) -> tuple[float, ...]:
        """The parameters with which the mesh or its sections change."""
        return tuple(self.one(values, name) for name in SHAPES)

    def labels(self, network: Network) -> list[str]:
        """Names of all components; that of a width is its bond's."""
        shared = [name for name in self.names if name != WIDTHS]
        return shared + [network.bond_name(bond) for bond in range(self.size - len(shared))]


def shaped(model: Model, network: Network, shape: tuple[float, ...]) -> tuple[Model, Network]:
    """Model and network with other ends and pads.

    Args:
        model: the model.
        network: the network.
        shape: logarithms of the ends' width, their length and the pads' radius over those stated.

    Raises:
        NetworkError: the ends would take up whole bonds.
    """
    width, length, pad = shape
    if width or length:
        s = network.sections
        changed = replace(s, end_width=s.end_width * math.exp(width), end_share=s.end_share * math.exp(length))
        network = replace(network, sections=changed)
    if pad:
        shaped: Any = model
        model = replace(shaped, shape=replace(shaped.shape, pad_factor=shaped.shape.pad_factor * math.exp(pad)))
    return model, network
