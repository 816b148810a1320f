"""Lattices in figures: fields on their bonds, deformed shapes, and stiffness as width and shade."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import ClassVar

import numpy.typing as npt

from femnn.network.network import Floats, Network
from femnn.network.port import Port
from femnn.report.marks import Mark

type Bond = int | tuple[int, int]
"""A bond by its index, or by the labels of its nodes."""
type Bounds = tuple[npt.ArrayLike, npt.ArrayLike]

NO_PORTS: Mapping[str, Port] = MappingProxyType({})


@dataclass(frozen=True, eq=False, kw_only=True)
class LatticeField(Mark):
    """A network, its bonds coloured by a field: red above zero, blue below."""

    limit: ClassVar[int] = 5000
    unit: ClassVar[str] = "bonds"

    network: Network
    values: Floats | None = None
    """One value a bond, shape (B,); ink where None."""
    displacements: Floats | None = None
    """U (m), shape (N, d), drawn magnified over the shape at rest."""
    forces: Floats | None = None
    """Loads (N), shape (N, d), drawn as arrows of one length."""
    label: str = ""
    """Of the colour scale."""
    magnification: float = 1.0

    @property
    def count(self) -> int:
        """Number of bonds."""
        return len(self.network.bonds)


@dataclass(frozen=True, eq=False, kw_only=True)
class DeformedShape(Mark):
    """A deformed model over its shape at rest: lines as they bend, or triangles of a solid."""

    limit: ClassVar[int] = 20_000
    unit: ClassVar[str] = "cells"
    counted: ClassVar[str] = "rest"

    network: Network
    rest: Floats
    """Corners of the cells at rest (m), shape (n, 2 or 3, d)."""
    moved: Floats
    """Their displacements (m), of the same shape."""
    values: Floats
    """One value a cell, shape (n,); not a number for grey."""
    forces: Floats | None = None
    """Loads (N), shape (N, d), drawn as arrows of one length."""
    label: str = ""


@dataclass(frozen=True, eq=False, kw_only=True)
class Cells(Mark):
    """Cells of a mesh in the plane, coloured by a field."""

    limit: ClassVar[int] = 20_000
    unit: ClassVar[str] = "cells"
    counted: ClassVar[str] = "corners"

    corners: Floats
    """In the units of the axes, shape (n, corners of a cell, 2)."""
    values: Floats
    """One value a cell, shape (n,)."""
    label: str = ""
    """Of the colour scale."""


@dataclass(frozen=True, eq=False, kw_only=True)
class LatticeStiffness(Mark):
    """A network, its bonds the thicker and darker the stiffer they are, or the more important."""

    limit: ClassVar[int] = 5000
    unit: ClassVar[str] = "bonds"
    counted: ClassVar[str] = "values"

    network: Network
    values: Floats
    """k (N/m), or another value a bond, shape (B,)."""
    bounds: Bounds | None = None
    """Smallest and largest value, numbers or arrays of shape (B,); those of the network's stiffness where None."""
    inputs: Mapping[str, Port] = field(default_factory=dict)
    """Nodes that are pushed, by the name of the feature."""
    outputs: Mapping[str, Port] = field(default_factory=dict)
    """Nodes that answer, by the name of the class."""
    removed: Sequence[Bond] = ()
    """Bonds that are cut, drawn dashed."""
    must_stay: Sequence[int] = ()
    """Bonds without which the network is a mechanism, drawn dashed in red."""
    bond_texts: Mapping[int, str] = field(default_factory=dict)
    """What is written on bonds."""
    last: int | None = None
    """Bond that was removed last, drawn in red."""
    modes: Sequence[Floats] = ()
    """Motions that stretch no bond, shape (N, d) each, drawn as arrows."""
    label: str = ""
    """Of a colour scale of its own; none where empty."""
