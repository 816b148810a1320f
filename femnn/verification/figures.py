"""Figures of the report of ``femnn verify``. All ranks compute; the drawing that counts is rank 0's."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection

from femnn.mechanics.beam import Beam
from femnn.mechanics.structure import Structure
from femnn.network.network import Network
from femnn.network.sections import Sections
from femnn.report.colours import COLOURS, FAINT, INK
from femnn.report.former_figure import Figure
from femnn.report.plots import Curve, drawing, heading, logarithmic
from femnn.runtime.stack import MPI
from femnn.solving.equilibrium import equilibrium
from femnn.solving.path import ArcStepping, trace
from femnn.verification import beam_checks, cook, material_checks, model_limits, refinement, stability
from femnn.verification import convergence as line_convergence
from femnn.verification import treloar as rubber
from femnn.verification.benchmark_solids import corners

type Floats = npt.NDArray[np.float64]

MARKER = {"marker": "o", "linestyle": "none", "markerfacecolor": "white", "markeredgecolor": INK, "markersize": 5}
"""What is published or measured."""


def elastica(comm: MPI.Comm) -> Figure:
    """Shapes of the cantilever under the loads of the table."""
    figure, axes = drawing(1, 1, 7.5, 4.2)
    ax = axes[0, 0]
    network = _divided(beam_checks.cantilever(1.0, 1e-3), 16)
    solver, state = equilibrium(Structure(Beam(cells_per_bond=1), network, comm)), None
    for load, (deflection, shortening, _) in beam_checks.ELASTICA.items():
        force = np.zeros_like(network.nodes)
        force[-1, 1] = load
        state = solver.forward(force, start=state)
        x, y = (network.nodes + state.displacements).T
        ax.plot(x, y, color=COLOURS[0])
        ax.plot(1 - shortening, deflection, **MARKER)
        if load in (1, 2, 3, 5, 10):
            ax.annotate(f"{load}", (1 - shortening, deflection), (6, 4), textcoords="offset points", fontsize=8)
    ax.set(xlabel="x / L", ylabel="y / L", aspect="equal", xlim=(0, 1.05))
    heading(ax, "Cantilever under a load PL²/EI at its end")
    caption = (
        "Lines: geometrically exact beams. Circles: end of the inextensible elastica (Mattiasson 1981), by PL²/EI."
    )
    return Figure("elastica", "Beams beside the elastica", caption, figure)


def _divided(network: Network, count: int) -> Network:
    """A network of one bond as a chain of bonds, whose nodes show its shape."""
    share = np.linspace(0, 1, count + 1)[:, None]
    fixed = np.zeros((count + 1, network.dimension), dtype=np.bool_)
    fixed[0] = True
    bonds = np.column_stack([np.arange(count), np.arange(1, count + 1)])
    modulus, thickness, width = (getattr(network.sections, name)[0] for name in ("modulus", "thickness", "width"))
    section = Sections(*(np.array(value) for value in (modulus, thickness, width, width / 2, 2 * width)))
    nodes = network.nodes[0] + share * (network.nodes[1] - network.nodes[0])
    return Network(nodes, bonds, fixed, section, rigid_joints=True, name=network.name)


def lee_frame(comm: MPI.Comm) -> Figure:
    """Load of Lee's frame by the displacement of the loaded node."""
    structure = stability.lee_structure(comm)
    force = structure.network.point_force(stability.LOADED + 1, [0.0, -1.0])
    path = trace(structure, force, ArcStepping(highest=3.0))
    figure, axes = drawing(1, 1, 7.5, 4.2)
    ax = axes[0, 0]
    moved = path.displacements[:, stability.LOADED]
    for values, name, colour in ((-moved[:, 1], "downwards", COLOURS[0]), (moved[:, 0], "sideways", COLOURS[1])):
        ax.plot(values, path.load_factors, color=colour, marker=".", markersize=4, label=name)
    ax.axhline(1.855, color=FAINT, linewidth=1, linestyle="--", zorder=0)
    ax.annotate("1.855 published", (0, 1.855), (0, 4), "data", "offset points", fontsize=8)
    ax.axhline(0, color=FAINT, linewidth=0.8, zorder=0)
    ax.set(xlabel="displacement of the loaded node", ylabel="load")
    ax.legend(loc="upper left", fontsize=8)
    heading(ax, "Lee's frame: load and displacement")
    caption = "Equilibria by arc length, one dot a step; dashed: first limit load (Schweizerhof & Wriggers 1986)."
    return Figure("lee-frame", "Lee's frame: load and displacement through snap-through and snap-back", caption, figure)


def treloar(comm: MPI.Comm) -> Figure:
    """Treloar's measurements and the laws fitted to those in simple elongation."""
    figure, axes = drawing(1, 2, 10.0, 4.2)
    fits = list(rubber.fits())
    for ax, loading, measured, limit in (
        (axes[0, 0], "uniaxial", rubber.UNIAXIAL, 7.7),
        (axes[0, 1], "equibiaxial", rubber.EQUIBIAXIAL, 4.6),
    ):
        stretch = np.linspace(1.0, limit, 200)
        top = 1.15e-6 * rubber.KILOGRAM_FORCE_BY_SQUARE_CENTIMETRE * max(stress for _, stress in measured)
        for fit, colour in zip(fits, COLOURS, strict=False):
            with np.errstate(divide="ignore", invalid="ignore"):
                stress = 1e-6 * material_checks.nominal_stress(fit.law, fit.modulus / 3, stretch, loading)
            ax.plot(
                stretch, np.where((stress >= 0) & (stress < 2 * top), stress, np.nan), color=colour, label=fit.law.name
            )
        x, y = np.array(measured).T
        ax.plot(x, 1e-6 * rubber.KILOGRAM_FORCE_BY_SQUARE_CENTIMETRE * y, **MARKER)
        ax.set(xlabel="stretch", ylabel="nominal stress (MPa)", ylim=(0, top))
        heading(
            ax, {"uniaxial": "Simple elongation, fitted up to 6", "equibiaxial": "Two directions, predicted"}[loading]
        )
    axes[0, 0].axvspan(rubber.LARGEST_STRETCH, 7.7, color="#f1f3f5", zorder=0)
    axes[0, 0].legend(loc="upper left", fontsize=8)
    caption = (
        "Circles: Treloar (1944). Lines: laws fitted to simple elongation, where the rubber does not crystallise yet."
    )
    return Figure(
        "treloar", "Laws fitted to rubber in tension, and what they predict in two directions", caption, figure
    )


def cook_membrane(comm: MPI.Comm) -> Figure:
    """Cook's membrane under its load."""
    case = cook.ELGUEDJ
    solid = cook.membrane(case, 16, 2.0, comm)
    deflection = cook.deflected(case, solid)[cook.TIP]
    places, moves = corners(solid)
    figure, axes = drawing(1, 1, 6.0, 4.6)
    ax = axes[0, 0]
    outline = np.array([[0, 0], [48, 44], [48, 60], [0, 44], [0, 0]])
    cells = PolyCollection(list(places + moves), edgecolors="white", linewidths=0.2, cmap="viridis")
    cells.set_array(moves[:, :, 1].mean(axis=1))
    ax.add_collection(cells)
    ax.plot(*outline.T, color=INK, linewidth=1, linestyle="--")
    bar = figure.colorbar(cells, ax=ax, shrink=0.75, pad=0.02)
    bar.set_label("vertical displacement", fontsize=9)
    bar.ax.tick_params(labelsize=9)
    tip = outline[2] + deflection
    ax.annotate("", tip, outline[2], arrowprops={"arrowstyle": "-|>", "color": COLOURS[1], "linewidth": 1.5})
    ax.annotate(f"{deflection[1]:.3f} upwards", tip, (-75, 0), textcoords="offset points", color=COLOURS[1])
    ax.set(aspect="equal", xlabel="x", ylabel="y", xlim=(-3, 55), ylim=(-3, 72))
    heading(ax, "Cook's membrane, plane strain, ν = 0.4999")
    caption = f"Mixed elements on 16² cells; published deflection of the corner: {case.deflection} ({case.source})."
    return Figure("cook", "Cook's membrane of a nearly incompressible solid", caption, figure)


def convergence(comm: MPI.Comm) -> Figure:
    """Errors of solids and of beams by the size of their cells."""
    figure, axes = drawing(1, 2, 11.0, 4.2)
    # Ascending, as curves are named at their right ends
    sizes = 1 / np.array(refinement.CELLS[::-1])
    curves = []
    for problem, colour in zip(refinement.smooth_problems(), COLOURS, strict=False):
        displacement, gradient, _ = (values[::-1] for values in refinement.refined(problem, comm))
        name = problem.name.split(": ")[-1]
        curves.append(Curve(sizes, displacement, f"{name}: u", colour, marker="o"))
        curves.append(Curve(sizes, gradient, f"{name}: ∇u", colour, "--", "o"))
    left, right = axes[0]
    logarithmic(left, curves, "size of the cells", "relative error in L²", "Solids with exact solutions")
    _slope(left, curves[0], 3)
    _slope(left, curves[1], 2)
    network = beam_checks.cantilever(1.0, 1e-3)
    errors = line_convergence.beam_errors(network, network.point_force(2, [0.0, 5.0]), comm)
    sizes = 1 / np.array(line_convergence.CELLS[::-1])
    lines = [
        Curve(sizes, values[::-1], name, colour, marker="o")
        for values, name, colour in zip(errors, ("displacement", "rotation"), COLOURS, strict=False)
    ]
    logarithmic(right, lines, "size of the cells by L", "relative error at the end", "Beams: elastica, PL²/EI = 5")
    _slope(right, lines[1], 4)
    for ax in (left, right):
        ax.xaxis.set_major_formatter("{x:.3g}")
        ax.set_xticks(curves[0].x if ax is left else sizes)
        ax.minorticks_off()
    caption = "Grey lines: the order that theory expects."
    return Figure("convergence", "Errors against the size of the cells", caption, figure)


def _slope(ax: Axes, curve: Curve, order: int) -> None:
    """A faint line of a slope below a curve."""
    expected = 0.55 * curve.y[0] * (curve.x / curve.x[0]) ** order
    ax.plot(curve.x, expected, color=FAINT, linewidth=1)
    middle = len(expected) // 2
    ax.annotate(f"order {order}", (curve.x[middle], expected[middle]), (4, -10), textcoords="offset points", fontsize=8,
                color=FAINT)  # fmt: skip


def slender(comm: MPI.Comm) -> Figure:
    """Difference of solids from beams by the width of bonds."""
    figure, axes = drawing(1, 1, 7.5, 4.2)
    widths: list[float] = []
    found: dict[str, list[float]] = {"pads of radius 0.55 w": [], "pads of radius w": []}
    for slenderness in (40, 20, 8):
        network, force = model_limits.slender(slenderness)
        beam = model_limits.moved(Beam(poisson_ratio=0.5), network, force, comm)
        widths.append(1 / slenderness)
        for radius, differences in zip((None, model_limits.LENGTH / slenderness), found.values(), strict=True):
            solid = model_limits.moved(model_limits.padded(radius), network, force, comm)
            differences.append(model_limits.difference(solid, beam))
    ax = axes[0, 0]
    curves = [
        Curve(np.array(widths), np.array(values), name, colour, marker="o")
        for (name, values), colour in zip(found.items(), COLOURS, strict=False)
    ]
    logarithmic(ax, curves, "width of the bonds by their length", "largest difference of nodes", "Solids against beams")
    _slope(ax, curves[0], 1)
    ax.set_xticks(widths, [f"1/{round(1 / width)}" for width in widths])
    ax.set_yticks([0.01, 0.02, 0.05, 0.1], ["1 %", "2 %", "5 %", "10 %"])
    ax.minorticks_off()
    caption = "Lattice of Li & Mao (2024) with straight bonds, small load; by the largest displacement."
    return Figure("slender", "Difference of solids from beams, by slenderness", caption, figure)
