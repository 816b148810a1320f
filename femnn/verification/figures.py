"""Figures of the report of ``femnn verify``, as data. All ranks compute; the figure that counts is rank 0's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from femnn.mechanics.beam import Beam
from femnn.mechanics.structure import Structure
from femnn.network.network import Network
from femnn.network.sections import Sections
from femnn.report.colours import COLOURS, FAINT, INK
from femnn.report.figure import Axis, Figure, Panel
from femnn.report.lattice_marks import Cells
from femnn.report.marks import Arrow, Band, Curve, Dots, Label, Mark, Reference
from femnn.runtime.stack import MPI
from femnn.solving.equilibrium import equilibrium
from femnn.solving.path import ArcStepping, trace
from femnn.verification import beam_checks, cook, material_checks, model_limits, refinement, stability
from femnn.verification import convergence as line_convergence
from femnn.verification import treloar as rubber
from femnn.verification.benchmark_solids import corners

type Floats = npt.NDArray[np.float64]


def _published(x: Floats | Sequence[float], y: Floats | Sequence[float]) -> Dots:
    """What is published or measured."""
    return Dots(x=x, y=y, size=5, hollow=True, colour=INK)


def elastica(comm: MPI.Comm) -> Figure:
    """Shapes of the cantilever under the loads of the table."""
    network = _divided(beam_checks.cantilever(1.0, 1e-3), 16)
    solver, state = equilibrium(Structure(Beam(cells_per_bond=1), network, comm)), None
    marks: list[Mark] = []
    for load, (deflection, shortening, _) in beam_checks.ELASTICA.items():
        force = np.zeros_like(network.nodes)
        force[-1, 1] = load
        state = solver.forward(force, start=state)
        x, y = (network.nodes + state.displacements).T
        marks += [Curve(x=x, y=y, colour=COLOURS[0]), _published([1 - shortening], [deflection])]
        if load in (1, 2, 3, 5, 10):
            marks.append(Label(text=f"{load}", x=1 - shortening, y=deflection, offset=(6, 4), upright="bottom"))
    x_axis = Axis("x / L", limits=(0, 1.05))
    panel = Panel(marks, "Cantilever under a load PL²/EI at its end", x_axis, Axis("y / L"), square=True)
    caption = (
        "Lines: geometrically exact beams. Circles: end of the inextensible elastica (Mattiasson 1981), by PL²/EI."
    )
    return Figure("elastica", "Beams beside the elastica", caption, [[panel]], (7.5, 4.2))


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
    moved = path.displacements[:, stability.LOADED]
    curves = [
        Curve(x=values, y=path.load_factors, name=name, colour=colour, marker=".", marker_size=4)
        for values, name, colour in ((-moved[:, 1], "downwards", COLOURS[0]), (moved[:, 0], "sideways", COLOURS[1]))
    ]
    marks = [
        *curves,
        Reference(at=1.855, colour=FAINT, width=1, dashes="--", layer=0),
        Label(text="1.855 published", x=0, y=1.855, offset=(0, 4), upright="bottom"),
        Reference(at=0, colour=FAINT, width=0.8, dashes="-", layer=0),
    ]
    panel = Panel(marks, "Lee's frame: load and displacement", Axis("displacement of the loaded node"), Axis("load"),
                  legend="upper left")  # fmt: skip
    caption = "Equilibria by arc length, one dot a step; dashed: first limit load (Schweizerhof & Wriggers 1986)."
    title = "Lee's frame: load and displacement through snap-through and snap-back"
    return Figure("lee-frame", title, caption, [[panel]], (7.5, 4.2))


def treloar(comm: MPI.Comm) -> Figure:
    """Treloar's measurements and the laws fitted to those in simple elongation."""
    fits = list(rubber.fits())
    panels: list[Panel] = []
    for loading, title, measured, limit in (
        ("uniaxial", "Simple elongation, fitted up to 6", rubber.UNIAXIAL, 7.7),
        ("equibiaxial", "Two directions, predicted", rubber.EQUIBIAXIAL, 4.6),
    ):
        stretch = np.linspace(1.0, limit, 200)
        top = 1.15e-6 * rubber.KILOGRAM_FORCE_BY_SQUARE_CENTIMETRE * max(stress for _, stress in measured)
        marks: list[Mark] = []
        for fit, colour in zip(fits, COLOURS, strict=False):
            with np.errstate(divide="ignore", invalid="ignore"):
                stress = 1e-6 * material_checks.nominal_stress(fit.law, fit.modulus / 3, stretch, loading)
            shown = np.where((stress >= 0) & (stress < 2 * top), stress, np.nan)
            marks.append(Curve(x=stretch, y=shown, name=fit.law.name, colour=colour))
        x, y = np.array(measured).T
        marks.append(_published(x, 1e-6 * rubber.KILOGRAM_FORCE_BY_SQUARE_CENTIMETRE * y))
        y_axis = Axis("nominal stress (MPa)", limits=(0, top))
        panels.append(Panel(marks, title, Axis("stretch"), y_axis, legend="" if panels else "upper left"))
    beyond = Band(low=rubber.LARGEST_STRETCH, high=7.7, colour="#f1f3f5", layer=0)
    panels[0] = replace(panels[0], marks=[*panels[0].marks, beyond])
    caption = (
        "Circles: Treloar (1944). Lines: laws fitted to simple elongation, where the rubber does not crystallise yet."
    )
    title = "Laws fitted to rubber in tension, and what they predict in two directions"
    return Figure("treloar", title, caption, [panels], (10.0, 4.2))


def cook_membrane(comm: MPI.Comm) -> Figure:
    """Cook's membrane under its load."""
    case = cook.ELGUEDJ
    solid = cook.membrane(case, 16, 2.0, comm)
    deflection = cook.deflected(case, solid)[cook.TIP]
    places, moves = corners(solid)
    outline = np.array([[0, 0], [48, 44], [48, 60], [0, 44], [0, 0]])
    tip = outline[2] + deflection
    marks = [
        Cells(corners=places + moves, values=moves[:, :, 1].mean(axis=1), label="vertical displacement"),
        Curve(x=outline[:, 0], y=outline[:, 1], width=1, dashes="--"),
        Arrow(start=tuple(outline[2]), end=tuple(tip), colour=COLOURS[1], width=1.5, gap=2),
        Label(text=f"{deflection[1]:.3f} upwards", x=tip[0], y=tip[1], offset=(-75, 0), size=9, colour=COLOURS[1]),
    ]
    axes = (Axis("x", limits=(-3, 55)), Axis("y", limits=(-3, 72)))
    panel = Panel(marks, "Cook's membrane, plane strain, ν = 0.4999", *axes, square=True)
    caption = f"Mixed elements on 16² cells; published deflection of the corner: {case.deflection} ({case.source})."
    return Figure("cook", "Cook's membrane of a nearly incompressible solid", caption, [[panel]], (6.0, 4.6))


def convergence(comm: MPI.Comm) -> Figure:
    """Errors of solids and of beams by the size of their cells."""
    # Ascending, as curves are named at their right ends
    sizes = 1 / np.array(refinement.CELLS[::-1])
    curves = []
    for problem, colour in zip(refinement.smooth_problems(), COLOURS, strict=False):
        displacement, gradient, _ = (values[::-1] for values in refinement.refined(problem, comm))
        name = problem.name.split(": ")[-1]
        curves.append(_curve(sizes, displacement, f"{name}: u", colour))
        curves.append(_curve(sizes, gradient, f"{name}: ∇u", colour, "--"))
    solids = Panel(
        [*curves, *_slope(curves[0], 3), *_slope(curves[1], 2)], "Solids with exact solutions",
        _sizes("size of the cells", sizes), Axis("relative error in L²", "log", grid=True), legend="ends",
    )  # fmt: skip
    network = beam_checks.cantilever(1.0, 1e-3)
    errors = line_convergence.beam_errors(network, network.point_force(2, [0.0, 5.0]), comm)
    sizes = 1 / np.array(line_convergence.CELLS[::-1])
    lines = [
        _curve(sizes, values[::-1], name, colour)
        for values, name, colour in zip(errors, ("displacement", "rotation"), COLOURS, strict=False)
    ]
    beams = Panel(
        [*lines, *_slope(lines[1], 4)], "Beams: elastica, PL²/EI = 5", _sizes("size of the cells by L", sizes),
        Axis("relative error at the end", "log", grid=True), legend="ends",
    )  # fmt: skip
    caption = "Grey lines: the order that theory expects."
    return Figure("convergence", "Errors against the size of the cells", caption, [[solids, beams]], (11.0, 4.2))


def _curve(x: Floats, y: Floats, name: str, colour: str, dashes: str = "-") -> Curve:
    return Curve(x=x, y=y, name=name, colour=colour, dashes=dashes, marker="o")


def _sizes(label: str, sizes: Floats) -> Axis:
    """A logarithmic axis with a tick at every size."""
    return Axis(label, "log", ticks=[(size, f"{size:.3g}") for size in sizes.tolist()], grid=True, margin=0.01)


def _slope(curve: Curve, order: int) -> list[Mark]:
    """A faint line of a slope below a curve."""
    x, y = np.asarray(curve.x), np.asarray(curve.y)
    expected = 0.55 * y[0] * (x / x[0]) ** order
    middle = len(expected) // 2
    return [
        Curve(x=x, y=expected, colour=FAINT, width=1),
        Label(text=f"order {order}", x=x[middle], y=expected[middle], offset=(4, -10), upright="bottom", colour=FAINT),
    ]


def slender(comm: MPI.Comm) -> Figure:
    """Difference of solids from beams by the width of bonds."""
    widths: list[float] = []
    found: dict[str, list[float]] = {"pads of radius 0.55 w": [], "pads of radius w": []}
    for slenderness in (40, 20, 8):
        network, force = model_limits.slender(slenderness)
        beam = model_limits.moved(Beam(poisson_ratio=0.5), network, force, comm)
        widths.append(1 / slenderness)
        for radius, differences in zip((None, model_limits.LENGTH / slenderness), found.values(), strict=True):
            solid = model_limits.moved(model_limits.padded(radius), network, force, comm)
            differences.append(model_limits.difference(solid, beam))
    curves = [
        _curve(np.array(widths), np.array(values), name, colour)
        for (name, values), colour in zip(found.items(), COLOURS, strict=False)
    ]
    x = Axis("width of the bonds by their length", "log", grid=True, margin=0.01,
             ticks=[(width, f"1/{round(1 / width)}") for width in widths])  # fmt: skip
    y = Axis("largest difference of nodes", "log", grid=True,
             ticks=[(0.01, "1 %"), (0.02, "2 %"), (0.05, "5 %"), (0.1, "10 %")])  # fmt: skip
    panel = Panel([*curves, *_slope(curves[0], 1)], "Solids against beams", x, y, legend="ends")
    caption = "Lattice of Li & Mao (2024) with straight bonds, small load; by the largest displacement."
    return Figure("slender", "Difference of solids from beams, by slenderness", caption, [[panel]], (7.5, 4.2))
