"""What a printed lattice has that its network does not state, and the width of its bonds from end to end."""

from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

from femnn.errors import ConfigError, MeshError
from femnn.network.network import Network

type Floats = npt.NDArray[np.float64]

PAD_SHARE = {2: 0.55, 3: 0.95}
"""Radius of a pad that is not given, as a share of the widest bond's width there, or of its diagonal in space."""
STEEPEST = 0.02
"""Least length over height of a slope that is drawn."""


@dataclass(frozen=True)
class Shape:
    """What a solid has that its network does not state."""

    pad_radius: float | None = None
    """Radius of the disc or, in space, ball at every node (m); just large enough for square ends where None.

    No end of a bond may stick out: at least half of the ends' width, or of their diagonal in space.
    """
    fillet_radius: float = 0.0
    """Radius with which re-entrant corners between bonds, and where bonds are thinned, are rounded (m).

    In the plane and in what is extruded from it; 0 for sharp corners.
    """
    taper: float = 1.0
    """Length over height of the slope between a thinned end and its bar, half of it on either side; 0 for a step.

    Less than 1 : 50 is drawn as that, so that sides have one width everywhere.
    """
    cells_across: float = 2.0
    """Cells across the width of a bond; sizes follow the width."""
    layers: int | None = None
    """Layers of cells through the thickness.

    A planar lattice of one thickness is extruded in just so many, 2 where None. Elsewhere in space cells are no larger
    than the thickness over them; where None, their sizes follow the width alone.
    """
    pad_factor: float = 1.0
    """Factor on the radii of all pads."""

    def __post_init__(self) -> None:
        """Check the values.

        Raises:
            ConfigError: one of them has no meaning; the message names it.
        """
        for name in ("pad_radius", "cells_across", "pad_factor"):
            value = getattr(self, name)
            if value is not None and not 0 < value < np.inf:
                raise ConfigError(f"shape: {name} is {_shown(name, value)}, must be above 0.")
        for name in ("fillet_radius", "taper"):
            if not 0 <= getattr(self, name) < np.inf:
                raise ConfigError(f"shape: {name} is {_shown(name, getattr(self, name))}, must be at least 0.")
        if self.layers is not None and (not isinstance(self.layers, int) or self.layers < 1):
            raise ConfigError(f"shape: layers is {self.layers}, must be a whole number of at least 1.")


def require_acting(model: str, shape: Shape, network: Network, in_file: bool) -> None:
    """Refuse what a shape says of the outline that would have no effect.

    Args:
        model: name of the model whose shape it is.
        shape: the shape.
        network: the network.
        in_file: whether the mesh is read from a file, which has an outline of its own.

    Raises:
        ConfigError: a value is not the default and changes nothing.
    """
    outline = ("pad_radius", "fillet_radius", "taper", "pad_factor")
    given = [f.name for f in fields(shape) if f.name in outline and getattr(shape, f.name) != f.default]
    if in_file and given:
        raise ConfigError(without_effect(model, given[0], getattr(shape, given[0])))
    if "taper" in given and not thinned(network).any():
        raise ConfigError(
            f"{model}: taper = {shape.taper:g} has no effect on {network.name}, whose bonds have no thinned ends; "
            "leave it out, or give end_share and end_width in the network."
        )


def without_effect(model: str, name: str, value: object) -> str:
    """The message for a setting that a mesh in a file makes idle."""
    return f"{model}: {name} = {value} has no effect on the mesh in mesh_file; leave one of them out."


def thinned(network: Network) -> npt.NDArray[np.bool_]:
    """Bonds that have ends of another width, shape (B,)."""
    return (network.sections.end_share > 0) & (network.sections.end_width != 1.0)


def _shown(name: str, value: float) -> str:
    return f"{value} m" if name.endswith("radius") else f"{value}"


def end_widths(network: Network) -> Floats:
    """Width of each bond where it meets its nodes (m), shape (B,)."""
    sections = network.sections
    return np.where(sections.end_share > 0, sections.width * sections.end_width, sections.width)


def pad_radii(network: Network, shape: Shape) -> Floats:
    """Radius of the pad at each node (m), shape (N,).

    Raises:
        MeshError: the ends of a bond would stick out of a pad.
    """
    ends = end_widths(network)
    widths = np.maximum(network.sections.width, ends)
    if network.dimension == 3:
        ends, widths = (np.hypot(width, network.sections.thickness) for width in (ends, widths))
    if shape.pad_radius is None:
        radii = PAD_SHARE[network.dimension] * _largest(network, widths) * shape.pad_factor
    else:
        radii = np.full(len(network.nodes), shape.pad_radius * shape.pad_factor)
    needed = _largest(network, ends / 2)
    small = np.flatnonzero(radii < needed * (1 - 1e-9))
    if small.size:
        raise MeshError(
            f"{network.name}: ends of bonds stick out of the pad of node {network.labels[small[0]]}; make pad_radius "
            f"at least {needed.max():.3g} m."
        )
    return radii


def _largest(network: Network, of_bonds: Floats) -> Floats:
    """Largest of the values of the bonds that meet at each node, shape (N,)."""
    largest = np.zeros(len(network.nodes))
    np.maximum.at(largest, network.bonds, of_bonds[:, None])
    return largest


def profiles(network: Network, shape: Shape) -> list[Floats]:
    """Places along each bond and half its width there (m), each of shape (n, 2), linear in between.

    Raises:
        MeshError: there is no room for a taper between end and bar.
    """
    halves, narrows, lengths = network.sections.width / 2, end_widths(network) / 2, network.lengths
    rises = max(shape.taper, STEEPEST) * np.abs(halves - narrows) / 2
    ends = network.sections.end_share * lengths
    result = []
    for bond, (L, half, narrow, end, rise) in enumerate(zip(lengths, halves, narrows, ends, rises, strict=True)):
        if end == 0 or narrow == half:
            result.append(np.array([(0.0, half), (L, half)]))
            continue
        if rise >= end or 2 * (end + rise) >= L:
            raise MeshError(
                f"{network.name}: the taper of bond {network.bond_name(bond)} is longer than there is room for; make "
                "taper smaller."
            )
        first = np.array([(0.0, narrow), (end - rise, narrow), (end + rise, half)])
        result.append(np.concatenate([first, (first * [-1, 1] + [L, 0])[::-1]]))
    return result
