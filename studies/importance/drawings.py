"""The figures of the report."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import Normalize

from femnn.network.network import Network
from femnn.network.port import Port
from femnn.report.curves import SeededCurve, training_curves
from femnn.report.former_figure import Figure
from femnn.report.lattice_plots import ARROW, VIEW_2D, VIEW_3D, frame
from femnn.report.plots import COLOURS, FAINT, INK, drawing, heading
from femnn.report.port_marks import key, mark_ports
from femnn.report.trained_lattice import COLOURS_OF_STIFFNESS, MARGIN, ROOM, THICK, THIN, trained_lattice
from femnn.study.former.study import Point, Run

from .findings import MEASURES, means

type Floats = npt.NDArray[np.float64]

MUST_STAY = "#c2255c"
"""Bonds without which the network is a mechanism."""
FLOPPY = COLOURS[1]
NAMED = 3
"""Bonds that are named on a lattice: the most important ones."""
COLUMNS = 2
"""Lattices side by side."""


def figures(run: Run, made: dict[str, pd.DataFrame]) -> list[Figure]:
    """Importances on the lattice, what pruning costs, and the mechanisms that it ends in."""
    return [*_importances(run, made["table"]), *_prunings(run, made["pruning"]), *_mechanisms(run)]


def _importances(run: Run, table: pd.DataFrame) -> Iterator[Figure]:
    for model in run.settings.models:
        bonds = means(table, model)
        if bonds.empty:
            continue
        figure, axes = drawing(1, len(MEASURES), 14.0, 3.3)
        figure.set_layout_engine("constrained", h_pad=MARGIN)
        # What cannot be removed is the same for all measures: the gradient knows nothing of it
        held = bonds["rise_of_loss"].isna().to_numpy()
        for ax, (measure, title) in zip(axes[0], MEASURES.items(), strict=True):
            _importance(ax, run, bonds[measure].to_numpy(), held, title)
        yield Figure(
            f"importance-{model}",
            f"The bonds that the trained network needs ({model})",
            "Width and shade of a line: importance of the bond, mean over the seeds; the most important ones are "
            "named. Red: without the bond the network is a mechanism.",
            figure,
        )


def _importance(axes: Axes, run: Run, values: Floats, held: npt.NDArray[np.bool_], title: str) -> None:
    network = run.network
    view = VIEW_2D if network.dimension == 2 else VIEW_3D
    places = 1e3 * network.nodes @ view
    ends = places[network.bonds]
    # Without some bonds samples have no equilibrium, and the loss is infinite: those are the most important ones
    largest = float(values[np.isfinite(values)].max(initial=0.0)) or 1.0
    shown = np.where(held, 0.0, np.clip(np.nan_to_num(values, posinf=largest), 0.0, None))
    norm = Normalize(0.0, float(shown.max()) or 1.0)
    axes.add_collection(LineCollection(list(ends[held]), colors=MUST_STAY, linewidths=2.2, linestyles=(0, (4, 1.2))))
    lines = LineCollection(
        list(ends[~held]), cmap=COLOURS_OF_STIFFNESS, norm=norm, capstyle="round", zorder=2,
        linewidths=THIN + (THICK - THIN) * np.asarray(norm(shown[~held])),
    )  # fmt: skip
    lines.set_array(shown[~held])
    axes.add_collection(lines)
    fixed = network.fixed.any(axis=1)
    axes.plot(*places[~fixed].T, "o", color="white", markeredgecolor=INK, markersize=5, zorder=3)
    axes.plot(*places[fixed].T, "^", color=INK, markersize=10, zorder=3)
    axes.set_aspect("equal")
    frame(axes, places, places)
    axes.set_ylim(top=axes.get_ylim()[1] + ROOM * float(np.ptp(places, axis=0).max()))
    axes.set_axis_off()
    lowest = mark_ports(axes, network, places, places, view, *ports_of(run, network))
    for bond in np.argsort(-shown)[:NAMED]:
        axes.annotate(
            network.bond_name(int(bond)), ends[bond].mean(axis=0), ha="center", va="center", fontsize=7.5, zorder=6,
            fontweight="bold", bbox={"boxstyle": "round,pad=0.15", "facecolor": "white", "edgecolor": "none"},
        )  # fmt: skip
    key(axes, [("▲ held", INK), *[("╌ must stay", MUST_STAY)] * bool(held.any())], lowest)
    axes.figure.colorbar(lines, ax=axes, shrink=0.6, pad=0.02)
    heading(axes, title)


def _prunings(run: Run, table: pd.DataFrame) -> Iterator[Figure]:
    for model in run.settings.models:
        rows = table[table["model"] == model]
        if rows.empty:
            continue
        total = len(run.network.bonds)
        figure, axes = drawing(1, 2, 13.0, 4.2)
        figure.set_layout_engine("constrained", w_pad=MARGIN)
        accuracy, eigenvalue = axes[0]
        curves = {what: _curves(run, rows, what) for what in ("accuracy", "smallest_eigenvalue")}
        training_curves(accuracy, curves["accuracy"], "accuracy", "accuracy, bond by bond", limits=(0.0, 1.02))
        label = "smallest eigenvalue of K (N/m)"
        training_curves(eigenvalue, curves["smallest_eigenvalue"], label, "the softest way to deform the network")
        most = max(int(curve.epochs[-1]) for curve in curves["smallest_eigenvalue"])
        for ax in axes[0]:
            ax.axvspan(most - 0.5, most + 0.15, color=MUST_STAY, alpha=0.10, linewidth=0)
            ax.text(most - 0.17, 0.97, "mechanism", rotation=90, va="top", ha="center", fontsize=9, color=MUST_STAY,
                    transform=ax.get_xaxis_transform())  # fmt: skip
            ax.set_xlim(-0.1, most + 0.15)
            ax.set_xticks(range(most + 1), [str(total - gone) for gone in range(most + 1)])
            ax.set_xlabel("bonds left")
        yield Figure(
            f"pruning-{model}",
            f"What each removed bond costs, until the network is a mechanism ({model})",
            "Means over the seeds as lines, the seeds as thin lines and bands. Accuracy of the training samples; "
            "smallest eigenvalue of the springs' K, which is zero for a mechanism.",
            figure,
        )


def _curves(run: Run, rows: pd.DataFrame, what: str) -> list[SeededCurve]:
    curves = []
    for colour, pruning in zip(COLOURS * len(run.settings.prunings), run.settings.prunings, strict=False):
        values = rows[rows["pruning"] == pruning].pivot_table(index="seed", columns="gone", values=what)
        if values.empty:
            continue
        gone = values.columns.to_numpy(dtype=float)
        data = values.to_numpy(dtype=float)
        if what == "smallest_eigenvalue":
            # One bond more and the network is a mechanism, of which the smallest eigenvalue is zero
            ends = data.shape[1] - np.isnan(data).sum(axis=1)
            gone, data = np.append(gone, gone[-1] + 1), np.pad(data, ((0, 0), (0, 1)), constant_values=np.nan)
            data[np.arange(len(data)), ends] = 0.0
        # Broken in two, so that names do not take the room of the diagram
        name = pruning.replace(", ", ",\n")
        curves.append(SeededCurve(name, gone, data, colour))
    return curves


def _mechanisms(run: Run) -> Iterator[Figure]:
    for model in run.settings.models:
        shown = list(_first_seeds(run, model))
        if not shown:
            continue
        rows = -(-len(shown) // COLUMNS)
        figure, axes = drawing(rows, COLUMNS, 11.0, 0.3 + 3.3 * rows)
        figure.set_layout_engine("constrained", h_pad=MARGIN)
        for ax in axes.flat[len(shown) :]:
            ax.set_axis_off()
        for ax, (point, data) in zip(axes.flat, shown, strict=False):
            _mechanism(ax, run.network, point, data)
        yield Figure(
            f"mechanisms-{model}",
            f"Where pruned networks give way ({model}, seed {shown[0][0]['seed']})",
            "Dashed: bonds that are gone, numbered in the order of removal; the last one is red. Arrows: the zero "
            "mode, a motion that stretches no bond.",
            figure,
        )


def _mechanism(axes: Axes, network: Network, point: Point, data: dict[str, Any]) -> None:
    names = [network.bond_name(bond) for bond in range(len(network.bonds))]
    gone = [names.index(name) for name in (*(step["bond"] for step in data["steps"][1:]), data["last"])]
    stiffness = network.stiffness.copy()
    stiffness[data["steps"][-1]["bonds"]] = data["steps"][-1]["stiffness"]
    nodes = ", ".join(str(label) for label in data["floppy"][:6]) + (" …" if len(data["floppy"]) > 6 else "")
    title = f"{point['pruning']}: node{'s' if len(data['floppy']) > 1 else ''} {nodes} can move"
    trained_lattice(axes, network, stiffness, network.stiffness_bounds, title, removed=gone, colour_bar=False)
    view = VIEW_2D if network.dimension == 2 else VIEW_3D
    places = 1e3 * network.nodes @ view
    middles = places[network.bonds[gone]].mean(axis=1)
    for number, middle in enumerate(middles, 1):
        last = number == len(gone)
        axes.annotate(
            str(number), middle, ha="center", va="center", fontsize=8, zorder=6, color=MUST_STAY if last else INK,
            fontweight="bold", bbox={"boxstyle": "circle,pad=0.12", "facecolor": "white", "edgecolor": FAINT},
        )  # fmt: skip
    axes.plot(*places[network.bonds[gone[-1]]].T, color=MUST_STAY, linewidth=1.8, linestyle=(0, (3, 2)), zorder=1)
    size = 0.9 * ARROW * float(np.ptp(places, axis=0).max())
    for mode in np.array(data["modes"]):
        moves = mode @ view
        moves *= size / np.linalg.norm(moves, axis=1).max()
        for place, move in zip(places, moves, strict=True):
            if np.linalg.norm(move) > 1e-3 * size:
                axes.annotate(
                    "", place + move, place, zorder=5,
                    arrowprops={"arrowstyle": "-|>", "color": FLOPPY, "linewidth": 2, "mutation_scale": 10,
                                "shrinkA": 0, "shrinkB": 0},
                )  # fmt: skip


def _first_seeds(run: Run, model: str) -> Iterator[tuple[Point, dict[str, Any]]]:
    """The first seed that was measured of each pruning."""
    shown = set()
    for point, outcome in run.outcomes:
        if point["model"] == model and "steps" in outcome.data and point["pruning"] not in shown:
            shown.add(point["pruning"])
            yield point, outcome.data


def ports_of(run: Run, network: Network) -> tuple[dict[str, Port], dict[str, Port]]:
    """Inputs by feature, and outputs by class, as they are marked on a lattice."""
    ports, dimension = run.settings.ports, network.dimension
    inputs = {f"feature {i}": port.port(dimension) for i, port in enumerate(ports.inputs, 1)}
    return inputs, {f"class {i}": port.port(dimension) for i, port in enumerate(ports.outputs, 1)}
