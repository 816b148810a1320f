"""Solids in files: Gmsh's .msh and .geo through Gmsh, .vtu and .xdmf through meshio.

Groups are Gmsh's physical groups. In .vtu and .xdmf files they are data on the cells by the name of the group, not zero
inside of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt

from femnn.config.trust import require_trust
from femnn.errors import ConfigError, MeshError
from femnn.meshing.regions import IN_GMSH, SIMPLICES, Regions, not_simplices, read_regions, regions_of
from femnn.meshing.solid_meshes import session
from femnn.network.network import Network
from femnn.network_files.mesh_formats import named_errors
from femnn.runtime.stack import gmsh, meshio

type Floats = npt.NDArray[np.float64]
type Integers = npt.NDArray[np.int64]
type Booleans = npt.NDArray[np.bool_]

SUFFIXES = (".msh", ".geo", ".vtu", ".xdmf")
WRITTEN = (".msh", ".vtu", ".xdmf")
CELLS = {2: "triangle", 3: "tetra"}
"""Meshio's names of simplices."""
BEGINNINGS = (b"$MeshFormat", b"$NOD")
"""First words of .msh files. Gmsh takes whatever begins otherwise for a script, which can start programs."""


def read_solid(network: Network, file: str, dimension: int, model: str) -> Regions:
    """Read a solid whose groups are named for the bonds and nodes of a network.

    Args:
        network: the network; the file's coordinates are in metres and its nodes are where the network's are.
        file: path; a .geo is meshed.
        dimension: 2 for triangles, 3 for tetrahedra.
        model: name of the model that asks, for messages.

    Raises:
        ConfigError: the file cannot be read.
        MeshError: it has no cells of this dimension, or they do not make up the network; see
            :func:`femnn.meshing.regions.regions_of`.
    """
    path = Path(file)
    if path.suffix not in SUFFIXES:
        raise ConfigError(f"{model}: cannot read mesh_file {path}: its suffix must be one of {', '.join(SUFFIXES)}.")
    if not path.is_file():
        raise ConfigError(f"{model}: cannot read mesh_file {path}: there is no such file.")
    return (_by_gmsh if path.suffix in (".msh", ".geo") else _by_meshio)(network, path, dimension)


def _by_gmsh(network: Network, path: Path, dimension: int) -> Regions:
    if path.suffix == ".geo":
        require_trust(path, "Gmsh script")
    else:
        _require_mesh(path)
    with session(network.name):
        try:
            gmsh.merge(str(path))
            if path.suffix == ".geo":
                gmsh.model.mesh.generate(dimension)
        except Exception as error:
            # Gmsh raises plain Exception whatever has gone wrong
            detail = " ".join(str(error).split()).rstrip(".")
            raise ConfigError(f"Cannot read {path}: it is no valid {path.suffix} file ({detail}).") from error
        if not len(gmsh.model.mesh.getElements(dimension)[0]):
            raise _no_cells(path, dimension)
        return read_regions(network, str(path), dimension)


def _require_mesh(path: Path) -> None:
    try:
        with path.open("rb") as file:
            beginning = file.read(max(map(len, BEGINNINGS)))
    except OSError as error:
        raise ConfigError(f"Cannot read {path}: {error.strerror}.") from error
    if not beginning.startswith(BEGINNINGS):
        raise ConfigError(f"Cannot read {path}: it is no valid .msh file (it does not begin with $MeshFormat).")


def _by_meshio(network: Network, path: Path, dimension: int) -> Regions:
    with named_errors(path, "read"):
        mesh = meshio.read(path)
        blocks = [i for i, block in enumerate(mesh.cells) if block.dim == dimension and len(block.data)]
        kinds = {mesh.cells[i].type for i in blocks}
        cells = np.concatenate([mesh.cells[i].data for i in blocks]).astype(np.int64) if len(kinds) == 1 else None
        inside = {
            name: np.concatenate([np.ravel(values[i]) for i in blocks]) != 0
            for name, values in mesh.cell_data.items()
            if name.startswith(("bond ", "node ")) and blocks
        }
        points = np.zeros((len(mesh.points), 3))
        points[:, : mesh.points.shape[1]] = mesh.points
    if not kinds:
        raise _no_cells(path, dimension)
    if kinds != {CELLS[dimension]} or cells is None:
        raise not_simplices(network, str(path), dimension, max(kinds - {CELLS[dimension]}))
    total = len(np.unique(np.sort(cells, axis=1), axis=0))
    return regions_of(network, points, {name: cells[where] for name, where in inside.items()}, total, str(path))


def _no_cells(path: Path, dimension: int) -> MeshError:
    return MeshError(f"{path} holds no {SIMPLICES[dimension]}; mesh it in {dimension}D, or choose the other model.")


def write_solid(network: Network, regions: Regions, path: Path) -> None:
    """Write a solid so that :func:`read_solid` reads it again.

    Args:
        network: whose bonds and nodes name the groups.
        regions: the solid.
        path: where to; a .msh gets physical groups, .vtu and .xdmf files data on the cells.

    Raises:
        ConfigError: the suffix is unknown, or the file cannot be written.
    """
    if path.suffix not in WRITTEN:
        raise ConfigError(f"Cannot write {path}: its suffix must be one of {', '.join(WRITTEN)}.")
    members = {f"bond {network.bond_name(b)}": regions.cell_bonds == b for b in range(len(network.bonds))}
    members |= {f"node {label}": regions.cell_nodes == node for node, label in enumerate(network.labels)}
    points = np.pad(regions.points, ((0, 0), (0, 3 - regions.points.shape[1])))
    if path.suffix == ".msh":
        _with_groups(network, members, points, regions.cells, path)
        return
    with named_errors(path, "write"):
        data = {name.replace("–", "-"): [inside.astype(np.int32)] for name, inside in members.items()}
        mesh = meshio.Mesh(points, [(CELLS[regions.cells.shape[1] - 1], regions.cells)], cell_data=data)
        mesh.write(path, **({"data_format": "XML"} if path.suffix == ".xdmf" else {}))


def _with_groups(
    network: Network, members: Mapping[str, Booleans], points: Floats, cells: Integers, path: Path
) -> None:
    dimension = cells.shape[1] - 1
    with session(network.name):
        for number, (name, inside) in enumerate(members.items(), start=1):
            gmsh.model.addDiscreteEntity(dimension, number)
            if number == 1:
                gmsh.model.mesh.addNodes(dimension, 1, np.arange(1, len(points) + 1), points.ravel())
            corners = cells[inside].ravel() + 1
            gmsh.model.mesh.addElementsByType(number, IN_GMSH[dimension], [], corners)
            gmsh.model.addPhysicalGroup(dimension, [number], name=name)
        gmsh.model.mesh.reclassifyNodes()
        try:
            gmsh.write(str(path))
        except Exception as error:
            # Gmsh raises plain Exception whatever has gone wrong
            raise ConfigError(f"Cannot write {path}: {error}.") from error
