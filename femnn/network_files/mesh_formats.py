"""Networks in mesh files: those of Gmsh (.msh), VTK (.vtu, .vtk), XDMF (.xdmf), Abaqus (.inp) and SALOME (.med).

Bonds are line cells. In files that femnn writes (.msh, .vtu, and .xdmf in one file, through meshio), what makes them a
network lies beside them: supports, labels and ports as data on the points, sections as data on the cells, so that the
file shows all of it in Gmsh or ParaView.
"""

from __future__ import annotations

import contextlib
import io
import warnings
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from femnn.config.directions import AXES
from femnn.errors import ConfigError, FemnnError
from femnn.network.network import Network
from femnn.network.port import Port
from femnn.network.sections import Sections
from femnn.network_files.labels import listed, listed_nodes, origin
from femnn.network_files.mesh_content import Floats, Integers
from femnn.network_files.mesh_files import READERS
from femnn.network_files.mesh_reader import MeshFile, read_mesh
from femnn.network_files.planes import planar
from femnn.network_files.tidied_lines import tidied
from femnn.runtime.stack import meshio

FORMATS: Mapping[str, tuple[str, dict[str, str]]] = {
    ".msh": ("gmsh", {}),
    ".vtu": ("vtu", {}),
    ".xdmf": ("xdmf", {"data_format": "XML"}),
}
"""Of formats that are written, meshio's name of each by its suffix, and what its writer is to be told."""
LABEL = "label"
"""Name of the data on points that are the labels of a network that femnn wrote."""
LARGEST = 2**53
"""Whole numbers up to here are exact among the data of Gmsh's files."""


@dataclass(frozen=True)
class Lines:
    """The lines of a mesh file, without supports."""

    nodes: Floats
    """Coordinates as in the file, shape (N, d); d = 2 where all points have the same z."""
    bonds: Integers
    """Indices of the end nodes of each line, shape (B, 2)."""
    labels: Integers
    """Labels of the nodes, shape (N,): the file's own."""
    groups: Mapping[str, Integers]
    """Indices of the nodes in each named group: of a mesh file a physical group, of a drawing a layer."""
    notes: tuple[str, ...] = ()
    """What of the file is left out, and whence the labels are: one line each, for users."""
    marks: tuple[str, ...] = ()
    """Groups that were made to mark nodes."""
    remarks: Mapping[str, str] = field(default_factory=dict)
    """What is drawn in a group and marks no node: who asks for the group is refused, all others are told."""
    hints: tuple[str, ...] = ()
    """What a reader changed and can be the cause if the network turns out to be a mechanism."""
    merged: Mapping[int, int] = field(default_factory=dict)
    """Labels of nodes at the place of another, and the labels of those that stand for them."""
    axes: str = AXES
    """Axes of the file that the network's components are: "xz" of a network in the plane x–z."""

    def group(self, name: str, where: str) -> Integers:
        """Indices of the nodes of a group.

        Args:
            name: name of the group.
            where: what asks for it, for the message.

        Raises:
            ConfigError: there is no such group, no node of it is on a line, or not all that it marks is a node; the
                message names the groups there are.
        """
        if name in self.remarks:
            raise ConfigError(f"{where}: {self.remarks[name]}.")
        members = self.groups.get(name)
        if members is None or not members.size:
            known = ", ".join(repr(group) for group, nodes in self.groups.items() if nodes.size) or "none"
            problem = f"there is no group {name!r}" if members is None else f"no point of group {name!r} is on a line"
            raise ConfigError(f"{where}: {problem}; groups with nodes are: {known}.")
        return members

    def notes_without(self, asked: Collection[str]) -> tuple[str, ...]:
        """What users are to know.

        Args:
            asked: the groups that were asked for; of all others is said what they mark.
        """
        marked = (
            f"{listed_nodes(self.labels[self.groups[name]])} marked by the group {name!r}, for which nothing asks"
            for name in self.marks
            if name not in asked and name not in self.remarks
        )
        return (*self.notes, *(text for name, text in self.remarks.items() if name not in asked), *marked)


def read_lines(path: Path, tolerance: float | None = None) -> Lines:
    """The line cells of a mesh file, their points and the named groups; points without a line are left out.

    Labels are the tags of Gmsh's files, the numbers of nodes in Abaqus', and in other formats the numbers of the
    points, counted from 1 over all points of the file; in files that femnn wrote, the labels of the network.

    Args:
        path: the file.
        tolerance: points nearer to each other than this are one node, in the file's unit; where None, those whose
            distance is rounding.

    Raises:
        ConfigError: the file cannot be read, or holds no lines, curved ones, or points all but at one place.
    """
    with named_errors(path, "read"):
        mesh = _read(path)
        labels, numbering = _labels(path, mesh)
        tidy = tidied(path, mesh.points, mesh.lines, labels, tolerance)
    used, flat = np.unique(tidy.lines, return_inverse=True)
    plane = planar(mesh.points[used], tolerance or 0.0, mesh.single)
    loose = np.setdiff1d(np.arange(len(labels)), np.concatenate([np.unique(mesh.lines), mesh.between]))
    notes = (
        *origin(labels[used], numbering),
        *_left_out(labels[loose]),
        *mesh.notes,
        *tidy.notes,
        *plane.notes,
        *filter(None, [plane.tilted]),
        *tidy.hints,
    )
    return Lines(
        plane.nodes,
        flat.reshape(-1, 2),
        labels[used],
        {name: np.flatnonzero(np.isin(used, tidy.place[group.members])) for name, group in mesh.groups.items()},
        notes=notes,
        marks=tuple(name for name, group in mesh.groups.items() if np.isin(used, tidy.place[group.points]).any()),
        remarks=_remarks(mesh, labels, used, tidy.place),
        # Directions that were meant for x–y hold other components there
        hints=tuple(note for note in plane.notes if plane.axes != "xy"),
        merged=tidy.merged,
        axes=plane.axes,
    )


def read_network(path: Path) -> Network:
    """The network that :func:`write_network` put into a file; it is named for the file.

    Raises:
        ConfigError: the file cannot be read, or holds lines but no supports.
        NetworkError: the network is ill-formed.
    """
    with named_errors(path, "read"):
        mesh = _read(path)
        labels, numbering = _labels(path, mesh)
    used, flat = np.unique(mesh.lines, return_inverse=True)
    points = {name: data[used] for name, data in {**mesh.point_data, "": mesh.points}.items()}
    labels, loose, cells = labels[used], np.delete(labels, used), mesh.line_data
    axes = [f"fixed_{axis}" for axis in AXES if f"fixed_{axis}" in points]
    if len(axes) < 2:
        raise ConfigError(
            f'Cannot read {path}: it holds lines but no supports; name it by file = "{path.name}" in a TOML.'
        )
    missing = [f.name for f in fields(Sections) if f.name not in cells]
    if missing:
        raise ConfigError(f"Cannot read {path}: it has supports but no {missing[0]} of the bonds.")
    dimension = len(axes)
    given = [*(points[name] for name in [*axes, "rigid_joints"] if name in points), *cells.values()]
    if any(np.isnan(np.asarray(values, dtype=np.float64)).any() for values in given):
        raise ConfigError(f"Cannot read {path}: it does not give supports of all nodes and sections of all bonds.")
    with named_errors(path, "read"):
        fixed = np.column_stack([points[axis] for axis in axes]) != 0
        sections = Sections(**{f.name: np.array(cells[f.name], dtype=np.float64) for f in fields(Sections)})
        at = points[""][:, :dimension]
        rigid = bool(np.any(points.get("rigid_joints", 0)))
        inputs, outputs = (_ports(kind, points, labels, dimension) for kind in ("input", "output"))
    notes = (*origin(labels, numbering), *_left_out(loose), *mesh.notes)
    bonds = flat.reshape(-1, 2)
    return Network(at, bonds, fixed, sections, inputs, outputs, labels, path.stem, rigid, notes)


def write_network(network: Network, path: Path) -> None:
    """Write a network so that :func:`read_network` reads exactly it, except for its name.

    Raises:
        ConfigError: the suffix is unknown, the file cannot be written, or a port's name cannot stand in a file.
    """
    if path.suffix not in FORMATS:
        raise ConfigError(f"Cannot write {path}: its suffix must be one of {', '.join(FORMATS)}.")
    kind, options = FORMATS[path.suffix]
    for name in [*network.inputs, *network.outputs]:
        if name != name.strip() or set(name) & set('"<>&') or not name.isprintable():
            raise ConfigError(f"Cannot write {path}: port {name!r} has a name that files cannot hold.")
    if kind == "gmsh" and np.abs(network.labels).max() > LARGEST:
        raise ConfigError(f"Cannot write {path}: .msh files hold labels up to {LARGEST} as data; choose .vtu or .xdmf.")
    count, dimension = network.nodes.shape
    points: dict[str, npt.NDArray[Any]] = {LABEL: network.labels}
    points["rigid_joints"] = np.full(count, network.rigid_joints, dtype=np.int64)
    points |= {f"fixed_{AXES[i]}": network.fixed[:, i].astype(np.int64) for i in range(dimension)}
    for prefix, ports in (("input", network.inputs), ("output", network.outputs)):
        for name, port in ports.items():
            points[f"{prefix}:{name}"] = np.zeros((count, 3))
            points[f"{prefix}:{name}"][network.index(port.node), :dimension] = port.direction
    cells = {f.name: [getattr(network.sections, f.name)] for f in fields(Sections)}
    coordinates = np.zeros((count, 3))
    coordinates[:, :dimension] = network.nodes
    with named_errors(path, "write"):
        mesh = meshio.Mesh(coordinates, [("line", network.bonds)], point_data=points, cell_data=cells)
        meshio.write(path, mesh, file_format=kind, **options)


@contextlib.contextmanager
def named_errors(path: Path, verb: str) -> Iterator[None]:
    """Turn all that goes wrong within into one error that names the file, and keep meshio from printing.

    On bad files meshio raises nearly anything, and may print what is wrong and exit.
    """
    printed = io.StringIO()
    try:
        with warnings.catch_warnings(), contextlib.redirect_stdout(printed), contextlib.redirect_stderr(io.StringIO()):
            warnings.simplefilter("ignore")
            yield
    except FemnnError:
        raise
    except (Exception, SystemExit) as error:
        said = printed.getvalue() if isinstance(error, SystemExit) else str(error)
        detail = " ".join(said.split())[:200].removesuffix(".")
        if isinstance(error, OSError) and error.strerror:
            detail = error.strerror
        elif verb == "read":
            detail = f"it is no valid {path.suffix} file" + (f" ({detail})" if detail else "")
        raise ConfigError(f"Cannot {verb} {path}: {detail}.") from error


def _read(path: Path) -> MeshFile:
    if path.suffix.lower() not in READERS:
        raise ConfigError(f"Cannot read {path}: its suffix must be one of {', '.join(READERS)}.")
    if not path.is_file():
        raise ConfigError(f"Cannot read {path}: there is no such file.")
    return read_mesh(path)


def _left_out(loose: Integers) -> tuple[str, ...]:
    """What to say of points without a line, by their labels."""
    count = f"{len(loose)} point{'s' if len(loose) > 1 else ''}"
    return (f"left out: {count} without a line, {listed(np.sort(loose))}",) if len(loose) else ()


def _labels(path: Path, mesh: MeshFile) -> tuple[Integers, str]:
    """Labels of all points, and what they are."""
    if LABEL not in mesh.point_data:
        return mesh.numbers, mesh.numbering
    given = mesh.point_data[LABEL]
    whole = np.asarray(given).astype(np.int64)
    if given.shape != (len(mesh.points),) or not np.array_equal(whole, given):
        raise ConfigError(f"Cannot read {path}: its data {LABEL!r} on the points are not one whole number at each.")
    return whole, f"the file's data {LABEL!r}"


def _remarks(mesh: MeshFile, labels: Integers, used: Integers, place: Integers) -> dict[str, str]:
    """What is wrong with groups of points that are not all on lines."""
    remarks = {}
    for name, group in mesh.groups.items():
        beside = np.setdiff1d(place[group.points], np.concatenate([used, mesh.between]))
        if len(beside) and np.isin(place[group.members], used).any():
            with np.errstate(all="ignore"):
                distances = np.linalg.norm(mesh.points[used] - mesh.points[beside[0]], axis=1)
            nearest = int(np.argmin(distances))
            at = ", ".join(f"{x:.6g}" for x in mesh.points[beside[0]])
            more = f" ({len(beside) - 1} more of its points are on no line)" if len(beside) > 1 else ""
            remarks[name] = (
                f"group {name!r}: point {labels[beside[0]]} at ({at}) is on no line; the nearest node is "
                f"{labels[used[nearest]]}, {distances[nearest]:.6g} away in the file's unit; let a line end there, or "
                f"take it out of the group{more}"
            )
    return remarks


def _ports(kind: str, points: Mapping[str, npt.NDArray[Any]], labels: Integers, dimension: int) -> dict[str, Port]:
    ports = {}
    for key, vectors in points.items():
        prefix, colon, name = key.partition(":")
        if prefix == kind and colon:
            (node,) = np.flatnonzero(vectors.any(axis=1))
            ports[name] = Port(int(labels[node]), tuple(vectors[node, :dimension].tolist()))
    return ports
