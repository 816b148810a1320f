"""A figure of a report."""

from dataclasses import dataclass

from matplotlib.figure import Figure as Drawing

FIGURES = "figures"
"""Folder of the files, in that of the run."""
RESOLUTION = 160
"""Dots per inch of the files."""


@dataclass(frozen=True)
class Figure:
    """A drawing with what a reader is to take from it."""

    name: str
    """Name of its file, without ending."""
    title: str
    """The point of the figure, as a sentence."""
    caption: str
    """What is drawn."""
    drawing: Drawing
