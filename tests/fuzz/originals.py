"""Whole files of every format that is read, which are then damaged; each format has a writer of files here.

Writers return the file that is damaged; what it needs lies beside it in the same folder.
"""

import csv
from collections.abc import Callable
from pathlib import Path

import ezdxf
import gmsh
import meshio
import numpy as np
import pandas as pd
from varied_networks import varied

from femnn.measured.published import published_gradients
from femnn.network.lattices import disordered, li2024, octet
from femnn.network.network import Network
from femnn.network_files.writers import write_network

SPECIFICATION = """
description = "a truss"
nodes = [[0, 0], [20, 0], [10, 17.5], [30, 17.5]]
bonds = [[1, 2], [1, 3], [2, 3], [2, 4], [3, 4]]
unit = "mm"
section = { modulus = "0.6 MPa", width = "1.5 mm", thickness = 3e-3, width_bounds = ["0.5 mm", "2 mm"] }
rigid_joints = false

[[supports]]
nodes = [1]
[[supports]]
nodes = [2]
fixed = "y"

[[bond_section]]
bond = [3, 4]
width = "1 mm"

[inputs.push]
node = 4
direction = "-y"
[outputs.read]
node = 3
direction = [1.0, 0.0]
"""
LATTICE = """
section = { width = "1.2 mm" }
[lattice]
kind = "triangular"
columns = 4
rows = 3
spacing = "16 mm"
supports = "top"
[[bond_section]]
bond = [1, 2]
modulus = "0.4 MPa"
"""
BESIDE = """
file = "{name}"
[[supports]]
{held}
"""
PLAN = """
network = "li2024"
weights = ["1 gf", "2 gf", "5 gf", "10 gf"]
model = "spring"
case = "separate"
"""
OPTIONS = """# a solver
-femnn_forward_ksp_type preonly
-femnn_forward_pc_type lu   # direct
-femnn_forward_snes_max_it 30
-femnn_adjoint_ksp_type preonly
"""


def plane() -> Network:
    """A small lattice in the plane in which nothing is alike."""
    return varied(disordered(4, 3, 16e-3, 0.3, 1))


def _text(content: str) -> Callable[[Path, str], Path]:
    def write(folder: Path, name: str) -> Path:
        path = folder / name
        path.write_text(content, encoding="utf-8")
        return path

    return write


def _written(network: Callable[[], Network]) -> Callable[[Path, str], Path]:
    def write(folder: Path, name: str) -> Path:
        write_network(network(), folder / name)
        return folder / name

    return write


def beside(folder: Path, name: str, held: str) -> None:
    """Write a specification that reads a file and holds some of its nodes."""
    (folder / "network.toml").write_text(BESIDE.format(name=name, held=held), encoding="utf-8")


def _by_gmsh(version: float, binary: bool) -> Callable[[Path, str], Path]:
    """A frame with named groups, as Gmsh writes it."""

    def write(folder: Path, name: str) -> Path:
        gmsh.initialize(interruptible=False)
        try:
            gmsh.option.setNumber("General.Terminal", 0)
            points = [gmsh.model.geo.addPoint(x, y, 0) for x, y in ((0, 0), (0.02, 0), (0.01, 0.017), (0.03, 0.017))]
            ends = ((0, 1), (0, 2), (1, 2), (1, 3), (2, 3))
            lines = [gmsh.model.geo.addLine(points[p], points[q]) for p, q in ends]
            gmsh.model.geo.synchronize()
            gmsh.model.addPhysicalGroup(0, points[:2], name="clamp")
            gmsh.model.addPhysicalGroup(1, lines, name="bonds")
            for line in lines:
                gmsh.model.mesh.setTransfiniteCurve(line, 2)
            gmsh.model.mesh.generate(1)
            gmsh.option.setNumber("Mesh.MshFileVersion", version)
            gmsh.option.setNumber("Mesh.Binary", binary)
            gmsh.write(str(folder / name))
        finally:
            gmsh.finalize()
        beside(folder, name, 'group = "clamp"')
        return folder / name

    return write


def _by_meshio(kind: str, **options: object) -> Callable[[Path, str], Path]:
    """A frame of lines as other programs write it."""

    def write(folder: Path, name: str) -> Path:
        points = np.array([[0, 0, 0], [0.02, 0, 0], [0.01, 0.017, 0], [0.03, 0.017, 0]])
        lines = np.array([[0, 1], [0, 2], [1, 2], [1, 3], [2, 3]])
        meshio.write(folder / name, meshio.Mesh(points, [("line", lines)]), file_format=kind, **options)
        beside(folder, name, "nodes = [1, 2]")
        return folder / name

    return write


def _drawing(folder: Path, name: str) -> Path:
    """A drawing by hand: lines, a polyline, and circles on a layer that mark what is held."""
    drawing = ezdxf.new("R2010", units=4)
    drawing.layers.add("CLAMP")
    space = drawing.modelspace()
    for start, end in (((0, 0), (20, 0)), ((0, 0), (10, 17)), ((20, 0), (10, 17))):
        space.add_line(start, end)
    space.add_lwpolyline([(20, 0), (30, 17), (10, 17)])
    for centre in ((0, 0), (20, 0)):
        space.add_circle(centre, 1, dxfattribs={"layer": "CLAMP"})
    drawing.saveas(folder / name)
    beside(folder, name, 'group = "CLAMP"')
    return folder / name


def _study(settings: str) -> Callable[[Path, str], Path]:
    """Settings of a study that ships, as a user copies them."""

    def write(folder: Path, name: str) -> Path:
        from femnn.config import resources

        path = resources.find("studies", settings)
        text = (path / "study.toml" if path.is_dir() else path).read_text(encoding="utf-8")
        named = "" if "\nstudy = " in text else f'study = "{settings.partition("/")[0]}"\n'
        (folder / name).write_text(named + text, encoding="utf-8")
        return folder / name

    return write


def _classes(folder: Path, name: str) -> Path:
    generator = np.random.default_rng(2)
    table = pd.DataFrame(generator.normal(3, 1, (24, 3)).round(3), columns=["length", "width", "mass"])
    table["kind"] = np.array(["a", "b", "c"])[np.arange(24) % 3]
    table.to_csv(folder / name, index=False)
    return folder / name


def _targets(folder: Path, name: str) -> Path:
    generator = np.random.default_rng(3)
    forces = generator.normal(0, 1, (20, 2)).round(3)
    wanted = 1e-3 * forces @ np.array([0.3, -0.2])
    pd.DataFrame(np.column_stack([forces, wanted]), columns=["first", "second", "moved"]).to_csv(folder / name)
    return folder / name


def _tracked(folder: Path, name: str) -> Path:
    """Positions of a lattice at rest and under two loads, in mm, three repeats."""
    network, generator = li2024(), np.random.default_rng(4)
    rows = []
    for state, size in (("rest", 0.0), ("forward", 0.5), ("adjoint", 0.3)):
        moved = size * np.where(network.fixed, 0.0, np.sin(np.arange(28).reshape(14, 2)))
        for repeat in (1, 2, 3):
            places = 1e3 * network.nodes + moved + generator.normal(0, 0.002, (14, 2))
            rows += [
                [label, *place.round(4), state, repeat] for label, place in zip(network.labels, places, strict=True)
            ]
    pd.DataFrame(rows, columns=["node", "x", "y", "state", "repeat"]).to_csv(folder / name, index=False)
    return folder / name


def _gradients(folder: Path, name: str) -> Path:
    network = li2024()
    gradient = published_gradients(network)["same"]
    bonds = [network.bond_name(bond) for bond in range(28)]
    table = pd.DataFrame({"bond": bonds, "measured": gradient.value, "deviation": gradient.deviation, "case": "same"})
    table.to_csv(folder / name, index=False)
    return folder / name


def _workbook(folder: Path, name: str) -> Path:
    """Made-up trials with the published means, beside other numbers."""
    network = li2024()
    gradient = published_gradients(network)["same"]
    offsets = gradient.deviation * np.array([[-1.0], [0.0], [1.0]])
    columns = [[network.bond_name(bond) for bond in range(28)], *(gradient.value + offsets)]
    with pd.ExcelWriter(folder / name, engine="openpyxl") as file:
        pd.DataFrame(columns, dtype=object).T.to_excel(file, sheet_name="Fig. 1", index=False, header=False)
        pd.DataFrame(np.arange(24.0).reshape(8, 3)).to_excel(file, sheet_name="other")
    return folder / name


def _stiffness(folder: Path, name: str) -> Path:
    network = li2024()
    widths = network.sections.width * np.linspace(0.8, 1.2, 28)
    k = network.stiffness * widths / network.sections.width
    with (folder / name).open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["model", "bond", "stiffness", "width"])
        writer.writerows(["spring", network.bond_name(b), float(k[b]), float(widths[b])] for b in range(28))
    return folder / name


def _curve(folder: Path, name: str) -> Path:
    from femnn.config import resources

    found = next(root / "agilus30" / "master-curve.csv" for root in resources.folders("measurements"))
    (folder / name).write_bytes(found.read_bytes())
    return folder / name


FILES: dict[str, tuple[str, Callable[[Path, str], Path]]] = {
    "specification": ("network.toml", _text(SPECIFICATION)),
    "lattice": ("network.toml", _text(LATTICE)),
    "network msh": ("whole.msh", _written(plane)),
    "network vtu": ("whole.vtu", _written(plane)),
    "network xdmf": ("whole.xdmf", _written(plane)),
    "network csv": ("whole.csv", _written(plane)),
    "network csv in space": ("whole.csv", _written(lambda: varied(octet(1, 1, 1, 24e-3)))),
    "network dxf": ("whole.dxf", _written(plane)),
    "drawing": ("drawn.dxf", _drawing),
    "msh 2.2": ("frame.msh", _by_gmsh(2.2, False)),
    "msh 2.2 binary": ("frame.msh", _by_gmsh(2.2, True)),
    "msh 4.1": ("frame.msh", _by_gmsh(4.1, False)),
    "msh 4.1 binary": ("frame.msh", _by_gmsh(4.1, True)),
    "lines vtu": ("frame.vtu", _by_meshio("vtu", binary=False)),
    "lines vtk": ("frame.vtk", _by_meshio("vtk", binary=False)),
    "lines vtk binary": ("frame.vtk", _by_meshio("vtk")),
    "lines xdmf": ("frame.xdmf", _by_meshio("xdmf", data_format="XML")),
    "lines inp": ("frame.inp", _by_meshio("abaqus")),
    "study gradient-error": ("mine.toml", _study("gradient-error")),
    "study behaviour": ("mine.toml", _study("behaviour")),
    "study classification": ("mine.toml", _study("classification/in-situ")),
    "study regression": ("mine.toml", _study("regression/full")),
    "study noise": ("mine.toml", _study("noise")),
    "plan": ("plan.toml", _text(PLAN)),
    "classes": ("classes.csv", _classes),
    "targets": ("targets.csv", _targets),
    "tracked": ("tracked.csv", _tracked),
    "gradients": ("gradients.csv", _gradients),
    "workbook": ("data.xlsx", _workbook),
    "stiffness": ("stiffness.csv", _stiffness),
    "master curve": ("curve.csv", _curve),
    "solver": ("solver.petscrc", _text(OPTIONS)),
}
"""Name of the file and its writer, by format."""
