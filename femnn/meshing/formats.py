"""Networks in mesh files: Gmsh (.msh), VTK (.vtu) and XDMF (.xdmf, one file without HDF5), through meshio.

Bonds are line cells. What makes them a network lies beside them: supports, labels and ports as data on the points,
sections as data on the cells, so that the file shows all of it in Gmsh or ParaView.
"""

import contextlib
import io
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import meshio
import numpy as np
import numpy.typing as npt

from femnn.directions import AXES
from femnn.errors import ConfigError, FemnnError
from femnn.network import Network, Port
from femnn.sections import Sections

type Floats = npt.NDArray[np.float64]
type Integers = npt.NDArray[np.int64]

FORMATS: Mapping[str, tuple[str, dict[str, str]]] = {
    ".msh": ("gmsh", {}),
    ".vtu": ("vtu", {}),
    ".xdmf": ("xdmf", {"data_format": "XML"}),
}
"""For each suffix meshio's name of the format, and what its writer is to be told."""
PLANAR = 1e-9
"""Points whose z varies by less than this share of the file's size lie in a plane, and the network is 2D."""


@dataclass(frozen=True)
class Lines:
    """The lines of a mesh file, without supports."""

    nodes: Floats
    """Coordinates as in the file, shape (N, d); d = 2 where all points have the same z."""
    bonds: Integers
    """Indices of the end nodes of each line, shape (B, 2)."""
    labels: Integers
    """Labels of the nodes, shape (N,): the file's own if femnn wrote it, else 1 to N."""
    groups: Mapping[str, Integers]
    """Indices of the nodes in each named physical group."""

    def group(self, name: str, where: str) -> Integers:
        """Indices of the nodes of a group.

        Args:
            name: name of the group.
            where: what asks for it, for the message.

        Raises:
            ConfigError: there is no such group, or no node of it is on a line; the message names those there are.
        """
        members = self.groups.get(name)
        if members is None or not members.size:
            known = ", ".join(repr(group) for group, nodes in self.groups.items() if nodes.size) or "none"
            problem = f"there is no group {name!r}" if members is None else f"no point of group {name!r} is on a line"
            raise ConfigError(f"{where}: {problem}; groups with nodes are: {known}.")
        return members


def read_lines(path: Path) -> Lines:
    """The line cells of a mesh file, their points and the named groups; points without a line are left out.

    Raises:
        ConfigError: the file cannot be read, or holds no lines.
    """
    return _read(path)[0]


def read_network(path: Path) -> Network:
    """The network that :func:`write_network` put into a file; it is named for the file.

    Raises:
        ConfigError: the file cannot be read, or holds lines but no supports.
        NetworkError: the network is ill-formed.
    """
    lines, points, cells = _read(path)
    axes = [f"fixed_{axis}" for axis in AXES if f"fixed_{axis}" in points]
    if len(axes) < 2:
        raise ConfigError(
            f'Cannot read {path}: it holds lines but no supports; name it by file = "{path.name}" in a TOML.'
        )
    missing = [f.name for f in fields(Sections) if f.name not in cells]
    if missing:
        raise ConfigError(f"Cannot read {path}: it has supports but no {missing[0]} of the bonds.")
    dimension = len(axes)
    with named_errors(path, "read"):
        fixed = np.column_stack([points[axis] for axis in axes]) != 0
        sections = Sections(**{f.name: np.array(cells[f.name], dtype=np.float64) for f in fields(Sections)})
        nodes = _coordinates(points)[:, :dimension]
        rigid = bool(np.any(points.get("rigid_joints", 0)))
        inputs, outputs = (_ports(kind, points, lines.labels, dimension) for kind in ("input", "output"))
    return Network(nodes, lines.bonds, fixed, sections, inputs, outputs, lines.labels, path.stem, rigid)


def write_network(network: Network, path: Path) -> None:
    """Write a network so that :func:`read_network` gives it back exactly, but for its name.

    Raises:
        ConfigError: the suffix is unknown, the file cannot be written, or a port's name cannot stand in a file.
    """
    kind, options = _format(path)
    for name in [*network.inputs, *network.outputs]:
        if name != name.strip() or set(name) & set('"<>&') or not name.isprintable():
            raise ConfigError(f"Cannot write {path}: port {name!r} has a name that files cannot hold.")
    count, dimension = network.nodes.shape
    points: dict[str, npt.NDArray[Any]] = {"label": network.labels}
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


def _format(path: Path) -> tuple[str, dict[str, str]]:
    if path.suffix not in FORMATS:
        raise ConfigError(f"Cannot read or write {path}: its suffix must be one of {', '.join(FORMATS)}.")
    return FORMATS[path.suffix]


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


def _read(path: Path) -> tuple[Lines, dict[str, npt.NDArray[Any]], dict[str, npt.NDArray[Any]]]:
    """Lines of a file, and the data on their points (the coordinates under "") and on the lines themselves."""
    kind, _ = _format(path)
    if not path.is_file():
        raise ConfigError(f"Cannot read {path}: there is no such file.")
    with named_errors(path, "read"):
        mesh = meshio.read(path, file_format=kind)
        blocks = [i for i, block in enumerate(mesh.cells) if block.type == "line" and len(block.data)]
        if not blocks:
            raise ConfigError(f"Cannot read {path}: it has no line cells.")
        ends = np.concatenate([mesh.cells[i].data for i in blocks]).astype(np.int64)
        if ends.min() < 0 or ends.max() >= len(mesh.points):
            raise ConfigError(f"Cannot read {path}: a line ends at a point that is not there.")
        single = _first_of_equal(ends) if mesh.field_data else np.arange(len(ends))
        used, flat = np.unique(ends[single], return_inverse=True)
        points = {name: np.asarray(data)[used] for name, data in {**mesh.point_data, "": mesh.points}.items()}
        cells = {name: np.concatenate([data[i] for i in blocks])[single] for name, data in mesh.cell_data.items()}
        groups = {name: _within(used, members) for name, members in _group_points(mesh).items()}
        labels = np.asarray(points.get("label", np.arange(1, len(used) + 1))).astype(np.int64)
        nodes = _coordinates(points)
    # Not a number is left for the network to name
    planar = not np.ptp(nodes[:, 2]) > PLANAR * np.ptp(nodes, axis=0).max()
    return Lines(nodes[:, :2] if planar else nodes, flat.reshape(-1, 2), labels, groups), points, cells


def _first_of_equal(ends: Integers) -> Integers:
    """Lines without repetitions: older Gmsh files hold a line once for each of its groups."""
    return np.sort(np.unique(np.sort(ends, axis=1), axis=0, return_index=True)[1])


def _coordinates(points: Mapping[str, npt.NDArray[Any]]) -> Floats:
    """Coordinates with zeros for those that a file leaves out, shape (N, 3)."""
    given = points[""].astype(np.float64)
    return np.pad(given, ((0, 0), (0, 3 - given.shape[1])))


def _group_points(mesh: meshio.Mesh) -> dict[str, Integers]:
    """Points in the cells of each physical group; older Gmsh files give them by number, newer ones as sets of cells."""
    tags = mesh.cell_data.get("gmsh:physical", [])
    groups: dict[str, Integers] = {}
    for name, (tag, dimension) in mesh.field_data.items():
        members = mesh.cell_sets.get(name)
        if members is None:
            members = [
                np.flatnonzero((of == tag) & (b.dim == dimension)) for of, b in zip(tags, mesh.cells, strict=True)
            ]
        corners = [
            block.data[np.asarray(cells, dtype=np.int64)] for block, cells in zip(mesh.cells, members, strict=True)
        ]
        groups[name] = np.unique(np.concatenate([np.empty(0), *(c.ravel() for c in corners)])).astype(np.int64)
    return groups


def _within(used: Integers, points: Integers) -> Integers:
    """Places among the ``used`` points of those of ``points`` that are there."""
    return np.flatnonzero(np.isin(used, points))


def _ports(kind: str, points: Mapping[str, npt.NDArray[Any]], labels: Integers, dimension: int) -> dict[str, Port]:
    ports = {}
    for key, vectors in points.items():
        prefix, colon, name = key.partition(":")
        if prefix == kind and colon:
            (node,) = np.flatnonzero(vectors.any(axis=1))
            ports[name] = Port(int(labels[node]), tuple(vectors[node, :dimension].tolist()))
    return ports
