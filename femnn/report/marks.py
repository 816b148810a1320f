"""What panels of a figure are made of: curves, dots, bars, bands, labels and arrows.

Lengths of a mark's arrays go together; NaN is not drawn. Lattices are in :mod:`femnn.report.lattice_marks`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
import numpy.typing as npt

from femnn.report.colours import FAINT, GRID, INK

type Values = npt.NDArray[np.float64] | Sequence[float]
type Direction = Literal["x", "y"]
type Place = tuple[float, float]

NONE: tuple[float, ...] = ()


@dataclass(frozen=True, eq=False, kw_only=True)
class Mark:
    """Something drawn in a panel."""

    limit: ClassVar[int] = 200_000
    """How many data can be read in one drawing."""
    unit: ClassVar[str] = "points"
    counted: ClassVar[str] = ""
    """The field that has one entry a datum; a mark without such a field is one datum."""

    name: str = ""
    """For the legend; none where empty."""
    colour: str = INK
    opacity: float = 1.0
    keys: Sequence[str] = ()
    """What each datum is of: its bond, model or row."""
    layer: int | None = None
    """What lies above what: below 0 behind the grid."""

    @property
    def count(self) -> int:
        """How many data it has."""
        return len(getattr(self, self.counted)) if self.counted else 1


@dataclass(frozen=True, eq=False, kw_only=True)
class Curve(Mark):
    """A line through points."""

    counted: ClassVar[str] = "x"

    x: Values = NONE
    y: Values = NONE
    dashes: str = "-"
    marker: str = ""
    marker_size: float = 3.5
    width: float = 1.8


@dataclass(frozen=True, eq=False, kw_only=True)
class Dots(Mark):
    """Single points, with bars for their errors if given."""

    counted: ClassVar[str] = "x"

    x: Values = NONE
    y: Values = NONE
    marker: str = "o"
    size: float = 6.0
    hollow: bool = False
    outlined: bool = False
    """Whether dots have a white rim, by which they are told apart where they lie on one another."""
    edge: float | None = None
    """Width of the edge (points)."""
    x_errors: Values | None = None
    y_errors: Values | None = None
    error_width: float = 1.0


@dataclass(frozen=True, eq=False, kw_only=True)
class Bars(Mark):
    """Bars from a start to values, upright or lying."""

    limit: ClassVar[int] = 600
    unit: ClassVar[str] = "bars"
    counted: ClassVar[str] = "places"

    places: Values = NONE
    values: Values = NONE
    start: Values | float = 0.0
    thickness: float = 0.8
    lying: bool = False
    colours: Sequence[str] = ()
    """One for each bar; the mark's own where empty."""
    errors: Values | None = None


@dataclass(frozen=True, eq=False, kw_only=True)
class Area(Mark):
    """The area between two curves."""

    x: Values = NONE
    low: Values = NONE
    high: Values = NONE


@dataclass(frozen=True, eq=False, kw_only=True)
class Band(Mark):
    """A band across the panel, between two values of one axis."""

    low: float = 0.0
    high: float = 0.0
    along: Direction = "x"


@dataclass(frozen=True, eq=False, kw_only=True)
class Reference(Mark):
    """A straight line across the panel at a value of one axis, with a text if given."""

    at: float = 0.0
    along: Direction = "y"
    """The axis on which the value is."""
    dashes: str = ":"
    width: float = 1.2
    text: str = ""
    text_at: float = 0.01
    """Where on the line the text begins, as a share of its length."""
    text_side: Literal["above", "below", "on"] = "above"
    text_from: Literal["left", "right", "center"] = "left"


@dataclass(frozen=True, eq=False, kw_only=True)
class Segments(Mark):
    """Straight pieces of line, one a datum."""

    counted: ClassVar[str] = "starts"

    starts: Sequence[Place] = ()
    ends: Sequence[Place] = ()
    width: float = 2.0
    dashes: str = "-"
    colour: str = GRID


@dataclass(frozen=True, eq=False, kw_only=True)
class Label(Mark):
    """A text at a place."""

    text: str = ""
    x: float = 0.0
    y: float = 0.0
    in_panel: Literal["", "x", "y", "xy"] = ""
    """Coordinates that are shares of the panel, and not values of its axes."""
    offset: Place = (0.0, 0.0)
    """From the place (points)."""
    across: Literal["left", "center", "right"] = "left"
    upright: Literal["top", "center", "bottom"] = "center"
    size: float = 8.0
    bold: bool = False
    turned: bool = False
    boxed: bool = False


@dataclass(frozen=True, eq=False, kw_only=True)
class Arrow(Mark):
    """An arrow from one place to another."""

    start: Place = (0.0, 0.0)
    end: Place = (0.0, 0.0)
    width: float = 1.4
    gap: float = 6.0
    """Left free at both ends (points)."""
    colour: str = FAINT


@dataclass(frozen=True, eq=False, kw_only=True)
class Confusion(Mark):
    """A confusion matrix: samples by their class and the class that was predicted."""

    limit: ClassVar[int] = 900
    unit: ClassVar[str] = "cells"

    counts: npt.ArrayLike
    classes: Sequence[str]

    @property
    def count(self) -> int:
        """Number of cells."""
        return len(self.classes) ** 2


@dataclass(frozen=True, eq=False, kw_only=True)
class Blank(Mark):
    """Nothing: a panel that is left empty, without axes."""
