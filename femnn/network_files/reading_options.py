"""What a user may say of how a drawing or a mesh is to be read as a network."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

type Crossings = Literal["apart", "joined"]


@dataclass(frozen=True)
class ReadingOptions:
    """How a file is read; what is left out is as the file's kind needs it."""

    unit: float | None = None
    """Of its coordinates (m); what the file says, or else metres, where None."""
    tolerance: float | None = None
    """Points nearer to each other than this are one node (m)."""
    curves: float | None = None
    """Distance up to which curves may be cut short by straight lines (m); they are refused where None."""
    crossings: Crossings | None = None
    """Whether lines that cross are joined there; they are apart where None, and it is said."""
