"""Sections of bonds: what they are made of, how thick and wide they are, and those that were printed."""

from dataclasses import dataclass, field, fields, replace

import numpy as np
import numpy.typing as npt

from femnn.errors import NetworkError

type Floats = npt.NDArray[np.float64]


@dataclass(repr=False, frozen=True)
class Sections:
    """What the bonds are made of; arrays of shape (bonds,), a single number standing for all bonds.

    The axial stiffness of a bond of length L is k = E·w·t/L (Li & Mao 2024); training moves w within its bounds.
    """

    modulus: Floats
    """Young's modulus E (Pa)."""
    thickness: Floats
    """Thickness t out of the lattice's plane (m)."""
    width: Floats
    """Width w in the lattice's plane (m)."""
    width_lower: Floats
    """Smallest width that training may choose (m)."""
    width_upper: Floats
    """Largest width that training may choose (m)."""
    end_share: Floats = field(default_factory=lambda: np.array(0.0))
    """Length of each thinned end, as a share of the bond's length; 0 for a straight bond."""
    end_width: Floats = field(default_factory=lambda: np.array(1.0))
    """Width of the thinned ends, as a share of the bond's width."""

    def __repr__(self) -> str:
        low, high = 1e3 * self.width.min(), 1e3 * self.width.max()
        widths = f"{low:.4g}" if low == high else f"{low:.4g} to {high:.4g}"
        return f"Sections(width {widths} mm, thickness {1e3 * self.thickness.max():.4g} mm)"

    def spread(self, bonds: int) -> "Sections":
        """The same with every field an array of shape (bonds,).

        Raises:
            NetworkError: a field has another number of entries.
        """
        return Sections(**{f.name: _spread(f.name, getattr(self, f.name), bonds) for f in fields(self)})


UNITS = {"modulus": "Pa", "end_share": "", "end_width": ""} | dict.fromkeys(
    ("thickness", "width", "width_lower", "width_upper"), "m"
)
"""SI units of the fields of :class:`Sections`; "" for shares."""

AGILUS_SECTION = Sections(*(np.array(v) for v in (0.55e6, 2e-3, 2e-3, 1.5e-3, 2.5e-3)))
"""Bonds as in Li & Mao (2024), but straight: Agilus30, E = 0.55 MPa, 2 mm × 2 mm, width 1.5 to 2.5 mm."""
PRINTED_SECTION = replace(AGILUS_SECTION, end_share=np.array(0.1), end_width=np.array(0.5))
"""The same with ends thinned to half the width, end : bar : end = 1 : 8 : 1, as they were printed."""


def _spread(name: str, values: npt.ArrayLike, bonds: int) -> Floats:
    array = np.asarray(values, dtype=np.float64)
    if array.shape not in ((), (1,), (bonds,)):
        raise NetworkError(
            f"Section {name} has shape {array.shape}; one number or one for each of {bonds} bonds is needed."
        )
    spread = np.array(np.broadcast_to(array, (bonds,)))
    spread.setflags(write=False)
    return spread
