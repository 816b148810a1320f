"""A bench sheet as an HTML page that needs no other file, with drawings of what hangs where."""

import base64
from importlib import resources
from io import BytesIO
from pathlib import Path

import jinja2
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Drawing

from femnn.errors import ConfigError
from femnn.planning.plan import Plan
from femnn.planning.sheet import Sheet, arrow
from femnn.planning.text import as_text
from femnn.planning.weight_sets import Hung, grams
from femnn.report.colours import FAINT
from femnn.report.example_fields import elongation_field
from femnn.report.figure import RESOLUTION
from femnn.report.lattice_plots import lattice, view_of, write_labels
from femnn.report.plots import drawing, save

MAGNIFIED = 0.12
"""Largest displacement as it is drawn, as a share of the lattice's size, where it is less in truth."""


def write_sheet(path: Path, plan: Plan, sheet: Sheet) -> None:
    """Write a sheet as .html, with drawings, or as .txt.

    Args:
        path: the file.
        plan: for the drawings.
        sheet: what is written.

    Raises:
        ConfigError: the file is of another kind, or cannot be written.
    """
    require_kind(path)
    text = as_text(sheet) if path.suffix.lower() == ".txt" else _page(plan, sheet)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"Cannot write {path}: {error.strerror}; choose another file with --out.") from error


def require_kind(path: Path) -> None:
    """Check that a sheet can be written as a file of this name.

    Raises:
        ConfigError: it cannot.
    """
    if path.suffix.lower() not in (".html", ".txt"):
        raise ConfigError(f"A bench sheet is written as .html or .txt, not as {path.name!r}.")


def _page(plan: Plan, sheet: Sheet) -> str:
    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    source = resources.files("femnn.planning").joinpath("sheet.html.jinja").read_text("utf-8")
    image = BytesIO()
    save(steps(plan), image, dpi=RESOLUTION, format="png")
    drawn = base64.b64encode(image.getvalue()).decode("ascii")
    return environment.from_string(source).render(sheet=sheet, drawn=drawn)


def steps(plan: Plan) -> Drawing:
    """The lattice in each step: how it is deformed, what hangs on it, and the numbers of its nodes."""
    network, states = plan.network, plan.best.states
    view = view_of(network)
    size = float(np.ptp(network.nodes, axis=0).max())
    largest = max(float(np.abs(state.displacements).max()) for state in states)
    magnification = float(np.ceil(max(1.0, MAGNIFIED * size / largest)))
    figure, axes = drawing(1, len(states), 4.4 * len(states), 3.7)
    for i, (ax, state, strings) in enumerate(zip(axes[0], states, plan.best.hung, strict=True)):
        title = f"step {i + 1}, moves × {magnification:g}" if magnification > 1 else f"step {i + 1}"
        lattice(elongation_field(network, state.displacements, state.force, magnification), ax, title)
        places = 1e3 * (network.nodes + magnification * state.displacements) @ view
        write_labels(ax, network, places)
        _weights(ax, plan, places, strings)
    return figure


def _weights(ax: Axes, plan: Plan, places: np.ndarray, strings: tuple[Hung, ...]) -> None:
    low, high = ax.get_ylim()
    ax.set_ylim(low - 0.06 * (high - low), high)
    for node in dict.fromkeys(string.node for string in strings):
        where = places[plan.network.index(node)]
        own = [string for string in strings if string.node == node]
        text = "\n".join(f"{arrow(string, plan.network.dimension)} {grams(string.weight)}" for string in own)
        beside = (9, -4 - 12 * len(own)) if own[0].sign < 0 else (9, 14)
        ax.annotate(
            text,
            where,
            beside,
            textcoords="offset points",
            fontsize=9,
            fontweight="bold",
            color="#2b8a3e",
            bbox={"facecolor": "white", "edgecolor": FAINT, "boxstyle": "round,pad=0.2", "linewidth": 0.6},
            zorder=7,
        )
